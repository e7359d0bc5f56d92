package collection

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// Event is one thing that happened to a case. The set is closed: every type stands in this file. Events carry no personal data.
type Event interface {
	// Type is the event's name on the wire, as "contract.signed".
	Type() string
	apply(d *Dossier, seq int64, at time.Time) error
}

// CaseOpened starts a case: the creditor placed the first debts of a participant.
type CaseOpened struct {
	Standing  Standing
	UF        string
	PersonKey string
	HasEmail  bool
	HasPhone  bool
	Score     *int   // see Case
	Segment   string // see Case
}

// ParticipantRevised says that a new import changed facts about the participant.
type ParticipantRevised struct {
	Standing Standing
	UF       string
	HasEmail bool
	HasPhone bool
	Renewed  []Channel // whose address is another one now
	Score    *int      // see Case
	Segment  string    // see Case
}

// PlacedDebt is one debt as the creditor placed it.
type PlacedDebt struct {
	ID          DebtID
	Product     string
	DueDate     calendar.Date
	Principal   money.Centavos
	MonthlyRate string // see Debt
	TaxedDays   int    // see Debt
}

// DebtsPlaced adds debts to a case and posts their principal.
type DebtsPlaced struct {
	Debts []PlacedDebt
	Lines []Line
}

// DebtsRevised says that a new import changed open debts, and posts the difference, if any.
type DebtsRevised struct {
	Debts []PlacedDebt
	Lines []Line
}

// ProposalCreated says that an offer was accepted and its contract issued.
type ProposalCreated struct {
	Proposal       ProposalID
	OfferHash      string
	ContractNumber string
	Template       string // of the contract, with its version
	TextHash       string
	PDFHash        string
	Terms          Terms
	Rules          DealRules
	ExpiresAt      time.Time
}

// ProposalRefused says that the participant gave up an unsigned proposal.
type ProposalRefused struct {
	Proposal ProposalID
}

// SignedContract says that the participant signed: the agreement stands, its debts are in it, and the deal is posted.
type SignedContract struct {
	Proposal     ProposalID
	Agreement    AgreementID
	EvidenceHash string // hex SHA-256 of the evidence record
	Aftercare    Aftercare
	Restructures []AgreementID
	Lines        []Line
}

// ServiceRestoreRequested asks the creditor's system to restore a service or signal.
type ServiceRestoreRequested struct {
	Agreement AgreementID
	Debts     []DebtID
	Attempt   int       // from 1, and from 1 again in each repeat
	Repeat    int       // Care.Repeats
	Until     time.Time // when an answer is due
}

// PlanReactivationRequested asks the creditor's system to reactivate a cancelled plan.
type PlanReactivationRequested struct {
	Agreement AgreementID
	Debts     []DebtID
	Attempt   int       // from 1, and from 1 again in each repeat
	Repeat    int       // Care.Repeats
	Until     time.Time // when an answer is due
	Benefit   Benefit
}

// RulerStarted says that a generation of the reminder ruler began. Keeps says that what became of rungs before still stands.
type RulerStarted struct {
	Generation int
	Version    string
	Anchor     calendar.Date
	Keeps      bool
}

// RungPassed says that a rung of the ruler was passed over, and why.
type RungPassed struct {
	Generation int
	Rung       string
	Reason     string
}

// RulerEnded says that a generation of the ruler ended, and why.
type RulerEnded struct {
	Generation int
	Reason     string
}

// ContactPlan says that a contact was decided and allowed by contact law at planning.
type ContactPlan struct {
	Contact    ContactID
	Purpose    Purpose
	Channel    Channel
	Template   string
	Generation int
	Rung       string
	Intent     IntentID
	Verdict    Verdict
	Passed     []ChannelPassed
}

// ChannelPassed is a channel that a rung prefers and that was no way to reach the participant, and why.
type ChannelPassed struct {
	Channel Channel
	Reason  string
}

// ContactWithheld says that contact law refused or deferred a contact at planning.
type ContactWithheld struct {
	Purpose    Purpose
	Channel    Channel
	Generation int
	Rung       string
	Verdict    Verdict
	Passed     []ChannelPassed
}

// ContactClaim says that a sender took a contact in hand, with the law's second verdict, before anything left.
type ContactClaim struct {
	Contact ContactID
	Verdict Verdict
}

// ContactClosed says what became of a contact: SENT, FAILED, UNKNOWN, or refused or deferred by the second verdict.
type ContactClosed struct {
	Contact ContactID
	Status  ContactStatus
	Reason  string
	Verdict Verdict // of a refusal or deferral at hand-over; zero otherwise
}

// Type implements Event.
func (CaseOpened) Type() string { return "case.opened" }

// Type implements Event.
func (ParticipantRevised) Type() string { return "case.participant_revised" }

// Type implements Event.
func (DebtsPlaced) Type() string { return "case.debts_placed" }

// Type implements Event.
func (DebtsRevised) Type() string { return "case.debts_revised" }

// Type implements Event.
func (ProposalCreated) Type() string { return "proposal.created" }

// Type implements Event.
func (ProposalRefused) Type() string { return "proposal.refused" }

// Type implements Event.
func (SignedContract) Type() string { return "contract.signed" }

// Type implements Event.
func (ServiceRestoreRequested) Type() string { return "service.restore_requested" }

// Type implements Event.
func (PlanReactivationRequested) Type() string { return "plan.reactivation_requested" }

// Type implements Event.
func (RulerStarted) Type() string { return "ruler.started" }

// Type implements Event.
func (RungPassed) Type() string { return "ruler.rung_skipped" }

// Type implements Event.
func (RulerEnded) Type() string { return "ruler.ended" }

// Type implements Event.
func (ContactPlan) Type() string { return "contact.planned" }

// Type implements Event.
func (ContactWithheld) Type() string { return "contact.withheld" }

// Type implements Event.
func (ContactClaim) Type() string { return "contact.claimed" }

// Type implements Event.
func (ContactClosed) Type() string { return "contact.closed" }
