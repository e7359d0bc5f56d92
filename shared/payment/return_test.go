package payment_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

func (r *rig) says(t tb, id string, event provider.Event) {
	t.Helper()
	r.rail.say(id, event)
	r.receive(t, r.signed(t, id, fmt.Appendf(nil, `{"id":%q,"type":"x"}`, id)))
}

// net is what is left of the money that came.
func (r *rig) net(t tb) (cash, left int64) {
	t.Helper()
	cash = int64(r.cash(t))
	return cash, cash + int64(r.dossier(t).Case.Balances[collection.AccountReturned])
}

// A chargeback undoes what its payment did, once, under however many notices, and the instalment can be paid again.
func TestAChargebackUndoesItsPayment(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	r.paid(t, intent, "E1")
	r.drain(t)
	left := provider.Return{Fact: "R1", Of: "E1", TxID: intent.ID.String(), Kind: provider.ReturnChargeback, Amount: 10000, At: r.clock()}
	for _, id := range []string{"a", "b", "a"} {
		r.says(t, id, provider.Event{Returns: []provider.Return{left}})
		r.drain(t)
	}
	a := r.dossier(t).Agreements[0]
	if cash, net := r.net(t); cash != 10000 || net != 0 || a.Status != collection.AgreementPendingFirstPayment || a.Instalments[0].Paid != 0 {
		t.Fatalf("cash %d, net %d, agreement %+v", cash, net, a)
	}
	if i := r.intent(intent.ID); i.Status != collection.IntentRefunded || r.dossier(t).Debts[0].Status != collection.DebtInAgreement {
		t.Fatalf("intent %+v", i)
	}
	again := r.request(t, 1, "k2")
	r.paid(t, again, "E2")
	r.drain(t)
	if a := r.dossier(t).Agreements[0]; a.Status != collection.AgreementFulfilled || again.ID == intent.ID {
		t.Fatalf("paid again: %+v", a)
	}
}

// A return that comes before its payment makes the provider tell of the payment; one of more than came is not booked.
func TestReturnsOutOfOrderAndOutOfBounds(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	r.rail.pay(intent.ID.String(), "E1", 10000, false)
	left := provider.Return{Fact: "R1", Of: "E1", TxID: intent.ID.String(), Kind: provider.ReturnRefund, Amount: 4000, At: r.clock()}
	r.says(t, "early", provider.Event{Returns: []provider.Return{left}})
	r.drain(t)
	if cash, net := r.net(t); cash != 10000 || net != 6000 || r.store.receipts["E1"].Returned != 4000 {
		t.Fatalf("cash %d, net %d", cash, net)
	}
	if r.raw("early").TakenInAt.IsZero() {
		t.Fatal("not marked as taken in")
	}
	for id, of := range map[string]string{"more": "E1", "stranger": "E9"} {
		over := left
		over.Fact, over.Of, over.Amount = "R"+id, of, 6001
		r.says(t, id, provider.Event{Returns: []provider.Return{over}})
		if err := r.taker.TakeIn(context.Background(), r.intake[0]); err == nil {
			t.Errorf("%s was booked", id)
		}
		r.intake = nil
	}
	if _, net := r.net(t); net != 6000 || !r.raw("more").TakenInAt.IsZero() {
		t.Fatalf("net %d", net)
	}
	r.advance(25 * time.Hour)
	if err := r.requeue.RequeueStale(context.Background(), r.clock()); err != nil || r.parked != 2 {
		t.Fatalf("%d parked, %v", r.parked, err)
	}
}

// Of a notice that proves nothing only the charge's name is believed.
func TestUnprovenNoticesAreNotBelieved(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	claim := provider.Payment{Fact: "E-false", TxID: intent.ID.String(), Amount: 999_999, PaidAt: r.clock()}
	r.says(t, "lie", provider.Event{Unproven: true, Payments: []provider.Payment{claim}})
	r.says(t, "other-lie", provider.Event{Unproven: true, Payments: []provider.Payment{{Fact: "E9", TxID: "nobody", Amount: 1}}})
	r.drain(t)
	if r.cash(t) != 0 || len(r.store.receipts) != 0 || r.raw("lie").TakenInAt.IsZero() {
		t.Fatalf("cash %d, receipts %v", r.cash(t), r.store.receipts)
	}
	r.rail.pay(intent.ID.String(), "E1", 10000, false)
	r.rail.down = true
	r.says(t, "true", provider.Event{Unproven: true, Payments: []provider.Payment{claim}})
	if err := r.taker.TakeIn(context.Background(), r.intake[0]); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("without an answer: %v", err)
	}
	r.rail.down = false
	r.drain(t)
	if r.cash(t) != 10000 || r.store.receipts["E1"].Amount != 10000 || len(r.store.receipts) != 1 {
		t.Fatalf("cash %d, receipts %v", r.cash(t), r.store.receipts)
	}
}

// A notice of a hundred things of all kinds is taken in whole.
func TestANoticeOfAllKinds(t *testing.T) {
	r := withRoutes(t, 10000, 20000, 30000)
	one, two, three := r.request(t, 1, "k1"), r.request(t, 2, "k2"), r.by(t, collection.MethodBoleto, 3, "k3")
	event := provider.Event{Noticed: []provider.Noticed{{TxID: three.ID.String()}, {TxID: "nobody"}}}
	for n := range 49 {
		event.Payments = append(event.Payments, provider.Payment{Fact: fmt.Sprint("E", n), TxID: one.ID.String(), Amount: 10000, PaidAt: start})
		event.Returns = append(event.Returns, provider.Return{
			Fact: fmt.Sprint("R", n), Of: fmt.Sprint("E", n), TxID: one.ID.String(), Kind: provider.ReturnRefund, Amount: 1000, At: start,
		})
	}
	event.Refusals = []provider.Refusal{{TxID: two.ID.String(), Code: "01", Retry: true}, {TxID: "nobody", Code: "01"}}
	r.says(t, "many", event)
	r.drain(t)
	if cash, net := r.net(t); cash != 490000 || net != 441000 || r.raw("many").TakenInAt.IsZero() {
		t.Fatalf("cash %d, net %d", cash, net)
	}
	if r.intent(two.ID).Status != collection.IntentCancelled || r.intent(three.ID).Status != collection.IntentNoticed {
		t.Fatalf("refused %+v, noticed %+v", r.intent(two.ID), r.intent(three.ID))
	}
}

func (r *rig) ordered(t tb) []payment.Ordered {
	t.Helper()
	var out []payment.Ordered
	for _, e := range r.store.events {
		if w, ok := e.Event.(collection.RefundWanted); ok {
			out = append(out, payment.Ordered{Creditor: creditorID, Case: r.caseID, Agreement: w.Agreement, Refund: w.Refund})
		}
	}
	return out
}

// What comes beyond what is due goes back by itself where the policy says so, once, wherever the sender dies.
func TestExcessGoesBack(t *testing.T) {
	for _, at := range []string{"", "refund before", "refund after", "commit before", "commit after", "fetch before", "load receipt before"} {
		r := newRig(t, 10000)
		r.store.creditor.Policy.Refunds = collection.RefundPolicy{Excess: collection.ExcessRefund, AutomaticUpTo: 5000}
		intent := r.request(t, 1, "k1")
		p, _ := r.rail.pay(intent.ID.String(), "E1", 13000, false)
		r.receive(t, r.notice(t, "evt", p))
		r.drain(t)
		orders := r.ordered(t)
		if len(orders) != 1 {
			t.Fatalf("%d orders", len(orders))
		}
		died := false
		r.store.fault = func(call string) error {
			if call == at && !died {
				died = true
				return errDied
			}
			return nil
		}
		for range 3 { // at least once means more than once
			_ = r.refunds.Send(context.Background(), orders[0])
		}
		a := r.dossier(t).Agreements[0]
		if _, net := r.net(t); net != 10000 || a.Excess != 0 || len(r.rail.charges[intent.ID.String()].returns) != 1 {
			t.Errorf("%s: net %d, excess %d", at, net, a.Excess)
		}
		if a.Status != collection.AgreementFulfilled || a.Refunds[0].Status != collection.RefundReturned || died != (at != "") {
			t.Errorf("%s: agreement %+v", at, a)
		}
	}
}

// What is more than the policy lets go by itself waits for a person, who may ask for less and not for more than is left.
func TestRefundsByStaff(t *testing.T) {
	ctx := context.Background()
	r := newRig(t, 10000)
	r.store.creditor.Policy.Refunds = collection.RefundPolicy{Excess: collection.ExcessRefund, AutomaticUpTo: 2999}
	intent := r.request(t, 1, "k1")
	p, _ := r.rail.pay(intent.ID.String(), "E1", 13000, false)
	r.receive(t, r.notice(t, "evt", p))
	r.drain(t)
	if len(r.ordered(t)) != 0 {
		t.Fatal("refunded by itself")
	}
	staff := collection.Principal{Kind: collection.KindStaff, ID: "ana", Creditor: creditorID}
	of := payment.Payment{At: collection.ProviderAccount{Provider: "sandbox", Account: "vida"}, Fact: "E1"}
	order := func(by collection.Principal, amount money.Centavos, reason string) error {
		came, err := r.refunds.Order(ctx, by, of, amount, collection.ChoiceDone, reason)
		if (came == collection.DecisionTaken) != (err == nil) {
			t.Errorf("%s: %q, %v", reason, came, err)
		}
		return err
	}
	if err := order(r.meta().By, 1, "mine"); !errors.Is(err, collection.ErrForbidden) {
		t.Errorf("a participant ordered a refund: %v", err)
	}
	if err := order(staff, 13001, "too much"); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("more than came: %v", err)
	}
	err1, err2 := order(staff, 3000, "paid twice"), order(staff, 10000, "withdrawn")
	if err := order(staff, 1, "nothing is left"); err1 != nil || err2 != nil || err == nil {
		t.Fatalf("%v, %v, %v", err1, err2, err)
	}
	if made := r.dossier(t).Agreements[0].Refunds; len(made) != 2 || made[0].ID == made[1].ID {
		t.Fatalf("orders %+v", made)
	}
	r.rail.refuse = true
	orders := r.ordered(t)
	if err := r.refunds.Send(ctx, orders[1]); err != nil {
		t.Fatal(err)
	}
	r.rail.refuse = false
	if err := r.refunds.Send(ctx, orders[0]); err != nil {
		t.Fatal(err)
	}
	a := r.dossier(t).Agreements[0]
	_, net := r.net(t)
	if net != 10000 || a.Refunds[0].Status != collection.RefundReturned || a.Refunds[1].Status != collection.RefundRefused {
		t.Fatalf("net %d, refunds %+v", net, a.Refunds)
	}
}

// Money of nobody is applied where a person says, or sent back, each once and with who decided.
func TestOrphansAreDecided(t *testing.T) {
	ctx := context.Background()
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	r.rail.charges["nobody"] = &charge{}
	for _, fact := range []string{"E1", "E2"} {
		r.receive(t, r.notice(t, "evt_"+fact, provider.Payment{Fact: fact, TxID: "nobody", Amount: 10000, PaidAt: r.clock()}))
	}
	r.drain(t)
	staff := collection.Principal{Kind: collection.KindStaff, ID: "ana", Creditor: creditorID}
	of := func(fact string) payment.Payment {
		return payment.Payment{At: collection.ProviderAccount{Provider: "sandbox", Account: "vida"}, Fact: fact}
	}
	apply := func(fact, reason string) error {
		_, err := r.refunds.DecideOrphan(ctx, staff, of(fact), payment.OrphanWord{collection.OrphanApply, intent.ID, reason})
		return err
	}
	refund := payment.OrphanWord{Choice: collection.OrphanRefund, Reason: "not ours"}
	if err := apply("E1", "named the wrong code"); err != nil || r.store.receipts["E1"].Applied != 10000 || r.cash(t) != 10000 {
		t.Fatalf("receipt %+v, %v", r.store.receipts["E1"], err)
	}
	if kept := r.store.receipts["E1"]; kept.DecidedBy != "staff:ana" || kept.Reason != "named the wrong code" || kept.TxID != "nobody" {
		t.Fatalf("kept %+v", kept)
	}
	if err := apply("E1", "again"); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("applied twice: %v", err)
	}
	r.rail.down = true
	if _, err := r.refunds.DecideOrphan(ctx, staff, of("E2"), refund); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if err := apply("E2", "after all"); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("applied while on its way back: %v", err)
	}
	r.rail.down = false
	if _, err := r.refunds.DecideOrphan(ctx, staff, of("E2"), refund); err != nil {
		t.Fatal(err)
	}
	if kept := r.store.receipts["E2"]; kept.Status != collection.ReceiptRefunded || kept.Returned != 10000 ||
		len(r.rail.charges["nobody"].returns) != 1 {
		t.Fatalf("kept %+v", kept)
	}
	left := r.rail.charges["nobody"].returns[0]
	r.says(t, "its-notice", provider.Event{Returns: []provider.Return{left}})
	r.drain(t)
	if r.store.receipts["E2"].Returned != 10000 || r.raw("its-notice").TakenInAt.IsZero() {
		t.Fatal("the notice of a refund was booked again, or not taken in")
	}
}
