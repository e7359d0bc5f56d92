package money

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestString(t *testing.T) {
	for amount, want := range map[Centavos]string{
		0: "R$ 0,00", 1: "R$ 0,01", 100: "R$ 1,00", 99_999: "R$ 999,99", 100_000: "R$ 1.000,00",
		123_456: "R$ 1.234,56", 123_456_789: "R$ 1.234.567,89", -5: "-R$ 0,05", -123_456: "-R$ 1.234,56",
		math.MinInt64: "-R$ 92.233.720.368.547.758,08",
	} {
		if got := amount.String(); got != want {
			t.Errorf("String of %d = %q, want %q", int64(amount), got, want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for amount, want := range map[Centavos]string{
		0: "0.00", 9: "0.09", 123_456: "1234.56", -5: "-0.05", math.MinInt64: "-92233720368547758.08",
	} {
		if got := amount.Decimal(); got != want {
			t.Errorf("Decimal of %d = %q, want %q", int64(amount), got, want)
		}
	}
}

func TestParse(t *testing.T) {
	for text, want := range map[string]Centavos{
		"1234.56": 123_456, "1234.5": 123_450, "1234": 123_400, "0": 0, "0.00": 0, "0.01": 1,
		"9999999999.99": MaxParsed,
	} {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", text, int64(got), err, int64(want))
		}
	}
	for text, want := range map[string]error{
		"": ErrSyntax, ".": ErrSyntax, "1.": ErrSyntax, ".5": ErrSyntax, "1.234": ErrSyntax, "1.2.3": ErrSyntax,
		"-1": ErrSyntax, "+1": ErrSyntax, "1e3": ErrSyntax, " 1": ErrSyntax, "1 ": ErrSyntax, "1,00": ErrSyntax,
		"1.234,56": ErrSyntax, "01": ErrSyntax, "00.50": ErrSyntax, "0x1": ErrSyntax, "1_000": ErrSyntax, "NaN": ErrSyntax,
		"١": ErrSyntax, "1.\x00": ErrSyntax, "11111111111111111111111111111111111": ErrSyntax,
		"10000000000": ErrRange, "10000000000.00": ErrRange,
	} {
		if got, err := Parse(text); !errors.Is(err, want) || got != 0 {
			t.Errorf("Parse(%q) = %d, %v; want %v", text, int64(got), err, want)
		}
	}
}

func TestParseReadsWhatDecimalWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := Centavos(rapid.Int64Range(0, int64(MaxParsed)).Draw(t, "amount"))
		got, err := Parse(amount.Decimal())
		if err != nil || got != amount {
			t.Fatalf("Parse(%q) = %d, %v", amount.Decimal(), int64(got), err)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1234.56", "0.01", "-1", "1e9", "9999999999.99", "1.", ".1", "00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		amount, err := Parse(text)
		if err != nil {
			return
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok || exact.Mul(exact, big.NewRat(100, 1)).Cmp(amount.rat()) != 0 || amount > MaxParsed {
			t.Fatalf("Parse(%q) = %d", text, int64(amount))
		}
	})
}

// edge draws amounts that gather around the ends of the range and around zero.
func edge() *rapid.Generator[int64] {
	return rapid.OneOf(
		rapid.Int64(),
		rapid.Int64Range(-5, 5),
		rapid.Int64Range(math.MaxInt64-5, math.MaxInt64),
		rapid.Int64Range(math.MinInt64, math.MinInt64+5),
		rapid.Int64Range(math.MaxInt32-5, math.MaxInt32+5),
	)
}

func TestCheckedArithmeticAgreesWithBigIntegers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := edge().Draw(t, "a"), edge().Draw(t, "b")
		x, y := big.NewInt(a), big.NewInt(b)
		for name, op := range map[string]struct {
			exact *big.Int
			got   func() (Centavos, error)
		}{
			"Add": {new(big.Int).Add(x, y), func() (Centavos, error) { return Centavos(a).Add(Centavos(b)) }},
			"Sub": {new(big.Int).Sub(x, y), func() (Centavos, error) { return Centavos(a).Sub(Centavos(b)) }},
			"Mul": {new(big.Int).Mul(x, y), func() (Centavos, error) { return Centavos(a).Mul(b) }},
			"Sum": {new(big.Int).Add(x, y), func() (Centavos, error) { return Sum(Centavos(a), Centavos(b)) }},
		} {
			got, err := op.got()
			if !op.exact.IsInt64() {
				if !errors.Is(err, ErrOverflow) || got != 0 {
					t.Fatalf("%s(%d, %d) = %d, %v; want overflow", name, a, b, int64(got), err)
				}
				continue
			}
			if err != nil || int64(got) != op.exact.Int64() {
				t.Fatalf("%s(%d, %d) = %d, %v; want %s", name, a, b, int64(got), err, op.exact)
			}
		}
	})
}

func TestPercentRoundsHalfAwayFromZeroOnce(t *testing.T) {
	for _, c := range []struct {
		amount Centavos
		rate   string
		want   Centavos
	}{
		{100_000, "0.02", 2_000},
		{12_345, "0.02", 247},
		{25, "0.02", 1},
		{24, "0.02", 0},
		{-25, "0.02", -1},
		{-24, "0.02", 0},
		{1, "0.5", 1},
		{3, "0.333333333333", 1},
		{100, "0", 0},
		{math.MinInt64, "1", math.MinInt64},
	} {
		got, err := c.amount.Percent(rate(t, c.rate))
		if err != nil || got != c.want {
			t.Errorf("%d × %s = %d, %v; want %d", int64(c.amount), c.rate, int64(got), err, int64(c.want))
		}
	}
	if _, err := Centavos(math.MaxInt64).Percent(rate(t, "1.01")); !errors.Is(err, ErrOverflow) {
		t.Errorf("overflow: %v", err)
	}
	if got, err := Centavos(100).Percent(Rate{}); got != 0 || err != nil {
		t.Errorf("zero rate: %d, %v", got, err)
	}
}

func TestRoundIsNearestAndTiesGoAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := big.NewRat(rapid.Int64Range(-1e12, 1e12).Draw(t, "num"), rapid.Int64Range(1, 1e6).Draw(t, "den"))
		got, err := Round(r)
		if err != nil {
			t.Fatal(err)
		}
		distance := new(big.Rat).Sub(got.rat(), r)
		tie := new(big.Rat).Abs(distance).Cmp(big.NewRat(1, 2))
		if tie > 0 || (tie == 0 && distance.Sign() != r.Sign()) {
			t.Fatalf("Round(%s) = %d", r, int64(got))
		}
	})
}
