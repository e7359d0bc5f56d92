package collection

import (
	"time"

	"github.com/regua/regua/shared/money"
)

// Creditor is whose debt is collected: who it is, what it offers and when it reminds. It is data, versioned, loaded by an operator.
type Creditor struct {
	ID        CreditorID
	Kind      CreditorKind
	Name      string // as participants know it
	LegalName string
	Document  string // CNPJ, 14 characters
	Address   string // one line; consumer law asks for it in every collection document
	Brand     Brand
	Contacts  CreditorContacts
	Charges   Charges
	Policy    OfferPolicy
	Ruler     Ruler
	Aftercare AftercareRule
	Payment   PaymentAccount
}

// CreditorKind is the trade of a creditor; contact law and contracts depend on it.
type CreditorKind string

// The kinds of creditor.
const (
	CreditorHealthPlan CreditorKind = "health_plan"
	CreditorPayTV      CreditorKind = "pay_tv"
	CreditorLender     CreditorKind = "lender"
)

// Brand is how the portal looks for a creditor's participants. Colours are "#rrggbb".
type Brand struct {
	PrimaryColor string
	AccentColor  string
	LogoText     string
}

// CreditorContacts is where a participant reaches the creditor's people.
type CreditorContacts struct {
	Phone string
	Email string
	Site  string
}

// Charges are the late charges of the creditor's contracts: a fine once and simple interest a month, on the principal (Lei 8.078/1990
// art. 52 caps the fine at 2 %).
type Charges struct {
	Fine            money.Rate
	MonthlyInterest money.Rate
}

// OfferPolicy says which deals a creditor accepts without asking anybody.
type OfferPolicy struct {
	Version       string
	OfferLifetime time.Duration // how long an offer, and then its contract, stands
	IntentLife    time.Duration // how long a payment code stands
	CashDueDays   int           // days from acceptance to a cash payment's due date
	FirstDueDays  int           // days from acceptance to the first instalment
	Cash          []DiscountBand
	Instalments   []DiscountBand // discount on instalment deals; empty means none
	InterestFree  int            // up to this many instalments carry no financing
	MonthlyRate   money.Rate     // of the Price schedule beyond InterestFree
	Limits        []AmountLimit
}

// DiscountBand is the discount per component of a debt that is FromDays to ToDays late, both included; ToDays 0 means without end.
type DiscountBand struct {
	FromDays, ToDays          int
	Principal, Fine, Interest money.Rate
}

// AmountLimit is the largest number of instalments for a total of From to To centavos, both included; To 0 means without end. Each
// instalment is at least Minimum.
type AmountLimit struct {
	From, To       money.Centavos
	MaxInstalments int
	Minimum        money.Centavos
}

// AftercareRule says what a creditor does once the first payment of a deal came, by the participant's standing.
type AftercareRule struct {
	Active Aftercare
	Former Aftercare
}

// For is the aftercare of a standing.
func (r AftercareRule) For(s Standing) Aftercare {
	if s == StandingFormer {
		return r.Former
	}
	return r.Active
}

// PaymentAccount is where a creditor's money comes in.
type PaymentAccount struct {
	Provider     string // "sandbox"
	Account      string
	MerchantName string // as the payer's bank shows it, at most 25 ASCII characters
	MerchantCity string // at most 15
}

// Ruler is a creditor's reminder ruler: rungs anchored on the oldest open debt.
type Ruler struct {
	Version string
	Rungs   []Rung
}

// Rung is one step of a ruler, in the order of Day. A courtesy rung may be superseded by a later one that is due as well; a mandatory one
// never is.
type Rung struct {
	Name      string
	Day       int // days after the anchor's due date
	Channel   Channel
	Template  string
	Mandatory bool
}
