package money

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestLegalRateVectors(t *testing.T) {
	for _, c := range load(t).LegalRate {
		got, err := LegalRate(rate(t, c.Selic), rate(t, c.IPCA))
		hundred := got.Rat()
		if text := hundred.Mul(hundred, big.NewRat(100, 1)).FloatString(6); err != nil || text != c.Want {
			t.Errorf("%s over %s is %s %%, %v; want %s %%", c.Selic, c.IPCA, text, err, c.Want)
		}
	}
	// 1.000000005 / 1: 0.0000005 % lies midway between 0.000000 and 0.000001, and goes to the even one; 0.0000015 % to 0.000002.
	for factor, want := range map[string]string{"1.000000005": "0", "1.000000015": "0.00000002", "1.0000000051": "0.00000001"} {
		if got, err := LegalRate(rate(t, factor), rate(t, "1")); err != nil || got.String() != want {
			t.Errorf("%s is %s, %v; want %s", factor, got, err, want)
		}
	}
	for _, factors := range [][2]string{{"0", "1"}, {"1", "0"}} {
		if _, err := LegalRate(rate(t, factors[0]), rate(t, factors[1])); !errors.Is(err, ErrRange) {
			t.Errorf("%v: %v", factors, err)
		}
	}
}

func TestSimpleInterestAddsUpMonths(t *testing.T) {
	one, half := rate(t, "0.01"), rate(t, "0.005")
	for name, test := range map[string]struct {
		amount Centavos
		months []MonthShare
		want   Centavos
	}{
		"no month":                       {100_000, nil, 0},
		"a whole month":                  {100_000, []MonthShare{{one, 31, 31}}, 1000},
		"two whole months do not add up": {100_000, []MonthShare{{one, 31, 31}, {one, 30, 30}}, 2000},
		"ten days of thirty":             {100_000, []MonthShare{{one, 10, 30}}, 333},
		"rounded once, not by month":     {100, []MonthShare{{half, 1, 30}, {half, 29, 30}}, 1},
	} {
		if got, err := SimpleInterest(test.amount, test.months); err != nil || got != test.want {
			t.Errorf("%s: %v, %v; want %v", name, got, err, test.want)
		}
	}
}

func TestCorrectionCompoundsAndNeverFallsBelowNothing(t *testing.T) {
	up, down := rate(t, "1.01"), rate(t, "0.98")
	for name, test := range map[string]struct {
		amount Centavos
		months []MonthShare
		want   Centavos
	}{
		"no month":                     {100_000, nil, 0},
		"a whole month":                {100_000, []MonthShare{{up, 30, 30}}, 1000},
		"two whole months compound":    {100_000, []MonthShare{{up, 30, 30}, {up, 31, 31}}, 2010},
		"half of a month":              {100_000, []MonthShare{{up, 15, 30}}, 500},
		"deflation lowers what was up": {100_000, []MonthShare{{up, 30, 30}, {up, 31, 31}, {down, 28, 28}}, 0},
		"deflation takes a part":       {100_000, []MonthShare{{rate(t, "1.05"), 30, 30}, {down, 31, 31}}, 2900},
	} {
		if got, err := Correction(test.amount, test.months); err != nil || got != test.want {
			t.Errorf("%s: %v, %v; want %v", name, got, err, test.want)
		}
	}
}

func TestMonthSharesHaveTheirRange(t *testing.T) {
	one := rate(t, "1.01")
	for _, m := range []MonthShare{{one, -1, 30}, {one, 31, 30}, {one, 1, 27}, {one, 1, 32}} {
		if _, err := SimpleInterest(1, []MonthShare{m}); !errors.Is(err, ErrRange) {
			t.Errorf("interest over %d of %d days: %v", m.Days, m.Length, err)
		}
		if _, err := Correction(1, []MonthShare{m}); !errors.Is(err, ErrRange) {
			t.Errorf("correction over %d of %d days: %v", m.Days, m.Length, err)
		}
	}
	if _, err := SimpleInterest(-1, nil); !errors.Is(err, ErrRange) {
		t.Errorf("negative amount: %v", err)
	}
	if _, err := Correction(-1, nil); !errors.Is(err, ErrRange) {
		t.Errorf("negative amount: %v", err)
	}
	all := []MonthShare{{rate(t, "2"), 31, 31}, {rate(t, "2"), 31, 31}, {rate(t, "2"), 31, 31}}
	if _, err := SimpleInterest(math.MaxInt64, all); !errors.Is(err, ErrOverflow) {
		t.Errorf("interest: %v", err)
	}
	if _, err := Correction(math.MaxInt64, all); !errors.Is(err, ErrOverflow) {
		t.Errorf("correction: %v", err)
	}
}

// TestOneMonthIsOneMonth holds interest, correction and late charges to each other where they mean the same.
func TestOneMonthIsOneMonth(t *testing.T) {
	monthly, factor := rate(t, "0.0137"), rate(t, "1.0137")
	rapid.Check(t, func(t *rapid.T) {
		amount := Centavos(rapid.Int64Range(0, int64(MaxParsed)).Draw(t, "amount"))
		days := rapid.IntRange(1, 30).Draw(t, "days")
		_, agreed, err := LateCharges(amount, days, Rate{}, monthly)
		if err != nil {
			t.Fatal(err)
		}
		simple, err := SimpleInterest(amount, []MonthShare{{monthly, days, 30}})
		if err != nil || simple != agreed {
			t.Fatalf("%v, %v; want %v", simple, err, agreed)
		}
		corrected, err := Correction(amount, []MonthShare{{factor, days, 30}})
		if err != nil || corrected != agreed {
			t.Fatalf("%v, %v; want %v", corrected, err, agreed)
		}
	})
}

func TestFitBankVector(t *testing.T) {
	c := load(t).FitBank
	s, err := Price(c.PV, rate(t, c.Rate), c.N)
	if err != nil {
		t.Fatal(err)
	}
	first := c.First
	first.Payment = c.PMT
	if s[0] != first {
		t.Errorf("first row %+v, want %+v", s[0], first)
	}
	for i, row := range s[:c.N-1] {
		if row.Payment != c.PMT {
			t.Errorf("row %d pays %v, want %v", i+1, row.Payment, c.PMT)
		}
	}
	if total, err := s.Total(); err != nil || s[c.N-1].Balance != 0 || total-c.PV != s[0].Interest+s[1].Interest+s[2].Interest+s[3].Interest {
		t.Errorf("%+v adds up to %v, %v", s, total, err)
	}
}
