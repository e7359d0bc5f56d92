package offer

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/money"
)

var at = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

func load(t testing.TB, file string) collection.Creditor {
	t.Helper()
	doc, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := creditor.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func debt(t testing.TB, n byte, principal money.Centavos, daysLate int) collection.Debt {
	t.Helper()
	id, err := collection.Mint[collection.DebtNoun](at, bytes.NewReader(bytes.Repeat([]byte{n}, 10)))
	if err != nil {
		t.Fatal(err)
	}
	return collection.Debt{ID: id, Status: collection.DebtOpen, DueDate: Today(at).AddDays(-daysLate), Principal: principal}
}

// deal asks, at a fixed instant, for a deal over debts.
func deal(payments int, debts ...collection.Debt) Deal {
	return Deal{Debts: debts, Standing: collection.StandingActive, Payments: payments, QuotedAt: at}
}

// The public policy of CASSI of 2025-04-01: 8.5 % off at sight; up to 12 instalments free of interest; 150.01 to 299.99 in at most 2;
// from 300.00 up to 72 with at least 150.00 each; beyond 12 Price at 0.5 % a month.
func TestTermsFollowThePublishedHealthPlanPolicy(t *testing.T) {
	c := load(t, "health-plan.json")
	for name, test := range map[string]struct {
		principal money.Centavos
		payments  int
		total     money.Centavos
		first     money.Centavos
		refused   bool
	}{
		"cash takes 8.5 % off":               {100000, 1, 91500, 91500, false},
		"150.00 in two":                      {15000, 2, 0, 0, true},
		"150.01 in two, rest on the last":    {15001, 2, 15001, 7500, false},
		"150.01 in three":                    {15001, 3, 0, 0, true},
		"299.99 in two":                      {29999, 2, 29999, 14999, false},
		"300.00 in two of 150.00":            {30000, 2, 30000, 15000, false},
		"300.00 in three would be too small": {30000, 3, 0, 0, true},
		"1,800.00 in twelve, no interest":    {180000, 12, 180000, 15000, false},
		"1,799.99 in twelve is below 150.00": {179999, 12, 0, 0, true},
		"20,000.00 in 72 by Price":           {2000000, 72, 0, 33146, false},
		"73 instalments":                     {9000000, 73, 0, 0, true},
		"no instalment":                      {90000, 0, 0, 0, true},
		"a negative number of instalments":   {90000, -3, 0, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			terms, err := Terms(c, deal(test.payments, debt(t, 1, test.principal, 0)))
			if test.refused {
				if !errors.Is(err, ErrNotOffered) {
					t.Fatalf("got %+v, %v; want a refusal", terms, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if terms.Schedule[0].Amount != test.first || (test.total != 0 && terms.Total != test.total) {
				t.Errorf("got total %d, first %d; want %d, %d", terms.Total, terms.Schedule[0].Amount, test.total, test.first)
			}
		})
	}
}

func TestTermsRoundEachComponentOnce(t *testing.T) {
	c := load(t, "lender.json")
	// 95 days late, 999.99: fine 20.00, interest 31.67; 15 % of principal, all of the fine, 80 % of the interest off.
	terms, err := Terms(c, deal(1, debt(t, 1, 99999, 95)))
	if err != nil {
		t.Fatal(err)
	}
	if terms.Fine != 2000 || terms.Interest != 3167 || terms.Discount != 15000+2000+2534 || terms.Total != 99999+2000+3167-19534 {
		t.Errorf("got %+v", terms)
	}
}

func TestBestShowsCashFirstAndAtMostEight(t *testing.T) {
	c := load(t, "health-plan.json")
	offers, err := Best(c, deal(0, debt(t, 1, 2_000_000, 40), debt(t, 2, 300_000, 10)))
	if err != nil {
		t.Fatal(err)
	}
	if len(offers) > maxShown || offers[0].Terms.Kind != collection.OfferCash ||
		len(offers[1].Terms.Schedule) != 12 || offers[1].Terms.Financing != 0 {
		t.Errorf("got %d offers, the second in %d", len(offers), len(offers[1].Terms.Schedule))
	}
	longest := 0
	for _, o := range offers {
		longest = max(longest, len(o.Terms.Schedule))
		if o.Reason == "" || !o.ExpiresAt.Equal(at.Add(c.Policy.OfferLifetime)) {
			t.Errorf("offer %+v", o)
		}
	}
	if longest != 72 {
		t.Errorf("the longest offer has %d instalments", longest)
	}
	if none, err := Best(c, deal(0)); err != nil || len(none) != 0 {
		t.Errorf("without debts got %v, %v", none, err)
	}
}

func testMAC(purpose string, data ...[]byte) []byte {
	h := hmac.New(sha256.New, []byte("test key "+purpose))
	for _, d := range data {
		h.Write(d)
	}
	return h.Sum(nil)
}

func TestOfferIDsSealTheirContent(t *testing.T) {
	caseID, err := collection.Mint[collection.CaseNoun](at, bytes.NewReader(make([]byte, 10)))
	if err != nil {
		t.Fatal(err)
	}
	want := Sealed{
		Creditor: "credora", Case: caseID, Payments: 3, FirstDue: Today(at).AddDays(9), Product: "acordo-facil", QuotedAt: at,
		ExpiresAt: at.Add(time.Hour), PolicyVersion: "2026|06", Total: 1234, Print: "0123456789abcdef",
	}
	for i := range MaxDebts {
		want.Debts = append(want.Debts, debt(t, byte(i), 1, 1).ID)
	}
	id := want.Seal(testMAC)
	if len(id) > MaxIDLength {
		t.Errorf("an offer id of %d debts has %d bytes", MaxDebts, len(id))
	}
	got, err := Open(id, testMAC)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v, %v", got, err)
	}
	for i := range len(id) {
		altered := id[:i] + flip(id[i]) + id[i+1:]
		if _, err := Open(altered, testMAC); !errors.Is(err, collection.ErrNotFound) {
			t.Fatalf("an id altered at %d was opened: %v", i, err)
		}
	}
	for _, bad := range []string{"", ".", "a.b", strings.Repeat("a", MaxIDLength+1), id + "A", id[1:], id + "\n", id[:9] + "\n" + id[9:]} {
		if _, err := Open(bad, testMAC); !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("%.20q was opened: %v", bad, err)
		}
	}
}

func flip(b byte) string {
	if b == 'A' {
		return "B"
	}
	return "A"
}

func FuzzOpen(f *testing.F) {
	f.Add("djEuAQID.c2VhbGVk")
	f.Fuzz(func(t *testing.T, id string) {
		if _, err := Open(id, testMAC); err == nil {
			t.Errorf("%q opened without the key", id)
		}
	})
}

func BenchmarkBest(b *testing.B) {
	c := load(b, "health-plan.json")
	asked := deal(0, debt(b, 1, 2_000_000, 40), debt(b, 2, 300_000, 10))
	for b.Loop() {
		if _, err := Best(c, asked); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSimulate looks for the plan of a month over as many debts as a deal may cover, each taxed for another number of days.
func BenchmarkSimulate(b *testing.B) {
	c := lender(b)
	var debts []collection.Debt
	for i := range MaxDebts {
		one := debt(b, byte(i), 200_000, 100)
		one.TaxedDays = i
		debts = append(debts, one)
	}
	for b.Loop() {
		if _, err := Simulate(c, deal(0, debts...), Means{Monthly: 300_000}); err != nil {
			b.Fatal(err)
		}
	}
}
