package idempotency

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
)

var (
	now   = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	first = Request{Route: "POST /x", KeyHash: "key", BodyHash: "body"}
)

// kept holds one answer, or fails.
type kept struct {
	answer *collection.Answer
	err    error
}

func (k kept) LoadAnswer(_ context.Context, _ collection.CreditorID, _ collection.CaseID, route, keyHash string) (collection.Answer,
	error) {
	if k.err != nil {
		return collection.Answer{}, k.err
	}
	if k.answer == nil || k.answer.Route != route || k.answer.KeyHash != keyHash {
		return collection.Answer{}, collection.ErrNotFound
	}
	return *k.answer, nil
}

// prefix seals by putting the attribute before the text.
type prefix struct{}

func (prefix) SealText(_ context.Context, _ collection.Case, attribute string, plain []byte) ([]byte, error) {
	return append([]byte(attribute+"="), plain...), nil
}

func (prefix) OpenText(_ context.Context, _ collection.Case, attribute string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(attribute+"="))
	if !ok {
		return nil, errors.New("sealed as something else")
	}
	return plain, nil
}

func TestARepeatedRequestFindsWhatTheFirstMade(t *testing.T) {
	ctx := t.Context()
	answer, err := Keeper{Vault: prefix{}}.Answer(ctx, collection.Case{}, first, "made", now)
	if err != nil || !answer.ExpiresAt.Equal(now.Add(answerLife)) || bytes.Equal(answer.Sealed, []byte("made")) {
		t.Fatalf("got %+v, %v", answer, err)
	}
	cause, down := errors.New("offer taken"), errors.New("table down")
	moved := answer
	moved.Sealed = []byte("elsewhere=made")
	for name, test := range map[string]struct {
		kept    kept
		request Request
		cause   error
		made    string
		want    error
	}{
		"found by reading":           {kept{answer: &answer}, first, cause, "made", nil},
		"told by the commit":         {kept{}, first, &collection.ReplayError{Answer: answer}, "made", nil},
		"never asked before":         {kept{}, first, cause, "", cause},
		"another key":                {kept{answer: &answer}, Request{"POST /x", "other", "body"}, cause, "", cause},
		"the key for another body":   {kept{answer: &answer}, Request{"POST /x", "key", "other"}, cause, "", ErrKeyReused},
		"the answers cannot be read": {kept{err: down}, first, cause, "", down},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := Keeper{test.kept, prefix{}}.Earlier(ctx, collection.Case{}, test.request, test.cause)
			if made != test.made || !errors.Is(err, test.want) {
				t.Errorf("got %q, %v; want %q, %v", made, err, test.made, test.want)
			}
		})
	}
	if _, err := (Keeper{kept{answer: &moved}, prefix{}}).Earlier(ctx, collection.Case{}, first, cause); err == nil {
		t.Error("an answer of another place was opened")
	}
}
