// Package agreement leads signed deals to an end that is not payment: by time, by the participant or by the creditor; and it keeps the
// deadlines of deals.
package agreement

import (
	"context"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/offer"
)

// Cases loads and commits cases.
type Cases interface {
	Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error)
	Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error
}

// Creditors finds creditors.
type Creditors interface {
	Creditor(ctx context.Context, id collection.CreditorID) (collection.Creditor, error)
}

// Desk changes deals and debts at the word of people.
type Desk struct {
	Cases     Cases
	Creditors Creditors
}

// Withdraw ends an agreement because the participant withdraws from it (Lei 8.078/1990 art. 49): what was paid is owed back in full. After
// the last day it is collection.ErrTooLate, and collection.ErrAgreementEnded for a deal that ended otherwise. Withdrawing again changes
// nothing.
func (k *Desk) Withdraw(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, id collection.AgreementID,
) (collection.Agreement, error) {
	creditor, err := k.Creditors.Creditor(ctx, d.Case.Creditor)
	if err != nil {
		return collection.Agreement{}, fmt.Errorf("find creditor: %w", err)
	}
	d, err = k.redo(ctx, d, func(d *collection.Dossier) error {
		a, ok := d.Agreement(id)
		if !ok {
			return fmt.Errorf("%w: agreement", collection.ErrNotFound)
		}
		if a.EndReason == collection.EndWithdrawal {
			return nil
		}
		if last, ok := WithdrawableUntil(*a); ok && meta.At.After(last) {
			return collection.ErrTooLate
		}
		if err := d.End(meta, id, collection.EndWithdrawal, offer.Today(meta.At), offer.Charging(creditor)); err != nil {
			return err
		}
		return k.Cases.Commit(ctx, d)
	})
	if err != nil {
		return collection.Agreement{}, err
	}
	ended, _ := d.Agreement(id)
	return *ended, nil
}

// WithdrawableUntil is the last instant at which the participant may withdraw from a deal; false when it has ended otherwise than by
// payment.
func WithdrawableUntil(a collection.Agreement) (time.Time, bool) {
	if !a.Live() && a.Status != collection.AgreementFulfilled {
		return time.Time{}, false
	}
	next := a.WithdrawableUntil(offer.Today(a.SignedAt)).AddDays(1)
	return offer.Midnight(next).Add(-time.Nanosecond), true
}

// redo works a change of a case out again, on the case as it stands then, while somebody else changes it in between. It returns the case
// that it worked on last.
func (k *Desk) redo(ctx context.Context, d *collection.Dossier, change func(*collection.Dossier) error) (*collection.Dossier, error) {
	stale := false
	err := collection.Redo(func() error {
		if stale {
			latest, err := k.Cases.Load(ctx, d.Case.Creditor, d.Case.ID)
			if err != nil {
				return fmt.Errorf("load case: %w", err)
			}
			d = latest
		}
		stale = true
		return change(d)
	})
	return d, err
}
