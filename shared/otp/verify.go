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
	// CountWrong counts a wrong code at the challenge's case guard, with wrong codes left.
	CountWrong(ctx context.Context, ch Challenge, now time.Time) error
	// NoteWrong counts a wrong code at the challenge's claim guard, where it must be the live one, with wrong codes left.
	NoteWrong(ctx context.Context, ch Challenge, now time.Time) error
	// OpenSession, in one transaction, marks the challenge used, once, while it is the live one of its claim, takes the last wrong code of
	// the case guard back and stores the session.
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
//
// A wrong code is then counted at its claim, too, and that also when the case takes no more: the limits of the claim go on as if it stood
// alone, and the calls are the same, so that nothing tells whether another contract has locked its case.
func (v *Verifier) Verify(ctx context.Context, guess Guess) (token string, opened session.Session, err error) {
	now := v.Now()
	ch, err := v.Attempts.CountTry(ctx, guess.Creditor, guess.Challenge, now)
	if err != nil {
		return "", session.Session{}, rejected("count try", err)
	}
	right, err := v.right(ctx, ch, guess.Code, now)
	if err != nil {
		return "", session.Session{}, err
	}
	if !right {
		if err := v.Attempts.NoteWrong(ctx, ch, now); err != nil {
			return "", session.Session{}, rejected("note wrong code", err)
		}
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

// right counts a guess at its case and says whether it leads in. A case that is locked takes no code.
func (v *Verifier) right(ctx context.Context, ch Challenge, code string, now time.Time) (bool, error) {
	given := macOf(v.MAC, ch.ID, ch.Case, code)
	err := v.Attempts.CountWrong(ctx, ch, now)
	if errors.Is(err, collection.ErrConflict) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("count wrong code: %w", err)
	}
	if v.Compared != nil {
		v.Compared()
	}
	return hmac.Equal(ch.CodeMAC, given) && ch.Known, nil
}

func rejected(what string, err error) error {
	if errors.Is(err, collection.ErrConflict) {
		return ErrRejected
	}
	return fmt.Errorf("%s: %w", what, err)
}
