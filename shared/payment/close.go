package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// Closing ends intents whose money did not come, once the provider has confirmed that it did not.
type Closing struct {
	Posting  *Posting
	Accounts Accounts
	Rails    Rails
}

// Expire is the task of payment-expire.
type Expire struct {
	Closing *Closing
	Now     func() time.Time
}

// Do asks the provider what became of the intent's charge. Money that came is posted, keyed as a notice of it would be; without money the
// charge is cancelled at the provider and the intent closed as EXPIRED. A provider that does not answer is collection.ErrUnavailable.
func (t *Expire) Do(ctx context.Context, in Ref) (Outcome, error) {
	creditor, id, err := parseRef(in.Creditor, in.IntentID)
	if err != nil {
		return Outcome{}, err
	}
	intent, err := t.Closing.Posting.Intents.LoadIntent(ctx, creditor, id)
	if err != nil {
		return Outcome{}, fmt.Errorf("load intent: %w", err)
	}
	if ended(intent.Status) {
		return Outcome{string(intent.Status)}, nil
	}
	meta := collection.Meta{
		At: t.Now(), By: collection.System("payment-expire", creditor), Reason: "time passed", CorrelationID: in.IntentID,
	}
	status, err := t.Closing.close(ctx, meta, intent, collection.IntentExpired)
	return Outcome{string(status)}, err
}

// close posts the money that the provider knows of, or else makes the charge unpayable and closes the intent. It returns how the intent
// ended.
func (c *Closing) close(ctx context.Context, meta collection.Meta, intent collection.Intent, status collection.IntentStatus) (
	collection.IntentStatus, error,
) {
	rail, account, err := c.Rails.at(ctx, c.Accounts, intent.Provider, intent.Account)
	if err != nil {
		return "", err
	}
	state, err := rail.Fetch(ctx, account, intent.ID.String())
	if err == nil && len(state.Payments) == 0 {
		state, err = rail.Cancel(ctx, account, intent.ID.String()) // whoever paid in between stands in its answer
	}
	if err != nil && !errors.Is(err, collection.ErrNotFound) { // a charge that was never made cannot be paid
		return "", fmt.Errorf("ask provider about intent %s: %w", intent.ID, err)
	}
	if len(state.Payments) > 0 {
		return c.post(ctx, meta, intent, state.Payments)
	}
	err = collection.Redo(func() error {
		d, err := load(ctx, c.Posting.Cases, c.Posting.Intents, intent.Creditor, intent.ID)
		if err != nil {
			return err
		}
		if err := d.Close(meta, intent.ID, status, meta.Reason); err != nil {
			return err
		}
		if err := c.Posting.Cases.Commit(ctx, d); err != nil {
			return fmt.Errorf("commit closing: %w", err)
		}
		closed, _ := d.Intent(intent.ID)
		status = closed.Status // money may have come first
		return nil
	})
	return status, err
}

func (c *Closing) post(ctx context.Context, meta collection.Meta, intent collection.Intent, payments []provider.Payment) (
	collection.IntentStatus, error,
) {
	for _, payment := range payments {
		_, err := c.Posting.post(ctx, report{
			meta: meta, creditor: intent.Creditor, provider: intent.Provider, account: intent.Account, payment: payment,
		})
		if err != nil {
			return "", err
		}
	}
	return collection.IntentConfirmed, nil
}
