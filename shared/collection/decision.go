package collection

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/money"
)

// MatterKind is what staff decide about.
type MatterKind string

// The kinds of matter.
const (
	MatterReview   MatterKind = "review"    // whether a contract may be signed
	MatterDispute  MatterKind = "dispute"   // what becomes of disputed debts
	MatterRefund   MatterKind = "refund"    // a part or all of a payment is sent back
	MatterRecall   MatterKind = "recall"    // debts go back to the creditor
	MatterWriteOff MatterKind = "write_off" // debts are given up
)

// Choice is what a member of staff says of a matter: an outcome, or whether they agree to the one that a colleague proposed.
type Choice string

// The choices. Disputes end in a DebtStatus, or in a debt that is open again with a smaller principal; recalls, write-offs and refunds have
// the one outcome ChoiceDone.
const (
	ChoiceApprove Choice = "approved"
	ChoiceDeny    Choice = "denied"
	ChoiceDone    Choice = "done"
	ChoiceCorrect Choice = "corrected"
	ChoiceConfirm Choice = "confirm"
	ChoiceRefuse  Choice = "refuse"
)

// Decision is how far a decision has come.
type Decision string

// The states of a decision.
const (
	DecisionTaken    Decision = "taken"    // it was carried out
	DecisionProposed Decision = "proposed" // it waits for another member of staff
	DecisionRefused  Decision = "refused"  // the other one did not agree; nothing was carried out
)

// Matter is one matter and its outcome. What does not belong to its kind is empty. Amount is that of the deal, of the debts' principal that
// is still owed, or of the refund; of a debt that is corrected it is the principal from then on.
type Matter struct {
	Kind                    MatterKind
	Outcome                 Choice
	Proposal                ProposalID
	Debts                   []DebtID
	Provider, Account, Fact string
	Amount                  money.Centavos
}

// about reports whether two matters are one. Of the kinds that are about debts, a case has one matter at a time.
func (m Matter) about(other Matter) bool {
	return m.Kind == other.Kind && m.Proposal == other.Proposal && m.Provider == other.Provider && m.Account == other.Account &&
		m.Fact == other.Fact
}

// ProposedDecision is an outcome that one member of staff proposed and another has to confirm. Seq is the number of its event.
type ProposedDecision struct {
	Matter
	By  string // the id of the principal
	At  time.Time
	Seq int64
}

// DecisionPut says that a member of staff proposed an outcome that needs a second one's word; the reason stands with the event.
type DecisionPut struct {
	Matter
	By string // the id of the principal
}

// DecisionAnswered says what a second member of staff made of a proposed outcome. Of one that was confirmed, what it brought about follows.
type DecisionAnswered struct {
	Put       int64 // the number of the event that proposed it
	Kind      MatterKind
	Confirmed bool
}

// Type implements Event.
func (DecisionPut) Type() string { return "decision.proposed" }

// Type implements Event.
func (DecisionAnswered) Type() string { return "decision.answered" }

func (e DecisionPut) apply(d *Dossier, seq int64, at time.Time) error {
	d.Case.Proposed = append(slices.Clone(d.Case.Proposed), ProposedDecision{Matter: e.Matter, By: e.By, At: at, Seq: seq})
	return nil
}

func (e DecisionAnswered) apply(d *Dossier, _ int64, _ time.Time) error {
	d.dropProposed(func(p ProposedDecision) bool { return p.Seq == e.Put })
	return nil
}

// dropProposed takes proposed outcomes off: they were answered, or what they are about was decided otherwise.
func (d *Dossier) dropProposed(which func(ProposedDecision) bool) {
	if d.Case.Proposed = slices.DeleteFunc(slices.Clone(d.Case.Proposed), which); len(d.Case.Proposed) == 0 {
		d.Case.Proposed = nil
	}
}

// ProposedAbout finds the outcome that was proposed of a matter.
func (d *Dossier) ProposedAbout(m Matter) (ProposedDecision, bool) {
	p, ok := find(d.Case.Proposed, func(p *ProposedDecision) bool { return p.about(m) })
	if !ok {
		return ProposedDecision{}, false
	}
	return *p, true
}

// MayDecide is ErrForbidden unless a named member of staff acts, and ErrInvalid without a reason or while an outcome of the matter is
// proposed, which has to be answered first.
func (d *Dossier) MayDecide(meta Meta, m Matter) error {
	if err := mustBeStaff(meta); err != nil {
		return err
	}
	if p, ok := d.ProposedAbout(m); ok {
		return fmt.Errorf("%w: %s proposed %q, which another operator has to confirm or refuse first", ErrInvalid, p.By, p.Outcome)
	}
	return nil
}

// ProposeDecision records an outcome that a second member of staff has to confirm.
func (d *Dossier) ProposeDecision(meta Meta, m Matter) error {
	if err := d.MayDecide(meta, m); err != nil {
		return err
	}
	return d.Record(meta, DecisionPut{Matter: m, By: meta.By.ID})
}

// AnswerDecision records what a second member of staff makes of a proposed outcome, and returns it. The one who proposed it is
// ErrForbidden; nothing proposed is ErrNotFound.
func (d *Dossier) AnswerDecision(meta Meta, m Matter, confirmed bool) (Matter, error) {
	if err := mustBeStaff(meta); err != nil {
		return m, err
	}
	p, ok := d.ProposedAbout(m)
	if !ok {
		return m, fmt.Errorf("%w: nothing is proposed that could be confirmed or refused", ErrNotFound)
	}
	if p.By == meta.By.ID {
		return m, fmt.Errorf("%w: %s proposed this: another operator has to confirm or refuse it", ErrForbidden, p.By)
	}
	return p.Matter, d.Record(meta, DecisionAnswered{Put: p.Seq, Kind: p.Kind, Confirmed: confirmed})
}

func mustBeStaff(meta Meta) error {
	if meta.By.Kind != KindStaff || meta.By.ID == "" {
		return fmt.Errorf("%w: this is a decision of a named member of staff", ErrForbidden)
	}
	return mustSayWhy(meta)
}

// CorrectDispute opens a disputed debt again with the smaller principal that the dispute brought about. A principal that is not smaller, or
// less than was paid off it already, is ErrInvalid.
func (d *Dossier) CorrectDispute(meta Meta, id DebtID, principal money.Centavos) error {
	if err := d.DecideDispute(meta, []DebtID{id}, DebtOpen); err != nil {
		return err
	}
	debt, _ := d.Debt(id)
	if principal >= debt.Principal {
		return fmt.Errorf("%w: a dispute that was upheld makes the principal smaller than %s", ErrInvalid, debt.Principal)
	}
	return d.Revise(meta, []PlacedDebt{{
		ID: id, Product: debt.Product, DueDate: debt.DueDate, Principal: principal, MonthlyRate: debt.MonthlyRate, TaxedDays: debt.TaxedDays,
	}})
}

// DebtsIn are the debts in one of some states, by id.
func (d *Dossier) DebtsIn(states ...DebtStatus) []DebtID {
	var out []DebtID
	for _, debt := range d.Debts {
		if slices.Contains(states, debt.Status) {
			out = append(out, debt.ID)
		}
	}
	return out
}

// Owed is the principal that is still owed of some debts of the case.
func (d *Dossier) Owed(debts []DebtID) money.Centavos { return d.outstanding(debts) }
