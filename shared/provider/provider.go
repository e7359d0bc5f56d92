// Package provider holds what Regua and a payment provider say to each other: the value types of the port that every provider adapter
// implements. Adapters return collection.ErrUnavailable when the provider did not answer or asked to come back later,
// collection.ErrRefused when it refused for good, and collection.ErrNotFound when it does not know what was named.
package provider

import (
	"errors"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
)

var (
	// ErrSignature says that a notice is not proven to come from the provider, or is not of now.
	ErrSignature = errors.New("notice not genuine")
	// ErrNotice says that a genuine notice cannot be understood.
	ErrNotice = errors.New("notice not understood")
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
}

// Charge is what a provider is asked to collect. TxID is Regua's own name for it, so that asking twice makes one charge.
type Charge struct {
	TxID         string // 26 capital letters and digits
	Amount       money.Centavos
	ExpiresAt    time.Time
	MerchantName string // as the payer sees it, at most 25 characters
	MerchantCity string // at most 15
}

// ChargeStatus is the state of a charge at the provider.
type ChargeStatus string

// The states of a charge.
const (
	ChargeActive    ChargeStatus = "ACTIVE"
	ChargePaid      ChargeStatus = "PAID"
	ChargeExpired   ChargeStatus = "EXPIRED"
	ChargeCancelled ChargeStatus = "CANCELLED"
)

// State is a charge as the provider knows it. Money may have come in any status: Payments is what counts.
type State struct {
	Status   ChargeStatus
	PayCode  string
	Payments []Payment
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
	EventPayment EventKind = "payment"
	EventOther   EventKind = "other"
)

// Event is one notice. Key is the provider's name of the notice, the same each time that it is delivered: 1 to 128 characters.
type Event struct {
	Key      string
	Kind     EventKind
	Payments []Payment
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
