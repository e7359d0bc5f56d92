package money

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestCETPublishedMonthlyExample(t *testing.T) {
	c := load(t).CET[0]
	flows := make([]Flow, len(c.Monthly))
	for i, amount := range c.Monthly {
		flows[i] = Flow{Day: i + 1, Amount: amount}
	}
	got, err := annualRate(c.Net, 0, flows, 12)
	if err != nil || got != c.Want {
		t.Errorf("annual rate %s, %v; want %s", got, err, c.Want)
	}
}

func TestCETVector(t *testing.T) {
	c := load(t).CET[1]
	const d0 = 20_780
	flows := make([]Flow, len(c.Flows))
	for i, flow := range c.Flows {
		flows[i] = Flow{Day: d0 + flow.Days, Amount: flow.Amount}
	}
	got, err := CET(c.Net, d0, flows)
	if err != nil || got != c.Want {
		t.Errorf("CET %s, %v; want %s", got, err, c.Want)
	}
}

func TestCETCases(t *testing.T) {
	for name, c := range map[string]struct {
		net   Centavos
		flows []Flow
		want  string
	}{
		"interest-free":                 {10_000, []Flow{{30, 3_333}, {61, 3_333}, {92, 3_334}}, "0.00"},
		"cash today":                    {10_000, []Flow{{0, 10_000}}, "0.00"},
		"down payment, then free":       {10_000, []Flow{{0, 2_000}, {30, 8_000}}, "0.00"},
		"one year, tie to even below":   {100_000, []Flow{{365, 112_345}}, "12.34"},
		"one year, tie to even above":   {100_000, []Flow{{365, 112_355}}, "12.36"},
		"payments out of order":         {100_000, []Flow{{365, 50_000}, {0, 40_000}, {730, 17_600}}, "10.00"},
		"two payments of one day":       {100_000, []Flow{{365, 50_000}, {365, 60_000}}, "10.00"},
		"paid back less":                {100_000, []Flow{{365, 90_000}}, "-10.00"},
		"almost nothing back":           {100_000, []Flow{{1, 1}}, "-100.00"},
		"a day at 2 per cent":           {100_000, []Flow{{1, 102_000}}, "137640.83"},
		"forty years":                   {100_000, []Flow{{14_600, 4_525_925_56}}, "23.42"},
		"rounded down from 0.0049 %":    {10_000_000_000, []Flow{{365, 10_000_490_000}}, "0.00"},
		"rounded up from 0.0051 %":      {10_000_000_000, []Flow{{365, 10_000_510_000}}, "0.01"},
		"rounded from -0.004 % to zero": {10_000_000_000, []Flow{{365, 9_999_600_000}}, "0.00"},
	} {
		shifted := make([]Flow, len(c.flows))
		for i, flow := range c.flows {
			shifted[i] = Flow{Day: flow.Day + 739_000, Amount: flow.Amount}
		}
		got, err := CET(c.net, 739_000, shifted)
		if err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, c.want)
		}
	}
}

func TestCETRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		net   Centavos
		flows []Flow
		want  error
	}{
		"nothing financed":          {0, []Flow{{30, 1}}, ErrRange},
		"negative amount financed":  {-5, []Flow{{30, 1}}, ErrRange},
		"no payments":               {100, nil, ErrRange},
		"too many payments":         {100, make([]Flow, MaxInstalments+2), ErrRange},
		"negative payment":          {100, []Flow{{30, -1}}, ErrRange},
		"payment before the start":  {100, []Flow{{-1, 100}}, ErrRange},
		"payment in a distant year": {100, []Flow{{math.MaxInt, 100}}, ErrRange},
		"only zero payments":        {100, []Flow{{30, 0}}, ErrNoRate},
		"paid more at once":         {100, []Flow{{0, 101}}, ErrNoRate},
		"paid all at once and more": {100, []Flow{{0, 100}, {30, 50}}, ErrNoRate},
		"a hundredfold in a day":    {100, []Flow{{1, 10_000}}, ErrNoRate},
	} {
		if got, err := CET(c.net, 0, c.flows); !errors.Is(err, c.want) || got != "" {
			t.Errorf("%s: %q, %v; want %v", name, got, err, c.want)
		}
	}
}

// The bisection in binary floats is independent of the Newton solver; the two
// may differ by one unit in the last place when the rate lies next to a tie.
func TestCETAgreesWithBisection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 72).Draw(t, "n")
		net := Centavos(rapid.Int64Range(10_000, 100_000_000).Draw(t, "net"))
		payment := Centavos(float64(net)/float64(n)*rapid.Float64Range(0.8, 2).Draw(t, "markup")) + 1
		flows := make([]Flow, n)
		for i := range flows {
			flows[i] = Flow{Day: 30*(i+1) + i%2, Amount: payment}
		}
		got, err := CET(net, 0, flows)
		if errors.Is(err, ErrNoRate) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		low, high := math.Log(1e-9), math.Log(maxAnnualCET+2)
		for range 200 {
			mid := (low + high) / 2
			worth := 0.0
			for _, flow := range flows {
				worth += float64(flow.Amount) * math.Exp(-mid*float64(flow.Day)/365)
			}
			if worth > float64(net) {
				low = mid
			} else {
				high = mid
			}
		}
		r, _ := new(big.Rat).SetString(got)
		solved, _ := r.Float64()
		want := 100 * math.Expm1(low)
		if math.Abs(solved-want) > 0.00501+math.Abs(want)*1e-9 {
			t.Fatalf("CET %s, bisection %.6f", got, want)
		}
	})
}

func BenchmarkCET72(b *testing.B) {
	flows := make([]Flow, 72)
	for i := range flows {
		flows[i] = Flow{Day: 30 * (i + 1), Amount: 5_000}
	}
	for b.Loop() {
		if _, err := CET(250_000, 0, flows); err != nil {
			b.Fatal(err)
		}
	}
}
