package asaas_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

func number(text string) json.Number { return json.Number(text) }

// known puts a charge of the txid at the fake, in a state.
func (f *fake) known(more object) object {
	p := object{
		"id": "pay_000000000001", "externalReference": txID, "status": "PENDING", "value": number("258.43"), "dueDate": "2026-12-10",
		"billingType": "BOLETO", "originalValue": nil, "refunds": nil, "chargeback": nil, "paymentDate": nil, "clientPaymentDate": nil,
	}
	for name, value := range more {
		p[name] = value
	}
	f.payments = append(f.payments, p)
	return p
}

func TestFetchSortsStatuses(t *testing.T) {
	for status, want := range map[string]provider.ChargeStatus{
		"PENDING": provider.ChargeActive, "OVERDUE": provider.ChargeActive, "CONFIRMED": provider.ChargeNoticed, "RECEIVED": provider.ChargePaid,
		"RECEIVED_IN_CASH": provider.ChargeCancelled, "REFUND_REQUESTED": provider.ChargePaid, "CHARGEBACK_REQUESTED": provider.ChargePaid,
		"DUNNING_REQUESTED": provider.ChargeActive,
	} {
		f := newFake(t)
		f.known(object{"status": status, "clientPaymentDate": "2026-11-20", "paymentDate": "2026-11-23"})
		state, err := f.open(t).Fetch(t.Context(), account, txID)
		if err != nil || state.Status != want || (len(state.Payments) == 1) != (want == provider.ChargePaid) || state.Returns != nil {
			t.Errorf("%s: got %+v, %v", status, state, err)
		}
	}
	for name, c := range map[string]struct {
		more object
		want provider.ChargeStatus
	}{
		"deleted":       {object{"deleted": true}, provider.ChargeCancelled},
		"past its time": {object{"status": "OVERDUE", "canBePaidAfterDueDate": false}, provider.ChargeExpired},
		"overdue":       {object{"status": "OVERDUE", "canBePaidAfterDueDate": true}, provider.ChargeActive},
	} {
		f := newFake(t)
		f.known(c.more)
		if state, err := f.open(t).Fetch(t.Context(), account, txID); err != nil || state.Status != c.want {
			t.Errorf("%s: got %+v, %v", name, state, err)
		}
	}
}

func TestFetchReadsMoney(t *testing.T) {
	f := newFake(t)
	rail := f.open(t)
	// Paid late: the value is what was paid, with fine and interest.
	p := f.known(object{
		"status": "RECEIVED", "value": number("264.1"), "originalValue": number("258.43"), "clientPaymentDate": "2026-12-14",
		"paymentDate": "2026-12-15",
	})
	state, err := rail.Fetch(t.Context(), account, txID)
	want := provider.Payment{
		Fact: "pay_000000000001", TxID: txID, Amount: 26410, PaidAt: time.Date(2026, 12, 14, 15, 0, 0, 0, time.UTC),
	}
	if err != nil || len(state.Payments) != 1 || state.Payments[0] != want {
		t.Fatalf("got %+v, %v", state, err)
	}
	// A part sent back, and a part that is not done.
	p["refunds"] = []object{
		{"dateCreated": "2026-12-16 09:30:15", "status": "DONE", "value": number("10"), "description": "R1"},
		{"dateCreated": "2026-12-16 09:31:00", "status": "PENDING", "value": number("5"), "description": "R2"},
		{"dateCreated": "2026-12-17 09:31:07", "status": "DONE", "value": number("0.5"), "description": "devolvido em parte"},
	}
	p["chargeback"] = object{"status": "REQUESTED", "value": number("264.1")}
	state, err = rail.Fetch(t.Context(), account, txID)
	if err != nil || len(state.Returns) != 2 {
		t.Fatalf("got %+v, %v", state, err)
	}
	if got := state.Returns[0]; got != (provider.Return{
		Fact: "pay_000000000001/R1", Of: "pay_000000000001", TxID: txID, Kind: provider.ReturnRefund, Amount: 1000,
		At: time.Date(2026, 12, 16, 12, 30, 15, 0, time.UTC),
	}) {
		t.Errorf("got %+v", got)
	}
	if got := state.Returns[1]; got.Fact != "pay_000000000001/20261217093107" || got.Amount != 50 {
		t.Errorf("got %+v", got)
	}
	p["refunds"], p["chargeback"] = nil, object{"status": "DISPUTE_LOST", "value": number("264.1")}
	state, err = rail.Fetch(t.Context(), account, txID)
	if err != nil || len(state.Returns) != 1 || state.Returns[0].Kind != provider.ReturnChargeback || state.Returns[0].Amount != 26410 {
		t.Fatalf("got %+v, %v", state, err)
	}
	p["status"], p["chargeback"] = "REFUNDED", nil
	state, err = rail.Fetch(t.Context(), account, txID)
	if err != nil || len(state.Returns) != 1 || state.Returns[0].Fact != "pay_000000000001/refund" || state.Returns[0].Amount != 26410 {
		t.Fatalf("got %+v, %v", state, err)
	}
	// Two charges of one txid: the money of both counts.
	f.known(object{"id": "pay_000000000002", "status": "RECEIVED", "paymentDate": "2026-12-15"})
	if state, err = rail.Fetch(t.Context(), account, txID); err != nil || len(state.Payments) != 2 {
		t.Fatalf("got %+v, %v", state, err)
	}
}

func TestCancel(t *testing.T) {
	f := newFake(t)
	rail := f.open(t)
	p := f.known(nil)
	for range 2 {
		state, err := rail.Cancel(t.Context(), account, txID)
		if err != nil || state.Status != provider.ChargeCancelled || p["deleted"] != true {
			t.Fatalf("got %+v, %v", state, err)
		}
	}
	for status, want := range map[string]provider.ChargeStatus{"RECEIVED": provider.ChargePaid, "CONFIRMED": provider.ChargeNoticed} {
		// Paid before, and paid between the look and the deletion.
		for _, race := range []bool{false, true} {
			f := newFake(t)
			p := f.known(object{"paymentDate": "2026-11-23"})
			pay := func(f *fake, _ http.ResponseWriter, r *http.Request) bool {
				if !race || r.Method == http.MethodDelete {
					p["status"] = status
				}
				return false
			}
			f.before = pay
			state, err := f.open(t).Cancel(t.Context(), account, txID)
			if err != nil || state.Status != want || p["deleted"] == true {
				t.Errorf("%s, race %t: got %+v, %v", status, race, state, err)
			}
		}
	}
	f = newFake(t)
	f.known(nil)
	f.before = func(f *fake, w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodDelete {
			f.answer(w, object{"id": "pay_000000000001", "deleted": false})
		}
		return r.Method == http.MethodDelete
	}
	if _, err := f.open(t).Cancel(t.Context(), account, txID); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("not deleted: got %v", err)
	}
}

func TestRefund(t *testing.T) {
	f := newFake(t)
	rail := f.open(t)
	p := f.known(object{"status": "RECEIVED", "paymentDate": "2026-11-23", "billingType": "PIX"})
	part := provider.RefundOrder{ID: "R1", Fact: "pay_000000000001", Amount: 1000}
	for range 2 {
		got, err := rail.Refund(t.Context(), account, txID, part)
		if err != nil || got != (provider.Refund{ID: "R1", Fact: "pay_000000000001/R1", Amount: 1000}) {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	if done := p["refunds"].([]object); len(done) != 1 {
		t.Fatalf("refunded %d times", len(done))
	}
	for name, order := range map[string]provider.RefundOrder{
		"too much": {ID: "R2", Fact: "pay_000000000001", Amount: 25844}, "nothing": {ID: "R2", Fact: "pay_000000000001"},
		"no id": {Fact: "pay_000000000001", Amount: 1},
	} {
		if _, err := rail.Refund(t.Context(), account, txID, order); !errors.Is(err, collection.ErrRefused) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	unknown := provider.RefundOrder{ID: "R2", Fact: "pay_9", Amount: 1}
	if _, err := rail.Refund(t.Context(), account, txID, unknown); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("another payment: got %v", err)
	}
	p["status"], p["billingType"] = "CONFIRMED", "BOLETO"
	if _, err := rail.Refund(t.Context(), account, txID, part); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("not settled: got %v", err)
	}
}

func TestRefundOfABoletoWaitsForItsPayer(t *testing.T) {
	f := newFake(t)
	rail := f.open(t)
	p := f.known(object{"status": "RECEIVED", "paymentDate": "2026-11-23"})
	whole := provider.RefundOrder{ID: "R1", Fact: "pay_000000000001", Amount: 25843}
	if _, err := rail.Refund(t.Context(), account, txID, provider.RefundOrder{ID: "R1", Fact: whole.Fact, Amount: 1}); !errors.Is(
		err, collection.ErrRefused) {
		t.Fatalf("a part: got %v", err)
	}
	for range 2 {
		if _, err := rail.Refund(t.Context(), account, txID, whole); !errors.Is(err, collection.ErrUnavailable) {
			t.Fatalf("under way: got %v", err)
		}
	}
	asked := 0
	for _, call := range f.calls {
		if call == "POST /payments/pay_000000000001/bankSlip/refund" {
			asked++
		}
	}
	p["status"] = "REFUNDED"
	p["refunds"] = []object{{"dateCreated": "2026-11-30 10:00:00", "status": "DONE", "value": number("258.43"), "description": nil}}
	got, err := rail.Refund(t.Context(), account, txID, whole)
	state, failed := rail.Fetch(t.Context(), account, txID)
	if err != nil || failed != nil || asked != 1 || len(state.Returns) != 1 || got.Fact != state.Returns[0].Fact || got.Amount != 25843 {
		t.Fatalf("asked %d times, got %+v, %v, fetched %+v, %v", asked, got, err, state, failed)
	}
}

func TestStatement(t *testing.T) {
	f := newFake(t)
	rail := f.open(t)
	f.known(object{"status": "RECEIVED", "paymentDate": "2026-11-23", "clientPaymentDate": "2026-11-20"})
	f.known(object{"id": "pay_2", "externalReference": "order-17", "status": "RECEIVED", "paymentDate": "2026-11-23"}) // of another system
	f.known(object{"id": "pay_3", "externalReference": another, "status": "RECEIVED_IN_CASH", "paymentDate": "2026-11-23"})
	f.known(object{"id": "pay_4", "externalReference": another, "status": "REFUNDED", "paymentDate": "2026-11-23"})
	f.movements = []object{
		{"type": "PAYMENT_RECEIVED", "paymentId": "pay_000000000001"}, {"type": "PAYMENT_FEE", "paymentId": "pay_000000000001"},
		{"type": "PAYMENT_REVERSAL", "paymentId": "pay_4"}, {"type": "REFUND_REQUEST", "paymentId": "pay_4"},
		{"type": "PAYMENT_REVERSAL", "paymentId": "pay_2"}, {"type": "TRANSFER", "paymentId": nil},
	}
	got, err := rail.Statement(t.Context(), account, date(t, "2026-11-23"))
	if err != nil || len(got.Payments) != 2 || got.Payments[0].Fact != "pay_000000000001" || got.Payments[1].Fact != "pay_4" ||
		len(got.Returns) != 1 || got.Returns[0].Of != "pay_4" {
		t.Fatalf("got %+v, %v", got, err)
	}
	// Page after page, and never without end.
	endless := hostile(t, 200, `{"hasMore":true,"data":[]}`)
	if _, err := endless.Statement(t.Context(), account, date(t, "2026-11-23")); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if _, err := hostile(t, 503, ``).Statement(t.Context(), account, date(t, "2026-11-23")); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
}
