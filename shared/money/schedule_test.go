package money

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPriceVectors(t *testing.T) {
	for _, c := range load(t).Price {
		s, err := Price(c.PV, rate(t, c.Rate), c.N)
		if err != nil {
			t.Fatal(err)
		}
		total, err := s.Total()
		if err != nil || len(s) != c.N || s[0].Payment != c.PMT || s[c.N-1].Payment != c.Last || total != c.TotalPaid {
			t.Errorf("Price(%v, %s, %d): first %v, last %v, total %v, %v", c.PV, c.Rate, c.N, s[0].Payment, s[c.N-1].Payment, total, err)
		}
		if total-c.PV != c.TotalInterest {
			t.Errorf("interest %v, want %v", total-c.PV, c.TotalInterest)
		}
		if len(c.Rows) > 0 && !slices.Equal(s, c.Rows) {
			t.Errorf("rows %v, want %v", s, c.Rows)
		}
	}
}

func TestSACVectors(t *testing.T) {
	for _, c := range load(t).SAC {
		s, err := SAC(c.PV, rate(t, c.Rate), c.N)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.Payments(), c.Payments) {
			t.Errorf("payments %v, want %v", s.Payments(), c.Payments)
		}
		var interest Centavos
		for i, row := range s {
			interest += row.Interest
			if row.Amortization != c.Amortizations[i] {
				t.Errorf("amortization %d is %v, want %v", i+1, row.Amortization, c.Amortizations[i])
			}
		}
		if interest != c.TotalInterest {
			t.Errorf("interest %v, want %v", interest, c.TotalInterest)
		}
	}
}

func TestScheduleWithoutInterestIsSplit(t *testing.T) {
	want, err := Split(10_000, 3)
	if err != nil {
		t.Fatal(err)
	}
	for name, build := range map[string]func(Centavos, Rate, int) (Schedule, error){"Price": Price, "SAC": SAC} {
		s, err := build(10_000, Rate{}, 3)
		if err != nil || !slices.Equal(s.Payments(), want) {
			t.Errorf("%s at 0 %%: %v, %v", name, s, err)
		}
	}
}

func TestScheduleRefuses(t *testing.T) {
	two := rate(t, "0.02")
	for name, build := range map[string]func(Centavos, Rate, int) (Schedule, error){"Price": Price, "SAC": SAC} {
		for _, c := range []struct {
			pv   Centavos
			n    int
			want error
		}{
			{-1, 3, ErrRange}, {100, 0, ErrRange}, {100, -3, ErrRange}, {100, MaxInstalments + 1, ErrRange},
			{0, 3, ErrRange}, {1, 24, ErrRange}, {math.MaxInt64, 1, ErrOverflow},
		} {
			if s, err := build(c.pv, two, c.n); !errors.Is(err, c.want) || s != nil {
				t.Errorf("%s(%d, 2 %%, %d) = %v, %v; want %v", name, int64(c.pv), c.n, s, err, c.want)
			}
		}
	}
	if s, err := Price(50, rate(t, "0.000001"), 99); !errors.Is(err, ErrRange) {
		t.Errorf("payments rounded up past the balance: %v, %v", s, err)
	}
}

func TestScheduleIsConsistent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pv := Centavos(rapid.Int64Range(100_00, int64(MaxParsed)).Draw(t, "pv"))
		monthly, err := ParseRate(rapid.StringMatching(`0\.[01][0-9]{1,5}`).Draw(t, "rate"))
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(1, 120).Draw(t, "n")
		build := rapid.SampledFrom([]func(Centavos, Rate, int) (Schedule, error){Price, SAC}).Draw(t, "system")
		s, err := build(pv, monthly, n)
		if errors.Is(err, ErrRange) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		balance, amortized := pv, Centavos(0)
		for i, row := range s {
			interest, err := balance.Percent(monthly)
			balance -= row.Amortization
			amortized += row.Amortization
			if err != nil || row.Interest != interest || row.Payment != row.Interest+row.Amortization || row.Balance != balance {
				t.Fatalf("row %d does not follow: %+v, %v", i+1, row, err)
			}
			if row.Payment <= 0 || row.Amortization < 0 || balance < 0 {
				t.Fatalf("row %d is not payable: %+v", i+1, row)
			}
		}
		if balance != 0 || amortized != pv || len(s) != n {
			t.Fatalf("%d rows pay off %v of %v", len(s), amortized, pv)
		}
	})
}
