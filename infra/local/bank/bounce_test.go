package bank_test

import (
	"errors"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// TestMoneyIsSentBackAtTheCounter names no payment, which is the last one.
func TestMoneyIsSentBackAtTheCounter(t *testing.T) {
	r := newRig(t)
	r.issue(t)
	if _, err := r.bank.SendBack(txID, "", 0); !errors.Is(err, bank.ErrPayment) {
		t.Errorf("nothing was paid: %v", err)
	}
	r.pay(t, bank.Payment{})
	paid := r.pay(t, bank.Payment{Force: true})
	if sent, err := r.bank.SendBack(txID, "", 100); err != nil || sent != 100 {
		t.Fatalf("sent %d: %v", sent, err)
	}
	r.advance(t, time.Second)
	told := r.inbox.events[len(r.inbox.events)-1].Returns
	state := r.state(t)
	if len(told) != 1 || len(state.Returns) != 1 || state.Returns[0] != told[0] || told[0].Of != paid.EndToEndID || told[0].Amount != 100 ||
		told[0].Kind != provider.ReturnRefund || told[0].TxID != txID {
		t.Errorf("told %+v, asked %+v", told, state.Returns)
	}
	if left, err := r.bank.SendBack(txID, "", 0); err != nil || left != int64(charge().Amount)-100 {
		t.Errorf("the rest is %d: %v", left, err)
	}
	if _, err := r.bank.SendBack(txID, "", 0); !errors.Is(err, bank.ErrPayment) {
		t.Errorf("all had left: %v", err)
	}
}

// TestASlipThatBouncesNeverSettles: neither while the bank runs nor after a restart, unless somebody settles it by hand.
func TestASlipThatBouncesNeverSettles(t *testing.T) {
	st, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	clk := clock.Virtual(start)
	t.Cleanup(clk.Close)
	r := open(t, clk, st)
	r.issueSlip(t)
	r.pay(t, bank.Payment{Bounce: true})
	r.advance(t, 30*24*time.Hour)
	if state := r.state(t); state.Status != provider.ChargeNoticed || len(state.Payments) > 0 {
		t.Fatalf("after a month: %+v", state)
	}
	again := open(t, clk, st)
	again.advance(t, 30*24*time.Hour)
	if state := again.state(t); state.Status != provider.ChargeNoticed {
		t.Fatalf("after a restart: %+v", state)
	}
	again.pay(t, bank.Payment{Settle: true})
	if state := again.state(t); state.Status != provider.ChargePaid || len(state.Payments) != 1 {
		t.Errorf("settled by hand: %+v", state)
	}
}

func TestOneAccountIsOutOfService(t *testing.T) {
	r := newRig(t)
	r.bank.OutageOf("vida-plena")
	if _, err := r.adapter.Issue(t.Context(), r.account, charge()); !errors.Is(err, collection.ErrUnavailable) {
		t.Errorf("served: %v", err)
	}
	other := r.account
	other.APIToken = "t2"
	if _, err := r.adapter.Issue(t.Context(), other, charge()); err != nil {
		t.Errorf("the other account: %v", err)
	}
	r.bank.OutageOf()
	if _, err := r.adapter.Fetch(t.Context(), r.account, "01JD9ZC0D1E2F3G4H5J6K7M8N0"); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("afterwards: %v", err)
	}
}
