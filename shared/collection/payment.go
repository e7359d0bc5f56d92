package collection

import (
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

// IntentStatus is the state of a request for money. States form a lattice: see IntentStatus.rank.
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
	// Code is what the provider issued; empty before.
	Code        PayCode
	RequestedAt time.Time
	ConfirmedAt time.Time
	// Waiter is the token of the execution that waits for the money; it is no part of the case's history.
	Waiter   string
	Revision int64
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

// ReceiptStatus is the state of money that came.
type ReceiptStatus string

// The states of a receipt.
const (
	ReceiptApplied ReceiptStatus = "APPLIED"
	ReceiptOrphan  ReceiptStatus = "ORPHAN" // no intent of ours is known by its reference
)

// Receipt is money that came, named by the provider's business fact (for PIX the endToEndId): the same fact is posted once, under however
// many event ids.
type Receipt struct {
	Creditor CreditorID
	Provider string
	Account  string
	Fact     string
	Intent   IntentID
	Case     CaseID
	Amount   money.Centavos
	PaidAt   time.Time
	Status   ReceiptStatus
	Applied  money.Centavos
	Excess   money.Centavos
}

// Account is a ledger account of a case. Debit is positive, credit negative.
type Account string

// The accounts of a case.
const (
	AccountReceivable Account = "receivable" // principal owed under the original debts
	AccountPlaced     Account = "placed"     // counterpart of what the creditor placed for collection
	AccountAgreement  Account = "agreement"  // owed under signed agreements
	AccountCharges    Account = "charges"    // fine and interest earned by agreement
	AccountFinancing  Account = "financing"  // interest and tax of the new schedule
	AccountDiscount   Account = "discount"   // given away by agreement
	AccountCash       Account = "cash"       // money received through providers
	AccountExcess     Account = "excess"     // received beyond what was due, owed to the participant
)

// Line is one side of a ledger entry.
type Line struct {
	Account Account
	Amount  money.Centavos // positive debit, negative credit
}

// Entry is one balanced posting. It is never changed; a mistake is corrected by a further entry.
type Entry struct {
	Seq   int64 // the event that posted it
	At    time.Time
	Cause string // "placed", "signed", "payment"
	Lines []Line
}

// Balanced reports whether the entry's lines add up to zero and none is empty.
func (e Entry) Balanced() bool {
	var sum money.Centavos
	for _, l := range e.Lines {
		if l.Amount == 0 {
			return false
		}
		sum += l.Amount
	}
	return sum == 0 && len(e.Lines) > 1
}
