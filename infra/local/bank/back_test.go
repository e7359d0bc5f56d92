package bank_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/shared/provider"
)

// TestThePayersBankTakesMoneyBack takes a payment back in two parts: each is reported and told by the API, and there is no third.
func TestThePayersBankTakesMoneyBack(t *testing.T) {
	r := newRig(t)
	r.issue(t)
	fact := r.pay(t, bank.Payment{}).EndToEndID
	for _, c := range []struct{ asked, want int64 }{{843, 843}, {0, 25000}} {
		if got, err := r.bank.TakeBack(txID, fact, c.asked); err != nil || got != c.want {
			t.Fatalf("taking back %d took %d, %v", c.asked, got, err)
		}
	}
	for name, err := range map[string]error{
		"nothing left":    second(r.bank.TakeBack(txID, fact, 0)),
		"too much":        second(r.bank.TakeBack(txID, fact, 1)),
		"no such payment": second(r.bank.TakeBack(txID, "E1", 0)),
		"no such charge":  second(r.bank.TakeBack("01JD9ZC0D1E2F3G4H5J6K7M8NA", fact, 0)),
	} {
		if !errors.Is(err, bank.ErrPayment) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.clk.Settle(context.Background()); err != nil {
		t.Fatal(err)
	}
	var told []provider.Return
	for _, e := range r.inbox.events {
		told = append(told, e.Returns...)
	}
	state := r.state(t)
	if len(state.Returns) != 2 || len(told) != 2 || len(r.inbox.bad) > 0 {
		t.Fatalf("state %+v, told %+v, %v", state, told, r.inbox.bad)
	}
	for _, left := range state.Returns {
		if left.Of != fact || left.Kind != provider.ReturnChargeback || left.TxID != txID || !slices.Contains(told, left) {
			t.Errorf("return %+v, told %+v", left, told)
		}
	}
}

func second(_ int64, err error) error { return err }
