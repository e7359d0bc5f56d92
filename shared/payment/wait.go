package payment

import (
	"context"
	"errors"
	"fmt"

	"github.com/regua/regua/shared/collection"
)

// maxToken is the length of the longest task token that Step Functions makes.
const maxToken = 2048

// Waiters stores who waits for an intent's money and returns the intent as it stands after that.
type Waiters interface {
	SetWaiter(ctx context.Context, creditor collection.CreditorID, id collection.IntentID, token string) (collection.Intent, error)
}

// Wait is the task of payment-wait.
type Wait struct {
	Waiters Waiters
	Wakes   Sender
}

// Do stores the token under which the execution waits. Storing the token and posting the money are conditional writes on one item, so
// whoever comes second sees the other: here, money that came first causes the wake-up, which is queued and never sent from here.
func (w *Wait) Do(ctx context.Context, in Waiting) (Outcome, error) {
	creditor, id, err := parseRef(in.Creditor, in.IntentID)
	if err != nil {
		return Outcome{}, err
	}
	if in.Token == "" || len(in.Token) > maxToken {
		return Outcome{}, fmt.Errorf("%w: task token of %d bytes", collection.ErrInvalid, len(in.Token))
	}
	intent, err := w.Waiters.SetWaiter(ctx, creditor, id, in.Token)
	if err != nil {
		return Outcome{}, fmt.Errorf("store waiter: %w", err)
	}
	if ended(intent.Status) {
		if err := w.Wakes.Send(ctx, WakeMessage{in.Creditor, in.IntentID}); err != nil {
			return Outcome{}, fmt.Errorf("queue wake-up: %w", err)
		}
	}
	return Outcome{string(intent.Status)}, nil
}

// Answerer answers a waiting task. It is collection.ErrNotFound when nothing waits for the token any more.
type Answerer interface {
	Succeed(ctx context.Context, token string, output any) error
}

// Wake is the consumer of payment-wake.
type Wake struct {
	Intents  Intents
	Answerer Answerer
}

// Do wakes the execution that waits for an intent that has ended. When nothing waits any more, that is as good.
func (w *Wake) Do(ctx context.Context, msg WakeMessage) error {
	creditor, id, err := parseRef(msg.Creditor, msg.IntentID)
	if err != nil {
		return err
	}
	intent, err := w.Intents.LoadIntent(ctx, creditor, id)
	if err != nil {
		return fmt.Errorf("load intent: %w", err)
	}
	if !ended(intent.Status) || intent.Waiter == "" {
		return nil
	}
	err = w.Answerer.Succeed(ctx, intent.Waiter, Outcome{string(intent.Status)})
	if err != nil && !errors.Is(err, collection.ErrNotFound) {
		return fmt.Errorf("answer waiting task: %w", err)
	}
	return nil
}
