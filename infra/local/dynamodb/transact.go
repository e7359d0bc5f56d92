package dynamodb

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

const (
	maxTransact      = 100
	maxTransactBytes = 4 << 20
	maxToken         = 36
	tokenLifetime    = 10 * time.Minute
	tokensBucket     = "dynamodb-tokens"
)

// replay is what is kept of a committed transaction, so that its repetition changes nothing.
type replay struct {
	Digest  [sha256.Size]byte // of the canonical form of its items
	Expires time.Time
}

type transactItem struct {
	Put            *putAction
	Update         *updateAction
	Delete         *keyAction
	ConditionCheck *keyAction
}

type transactWriteRequest struct {
	TransactItems      []transactItem
	ClientRequestToken string
	charged
}

func (t *transactItem) writer() (*writer, error) {
	set := 0
	for _, is := range [...]bool{t.Put != nil, t.Update != nil, t.Delete != nil, t.ConditionCheck != nil} {
		if is {
			set++
		}
	}
	const missing = "The parameter '%s' is required but was not present in the request"
	switch {
	case set != 1:
		return nil, invalid("TransactItems can only contain one of Check, Put, Update or Delete")
	case t.Put != nil:
		return t.Put.writer(put, t.Put.Item, nil)
	case t.Update != nil && t.Update.UpdateExpression == nil:
		return nil, invalid(missing, "UpdateExpression")
	case t.Update != nil:
		return t.Update.writer(modify, t.Update.Key, t.Update.UpdateExpression)
	case t.Delete != nil:
		return t.Delete.writer(remove, t.Delete.Key, nil)
	case t.ConditionCheck.ConditionExpression == nil:
		return nil, invalid(missing, "ConditionExpression")
	}
	return t.ConditionCheck.writer(check, t.ConditionCheck.Key, nil)
}

func checkTransactSize(n int) error {
	switch {
	case n == 0:
		return invalid("1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: " +
			"Member must have length greater than or equal to 1")
	case n > maxTransact:
		return invalid("1 validation error detected: Value at 'transactItems' failed to satisfy constraint: "+
			"Member must have length less than or equal to %d", maxTransact)
	}
	return nil
}

func sameItemTwice() error {
	return invalid("Transaction request cannot include multiple operations on one item")
}

func (e *Engine) transactWriteItems(q *transactWriteRequest) (*object, error) {
	if err := checkTransactSize(len(q.TransactItems)); err != nil {
		return nil, err
	}
	if len(q.ClientRequestToken) > maxToken {
		return nil, invalid("1 validation error detected: Value '%s' at 'clientRequestToken' failed to satisfy constraint: "+
			"Member must have length less than or equal to %d", q.ClientRequestToken, maxToken)
	}
	writers := make([]*writer, len(q.TransactItems))
	for i := range q.TransactItems {
		var err error
		if writers[i], err = q.TransactItems[i].writer(); err != nil {
			return nil, err
		}
	}
	o, now := newObject(), e.clock.Now()
	digest := sha256.Sum256(mustEncode(q.TransactItems)) // maps are written in order of their keys
	if done, ok := e.tokens[q.ClientRequestToken]; ok && now.Before(done.Expires) {
		if done.Digest != digest {
			return nil, wire.Errorf("IdempotentParameterMismatchException", "DynamoDB rejected the request because you retried a request "+
				"with a different payload but with an idempotent token that was already used.")
		}
		for _, w := range writers { // a repetition costs the read of its items
			t := e.tables[w.table]
			r, _ := t.items.Get(t.key.encode(w.item))
			q.transactRead(t, r)
		}
		q.list(o)
		return o, nil
	}
	changes, err := e.planAll(writers)
	if err != nil {
		return nil, err
	}
	if err := e.commitTransaction(changes, q.ClientRequestToken, replay{Digest: digest, Expires: now.Add(tokenLifetime)}); err != nil {
		return nil, err
	}
	for _, c := range changes {
		q.write(c, true)
	}
	q.list(o)
	return o, nil
}

// reasons collects why a transaction is cancelled: one reason for each of its items, in their order.
type reasons struct {
	list      []map[string]any
	codes     []string
	cancelled bool
}

// add notes the outcome of the next item. It gives back the errors that are no reason for a cancellation but refuse the request.
func (r *reasons) add(err error) error {
	reason := map[string]any{}
	code := "None"
	if err != nil {
		refused, ok := errors.AsType[*wire.Error](err)
		if !ok {
			return err
		}
		r.cancelled = true
		if code = strings.TrimSuffix(refused.Code, "Exception"); code == "Validation" {
			code = "ValidationError"
		}
		reason["Message"] = refused.Message
		maps.Copy(reason, refused.Fields)
	}
	reason["Code"] = code
	r.list, r.codes = append(r.list, reason), append(r.codes, code)
	return nil
}

// err is the cancellation, nil when no item gave a reason for it.
func (r *reasons) err() error {
	if !r.cancelled {
		return nil
	}
	message := "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(r.codes, ", ") + "]"
	return &wire.Error{Code: "TransactionCanceledException", Message: message,
		Fields: map[string]any{"Message": message, "CancellationReasons": r.list}}
}

// planAll plans every write of a transaction; one that cannot be done cancels all, with a reason for each.
func (e *Engine) planAll(writers []*writer) ([]change, error) {
	changes, seen := make([]change, len(writers)), identities{}
	size := 0
	var outcome reasons
	for i, w := range writers {
		if _, err := e.table(w.table); err != nil {
			return nil, err
		}
		c, err := e.plan(w)
		if err := outcome.add(err); err != nil {
			return nil, err
		}
		if c.key != "" && seen.again(c.t, c.key) {
			return nil, sameItemTwice()
		}
		changes[i] = c
		size += max(c.old.bytes(), c.next.bytes())
	}
	if err := outcome.err(); err != nil {
		return nil, err
	}
	if size > maxTransactBytes {
		return nil, invalid("The aggregate size of the items in the transaction cannot exceed 4 MB")
	}
	return changes, nil
}

func (e *Engine) commitTransaction(changes []change, token string, done replay) error {
	if token == "" {
		return e.commit(changes)
	}
	if err := e.commit(changes, store.Op{Bucket: tokensBucket, Key: token, Value: mustEncode(done)}); err != nil {
		return err
	}
	e.tokens[token] = done
	return nil
}

func (e *Engine) loadTokens() error {
	return e.store.Each(tokensBucket, func(token string, stored []byte) error {
		var done replay
		if err := json.Unmarshal(stored, &done); err != nil {
			return fmt.Errorf("read transaction token: %w", err)
		}
		e.tokens[token] = done
		return nil
	})
}

// forgetTokens drops the tokens that no longer count, and gives the changes that drop them from the store.
func (e *Engine) forgetTokens(now time.Time) []store.Op {
	var ops []store.Op
	for token, done := range e.tokens {
		if !now.Before(done.Expires) {
			delete(e.tokens, token)
			ops = append(ops, store.Op{Bucket: tokensBucket, Key: token})
		}
	}
	return ops
}
