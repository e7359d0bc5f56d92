package otp

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/session"
)

// Attempts counts guesses and opens sessions. A condition that does not hold is collection.ErrConflict.
type Attempts interface {
	// CountTry counts a guess of a challenge that exists, lives and is unused, with tries left, and returns the challenge after it.
	CountTry(ctx context.Context, creditor collection.CreditorID, id collection.ChallengeID, now time.Time) (Challenge, error)
	// CountWrong counts a wrong code at the challenge's guard, where it must be the live one, with wrong codes left.
	CountWrong(ctx context.Context, ch Challenge, now time.Time) error
	// OpenSession, in one transaction, marks the challenge used, once, takes the last wrong code back and stores the session.
	OpenSession(ctx context.Context, ch Challenge, s session.Session, now time.Time) error
}

// Verifier takes codes and opens sessions.
type Verifier struct {
	Attempts Attempts
	MAC      MAC
	Now      func() time.Time
	Chance   io.Reader
	// Compared, when set, is called before each comparison: what counts guesses in tests and metrics hangs here.
	Compared func()
}

// Guess is a code for a challenge.
type Guess struct {
	Creditor  collection.CreditorID
	Challenge collection.ChallengeID
	Code      string
}

// Verify opens a session for the right code and returns its token. Anything else is ErrRejected, whatever the reason. A guess is counted
// before it is compared, at the challenge and at the case, so that parallel guesses gain nothing.
func (v *Verifier) Verify(ctx context.Context, guess Guess) (token string, opened session.Session, err error) {
	now := v.Now()
	ch, err := v.Attempts.CountTry(ctx, guess.Creditor, guess.Challenge, now)
	if err != nil {
		return "", session.Session{}, rejected("count try", err)
	}
	if err := v.Attempts.CountWrong(ctx, ch, now); err != nil {
		return "", session.Session{}, rejected("count wrong code", err)
	}
	if v.Compared != nil {
		v.Compared()
	}
	right := hmac.Equal(ch.CodeMAC, macOf(v.MAC, ch.ID, ch.Case, guess.Code))
	if !right || !ch.Known {
		return "", session.Session{}, ErrRejected
	}
	if token, opened, err = session.Mint(ch.Creditor, ch.Case, ch.ID, ch.Channel, now, v.Chance); err != nil {
		return "", session.Session{}, err
	}
	if err := v.Attempts.OpenSession(ctx, ch, opened, now); err != nil {
		return "", session.Session{}, rejected("open session", err)
	}
	return token, opened, nil
}

func rejected(what string, err error) error {
	if errors.Is(err, collection.ErrConflict) {
		return ErrRejected
	}
	return fmt.Errorf("%s: %w", what, err)
}
