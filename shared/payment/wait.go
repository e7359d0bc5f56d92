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

// Superseded is what an execution is told whose intent's money is not due any more: it asks the provider and closes the intent.
const Superseded = "SUPERSEDED"

// Wait is the task of payment-wait.
type Wait struct {
	Waiters Waiters
	Cases   Cases
	Wakes   Sender
}

// Do stores the token under which the execution waits. Storing the token and posting the money are conditional writes on one item, so
// whoever comes second sees the other: here, money that came first causes the wake-up, which is queued and never sent from here. So does
// money that came first for another request of the same instalment: the case is read after the token was stored.
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
	if wake, err := over(ctx, w.Cases, intent); err != nil {
		return Outcome{}, err
	} else if wake {
		if err := w.Wakes.Send(ctx, WakeMessage{in.Creditor, in.IntentID}); err != nil {
			return Outcome{}, fmt.Errorf("queue wake-up: %w", err)
		}
	}
	return Outcome{string(intent.Status)}, nil
}

// over reports whether nothing is to be waited for any more: the intent has ended, or its money is not due. A payment that the provider has
// seen is waited for all the same: it cannot be called back, and an execution that is woken would be told so, wait, and be woken again.
func over(ctx context.Context, cases Cases, intent collection.Intent) (bool, error) {
	if intent.Ended() {
		return true, nil
	}
	if intent.Status == collection.IntentNoticed {
		return false, nil
	}
	d, err := withIntent(ctx, cases, intent)
	if err != nil {
		return false, err
	}
	return d.Superseded(intent), nil
}

// Answerer answers a waiting task. It is collection.ErrNotFound when nothing waits for the token any more.
type Answerer interface {
	Succeed(ctx context.Context, token string, output any) error
}

// Wake is the consumer of payment-wake.
type Wake struct {
	Intents  Intents
	Cases    Cases
	Answerer Answerer
}

// Do wakes the execution that waits for an intent that has ended or whose money is not due any more. When nothing waits any more, that is
// as good.
func (w *Wake) Do(ctx context.Context, msg WakeMessage) error {
	creditor, id, err := parseRef(msg.Creditor, msg.IntentID)
	if err != nil {
		return err
	}
	intent, err := w.Intents.LoadIntent(ctx, creditor, id)
	if err != nil {
		return fmt.Errorf("load intent: %w", err)
	}
	if intent.Waiter == "" {
		return nil
	}
	if wake, err := over(ctx, w.Cases, intent); err != nil || !wake {
		return err
	}
	outcome := Outcome{string(intent.Status)}
	if !intent.Ended() {
		outcome.Status = Superseded
	}
	err = w.Answerer.Succeed(ctx, intent.Waiter, outcome)
	if err != nil && !errors.Is(err, collection.ErrNotFound) {
		return fmt.Errorf("answer waiting task: %w", err)
	}
	return nil
}
