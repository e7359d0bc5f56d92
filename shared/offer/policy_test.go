package offer

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

func rate(t testing.TB, text string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lender is the sample lender with everything that a policy can have.
func lender(t testing.TB) collection.Creditor {
	c := load(t, "lender.json")
	c.Charges.Index = collection.IndexIPCA
	for i, factor := range []string{"1.0042", "0.9981", "1.005", "1.0031"} {
		c.Charges.IndexFactors = append(c.Charges.IndexFactors, collection.MonthRate{
			Month: date(t, "2026-08-01").AddMonths(i, 1), Rate: rate(t, factor),
		})
	}
	c.Policy.FirstWindow, c.Policy.CashWindow = collection.DueWindow{Earliest: 2, Latest: 40}, collection.DueWindow{Earliest: 1, Latest: 5}
	c.Policy.IOF = collection.IOFProfile{Kind: collection.IOFPerson, Rates: []collection.IOFRate{
		{Kind: collection.IOFPerson, From: date(t, "2008-01-03"), Daily: rate(t, "0.000082"), Fixed: rate(t, "0.0038")},
	}}
	for i := range c.Policy.Cash {
		c.Policy.Cash[i].Correction = rate(t, "0.5")
	}
	return c
}

// anyDebts are debts as an import or a broken deal may leave them.
func anyDebts(t *testing.T, r *rapid.T) []collection.Debt {
	var debts []collection.Debt
	for i := range rapid.IntRange(1, 5).Draw(r, "debts") {
		d := debt(t, byte(i), money.Centavos(rapid.Int64Range(1, 5_000_000).Draw(r, "principal")), rapid.IntRange(0, 900).Draw(r, "late"))
		d.MonthlyRate = rapid.SampledFrom([]string{"", "0", "0.035"}).Draw(r, "rate")
		d.TaxedDays = rapid.SampledFrom([]int{0, 0, 90, 365}).Draw(r, "taxed")
		if rapid.Bool().Draw(r, "broken") {
			d.Credited = money.Centavos(rapid.Int64Range(0, int64(d.Principal)-1).Draw(r, "credited"))
			since := Today(at).AddDays(-rapid.IntRange(0, 60).Draw(r, "since"))
			d.Carried = &collection.Carried{Fine: 123, Interest: 4567, Correction: 89, On: since}
		}
		debts = append(debts, d)
	}
	return debts
}

// checkTerms holds terms to what is true of all of them.
func checkTerms(r interface {
	Helper()
	Fatalf(string, ...any)
}, t collection.Terms) {
	r.Helper()
	net := t.Net()
	total, err := net.Total()
	if err != nil || total != t.Total {
		r.Fatalf("components add up to %v, %v, not to %v: %+v", total, err, t.Total, t)
	}
	for _, part := range collection.LegalDistribution() {
		if off := *t.Off.Of(part); *net.Of(part) < 0 || off < 0 {
			r.Fatalf("%s is %v after %v off", part, *net.Of(part), off)
		}
	}
	off, err := t.Off.Total()
	if err != nil || off != t.Discount || t.Off.Financing+t.Off.IOF != 0 {
		r.Fatalf("discounts add up to %v, %v: %+v", off, err, t)
	}
	var sum money.Centavos
	last := calendar.Date{}
	for i, row := range t.Schedule {
		sum += row.Amount
		if row.Number != i+1 || row.Amount <= 0 || (i > 0 && !last.Before(row.DueDate)) || !calendar.IsBusinessDay(row.DueDate) {
			r.Fatalf("row %+v after %s", row, last)
		}
		last = row.DueDate
	}
	if sum != t.Total || t.Financing < 0 || t.IOF < 0 {
		r.Fatalf("terms do not add up: %+v", t)
	}
	if free := t.Financing+t.IOF == 0; free != (t.CETAnnual == "0.00") || strings.HasPrefix(t.CETAnnual, "-") {
		r.Fatalf("the cost is %s: %+v", t.CETAnnual, t)
	}
}

func TestTermsAddUp(t *testing.T) {
	creditors := []collection.Creditor{load(t, "health-plan.json"), load(t, "lender.json"), load(t, "pay-tv.json"), lender(t)}
	sac := lender(t)
	sac.Policy.Table = collection.TableSAC
	creditors = append(creditors, sac)
	rapid.Check(t, func(r *rapid.T) {
		c := rapid.SampledFrom(creditors).Draw(r, "creditor")
		asked := deal(rapid.IntRange(1, 72).Draw(r, "payments"), anyDebts(t, r)...)
		if rapid.Bool().Draw(r, "chosen") {
			asked.FirstDue = Today(at).AddDays(rapid.IntRange(0, 45).Draw(r, "first"))
		}
		terms, err := Terms(c, asked)
		if errors.Is(err, ErrNotOffered) {
			return
		}
		if err != nil {
			r.Fatal(err)
		}
		checkTerms(r, terms)
		if again, err := Terms(c, asked); err != nil || Fingerprint(again) != Fingerprint(terms) {
			r.Fatalf("worked out again: %+v, %v", again, err)
		}
	})
}

// TestDiscountsNeverFallWithTheBand: a larger rate or amount never takes less off, and never more than is owed.
func TestDiscountsNeverFallWithTheBand(t *testing.T) {
	c := lender(t)
	rapid.Check(t, func(r *rapid.T) {
		charged, err := Charge(c.Charges, anyDebts(t, r)[0], Today(at))
		if err != nil {
			r.Fatal(err)
		}
		small := rapid.IntRange(0, 100).Draw(r, "small")
		large := rapid.IntRange(small, 100).Draw(r, "large")
		least := discountOf(t, r, charged, byRates(t, small))
		most := discountOf(t, r, charged, byRates(t, large))
		amount := money.Centavos(rapid.Int64Range(1, 6_000_000).Draw(r, "amount"))
		fixed := discountOf(t, r, charged, collection.DiscountBand{Amount: amount})
		more := discountOf(t, r, charged, collection.DiscountBand{Amount: amount + 1})
		if least > most || most > charged.Total || fixed > more || fixed != min(amount, charged.Total) {
			r.Fatalf("%d %% takes %v off, %d %% %v; %v takes %v, one more %v, of %v", small, least, large, most, amount, fixed, more, charged.Total)
		}
	})
}

func byRates(t *testing.T, percent int) collection.DiscountBand {
	share := rate(t, fmt.Sprintf("%d.%02d", percent/100, percent%100))
	return collection.DiscountBand{Principal: share, Fine: share, Interest: share, Correction: share}
}

func discountOf(t *testing.T, r *rapid.T, c Charged, band collection.DiscountBand) money.Centavos {
	t.Helper()
	off, err := discount([]collection.DiscountBand{band}, 1, c)
	if err != nil {
		r.Fatal(err)
	}
	sum, err := off.Total()
	if err != nil {
		r.Fatal(err)
	}
	return sum
}

func TestDiscountsByAmountSpareThePrincipal(t *testing.T) {
	c := load(t, "lender.json")
	c.Policy.Cash = []collection.DiscountBand{{Amount: 6000}}
	terms, err := Terms(c, deal(1, debt(t, 1, 100000, 45), debt(t, 2, 1000, 0)))
	if err != nil {
		t.Fatal(err)
	}
	// The first owes 20.00 of fine and 15.00 of interest; the second nothing but its 10.00 of principal.
	if want := (collection.Components{Principal: 2500 + 1000, Fine: 2000, Interest: 1500}); terms.Off != want || terms.Total != 97500 {
		t.Errorf("got %+v, want %+v off", terms, want)
	}
}

func TestBandsMayNameInstalments(t *testing.T) {
	c := load(t, "lender.json")
	c.Policy.Instalments = []collection.DiscountBand{
		{FromInstalments: 2, ToInstalments: 3, Interest: rate(t, "1")}, {FromInstalments: 4, ToInstalments: 6, Interest: rate(t, "0.5")},
	}
	for payments, off := range map[int]money.Centavos{2: 1500, 3: 1500, 4: 750, 6: 750, 7: 0} {
		terms, err := Terms(c, deal(payments, debt(t, 1, 100000, 45)))
		if err != nil || terms.Off.Interest != off || terms.Discount != off {
			t.Errorf("in %d: %v off, %v; want %v", payments, terms.Discount, err, off)
		}
	}
}

func TestInstalmentsBySAC(t *testing.T) {
	c := load(t, "lender.json")
	c.Policy.Table, c.Policy.MonthlyRate, c.Policy.Instalments = collection.TableSAC, rate(t, "0.01"), nil
	terms, err := Terms(c, deal(12, debt(t, 1, 120000, 0)))
	if err != nil {
		t.Fatal(err)
	}
	first, last := terms.Schedule[0].Amount, terms.Schedule[11].Amount
	if terms.Table != collection.TableSAC || first != 11200 || last != 10100 || terms.Financing != 7800 {
		t.Errorf("got %+v", terms)
	}
	c.Policy.Limits[1].Minimum = 10101 // the last is 101.00
	wantRule(t, RuleMinimum, c, deal(12, debt(t, 1, 120000, 0)))
}
