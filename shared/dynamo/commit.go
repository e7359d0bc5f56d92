package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
)

// maxActions is DynamoDB's bound on one transaction.
const maxActions = 100

// Commit writes what was recorded on a dossier, and what goes with it, in one transaction: see Append.
func (s *Store) Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error {
	_, _, err := s.Append(ctx, d, with...)
	return err
}

// Append writes the dossier's case, its changed parts, ledger entries, events and one outbox marker together with the companions, all of
// it or nothing, and marks the dossier as loaded. It returns the marker and the events as they are to be published.
//
// Every action has a condition. When one fails nothing is written and the error is, in this order, *collection.ReplayError when the answer
// stands already, ErrFactPosted when the money does, or ErrConflict when the case or a companion was changed in between; the dossier must
// then be loaded again. A table that does not answer is ErrUnavailable, after which the transaction may or may not have been done.
// With nothing recorded only the companions are written, if the case has not changed.
//
// The SDK gives each call one request token and keeps it over its own retries, so that a retry after a lost answer finds its own work and
// reports success. A token made of what is written would be wrong: two senders that claim one contact at one instant write the same
// bytes, and both would be told that they won.
func (s *Store) Append(
	ctx context.Context, d *collection.Dossier, with ...collection.Companion,
) (collection.Marker, []collection.Message, error) {
	if len(d.Recorded()) == 0 && len(with) == 0 {
		return collection.Marker{}, nil, nil
	}
	b := &batch{store: s, dossier: d, head: d.LoadedHead()}
	if err := b.build(with); err != nil {
		return collection.Marker{}, nil, fmt.Errorf("commit case %s: %w", d.Case.ID, err)
	}
	if err := s.transact(ctx, b.actions); err != nil {
		return collection.Marker{}, nil, fmt.Errorf("commit case %s: %w", d.Case.ID, err)
	}
	d.Case.Head = b.head
	d.Loaded()
	return b.marker, b.messages, nil
}

// action is one write of a transaction. refused says what it means that its condition did not hold; existing is the item that stands, nil
// when there is none.
type action struct {
	write   types.TransactWriteItem
	refused func(existing item) error
}

// changed is what a failed condition means for most items.
func changed(what string) func(item) error {
	return func(item) error { return fmt.Errorf("%w: %s", collection.ErrConflict, what) }
}

// transact writes all actions or none.
func (s *Store) transact(ctx context.Context, actions []action) error {
	if len(actions) > maxActions {
		return fmt.Errorf("%w: %d actions do not fit into one transaction of %d", collection.ErrInvalid, len(actions), maxActions)
	}
	items := make([]types.TransactWriteItem, len(actions))
	for i, a := range actions {
		items[i] = a.write
	}
	_, err := s.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: items})
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		return cancellation(actions, cancelled.CancellationReasons)
	}
	return translate(err)
}

// cancellation finds the one error that a cancelled transaction means.
func cancellation(actions []action, reasons []types.CancellationReason) error {
	var refusals []error
	clash, busy := false, false
	codes := make([]string, 0, len(reasons))
	for i, reason := range reasons {
		code := aws.ToString(reason.Code)
		codes = append(codes, code)
		switch code {
		case "ConditionalCheckFailed":
			if i < len(actions) {
				refusals = append(refusals, actions[i].refused(reason.Item))
			}
		case "TransactionConflict":
			clash = true
		case "ThrottlingError", "ProvisionedThroughputExceeded":
			busy = true
		}
	}
	switch {
	case len(refusals) > 0:
		return gravest(refusals)
	case clash:
		return fmt.Errorf("%w: another transaction is under way", collection.ErrConflict)
	case busy:
		return fmt.Errorf("%w: table is throttled", collection.ErrUnavailable)
	}
	return fmt.Errorf("transaction cancelled: %v", codes)
}

// gravest picks what the caller must hear first: that the request was answered, then that the money was posted, then the first refusal.
func gravest(refusals []error) error {
	for _, err := range refusals {
		var replay *collection.ReplayError
		if errors.As(err, &replay) {
			return err
		}
	}
	for _, err := range refusals {
		if errors.Is(err, collection.ErrFactPosted) {
			return err
		}
	}
	return refusals[0]
}

// putAction puts an item under a condition.
func (s *Store) putAction(it item, when condition, refused func(item) error) action {
	return action{refused: refused, write: types.TransactWriteItem{Put: &types.Put{
		TableName: aws.String(s.table), Item: it, ConditionExpression: aws.String(when.text), ExpressionAttributeValues: when.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}}
}

// checkAction demands a condition of an item that is not written.
func (s *Store) checkAction(k key, when condition, refused func(item) error) action {
	return action{refused: refused, write: types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: aws.String(s.table), Key: k.new(), ConditionExpression: aws.String(when.text), ExpressionAttributeValues: when.values,
	}}}
}
