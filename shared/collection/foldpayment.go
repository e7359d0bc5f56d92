package collection

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
)

func (e MandateGiven) apply(d *Dossier, seq int64, at time.Time) error {
	agreement, ok := d.Agreement(e.Agreement)
	if !ok {
		return fmt.Errorf("%w: agreement %s", ErrNotFound, e.Agreement)
	}
	agreement.Mandate = Mandate{
		ID: e.Mandate, Status: MandateActive, PartialDebit: e.PartialDebit, Overdraft: e.Overdraft, GivenAt: at,
	}
	agreement.Revision = seq
	return nil
}

func (e PaymentRequested) apply(d *Dossier, seq int64, at time.Time) error {
	agreement, instalment, err := d.instalment(e.Agreement, e.Instalment)
	if err != nil {
		return err
	}
	instalment.Codes = slices.DeleteFunc(slices.Clone(instalment.Codes), func(c LiveCode) bool { return c.Method == e.Method })
	instalment.Codes = append(instalment.Codes, LiveCode{e.Intent, e.Method, e.ExpiresAt})
	agreement.Revision = seq
	d.Intents = append(d.Intents, Intent{
		ID: e.Intent, Creditor: d.Case.Creditor, Case: d.Case.ID, Agreement: e.Agreement, Instalment: e.Instalment, Method: e.Method,
		Status: IntentRequested, Amount: e.Amount, ExpiresAt: e.ExpiresAt, Provider: e.Provider, Account: e.Account,
		FineRate: e.FineRate, MonthlyInterest: e.MonthlyInterest, Mandate: e.Mandate, RequestedAt: at, Revision: seq,
	})
	return nil
}

func (e PaymentIssued) apply(d *Dossier, seq int64, _ time.Time) error {
	intent, err := d.changing(e.Intent, seq)
	if err != nil {
		return err
	}
	intent.Code = e.Code
	if intent.Status.Yields(IntentIssued) {
		intent.Status = IntentIssued
	}
	return nil
}

func (e PaymentRerouted) apply(d *Dossier, seq int64, _ time.Time) error {
	intent, err := d.changing(e.Intent, seq)
	if err != nil {
		return err
	}
	if before := intent.At(); !slices.Contains(intent.Tried, before) {
		intent.Tried = append(slices.Clone(intent.Tried), before)
	}
	intent.Provider, intent.Account = e.Provider, e.Account
	return nil
}

func (e PaymentNoticed) apply(d *Dossier, seq int64, at time.Time) error {
	intent, err := d.changing(e.Intent, seq)
	if err != nil {
		return err
	}
	intent.NoticedAt = at
	if intent.Status.Yields(IntentNoticed) {
		intent.Status = IntentNoticed
	}
	agreement, instalment, err := d.instalment(intent.Agreement, intent.Instalment)
	if err != nil {
		return err
	}
	for i := range instalment.Codes {
		if c := &instalment.Codes[i]; c.Intent == e.Intent && c.Until.Before(e.Until) {
			c.Until, agreement.Revision = e.Until, seq
		}
	}
	return nil
}

func (e PaymentRefused) apply(d *Dossier, seq int64, _ time.Time) error {
	intent, err := d.changing(e.Intent, seq)
	if err != nil {
		return err
	}
	intent.Refusal = e.Code
	if intent.Status != IntentConfirmed && intent.Status != IntentRefunded {
		intent.Status = IntentCancelled
	}
	if agreement, ok := d.Agreement(intent.Agreement); ok && e.MandateBroken && agreement.Mandate.ID == intent.Mandate {
		agreement.Mandate.Status, agreement.Mandate.Code, agreement.Revision = MandateBroken, e.Code, seq
	}
	return d.dropCode(*intent, seq)
}

func (e PaymentClosed) apply(d *Dossier, seq int64, _ time.Time) error {
	intent, err := d.changing(e.Intent, seq)
	if err != nil {
		return err
	}
	if intent.Status.Yields(e.Status) || intent.Status == IntentNoticed {
		intent.Status = e.Status
	}
	return d.dropCode(*intent, seq)
}

// followMoney sets the state of an intent that money came for: it follows from the sums alone, in whatever order they came about.
func (i *Intent) followMoney() {
	if i.Status = IntentConfirmed; i.Returned >= i.Received {
		i.Status = IntentRefunded
	}
}

// changing finds an intent that an event changes.
func (d *Dossier) changing(id IntentID, seq int64) (*Intent, error) {
	intent, ok := d.Intent(id)
	if !ok {
		return nil, fmt.Errorf("%w: intent %s", ErrNotFound, id)
	}
	intent.Revision = seq
	return intent, nil
}

// dropCode takes an intent's code from its instalment.
func (d *Dossier) dropCode(intent Intent, seq int64) error {
	agreement, instalment, err := d.instalment(intent.Agreement, intent.Instalment)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(instalment.Codes), func(c LiveCode) bool { return c.Intent == intent.ID })
	if len(left) == len(instalment.Codes) {
		return nil
	}
	if instalment.Codes, agreement.Revision = left, seq; len(left) == 0 {
		instalment.Codes = nil
	}
	return nil
}

// instalment finds an instalment of an agreement.
func (d *Dossier) instalment(id AgreementID, number int) (*Agreement, *Instalment, error) {
	agreement, ok := d.Agreement(id)
	if !ok || number < 1 || number > len(agreement.Instalments) {
		return nil, nil, fmt.Errorf("%w: instalment %d of agreement %s", ErrNotFound, number, id)
	}
	return agreement, &agreement.Instalments[number-1], nil
}

func (e PaymentPosted) apply(d *Dossier, seq int64, at time.Time) error {
	intent, err := d.changing(e.Intent, seq)
	if err != nil {
		return err
	}
	if intent.Received, err = intent.Received.Add(e.Amount); err != nil {
		return err
	}
	if d.Case.Promise.Open() {
		d.Case.Promise.Paid += e.Amount
	}
	if intent.ConfirmedAt.IsZero() {
		intent.ConfirmedAt = at
	}
	intent.followMoney()
	if err := d.dropCode(*intent, seq); err != nil {
		return err
	}
	agreement, instalment, err := d.instalment(e.Agreement, e.Instalment)
	if err != nil {
		return err
	}
	instalment.Paid += e.Applied
	if e.Applied > 0 && instalment.Paid >= instalment.Amount {
		instalment.PaidOn = e.PaidOn
	}
	if agreement.PaidParts, err = agreement.PaidParts.Add(e.Parts); err != nil {
		return err
	}
	if agreement.Late, err = agreement.Late.Add(e.Late); err != nil {
		return err
	}
	agreement.Excess += e.Excess
	agreement.Status, agreement.Revision = e.AgreementStatus, seq
	if err := d.setDebts(e.Settled, DebtSettled, seq); err != nil {
		return err
	}
	return d.post(seq, at, "payment", e.Lines)
}

func (e PaymentReturned) apply(d *Dossier, seq int64, at time.Time) error {
	intent, err := d.changing(e.Intent, seq)
	if err != nil {
		return err
	}
	intent.Returned += e.Amount
	intent.followMoney()
	agreement, instalment, err := d.instalment(e.Agreement, e.Instalment)
	if err != nil {
		return err
	}
	if instalment.Paid -= e.Unapplied; instalment.Paid < instalment.Amount {
		instalment.PaidOn = calendar.Date{}
	}
	if agreement.PaidParts, err = agreement.PaidParts.Sub(e.Parts); err != nil {
		return err
	}
	if agreement.Late, err = agreement.Late.Sub(e.Late); err != nil {
		return err
	}
	if err := d.uncredit(agreement, e.Undone, seq); err != nil {
		return err
	}
	agreement.Excess -= e.Excess
	agreement.Status, agreement.Revision = e.AgreementStatus, seq
	if e.Refund != "" {
		agreement.setRefund(e.Refund, RefundReturned, e.Fact)
	}
	if err := d.setDebts(e.Reopened, DebtInAgreement, seq); err != nil {
		return err
	}
	return d.post(seq, at, "return", e.Lines)
}

func (d *Dossier) setDebts(ids []DebtID, status DebtStatus, seq int64) error {
	for _, id := range ids {
		debt, ok := d.Debt(id)
		if !ok {
			return fmt.Errorf("%w: debt %s", ErrNotFound, id)
		}
		debt.Status, debt.Revision = status, seq
	}
	return nil
}

func (e RefundWanted) apply(d *Dossier, seq int64, _ time.Time) error {
	agreement, ok := d.Agreement(e.Agreement)
	if !ok {
		return fmt.Errorf("%w: agreement %s", ErrNotFound, e.Agreement)
	}
	agreement.Refunds = append(slices.Clone(agreement.Refunds), Refund{
		ID: e.Refund, Intent: e.Intent, Provider: e.Provider, Account: e.Account, Of: e.Of, Amount: e.Amount, Status: RefundRequested,
	})
	agreement.Revision = seq
	of := Matter{Kind: MatterRefund, Provider: e.Provider, Account: e.Account, Fact: e.Of}
	d.dropProposed(func(x ProposedDecision) bool { return x.about(of) })
	return nil
}

func (e RefundAnswered) apply(d *Dossier, seq int64, _ time.Time) error {
	agreement, ok := d.Agreement(e.Agreement)
	if !ok {
		return fmt.Errorf("%w: agreement %s", ErrNotFound, e.Agreement)
	}
	agreement.setRefund(e.Refund, e.Status, e.Fact)
	agreement.Revision = seq
	return nil
}

// setRefund changes a refund order; the list is copied, as earlier states may still share it.
func (a *Agreement) setRefund(id string, status RefundStatus, fact string) {
	a.Refunds = slices.Clone(a.Refunds)
	for i := range a.Refunds {
		if r := &a.Refunds[i]; r.ID == id {
			r.Status, r.Fact = status, fact
		}
	}
}
