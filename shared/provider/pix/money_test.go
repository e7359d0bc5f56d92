package pix_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/test/pixbank"
)

const e2e = "E12345678202009091221abcdef12345"

func (r *rig) fetch(t testing.TB) provider.State {
	t.Helper()
	state, err := r.Fetch(context.Background(), r.account, txID)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestFetchTellsWhatBecameOfACharge(t *testing.T) {
	for _, c := range []provider.Charge{down(), instalment(t)} {
		r := newRig(t)
		if _, err := r.Fetch(context.Background(), r.account, txID); !errors.Is(err, collection.ErrNotFound) {
			t.Fatalf("never made: %v", err)
		}
		code := r.issue(t, c)
		if state := r.fetch(t); state.Status != provider.ChargeActive || state.Code != code || state.Payments != nil {
			t.Errorf("%+v", state)
		}
		r.bank.Pay(txID, e2e, "260.00", start.Add(time.Second))
		want := provider.Payment{Fact: e2e, TxID: txID, Amount: 26000, PaidAt: start.Add(time.Second)}
		if state := r.fetch(t); state.Status != provider.ChargePaid || !slices.Equal(state.Payments, []provider.Payment{want}) {
			t.Errorf("%+v", state)
		}
	}
}

// The API's own examples break its rule of 32 characters.
func TestNamesOfPaymentsAreTakenAsTheyCome(t *testing.T) {
	for _, name := range []string{"E12345678202009091221ghijk78901234", "e", strings.Repeat("x", 64)} {
		r := newRig(t)
		r.issue(t, down())
		r.bank.Pay(txID, name, "258.43", start)
		if state := r.fetch(t); len(state.Payments) != 1 || state.Payments[0].Fact != name {
			t.Errorf("%s: %+v", name, state)
		}
	}
}

func TestCancel(t *testing.T) {
	for _, c := range []provider.Charge{down(), instalment(t)} {
		r := newRig(t)
		if _, err := r.Cancel(context.Background(), r.account, txID); !errors.Is(err, collection.ErrNotFound) {
			t.Fatalf("never made: %v", err)
		}
		r.issue(t, c)
		for range 2 {
			if state, err := r.Cancel(context.Background(), r.account, txID); err != nil || state.Status != provider.ChargeCancelled {
				t.Errorf("%+v, %v", state, err)
			}
		}
		if state := r.fetch(t); state.Status != provider.ChargeCancelled {
			t.Errorf("%+v", state)
		}
	}
}

// Whoever pays between the look at the charge and its removal has paid.
func TestPaidBeforeItIsRemoved(t *testing.T) {
	r := newRig(t)
	r.issue(t, down())
	r.bank.Intercept = func(_ http.ResponseWriter, call *http.Request) bool {
		if call.Method == http.MethodPatch {
			r.bank.Pay(txID, e2e, "258.43", start)
		}
		return false
	}
	state, err := r.Cancel(context.Background(), r.account, txID)
	if err != nil || state.Status != provider.ChargePaid || len(state.Payments) != 1 {
		t.Errorf("%+v, %v", state, err)
	}
}

func TestRefund(t *testing.T) {
	r := newRig(t)
	r.issue(t, down())
	r.bank.Pay(txID, e2e, "258.43", start)
	ask := func(id string, amount money.Centavos) (provider.Refund, error) {
		refund, err := r.Refund(context.Background(), r.account, txID, provider.RefundOrder{ID: id, Fact: e2e, Amount: amount})
		quiet(t, err)
		return refund, err
	}
	for range 2 {
		if _, err := ask("R1", 10000); !errors.Is(err, provider.ErrRefundPending) || !errors.Is(err, collection.ErrUnavailable) {
			t.Fatalf("under way: %v", err)
		}
	}
	if state := r.fetch(t); state.Returns != nil {
		t.Errorf("under way: %+v", state)
	}
	r.bank.Settle(e2e, "R1", "DEVOLVIDO", start.Add(time.Minute))
	refund, err := ask("R1", 10000)
	if want := (provider.Refund{ID: "R1", Fact: "D1234567820261123140000000000000", Amount: 10000}); err != nil || refund != want {
		t.Fatalf("%+v, %v", refund, err)
	}
	want := provider.Return{
		Fact: refund.Fact, Of: e2e, TxID: txID, Kind: provider.ReturnRefund, Amount: 10000, At: start.Add(time.Minute),
	}
	if state := r.fetch(t); !slices.Equal(state.Returns, []provider.Return{want}) || len(state.Payments) != 1 {
		t.Errorf("%+v", state)
	}
	for name, refused := range map[string]func() (provider.Refund, error){
		"another amount under the ID": func() (provider.Refund, error) { return ask("R1", 9999) },
		"more than is left":           func() (provider.Refund, error) { return ask("R2", 15844) },
		"no such ID":                  func() (provider.Refund, error) { return ask("R-2", 1) },
		"no amount":                   func() (provider.Refund, error) { return ask("R2", 0) },
	} {
		if _, err := refused(); !errors.Is(err, collection.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ask("R3", 15843); !errors.Is(err, provider.ErrRefundPending) {
		t.Fatal(err)
	}
	r.bank.Settle(e2e, "R3", "NAO_REALIZADO", start)
	if _, err := ask("R3", 15843); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("not carried out: %v", err)
	}
	_, err = r.Refund(context.Background(), r.account, txID, provider.RefundOrder{ID: "R1", Fact: "E404", Amount: 1})
	if !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("no such payment: %v", err)
	}
}

func TestAStatementHoldsItsDay(t *testing.T) {
	r := newRig(t)
	instant := func(text string) time.Time {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	r.bank.Pay("", "E-before", "1.00", instant("2026-11-22T23:59:59.999-03:00"))
	first := instant("2026-11-23T00:00:00-03:00")
	for n := range 250 { // three pages
		r.bank.Pay(fmt.Sprintf("T%030d", n), fmt.Sprint("E", n), "1.00", first.Add(time.Duration(n)*time.Minute))
	}
	r.bank.Pay("", "E-last", "1.00", instant("2026-11-23T23:59:59.999-03:00"))
	r.bank.Pay("", "E-next", "1.00", instant("2026-11-24T00:00:00-03:00"))
	old := instant("2026-09-01T10:00:00-03:00")
	r.bank.Pay("T", "E-old", "9.00", old)
	for id, at := range map[string]string{
		"A": "2026-11-22T23:59:59-03:00", "B": "2026-11-23T12:00:00-03:00", "C": "2026-11-24T00:00:00-03:00",
	} {
		_, err := r.Refund(context.Background(), r.account, "", provider.RefundOrder{ID: id, Fact: "E-old", Amount: 100})
		if !errors.Is(err, provider.ErrRefundPending) {
			t.Fatal(err)
		}
		r.bank.Settle("E-old", id, "DEVOLVIDO", instant(at))
	}
	got, err := r.Statement(context.Background(), r.account, date(t, "2026-11-23"))
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]bool{}
	for _, p := range got.Payments {
		facts[p.Fact] = true
	}
	if len(got.Payments) != 251 || len(facts) != 251 || !facts["E-last"] || facts["E-before"] || facts["E-next"] {
		t.Errorf("%d payments, %d facts", len(got.Payments), len(facts))
	}
	if len(got.Returns) != 1 || got.Returns[0].Of != "E-old" || !got.Returns[0].At.Equal(instant("2026-11-23T12:00:00-03:00")) {
		t.Errorf("%+v", got.Returns)
	}
	empty, err := r.Statement(context.Background(), r.account, date(t, "2025-01-01"))
	if err != nil || empty.Payments != nil || empty.Returns != nil {
		t.Errorf("%+v, %v", empty, err)
	}
}

// A list that changes while it is read, or an API that takes no notice of the page asked for, gives no statement.
func TestAStatementThatDoesNotAddUp(t *testing.T) {
	for name, bend := range map[string]func(paging pixbank.Object){
		"the first page again": func(p pixbank.Object) { p["paginaAtual"], p["quantidadeDePaginas"] = 0, 3 },
		"fewer than counted":   func(p pixbank.Object) { p["quantidadeTotalDeItens"] = 9 },
		"for ever":             func(p pixbank.Object) { p["quantidadeDePaginas"] = 1 << 30 },
	} {
		r := newRig(t)
		r.bank.Pay("", "E1", "1.00", start)
		r.bank.Bend = func(_, path string, status int, body pixbank.Object) (int, pixbank.Object) {
			if path == "/pix" {
				bend(body["parametros"].(pixbank.Object)["paginacao"].(pixbank.Object))
			}
			return status, body
		}
		if _, err := r.Statement(context.Background(), r.account, date(t, "2026-11-23")); !errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRegisterWebhook(t *testing.T) {
	r := newRig(t)
	const address = "https://hooks.example.com/v1/webhooks/pix/vida"
	if err := r.RegisterWebhook(context.Background(), r.account, address); err != nil || r.bank.Webhook() != address {
		t.Errorf("%q, %v", r.bank.Webhook(), err)
	}
	for _, wrong := range []string{"http://hooks.example.com", "hooks.example.com", "https://", ""} {
		if err := r.RegisterWebhook(context.Background(), r.account, wrong); !errors.Is(err, collection.ErrInvalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}
