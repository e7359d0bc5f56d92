package journey

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/fault"
)

// oneSweep is how many calls a sweep makes that finds nothing: two queries of each of four shards. One sweep that fails is like the other.
const oneSweep = 8

// breakable gives the way to name each of some calls in a rule, as "FUNCTION/SERVICE:OPERATION #N", but for those whose answers a process
// keeps and those of later sweeps.
func breakable(calls []seen) []string {
	var out []string
	counts, sweeps := map[string]int{}, 0
	for _, c := range calls {
		if c.by == "" {
			continue
		}
		name := c.by + "/" + c.Service + ":" + c.Operation
		counts[name]++
		if c.by == "pending-sweep" {
			sweeps++
		}
		if c.Service != "secretsmanager" && (c.by != "pending-sweep" || sweeps <= oneSweep) {
			out = append(out, fmt.Sprintf("%s #%d", name, counts[name]))
		}
	}
	return out
}

// count is how many messages of a template were sent to an address.
func (w *world) count(to, template string) (n int) {
	w.t.Helper()
	for _, m := range w.inbox(to) {
		if m.TemplateID == template {
			n++
		}
	}
	return n
}

// insist repeats a request, as a client does, until it is answered with something else than a fault.
func (w *world) insist(token, method, path string, body any, key string) reply {
	w.t.Helper()
	var r reply
	for range 4 {
		if r = w.me(token, method, path, body, "Idempotency-Key", key); r.Status < http.StatusInternalServerError {
			return r
		}
	}
	return w.want(0, r)
}

// bargain is a participant's way from the offers to the paid agreement. It can be taken up again where it was broken off: every step names
// the same offer, key or text again.
type bargain struct {
	debtor    demo.Participant
	offer     string
	agreement string
	asked     intent
}

// strike goes the whole way, repeating what fails, and lets an hour pass.
func (w *world) strike(token string, b *bargain) {
	w.t.Helper()
	if b.offer == "" {
		offers := into[offerList](w.t, w.want(http.StatusOK, w.insist(token, "GET", "/v1/me/offers", nil, "")))
		b.offer = offers.Offers[0].OfferID
	}
	made := into[proposed](w.t, w.want(http.StatusCreated,
		w.insist(token, "POST", "/v1/me/proposals", map[string]string{"offerId": b.offer}, "accept")))
	path := "/v1/me/contracts/" + made.ContractNumber
	text := into[struct{ SHA256 string }](w.t, w.insist(token, "GET", path, nil, ""))
	signed := into[struct{ AgreementID string }](w.t, w.want(http.StatusOK,
		w.insist(token, "POST", path+"/signature", map[string]any{"sha256": text.SHA256, "accepted": true}, "")))
	b.agreement = signed.AgreementID
	r := w.insist(token, "POST", "/v1/me/payment-intents", map[string]any{"agreementId": b.agreement, "instalment": 1, "method": "pix"}, "pay")
	if r.Status != http.StatusCreated && r.Status != http.StatusAccepted {
		w.want(http.StatusCreated, r)
	}
	b.asked = into[intent](w.t, r)
	for n := 0; b.asked.Status == "REQUESTED"; n++ { // the machine issues it
		if n == 10 {
			w.t.Fatalf("the intent is not issued: %+v", b.asked)
		}
		w.advance(time.Minute)
		b.asked = into[intent](w.t, w.insist(token, "GET", "/v1/me/payment-intents/"+b.asked.PaymentIntentID, nil, ""))
	}
	w.advance(waiting)
	if !strings.Contains(string(w.call("GET", "/_local/sandbox/payments", nil).Body), `"PAID"`) {
		w.pay(b.asked.PaymentIntentID, 0)
	}
	w.advance(90 * time.Minute) // past the hour after which the creditor's system is asked again
}

// ended fails unless the bargain ended as it does without any crash.
func (w *world) ended(b *bargain) {
	w.t.Helper()
	asked := b.asked
	token := w.login(b.debtor, "sms")
	a := w.agreement(token, b.agreement)
	if a.Status != "FULFILLED" || a.PaidCentavos != asked.AmountCentavos || a.ExcessCentavos != 0 {
		w.t.Errorf("agreement %+v of %d", a, asked.AmountCentavos)
	}
	if b := w.books(); len(b.payments) != 1 || b.cash != asked.AmountCentavos {
		w.t.Errorf("%d entries, %d in cash, want 1 of %d", len(b.payments), b.cash, asked.AmountCentavos)
	}
	w.finished("payment-confirmation", asked.PaymentIntentID)
	if receipts := w.count(b.debtor.Email, "payment-receipt"); receipts > 1 {
		w.t.Errorf("%d receipts were sent", receipts)
	}
	intents, proposals, markers := 0, 0, 0
	for key := range w.table() {
		switch _, kind, _ := cut(key); {
		case kind == "INTENT":
			intents++
		case kind == "S#PROPOSAL":
			proposals++
		case strings.HasPrefix(kind, "M#"):
			markers++
		}
	}
	if intents != 1 || proposals != 1 || markers != 0 {
		w.t.Errorf("%d intents, %d proposals, %d events not published; want 1, 1, 0", intents, proposals, markers)
	}
	if left := w.backlog(); left != "" {
		w.t.Errorf("queues hold %s", left)
	}
}

// TestACrashAtAnyStepLosesNothing tells the story from the offer to the paid debt over and over, each time with another call of a cloud
// service failing, before and after its effect: the end is always the same.
func TestACrashAtAnyStepLosesNothing(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, rule string) []seen {
		w := begin(t, setup{})
		p := w.participant("tv-horizonte")
		token := w.login(p, "email")
		b := &bargain{debtor: p}
		stop := func() {}
		if rule != "" {
			_, stop = w.inject(rule)
		}
		calls := w.watch.during(func() { w.strike(token, b) })
		stop()
		w.ended(b)
		published := strings.Join(w.published(), " ")
		for _, name := range []string{"proposal.created", "contract.signed", "payment.issued", "payment.posted", "service.restore_requested"} {
			if !strings.Contains(published, name) {
				t.Errorf("%s was never published", name)
			}
		}
		// A crash between the claim of a receipt and its hand-over leaves it unknown: it is never sent again.
		if receipts := w.count(p.Email, "payment-receipt"); receipts == 0 && !strings.HasPrefix(rule, "contact-send/") {
			t.Error("no receipt was sent")
		}
		if rule != "" && !strings.Contains(w.log.String(), "fault: ") {
			t.Error("the call to break was not made")
		}
		return calls
	}
	points := breakable(run(t, ""))
	if t.Failed() {
		t.Fatal("the story fails without a crash")
	}
	every, kinds := size(7, 1, 1), size(1, 1, 2)
	for i := 0; i < len(points); i += every {
		n := kinds
		if strings.HasPrefix(points[i], "payment-serve/") { // what payment-issue makes good depends on which kind it was
			n = 2
		}
		for _, kind := range [][]fault.Kind{{fault.FailAfter, fault.Fail}, {fault.Fail, fault.FailAfter}}[i%2][:n] { // one usually, in turns
			t.Run(fmt.Sprintf("%s %s", points[i], kind), func(t *testing.T) {
				t.Parallel()
				run(t, points[i]+" "+string(kind))
			})
		}
	}
}
