package money

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func rate(t testing.TB, text string) Rate {
	t.Helper()
	p, err := ParseRate(text)
	if err != nil {
		t.Fatalf("ParseRate(%q): %v", text, err)
	}
	return p
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]string{
		"0.005": "0.005", "0.0050": "0.005", "0": "0", "0.000": "0", "1": "1", "10": "10", "100.10": "100.1",
		"0.000000000001": "0.000000000001", "999999.999999999999": "999999.999999999999",
	} {
		if got := rate(t, text).String(); got != want {
			t.Errorf("ParseRate(%q).String() = %q, want %q", text, got, want)
		}
	}
	for text, want := range map[string]error{
		"": ErrSyntax, "-0.1": ErrSyntax, "+1": ErrSyntax, "1e-3": ErrSyntax, "1/3": ErrSyntax, "0,5": ErrSyntax, " 1": ErrSyntax,
		".5": ErrSyntax, "1.": ErrSyntax, "01": ErrSyntax, "2%": ErrSyntax, "0.0000000000001": ErrSyntax, "Inf": ErrSyntax,
		"1000000": ErrRange,
	} {
		if _, err := ParseRate(text); !errors.Is(err, want) {
			t.Errorf("ParseRate(%q): %v, want %v", text, err, want)
		}
	}
}

func TestRateRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`(0|[1-9][0-9]{0,5})(\.[0-9]{1,12})?`).Draw(t, "rate")
		p, err := ParseRate(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRate(p.String())
		if err != nil || again.Cmp(p) != 0 || again.String() != p.String() {
			t.Fatalf("%q → %q → %q, %v", text, p, again, err)
		}
	})
}

func TestZeroRateIsZero(t *testing.T) {
	var zero Rate
	if !zero.IsZero() || zero.String() != "0" || zero.Cmp(rate(t, "0.0")) != 0 || zero.Cmp(rate(t, "0.1")) != -1 {
		t.Errorf("the zero value is not 0: %q", zero)
	}
}

func TestRateIsImmutable(t *testing.T) {
	p := rate(t, "0.02")
	p.Rat().SetInt64(7)
	if _, err := Centavos(100).Percent(p); err != nil {
		t.Fatal(err)
	}
	if p.Rat().Cmp(big.NewRat(2, 100)) != 0 {
		t.Errorf("rate changed to %s", p)
	}
}
