package collection

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// Meta says when, by whom and why something happens.
type Meta struct {
	At            time.Time
	By            Principal
	Reason        string
	CausationID   string // the event or message that caused this; empty for a direct request
	CorrelationID string // of the request or execution, for logs
}

// Recorded is an event with its place in the case's sequence.
type Recorded struct {
	Meta
	Seq   int64
	Event Event
}

// Dossier is a case with what hangs under it, as far as it was loaded: debts, proposals and agreements always, intents and contacts as
// needed. Its methods are the only way to change a case; each records events. A store writes the events and what Changed names in one
// transaction.
type Dossier struct {
	Case       Case
	Debts      []Debt // by id
	Proposals  []Proposal
	Agreements []Agreement
	Intents    []Intent
	Contacts   []Contact

	loadedSeq  int64
	loadedHead string
	recorded   []Recorded
	entries    []Entry
	held       map[string]int64
}

// NewDossier starts an empty case.
func NewDossier(id CaseID, creditor CreditorID) *Dossier {
	return &Dossier{Case: Case{ID: id, Creditor: creditor, Balances: map[Account]money.Centavos{}}}
}

// Loaded marks the dossier as it stands now as what the store holds. Stores call it after loading and after committing.
func (d *Dossier) Loaded() {
	d.loadedSeq, d.loadedHead, d.recorded, d.entries, d.held = d.Case.Seq, d.Case.Head, nil, nil, nil
}

// LoadedSeq is the sequence number that the store held when the dossier was loaded, 0 for a new case.
func (d *Dossier) LoadedSeq() int64 { return d.loadedSeq }

// LoadedHead is the hash of the event with that number.
func (d *Dossier) LoadedHead() string { return d.loadedHead }

// Recorded returns the events since the dossier was loaded.
func (d *Dossier) Recorded() []Recorded { return d.recorded }

// Entries returns the ledger entries since the dossier was loaded.
func (d *Dossier) Entries() []Entry { return d.entries }

// Record applies an event to the dossier and keeps it for the store. When the event cannot be applied the dossier must be thrown away.
func (d *Dossier) Record(meta Meta, event Event) error {
	if !meta.By.MayTouch(d.Case.Creditor, d.Case.ID) {
		return fmt.Errorf("%w: %s on case %s", ErrForbidden, meta.By.Actor(), d.Case.ID)
	}
	r := Recorded{Meta: meta, Seq: d.Case.Seq + 1, Event: event}
	d.hold()
	if err := d.Apply(r); err != nil {
		return err
	}
	d.recorded = append(d.recorded, r)
	return nil
}

// Apply folds one event into the dossier. Events must come in sequence.
func (d *Dossier) Apply(r Recorded) error {
	if r.Seq != d.Case.Seq+1 {
		return fmt.Errorf("event %d of case %s cannot follow event %d", r.Seq, d.Case.ID, d.Case.Seq)
	}
	if err := r.Event.apply(d, r.Seq, r.At); err != nil {
		return fmt.Errorf("apply event %d (%s) to case %s: %w", r.Seq, r.Event.Type(), d.Case.ID, err)
	}
	d.Case.Seq = r.Seq
	return nil
}

// Changed reports whether a part with this revision was changed since loading.
func (d *Dossier) Changed(revision int64) bool { return revision > d.loadedSeq }

// Status derives the case's status.
func (d *Dossier) Status(now time.Time) CaseStatus {
	open, dealt, settled, recalled := 0, 0, 0, 0
	for _, debt := range d.Debts {
		switch debt.Status {
		case DebtInAgreement:
			dealt++
		case DebtSettled:
			settled++
		case DebtOpen, DebtDisputed, DebtSuspended:
			open++
		case DebtRecalled:
			recalled++
		case DebtWrittenOff: // no claim is left
		}
	}
	switch {
	case dealt > 0:
		return CaseAgreementActive
	case open > 0 && d.hasLiveProposal(now):
		return CaseInNegotiation
	case open > 0:
		return CaseOpen
	case settled > 0:
		return CaseSettled
	case recalled > 0:
		return CaseRecalled
	}
	return CaseWrittenOff
}

func (d *Dossier) hasLiveProposal(now time.Time) bool {
	return slices.ContainsFunc(d.Proposals, func(p Proposal) bool {
		status := p.StatusAt(now)
		return status == ContractIssued || status == ProposalReview
	})
}

// OpenDebts returns the debts that an offer may cover.
func (d *Dossier) OpenDebts() []Debt {
	return slices.DeleteFunc(slices.Clone(d.Debts), func(debt Debt) bool { return debt.Status != DebtOpen })
}

// OldestOpen is the due date of the oldest open debt.
func (d *Dossier) OldestOpen() (calendar.Date, bool) {
	open := d.OpenDebts()
	if len(open) == 0 {
		return calendar.Date{}, false
	}
	oldest := slices.MinFunc(open, func(a, b Debt) int { return a.DueDate.Compare(b.DueDate) })
	return oldest.DueDate, true
}

// Debt finds a debt.
func (d *Dossier) Debt(id DebtID) (*Debt, bool) {
	return find(d.Debts, func(x *Debt) bool { return x.ID == id })
}

// Proposal finds a proposal.
func (d *Dossier) Proposal(id ProposalID) (*Proposal, bool) {
	return find(d.Proposals, func(x *Proposal) bool { return x.ID == id })
}

// ProposalByContract finds a proposal by its contract number.
func (d *Dossier) ProposalByContract(number string) (*Proposal, bool) {
	return find(d.Proposals, func(x *Proposal) bool { return x.ContractNumber == number })
}

// Agreement finds an agreement.
func (d *Dossier) Agreement(id AgreementID) (*Agreement, bool) {
	return find(d.Agreements, func(x *Agreement) bool { return x.ID == id })
}

// Intent finds a loaded intent.
func (d *Dossier) Intent(id IntentID) (*Intent, bool) {
	return find(d.Intents, func(x *Intent) bool { return x.ID == id })
}

// Contact finds a loaded contact.
func (d *Dossier) Contact(id ContactID) (*Contact, bool) {
	return find(d.Contacts, func(x *Contact) bool { return x.ID == id })
}

func find[T any](in []T, match func(*T) bool) (*T, bool) {
	for i := range in {
		if match(&in[i]) {
			return &in[i], true
		}
	}
	return nil, false
}
