package collection

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
)

func (e AgreementEnded) apply(d *Dossier, seq int64, at time.Time) error {
	agreement, ok := d.Agreement(e.Agreement)
	if !ok || ended(*agreement) {
		return ErrAgreementEnded
	}
	agreement.Status, agreement.EndReason, agreement.EndedAt, agreement.EndedOn = e.Reason.Status(), e.Reason, at, e.On
	agreement.Excess += e.Excess
	agreement.Revision = seq
	var err error
	if agreement.Late, err = agreement.Late.Sub(e.Late); err != nil {
		return err
	}
	for _, id := range agreement.Debts {
		debt, ok := d.Debt(id)
		if !ok || (debt.Status != DebtInAgreement && debt.Status != DebtSettled) || debt.Agreement != e.Agreement {
			return fmt.Errorf("debt %s is not in agreement %s", id, e.Agreement)
		}
		debt.Status, debt.Agreement, debt.Revision = DebtOpen, AgreementID{}, seq
	}
	if err := d.credit(agreement, e.Credits, e.On, seq); err != nil {
		return err
	}
	return d.post(seq, at, "ended", e.Lines)
}

func (e DebtsCredited) apply(d *Dossier, seq int64, at time.Time) error {
	agreement, ok := d.Agreement(e.Agreement)
	if !ok {
		return fmt.Errorf("%w: agreement %s", ErrNotFound, e.Agreement)
	}
	agreement.Excess -= e.Amount
	agreement.Revision = seq
	if err := d.credit(agreement, e.Credits, e.On, seq); err != nil {
		return err
	}
	return d.post(seq, at, "credited", e.Lines)
}

// credit sets what is owed of debts after a credit, and keeps the credit with the agreement that it came from.
func (d *Dossier) credit(a *Agreement, credits []Credited, on calendar.Date, seq int64) error {
	for _, c := range credits {
		debt, ok := d.Debt(c.Debt)
		if !ok {
			return fmt.Errorf("%w: debt %s", ErrNotFound, c.Debt)
		}
		debt.Credited = debt.Principal - c.Left.Principal
		debt.Carried = &Carried{Fine: c.Left.Fine, Interest: c.Left.Interest, Correction: c.Left.Correction, On: on}
		debt.Revision = seq
		if c.Left == (Components{}) {
			debt.Status, debt.Agreement = DebtSettled, a.ID
		}
		if err := a.keep(c.Credit); err != nil {
			return err
		}
	}
	return nil
}

// keep adds a credit to those of the agreement; the list is copied, as earlier states may still share it.
func (a *Agreement) keep(c Credit) (err error) {
	a.Credits = slices.Clone(a.Credits)
	i := slices.IndexFunc(a.Credits, func(x Credit) bool { return x.Debt == c.Debt })
	if i < 0 {
		a.Credits = append(a.Credits, c)
		return nil
	}
	if a.Credits[i].Paid, err = a.Credits[i].Paid.Add(c.Paid); err != nil {
		return err
	}
	a.Credits[i].Kept, err = a.Credits[i].Kept.Add(c.Kept)
	return err
}

// uncredit makes debts owed again by what was credited to them and left.
func (d *Dossier) uncredit(a *Agreement, undone []Undone, seq int64) error {
	for _, c := range undone {
		debt, ok := d.Debt(c.Debt)
		if !ok || debt.Carried == nil {
			return fmt.Errorf("debt %s was not credited", c.Debt)
		}
		carried := *debt.Carried
		carried.Fine += c.Paid.Fine
		carried.Interest += c.Paid.Interest
		carried.Correction += c.Paid.Correction
		debt.Credited -= c.Paid.Principal
		debt.Carried, debt.Revision = &carried, seq
		if debt.Status == DebtSettled {
			debt.Status, debt.Agreement = DebtOpen, AgreementID{}
		}
		paid, err := Components{}.Sub(c.Paid)
		if err != nil {
			return err
		}
		if err := a.keep(Credit{Debt: c.Debt, Paid: paid}); err != nil {
			return err
		}
	}
	return nil
}
