package collection

import (
	"fmt"
	"slices"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// lateTolerance is how much a provider's late charges may differ from ours by rounding: a centavo for each of fine and interest, and as
// much for a day counted otherwise.
const lateTolerance = 5

// late is what of the money beyond the instalment the provider added for lateness, as far as its rates explain it: the fine first. Nothing
// when the money came in time or the charge bore no late charges.
func (i Intent) late(of Instalment, paidOn calendar.Date, over money.Centavos) (Components, error) {
	days := of.DueDate.DaysUntil(paidOn)
	if days <= 0 || (i.FineRate == "" && i.MonthlyInterest == "") {
		return Components{}, nil
	}
	fineRate, err := rateOf(i.FineRate)
	if err != nil {
		return Components{}, err
	}
	monthly, err := rateOf(i.MonthlyInterest)
	if err != nil {
		return Components{}, err
	}
	fine, interest, err := money.LateCharges(i.Amount, days, fineRate, monthly)
	if err != nil {
		return Components{}, err
	}
	if over <= fine+interest+lateTolerance {
		return Components{Fine: min(over, fine), Interest: max(0, over-fine)}, nil
	}
	return Components{Fine: fine, Interest: interest}, nil
}

func rateOf(text string) (money.Rate, error) {
	if text == "" {
		return money.Rate{}, nil
	}
	return money.ParseRate(text)
}

// Return books money that left again after it was posted, and returns the receipt after it. What the participant had no debt for leaves
// first, then late charges, then what was applied: the last component paid is owed again first. Of an
// agreement that ended otherwise, see takeBackEnded. More than is left of the payment is ErrInvalid. The caller makes sure that a fact
// is posted once.
func (d *Dossier) Return(meta Meta, receipt Receipt, r Return) (Receipt, error) {
	intent, ok := d.Intent(receipt.Intent)
	if !ok || receipt.Status != ReceiptApplied {
		return receipt, fmt.Errorf("%w: intent", ErrNotFound)
	}
	agreement, instalment, err := d.instalment(intent.Agreement, intent.Instalment)
	if err != nil {
		return receipt, err
	}
	if r.Amount <= 0 || r.Amount > receipt.Amount-receipt.Returned {
		return receipt, fmt.Errorf("%w: a return of more than is left of the payment", ErrInvalid)
	}
	event := PaymentReturned{
		Intent: intent.ID, Agreement: agreement.ID, Instalment: intent.Instalment, Provider: r.Provider, Fact: r.Fact, Of: r.Of, Kind: r.Kind,
		Amount: r.Amount, AgreementStatus: agreement.Status, Full: intent.Returned+r.Amount == intent.Received,
		Refund: agreement.refundOf(r),
	}
	if agreement.Live() || agreement.Status == AgreementFulfilled {
		err = event.takeBack(*agreement, receipt)
	} else {
		err = event.takeBackEnded(d, *agreement)
	}
	if err != nil {
		return receipt, err
	}
	if event.Unapplied > 0 {
		event.AgreementStatus = agreement.statusWithout(instalment.Number, event.Unapplied)
		if agreement.Status == AgreementFulfilled {
			event.Reopened = agreement.Debts
		}
	}
	receipt.Returned += r.Amount
	return receipt, d.Record(meta, event)
}

// takeBack says what the money that left was, and makes the lines.
func (e *PaymentReturned) takeBack(agreement Agreement, receipt Receipt) error {
	gone := Components{ // what of the receipt left before, in the same order
		Interest: min(receipt.Late.Interest, max(0, receipt.Returned-receipt.Excess)),
		Fine:     min(receipt.Late.Fine, max(0, receipt.Returned-receipt.Excess-receipt.Late.Interest)),
	}
	e.Excess = min(e.Amount, max(0, receipt.Excess-receipt.Returned))
	left := e.Amount - e.Excess
	e.Late.Interest = min(left, receipt.Late.Interest-gone.Interest)
	left -= e.Late.Interest
	e.Late.Fine = min(left, receipt.Late.Fine-gone.Fine)
	e.Unapplied = left - e.Late.Fine
	backwards := append(slices.Clone(agreement.Distribution), LegalDistribution()...)
	backwards = firstOfEach(backwards)
	slices.Reverse(backwards)
	var err error
	if e.Parts, err = Distribute(backwards, agreement.PaidParts, e.Unapplied); err != nil {
		return err
	}
	var p posting
	p.add(AccountReturned, -e.Amount)
	p.add(AccountExcess, e.Excess)
	p.parts(AccountCharges, e.Late, 1)
	p.parts(AccountAgreement, e.Parts, 1)
	e.Lines = p
	return nil
}

// firstOfEach leaves each component in its first place only.
func firstOfEach(order []Component) []Component {
	var out []Component
	for _, part := range order {
		if !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// statusWithout is the status of the agreement after a part of what an instalment paid has left.
func (a Agreement) statusWithout(number int, unapplied money.Centavos) AgreementStatus {
	for _, i := range a.Instalments {
		if i.Number == number {
			i.Paid -= unapplied
		}
		if i.Paid >= i.Amount {
			return AgreementActive
		}
	}
	return AgreementPendingFirstPayment
}

// refundOf is the name of the open order that a return fulfils: the one that the provider named so, or else the oldest over the same
// money.
func (a Agreement) refundOf(r Return) string {
	at := ProviderAccount{r.Provider, r.Account}
	for _, named := range []bool{true, false} {
		for _, order := range a.Refunds {
			if order.open() && order.Of == r.Of && (ProviderAccount{order.Provider, order.Account}) == at &&
				(named && order.Fact == r.Fact || !named && order.Fact == "" && order.Amount == r.Amount && r.Kind == ReturnRefund) {
				return order.ID
			}
		}
	}
	return ""
}

// Refundable is what of a payment can still be sent back: what has not left and is not on its way.
func (a Agreement) Refundable(receipt Receipt) money.Centavos {
	left := receipt.Amount - receipt.Returned
	for _, order := range a.Refunds {
		if order.open() && order.Of == receipt.Fact && order.Provider == receipt.Provider && order.Account == receipt.Account {
			left -= order.Amount
		}
	}
	return left
}

// WantRefund asks for a part or all of a posted payment to be sent back. An order of the same name changes nothing; an amount beyond
// Refundable is ErrInvalid.
func (d *Dossier) WantRefund(meta Meta, receipt Receipt, id string, amount money.Centavos) error {
	intent, ok := d.Intent(receipt.Intent)
	if !ok {
		return fmt.Errorf("%w: intent", ErrNotFound)
	}
	agreement, ok := d.Agreement(intent.Agreement)
	if !ok {
		return fmt.Errorf("%w: agreement", ErrNotFound)
	}
	if _, ok := agreement.Refund(id); ok {
		return nil
	}
	if amount <= 0 || amount > agreement.Refundable(receipt) {
		return fmt.Errorf("%w: a refund of more than is left of the payment", ErrInvalid)
	}
	return d.Record(meta, RefundWanted{
		Refund: id, Intent: intent.ID, Agreement: agreement.ID, Provider: receipt.Provider, Account: receipt.Account, Of: receipt.Fact,
		Amount: amount,
	})
}

// RefundAnswered records what the provider made of a refund order: SENT, with its name of the return where it gave one, or REFUSED. An
// order that was answered before stays as it is.
func (d *Dossier) RefundAnswered(meta Meta, answered RefundAnswered) error {
	a, ok := d.Agreement(answered.Agreement)
	if !ok {
		return fmt.Errorf("%w: agreement", ErrNotFound)
	}
	order, ok := a.Refund(answered.Refund)
	if !ok {
		return fmt.Errorf("%w: refund", ErrNotFound)
	}
	if order.Status != RefundRequested {
		return nil
	}
	return d.Record(meta, answered)
}
