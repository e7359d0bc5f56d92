package collection

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// Charges are the late charges of the creditor's contracts: a fine once (Lei 8.078/1990 art. 52 caps it at 2 %), simple interest, and
// correction by an index. All are on the principal.
type Charges struct {
	Fine            money.Rate
	MonthlyInterest money.Rate // as agreed; a debt that names a rate of its own goes by that
	// Legal is the legal rate by month (Lei 14.905/2024; CMN Resolution 5.171/2024), for contracts that agreed no interest; empty means
	// that MonthlyInterest was agreed. A month that is not listed bears no interest.
	Legal []MonthRate
	// Index is the index of the correction, and IndexFactors its factor by month, as 1.0042; without an index there is no correction. A
	// month that is not listed corrects nothing.
	Index        Index
	IndexFactors []MonthRate
}

// Index is a price index.
type Index string

// The indices by which claims are corrected.
const (
	IndexNone Index = ""
	IndexIPCA Index = "ipca"
	IndexINPC Index = "inpc"
	IndexIGPM Index = "igpm"
)

// MonthRate is a rate or factor of one calendar month.
type MonthRate struct {
	Month calendar.Date // its first day
	Rate  money.Rate
}

// Table is how a schedule with financing is laid out.
type Table string

// The instalment tables; a schedule free of interest has none.
const (
	TableNone  Table = ""
	TablePrice Table = "price"
	TableSAC   Table = "sac"
)

// OfferPolicy says which deals a creditor accepts without asking anybody, and what holds for a deal once it stands. It is data, under a
// version.
type OfferPolicy struct {
	Version       string
	OfferLifetime time.Duration // how long an offer, and then its contract, stands
	IntentLife    time.Duration // how long a payment code stands
	CashDueDays   int           // days from the quote to a cash payment's due date, unless the participant chooses
	FirstDueDays  int           // days from the quote to the first instalment, unless the participant chooses
	CashWindow    DueWindow     // for the due date of a cash deal
	FirstWindow   DueWindow     // for the first due date of an instalment deal
	Cash          []DiscountBand
	Instalments   []DiscountBand // discount on instalment deals; empty means none
	InterestFree  int            // up to this many instalments carry no financing
	Table         Table          // beyond InterestFree
	MonthlyRate   money.Rate     // beyond InterestFree
	Limits        []AmountLimit
	Products      []Product // what deals are made under; empty: deals carry no product and are open to everybody
	IOF           IOFProfile
	// ExistentialMinimum is what must stay of a month's income after the instalment (Decreto 11.150/2022); 0 means that it is not watched.
	ExistentialMinimum money.Centavos
	// Distribution is the order in which money is spread over components, each of them once.
	Distribution   []Component
	Breach         BreachPolicy
	Review         ReviewRule
	WithdrawalDays int // days after signing in which the participant may withdraw (Lei 8.078/1990 art. 49)
	Refunds        RefundPolicy
	Decisions      DecisionPolicy
}

// DueWindow is the days from the quote between which the participant may choose a date, both included; the zero window leaves no choice.
type DueWindow struct{ Earliest, Latest int }

// DiscountBand is the discount per component of a debt that is FromDays to ToDays late, in a deal of FromInstalments to ToInstalments
// payments, all included; ToDays and ToInstalments 0 mean without end. Either the rates count or, when it is not 0, Amount: so much off
// the debt, the charges first and the principal last, never more than is owed.
type DiscountBand struct {
	FromDays, ToDays                      int
	FromInstalments, ToInstalments        int
	Principal, Fine, Interest, Correction money.Rate
	Amount                                money.Centavos
}

// AmountLimit is the largest number of instalments for a total of From to To centavos, both included; To 0 means without end. Each
// instalment is at least Minimum.
type AmountLimit struct {
	From, To       money.Centavos
	MaxInstalments int
	Minimum        money.Centavos
}

// ProductType says what a product is; a renegotiation is made under ProductRenegotiation or ProductCaaS only.
type ProductType string

// The types of product.
const (
	ProductRenegotiation   ProductType = "renegotiation"
	ProductCaaS            ProductType = "caas"
	ProductLoan            ProductType = "loan"
	ProductCard            ProductType = "card"
	ProductWorkingCapital  ProductType = "working_capital"
	ProductRefinancingAuto ProductType = "refinancing_auto"
	ProductRefinancingHome ProductType = "refinancing_home"
)

// Renegotiates reports whether a deal over debts can be made under a product of the type.
func (t ProductType) Renegotiates() bool { return t == ProductRenegotiation || t == ProductCaaS }

// Product is what a deal is made under: who may take it, for debts of which products, in how many instalments at most.
type Product struct {
	ID             string
	Type           ProductType
	Standings      []Standing // empty: all
	DebtProducts   []string   // products of the debts, as they were placed; empty: all
	MaxInstalments int        // 0: as the amount's limit says; 1: cash only
}

// IOFKind is who owes the tax on credit, which decides its rates.
type IOFKind string

// The kinds of debtor under the tax on credit (Decreto 6.306/2007 art. 7). Only lenders' operations bear it.
const (
	IOFNone    IOFKind = "none"
	IOFPerson  IOFKind = "pf"
	IOFCompany IOFKind = "pj"
	IOFSimples IOFKind = "simples"
)

// IOFProfile is the tax on instalment deals: whose rates hold, and all rates with the days from which they hold.
type IOFProfile struct {
	Kind  IOFKind
	Rates []IOFRate
	// SimplesUpTo is the largest operation at the rates of simples; a larger one is taxed as pj.
	SimplesUpTo money.Centavos
}

// IOFRate is the rates of a kind of debtor from a day on, until its next row: Daily on each payment of principal for each day to it, up to
// 365 of them, and Fixed once on the principal.
type IOFRate struct {
	Kind         IOFKind
	From         calendar.Date
	Daily, Fixed money.Rate
}

// BreachDiscounts says what becomes of a deal's discounts when it is broken.
type BreachDiscounts string

// What becomes of discounts: all fall, or they are kept in the share of the deal that was paid.
const (
	DiscountsLost         BreachDiscounts = "lost"
	DiscountsProportional BreachDiscounts = "proportional"
)

// BreachPolicy says when an unpaid instalment breaks a deal, and what that costs.
type BreachPolicy struct {
	ToleranceDays int // days after the due date of the oldest unpaid instalment
	Discounts     BreachDiscounts
	FeeRate       money.Rate // of what is still owed under the deal
}

// ReviewRule says which deals wait for a person's decision: any condition that is set suffices; the zero rule asks for none.
type ReviewRule struct {
	AboveTotal    money.Centavos // deals of a larger total; 0: not set
	DiscountAbove money.Rate     // deals whose discount is a larger share of what was owed; 0: not set
	Products      []string       // deals under these products
	Days          int            // how long the decision may take
}

// DecisionPolicy says which decisions of staff need a second one's word.
type DecisionPolicy struct {
	// SecondAbove is the largest amount that one member of staff may decide about alone; 0 means any.
	SecondAbove money.Centavos
}

// ExcessPolicy says what becomes of money beyond what was due.
type ExcessPolicy string

// The excess policies: paid back at once, or held until somebody decides.
const (
	ExcessRefund ExcessPolicy = "refund"
	ExcessHold   ExcessPolicy = "hold"
)

// RefundPolicy says what is paid back without asking anybody.
type RefundPolicy struct {
	Excess ExcessPolicy
	// AutomaticUpTo is the largest refund that needs nobody's decision; 0 means any.
	AutomaticUpTo money.Centavos
}
