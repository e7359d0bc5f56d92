package offer

import (
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

func TestChargesOfABrokenDealStand(t *testing.T) {
	charges := load(t, "lender.json").Charges // 2 % and 1 % a month
	d := debt(t, 1, 100000, 400)
	d.Credited = 40000
	d.Carried = &collection.Carried{Fine: 700, Interest: 1100, Correction: 50, On: Today(at).AddDays(-30)}
	got, err := Charge(charges, d, Today(at))
	if err != nil {
		t.Fatal(err)
	}
	// No second fine; a month of interest on the 600.00 that are left.
	if got.Principal != 60000 || got.Fine != 700 || got.Interest != 1100+600 || got.Correction != 50 || got.Total != 62450 ||
		got.DaysLate != 400 {
		t.Errorf("got %+v", got)
	}
	d.Carried.On = Today(at)
	if got, err = Charge(charges, d, Today(at)); err != nil || got.Interest != 1100 {
		t.Errorf("on the day of the breach: %+v, %v", got, err)
	}
	terms, err := Terms(load(t, "health-plan.json"), deal(2, d))
	if err != nil || terms.Principal != 60000 || terms.Total != 60000+700+1100+50 {
		t.Errorf("a deal over it: %+v, %v", terms, err)
	}
}

func TestADebtsOwnRateComesFirst(t *testing.T) {
	charges := load(t, "lender.json").Charges
	legal := charges
	legal.MonthlyInterest = money.Rate{}
	legal.Legal = []collection.MonthRate{
		{Month: date(t, "2026-10-01"), Rate: rate(t, "0.006")}, {Month: date(t, "2026-11-01"), Rate: rate(t, "0.005")},
	}
	for name, test := range map[string]struct {
		charges collection.Charges
		own     string
		want    money.Centavos
	}{
		"the creditor's":            {charges, "", 1500},
		"the debt's own":            {charges, "0.02", 3000},
		"a debt that agreed none":   {charges, "0", 0},
		"the legal rate":            {legal, "", 809}, // 1,000.00 × (0.006 × 22/31 + 0.005 × 23/30) = 4.258 + 3.833
		"the debt's before the law": {legal, "0.02", 3000},
	} {
		d := debt(t, 1, 100000, 45) // due on 2026-10-09: 22 days of October's 31, 23 of November's 30
		d.MonthlyRate = test.own
		if got, err := Charge(test.charges, d, Today(at)); err != nil || got.Interest != test.want {
			t.Errorf("%s: %v, %v; want %v", name, got.Interest, err, test.want)
		}
	}
	d := debt(t, 1, 100000, 45)
	d.MonthlyRate = "two"
	if _, err := Charge(charges, d, Today(at)); err == nil {
		t.Error("a rate that is no number was charged")
	}
}

func TestCorrectionGoesByTheMonths(t *testing.T) {
	charges := lender(t).Charges // 1.0042 in August, 0.9981, 1.005, 1.0031 in November of 2026
	for due, want := range map[string]money.Centavos{
		"2026-10-31": 238,                // 23 of November's 30 days: 1,000.00 × 0.0031 × 23/30 = 2.3767
		"2026-09-30": 739,                // with all of October: 1.005 × 1.00237667 = 1.00738855
		"2026-07-31": 970,                // 1.0042 × 0.9981 × 1.00738855 = 1.0096975
		"2026-01-01": 970,                // months that are not listed correct nothing
		"2026-11-23": 0, "2026-12-01": 0, // not late
	} {
		d := debt(t, 1, 100000, 0)
		d.DueDate = date(t, due)
		if got, err := Charge(charges, d, Today(at)); err != nil || got.Correction != want {
			t.Errorf("due on %s: %v, %v; want %v", due, got.Correction, err, want)
		}
	}
}

// TestTheTaxOnCredit is the published vector of 1,000.00 at 0.95 % in 5, monthly from 2026-11-23, whose days business days move.
func TestTheTaxOnCredit(t *testing.T) {
	c := lender(t)
	c.Policy.InterestFree, c.Policy.MonthlyRate, c.Policy.Instalments = 1, rate(t, "0.0095"), nil
	c.Policy.Limits[1].Minimum = 1
	ask := deal(5, debt(t, 1, 100000, 0))
	ask.FirstDue = date(t, "2026-12-23")
	terms, err := Terms(c, ask)
	if err != nil {
		t.Fatal(err)
	}
	// The instalments of January and after fall due on 23, 25 (23 is a Saturday), 23, 23, 23: two days more on the second.
	days, sum := []int64{30, 63, 92, 120, 151}, int64(0)
	for i, amortization := range []int64{19624, 19810, 19999, 20189, 20378} {
		sum += amortization * days[i] * 82
	}
	want := money.Centavos((sum+500_000)/1_000_000) + 380
	if terms.IOF != want || terms.Schedule[0].Amount != 20574+want || terms.Financing != 2868 || terms.Total != 102868+want {
		t.Errorf("got %+v, want a tax of %v", terms, want)
	}
	checkTerms(t, terms)
	if terms.CETAnnual == "0.00" {
		t.Errorf("the deal costs %s", terms.CETAnnual)
	}
	cash, err := Terms(c, deal(1, debt(t, 1, 100000, 0)))
	if err != nil || cash.IOF != 0 {
		t.Errorf("cash bears a tax of %v, %v", cash.IOF, err)
	}
}

func TestTheTaxOnlyFillsTheYear(t *testing.T) {
	c := lender(t)
	c.Policy.Limits[1].Minimum = 1
	c.Policy.IOF.Rates = append(c.Policy.IOF.Rates, collection.IOFRate{
		Kind: collection.IOFPerson, From: date(t, "2026-06-01"), Daily: rate(t, "0.0001"), Fixed: rate(t, "0.01"),
	})
	tax := func(taxed int) money.Centavos {
		d := debt(t, 1, 240000, 0)
		d.DueDate, d.TaxedDays = Today(at), taxed
		terms, err := Terms(c, deal(24, d))
		if err != nil {
			t.Fatal(err)
		}
		return terms.IOF
	}
	fresh, part, full := tax(0), tax(300), tax(365)
	if full != 0 || part <= 0 || part >= fresh {
		t.Errorf("taxed anew %v, after 300 days %v, after the whole year %v", fresh, part, full)
	}
	// The original was made on 2026-01-27, at 0.0082 % a day: at most 65 days are left, on 2,400.00.
	if most := money.Centavos(240000 * 65 * 82 / 1_000_000); part > most {
		t.Errorf("after 300 days %v, more than %v", part, most)
	}
}

func TestALargeSimplesOperationIsTaxedAsACompanys(t *testing.T) {
	p := collection.IOFProfile{Kind: collection.IOFSimples, SimplesUpTo: 3_000_000, Rates: []collection.IOFRate{
		{Kind: collection.IOFSimples, From: date(t, "2008-01-03"), Daily: rate(t, "0.0000274"), Fixed: rate(t, "0.0038")},
		{Kind: collection.IOFCompany, From: date(t, "2008-01-03"), Daily: rate(t, "0.000082"), Fixed: rate(t, "0.0038")},
	}}
	c := lender(t)
	c.Policy.IOF, c.Policy.InterestFree = p, 2
	fixed := func(principal money.Centavos) money.Centavos { return (principal*38 + 5000) / 10000 }
	for _, principal := range []money.Centavos{3_000_000, 3_000_001} {
		terms, err := Terms(c, deal(2, debt(t, 1, principal, 0)))
		if err != nil {
			t.Fatal(err)
		}
		daily := terms.IOF - fixed(principal)
		if company := principal > 3_000_000; (daily > 5000) != company {
			t.Errorf("%v bears %v by the day", principal, daily)
		}
	}
}
