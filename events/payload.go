package events

import "time"

// The payloads, one Go type per event. Amounts are integers of centavos, dates YYYY-MM-DD, instants RFC 3339 in UTC, ids 26 characters.
// What may be unknown or not apply is an empty string or left out, as the schema says.

// Line is one side of a ledger posting: debit positive, credit negative.
type Line struct {
	Account        string `json:"account"`
	AmountCentavos int64  `json:"amountCentavos"`
}

// Debt is one debt as the creditor placed it.
type Debt struct {
	DebtID            string `json:"debtId"`
	Product           string `json:"product"`
	DueDate           string `json:"dueDate"`
	PrincipalCentavos int64  `json:"principalCentavos"`
	MonthlyRate       string `json:"monthlyRate"`
	TaxedDays         int    `json:"taxedDays"`
}

// Terms are the conditions of a deal.
type Terms struct {
	Kind               string             `json:"kind"`
	DebtIDs            []string           `json:"debtIds"`
	Product            string             `json:"product"`
	PrincipalCentavos  int64              `json:"principalCentavos"`
	FineCentavos       int64              `json:"fineCentavos"`
	InterestCentavos   int64              `json:"interestCentavos"`
	CorrectionCentavos int64              `json:"correctionCentavos"`
	Off                Components         `json:"off"`
	DiscountCentavos   int64              `json:"discountCentavos"`
	FinancingCentavos  int64              `json:"financingCentavos"`
	IOFCentavos        int64              `json:"iofCentavos"`
	TotalCentavos      int64              `json:"totalCentavos"`
	Table              string             `json:"table"`
	MonthlyRate        string             `json:"monthlyRate"`
	CETAnnual          string             `json:"cetAnnual"`
	Schedule           []ScheduledPayment `json:"schedule"`
	QuotedAt           time.Time          `json:"quotedAt"`
	PolicyVersion      string             `json:"policyVersion"`
	Distribution       []string           `json:"distribution"`
}

// Components is an amount by what it is for.
type Components struct {
	PrincipalCentavos  int64 `json:"principalCentavos"`
	FineCentavos       int64 `json:"fineCentavos"`
	InterestCentavos   int64 `json:"interestCentavos"`
	CorrectionCentavos int64 `json:"correctionCentavos"`
	FinancingCentavos  int64 `json:"financingCentavos"`
	IOFCentavos        int64 `json:"iofCentavos"`
}

// ScheduledPayment is one row of a deal's schedule.
type ScheduledPayment struct {
	Number         int    `json:"number"`
	DueDate        string `json:"dueDate"`
	AmountCentavos int64  `json:"amountCentavos"`
}

// Verdict is what contact law said about a contact.
type Verdict struct {
	Outcome         string    `json:"outcome"`
	NotBefore       time.Time `json:"notBefore,omitzero"`
	WindowEnd       time.Time `json:"windowEnd,omitzero"`
	Rules           []string  `json:"rules"`
	RequiredNotices []string  `json:"requiredNotices,omitempty"`
	PackVersion     string    `json:"packVersion"`
	InputsHash      string    `json:"inputsHash"`
	Inputs          string    `json:"inputs"`
	At              time.Time `json:"at"`
}

// CaseOpened is case.opened. HasPhone is left out when false, as it was before there was one.
type CaseOpened struct {
	Standing  string `json:"standing"`
	UF        string `json:"uf"`
	PersonKey string `json:"personKey"`
	HasEmail  bool   `json:"hasEmail"`
	HasPhone  bool   `json:"hasPhone,omitempty"`
	Score     *int   `json:"score,omitempty"`
	Segment   string `json:"segment,omitempty"`
}

// ParticipantRevised is case.participant_revised; see CaseOpened.
type ParticipantRevised struct {
	Standing string   `json:"standing"`
	UF       string   `json:"uf"`
	HasEmail bool     `json:"hasEmail"`
	HasPhone bool     `json:"hasPhone,omitempty"`
	Renewed  []string `json:"renewed,omitempty"` // channels whose address is another one now
	Score    *int     `json:"score,omitempty"`
	Segment  string   `json:"segment,omitempty"`
}

// DebtsPlaced is case.debts_placed.
type DebtsPlaced struct {
	Debts []Debt `json:"debts"`
	Lines []Line `json:"lines"`
}

// DebtsRevised is case.debts_revised; Lines is empty when no principal changed.
type DebtsRevised struct {
	Debts []Debt `json:"debts"`
	Lines []Line `json:"lines"`
}

// ProposalCreated is proposal.created.
type ProposalCreated struct {
	ProposalID     string    `json:"proposalId"`
	OfferHash      string    `json:"offerHash"`
	ContractNumber string    `json:"contractNumber"`
	Template       string    `json:"template"`
	TextHash       string    `json:"textHash"`
	PDFHash        string    `json:"pdfHash"`
	Terms          Terms     `json:"terms"`
	Rules          DealRules `json:"rules"`
	ExpiresAt      time.Time `json:"expiresAt"`
}

// ProposalRefused is proposal.refused.
type ProposalRefused struct {
	ProposalID string `json:"proposalId"`
}

// ContractSigned is contract.signed.
type ContractSigned struct {
	ProposalID   string   `json:"proposalId"`
	AgreementID  string   `json:"agreementId"`
	EvidenceHash string   `json:"evidenceHash"`
	Aftercare    string   `json:"aftercare"`
	Restructures []string `json:"restructures"`
	Lines        []Line   `json:"lines"`
}

// ServiceRestoreRequested is service.restore_requested.
type ServiceRestoreRequested struct {
	AgreementID string    `json:"agreementId"`
	DebtIDs     []string  `json:"debtIds"`
	Attempt     int       `json:"attempt"`
	Repeat      int       `json:"repeat,omitempty"`
	Until       time.Time `json:"until"`
}

// PlanReactivationRequested is plan.reactivation_requested.
type PlanReactivationRequested struct {
	AgreementID string    `json:"agreementId"`
	DebtIDs     []string  `json:"debtIds"`
	Attempt     int       `json:"attempt"`
	Repeat      int       `json:"repeat,omitempty"`
	Until       time.Time `json:"until"`
	Benefit     Benefit   `json:"benefit"`
}

// RulerStarted is ruler.started.
type RulerStarted struct {
	Generation int    `json:"generation"`
	Version    string `json:"version"`
	Anchor     string `json:"anchor"`
	Keeps      bool   `json:"keeps,omitempty"` // what became of rungs before still stands
}

// RungSkipped is ruler.rung_skipped.
type RungSkipped struct {
	Generation int    `json:"generation"`
	Rung       string `json:"rung"`
	Reason     string `json:"reason"`
}

// RulerEnded is ruler.ended.
type RulerEnded struct {
	Generation int    `json:"generation"`
	Reason     string `json:"reason"`
}

// ContactPlanned is contact.planned. Generation is 0 and Rung empty for a contact that no ruler asked for.
type ContactPlanned struct {
	ContactID       string  `json:"contactId"`
	Purpose         string  `json:"purpose"`
	Channel         string  `json:"channel"`
	Template        string  `json:"template"`
	Generation      int     `json:"generation"`
	Rung            string  `json:"rung"`
	PaymentIntentID string  `json:"paymentIntentId"`
	Verdict         Verdict `json:"verdict"`
	// Passed are the channels that were preferred and were no way to reach the participant.
	Passed []ChannelPassed `json:"passed,omitempty"`
}

// ChannelPassed is a channel that was passed over, and why.
type ChannelPassed struct {
	Channel string `json:"channel"`
	Reason  string `json:"reason"`
}

// ContactWithheld is contact.withheld.
type ContactWithheld struct {
	Purpose    string  `json:"purpose"`
	Channel    string  `json:"channel"`
	Generation int     `json:"generation"`
	Rung       string  `json:"rung"`
	Verdict    Verdict `json:"verdict"`
	// Passed is as of ContactPlanned.
	Passed []ChannelPassed `json:"passed,omitempty"`
}

// ContactClaimed is contact.claimed.
type ContactClaimed struct {
	ContactID string  `json:"contactId"`
	Verdict   Verdict `json:"verdict"`
}

// ContactClosed is contact.closed. Verdict is there when the law refused or deferred at hand-over.
type ContactClosed struct {
	ContactID string   `json:"contactId"`
	Status    string   `json:"status"`
	Reason    string   `json:"reason"`
	Verdict   *Verdict `json:"verdict,omitempty"`
}

// ContactPointChanged is contact_point.changed: how an address stands now, its opt-out apart.
type ContactPointChanged struct {
	Channel string `json:"channel"`
	OnFile  bool   `json:"onFile"`
	Quality string `json:"quality"`
	Consent bool   `json:"consent"`
}

// ParticipantOptedOut is participant.opted_out.
type ParticipantOptedOut struct {
	Channels []string `json:"channels"`
	Source   string   `json:"source"`
}

// ParticipantOptedIn is participant.opted_in: an opt-out taken back.
type ParticipantOptedIn struct {
	Channels []string `json:"channels"`
}
