package journey

import (
	"net/http"
	"testing"
)

// TestDealsEndByThemselves lets the clock run over deals that are not paid, broken off and paid in time.
func TestDealsEndByThemselves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		paid   int
		status string
		debt   string
	}{
		"unpaid": {0, "LAPSED", "OPEN"}, "broken": {1, "BREACHED", "OPEN"}, "paid": {2, "FULFILLED", "SETTLED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := someone("vida-plena", 1)
			w := begin(t, setup{portfolio: csvOf(t, p)})
			token := w.login(p.Participant, "email")
			id := w.accept(token, 2)
			for n := range c.paid {
				w.pay(w.ask(token, id, n+1, name+string(rune('a'+n))).PaymentIntentID, 0)
			}
			w.advance(100 * day)
			token = w.login(p.Participant, "email")
			a, debts := w.agreement(token, id), into[overview](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil)))
			if a.Status != c.status || debts.Debts[0].Status != c.debt {
				t.Errorf("%s with debts %+v", a.Status, debts.Debts)
			}
			if c.paid == 1 && (a.Instalments[0].Status != "PAID" || a.Instalments[1].Status != "CANCELLED") {
				t.Errorf("instalments %+v", a.Instalments)
			}
			if c.debt == "OPEN" { // and it can be dealt about again
				next := w.accept(token, 1)
				w.pay(w.ask(token, next, 1, "again").PaymentIntentID, 0)
				again := into[struct{ Restructures []string }](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/agreements/"+next, nil)))
				if b := w.agreement(token, next); b.Status != "FULFILLED" || len(again.Restructures) != 1 || again.Restructures[0] != id {
					t.Errorf("the next deal is %s, restructures %v", b.Status, again.Restructures)
				}
			}
		})
	}
}

// TestWithdrawal takes a deal back within seven days, after its first payment.
func TestWithdrawal(t *testing.T) {
	t.Parallel()
	p := someone("tv-horizonte", 1)
	w := begin(t, setup{portfolio: csvOf(t, p)})
	token := w.login(p.Participant, "email")
	id := w.accept(token, 2)
	path := "/v1/me/agreements/" + id + "/withdrawal"
	w.pay(w.ask(token, id, 1, "first").PaymentIntentID, 0)
	w.ask(token, id, 2, "second")
	if r := w.me(token, "POST", path, map[string]any{"confirmed": false}); r.Status != http.StatusBadRequest {
		t.Errorf("without a confirmation: %d", r.Status)
	}
	for n := range 2 { // before the second, the money has perhaps gone back already
		a := into[agreement](t, w.want(http.StatusOK, w.me(token, "POST", path, map[string]any{"confirmed": true})))
		if a.Status != "WITHDRAWN" || a.PaidCentavos == 0 || (n == 0 && a.ExcessCentavos != a.PaidCentavos) || a.NextAction != "see_debts" {
			t.Fatalf("agreement %+v", a)
		}
	}
	if r := w.me(token, "POST", "/v1/me/payment-intents", map[string]any{"agreementId": id, "instalment": 2, "method": "pix"},
		"Idempotency-Key", "late"); r.code() != "instalment_not_payable" {
		t.Errorf("paying on: %s", r.Body)
	}
	debts := into[overview](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil)))
	if debts.CaseStatus != "OPEN" {
		t.Errorf("debts %+v", debts)
	}
	second := w.accept(token, 1)
	w.advance(8 * day)
	token = w.login(p.Participant, "email")
	if r := w.me(token, "POST", "/v1/me/agreements/"+second+"/withdrawal", map[string]any{"confirmed": true}); r.code() != "too_late" {
		t.Errorf("after the seventh day: %s", r.Body)
	}
}
