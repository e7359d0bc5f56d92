package reminder

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
)

// Pledge is what a participant promises.
type Pledge struct {
	Debts  []collection.DebtID // none: all that are open
	Amount money.Centavos      // 0: all that is owed of the debts on the day
	Day    calendar.Date
}

// Promiser is the use case of promises to pay.
type Promiser struct {
	Cases     Cases
	Creditors Creditors
	Chance    io.Reader
}

// Promise records what the participant of a loaded case promises, with whatever must stand or fall with it, and rests the ruler until the
// day and the creditor's grace are over. collection.ErrInvalid: a day that is past or further ahead than the creditor takes promises, or an
// amount above what is owed on it; collection.ErrDebtsNotOpen: a debt that is not open, or a live agreement; collection.ErrPromiseOpen: a
// promise is under way. After collection.ErrConflict the case must be loaded again.
func (p *Promiser) Promise(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, pledge Pledge, with ...collection.Companion,
) (collection.Promise, error) {
	creditor, err := p.Creditors.Creditor(ctx, d.Case.Creditor)
	if err != nil {
		return collection.Promise{}, fmt.Errorf("find creditor: %w", err)
	}
	if err := p.record(meta, d, creditor, pledge); err != nil {
		return collection.Promise{}, err
	}
	if err := p.Cases.Commit(ctx, d, with...); err != nil {
		return collection.Promise{}, fmt.Errorf("commit promise: %w", err)
	}
	return d.Case.Promise, nil
}

func (p *Promiser) record(meta collection.Meta, d *collection.Dossier, creditor collection.Creditor, pledge Pledge) error {
	rule := creditor.Ruler.Promises
	today := compliance.Day(d.Case.UF, meta.At)
	if rule.MaxDays == 0 || pledge.Day.Before(today) || today.DaysUntil(pledge.Day) > rule.MaxDays {
		return fmt.Errorf("%w: the day of a promise must be in the next %d", collection.ErrInvalid, rule.MaxDays)
	}
	if agreementLive(d) {
		return collection.ErrDebtsNotOpen
	}
	if len(pledge.Debts) == 0 {
		for _, debt := range d.OpenDebts() {
			pledge.Debts = append(pledge.Debts, debt.ID)
		}
	}
	most, err := owedOn(d, creditor, pledge)
	if err != nil {
		return err
	}
	if pledge.Amount == 0 {
		pledge.Amount = most
	}
	if pledge.Amount < 0 || pledge.Amount > most {
		return fmt.Errorf("%w: a promise is of at most what is owed", collection.ErrInvalid)
	}
	id, err := collection.Mint[collection.PromiseNoun](meta.At, p.Chance)
	if err != nil {
		return err
	}
	return d.Promise(meta, collection.PromiseMade{
		Promise: id, Amount: pledge.Amount, Day: pledge.Day, Debts: slices.Clone(pledge.Debts),
		Until: midnight(d.Case.UF, pledge.Day.AddDays(rule.GraceDays+1)),
	})
}

// owedOn adds up what the open ones of the debts come to on the promised day.
func owedOn(d *collection.Dossier, creditor collection.Creditor, pledge Pledge) (sum money.Centavos, err error) {
	for _, id := range pledge.Debts {
		debt, ok := d.Debt(id)
		if !ok || debt.Status != collection.DebtOpen {
			return 0, fmt.Errorf("%w: debt of a promise", collection.ErrDebtsNotOpen)
		}
		charged, err := offer.Charge(creditor.Charges, *debt, pledge.Day)
		if err != nil {
			return 0, err
		}
		if sum, err = sum.Add(charged.Total); err != nil {
			return 0, err
		}
	}
	return sum, nil
}
