package dynamodb

import (
	"cmp"
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

const sameItemTwice = "Transaction request cannot include multiple operations on one item"

func checkTransactSize(n int) error {
	switch {
	case n == 0:
		return unmet(" '[]'", "transactItems", atLeastOne)
	case n > maxTransact:
		return unmet("", "transactItems", fmt.Sprintf("have length less than or equal to %d", maxTransact))
	}
	return nil
}

func (e *Engine) transactWriteItems(q *transactWriteRequest, o *object) error {
	if err := checkTransactSize(len(q.TransactItems)); err != nil {
		return err
	}
	token, now := q.ClientRequestToken, e.clock.Now()
	if len(token) > maxToken {
		return unmet(" '"+token+"'", "clientRequestToken", fmt.Sprintf("have length less than or equal to %d", maxToken))
	}
	actions := make([]*action, len(q.TransactItems))
	for i, entry := range q.TransactItems {
		var err error
		if actions[i], err = single(entry); err != nil {
			return err
		}
	}
	content, err := json.Marshal(q.TransactItems) // maps are written in order of their keys
	if err != nil {
		return fmt.Errorf("encode transaction: %w", err)
	}
	done := replay{Digest: sha256.Sum256(content), Expires: now.Add(tokenLifetime)}
	if earlier, ok := e.tokens[token]; ok && now.Before(earlier.Expires) {
		if earlier.Digest != done.Digest {
			return wire.Errorf("IdempotentParameterMismatchException", "DynamoDB rejected the request because you retried a request "+
				"with a different payload but with an idempotent token that was already used.")
		}
		return nil
	}
	var also []store.Op
	if token != "" {
		also = append(also, store.Op{Bucket: tokensBucket, Key: token, Value: done})
	}
	changes, err := e.perform(actions, sameItemTwice, cancelled, also...)
	if err != nil {
		return err
	}
	if token != "" {
		e.tokens[token] = done
	}
	q.write(changes, 2)
	return nil
}

// cancelled is the error of a transaction that cannot be done as a whole.
func cancelled(changes []change, outcomes []error) error {
	size := 0
	for _, c := range changes {
		size += max(c.old.bytes(), c.next.bytes())
	}
	return cmp.Or(cancellation(changes, outcomes),
		refuse(size > maxTransactBytes, "The aggregate size of the items in the transaction cannot exceed 4 MB"))
}

// cancellation is the error of a transaction of which some items cannot be done, with a reason for each in their order; nil when all can.
func cancellation[T any](_ []T, outcomes []error) error {
	reasons, codes := make([]map[string]any, len(outcomes)), make([]string, len(outcomes))
	for i, err := range outcomes {
		reasons[i], codes[i] = map[string]any{}, "None"
		if refused, ok := errors.AsType[*wire.Error](err); ok {
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
	if cmp.Or(outcomes...) == nil {
		return nil
	}
	message := "Transaction cancelled, please refer cancellation reasons for specific reasons [" + strings.Join(codes, ", ") + "]"
	return &wire.Error{Code: "TransactionCanceledException", Message: message,
		Fields: map[string]any{"Message": message, "CancellationReasons": reasons}}
}
