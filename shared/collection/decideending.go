package collection

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// Charging is what a debt comes to on a day, by component; its principal is Debt.Outstanding.
type Charging func(debt Debt, on calendar.Date) (Components, error)

// End ends a live agreement. The signature is posted back by component. What was paid counts against the original debts, the oldest first,
// in the deal's order over the charges of that day and the principal; a participant who withdraws gets it back instead. Discounts are kept
// in the share of the deal that was paid when the rules say so, and always when the creditor recalls. The fee of a breach goes on the
// oldest debt that is still owed. An agreement that has ended is ErrAgreementEnded; a
// fulfilled one can be withdrawn from.
func (d *Dossier) End(meta Meta, id AgreementID, reason EndReason, on calendar.Date, charge Charging) error {
	agreement, ok := d.Agreement(id)
	if !ok {
		return fmt.Errorf("%w: agreement", ErrNotFound)
	}
	if !agreement.Live() && (agreement.Status != AgreementFulfilled || reason != EndWithdrawal) {
		return ErrAgreementEnded
	}
	proposal, ok := d.Proposal(agreement.Proposal)
	if !ok {
		return fmt.Errorf("%w: proposal of agreement %s", ErrNotFound, id)
	}
	event := AgreementEnded{Agreement: id, Reason: reason, On: on}
	paid := agreement.Paid()
	if reason == EndWithdrawal {
		event.Late, event.Excess = agreement.Late, paid+agreement.Late.Fine+agreement.Late.Interest
	} else if err := event.count(d, *agreement, proposal.Terms, charge); err != nil {
		return err
	}
	if err := event.post(*agreement, proposal.Terms); err != nil {
		return err
	}
	return d.Record(meta, event)
}

// count says which debts the money paid counts against.
func (e *AgreementEnded) count(d *Dossier, a Agreement, terms Terms, charge Charging) error {
	var kept Components
	var err error
	if e.Reason == EndRecall || a.Rules.Discounts == DiscountsProportional {
		if kept, err = share(terms.Off, a.Paid(), a.Total); err != nil {
			return err
		}
	}
	fee := money.Centavos(0)
	if e.Reason == EndBreach && a.Rules.FeeRate != "" {
		rate, err := money.ParseRate(a.Rules.FeeRate)
		if err != nil {
			return fmt.Errorf("breach fee: %w", err)
		}
		if fee, err = (a.Total - a.Paid()).Percent(rate); err != nil {
			return fmt.Errorf("breach fee: %w", err)
		}
	}
	e.Credits, e.Excess, err = spreadOver(d.oldestFirst(a.Debts), crediting{a.Distribution, kept, a.Paid(), fee}, e.On, charge)
	return err
}

// share is the part of each amount that paid is of the whole, rounded half-up.
func share(amounts Components, paid, whole money.Centavos) (Components, error) {
	var out Components
	for _, part := range LegalDistribution() {
		product := new(big.Int).Mul(big.NewInt(int64(*amounts.Of(part))), big.NewInt(int64(paid)))
		rounded, err := money.Round(new(big.Rat).SetFrac(product, big.NewInt(int64(whole))))
		if err != nil {
			return Components{}, fmt.Errorf("discount kept: %w", err)
		}
		*out.Of(part) = rounded
	}
	return out, nil
}

// oldestFirst are debts of the case by due date.
func (d *Dossier) oldestFirst(ids []DebtID) []Debt {
	var out []Debt
	for _, id := range ids {
		if debt, ok := d.Debt(id); ok {
			out = append(out, *debt)
		}
	}
	slices.SortFunc(out, func(a, b Debt) int {
		if c := a.DueDate.Compare(b.DueDate); c != 0 {
			return c
		}
		return a.ID.Compare(b.ID)
	})
	return out
}

// crediting is what is to be credited to debts: discounts kept, money in an order, and a fee.
type crediting struct {
	order []Component
	kept  Components
	paid  money.Centavos
	fee   money.Centavos
}

// spreadOver credits debts in turn: discounts first, then money, each as far as the debt owes it. It returns the debts that anything was
// credited or charged to, and the money that none of them owed.
func spreadOver(debts []Debt, c crediting, on calendar.Date, charge Charging) ([]Credited, money.Centavos, error) {
	var out []Credited
	order := append(slices.Clone(c.order), LegalDistribution()...)
	for _, debt := range debts {
		owed, err := charge(debt, on)
		if err != nil {
			return nil, 0, err
		}
		credit := Credited{Credit: Credit{Debt: debt.ID}, Left: owed}
		for _, part := range LegalDistribution() {
			off := min(*c.kept.Of(part), *owed.Of(part))
			*credit.Kept.Of(part) = off
			*credit.Left.Of(part) -= off
			*c.kept.Of(part) -= off
		}
		credit.Paid = credit.Left.Take(c.paid, order)
		sum, err := credit.Paid.Total()
		if err != nil {
			return nil, 0, err
		}
		c.paid -= sum
		if credit.Left, err = credit.Left.Sub(credit.Paid); err != nil {
			return nil, 0, err
		}
		if credit.Left != (Components{}) {
			credit.Left.Fine += c.fee
			credit.Fee, c.fee = c.fee, 0
		}
		if credit.Paid != (Components{}) || credit.Kept != (Components{}) || credit.Fee != 0 {
			out = append(out, credit)
		}
	}
	return out, c.paid, nil
}

// post makes the lines: the signature back, less what was paid, then what the debts were credited.
func (e *AgreementEnded) post(a Agreement, terms Terms) error {
	left, err := a.Outstanding()
	if err != nil {
		return err
	}
	var p posting
	p.parts(AccountAgreement, left, -1)
	p.parts(AccountDiscount, terms.Off, -1)
	p.add(AccountReceivable, terms.Principal)
	p.add(AccountCharges(ComponentFine), terms.Fine)
	p.add(AccountCharges(ComponentInterest), terms.Interest)
	p.add(AccountCharges(ComponentCorrection), terms.Correction)
	p.add(AccountFinancing, terms.Financing)
	p.add(AccountIOF, terms.IOF)
	p.parts(AccountCharges, e.Late, 1)
	p.credits(e.Credits)
	p.add(AccountExcess, -e.Excess)
	e.Lines = p.merged()
	return nil
}

// CountTowards counts money that came after the end of its agreement against the debts of the deal that are open again, in the deal's
// order over the charges of a day, and returns the receipt after it. It changes nothing when the participant or the creditor withdrew from
// the deal, or when none of its debts is open.
func (d *Dossier) CountTowards(meta Meta, receipt Receipt, on calendar.Date, charge Charging) (Receipt, error) {
	intent, ok := d.Intent(receipt.Intent)
	if !ok {
		return receipt, fmt.Errorf("%w: intent", ErrNotFound)
	}
	agreement, ok := d.Agreement(intent.Agreement)
	if !ok {
		return receipt, fmt.Errorf("%w: agreement", ErrNotFound)
	}
	if receipt.Excess <= 0 || (agreement.Status != AgreementBreached && agreement.Status != AgreementLapsed) {
		return receipt, nil
	}
	open := slices.DeleteFunc(d.oldestFirst(agreement.Debts), func(debt Debt) bool { return debt.Status != DebtOpen })
	if on.Before(agreement.EndedOn) {
		on = agreement.EndedOn
	}
	for _, debt := range open { // charges that were fixed since are not fixed again on an earlier day
		if debt.Carried != nil && on.Before(debt.Carried.On) {
			on = debt.Carried.On
		}
	}
	credits, rest, err := spreadOver(open, crediting{order: agreement.Distribution, paid: receipt.Excess}, on, charge)
	if err != nil || len(credits) == 0 {
		return receipt, err
	}
	event := DebtsCredited{
		Agreement: agreement.ID, Intent: intent.ID, Amount: receipt.Excess - rest, On: on, Credits: credits,
	}
	var p posting
	p.credits(credits)
	p.add(AccountExcess, event.Amount)
	event.Lines = p.merged()
	receipt.Applied, receipt.Excess = receipt.Applied+event.Amount, rest
	return receipt, d.Record(meta, event)
}

// credits posts what debts were credited: the principal against what is owed of it, charges as earned, and discounts as given.
func (p *posting) credits(credits []Credited) {
	for _, c := range credits {
		for _, part := range LegalDistribution() {
			account := AccountCharges(part)
			if part == ComponentPrincipal {
				account = AccountReceivable
			}
			p.add(account, -*c.Paid.Of(part)-*c.Kept.Of(part))
			p.add(AccountDiscount(part), *c.Kept.Of(part))
		}
	}
}

// merged is the entry with one line for each account.
func (p posting) merged() []Line {
	var out posting
	for _, l := range p {
		if i := slices.IndexFunc(out, func(x Line) bool { return x.Account == l.Account }); i >= 0 {
			out[i].Amount += l.Amount
			continue
		}
		out = append(out, l)
	}
	return slices.DeleteFunc(out, func(l Line) bool { return l.Amount == 0 })
}

// takeBackEnded says what money is that leaves after the end of its agreement: what the participant has a claim to first, then what counted
// against debts that can be owed again, the last credit first, then late charges. What is none of that is owed by the participant: it is
// excess below zero, for people to decide.
func (e *PaymentReturned) takeBackEnded(d *Dossier, a Agreement) error {
	left := e.Amount
	e.Excess = min(left, max(0, a.Excess))
	left -= e.Excess
	order := append(slices.Clone(a.Distribution), LegalDistribution()...)
	order = firstOfEach(order)
	slices.Reverse(order)
	var p posting
	for _, credit := range slices.Backward(a.Credits) {
		debt, ok := d.Debt(credit.Debt)
		if !ok || !d.mayOweAgain(*debt, a.ID) {
			continue
		}
		undone := credit.Paid.Take(left, order)
		sum, err := undone.Total()
		if err != nil {
			return err
		}
		if sum == 0 {
			continue
		}
		left -= sum
		e.Undone = append(e.Undone, Undone{Debt: credit.Debt, Paid: undone})
		p.parts(AccountCharges, Components{Fine: undone.Fine, Interest: undone.Interest, Correction: undone.Correction}, 1)
		p.add(AccountReceivable, undone.Principal)
	}
	e.Late = Components{Interest: min(left, a.Late.Interest)}
	e.Late.Fine = min(left-e.Late.Interest, a.Late.Fine)
	e.Excess += left - e.Late.Interest - e.Late.Fine
	p.add(AccountReturned, -e.Amount)
	p.add(AccountExcess, e.Excess)
	p.parts(AccountCharges, e.Late, 1)
	e.Lines = p.merged()
	return nil
}

// mayOweAgain reports whether money taken back makes a debt owed again: it is outside of any deal, or was settled by the money itself.
func (d *Dossier) mayOweAgain(debt Debt, by AgreementID) bool {
	switch debt.Status {
	case DebtOpen, DebtDisputed, DebtSuspended:
		return true
	case DebtSettled:
		return debt.Agreement == by
	case DebtInAgreement, DebtRecalled, DebtWrittenOff:
	}
	return false
}
