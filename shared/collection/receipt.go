package collection

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// Money is a payment as a provider reports it.
type Money struct {
	Provider string
	Account  string
	Fact     string
	Amount   money.Centavos
	PaidAt   time.Time
	PaidOn   calendar.Date // PaidAt on the creditor's calendar
}

// ReceiptStatus is the state of money that came.
type ReceiptStatus string

// The states of a receipt.
const (
	ReceiptApplied  ReceiptStatus = "APPLIED"
	ReceiptOrphan   ReceiptStatus = "ORPHAN"   // no intent of ours is known by its reference
	ReceiptRefunded ReceiptStatus = "REFUNDED" // an orphan that was sent back
)

// Receipt is money that came, named by the provider's business fact (for PIX the endToEndId): the same fact is posted once, under however
// many event ids. Amount = Applied + the total of Late + Excess once it is posted.
type Receipt struct {
	Creditor CreditorID
	Provider string
	Account  string
	Fact     string
	TxID     string // the charge as the provider named it, empty when it named none
	Intent   IntentID
	Case     CaseID
	Amount   money.Centavos
	PaidAt   time.Time
	Status   ReceiptStatus
	Applied  money.Centavos
	Late     Components // fine and interest that the provider added after the due date
	Excess   money.Centavos
	// Returned is what of Amount left again.
	Returned money.Centavos
	// Refund is the name under which the provider was asked to send an orphan back; empty when nobody did.
	Refund string
	// DecidedBy and Reason are who applied or sent back an orphan, and why; empty for money that found its intent by itself.
	DecidedBy, Reason string
	// Said is all that staff said of an orphan, the oldest first: an orphan has no case whose events could tell of it.
	Said     []OrphanSaid
	Revision int64 // of the stored receipt, 0 for one that is not stored yet
}

// OrphanChoice is what a member of staff says of an orphan.
type OrphanChoice string

// The choices of staff about an orphan. What is proposed needs a second one's word.
const (
	OrphanApply         OrphanChoice = "apply"
	OrphanRefund        OrphanChoice = "refund"
	OrphanProposeApply  OrphanChoice = "propose_apply"
	OrphanProposeRefund OrphanChoice = "propose_refund"
	OrphanConfirm       OrphanChoice = "confirm"
	OrphanRefuse        OrphanChoice = "refuse"
)

// OrphanSaid is one word of a member of staff about an orphan.
type OrphanSaid struct {
	By     string // the id of the principal
	Choice OrphanChoice
	Intent IntentID // to which the money goes; zero when it goes back
	Reason string
	At     time.Time
}

// Proposed is what was said of an orphan that waits for a second member of staff.
func (r Receipt) Proposed() (OrphanSaid, bool) {
	if len(r.Said) == 0 {
		return OrphanSaid{}, false
	}
	last := r.Said[len(r.Said)-1]
	return last, last.Choice == OrphanProposeApply || last.Choice == OrphanProposeRefund
}

// ReturnKind says why money left again.
type ReturnKind string

// The kinds of return.
const (
	ReturnRefund     ReturnKind = "refund"     // the creditor sent it back
	ReturnChargeback ReturnKind = "chargeback" // the payer's bank took it back
)

// Return is money that left again after it had come, named by the provider's fact of the return; Of is the fact of the payment.
type Return struct {
	Creditor CreditorID
	Provider string
	Account  string
	Fact     string
	Of       string
	Kind     ReturnKind
	Amount   money.Centavos
	At       time.Time
}

// RefundStatus is the state of an order to send money back.
type RefundStatus string

// The states of a refund order. The money has left when it is RETURNED and not before.
const (
	RefundRequested RefundStatus = "REQUESTED"
	RefundSent      RefundStatus = "SENT" // the provider took the order
	RefundRefused   RefundStatus = "REFUSED"
	RefundReturned  RefundStatus = "RETURNED"
)

// Refund is an order to send back a part or all of a payment.
type Refund struct {
	ID       string // 1 to 35 letters and digits: the provider's name of it is Fact
	Intent   IntentID
	Provider string
	Account  string
	Of       string // the fact of the payment
	Fact     string // the provider's name of the return; empty before it answered
	Amount   money.Centavos
	Status   RefundStatus
}

// open reports whether the money of the order may still leave.
func (r Refund) open() bool { return r.Status == RefundRequested || r.Status == RefundSent }
