package journey

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// atOnce is how many calls are in flight together: enough to meet at every step, and few enough that a slow machine answers the last in
// time.
const atOnce = 200

// together runs n calls at once, as many as can be in flight, and returns their answers by number.
func (w *world) together(n int, call func(i int) (reply, error)) []reply {
	w.t.Helper()
	replies, errs := make([]reply, n), make([]error, n)
	start, flying := make(chan struct{}), make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			flying <- struct{}{}
			defer func() { <-flying }()
			replies[i], errs[i] = call(i)
		})
	}
	close(start)
	all.Wait()
	for i, err := range errs {
		if err != nil {
			w.t.Fatalf("call %d: %v", i, err)
		}
	}
	return replies
}

// TestOneOfferMakesOneProposal accepts one offer two hundred times at once, each under a key of its own; fewer times under -short, as each
// writes a contract, which the race detector makes ten times as slow.
func TestOneOfferMakesOneProposal(t *testing.T) {
	acceptances := size(40, 200, 200)
	w := begin(t, setup{})
	token := w.login(w.participant("vida-plena"), "email")
	body := map[string]string{"offerId": w.firstOffer(token)}
	before := w.table()
	accept := func(i int) (reply, error) {
		return w.try("POST", "/v1/me/proposals", body, append(bearer(token), "Idempotency-Key", fmt.Sprintf("device-%d", i))...)
	}
	replies := w.together(acceptances, accept)
	winner := -1
	for i, r := range replies {
		switch {
		case r.Status == http.StatusCreated && winner < 0:
			winner = i
		case r.Status == http.StatusCreated:
			t.Errorf("acceptances %d and %d both made a proposal", winner, i)
		case r.Status != http.StatusConflict || r.code() != "offer_taken" && r.code() != "conflict":
			t.Errorf("acceptance %d got %d %s", i, r.Status, r.Body)
		}
	}
	if winner < 0 {
		t.Fatal("no acceptance made a proposal")
	}
	proposals := 0
	for _, key := range changed(before, w.table()) {
		if _, sort, _ := cut(key); sort == "S#PROPOSAL" {
			proposals++
		}
	}
	if proposals != 1 {
		t.Errorf("%d proposals are stored", proposals)
	}
	again, err := accept(winner)
	if err != nil {
		t.Fatal(err)
	}
	if again.Status != http.StatusCreated || string(again.Body) != string(replies[winner].Body) ||
		again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("the same key again got %d %s, replayed %q; at first %s", again.Status, again.Body, again.Header.Get("Idempotency-Replayed"),
			replies[winner].Body)
	}
	other, err := w.try("POST", "/v1/me/proposals", map[string]string{"offerId": w.lastOffer(token)},
		append(bearer(token), "Idempotency-Key", fmt.Sprintf("device-%d", winner))...)
	if err != nil || other.code() != "idempotency_mismatch" {
		t.Errorf("the same key for another offer got %d %s, %v", other.Status, other.Body, err)
	}
}

// TestOneKeyMakesOneProposal accepts one offer fifty times at once under the same key: all get the first answer, but for those that come
// while it is being worked out.
func TestOneKeyMakesOneProposal(t *testing.T) {
	w := begin(t, setup{})
	token := w.login(w.participant("credora"), "email")
	body := map[string]string{"offerId": w.firstOffer(token)}
	first := ""
	replies := w.together(50, func(int) (reply, error) {
		return w.try("POST", "/v1/me/proposals", body, append(bearer(token), "Idempotency-Key", "one")...)
	})
	fresh := 0
	for _, r := range replies {
		if r.Status == http.StatusConflict && (r.code() == "conflict" || r.code() == "idempotency_in_progress") {
			continue
		}
		w.want(http.StatusCreated, r)
		if r.Header.Get("Idempotency-Replayed") == "" {
			fresh++
		}
		if first == "" {
			first = string(r.Body)
		}
		if string(r.Body) != first {
			t.Errorf("two answers under one key: %s and %s", first, r.Body)
		}
	}
	if fresh != 1 {
		t.Errorf("%d answers say that they are the first", fresh)
	}
}

// TestTenPaymentsForOneInstalment delivers ten payments of one instalment five times each, all fifty at once: ten are posted, one settles
// the instalment, nine stand as excess, and the ledger holds exactly the money that came.
func TestTenPaymentsForOneInstalment(t *testing.T) {
	w := begin(t, setup{})
	token := w.login(w.participant("vida-plena"), "email")
	id := w.accept(token, 1)
	asked := w.ask(token, id, 1, "once")
	const payments, copies = 10, 5
	var notices []notice
	for i := range payments * copies {
		n := i % payments
		event := fmt.Sprintf("evt-%d-%d", n, i/payments%2) // the same payment also comes under another event
		notices = append(notices, w.money("vida-plena", event, fmt.Sprintf("E9999999920261123%04d", n), asked.PaymentIntentID,
			asked.AmountCentavos))
	}
	for _, r := range w.together(len(notices), func(i int) (reply, error) {
		return w.try("POST", notices[i].path, notices[i].body, notices[i].headers...)
	}) {
		w.want(http.StatusOK, r)
	}
	w.settle()
	a := w.agreement(token, id)
	if a.Status != "FULFILLED" || a.PaidCentavos != asked.AmountCentavos || a.ExcessCentavos != 9*asked.AmountCentavos {
		t.Errorf("agreement %+v of %d", a, asked.AmountCentavos)
	}
	books := w.books()
	if len(books.payments) != payments || books.cash != payments*asked.AmountCentavos || books.settling != 1 {
		t.Errorf("%d entries, %d of them applied, %d in cash; want %d, 1, %d", len(books.payments), books.settling, books.cash, payments,
			payments*asked.AmountCentavos)
	}
	if books.excess != 9*asked.AmountCentavos {
		t.Errorf("%d stand as excess, want nine of %d", books.excess, asked.AmountCentavos)
	}
	w.advance(waiting)
	w.finished("payment-confirmation", asked.PaymentIntentID)
	if left := w.backlog(); left != "" {
		t.Errorf("queues hold %s", left)
	}
}
