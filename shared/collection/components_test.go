package collection

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/money"
)

func TestComponentsAddUp(t *testing.T) {
	a := Components{Principal: 1, Fine: 2, Interest: 3, Correction: 4, Financing: 5, IOF: 6}
	b := Components{Principal: 10, Fine: 20, Interest: 30, Correction: 40, Financing: 50, IOF: 60}
	sum, err := a.Add(b)
	if want := (Components{11, 22, 33, 44, 55, 66}); err != nil || sum != want {
		t.Errorf("got %+v, %v", sum, err)
	}
	if back, err := sum.Sub(b); err != nil || back != a {
		t.Errorf("got %+v, %v", back, err)
	}
	if total, err := sum.Total(); err != nil || total != 231 {
		t.Errorf("total %v, %v", total, err)
	}
	full := Components{IOF: math.MaxInt64}
	if _, err := full.Add(a); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("sum: %v", err)
	}
	full.Fine = 1
	if _, err := full.Total(); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("total: %v", err)
	}
	if full.Of("tip") != nil {
		t.Error("there is a component that there is not")
	}
}

func TestTakeFollowsTheOrder(t *testing.T) {
	owed := Components{Principal: 1000, Fine: 20, Interest: 15, Financing: 30, IOF: 5}
	for _, test := range []struct {
		amount money.Centavos
		want   Components
	}{
		{-1, Components{}}, {0, Components{}}, {4, Components{IOF: 4}}, {40, Components{IOF: 5, Financing: 30, Interest: 5}},
		{71, Components{IOF: 5, Financing: 30, Interest: 15, Fine: 20, Principal: 1}}, {9999, owed},
	} {
		if got := owed.Take(test.amount, LegalDistribution()); got != test.want {
			t.Errorf("%v is taken as %+v, want %+v", test.amount, got, test.want)
		}
	}
	if got := owed.Take(30, []Component{ComponentFine, "tip", ComponentFine, ComponentInterest}); got != (Components{Fine: 20, Interest: 10}) {
		t.Errorf("got %+v", got)
	}
}

// TestTakeTakesNoMoreAndNoLess: what is taken is the amount, up to what there is, whatever the order.
func TestTakeTakesNoMoreAndNoLess(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var owed Components
		for _, part := range LegalDistribution() {
			*owed.Of(part) = money.Centavos(rapid.Int64Range(0, 1e12).Draw(r, string(part)))
		}
		order := rapid.Permutation(LegalDistribution()).Draw(r, "order")
		amount := money.Centavos(rapid.Int64Range(0, 1e13).Draw(r, "amount"))
		taken := owed.Take(amount, order)
		sum, err := taken.Total()
		all, allErr := owed.Total()
		if err != nil || allErr != nil || sum != min(amount, all) {
			r.Fatalf("took %v of %v, %v %v", sum, all, err, allErr)
		}
		rest, err := owed.Sub(taken)
		if err != nil {
			r.Fatal(err)
		}
		short := false
		for _, part := range order {
			if *rest.Of(part) < 0 || (short && *taken.Of(part) > 0) {
				r.Fatalf("took %+v of %+v by %v", taken, owed, order)
			}
			short = short || *rest.Of(part) > 0
		}
	})
}

func TestNetIsWhatTheDealIsOver(t *testing.T) {
	terms := Terms{
		Principal: 1000, Fine: 20, Interest: 15, Correction: 5, Off: Components{Principal: 100, Fine: 20, Interest: 7, Correction: 1},
		Discount: 128, Financing: 30, IOF: 4, Total: 946,
	}
	net := terms.Net()
	if total, err := net.Total(); err != nil || total != terms.Total || net != (Components{900, 0, 8, 4, 30, 4}) {
		t.Errorf("%+v adds up to %v, %v", net, total, err)
	}
}

func TestRoutesKeepTheOrderOfPreference(t *testing.T) {
	c := Creditor{Payments: []PaymentRoute{
		{MethodPix, "pix", "main"}, {MethodBoleto, "asaas", "main"}, {MethodPix, "asaas", "main"}, {MethodPix, "pix", "main"},
	}}
	if got := c.Routes(MethodPix); len(got) != 3 || got[0].Provider != "pix" || got[1].Provider != "asaas" {
		t.Errorf("got %+v", got)
	}
	if c.Routes(MethodDebit) != nil {
		t.Errorf("debit by %+v", c.Routes(MethodDebit))
	}
	if want := []ProviderAccount{{"pix", "main"}, {"asaas", "main"}}; !slices.Equal(c.Accounts(), want) {
		t.Errorf("got %+v", c.Accounts())
	}
}
