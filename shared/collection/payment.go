package collection

import (
	"slices"
	"time"

	"github.com/regua/regua/shared/money"
)

// Method is a payment rail.
type Method string

// The payment methods.
const (
	MethodPix    Method = "pix"
	MethodBoleto Method = "boleto"
	MethodDebit  Method = "debit"
)

// IntentStatus is the state of a request for money. The states before money comes form a lattice, see IntentStatus.rank; once it came, the
// state follows from what came and what left again.
type IntentStatus string

// The states of an intent.
const (
	IntentRequested IntentStatus = "REQUESTED"
	IntentIssued    IntentStatus = "ISSUED"
	IntentExpired   IntentStatus = "EXPIRED"
	IntentCancelled IntentStatus = "CANCELLED"
	IntentNoticed   IntentStatus = "NOTICED"
	IntentConfirmed IntentStatus = "CONFIRMED"
	IntentRefunded  IntentStatus = "REFUNDED"
)

// rank orders the states: a state never gives way to one of lower or equal rank, so that late and repeated news are harmless and money
// wins over expiry.
func (s IntentStatus) rank() int {
	switch s {
	case IntentRequested:
		return 1
	case IntentIssued:
		return 2
	case IntentExpired, IntentCancelled:
		return 3
	case IntentNoticed:
		return 4
	case IntentConfirmed:
		return 5
	case IntentRefunded:
		return 6
	}
	return 0
}

// Yields reports whether s gives way to next.
func (s IntentStatus) Yields(next IntentStatus) bool { return next.rank() > s.rank() }

// Intent is one request for the money of one instalment through one provider.
type Intent struct {
	ID         IntentID
	Creditor   CreditorID
	Case       CaseID
	Agreement  AgreementID
	Instalment int
	Method     Method
	Status     IntentStatus
	Amount     money.Centavos
	ExpiresAt  time.Time
	Provider   string // "sandbox"
	Account    string // the creditor's account at the provider
	// Tried are the accounts that were asked before and failed: a charge may stand there all the same, and its money is this intent's.
	Tried []ProviderAccount
	// FineRate once and MonthlyInterest by the month, as decimal fractions like "0.02", are what the provider adds to money that comes after
	// the instalment's due date; empty for none.
	FineRate, MonthlyInterest string
	Mandate                   string // under which an account is debited; empty for other methods
	// Code is what the provider issued; empty before.
	Code PayCode
	// Refusal is the provider's code of why the money will not come; empty when it did not refuse.
	Refusal string
	// Received is the money that came for this intent, and Returned what of it left again.
	Received, Returned money.Centavos
	RequestedAt        time.Time
	NoticedAt          time.Time // when the provider first saw a payment that is not settled; zero before
	ConfirmedAt        time.Time
	// Waiter is the token of the execution that waits for the money; it is no part of the case's history.
	Waiter   string
	Revision int64
}

// At is where the intent's charge is asked for now.
func (i Intent) At() ProviderAccount { return ProviderAccount{i.Provider, i.Account} }

// Asked are all accounts at which a charge of the intent may stand, the present one first.
func (i Intent) Asked() []ProviderAccount {
	out := []ProviderAccount{i.At()}
	for _, tried := range i.Tried {
		if !slices.Contains(out, tried) {
			out = append(out, tried)
		}
	}
	return out
}

// Ended reports whether nothing waits for the intent's money any more. Money may still come and is posted.
func (i Intent) Ended() bool {
	switch i.Status {
	case IntentExpired, IntentCancelled, IntentConfirmed, IntentRefunded:
		return true
	case IntentRequested, IntentIssued, IntentNoticed:
	}
	return false
}

// LiveCode is a request for the money of an instalment that can still be paid.
type LiveCode struct {
	Intent IntentID
	Method Method
	Until  time.Time
}

// MandateStatus is the state of an authorisation to debit.
type MandateStatus string

// The states of a mandate.
const (
	MandateActive MandateStatus = "ACTIVE"
	MandateBroken MandateStatus = "BROKEN" // the payer's bank takes no further debit under it
)

// Mandate is the participant's authorisation to debit an account for one agreement (CMN Resolution 4.790/2020). The account itself is kept
// sealed: see MandateRecord.
type Mandate struct {
	ID     string // 25 letters and digits: how the payer's bank knows it
	Status MandateStatus
	Code   string // of the bank's refusal that broke it
	// PartialDebit and Overdraft are the consents that the law asks for apart.
	PartialDebit, Overdraft bool
	GivenAt                 time.Time
}

// PayCode is what a provider issued for a charge, by which it can be paid. What does not belong to the rail is empty.
type PayCode struct {
	BRCode      string // PIX, also beside a boleto
	Line        string // boleto: the 47 digits that are typed
	Barcode     string // boleto: the 44 digits that are read
	DocumentURL string // boleto: the printable slip, at the provider
	Mandate     string // debit and PIX Automático: the mandate under which the money is taken
	Reference   string // the provider's own name of the charge, where it has one
}

// IsZero reports whether nothing was issued.
func (c PayCode) IsZero() bool { return c == PayCode{} }
