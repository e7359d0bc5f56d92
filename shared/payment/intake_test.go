package payment_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

// cash is what the ledger says came in, after checking that it is balanced.
func (r *rig) cash(t tb) money.Centavos {
	t.Helper()
	sums := map[collection.Account]money.Centavos{}
	for _, e := range r.store.entries {
		if !e.Balanced() {
			t.Fatalf("entry %+v does not balance", e)
		}
		for _, l := range e.Lines {
			sums[l.Account] += l.Amount
		}
	}
	for account, sum := range r.dossier(t).Case.Balances {
		if sums[account] != sum {
			t.Fatalf("balance of %s is %d, its entries add up to %d", account, sum, sums[account])
		}
	}
	return sums[collection.AccountCash]
}

func TestReceiveStoresQueuesAndSeals(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	p, _ := r.rail.pay(intent.ID.String(), "E1", 10000, false)
	n := r.notice(t, "evt_1", p)
	for range 3 {
		if err := r.webhooks.Receive(context.Background(), n); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.store.raws) != 1 || len(r.intake) != 3 { // not taken in yet: each delivery may be the one that is not lost
		t.Fatalf("%d raws, %d messages", len(r.store.raws), len(r.intake))
	}
	if bytes.Contains(r.raw("evt_1").Sealed, []byte(intent.ID.String())) {
		t.Fatal("the raw notice lies open")
	}
	r.drain(t)
	if err := r.webhooks.Receive(context.Background(), n); err != nil || len(r.intake) != 0 {
		t.Fatalf("taken in, and queued again: %v, %d messages", err, len(r.intake))
	}
	if r.cash(t) != 10000 || r.intent(intent.ID).Status != collection.IntentConfirmed {
		t.Fatalf("cash %d", r.cash(t))
	}
}

func TestReceiveRefuses(t *testing.T) {
	r := newRig(t, 10000)
	good := r.notice(t, "evt_1", provider.Payment{Fact: "E1", TxID: "t", Amount: 1, PaidAt: start})
	raised := bytes.Replace(good.Body, []byte("1,"), []byte("9,"), 1)
	with := func(change func(*payment.Notice)) payment.Notice {
		n := good
		change(&n)
		return n
	}
	for name, c := range map[string]struct {
		notice payment.Notice
		want   error
	}{
		"forged body":      {with(func(n *payment.Notice) { n.Body = raised }), provider.ErrSignature},
		"unsigned":         {with(func(n *payment.Notice) { n.Header = http.Header{}.Get }), provider.ErrSignature},
		"unknown account":  {with(func(n *payment.Notice) { n.Account = "other" }), collection.ErrNotFound},
		"unknown provider": {with(func(n *payment.Notice) { n.Provider = "pix" }), collection.ErrNotFound},
		"bad account":      {with(func(n *payment.Notice) { n.Account = "a#b" }), collection.ErrNotFound},
		"oversized":        {r.signed(t, "evt_2", []byte(`"`+strings.Repeat("a", payment.MaxNotice)+`"`)), provider.ErrNotice},
		"not JSON":         {r.signed(t, "evt_2", []byte(`id=1`)), provider.ErrNotice},
		"repeated name":    {r.signed(t, "evt_2", bytes.Replace(good.Body, []byte(`{`), []byte(`{"id":"x",`), 1)), provider.ErrNotice},
	} {
		if err := r.webhooks.Receive(context.Background(), c.notice); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	r.advance(5*time.Minute + time.Second)
	if err := r.webhooks.Receive(context.Background(), good); !errors.Is(err, provider.ErrSignature) {
		t.Errorf("stale: got %v", err)
	}
	if len(r.store.raws) != 0 || len(r.intake) != 0 {
		t.Error("a refused notice left something behind")
	}
}

func TestUnknownKindHasNoEffect(t *testing.T) {
	r := newRig(t, 10000)
	seq := r.dossier(t).Case.Seq
	seen := r.signed(t, "evt_9", []byte(`{"id":"evt_9","type":"charge.seen","data":null}`))
	if err := r.webhooks.Receive(context.Background(), seen); err != nil {
		t.Fatal(err)
	}
	r.drain(t)
	if r.raw("evt_9").TakenInAt.IsZero() || r.dossier(t).Case.Seq != seq || len(r.store.receipts) != 0 {
		t.Fatal("it had an effect, or was not taken in")
	}
}

func TestMoneyOfNobodyIsKeptOnce(t *testing.T) {
	r := newRig(t, 10000)
	for n, txID := range []string{"01JD9ZC0D1E2F3G4H5J6K7M8N9", "not-an-id", ""} {
		p := provider.Payment{Fact: fmt.Sprint("E", n), TxID: txID, Amount: 700, PaidAt: start}
		for _, id := range []string{"a", "b"} { // the same money under two event ids
			if err := r.webhooks.Receive(context.Background(), r.notice(t, fmt.Sprint(id, n), p)); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.drain(t)
	for fact, receipt := range r.store.receipts {
		if receipt.Status != collection.ReceiptOrphan || receipt.Amount != 700 || receipt.Fact != fact {
			t.Errorf("receipt %+v", receipt)
		}
	}
	if len(r.store.receipts) != 3 || r.orphans != 3 || r.cash(t) != 0 {
		t.Errorf("%d receipts, %d counted", len(r.store.receipts), r.orphans)
	}
}

// A case or an agreement that is missing is a fault of ours: the money must not be set aside as nobody's.
func TestAFaultIsNoOrphan(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	p, _ := r.rail.pay(intent.ID.String(), "E1", 10000, false)
	if err := r.webhooks.Receive(context.Background(), r.notice(t, "evt", p)); err != nil {
		t.Fatal(err)
	}
	kept := r.store.cases[r.caseID]
	delete(r.store.cases, r.caseID)
	if err := r.taker.TakeIn(context.Background(), r.intake[0]); err == nil || len(r.store.receipts) != 0 {
		t.Fatalf("got %v, %d receipts", err, len(r.store.receipts))
	}
	r.store.cases[r.caseID] = kept
	r.drain(t)
	if r.cash(t) != 10000 {
		t.Fatalf("cash %d", r.cash(t))
	}
}

func TestABatchIsPostedPaymentByPayment(t *testing.T) {
	r := newRig(t, 10000, 20000)
	one, two := r.request(t, 1, "k1"), r.request(t, 2, "k2")
	p1, _ := r.rail.pay(one.ID.String(), "E1", 10000, false)
	p2, _ := r.rail.pay(two.ID.String(), "E2", 20000, false)
	nobody := provider.Payment{Fact: "E3", TxID: "x", Amount: 5, PaidAt: start}
	if err := r.webhooks.Receive(context.Background(), r.notice(t, "evt", p1, nobody, p2, p1)); err != nil {
		t.Fatal(err)
	}
	commits := 0
	r.store.fault = func(call string) error { // the second posting dies once
		if call == "commit before" {
			if commits++; commits == 2 {
				return errDied
			}
		}
		return nil
	}
	if err := r.taker.TakeIn(context.Background(), r.intake[0]); !errors.Is(err, errDied) {
		t.Fatalf("got %v", err)
	}
	if !r.raw("evt").TakenInAt.IsZero() {
		t.Fatal("marked as taken in although a payment is missing")
	}
	r.drain(t)
	if r.cash(t) != 30000 || r.raw("evt").TakenInAt.IsZero() || len(r.store.receipts) != 3 || r.orphans != 1 {
		t.Fatalf("cash %d, %d receipts", r.cash(t), len(r.store.receipts))
	}
	if a := r.dossier(t).Agreements[0]; a.Status != collection.AgreementFulfilled || a.AftercareAt.IsZero() {
		t.Fatalf("agreement %+v", a)
	}
}

// Whatever payment of a batch fails, the others are posted, and the notice stays pending until all are.
func TestABatchWaitsForItsFirstPayment(t *testing.T) {
	r := newRig(t, 10000, 20000)
	one, two := r.request(t, 1, "k1"), r.request(t, 2, "k2")
	r.awaits(t, one, "token")
	p1, _ := r.rail.pay(one.ID.String(), "E1", 10000, false)
	p2, _ := r.rail.pay(two.ID.String(), "E2", 20000, false)
	if err := r.webhooks.Receive(context.Background(), r.notice(t, "evt", p1, p2)); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"commit before", "wake queue before"} { // before it is posted, and between posting and wake-up
		died := false
		r.store.fault = func(call string) error {
			if call == at && !died {
				died = true
				return errDied
			}
			return nil
		}
		if err := r.taker.TakeIn(context.Background(), r.intake[0]); !errors.Is(err, errDied) || !r.raw("evt").TakenInAt.IsZero() {
			t.Fatalf("%s: got %v", at, err)
		}
	}
	r.drain(t)
	if r.cash(t) != 30000 || r.raw("evt").TakenInAt.IsZero() || r.done["token"].Status != "CONFIRMED" {
		t.Fatalf("cash %d, done %v", r.cash(t), r.done)
	}
}

// Money that names an intent of another account is not that intent's money.
func TestMoneyAtAnotherAccountIsAnOrphan(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	p, _ := r.rail.pay(intent.ID.String(), "E1", 10000, false)
	elsewhere := r.intent(intent.ID)
	elsewhere.Account = "other"
	r.store.intents[intent.ID] = elsewhere
	for _, id := range []string{"evt_1", "evt_2"} {
		if err := r.webhooks.Receive(context.Background(), r.notice(t, id, p)); err != nil {
			t.Fatal(err)
		}
	}
	r.drain(t)
	if r.cash(t) != 0 || r.store.receipts["E1"].Status != collection.ReceiptOrphan {
		t.Fatalf("cash %d, receipts %+v", r.cash(t), r.store.receipts)
	}
}

func TestLateMoneyIsAppliedAndMoreIsExcess(t *testing.T) {
	r := newRig(t, 10000, 20000)
	late := r.request(t, 1, "k1")
	r.advance(intentLife + time.Minute)
	if out, err := r.expire.Do(context.Background(), r.started[late.ID.String()]); err != nil || out.Status != "EXPIRED" {
		t.Fatalf("got %+v, %v", out, err)
	}
	deliver := func(fact string, amount money.Centavos) {
		p := provider.Payment{Fact: fact, TxID: late.ID.String(), Amount: amount, PaidAt: r.clock()}
		if err := r.webhooks.Receive(context.Background(), r.notice(t, "evt"+fact, p)); err != nil {
			t.Fatal(err)
		}
		r.drain(t)
	}
	deliver("E1", 4000)
	a := r.dossier(t).Agreements[0]
	status := r.intent(late.ID).Status
	if a.Instalments[0].Paid != 4000 || a.Status != collection.AgreementPendingFirstPayment || status != collection.IntentConfirmed {
		t.Fatalf("after part of it: %s, %+v", status, a)
	}
	rest := r.request(t, 1, "k2")
	if rest.Amount != 6000 {
		t.Fatalf("the rest: %+v", rest)
	}
	deliver("E2", 1000) // under the first code again, while the second one lives
	if less := r.request(t, 1, "k3"); less.Amount != 5000 || less.ID == rest.ID {
		t.Fatalf("a code over what is no longer due: %+v", less)
	}
	deliver("E3", 6000)
	a = r.dossier(t).Agreements[0]
	if a.Instalments[0].Paid != 10000 || a.Excess != 1000 || a.Instalments[1].Paid != 0 || a.Status != collection.AgreementActive {
		t.Fatalf("after more than the rest: %+v", a)
	}
	deliver("E4", 6000)
	if a = r.dossier(t).Agreements[0]; a.Excess != 7000 || r.cash(t) != 17000 {
		t.Fatalf("after money for a paid instalment: %+v", a)
	}
}

// Fifty deliveries at once of ten payments for one instalment: ten postings, one settles, nine are excess, and the ledger's cash is the
// money.
func TestConcurrentDeliveries(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	var wg sync.WaitGroup
	for n := range 50 {
		p := provider.Payment{Fact: fmt.Sprint("E", n%10), TxID: intent.ID.String(), Amount: 10000, PaidAt: start}
		notice := r.notice(t, fmt.Sprint("evt_", n%25), p)
		wg.Go(func() {
			if err := r.webhooks.Receive(context.Background(), notice); err != nil {
				t.Error(err)
			}
			for !r.deliver() {
				continue
			}
		})
	}
	wg.Wait()
	r.drain(t)
	applied, excess := 0, 0
	for _, receipt := range r.store.receipts {
		switch {
		case receipt.Applied == 10000 && receipt.Excess == 0:
			applied++
		case receipt.Applied == 0 && receipt.Excess == 10000:
			excess++
		}
	}
	a := r.dossier(t).Agreements[0]
	if len(r.store.receipts) != 10 || applied != 1 || excess != 9 || r.cash(t) != 100000 || a.Excess != 90000 ||
		a.Status != collection.AgreementFulfilled {
		t.Fatalf("%d receipts, %d applied, %d excess, cash %d, agreement %+v", len(r.store.receipts), applied, excess, r.cash(t), a)
	}
	posted := slices.DeleteFunc(slices.Clone(r.store.events), func(e collection.Recorded) bool { return e.Event.Type() != "payment.posted" })
	if len(posted) != 10 || len(r.intake) != 0 {
		t.Fatalf("%d postings", len(posted))
	}
}

// The process dies between storing a notice and queueing it, and the provider does not deliver again: the sweep finds the notice.
func TestSweepFindsWhatWasLostBeforeTheQueue(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	p, _ := r.rail.pay(intent.ID.String(), "E1", 10000, false)
	r.store.fault = func(call string) error {
		if call == "intake queue before" {
			return errDied
		}
		return nil
	}
	if err := r.webhooks.Receive(context.Background(), r.notice(t, "evt", p)); !errors.Is(err, errDied) {
		t.Fatalf("got %v", err)
	}
	r.store.fault = func(string) error { return nil }
	for _, wait := range []time.Duration{0, time.Minute} {
		if err := r.requeue.RequeueStale(context.Background(), start.Add(wait)); err != nil || len(r.intake) != 0 {
			t.Fatalf("after %s: %d messages, %v", wait, len(r.intake), err)
		}
	}
	if err := r.requeue.RequeueStale(context.Background(), start.Add(time.Minute+1)); err != nil || len(r.intake) != 1 {
		t.Fatalf("%d messages, %v", len(r.intake), err)
	}
	r.drain(t)
	if r.cash(t) != 10000 {
		t.Fatalf("cash %d", r.cash(t))
	}
	r.advance(time.Hour)
	if err := r.requeue.RequeueStale(context.Background(), r.clock()); err != nil || len(r.intake) != 0 {
		t.Fatalf("a notice that was taken in is queued: %v", err)
	}
}
