package collection

import (
	"slices"

	"github.com/regua/regua/shared/calendar"
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
	Webhooks  Webhooks
	Contract  ContractRule
	Law       LawRule
	// FinancialInstitution says that the creditor is one under the Banco Central; a lender need not be.
	FinancialInstitution bool
	// Payments are the ways by which money comes in, in order of preference: several of one method stand in for each other.
	Payments     []PaymentRoute
	MerchantName string // as the payer's bank shows it, at most 25 ASCII characters
	MerchantCity string // at most 15
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

// Webhooks is what the creditor's own system is told of, and where it listens; without an address it is told nothing.
type Webhooks struct {
	URL    string   // https, or http on a loopback address, which only a local stage speaks to
	Events []string // types of events, each once
}

// AftercareMoment is the payment that aftercare follows.
type AftercareMoment string

// The moments of aftercare: the first instalment is paid in full, or the whole deal is.
const (
	AftercareOnFirst   AftercareMoment = "first"
	AftercareOnSettled AftercareMoment = "settled"
)

// AftercareRule says what a creditor does for a participant who paid, by their standing, and when.
type AftercareRule struct {
	Active  Aftercare
	Former  Aftercare
	On      AftercareMoment
	Benefit Benefit // of a plan that comes back
}

// For is the aftercare of a standing.
func (r AftercareRule) For(s Standing) Aftercare {
	if s == StandingFormer {
		return r.Former
	}
	return r.Active
}

// BenefitKind says what becomes of the waiting periods (carências) that a participant had served.
type BenefitKind string

// The kinds of waiting-period benefit.
const (
	BenefitKept    BenefitKind = "kept"
	BenefitReduced BenefitKind = "reduced"
	BenefitNone    BenefitKind = "none"
)

// Benefit is the waiting-period benefit of a plan that comes back.
type Benefit struct {
	Kind    BenefitKind
	Days    int // in which the creditor's system has to answer
	Version string
}

// ContractKind is the instrument that formalises a deal.
type ContractKind string

// The instruments: an acknowledgement of debt, or a bank credit note, which only a financial institution may issue (Lei 10.931/2004
// art. 26 par. 1).
const (
	ContractConfissao ContractKind = "confissao"
	ContractCCB       ContractKind = "ccb"
)

// ContractRule says how a creditor's deals are formalised.
type ContractRule struct {
	Kind            ContractKind
	TemplateVersion string
	Forum           string // the court of the contract; empty: that of the participant's home
	// AccelerationMissed is how many missed instalments make all of them due; 0: never.
	AccelerationMissed int
}

// PaymentRoute is one way by which a creditor's money comes in.
type PaymentRoute struct {
	Method   Method
	Provider string // as "sandbox"
	Account  string // the creditor's account there
}

// Routes are the ways of one method, the preferred one first.
func (c Creditor) Routes(method Method) []PaymentRoute {
	var out []PaymentRoute
	for _, route := range c.Payments {
		if route.Method == method {
			out = append(out, route)
		}
	}
	return out
}

// Methods are the ways in which the creditor takes money, each once, the preferred one first.
func (c Creditor) Methods() []Method {
	out := []Method{}
	for _, route := range c.Payments {
		if !slices.Contains(out, route.Method) {
			out = append(out, route.Method)
		}
	}
	return out
}

// ProviderAccount is one account of a creditor at a payment provider.
type ProviderAccount struct{ Provider, Account string }

// Accounts are the creditor's accounts at its providers, each once, in the order of its routes.
func (c Creditor) Accounts() []ProviderAccount {
	var out []ProviderAccount
	for _, route := range c.Payments {
		if at := (ProviderAccount{route.Provider, route.Account}); !slices.Contains(out, at) {
			out = append(out, at)
		}
	}
	return out
}

// LawRule says by which contact law a creditor's participants are contacted.
type LawRule struct {
	Packs []string // names of rule packs; none: Brazil's alone
	Role  string   // "creditor" or "third_party", of whoever collects; empty: held to the rules of both
	// RegistriesChecked says that the creditor leaves out, day by day, the numbers that stand in the states' registries of people who
	// want no calls. Without it no call or text goes to states that have one.
	RegistriesChecked bool
	Holidays          []MunicipalHoliday
}

// MunicipalHoliday is a day on which a municipality rests. A case does not know its municipality: the day counts in the whole state.
type MunicipalHoliday struct {
	UF, Municipality string // two letters, and the IBGE code of seven digits
	Date             calendar.Date
	Name, Source     string
}
