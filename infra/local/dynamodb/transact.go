package dynamodb

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
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

type transactWriteRequest struct {
	TransactItems      []map[verb]*action // one action each
	ClientRequestToken string
	charged
}

// single gives the one action of an entry, parsed.
func single(entry map[verb]*action) (*action, error) {
	for v, a := range entry {
		const missing = "The parameter '%s' is required but was not present in the request"
		switch {
		case len(entry) > 1 || a == nil || !slices.Contains([]verb{put, modify, remove, check}, v):
		case v == modify && a.UpdateExpression == nil:
			return nil, invalid(missing, "UpdateExpression")
		case v == check && a.ConditionExpression == nil:
			return nil, invalid(missing, "ConditionExpression")
		default:
			return a, a.prepare(v)
		}
	}
	return nil, invalid("TransactItems can only contain one of Check, Put, Update or Delete")
}

func checkTransactSize(n int) error {
	switch {
	case n == 0:
		return unmet(" '[]'", "transactItems", atLeastOne)
	case n > maxTransact:
		return unmet("", "transactItems", fmt.Sprintf("have length less than or equal to %d", maxTransact))
	}
	return nil
}

const sameItemTwice = "Transaction request cannot include multiple operations on one item"

func (e *Engine) transactWriteItems(q *transactWriteRequest) (*object, error) {
	if err := checkTransactSize(len(q.TransactItems)); err != nil {
		return nil, err
	}
	token, now := q.ClientRequestToken, e.clock.Now()
	if len(token) > maxToken {
		return nil, unmet(" '"+token+"'", "clientRequestToken", fmt.Sprintf("have length less than or equal to %d", maxToken))
	}
	actions := make([]*action, len(q.TransactItems))
	for i, entry := range q.TransactItems {
		var err error
		if actions[i], err = single(entry); err != nil {
			return nil, err
		}
	}
	content, err := json.Marshal(q.TransactItems) // maps are written in order of their keys
	if err != nil {
		return nil, fmt.Errorf("encode transaction: %w", err)
	}
	done := replay{Digest: sha256.Sum256(content), Expires: now.Add(tokenLifetime)}
	if earlier, ok := e.tokens[token]; ok && now.Before(earlier.Expires) {
		if earlier.Digest != done.Digest {
			return nil, wire.Errorf("IdempotentParameterMismatchException", "DynamoDB rejected the request because you retried a request "+
				"with a different payload but with an idempotent token that was already used.")
		}
		return newObject(), nil
	}
	changes, err := e.planAll(actions)
	if err != nil {
		return nil, err
	}
	if err := e.commitTransaction(changes, token, done); err != nil {
		return nil, err
	}
	for _, c := range changes {
		q.write(c, 2)
	}
	o := newObject()
	q.list(o)
	return o, nil
}

func (e *Engine) commitTransaction(changes []change, token string, done replay) error {
	if token == "" {
		return e.commit(changes)
	}
	stored, err := json.Marshal(done)
	if err == nil {
		err = e.commit(changes, store.Op{Bucket: tokensBucket, Key: token, Value: stored})
	}
	if err != nil {
		return err
	}
	e.tokens[token] = done
	return nil
}

// planAll plans every write of a transaction; one that cannot be done cancels all.
func (e *Engine) planAll(actions []*action) ([]change, error) {
	changes, outcomes, seen := make([]change, len(actions)), make([]error, len(actions)), identities{}
	size := 0
	for i, a := range actions {
		if _, err := e.table(a.TableName); err != nil {
			return nil, err
		}
		c, err := e.plan(a)
		if c.key != "" && seen.again(c.t, c.key) {
			return nil, invalid(sameItemTwice)
		}
		changes[i], outcomes[i] = c, err
		size += max(c.old.bytes(), c.next.bytes())
	}
	if err := cancellation(outcomes); err != nil {
		return nil, err
	}
	if size > maxTransactBytes {
		return nil, invalid("The aggregate size of the items in the transaction cannot exceed 4 MB")
	}
	return changes, nil
}

// cancellation is the error of a transaction of which some items cannot be done, with a reason for each in their order; nil when all can.
func cancellation(outcomes []error) error {
	reasons, codes := make([]map[string]any, len(outcomes)), make([]string, len(outcomes))
	cancelled := false
	for i, err := range outcomes {
		reasons[i], codes[i] = map[string]any{}, "None"
		if refused, ok := errors.AsType[*wire.Error](err); ok {
			cancelled = true
			if codes[i] = strings.TrimSuffix(refused.Code, "Exception"); codes[i] == "Validation" {
				codes[i] = "ValidationError"
			}
			reasons[i]["Message"] = refused.Message
			maps.Copy(reasons[i], refused.Fields)
		} else if err != nil {
			return err
		}
		reasons[i]["Code"] = codes[i]
	}
	if !cancelled {
		return nil
	}
	message := "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]"
	return &wire.Error{Code: "TransactionCanceledException", Message: message,
		Fields: map[string]any{"Message": message, "CancellationReasons": reasons}}
}

func (e *Engine) loadToken(token string, stored []byte) error {
	var done replay
	if err := json.Unmarshal(stored, &done); err != nil {
		return fmt.Errorf("read transaction token: %w", err)
	}
	e.tokens[token] = done
	return nil
}
