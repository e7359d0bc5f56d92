package journey

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/contract"
)

// step is one request of a walk through all routes, and what it may cost.
type step struct {
	method, route string // of contract
	path          string
	body          any
	headers       []string
	status        int
	calls         string // of the function that answers, in order
}

const (
	query = "dynamodb:Query"
	// unwrap opens the key of a case that the function has not worked on for five minutes.
	unwrap = "kms:Decrypt "
	// commit is one transaction and what publishes it: the topic, and the marker's deletion.
	commit = "dynamodb:TransactWriteItems sns:PublishBatch dynamodb:BatchWriteItem"
)

// TestEachParticipantRequestKeepsToItsBudget counts the calls of cloud services that every route of a participant makes when the function
// is warm: debts in one Query, any request in three calls of the table, a payment code in five.
func TestEachParticipantRequestKeepsToItsBudget(t *testing.T) {
	warm, p := someone("credora", 1), someone("credora", 2)
	w := begin(t, setup{portfolio: csvOf(t, warm, p)})
	w.walk(w.login(warm.Participant, "email"), "warm-up", func(step) {})
	token := w.login(p.Participant, "email")
	walked := map[string]bool{}
	w.walk(token, "counted", func(s step) {
		var got reply
		calls := w.watch.during(func() { got = w.me(token, s.method, s.path, s.body, s.headers...) })
		w.want(s.status, got)
		calls = of(calls, functionOf(t, s))
		if profile(calls) != s.calls {
			t.Errorf("%s %s calls %q, want %q", s.method, s.route, profile(calls), s.calls)
		}
		most := 3
		if s.method == http.MethodPost && s.route == "/v1/me/payment-intents" {
			most = 5
		}
		if n := len(operations(calls, "dynamodb")); n > most {
			t.Errorf("%s %s calls the table %d times, at most %d are allowed", s.method, s.route, n, most)
		}
		walked[s.method+" "+s.route] = true
	})
	for _, r := range contract.Routes() {
		if r.Kind == contract.Participant && !walked[r.Method+" "+r.Path] {
			t.Errorf("%s %s was not counted", r.Method, r.Path)
		}
	}
}

func functionOf(t *testing.T, s step) string {
	t.Helper()
	for _, r := range contract.Routes() {
		if r.Method == s.method && r.Path == s.route {
			return r.Function
		}
	}
	t.Fatalf("no route %s %s", s.method, s.route)
	return ""
}

// walk goes through every route of a participant once and calls visit in place of each request that is to be counted; visit nil or one
// that does nothing leaves the request to the walk.
func (w *world) walk(token, name string, visit func(step)) {
	w.t.Helper()
	show := func(route, path, calls string) {
		s := step{"GET", route, path, nil, nil, http.StatusOK, calls}
		w.want(s.status, w.me(token, s.method, s.path, nil)) // warms what a process keeps
		visit(s)
	}
	show("/v1/me/debts", "/v1/me/debts", query)
	show("/v1/me/offers", "/v1/me/offers", query)
	debts := into[offerList](w.t, w.me(token, "GET", "/v1/me/offers", nil)).DebtIDs
	simulate := step{"POST", "/v1/me/simulations", "/v1/me/simulations", map[string]any{"debtIds": debts, "instalments": 2}, nil,
		http.StatusOK, query}
	visit(simulate)
	first := w.firstOffer(token)
	proposals := func(offer, key string) step {
		return step{"POST", "/v1/me/proposals", "/v1/me/proposals", map[string]string{"offerId": offer}, []string{"Idempotency-Key", name + key},
			http.StatusCreated, query + " " + unwrap + commit}
	}
	visit(proposals(first, "1"))
	made := into[proposed](w.t, w.want(http.StatusCreated, w.send(token, proposals(first, "1"))))
	show("/v1/me/proposals/{id}", "/v1/me/proposals/"+made.ProposalID, query)
	refuse := step{"DELETE", "/v1/me/proposals/{id}", "/v1/me/proposals/" + made.ProposalID, nil, nil, http.StatusOK, query + " " + commit}
	visit(refuse)
	w.want(http.StatusOK, w.send(token, refuse))
	w.advance(2 * time.Second) // a new quote instant makes another offer
	second := w.firstOffer(token)
	made = into[proposed](w.t, w.want(http.StatusCreated, w.send(token, proposals(second, "2"))))
	show("/v1/me/contracts/{number}", "/v1/me/contracts/"+made.ContractNumber, query+" dynamodb:GetItem")
	show("/v1/me/contracts/{number}/pdf", "/v1/me/contracts/"+made.ContractNumber+"/pdf", query+" dynamodb:GetItem")
	text := into[struct{ SHA256 string }](w.t, w.me(token, "GET", "/v1/me/contracts/"+made.ContractNumber, nil))
	sign := step{"POST", "/v1/me/contracts/{number}/signature", "/v1/me/contracts/" + made.ContractNumber + "/signature",
		map[string]any{"sha256": text.SHA256, "accepted": true}, nil, http.StatusOK,
		query + " kms:Sign " + commit}
	visit(sign)
	signed := into[struct{ AgreementID string }](w.t, w.want(http.StatusOK, w.send(token, sign)))
	show("/v1/me/agreements/{id}", "/v1/me/agreements/"+signed.AgreementID, query)
	ask := step{"POST", "/v1/me/payment-intents", "/v1/me/payment-intents",
		map[string]any{"agreementId": signed.AgreementID, "instalment": 1, "method": "pix"}, []string{"Idempotency-Key", name + "3"},
		http.StatusCreated, query + " " + unwrap + commit + " states:StartExecution " + commit}
	visit(ask)
	asked := into[intent](w.t, w.want(http.StatusCreated, w.send(token, ask)))
	show("/v1/me/payment-intents/{id}", "/v1/me/payment-intents/"+asked.PaymentIntentID, query+" dynamodb:GetItem")
	withdraw := step{"POST", "/v1/me/agreements/{id}/withdrawal", "/v1/me/agreements/" + signed.AgreementID + "/withdrawal",
		map[string]any{"confirmed": true}, nil, http.StatusOK, query + " " + commit}
	visit(withdraw)
	w.want(http.StatusOK, w.send(token, withdraw))
	out := step{"POST", "/v1/auth/logout", "/v1/auth/logout", nil, nil, http.StatusNoContent, query + " dynamodb:DeleteItem"}
	visit(out)
}

type proposed struct{ ProposalID, ContractNumber, Status, NextAction string }

func (w *world) send(token string, s step) reply {
	w.t.Helper()
	return w.me(token, s.method, s.path, s.body, s.headers...)
}

// firstOffer is the id of the best offer.
func (w *world) firstOffer(token string) string {
	w.t.Helper()
	offers := into[offerList](w.t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/offers", nil)))
	if len(offers.Offers) == 0 {
		w.t.Fatal("no offers")
	}
	return offers.Offers[0].OfferID
}

// TestTheSessionIsTouchedAtMostOnceAMinute counts what the budgets leave out.
func TestTheSessionIsTouchedAtMostOnceAMinute(t *testing.T) {
	w := begin(t, setup{})
	token := w.login(w.participant("credora"), "email")
	touches := func() int {
		calls := w.watch.during(func() { w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil)) })
		return strings.Count(profile(calls), "dynamodb:UpdateItem")
	}
	var got []int
	for range 5 { // after 0, 25, 50, 75 and 100 seconds
		got = append(got, touches()+touches())
		w.advance(25 * time.Second)
	}
	if fmt.Sprint(got) != "[0 0 0 1 0]" {
		t.Errorf("writes of the session by two requests every 25 seconds: %v, want one in the second minute", got)
	}
}

// TestAWebhookDeliveryIsOneConditionalWrite counts what a notice costs until it is answered, and what its intake costs then: it reads the
// notice, its intent and its case, posts in one transaction, and deletes its marker in one batch.
func TestAWebhookDeliveryIsOneConditionalWrite(t *testing.T) {
	t.Parallel()
	w := begin(t, setup{})
	p := w.participant("vida-plena")
	token := w.login(p, "email")
	first := w.ask(token, w.accept(token, 2), 1, "one")
	w.pay(first.PaymentIntentID, 0) // warms the functions
	second := w.ask(token, into[overview](t, w.me(token, "GET", "/v1/me/debts", nil)).Agreements[0].AgreementID, 2, "two")
	w.advance(waiting)
	calls := w.watch.during(func() { w.pay(second.PaymentIntentID, 0) })
	if got, want := profile(of(calls, "webhook-receive")), "dynamodb:PutItem sqs:SendMessage"; got != want {
		t.Errorf("a delivery calls %q, want %q", got, want)
	}
	for _, c := range of(calls, "webhook-receive") {
		if c.Service == "dynamodb" && !strings.Contains(string(c.Body), `"ConditionExpression"`) {
			t.Error("the delivery's write has no condition")
		}
	}
	want := "dynamodb:GetItem dynamodb:GetItem dynamodb:Query " + commit + " sqs:SendMessage"
	if got := profile(of(calls, "payment-intake")); got != want {
		t.Errorf("the intake calls %q, want %q", got, want)
	}
}

// lastOffer is the id of the least good offer.
func (w *world) lastOffer(token string) string {
	w.t.Helper()
	offers := into[offerList](w.t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/offers", nil)))
	return offers.Offers[len(offers.Offers)-1].OfferID
}
