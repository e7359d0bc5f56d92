// Package collection is the domain: cases of overdue debt, the deals that settle them, the money that comes, and the contacts made.
//
// A Case is one participant at one creditor and is the aggregate: every change of anything under it is an Event in the case's one gapless
// sequence, made by a method of Dossier and applied by Dossier.Apply, so that folding the events gives the stored state.
package collection

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// CaseStatus is derived from the debts and deals of a case.
type CaseStatus string

// The statuses of a case.
const (
	CaseOpen            CaseStatus = "OPEN"
	CaseInNegotiation   CaseStatus = "IN_NEGOTIATION"
	CaseAgreementActive CaseStatus = "AGREEMENT_ACTIVE"
	CaseSettled         CaseStatus = "SETTLED"
	CaseRecalled        CaseStatus = "RECALLED"    // the creditor took every claim back
	CaseWrittenOff      CaseStatus = "WRITTEN_OFF" // no claim is left and none was paid
)

// Standing is the participant's standing with the creditor.
type Standing string

// The standings: a former participant has lost the plan or service that the debts are of. The debts of one who died are the estate's
// (Código Civil art. 1.997): the participant is reminded of them no more.
const (
	StandingActive   Standing = "active"
	StandingFormer   Standing = "former"
	StandingDeceased Standing = "deceased"
)

// Case is one participant at one creditor.
type Case struct {
	ID       CaseID
	Creditor CreditorID
	Standing Standing
	// UF is the state of residence, two letters, which contact law depends on; empty when unknown.
	UF string
	// PersonKey is a keyed hash of the document that is equal across creditors; it serves contact caps only and is never shown.
	PersonKey string
	// HasEmail says that an e-mail address is on file.
	HasEmail bool
	// HasPhone says that a telephone number is on file.
	HasPhone bool
	// Points is what was said of contact points, in the order of Channels; ask by Point.
	Points []ContactPoint
	// Seq is the number of the last event, and Head its hash; every write conditions on them.
	Seq  int64
	Head string
	// Balances is the sum of all ledger lines per account.
	Balances map[Account]money.Centavos
	Ruler    RulerState
	// Proposed are the decisions that wait for a second member of staff.
	Proposed []ProposedDecision
	Pauses   Pauses
	Promise  Promise // the last one; its ID is zero when there was none
	// Score is the creditor's score of the participant, 0 to 1000, and Segment the name of the group that it counts them to; nil and empty
	// when not known.
	Score    *int
	Segment  string
	OpenedAt time.Time
	// WrappedKey is the case's data key under the deployment's key, and Sealed the participant's personal data under the case's.
	WrappedKey []byte
	Sealed     []byte
}

// DebtStatus is the state of one debt.
type DebtStatus string

// The states of a debt. An offer covers OPEN debts only.
const (
	DebtOpen        DebtStatus = "OPEN"
	DebtInAgreement DebtStatus = "IN_AGREEMENT"
	DebtSettled     DebtStatus = "SETTLED"
	DebtDisputed    DebtStatus = "DISPUTED"
	DebtSuspended   DebtStatus = "SUSPENDED"
	DebtRecalled    DebtStatus = "RECALLED"
	DebtWrittenOff  DebtStatus = "WRITTEN_OFF"
)

// Debt is one overdue claim of the creditor. Sealed holds its contract number, description and references under the case's key.
type Debt struct {
	ID        DebtID
	Status    DebtStatus
	Product   string
	DueDate   calendar.Date
	Principal money.Centavos // as the creditor placed it
	// MonthlyRate is the interest on arrears that the debt's own contract names, as "0.0199"; empty: as the creditor's charges say.
	MonthlyRate string
	// TaxedDays are the days, up to 365, for which the tax on credit was paid when the debt was made; 0: it was not taxed.
	TaxedDays int
	// Credited is what was taken off the principal under deals that ended since: money paid, and discounts kept.
	Credited money.Centavos
	// Carried are the charges that stood open when the last such deal ended, a breach's fee included; nil when there was none.
	Carried   *Carried
	Agreement AgreementID // while IN_AGREEMENT, and after it was settled by one
	Sealed    []byte
	Revision  int64 // the event that last changed it
}

// Carried are charges that were fixed on a day, less what was paid of them. There is no further fine, and interest and correction run on
// from that day, on the principal that is left.
type Carried struct {
	Fine, Interest, Correction money.Centavos
	On                         calendar.Date
}

// Outstanding is the principal that is still owed.
func (d Debt) Outstanding() money.Centavos { return d.Principal - d.Credited }

// MayBeDealtAbout is nil for an open debt, ErrDebtsInAgreement for one under a live agreement, and ErrDebtsNotOpen for any other.
func (d Debt) MayBeDealtAbout() error {
	switch d.Status {
	case DebtOpen:
		return nil
	case DebtInAgreement:
		return ErrDebtsInAgreement
	case DebtSettled, DebtDisputed, DebtSuspended, DebtRecalled, DebtWrittenOff:
	}
	return ErrDebtsNotOpen
}

// DaysLate is the number of calendar days from the due date to today, never negative.
func (d Debt) DaysLate(today calendar.Date) int { return max(0, d.DueDate.DaysUntil(today)) }
