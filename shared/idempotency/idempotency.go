// Package idempotency lets a repeated request get the answer of the first: what the first one made is stored, sealed, in the transaction
// that makes it.
package idempotency

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
)

// answerLife is how long a repeated request gets its first answer: as long as participants may come back to a screen.
const answerLife = 30 * 24 * time.Hour

// ErrKeyReused says that an idempotency key came with another request before.
var ErrKeyReused = errors.New("idempotency key used for another request")

// Request names an idempotent request of a case: its route and the hashes of its key and body.
type Request struct{ Route, KeyHash, BodyHash string }

func (r Request) attribute() string { return "answer/" + r.Route + "/" + r.KeyHash }

// Answers reads stored answers; collection.ErrNotFound when there is none.
type Answers interface {
	LoadAnswer(ctx context.Context, creditor collection.CreditorID, id collection.CaseID, route, keyHash string) (collection.Answer, error)
}

// Vault seals and opens texts of a case.
type Vault interface {
	SealText(ctx context.Context, c collection.Case, attribute string, plain []byte) ([]byte, error)
	OpenText(ctx context.Context, c collection.Case, attribute string, sealed []byte) ([]byte, error)
}

// Keeper keeps and finds answers.
type Keeper struct {
	Answers Answers
	Vault   Vault
}

// Answer is the companion to commit with what a request made: made is its id.
func (k Keeper) Answer(ctx context.Context, c collection.Case, r Request, made string, now time.Time) (collection.Answer, error) {
	sealed, err := k.Vault.SealText(ctx, c, r.attribute(), []byte(made))
	if err != nil {
		return collection.Answer{}, fmt.Errorf("seal answer: %w", err)
	}
	return collection.Answer{
		Route: r.Route, KeyHash: r.KeyHash, BodyHash: r.BodyHash, Sealed: sealed, ExpiresAt: now.Add(answerLife),
	}, nil
}

// Earlier is the id of what the same request made before. When there was no such request it is cause, the error that this one met; when its
// key came with another body it is ErrKeyReused.
func (k Keeper) Earlier(ctx context.Context, c collection.Case, r Request, cause error) (made string, err error) {
	var answer collection.Answer
	if replay, ok := errors.AsType[*collection.ReplayError](cause); ok {
		answer = replay.Answer
	} else if answer, err = k.Answers.LoadAnswer(ctx, c.Creditor, c.ID, r.Route, r.KeyHash); errors.Is(err, collection.ErrNotFound) {
		return "", cause
	} else if err != nil {
		return "", fmt.Errorf("look for an earlier answer: %w", err)
	}
	if answer.BodyHash != r.BodyHash {
		return "", ErrKeyReused
	}
	text, err := k.Vault.OpenText(ctx, c, r.attribute(), answer.Sealed)
	if err != nil {
		return "", fmt.Errorf("open earlier answer: %w", err)
	}
	return string(text), nil
}
