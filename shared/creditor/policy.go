package creditor

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

const (
	// maxInstalments is the longest schedule that an agreement can hold (six years of months).
	maxInstalments = 72
	// minCodeLife leaves the provider the time to issue a code that can still be paid.
	minCodeLife = 5 * time.Second
	// maxRows bounds each list of a policy.
	maxRows = 200
	// withdrawal is the days of CDC art. 49; a policy may give more.
	withdrawal = 7
)

type policyFile struct {
	Version            string        `json:"version"`
	OfferHours         int           `json:"offerHours"`
	PaymentCodeLife    string        `json:"paymentCodeLife"` // ISO 8601
	CashDueDays        int           `json:"cashDueDays"`
	FirstDueDays       int           `json:"firstDueDays"`
	CashWindow         *windowFile   `json:"cashWindow"`
	FirstWindow        *windowFile   `json:"firstWindow"`
	Cash               []bandFile    `json:"cash"`
	Instalments        []bandFile    `json:"instalments"`
	InterestFreeUpTo   int           `json:"interestFreeUpTo"`
	Table              string        `json:"table"`
	MonthlyRate        string        `json:"monthlyRate"`
	Limits             []limitFile   `json:"limits"`
	Products           []productFile `json:"products"`
	IOF                *iofFile      `json:"iof"`
	ExistentialMinimum int64         `json:"existentialMinimumCentavos"`
	Distribution       []string      `json:"distribution"`
	Breach             *breachFile   `json:"breach"`
	Review             *reviewFile   `json:"review"`
	WithdrawalDays     int           `json:"withdrawalDays"`
	Refunds            *refundsFile  `json:"refunds"`
	Decisions          *decisionFile `json:"decisions"`
}

type windowFile struct {
	EarliestDays int `json:"earliestDays"`
	LatestDays   int `json:"latestDays"`
}

type limitFile struct {
	FromCentavos              int64 `json:"fromCentavos"`
	ToCentavos                int64 `json:"toCentavos"`
	MaxInstalments            int   `json:"maxInstalments"`
	MinimumInstalmentCentavos int64 `json:"minimumInstalmentCentavos"`
}

type productFile struct {
	ID             string   `json:"id"`
	Type           string   `json:"type"`
	Standings      []string `json:"standings"`
	DebtProducts   []string `json:"debtProducts"`
	MaxInstalments int      `json:"maxInstalments"`
}

func (f policyFile) domain(c *checker) collection.OfferPolicy {
	c.text("policy.version", f.Version, 40)
	c.between("policy.offerHours", f.OfferHours, 1, 24*30)
	c.between("policy.cashDueDays", f.CashDueDays, 1, 30)
	c.between("policy.firstDueDays", f.FirstDueDays, 1, 60)
	// A contract can be signed until its offer ends; the first payment must not be overdue by then.
	c.check(f.OfferHours <= 24*min(f.CashDueDays, f.FirstDueDays), "policy.offerHours must end within cashDueDays and firstDueDays")
	c.between("policy.interestFreeUpTo", f.InterestFreeUpTo, 1, maxInstalments)
	p := collection.OfferPolicy{
		Version: f.Version, OfferLifetime: time.Duration(f.OfferHours) * time.Hour,
		IntentLife:  c.duration("policy.paymentCodeLife", f.PaymentCodeLife, minCodeLife, 30*24*time.Hour),
		CashDueDays: f.CashDueDays, FirstDueDays: f.FirstDueDays, InterestFree: f.InterestFreeUpTo,
		CashWindow:  f.CashWindow.domain(c, "policy.cashWindow", f.CashDueDays, f.OfferHours),
		FirstWindow: f.FirstWindow.domain(c, "policy.firstWindow", f.FirstDueDays, f.OfferHours),
		Table:       oneOf(c, "policy.table", or(f.Table, string(collection.TablePrice)), collection.TablePrice, collection.TableSAC),
		MonthlyRate: c.rate("policy.monthlyRate", f.MonthlyRate, "0.2"),
		Cash:        bands(c, "policy.cash", f.Cash, true), Instalments: bands(c, "policy.instalments", f.Instalments, false),
		Limits: limits(c, f.Limits), Products: products(c, f.Products), IOF: f.IOF.domain(c),
		ExistentialMinimum: c.amount("policy.existentialMinimumCentavos", f.ExistentialMinimum),
		Distribution:       distribution(c, f.Distribution),
		Breach:             f.Breach.domain(c), WithdrawalDays: f.WithdrawalDays, Refunds: f.Refunds.domain(c),
		Decisions: f.Decisions.domain(c),
	}
	p.Review = f.Review.domain(c, p.Products)
	if f.WithdrawalDays == 0 {
		p.WithdrawalDays = withdrawal
	}
	c.between("policy.withdrawalDays", p.WithdrawalDays, withdrawal, 90)
	return p
}

// domain reads a window, which must hold the day that counts when the participant does not choose.
func (f *windowFile) domain(c *checker, at string, day, offerHours int) collection.DueWindow {
	if f == nil {
		return collection.DueWindow{Earliest: day, Latest: day}
	}
	c.check(1 <= f.EarliestDays && f.EarliestDays <= day && day <= f.LatestDays && f.LatestDays <= 90,
		at+" needs 1 <= earliestDays <= the policy's own day <= latestDays <= 90")
	c.check(offerHours <= 24*f.EarliestDays, at+".earliestDays must not come before the end of policy.offerHours")
	return collection.DueWindow{Earliest: f.EarliestDays, Latest: f.LatestDays}
}

func limits(c *checker, rows []limitFile) []collection.AmountLimit {
	c.between("number of policy.limits", len(rows), 1, maxRows)
	var out []collection.AmountLimit
	for i, l := range rows {
		at := fmt.Sprintf("policy.limits[%d]", i)
		c.between(at+".maxInstalments", l.MaxInstalments, 1, maxInstalments)
		c.check(l.FromCentavos > 0 && (l.ToCentavos == 0 || l.ToCentavos >= l.FromCentavos),
			at+" needs 0 < fromCentavos <= toCentavos (0: without end)")
		c.check(l.MinimumInstalmentCentavos > 0, at+".minimumInstalmentCentavos must be positive")
		if i > 0 {
			last := rows[i-1].ToCentavos
			c.check(last != 0 && l.FromCentavos > last, at+" must begin after the row before it ends")
		}
		out = append(out, collection.AmountLimit{
			From: money.Centavos(l.FromCentavos), To: money.Centavos(l.ToCentavos), MaxInstalments: l.MaxInstalments,
			Minimum: money.Centavos(l.MinimumInstalmentCentavos),
		})
	}
	return out
}

func products(c *checker, rows []productFile) []collection.Product {
	c.between("number of policy.products", len(rows), 0, maxRows)
	var out []collection.Product
	dealt := false
	for i, f := range rows {
		at := fmt.Sprintf("policy.products[%d]", i)
		c.check(rungName.MatchString(f.ID), at+".id must have 1 to 30 lower-case letters, digits and hyphens")
		c.check(!slices.ContainsFunc(out, func(p collection.Product) bool { return p.ID == f.ID }), at+".id stands there twice")
		p := collection.Product{
			ID: f.ID, DebtProducts: f.DebtProducts, MaxInstalments: f.MaxInstalments,
			Type: oneOf(c, at+".type", f.Type, collection.ProductRenegotiation, collection.ProductCaaS, collection.ProductLoan,
				collection.ProductCard, collection.ProductWorkingCapital, collection.ProductRefinancingAuto, collection.ProductRefinancingHome),
		}
		for _, s := range f.Standings {
			p.Standings = append(p.Standings, oneOf(c, at+".standings", s,
				collection.StandingActive, collection.StandingFormer, collection.StandingDeceased))
		}
		for _, name := range f.DebtProducts {
			c.text(at+".debtProducts", name, 60)
		}
		c.between(at+".maxInstalments", f.MaxInstalments, 0, maxInstalments)
		dealt = dealt || p.Type.Renegotiates()
		out = append(out, p)
	}
	c.check(dealt || len(rows) == 0, "policy.products needs one of type renegotiation or caas: no deal is made under the others")
	return out
}

type iofFile struct {
	Profile             string        `json:"profile"`
	Rates               []iofRateFile `json:"rates"`
	SimplesUpToCentavos int64         `json:"simplesUpToCentavos"`
}

type iofRateFile struct {
	Profile   string `json:"profile"`
	From      string `json:"from"`
	DailyRate string `json:"dailyRate"`
	FixedRate string `json:"fixedRate"`
}

func (f *iofFile) domain(c *checker) collection.IOFProfile {
	if f == nil {
		return collection.IOFProfile{Kind: collection.IOFNone}
	}
	const none, pf, pj, simples = collection.IOFNone, collection.IOFPerson, collection.IOFCompany, collection.IOFSimples
	p := collection.IOFProfile{
		Kind:        oneOf(c, "policy.iof.profile", f.Profile, none, pf, pj, simples),
		SimplesUpTo: c.amount("policy.iof.simplesUpToCentavos", f.SimplesUpToCentavos),
	}
	c.between("number of policy.iof.rates", len(f.Rates), 0, maxRows)
	last := map[collection.IOFKind]calendar.Date{}
	for i, row := range f.Rates {
		at := fmt.Sprintf("policy.iof.rates[%d]", i)
		rate := collection.IOFRate{
			Kind: oneOf(c, at+".profile", row.Profile, pf, pj, simples), Daily: c.rate(at+".dailyRate", row.DailyRate, "0.001"),
			Fixed: c.rate(at+".fixedRate", row.FixedRate, "0.05"),
		}
		var err error
		rate.From, err = calendar.ParseDate(row.From)
		c.check(err == nil, at+`.from must be a date, as "2008-01-03"`)
		before, seen := last[rate.Kind]
		c.check(!seen || before.Before(rate.From), at+".from must be later than that of the profile's row before it")
		last[rate.Kind] = rate.From
		p.Rates = append(p.Rates, rate)
	}
	_, own := last[p.Kind]
	c.check(own || p.Kind == none, "policy.iof.rates needs a row of its profile")
	_, above := last[pj]
	c.check(p.Kind != simples || (above && p.SimplesUpTo > 0),
		"policy.iof.profile simples needs simplesUpToCentavos, and rates of pj above it")
	return p
}
