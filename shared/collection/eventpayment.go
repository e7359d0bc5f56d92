package collection

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// MandateGiven says that the participant authorised the debit of an account for an agreement.
type MandateGiven struct {
	Mandate                 string
	Agreement               AgreementID
	PartialDebit, Overdraft bool
}

// PaymentRequested says that the money of an instalment was asked for.
type PaymentRequested struct {
	Intent     IntentID
	Agreement  AgreementID
	Instalment int
	Method     Method
	Amount     money.Centavos
	ExpiresAt  time.Time
	Provider   string
	Account    string
	// FineRate, MonthlyInterest and Mandate are as of Intent.
	FineRate, MonthlyInterest string
	Mandate                   string
}

// PaymentIssued says that the provider issued the payment code.
type PaymentIssued struct {
	Intent IntentID
	Code   PayCode
}

// PaymentRerouted says that the provider asked before did not issue, and that another is asked instead.
type PaymentRerouted struct {
	Intent   IntentID
	Provider string
	Account  string
	Reason   string
}

// PaymentNoticed says that the provider saw a payment that is not settled yet. No money has come.
type PaymentNoticed struct {
	Intent IntentID
	Until  time.Time // until when it may settle
}

// PaymentRefused says that the payer's bank refused the money: Retry that another request may succeed, MandateBroken that no further one
// under the mandate will.
type PaymentRefused struct {
	Intent        IntentID
	Code          string
	Retry         bool
	MandateBroken bool
}

// PaymentClosed says that a request for money ended without money.
type PaymentClosed struct {
	Intent IntentID
	Status IntentStatus // EXPIRED or CANCELLED
	Reason string
}

// PaymentPosted says that money came and was posted: Amount = Applied + the total of Late + Excess, and Parts add up to Applied.
type PaymentPosted struct {
	Intent     IntentID
	Agreement  AgreementID
	Instalment int
	Provider   string
	Fact       string // the provider's name of the payment, as the endToEndId
	Amount     money.Centavos
	Applied    money.Centavos
	Parts      Components // of Applied, by what it pays
	Late       Components // fine and interest that the provider added after the due date
	Excess     money.Centavos
	PaidOn     calendar.Date
	// What the money brought about.
	AgreementStatus AgreementStatus
	Settled         []DebtID
	Lines           []Line
}

// PaymentReturned says that money left again: Amount = Excess + the totals of Late and of Undone + Unapplied, and
// Parts add up to Unapplied.
type PaymentReturned struct {
	Intent     IntentID
	Agreement  AgreementID
	Instalment int
	Provider   string
	Fact       string // the provider's name of the return, as the rtrId
	Of         string // the fact of the payment
	Kind       ReturnKind
	Refund     string // the order that it fulfils; empty when there was none
	Amount     money.Centavos
	Excess     money.Centavos
	Late       Components
	Unapplied  money.Centavos
	Parts      Components
	Undone     []Undone // of an ended agreement: what debts owe again
	// What it brought about. Full says that nothing is left of what came for the intent.
	Full            bool
	AgreementStatus AgreementStatus
	Reopened        []DebtID
	Lines           []Line
}

// RefundWanted says that a part or all of a payment is to be sent back.
type RefundWanted struct {
	Refund    string
	Intent    IntentID
	Agreement AgreementID
	Provider  string
	Account   string
	Of        string // the fact of the payment
	Amount    money.Centavos
}

// RefundAnswered says what the provider made of a refund order.
type RefundAnswered struct {
	Refund    string
	Agreement AgreementID
	Status    RefundStatus // SENT or REFUSED
	Fact      string       // the provider's name of the return; empty when it refused
}

// Type implements Event.
func (MandateGiven) Type() string { return "mandate.given" }

// Type implements Event.
func (PaymentRequested) Type() string { return "payment.requested" }

// Type implements Event.
func (PaymentIssued) Type() string { return "payment.issued" }

// Type implements Event.
func (PaymentRerouted) Type() string { return "payment.rerouted" }

// Type implements Event.
func (PaymentNoticed) Type() string { return "payment.noticed" }

// Type implements Event.
func (PaymentRefused) Type() string { return "payment.refused" }

// Type implements Event.
func (PaymentClosed) Type() string { return "payment.closed" }

// Type implements Event.
func (PaymentPosted) Type() string { return "payment.posted" }

// Type implements Event.
func (PaymentReturned) Type() string { return "payment.returned" }

// Type implements Event.
func (RefundWanted) Type() string { return "payment.refund_requested" }

// Type implements Event.
func (RefundAnswered) Type() string { return "payment.refund_answered" }
