package journey

import (
	"encoding/json"
	"net/http"
	"testing"
)

// actions counts the actions of each transaction among some calls.
func actions(t *testing.T, calls []seen) []int {
	t.Helper()
	var out []int
	for _, c := range calls {
		if c.Operation != "TransactWriteItems" {
			continue
		}
		var body struct{ TransactItems []json.RawMessage }
		if err := json.Unmarshal(c.Body, &body); err != nil {
			t.Fatal(err)
		}
		out = append(out, len(body.TransactItems))
	}
	return out
}

// oneSmall fails unless there is one transaction, of at most sixty actions and at least the given number.
func oneSmall(t *testing.T, what string, counts []int, least int) {
	t.Helper()
	t.Logf("%s: transactions of %v actions", what, counts)
	if len(counts) != 1 || counts[0] > 60 || counts[0] < least {
		t.Errorf("%s takes transactions of %v actions, want one of %d to 60", what, counts, least)
	}
}

// TestFiftyDebtsAreSignedAndSettledInOneTransactionEach makes the largest deal there is and pays it.
func TestFiftyDebtsAreSignedAndSettledInOneTransactionEach(t *testing.T) {
	p := someone("vida-plena", 1)
	p.debts, p.principal = 50, 400_000
	q := someone("vida-plena", 2)
	q.debts, q.principal = 50, 400_000
	w := begin(t, setup{portfolio: csvOf(t, p, q)})

	token := w.login(p.Participant, "email")
	var long string
	calls := w.watch.during(func() { long = w.accept(token, 72) })
	counts := actions(t, of(calls, "proposal-serve"))
	if len(counts) != 2 {
		t.Fatalf("acceptance and signature take %d transactions", len(counts))
	}
	oneSmall(t, "signing 50 debts in 72 instalments", counts[1:], 50)
	if a := w.agreement(token, long); len(a.Instalments) != 72 || a.Status != "PENDING_FIRST_PAYMENT" {
		t.Fatalf("%d instalments, status %s", len(a.Instalments), a.Status)
	}
	calls = w.watch.during(func() { w.pay(w.ask(token, long, 1, "first").PaymentIntentID, 0) })
	oneSmall(t, "the first of 72 instalments", actions(t, of(calls, "payment-intake")), 5)

	token = w.login(q.Participant, "email")
	id := w.accept(token, 1)
	intent := w.ask(token, id, 1, "all")
	calls = w.watch.during(func() { w.pay(intent.PaymentIntentID, 0) })
	oneSmall(t, "settling 50 debts by one payment", actions(t, of(calls, "payment-intake")), 50)
	debts := into[overview](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil)))
	if a := w.agreement(token, id); a.Status != "FULFILLED" || debts.CaseStatus != "SETTLED" || len(debts.Debts) != 50 {
		t.Errorf("afterwards the agreement is %s and the case %s, with %d debts", a.Status, debts.CaseStatus, len(debts.Debts))
	}
}
