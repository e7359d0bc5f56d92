package offer

import (
	"errors"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// watched is the published health-plan policy with a minimum of 600.00 that must stay of a month's income.
func watched(t testing.TB) collection.Creditor {
	c := load(t, "health-plan.json")
	c.Policy.ExistentialMinimum = 60000
	return c
}

func TestSimulateIsTheDealAskedFor(t *testing.T) {
	c := watched(t)
	asked := deal(7, debt(t, 1, 180000, 20))
	got, err := Simulate(c, asked, Means{})
	if err != nil {
		t.Fatal(err)
	}
	terms, err := Terms(c, asked)
	if err != nil || Fingerprint(terms) != Fingerprint(got.Terms) || got.Reason == "" || !got.ExpiresAt.Equal(at.Add(24*time.Hour)) {
		t.Errorf("got %+v, want %+v, %v", got, terms, err)
	}
	asked.Payments = 73
	if _, err := Simulate(c, asked, Means{}); !errors.Is(err, ErrNotOffered) {
		t.Errorf("73 payments: %v", err)
	}
}

func TestSimulateFindsThePlanForAMonth(t *testing.T) {
	c := watched(t) // 1,800.00: cash 1,647.00, then 2 to 12 free of interest, at least 150.00 each
	for name, test := range map[string]struct {
		asked   int
		monthly money.Centavos
		want    int
	}{
		"the shortest that fits":            {0, 60000, 3},
		"cash when it fits":                 {0, 200000, 1},
		"the one nearest to what was asked": {10, 60000, 10},
		"nearest from below":                {2, 60000, 3},
		"to the centavo":                    {0, 15000, 12},
		"one centavo short: the smallest":   {0, 14999, 12},
		"one centavo a month: the smallest": {5, 1, 12},
	} {
		got, err := Simulate(c, deal(test.asked, debt(t, 1, 180000, 0)), Means{Monthly: test.monthly})
		if err != nil || len(got.Terms.Schedule) != test.want || got.Reason == "" {
			t.Errorf("%s: in %d, %q, %v; want %d", name, len(got.Terms.Schedule), got.Reason, err, test.want)
		}
	}
}

func TestSimulateLeavesTheExistentialMinimum(t *testing.T) {
	c := watched(t)
	ask := func(payments int, m Means) (Offer, error) {
		return Simulate(c, deal(payments, debt(t, 1, 180000, 0)), m)
	}
	if got, err := ask(6, Means{Income: 90000}); err != nil || len(got.Terms.Schedule) != 6 { // 900.00 less 300.00
		t.Errorf("what stays is just enough: %+v, %v", got, err)
	}
	for name, test := range map[string]struct {
		payments int
		means    Means
		want     int // of the alternative; 0: none
	}{
		"one centavo too little, a longer plan is harmless": {6, Means{Income: 89999}, 7},
		"the longest is the nearest":                        {2, Means{Income: 75000}, 12},
		"no plan is harmless":                               {12, Means{Income: 74999}, 0},
		"less is earned than must stay":                     {3, Means{Income: 1}, 0},
		"the most is earned":                                {1, Means{Income: 100000}, 5},
		"a plan for the month that harms":                   {0, Means{Income: 70000, Monthly: 20000}, 0},
	} {
		got, err := ask(test.payments, test.means)
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Rule != RuleExistential {
			t.Errorf("%s: %+v, %v", name, got, err)
			continue
		}
		switch other := refusal.Alternative; {
		case (other == nil) != (test.want == 0):
			t.Errorf("%s: the alternative is %+v", name, other)
		case other != nil && len(other.Terms.Schedule) != test.want:
			t.Errorf("%s: the alternative has %d payments, want %d", name, len(other.Terms.Schedule), test.want)
		}
	}
	if got, err := ask(0, Means{Income: 80000, Monthly: 60000}); err != nil || len(got.Terms.Schedule) != 9 {
		t.Errorf("for the month and harmless: %+v, %v", got, err)
	}
	c.Policy.ExistentialMinimum = 0
	if _, err := ask(1, Means{Income: 1}); err != nil {
		t.Errorf("a policy that does not watch: %v", err)
	}
}

// TestSimulateNeverBreaksAPolicy: whatever is asked for, the answer is a legal deal that says the truth of itself, or a refusal.
func TestSimulateNeverBreaksAPolicy(t *testing.T) {
	policies := []collection.Creditor{watched(t), lender(t), load(t, "pay-tv.json")}
	rapid.Check(t, func(r *rapid.T) {
		c := rapid.SampledFrom(policies).Draw(r, "creditor")
		asked := deal(rapid.IntRange(0, 80).Draw(r, "payments"), anyDebts(t, r)...)
		means := Means{
			Monthly: money.Centavos(rapid.SampledFrom([]int64{0, 1, 5000, 20000, 100000, 99999999}).Draw(r, "monthly")),
			Income:  money.Centavos(rapid.SampledFrom([]int64{0, 1, 65000, 100000, 99999999}).Draw(r, "income")),
		}
		got, err := Simulate(c, asked, means)
		var refusal *Refusal
		if errors.As(err, &refusal) {
			if refusal.Alternative == nil {
				return
			}
			got = *refusal.Alternative
		} else if err != nil {
			r.Fatal(err)
		}
		checkTerms(r, got.Terms)
		again := asked
		again.Payments = len(got.Terms.Schedule)
		if terms, err := Terms(c, again); err != nil || Fingerprint(terms) != Fingerprint(got.Terms) {
			r.Fatalf("worked out again: %+v, %v", terms, err)
		}
		if most := largestOf(got.Terms); means.Income > 0 && c.Policy.ExistentialMinimum > 0 && means.Income-most < c.Policy.ExistentialMinimum {
			r.Fatalf("%v stay of %v", means.Income-most, means.Income)
		}
	})
}

func largestOf(t collection.Terms) money.Centavos {
	most := money.Centavos(math.MinInt64)
	for _, row := range t.Schedule {
		most = max(most, row.Amount)
	}
	return most
}

// TestTooManyPaymentsHaveAnAlternative: a number of payments that makes them too small, or that is too large, gets the nearest one that the
// policy allows.
func TestTooManyPaymentsHaveAnAlternative(t *testing.T) {
	c := load(t, "lender.json") // at most 48, each of at least 50.00
	owed := debt(t, 1, 50000, 0)
	for payments, rule := range map[int]Rule{12: RuleMinimum, 48: RuleMinimum, 49: RuleInstalments} {
		_, err := Simulate(c, deal(payments, owed), Means{})
		refusal, ok := errors.AsType[*Refusal](err)
		if !ok || refusal.Rule != rule || refusal.Alternative == nil {
			t.Errorf("%d payments: %v", payments, err)
			continue
		}
		other := len(refusal.Alternative.Terms.Schedule)
		if _, err := Simulate(c, deal(other, owed), Means{}); err != nil {
			t.Errorf("the alternative of %d payments: %v", other, err)
		}
		if _, err := Simulate(c, deal(other+1, owed), Means{}); err == nil {
			t.Errorf("%d payments are allowed too, and nearer to %d", other+1, payments)
		}
	}
	c.Policy.ExistentialMinimum = 100000
	_, err := Simulate(c, deal(12, owed), Means{Income: 1})
	if refusal, ok := errors.AsType[*Refusal](err); !ok || refusal.Alternative != nil {
		t.Errorf("a plan for nobody's means: %v", err)
	}
}
