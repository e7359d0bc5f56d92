// Package provider holds what Regua and a payment provider say to each other: the value types of the port that every provider adapter
// implements. Adapters return collection.ErrUnavailable when the provider did not answer or asked to come back later,
// collection.ErrRefused when it refused for good, and collection.ErrNotFound when it does not know what was named.
package provider

import (
	"errors"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
)

var (
	// ErrSignature says that a notice is not proven to come from the provider, or is not of now.
	ErrSignature = errors.New("notice not genuine")
	// ErrNotice says that a genuine notice cannot be understood.
	ErrNotice = errors.New("notice not understood")
	// ErrRefundPending says that the provider has taken a refund and its outcome is not known yet. Asking again with the same ID asks for
	// no second one. It always comes with collection.ErrUnavailable.
	ErrRefundPending = errors.New("refund under way")
)

// Sandbox is the name of the sandbox bank's adapter.
const Sandbox = "sandbox"

var (
	nameForm    = form.New(`^[a-z][a-z0-9-]{1,31}$`)
	accountForm = form.New(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
)

// ValidName reports whether a text may name a provider: a letter, then letters, digits and hyphens, 2 to 32 in all, in lower case.
func ValidName(text string) bool { return nameForm.MatchString(text) }

// ValidAccount reports whether a text may name an account: 1 to 64 letters, digits, hyphens and underscores.
func ValidAccount(text string) bool { return accountForm.MatchString(text) }

// Account is a creditor's account at a provider with its secrets. It is never logged.
type Account struct {
	Provider string
	Name     string
	Creditor collection.CreditorID
	// SigningSecrets are those in force: two while one is being replaced.
	SigningSecrets []string
	APIToken       string
	// WrappedKey is the data key under which the account's raw notices are kept, wrapped by the deployment's key.
	WrappedKey []byte
	// Pix is the access to an API Pix, for provider Pix only.
	Pix *PixAccess
	// Debit is the agreement with a bank on account debit, for provider Debit only.
	Debit *DebitAccess
}

// Charge is what a provider is asked to collect. TxID is Regua's own name for it, so that asking twice makes one charge.
type Charge struct {
	TxID   string // 26 capital letters and digits
	Method collection.Method
	Amount money.Centavos
	// DueDate is the instalment's; a charge may be made after it. Zero asks for an immediate charge: a down payment. The provider adds the
	// late charges from that day on, where its rail can.
	DueDate   calendar.Date
	ExpiresAt time.Time
	// FineRate is once and MonthlyInterest by the month, on the amount, after DueDate; zero for none.
	FineRate, MonthlyInterest money.Rate
	Payer                     Payer
	Description               string // what the payer reads beside the amount, at most 140 characters
	MerchantName              string // as the payer sees it, at most 25 characters
	MerchantCity              string // at most 15
	// Debit is the account to debit, for collection.MethodDebit only.
	Debit *DebitOrder
	// Mandate is offered together with a charge by PIX; nil for none. A provider without mandates leaves it out, and so says PayCode.Mandate.
	Mandate *MandateOffer
}

// Payer is who owes what a charge is over. What a rail does not need it does not send.
type Payer struct {
	Name     string
	Document string // CPF or CNPJ, without punctuation
	Email    string
	Address  string
	City     string
	UF       string
	CEP      string // eight digits; empty when unknown
}

// DebitOrder is the account that the payer authorised and the mandate under which it is debited.
type DebitOrder struct {
	Mandate string // 1 to 25 letters and digits: how the payer's bank knows the mandate
	Bank    string // three digits
	Branch  string // four digits
	Account string // up to 14 digits
}

// ChargeStatus is the state of a charge at the provider.
type ChargeStatus string

// The states of a charge.
const (
	ChargeActive    ChargeStatus = "ACTIVE"
	ChargeNoticed   ChargeStatus = "NOTICED" // paid, and not settled yet
	ChargePaid      ChargeStatus = "PAID"
	ChargeExpired   ChargeStatus = "EXPIRED"
	ChargeCancelled ChargeStatus = "CANCELLED"
)

// State is a charge as the provider knows it. Money may have come in any status: Payments is what counts.
type State struct {
	Status   ChargeStatus
	Code     collection.PayCode
	Payments []Payment
	Returns  []Return
}

// Payment is money that a provider received. Fact is the provider's name of it, the same in every report: for PIX the endToEndId. It is
// kept as it came, an opaque text of 1 to 64 characters.
type Payment struct {
	Fact   string
	TxID   string
	Amount money.Centavos
	PaidAt time.Time
}

// EventKind is what a notice is about.
type EventKind string

// The kinds of notice. A kind that an adapter does not know is EventOther: kept, acknowledged and without effect.
const (
	EventMoney EventKind = "money" // it reports something below
	EventOther EventKind = "other"
)

// Event is one notice. Key is the provider's name of the notice, the same each time that it is delivered: 1 to 128 characters. A provider
// that names no notice gets a key that its content gives, so that the same content is the same notice.
type Event struct {
	Key      string
	Kind     EventKind
	Payments []Payment
	Noticed  []Noticed
	Returns  []Return
	Refusals []Refusal
	// Unproven says that nothing in the notice itself proves it, only a shared token or the connection: what it reports is taken from
	// Fetch, for each of its TxIDs, and not from the notice.
	Unproven bool
}

// TxIDs are the charges that the notice is about, each once.
func (e Event) TxIDs() []string {
	var out []string
	add := func(id string) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	for _, p := range e.Payments {
		add(p.TxID)
	}
	for _, n := range e.Noticed {
		add(n.TxID)
	}
	for _, r := range e.Returns {
		add(r.TxID)
	}
	for _, r := range e.Refusals {
		add(r.TxID)
	}
	return out
}

// Noticed is a payment that the provider saw and did not settle yet: a boleto paid at a counter. No money has come.
type Noticed struct{ TxID string }

// ReturnKind says why money left again.
type ReturnKind string

// The kinds of return.
const (
	ReturnRefund     ReturnKind = "refund"     // the creditor sent it back
	ReturnChargeback ReturnKind = "chargeback" // the payer's bank took it back
)

// Return is money that left again after it had come, and is final. Fact is the provider's name of the return: for PIX the rtrId; Of is the
// Fact of the payment that it takes back.
type Return struct {
	Fact   string
	Of     string
	TxID   string
	Kind   ReturnKind
	Amount money.Centavos
	At     time.Time
}

// Refusal says that a charge will not be paid: the payer's bank refused the debit. Retry says that another try may work, Mandate that the
// mandate is broken and no further debit will.
type Refusal struct {
	TxID    string
	Code    string // the provider's own, at most 16 characters
	Retry   bool
	Mandate bool
}

// Delivery is one delivery of a notice as it came. Header and Query look a value up whatever its letter case, empty when there is none.
type Delivery struct {
	Header func(name string) string
	Query  func(name string) string
	Body   []byte
	// ClientCertificate is the subject of the client certificate that the gateway verified; empty when there was none.
	ClientCertificate string
	SourceIP          string
}

// ErrNoStatement says that a provider tells no statements of its accounts.
var ErrNoStatement = errors.New("the provider tells no statements")

// Statement is what a provider says came in and went out on a day, for reconciliation.
type Statement struct {
	Payments []Payment
	Returns  []Return
}

// RefundOrder asks for a part or all of a payment to be sent back. ID is Regua's own name for it, so that asking twice refunds once.
type RefundOrder struct {
	ID     string // 1 to 35 letters and digits
	Fact   string
	Amount money.Centavos
}

// Refund is money sent back. Fact is the provider's name of the refund: for PIX the rtrId.
type Refund struct {
	ID     string
	Fact   string
	Amount money.Centavos
}
