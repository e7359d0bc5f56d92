package collection

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/money"
)

// NoticeLife is how long a payment that the provider saw may take to settle: several times what a boleto's clearing takes.
const NoticeLife = 10 * 24 * time.Hour

// RequestPayment asks for what is left of an instalment. It takes the place of an earlier request by the same method.
func (d *Dossier) RequestPayment(meta Meta, p PaymentRequested) (*Intent, error) {
	agreement, ok := d.Agreement(p.Agreement)
	if !ok {
		return nil, fmt.Errorf("%w: agreement", ErrNotFound)
	}
	if !agreement.Live() || p.Instalment < 1 || p.Instalment > len(agreement.Instalments) {
		return nil, ErrInstalmentNotPayable
	}
	instalment := agreement.Instalments[p.Instalment-1]
	if instalment.Paid >= instalment.Amount {
		return nil, ErrInstalmentNotPayable
	}
	p.Amount = instalment.Amount - instalment.Paid
	if err := d.Record(meta, p); err != nil {
		return nil, err
	}
	intent, _ := d.Intent(p.Intent)
	return intent, nil
}

// GiveMandate records the participant's authorisation to debit an account for a live agreement; it takes the place of an earlier one.
func (d *Dossier) GiveMandate(meta Meta, m MandateGiven) error {
	agreement, ok := d.Agreement(m.Agreement)
	if !ok {
		return fmt.Errorf("%w: agreement", ErrNotFound)
	}
	if !agreement.Live() {
		return ErrInstalmentNotPayable
	}
	return d.Record(meta, m)
}

// Issued records the provider's payment code. A repeated answer changes nothing.
func (d *Dossier) Issued(meta Meta, id IntentID, code PayCode) error {
	intent, ok := d.Intent(id)
	if !ok {
		return fmt.Errorf("%w: intent", ErrNotFound)
	}
	if !intent.Code.IsZero() || !intent.Status.Yields(IntentIssued) {
		return nil
	}
	return d.Record(meta, PaymentIssued{Intent: id, Code: code})
}

// Reroute records, before it is asked, that the charge of an intent without a code is asked for at another account.
func (d *Dossier) Reroute(meta Meta, id IntentID, to ProviderAccount, reason string) error {
	intent, ok := d.Intent(id)
	if !ok {
		return fmt.Errorf("%w: intent", ErrNotFound)
	}
	if intent.Status != IntentRequested || intent.At() == to {
		return nil
	}
	return d.Record(meta, PaymentRerouted{Intent: id, Provider: to.Provider, Account: to.Account, Reason: reason})
}

// Noticed records that the provider saw a payment that is not settled, unless it was noticed before or money came.
func (d *Dossier) Noticed(meta Meta, id IntentID) error {
	intent, ok := d.Intent(id)
	if !ok {
		return fmt.Errorf("%w: intent", ErrNotFound)
	}
	if !intent.NoticedAt.IsZero() || !intent.Status.Yields(IntentNoticed) {
		return nil
	}
	return d.Record(meta, PaymentNoticed{Intent: id, Until: meta.At.Add(NoticeLife).UTC()})
}

// RefusePayment records that the payer's bank refused an intent's money, unless the intent has ended.
func (d *Dossier) RefusePayment(meta Meta, refused PaymentRefused) error {
	intent, ok := d.Intent(refused.Intent)
	if !ok {
		return fmt.Errorf("%w: intent", ErrNotFound)
	}
	if intent.Ended() {
		return nil
	}
	refused.MandateBroken = refused.MandateBroken && intent.Mandate != ""
	return d.Record(meta, refused)
}

// Close ends a request for money without money, unless money or another end came first. A payment that was noticed and never settled is
// closed too.
func (d *Dossier) Close(meta Meta, id IntentID, status IntentStatus, reason string) error {
	intent, ok := d.Intent(id)
	if !ok {
		return fmt.Errorf("%w: intent", ErrNotFound)
	}
	if intent.Ended() {
		return nil
	}
	return d.Record(meta, PaymentClosed{Intent: id, Status: status, Reason: reason})
}

// Superseded reports whether an intent that has not ended is over money that is not due any more, or that another request by its method has
// taken the place of.
func (d *Dossier) Superseded(intent Intent) bool {
	agreement, instalment, err := d.instalment(intent.Agreement, intent.Instalment)
	if err != nil || intent.Ended() {
		return false
	}
	if !agreement.Live() || instalment.Paid >= instalment.Amount {
		return true
	}
	return !slices.ContainsFunc(instalment.Codes, func(c LiveCode) bool { return c.Intent == intent.ID })
}

// Surplus are the requests that can still be paid although their money is not due any more: their instalment is paid, or its agreement
// has ended.
func (d *Dossier) Surplus(id AgreementID) []IntentID {
	agreement, ok := d.Agreement(id)
	if !ok {
		return nil
	}
	var out []IntentID
	for _, i := range agreement.Instalments {
		if agreement.Live() && i.Paid < i.Amount {
			continue
		}
		for _, c := range i.Codes {
			out = append(out, c.Intent)
		}
	}
	return out
}

// Post books money against the intent's instalment: what is still due is applied and spread over the components still owed, what the
// provider added for lateness is earned, and the rest is excess. It asks for aftercare when the agreement's creditor grants it, and settles
// the debts when the agreement is fulfilled. The caller makes sure that a fact is posted once.
func (d *Dossier) Post(meta Meta, id IntentID, m Money) (Receipt, error) {
	intent, ok := d.Intent(id)
	if !ok {
		return Receipt{}, fmt.Errorf("%w: intent", ErrNotFound)
	}
	agreement, instalment, err := d.instalment(intent.Agreement, intent.Instalment)
	if err != nil {
		return Receipt{}, err
	}
	if m.Amount <= 0 {
		return Receipt{}, fmt.Errorf("%w: money must be positive", ErrInvalid)
	}
	event := PaymentPosted{
		Intent: id, Agreement: agreement.ID, Instalment: intent.Instalment, Provider: m.Provider, Fact: m.Fact, Amount: m.Amount,
		PaidOn: m.PaidOn, AgreementStatus: agreement.Status,
	}
	if err := event.spread(*agreement, *instalment, *intent); err != nil {
		return Receipt{}, err
	}
	switch {
	case agreement.Live() && agreement.Paid()+event.Applied == agreement.Total:
		event.AgreementStatus, event.Settled = AgreementFulfilled, agreement.Debts
	case agreement.Status == AgreementPendingFirstPayment && event.Applied > 0 && instalment.Paid+event.Applied == instalment.Amount:
		event.AgreementStatus = AgreementActive
	}
	if err := d.Record(meta, event); err != nil {
		return Receipt{}, err
	}
	receipt := Receipt{
		Creditor: d.Case.Creditor, Provider: m.Provider, Account: m.Account, Fact: m.Fact, TxID: id.String(), Intent: id, Case: d.Case.ID,
		Amount: m.Amount, PaidAt: m.PaidAt, Status: ReceiptApplied, Applied: event.Applied, Late: event.Late, Excess: event.Excess,
	}
	if err := d.keepPromise(meta); err != nil {
		return Receipt{}, err
	}
	return receipt, d.askAftercare(meta, agreement.ID)
}

// spread says what the money is for, and makes the lines.
func (e *PaymentPosted) spread(agreement Agreement, instalment Instalment, intent Intent) error {
	if agreement.Live() {
		e.Applied = min(e.Amount, instalment.Amount-instalment.Paid)
	}
	owed, err := agreement.Outstanding()
	if err != nil {
		return err
	}
	if e.Parts, err = Distribute(agreement.Distribution, owed, e.Applied); err != nil {
		return err
	}
	e.Excess = e.Amount - e.Applied
	if e.Applied > 0 && e.Excess > 0 {
		if e.Late, err = intent.late(instalment, e.PaidOn, e.Excess); err != nil {
			return err
		}
		e.Excess -= e.Late.Fine + e.Late.Interest
	}
	var p posting
	p.add(AccountCash, e.Amount)
	p.parts(AccountAgreement, e.Parts, -1)
	p.parts(AccountCharges, e.Late, -1)
	p.add(AccountExcess, -e.Excess)
	e.Lines = p
	return nil
}

// Distribute spreads an amount over what is still owed, in an order; a component that the order leaves out comes last, in the legal order.
// The parts add up to the amount, and none is more than is owed of it. More than all that is owed, or less than nothing, is ErrInvalid.
func Distribute(order []Component, owed Components, amount money.Centavos) (Components, error) {
	parts := owed.Take(amount, append(slices.Clone(order), LegalDistribution()...))
	sum, err := parts.Total()
	if err != nil {
		return Components{}, err
	}
	if sum != amount {
		return Components{}, fmt.Errorf("%w: %s cannot be spread over what is owed", ErrInvalid, amount)
	}
	return parts, nil
}
