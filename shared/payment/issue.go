package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// grace is how long after a code's time the money may still be on its way: banks take a payment until the last second and report it later.
const grace = time.Minute

// Issuing makes sure that an intent has its payment code.
type Issuing struct {
	Cases     Cases
	Intents   Intents
	Creditors Creditors
	Accounts  Accounts
	Rails     Rails
}

// ask asks the provider for an intent's code. The provider makes one charge however often it is asked.
func (i *Issuing) ask(ctx context.Context, intent collection.Intent) (collection.PayCode, error) {
	creditor, err := i.Creditors.Creditor(ctx, intent.Creditor)
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("find creditor: %w", err)
	}
	rail, account, err := i.Rails.at(ctx, i.Accounts, intent.Provider, intent.Account)
	if err != nil {
		return collection.PayCode{}, err
	}
	code, err := rail.Issue(ctx, account, provider.Charge{
		TxID: intent.ID.String(), Method: intent.Method, Amount: intent.Amount, ExpiresAt: intent.ExpiresAt,
		MerchantName: creditor.MerchantName, MerchantCity: creditor.MerchantCity,
	})
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("ask provider: %w", err)
	}
	return code, nil
}

// record commits the code on a dossier that holds the intent, loading it again when somebody else changed the case.
func (i *Issuing) record(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, id collection.IntentID, code collection.PayCode,
) (collection.Intent, *collection.Dossier, error) {
	before, _ := d.Intent(id)
	unchanged, original := *before, d
	err := collection.Redo(func() (err error) {
		if d == nil {
			if d, err = load(ctx, i.Cases, i.Intents, unchanged.Creditor, id); err != nil {
				return err
			}
		}
		if err = d.Issued(meta, id, code); err == nil {
			err = i.Cases.Commit(ctx, d)
		}
		if err != nil {
			d = nil
		}
		return err
	})
	if err != nil {
		return unchanged, original, fmt.Errorf("record payment code: %w", err)
	}
	intent, _ := d.Intent(id)
	return *intent, d, nil
}

// Issue is the task of payment-issue.
type Issue struct {
	Issuing *Issuing
	Closing *Closing
	Now     func() time.Time
}

// Do makes sure that the intent has its code and answers how long to wait for its money. An intent that has ended is answered with its
// status, and so is one that is still REQUESTED when its time has passed. When the provider refuses, the intent is closed as
// CANCELLED and the error is collection.ErrRefused.
func (t *Issue) Do(ctx context.Context, in Ref) (Issued, error) {
	creditor, id, err := parseRef(in.Creditor, in.IntentID)
	if err != nil {
		return Issued{}, err
	}
	intent, err := t.Issuing.Intents.LoadIntent(ctx, creditor, id)
	if err != nil {
		return Issued{}, fmt.Errorf("load intent: %w", err)
	}
	now := t.Now()
	if intent.Status == collection.IntentRequested && now.Before(intent.ExpiresAt) {
		if intent, err = t.issue(ctx, now, intent); err != nil {
			return Issued{}, err
		}
	}
	wait := intent.ExpiresAt.Add(grace).Sub(now) + time.Second - 1
	return Issued{Status: string(intent.Status), TimeoutSeconds: max(1, int64(wait/time.Second))}, nil
}

func (t *Issue) issue(ctx context.Context, now time.Time, intent collection.Intent) (collection.Intent, error) {
	meta := collection.Meta{At: now, By: collection.System("payment-issue", intent.Creditor), CorrelationID: intent.ID.String()}
	code, err := t.Issuing.ask(ctx, intent)
	if errors.Is(err, collection.ErrRefused) {
		meta.Reason = "provider refused"
		if _, failed := t.Closing.close(ctx, meta, intent, collection.IntentCancelled); failed != nil {
			return intent, failed
		}
		return intent, err
	}
	if err != nil {
		return intent, err
	}
	d, err := withIntent(ctx, t.Issuing.Cases, intent)
	if err != nil {
		return intent, err
	}
	meta.Reason = "provider issued"
	issued, _, err := t.Issuing.record(ctx, meta, d, intent.ID, code)
	return issued, err
}
