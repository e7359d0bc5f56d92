package collection

import (
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// Place records debts that the creditor placed, and opens the case when it is new.
func (d *Dossier) Place(meta Meta, opened *CaseOpened, debts []PlacedDebt) error {
	if opened != nil {
		if err := d.Record(meta, *opened); err != nil {
			return err
		}
	}
	if len(debts) == 0 {
		return nil
	}
	var sum money.Centavos
	for _, debt := range debts {
		if debt.Principal <= 0 {
			return fmt.Errorf("%w: a debt's principal must be positive", ErrInvalid)
		}
		var err error
		if sum, err = sum.Add(debt.Principal); err != nil {
			return err
		}
	}
	return d.Record(meta, DebtsPlaced{Debts: debts, Lines: []Line{{AccountReceivable, sum}, {AccountPlaced, -sum}}})
}

// Revise records changed facts of open debts and posts the difference of principal.
func (d *Dossier) Revise(meta Meta, debts []PlacedDebt) error {
	var difference money.Centavos
	for _, debt := range debts {
		old, ok := d.Debt(debt.ID)
		if !ok || old.Status != DebtOpen {
			return fmt.Errorf("%w: %s", ErrDebtsNotOpen, debt.ID)
		}
		if debt.Principal <= 0 {
			return fmt.Errorf("%w: a debt's principal must be positive", ErrInvalid)
		}
		if debt.Principal <= old.Credited {
			return fmt.Errorf("%w: more was paid off the debt than its new principal", ErrInvalid)
		}
		difference += debt.Principal - old.Principal
	}
	var lines []Line
	if difference != 0 {
		lines = []Line{{AccountReceivable, difference}, {AccountPlaced, -difference}}
	}
	return d.Record(meta, DebtsRevised{Debts: debts, Lines: lines})
}

// proposalsADay is how many proposals that are not signed a case takes in a day. All of them are read with the case ever after, and each
// stores a contract.
const proposalsADay = 20

// Accept makes a proposal of an offer's terms. All debts must be open.
func (d *Dossier) Accept(meta Meta, p ProposalCreated) error {
	if err := d.mustBeOpen(p.Terms.Debts); err != nil {
		return err
	}
	unsigned := 0
	for _, other := range d.Proposals {
		if other.OfferHash == p.OfferHash {
			return ErrOfferTaken
		}
		if other.Status != ContractSigned && other.Terms.QuotedAt.After(meta.At.Add(-24*time.Hour)) {
			unsigned++
		}
	}
	if unsigned >= proposalsADay {
		return ErrTooManyProposals
	}
	return d.Record(meta, p)
}

// Refuse gives up an unsigned proposal.
func (d *Dossier) Refuse(meta Meta, id ProposalID) error {
	p, ok := d.Proposal(id)
	if !ok {
		return fmt.Errorf("%w: proposal", ErrNotFound)
	}
	if p.StatusAt(meta.At) != ContractIssued {
		return ErrProposalNotOpen
	}
	return d.Record(meta, ProposalRefused{Proposal: id})
}

// Sign makes the agreement. The hash must be that of the contract's text, the contract must not have expired, and its debts must still be
// open and of the principal that it names.
func (d *Dossier) Sign(meta Meta, id ProposalID, textHash string, agreement AgreementID, evidenceHash string, aftercare Aftercare) error {
	p, ok := d.Proposal(id)
	if !ok {
		return fmt.Errorf("%w: proposal", ErrNotFound)
	}
	switch p.StatusAt(meta.At) {
	case ContractIssued:
	case ContractExpired:
		return ErrContractExpired
	case ContractSigned, ContractRefused:
		return ErrProposalNotOpen
	}
	if p.TextHash != textHash {
		return ErrContractChanged
	}
	if err := d.mustBeOpen(p.Terms.Debts); err != nil {
		return err
	}
	// An import may have revised a debt since: the contract would post a principal that is not owed.
	if d.outstanding(p.Terms.Debts) != p.Terms.Principal {
		return fmt.Errorf("%w: its debts were revised", ErrContractExpired)
	}
	return d.Record(meta, SignedContract{
		Proposal: id, Agreement: agreement, EvidenceHash: evidenceHash, Aftercare: aftercare, Lines: signedLines(p.Terms),
	})
}

// outstanding adds up the principal that is still owed of debts of the case.
func (d *Dossier) outstanding(ids []DebtID) money.Centavos {
	var sum money.Centavos
	for _, id := range ids {
		if debt, ok := d.Debt(id); ok {
			sum += debt.Outstanding()
		}
	}
	return sum
}

// signedLines moves the debts' principal, the charges agreed and the cost of the new schedule, less the discount, to what is owed under
// the agreement.
func signedLines(t Terms) []Line {
	lines := []Line{{AccountAgreement, t.Total}, {AccountReceivable, -t.Principal}}
	for _, l := range []Line{
		{AccountDiscount, t.Discount}, {AccountCharges, -(t.Fine + t.Interest + t.Correction)}, {AccountFinancing, -(t.Financing + t.IOF)},
	} {
		if l.Amount != 0 {
			lines = append(lines, l)
		}
	}
	return lines
}

func (d *Dossier) mustBeOpen(ids []DebtID) error {
	if len(ids) == 0 {
		return fmt.Errorf("%w: a deal needs a debt", ErrInvalid)
	}
	seen := map[DebtID]bool{}
	for _, id := range ids {
		debt, ok := d.Debt(id)
		if !ok || seen[id] {
			return fmt.Errorf("%w: debt", ErrNotFound)
		}
		seen[id] = true
		if debt.Status != DebtOpen {
			return ErrDebtsNotOpen
		}
	}
	return nil
}

// RequestPayment asks for what is left of an instalment.
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

// Close ends a request for money without money, unless money or another end came first.
func (d *Dossier) Close(meta Meta, id IntentID, status IntentStatus, reason string) error {
	intent, ok := d.Intent(id)
	if !ok {
		return fmt.Errorf("%w: intent", ErrNotFound)
	}
	if !intent.Status.Yields(status) {
		return nil
	}
	return d.Record(meta, PaymentClosed{Intent: id, Status: status, Reason: reason})
}

// Money is a payment as a provider reports it.
type Money struct {
	Provider string
	Account  string
	Fact     string
	Amount   money.Centavos
	PaidAt   time.Time
	PaidOn   calendar.Date // PaidAt on the creditor's calendar
}

// Post books money against the intent's instalment: what is still due is applied, the rest is excess. It asks for aftercare when the
// agreement's creditor grants it, and settles the debts when the agreement is fulfilled. The caller makes sure that a fact is posted
// once.
func (d *Dossier) Post(meta Meta, id IntentID, m Money) (Receipt, error) {
	intent, ok := d.Intent(id)
	if !ok {
		return Receipt{}, fmt.Errorf("%w: intent", ErrNotFound)
	}
	agreement, ok := d.Agreement(intent.Agreement)
	if !ok {
		return Receipt{}, fmt.Errorf("%w: agreement", ErrNotFound)
	}
	if m.Amount <= 0 {
		return Receipt{}, fmt.Errorf("%w: money must be positive", ErrInvalid)
	}
	instalment := agreement.Instalments[intent.Instalment-1]
	applied := min(m.Amount, instalment.Amount-instalment.Paid)
	if !agreement.Live() {
		applied = 0
	}
	event := PaymentPosted{
		Intent: id, Agreement: agreement.ID, Instalment: intent.Instalment, Provider: m.Provider, Fact: m.Fact, Amount: m.Amount,
		Applied: applied, Excess: m.Amount - applied, PaidOn: m.PaidOn, AgreementStatus: agreement.Status,
		Lines: []Line{{AccountCash, m.Amount}},
	}
	if applied > 0 {
		event.Lines = append(event.Lines, Line{AccountAgreement, -applied})
	}
	if event.Excess > 0 {
		event.Lines = append(event.Lines, Line{AccountExcess, -event.Excess})
	}
	switch {
	case agreement.Live() && agreement.Paid()+applied == agreement.Total:
		event.AgreementStatus, event.Settled = AgreementFulfilled, agreement.Debts
	case agreement.Status == AgreementPendingFirstPayment && applied > 0 && instalment.Paid+applied == instalment.Amount:
		event.AgreementStatus = AgreementActive
	}
	if err := d.Record(meta, event); err != nil {
		return Receipt{}, err
	}
	receipt := Receipt{
		Creditor: d.Case.Creditor, Provider: m.Provider, Account: m.Account, Fact: m.Fact, Intent: id, Case: d.Case.ID, Amount: m.Amount,
		PaidAt: m.PaidAt, Status: ReceiptApplied, Applied: applied, Excess: event.Excess,
	}
	return receipt, d.askAftercare(meta, agreement.ID)
}

// askAftercare asks the creditor's system once, when the first instalment is fully paid.
func (d *Dossier) askAftercare(meta Meta, id AgreementID) error {
	agreement, _ := d.Agreement(id)
	if agreement.Status == AgreementPendingFirstPayment || !agreement.AftercareAt.IsZero() {
		return nil
	}
	switch agreement.Aftercare {
	case AftercareService:
		return d.Record(meta, ServiceRestoreRequested{Agreement: id, Debts: agreement.Debts})
	case AftercareReactivation:
		return d.Record(meta, PlanReactivationRequested{Agreement: id, Debts: agreement.Debts})
	case AftercareNone:
	}
	return nil
}
