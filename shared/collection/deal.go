package collection

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// OfferKind says how a deal is paid.
type OfferKind string

// The kinds of offer.
const (
	OfferCash        OfferKind = "cash"
	OfferInstalments OfferKind = "instalments"
)

// Terms are the conditions of a deal, frozen when the offer is accepted. Total = Principal + Fine + Interest + Correction - Discount +
// Financing + IOF, and the instalments add up to Total.
type Terms struct {
	Kind          OfferKind
	Debts         []DebtID
	Product       string // under which the deal is made; empty when the policy has none
	Principal     money.Centavos
	Fine          money.Centavos
	Interest      money.Centavos
	Correction    money.Centavos
	Off           Components // the discount by component; it has no Financing and no IOF
	Discount      money.Centavos
	Financing     money.Centavos // interest of the new schedule
	IOF           money.Centavos
	Total         money.Centavos
	Table         Table
	MonthlyRate   string // decimal fraction, as "0.005"
	CETAnnual     string // percent a year with two decimals
	Schedule      []ScheduledPayment
	QuotedAt      time.Time
	PolicyVersion string
	// Distribution is the order in which money is spread over the components; empty is the legal order.
	Distribution []Component
}

// Net is what is owed under the deal by component; it adds up to Total.
func (t Terms) Net() Components {
	return Components{
		Principal: t.Principal - t.Off.Principal, Fine: t.Fine - t.Off.Fine, Interest: t.Interest - t.Off.Interest,
		Correction: t.Correction - t.Off.Correction, Financing: t.Financing, IOF: t.IOF,
	}
}

// ScheduledPayment is one row of a deal's schedule.
type ScheduledPayment struct {
	Number  int // from 1
	DueDate calendar.Date
	Amount  money.Centavos
}

// ProposalStatus is the state of a proposal and of its contract.
type ProposalStatus string

// The states of a proposal. Expiry is a matter of time, not of a write: see Proposal.StatusAt.
const (
	ProposalReview  ProposalStatus = "PROPOSAL_MANUAL_REVIEW" // a person decides whether the contract may be signed
	ProposalDenied  ProposalStatus = "PROPOSAL_DENIED"
	ContractIssued  ProposalStatus = "CONTRACT_ISSUED"
	ContractSigned  ProposalStatus = "CONTRACT_SIGNED"
	ContractExpired ProposalStatus = "CONTRACT_EXPIRED"
	ContractRefused ProposalStatus = "CONTRACT_REFUSED"
)

// Proposal is one accepted offer with the contract that formalises it. Its text and its PDF are kept apart, sealed; TextHash and
// PDFHash are their hex SHA-256.
type Proposal struct {
	ID             ProposalID
	Status         ProposalStatus
	OfferHash      string // hex SHA-256 of the accepted offer id: one offer makes one proposal
	ContractNumber string
	Template       string
	TextHash       string
	PDFHash        string
	Terms          Terms
	Rules          DealRules
	ExpiresAt      time.Time
	ReviewUntil    time.Time   // zero when nobody has to decide
	Agreement      AgreementID // once signed
	Revision       int64
}

// StatusAt is the proposal's status at a time: an unsigned contract expires by itself, and a review that nobody decided is a denial.
func (p Proposal) StatusAt(now time.Time) ProposalStatus {
	if p.Status == ContractIssued && !now.Before(p.ExpiresAt) {
		return ContractExpired
	}
	if p.Status == ProposalReview && !now.Before(p.ReviewUntil) {
		return ProposalDenied
	}
	return p.Status
}

// AgreementStatus is the state of a signed deal.
type AgreementStatus string

// The states of an agreement.
const (
	AgreementPendingFirstPayment AgreementStatus = "PENDING_FIRST_PAYMENT"
	AgreementActive              AgreementStatus = "ACTIVE"
	AgreementFulfilled           AgreementStatus = "FULFILLED"
	AgreementBreached            AgreementStatus = "BREACHED"
	AgreementWithdrawn           AgreementStatus = "WITHDRAWN"
	AgreementLapsed              AgreementStatus = "LAPSED"
)

// Aftercare is what a creditor does for a participant who paid.
type Aftercare string

// The kinds of aftercare.
const (
	AftercareNone         Aftercare = "none"
	AftercareService      Aftercare = "service" // the signal or service comes back
	AftercareReactivation Aftercare = "plan"    // the cancelled plan comes back
)

// Agreement is one signed deal over debts of one case.
type Agreement struct {
	ID             AgreementID
	Proposal       ProposalID
	ContractNumber string
	Status         AgreementStatus
	Debts          []DebtID
	Total          money.Centavos
	// Owed is what the deal is over by component, PaidParts what was paid of it, and Distribution the order in which money is spread over the
	// components; empty is the legal order.
	Owed, PaidParts Components
	Distribution    []Component
	Instalments     []Instalment
	// Excess is money that came beyond what was due; the participant has a claim to it.
	Excess money.Centavos
	// Late are the late charges that came beside the instalments.
	Late Components
	// Rules are those of the signed contract.
	Rules DealRules
	// Restructures are the ended agreements whose debts this one is over again.
	Restructures []AgreementID
	// EndReason, EndedAt and EndedOn say why and when the agreement ended otherwise than by payment, and Credits what its money counted for
	// then; empty before.
	EndReason EndReason
	EndedAt   time.Time
	EndedOn   calendar.Date
	Credits   []Credit
	// Aftercare was fixed at signature; AftercareAt is when it was asked of the creditor's system, zero before.
	Aftercare   Aftercare
	AftercareAt time.Time
	Care        Care
	SignedAt    time.Time
	// Mandate is the authorisation to debit an account that was given last; zero when there was none.
	Mandate Mandate
	// Refunds are the orders to send money back, the oldest first.
	Refunds  []Refund
	Revision int64
}

// Instalment is one payment of an agreement. Paid is what was applied to it, at most Amount.
type Instalment struct {
	Number  int
	DueDate calendar.Date
	Amount  money.Centavos
	Paid    money.Centavos
	PaidOn  calendar.Date // when Paid reached Amount; zero before
	// Codes are the requests for its money that can still be paid, one for a method at most.
	Codes []LiveCode
}

// InstalmentStatus is the state of an instalment on a day.
type InstalmentStatus string

// The states of an instalment.
const (
	InstalmentScheduled InstalmentStatus = "SCHEDULED"
	InstalmentDue       InstalmentStatus = "DUE"
	InstalmentOverdue   InstalmentStatus = "OVERDUE"
	InstalmentPaid      InstalmentStatus = "PAID"
	InstalmentPaidLate  InstalmentStatus = "PAID_LATE"
	InstalmentCancelled InstalmentStatus = "CANCELLED"
)

// dueWindowDays is how long before its due date an instalment is shown as DUE: a month's salary cycle.
const dueWindowDays = 7

// StatusOn is the instalment's state on a day.
func (i Instalment) StatusOn(today calendar.Date) InstalmentStatus {
	switch {
	case i.Paid >= i.Amount && i.DueDate.DaysUntil(i.PaidOn) > 0:
		return InstalmentPaidLate
	case i.Paid >= i.Amount:
		return InstalmentPaid
	case i.DueDate.DaysUntil(today) > 0:
		return InstalmentOverdue
	case today.DaysUntil(i.DueDate) <= dueWindowDays:
		return InstalmentDue
	}
	return InstalmentScheduled
}

// Paid is the sum applied to the agreement's instalments.
func (a Agreement) Paid() money.Centavos {
	var sum money.Centavos
	for _, i := range a.Instalments {
		sum += i.Paid
	}
	return sum
}

// Next is the first instalment that is not fully paid.
func (a Agreement) Next() (Instalment, bool) {
	for _, i := range a.Instalments {
		if i.Paid < i.Amount {
			return i, true
		}
	}
	return Instalment{}, false
}

// Live reports whether money is still expected under the agreement.
func (a Agreement) Live() bool {
	return a.Status == AgreementPendingFirstPayment || a.Status == AgreementActive
}

// Outstanding is what is still owed under the agreement by component, or money.ErrOverflow.
func (a Agreement) Outstanding() (Components, error) { return a.Owed.Sub(a.PaidParts) }

// Refund finds a refund order.
func (a Agreement) Refund(id string) (Refund, bool) {
	for _, r := range a.Refunds {
		if r.ID == id {
			return r, true
		}
	}
	return Refund{}, false
}

// Code finds the request for the instalment's money by a method that can still be paid.
func (i Instalment) Code(method Method) (LiveCode, bool) {
	for _, c := range i.Codes {
		if c.Method == method {
			return c, true
		}
	}
	return LiveCode{}, false
}
