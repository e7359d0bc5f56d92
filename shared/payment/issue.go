package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/collection"
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
	People    People
	Mandates  Mandates
}

// issue asks for an intent's code at one account after the other: the present one, those of the creditor's routes that were not asked yet,
// and at last those that failed before. An account that was not asked yet is recorded first, so that money that comes there is known to be
// the intent's. The provider makes one charge however often it is asked. It is collection.ErrRefused when all refused; asking bounds
// the calls to providers, and when it ends, the next account is left to the next try.
func (i *Issuing) issue(ctx, asking context.Context, meta collection.Meta, d *collection.Dossier, id collection.IntentID) (
	collection.Intent, *collection.Dossier, error,
) {
	intent, _ := d.Intent(id)
	creditor, err := i.Creditors.Creditor(ctx, intent.Creditor)
	if err != nil {
		return *intent, d, fmt.Errorf("find creditor: %w", err)
	}
	refused := true
	var failures []error
	for _, at := range i.routes(creditor, *intent) {
		if asking.Err() != nil && len(failures) > 0 {
			break
		}
		unchanged := *intent // what a commit that fails must not seem to have changed
		if !asked(*intent, at) {
			reroute := func(d *collection.Dossier) error { return d.Reroute(meta, id, at, "no code from the one before") }
			if d, err = i.commit(ctx, d, id, reroute); err != nil {
				return unchanged, d, fmt.Errorf("record another account: %w", err)
			}
			if intent, _ = d.Intent(id); intent.Status != collection.IntentRequested {
				return *intent, d, nil
			}
		}
		code, err := i.ask(asking, creditor, d, *intent, at)
		if err == nil {
			d, err = i.commit(ctx, d, id, func(d *collection.Dossier) error {
				if err := d.Reroute(meta, id, at, "it answers again"); err != nil {
					return err
				}
				return d.Issued(meta, id, code)
			})
			if err != nil {
				return unchanged, d, fmt.Errorf("record payment code: %w", err)
			}
			intent, _ = d.Intent(id)
			return *intent, d, nil
		}
		refused = refused && errors.Is(err, collection.ErrRefused)
		failures = append(failures, err)
	}
	err = errors.Join(failures...)
	if !refused && errors.Is(err, collection.ErrRefused) { // one that did not answer may yet
		err = fmt.Errorf("%w: %w", collection.ErrUnavailable, errors.New(err.Error()))
	}
	return *intent, d, err
}

// routes are the accounts to ask, in the order in which they are asked.
func (i *Issuing) routes(creditor collection.Creditor, intent collection.Intent) []collection.ProviderAccount {
	out := []collection.ProviderAccount{intent.At()}
	for _, before := range []bool{false, true} {
		for _, route := range creditor.Routes(intent.Method) {
			at := collection.ProviderAccount{Provider: route.Provider, Account: route.Account}
			if _, offered := i.Rails[route.Provider]; offered && asked(intent, at) == before && !slices.Contains(out, at) {
				out = append(out, at)
			}
		}
	}
	return out
}

// ask asks one account for an intent's code.
func (i *Issuing) ask(
	ctx context.Context, creditor collection.Creditor, d *collection.Dossier, intent collection.Intent, at collection.ProviderAccount,
) (collection.PayCode, error) {
	rail, account, err := i.Rails.at(ctx, i.Accounts, at.Provider, at.Account)
	if err != nil {
		return collection.PayCode{}, err
	}
	charge, err := i.charge(ctx, creditor, d, intent)
	if err != nil {
		return collection.PayCode{}, err
	}
	code, err := rail.Issue(ctx, account, charge)
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("ask provider %s: %w", at.Provider, err)
	}
	return code, nil
}

// commit decides something on a dossier that holds the intent and commits it, loading it again when somebody else changed the case. It
// returns the dossier after it; one that failed is returned as it was.
func (i *Issuing) commit(
	ctx context.Context, d *collection.Dossier, id collection.IntentID, decide func(d *collection.Dossier) error,
) (*collection.Dossier, error) {
	creditor, original := d.Case.Creditor, d
	err := collection.Redo(func() (err error) {
		if d == nil {
			if d, err = load(ctx, i.Cases, i.Intents, creditor, id); err != nil {
				return err
			}
		}
		if err = decide(d); err == nil {
			err = i.Cases.Commit(ctx, d)
		}
		if err != nil {
			d = nil
		}
		return err
	})
	if err != nil {
		return original, err
	}
	return d, nil
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
	d, err := withIntent(ctx, t.Issuing.Cases, intent)
	if err != nil {
		return intent, err
	}
	meta.Reason = "provider issued"
	issued, _, err := t.Issuing.issue(ctx, ctx, meta, d, intent.ID)
	if !errors.Is(err, collection.ErrRefused) {
		return issued, err
	}
	meta.Reason = "provider refused"
	if _, failed := t.Closing.close(ctx, meta, issued, collection.IntentCancelled); failed != nil {
		return issued, failed
	}
	return issued, err
}
