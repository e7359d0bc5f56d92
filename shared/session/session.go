// Package session keeps participants logged in: an opaque token that stands for one case, stored by its hash in the case's own partition.
package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
)

const (
	// IdleLimit ends a session that nobody uses (OWASP ASVS V7; a phone left on a table).
	IdleLimit = 15 * time.Minute
	// AbsoluteLimit ends every session.
	AbsoluteLimit = 60 * time.Minute
	// touchEvery is how often the time of last use is written at most.
	touchEvery = time.Minute
	// secretBytes is the entropy of a token: 256 bits.
	secretBytes = 32
	// maxToken is the longest token: creditor, case and secret with two dots.
	maxToken = 31 + 1 + 26 + 1 + 43
)

var (
	// ErrUnknown says that the token is malformed or stands for no session: it never existed, was ended, or was cleaned up.
	ErrUnknown = errors.New("session unknown")
	// ErrExpired says that the session has run out of time.
	ErrExpired = errors.New("session expired")
)

// Session is one login of a participant.
type Session struct {
	Creditor  collection.CreditorID
	Case      collection.CaseID
	TokenHash string // hex SHA-256 of the whole token
	// Challenge and Channel say how the participant proved who they are; the evidence of a signature names them.
	Challenge collection.ChallengeID
	Channel   collection.Channel
	OpenedAt  time.Time
	SeenAt    time.Time // last use, to the minute
}

// ExpiresAt is when the session ends however much it is used.
func (s Session) ExpiresAt() time.Time { return s.OpenedAt.Add(AbsoluteLimit) }

// EndedBy reports whether the session is over at a time.
func (s Session) EndedBy(now time.Time) bool {
	return !now.Before(s.ExpiresAt()) || !now.Before(s.SeenAt.Add(IdleLimit))
}

// Principal is who acts under the session. Its id is a short name of the session that opens nothing.
func (s Session) Principal() collection.Principal {
	const shortName = 12
	return collection.Principal{
		Kind: collection.KindParticipant, ID: s.TokenHash[:min(shortName, len(s.TokenHash))], Creditor: s.Creditor, Case: s.Case,
	}
}

// Mint makes a session and its token "{creditor}.{case}.{43 characters}"; only the token's hash is in the session.
func Mint(
	creditor collection.CreditorID, id collection.CaseID, challenge collection.ChallengeID, channel collection.Channel,
	now time.Time, chance io.Reader,
) (token string, s Session, err error) {
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(chance, secret); err != nil {
		return "", Session{}, fmt.Errorf("draw session secret: %w", err)
	}
	token = string(creditor) + "." + id.String() + "." + base64.RawURLEncoding.EncodeToString(secret)
	return token, Session{
		Creditor: creditor, Case: id, TokenHash: hashOf(token), Challenge: challenge, Channel: channel, OpenedAt: now, SeenAt: now,
	}, nil
}

// parse reads where a token points. It returns ErrUnknown for what Mint cannot have made.
func parse(token string) (creditor collection.CreditorID, id collection.CaseID, err error) {
	if len(token) > maxToken {
		return "", collection.CaseID{}, ErrUnknown
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", collection.CaseID{}, ErrUnknown
	}
	if creditor, err = collection.ParseCreditorID(parts[0]); err != nil {
		return "", collection.CaseID{}, ErrUnknown
	}
	if id, err = collection.ParseID[collection.CaseNoun](parts[1]); err != nil {
		return "", collection.CaseID{}, ErrUnknown
	}
	secret, err := base64.RawURLEncoding.DecodeString(parts[2])
	// The decoder skips line breaks and spare bits: compared as text, a session has one token only.
	if err != nil || len(secret) != secretBytes || base64.RawURLEncoding.EncodeToString(secret) != parts[2] {
		return "", collection.CaseID{}, ErrUnknown
	}
	return creditor, id, nil
}

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Store keeps sessions beside their cases.
type Store interface {
	// LoadWithSession reads a case and one of its sessions at once; ErrNotFound when there is no such case or session.
	LoadWithSession(
		ctx context.Context, creditor collection.CreditorID, id collection.CaseID, tokenHash string,
	) (*collection.Dossier, Session, error)
	// TouchSession writes the time of use unless another request has just written one or the session was ended.
	TouchSession(ctx context.Context, s Session, now time.Time) error
	// EndSession removes a session; that it is gone already is no error.
	EndSession(ctx context.Context, s Session) error
}

// Keeper opens the case behind a token, and ends sessions.
type Keeper struct {
	Store Store
	Now   func() time.Time
}

// Authenticate finds the session of a token and loads its case with it. It returns ErrUnknown or ErrExpired when there is none to go on
// with.
func (k *Keeper) Authenticate(ctx context.Context, token string) (*collection.Dossier, Session, error) {
	creditor, id, err := parse(token)
	if err != nil {
		return nil, Session{}, err
	}
	dossier, s, err := k.Store.LoadWithSession(ctx, creditor, id, hashOf(token))
	if errors.Is(err, collection.ErrNotFound) {
		return nil, Session{}, ErrUnknown
	}
	if err != nil {
		return nil, Session{}, fmt.Errorf("load session: %w", err)
	}
	now := k.Now()
	if s.EndedBy(now) {
		return nil, Session{}, ErrExpired
	}
	if now.Sub(s.SeenAt) >= touchEvery {
		if err := k.Store.TouchSession(ctx, s, now); err != nil {
			return nil, Session{}, fmt.Errorf("touch session: %w", err)
		}
		s.SeenAt = now
	}
	return dossier, s, nil
}

// End logs a participant out for every holder of the session.
func (k *Keeper) End(ctx context.Context, s Session) error {
	if err := k.Store.EndSession(ctx, s); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}
