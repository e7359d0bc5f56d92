package money

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

type vectors struct {
	Mora []struct {
		Principal    Centavos
		DaysLate     int    `json:"days_late"`
		FinePct      string `json:"multa_pct_str"`
		InterestPct  string `json:"juros_am_pct_str"`
		Multa, Juros Centavos
	}
	Discount []struct {
		Principal, Multa, Juros Centavos
		PrincipalPct            int64    `json:"disc_principal_pct"`
		MultaPct                int64    `json:"disc_multa_pct"`
		JurosPct                int64    `json:"disc_juros_pct"`
		PrincipalDue            Centavos `json:"principal_due"`
		MultaDue                Centavos `json:"multa_due"`
		JurosDue                Centavos `json:"juros_due"`
		Total                   Centavos
	}
	Price []struct {
		PV            Centavos
		Rate          string `json:"rate_month_str"`
		N             int
		PMT, Last     Centavos
		TotalPaid     Centavos `json:"total_paid"`
		TotalInterest Centavos `json:"total_interest"`
		Rows          []Row
	}
	SAC []struct {
		PV                      Centavos
		Rate                    string `json:"rate_month_str"`
		N                       int
		Payments, Amortizations []Centavos
		TotalInterest           Centavos `json:"total_interest"`
	}
	Split []struct {
		Total  Centavos
		N      int
		Expect []Centavos
	} `json:"split_no_interest"`
	CET []struct {
		Net     Centavos
		Monthly []Centavos `json:"flows_monthly"`
		Flows   []struct {
			Days   int
			Amount Centavos
		}
		Want string `json:"cet_year_pct_str"`
	}
	IOF []struct {
		PV       Centavos
		Rate     string `json:"rate_month_str"`
		N        int
		D0       string
		DailyPct string   `json:"daily_pct_str"`
		FixedPct string   `json:"fixed_pct_str"`
		Daily    Centavos `json:"iof_daily"`
		Fixed    Centavos `json:"iof_fixed"`
		IOF      Centavos
		Rows     []struct {
			Amortization Centavos
			Days         int
		}
	}
	LegalRate []struct {
		Selic string `json:"fator_selic_str"`
		IPCA  string `json:"fator_ipca_str"`
		Want  string `json:"taxa_legal_pct_str"`
	} `json:"taxa_legal"`
	FitBank struct {
		PV    Centavos
		Rate  string `json:"rate_month_str"`
		N     int
		PMT   Centavos
		First Row
	}
	Rounding []struct {
		In       string `json:"in_str"`
		HalfUp   string `json:"half_up"`
		HalfEven string `json:"half_even"`
	}
}

func load(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Mora) == 0 || len(v.Discount) == 0 || len(v.Price) == 0 || len(v.SAC) == 0 || len(v.Split) == 0 ||
		len(v.CET) != 2 || len(v.Rounding) == 0 || len(v.IOF) != 2 || len(v.LegalRate) == 0 || v.FitBank.N == 0 {
		t.Fatal("a group of vectors is missing")
	}
	return v
}

// percent turns a vector's percentage into the fraction a Rate holds.
func percent(t *testing.T, text string) Rate {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("not a number: %q", text)
	}
	return rate(t, r.Quo(r, big.NewRat(100, 1)).FloatString(maxRateDecimals))
}

func TestLateChargesVectors(t *testing.T) {
	for _, c := range load(t).Mora {
		fine, interest, err := LateCharges(c.Principal, c.DaysLate, percent(t, c.FinePct), percent(t, c.InterestPct))
		if err != nil || fine != c.Multa || interest != c.Juros {
			t.Errorf("%v, %d days: %v, %v, %v; want %v, %v", c.Principal, c.DaysLate, fine, interest, err, c.Multa, c.Juros)
		}
	}
}

func TestLateChargesEdges(t *testing.T) {
	two, one := rate(t, "0.02"), rate(t, "0.01")
	for _, days := range []int{0, -1, math.MinInt} {
		if fine, interest, err := LateCharges(100_000, days, two, one); fine != 0 || interest != 0 || err != nil {
			t.Errorf("%d days late: %v, %v, %v", days, fine, interest, err)
		}
	}
	if fine, interest, err := LateCharges(100_000, 45, Rate{}, Rate{}); fine != 0 || interest != 0 || err != nil {
		t.Errorf("no charges agreed: %v, %v, %v", fine, interest, err)
	}
	if _, _, err := LateCharges(-1, 45, two, one); !errors.Is(err, ErrRange) {
		t.Errorf("negative principal: %v", err)
	}
	if _, _, err := LateCharges(math.MaxInt64, 45, rate(t, "2"), one); !errors.Is(err, ErrOverflow) {
		t.Errorf("fine: %v", err)
	}
	if _, _, err := LateCharges(math.MaxInt64, math.MaxInt, two, one); !errors.Is(err, ErrOverflow) {
		t.Errorf("interest: %v", err)
	}
}

func TestInterestNeverFallsWithTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		principal := Centavos(rapid.Int64Range(0, int64(MaxParsed)).Draw(t, "principal"))
		days := rapid.IntRange(1, 4000).Draw(t, "days")
		one, err := ParseRate("0.01")
		if err != nil {
			t.Fatal(err)
		}
		fine, today, err := LateCharges(principal, days, one, one)
		if err != nil {
			t.Fatal(err)
		}
		fineLater, later, err := LateCharges(principal, days+1, one, one)
		if err != nil || later < today || fineLater != fine {
			t.Fatalf("%v, %d days: %v then %v, %v", principal, days, today, later, err)
		}
	})
}

func TestDiscountVectors(t *testing.T) {
	for _, c := range load(t).Discount {
		var total Centavos
		for _, part := range []struct {
			amount, due Centavos
			pct         int64
		}{{c.Principal, c.PrincipalDue, c.PrincipalPct}, {c.Multa, c.MultaDue, c.MultaPct}, {c.Juros, c.JurosDue, c.JurosPct}} {
			off, err := Discount(part.amount, percent(t, big.NewInt(part.pct).String()))
			if err != nil || part.amount-off != part.due {
				t.Errorf("%v less %d %%: %v off, %v; want %v due", part.amount, part.pct, off, err, part.due)
			}
			total += part.amount - off
		}
		if total != c.Total {
			t.Errorf("total %v, want %v", total, c.Total)
		}
	}
	if _, err := Discount(100, rate(t, "1.000001")); !errors.Is(err, ErrRange) {
		t.Errorf("more than all: %v", err)
	}
	if _, err := Discount(-1, rate(t, "0.1")); !errors.Is(err, ErrRange) {
		t.Errorf("negative amount: %v", err)
	}
}

func TestSplitVectors(t *testing.T) {
	for _, c := range load(t).Split {
		got, err := Split(c.Total, c.N)
		if err != nil || !slices.Equal(got, c.Expect) {
			t.Errorf("Split(%v, %d) = %v, %v; want %v", c.Total, c.N, got, err, c.Expect)
		}
	}
	for _, n := range []int{0, -1, MaxInstalments + 1} {
		if _, err := Split(100, n); !errors.Is(err, ErrRange) {
			t.Errorf("Split into %d: %v", n, err)
		}
	}
	if _, err := Split(-1, 2); !errors.Is(err, ErrRange) {
		t.Errorf("negative total: %v", err)
	}
}

func TestSplitAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := Centavos(rapid.Int64Range(0, math.MaxInt64).Draw(t, "total"))
		n := rapid.IntRange(1, MaxInstalments).Draw(t, "n")
		parts, err := Split(total, n)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := Sum(parts...)
		last := parts[n-1]
		if err != nil || sum != total || len(parts) != n || last < parts[0] || last-parts[0] >= Centavos(n) {
			t.Fatalf("Split(%v, %d) = %v", total, n, parts)
		}
	})
}

func TestRoundingVectors(t *testing.T) {
	for _, c := range load(t).Rounding {
		r, ok := new(big.Rat).SetString(c.In)
		if !ok {
			t.Fatalf("not a number: %q", c.In)
		}
		if got := roundHalfEven(r, 2); got != c.HalfEven {
			t.Errorf("half-even of %s = %s, want %s", c.In, got, c.HalfEven)
		}
		up, err := Round(new(big.Rat).Mul(r, big.NewRat(100, 1)))
		if err != nil || up.Decimal() != c.HalfUp {
			t.Errorf("half-up of %s = %s, %v; want %s", c.In, up.Decimal(), err, c.HalfUp)
		}
	}
}
