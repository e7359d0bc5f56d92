package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// askAgain is how long a payment that was seen and is not settled is left alone before the provider is asked about it again.
const askAgain = 24 * time.Hour

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

// Do asks the provider what became of the intent's charge, wherever it was asked for. Money that came is posted, keyed as a notice of it
// would be; a payment that the provider has seen leaves the intent NOTICED, to be asked about again a day later, for
// collection.NoticeLife at most; without money the charge is cancelled at the provider and the intent closed, as EXPIRED, or as CANCELLED
// when its money is not due any more. A provider that does not answer is collection.ErrUnavailable.
func (t *Expire) Do(ctx context.Context, in Ref) (Issued, error) {
	creditor, id, err := parseRef(in.Creditor, in.IntentID)
	if err != nil {
		return Issued{}, err
	}
	intent, err := t.Closing.Posting.Intents.LoadIntent(ctx, creditor, id)
	if err != nil {
		return Issued{}, fmt.Errorf("load intent: %w", err)
	}
	status := intent.Status
	if !intent.Ended() {
		meta := collection.Meta{
			At: t.Now(), By: collection.System("payment-expire", creditor), Reason: "time passed", CorrelationID: in.IntentID,
		}
		if status, err = t.Closing.close(ctx, meta, intent, collection.IntentExpired); err != nil {
			return Issued{}, err
		}
	}
	return Issued{Status: string(status), TimeoutSeconds: int64(askAgain / time.Second)}, nil
}

// close posts the money that the provider knows of, or else makes the charge unpayable and closes the intent. It returns how the intent
// stands then.
func (c *Closing) close(ctx context.Context, meta collection.Meta, intent collection.Intent, status collection.IntentStatus) (
	collection.IntentStatus, error,
) {
	came, seen := false, false
	for _, at := range intent.Asked() {
		state, err := c.end(ctx, at, intent)
		if err != nil {
			return "", err
		}
		seen = seen || state.Status == provider.ChargeNoticed
		came = came || len(state.Payments) > 0
		if err := c.post(ctx, source{meta, intent.Creditor, at}, state); err != nil {
			return "", err
		}
	}
	if came {
		return collection.IntentConfirmed, nil
	}
	if seen && (intent.NoticedAt.IsZero() || meta.At.Before(intent.NoticedAt.Add(collection.NoticeLife))) {
		err := c.Posting.notice(ctx, source{meta, intent.Creditor, intent.At()}, intent.ID.String())
		return collection.IntentNoticed, err
	}
	return c.commit(ctx, meta, intent, status)
}

// end asks what became of the charge at one account, and makes it unpayable there unless money came or is on its way.
func (c *Closing) end(ctx context.Context, at collection.ProviderAccount, intent collection.Intent) (provider.State, error) {
	rail, account, err := c.Rails.at(ctx, c.Accounts, at.Provider, at.Account)
	if err != nil {
		return provider.State{}, err
	}
	state, err := rail.Fetch(ctx, account, intent.ID.String())
	if err == nil && len(state.Payments) == 0 && state.Status != provider.ChargeNoticed {
		state, err = rail.Cancel(ctx, account, intent.ID.String()) // whoever paid in between stands in its answer
	}
	if err != nil && !errors.Is(err, collection.ErrNotFound) { // a charge that was never made cannot be paid
		return provider.State{}, fmt.Errorf("ask provider %s about intent %s: %w", at.Provider, intent.ID, err)
	}
	return state, nil
}

// commit closes the intent, as CANCELLED when its money is not due any more.
func (c *Closing) commit(ctx context.Context, meta collection.Meta, intent collection.Intent, status collection.IntentStatus) (
	collection.IntentStatus, error,
) {
	err := collection.Redo(func() error {
		d, err := load(ctx, c.Posting.Cases, c.Posting.Intents, intent.Creditor, intent.ID)
		if err != nil {
			return err
		}
		now, _ := d.Intent(intent.ID)
		if d.Superseded(*now) || (status == collection.IntentExpired && early(*now, meta.At)) {
			status, meta.Reason = collection.IntentCancelled, "its money is not due any more"
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

// clockSlack is how far the clocks of two machines may be apart.
const clockSlack = time.Minute

// early reports whether a code is closed before its time: its money was not due any more when it was withdrawn at the provider, and what
// had taken its place went back since.
func early(i collection.Intent, now time.Time) bool {
	return i.NoticedAt.IsZero() && now.Add(clockSlack).Before(i.ExpiresAt)
}

// post books all that a provider says of a charge.
func (c *Closing) post(ctx context.Context, s source, state provider.State) error {
	for _, m := range state.Payments {
		if _, err := c.Posting.post(ctx, s, m); err != nil {
			return err
		}
	}
	for _, r := range state.Returns {
		if _, err := c.Posting.takeBack(ctx, s, r); err != nil {
			return err
		}
	}
	return nil
}
