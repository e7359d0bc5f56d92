package journey

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/websign"
)

// TestPaymentsArePostedOnceHoweverTheyAreDelivered delivers the payments of three creditors one to five times each, shuffled together, some
// of the copies under event ids of their own, and forged ones among them.
func TestPaymentsArePostedOnceHoweverTheyAreDelivered(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			dice := rand.New(rand.NewPCG(seed, 7))
			w := begin(t, setup{})
			type deal struct {
				creditor, token, agreement string
				asked                      intent
			}
			var deals []deal
			var notices []notice
			var total int64
			for _, creditor := range []string{"vida-plena", "tv-horizonte", "credora"} {
				d := deal{creditor: creditor, token: w.login(w.participant(creditor), "email")}
				d.agreement = w.accept(d.token, 1)
				d.asked = w.ask(d.token, d.agreement, 1, "pay")
				deals = append(deals, d)
				for n := range 2 { // what is due, and the same once more by mistake
					total += d.asked.AmountCentavos
					for c := range 1 + dice.IntN(5) {
						event := fmt.Sprintf("evt-%s-%d-%d", creditor, n, c%2)
						notices = append(notices, w.money(creditor, event, fmt.Sprintf("E1%s%d", creditor, n), d.asked.PaymentIntentID,
							d.asked.AmountCentavos))
					}
				}
				forged := w.money(creditor, "evt-forged", "E-forged", d.asked.PaymentIntentID, 1)
				forged.body = strings.Replace(forged.body, `"amountCentavos":1`, `"amountCentavos":2`, 1)
				notices = append(notices, forged)
			}
			dice.Shuffle(len(notices), func(i, j int) { notices[i], notices[j] = notices[j], notices[i] })
			for _, n := range notices {
				status := http.StatusOK
				if strings.Contains(n.body, "E-forged") {
					status = http.StatusUnauthorized
				}
				w.want(status, w.deliver(n))
				if dice.IntN(2) == 0 {
					w.settle()
				}
			}
			w.advance(waiting)
			for _, d := range deals {
				if a := w.agreement(d.token, d.agreement); a.Status != "FULFILLED" || a.ExcessCentavos != d.asked.AmountCentavos {
					t.Errorf("%s: %+v", d.creditor, a)
				}
				w.finished("payment-confirmation", d.asked.PaymentIntentID)
			}
			if left := w.backlog(); left != "" {
				t.Errorf("queues hold %s", left)
			}
			if b := w.books(); b.cash != total || len(b.payments) != 6 || b.settling != 3 {
				t.Errorf("%d entries, %d applied, %d in cash; want 6, 3, %d", len(b.payments), b.settling, b.cash, total)
			}
		})
	}
}

// with replaces a header of a delivery; an empty value takes it away.
func (n notice) with(name, value string) notice {
	n.headers = slices.Clone(n.headers)
	for i := 0; i < len(n.headers); i += 2 {
		if n.headers[i] == name {
			n.headers[i+1] = value
			return n
		}
	}
	n.headers = append(n.headers, name, value)
	return n
}

// refusedDelivery is a delivery that must be refused.
type refusedDelivery struct {
	name   string
	notice notice
	status int
	code   string
}

// refusedDeliveries makes them around the payment of an intent; the clock has gone on when they are sent.
func (w *world) refusedDeliveries(txID string, amount int64) []refusedDelivery {
	stale := w.money("credora", "evt-stale", "E-stale", txID, amount)
	w.advance(websign.Tolerance + time.Second)
	good := func() notice { return w.money("credora", "evt-1", "E-1", txID, amount) }
	signed := func(body string) notice { return w.sign("credora", "evt-2", body) }
	altered := good()
	altered.body = strings.Replace(altered.body, fmt.Sprint(amount), fmt.Sprint(amount+1), 1)
	elsewhere := w.money("vida-plena", "evt-3", "E-3", txID, amount)
	elsewhere.path = "/v1/webhooks/sandbox/credora"
	at := func(path string) notice { n := good(); n.path = path; return n }
	payment := func(data string) notice {
		return signed(`{"id":"evt-2","type":"payment.received","data":[` + data + `]}`)
	}
	unauthorized := http.StatusUnauthorized
	return []refusedDelivery{
		{"stale", stale, unauthorized, "signature_invalid"},
		{"altered", altered, unauthorized, "signature_invalid"},
		{"signed for another account", elsewhere, unauthorized, "signature_invalid"},
		{"without a signature", good().with(websign.HeaderSignature, ""), unauthorized, "signature_invalid"},
		{"with a made-up signature", good().with(websign.HeaderSignature, "v1,"+strings.Repeat("A", 43)+"="), unauthorized, "signature_invalid"},
		{"without an id", good().with(websign.HeaderID, ""), unauthorized, "signature_invalid"},
		{"with another id", good().with(websign.HeaderID, "evt-9"), unauthorized, "signature_invalid"},
		{"from the future", good().with(websign.HeaderTimestamp, "99999999999"), unauthorized, "signature_invalid"},
		{"without a time", good().with(websign.HeaderTimestamp, ""), unauthorized, "signature_invalid"},
		{"oversized", signed(`{"id":"evt-2","type":"` + strings.Repeat("x", 256<<10) + `"}`), http.StatusRequestEntityTooLarge, "body_too_large"},
		{"of another content type", good().with("Content-Type", "text/plain"), http.StatusUnsupportedMediaType, "unsupported_media_type"},
		{"to an unknown account", at("/v1/webhooks/sandbox/nobody"), http.StatusNotFound, "not_found"},
		{"to a malformed account", at("/v1/webhooks/sandbox/%23"), http.StatusNotFound, "not_found"},
		{"to an unknown provider", at("/v1/webhooks/otherbank/credora"), http.StatusNotFound, "not_found"},
		{"malformed", signed(`{"id":"evt-2","type":`), http.StatusBadRequest, "malformed_json"},
		{"empty", signed(""), http.StatusBadRequest, "malformed_json"},
		{"with more behind it", signed(`{"id":"evt-2","type":"ping"} {}`), http.StatusBadRequest, "malformed_json"},
		{"with a key twice", signed(`{"id":"evt-2","id":"evt-3","type":"ping"}`), http.StatusBadRequest, "invalid_request"},
		{"no object", signed(`["evt-2"]`), http.StatusBadRequest, "invalid_request"},
		{"without payments", payment(""), http.StatusBadRequest, "invalid_request"},
		{"of an unknown field", payment(`{"endToEndId":"E1","txid":"T","amountCentavos":1,"paidAt":"2026-11-23T12:00:00Z","fee":1}`),
			http.StatusBadRequest, "invalid_request"},
		{"of no money", payment(`{"endToEndId":"E1","txid":"T","amountCentavos":0,"paidAt":"2026-11-23T12:00:00Z"}`),
			http.StatusBadRequest, "invalid_request"},
		{"of negative money", payment(`{"endToEndId":"E1","txid":"T","amountCentavos":-5,"paidAt":"2026-11-23T12:00:00Z"}`),
			http.StatusBadRequest, "invalid_request"},
		{"of half a centavo", payment(`{"endToEndId":"E1","txid":"T","amountCentavos":0.5,"paidAt":"2026-11-23T12:00:00Z"}`),
			http.StatusBadRequest, "invalid_request"},
	}
}

// TestADeliveryThatIsNotTheBanksChangesNothing refuses deliveries that are forged, stale or malformed, and holds the table to what it was.
func TestADeliveryThatIsNotTheBanksChangesNothing(t *testing.T) {
	w := begin(t, setup{})
	token := w.login(w.participant("credora"), "email")
	asked := w.ask(token, w.accept(token, 1), 1, "pay")
	w.advance(waiting)
	for _, c := range w.refusedDeliveries(asked.PaymentIntentID, asked.AmountCentavos) {
		before := w.table()
		r := w.deliver(c.notice)
		w.settle()
		if r.Status != c.status || r.code() != c.code {
			t.Errorf("a delivery %s got %d %s, want %d %s", c.name, r.Status, r.Body, c.status, c.code)
		}
		if diff := changed(before, w.table()); len(diff) > 0 {
			t.Errorf("a delivery %s changed %v", c.name, diff)
		}
	}
	if dead := w.backlog(); dead != "" {
		t.Errorf("queues hold %s", dead)
	}
}

// backlog names the queues that hold messages.
func (w *world) backlog() string {
	var out []string
	for _, q := range w.cloud.Messaging.Queues() {
		if n := q.Visible + q.InFlight + q.Delayed; n > 0 && !strings.HasSuffix(q.Name, "creditor-signals") {
			out = append(out, fmt.Sprintf("%d in %s", n, q.Name))
		}
	}
	return strings.Join(out, ", ")
}

// TestMoneyThatNobodyAskedForIsKept takes payments that name no intent of the account: each is kept once as an orphan, and no ledger moves.
func TestMoneyThatNobodyAskedForIsKept(t *testing.T) {
	w := begin(t, setup{})
	token := w.login(w.participant("credora"), "email")
	asked := w.ask(token, w.accept(token, 1), 1, "pay")
	before := w.table()
	for i, txID := range []string{"01JD9Z3V4QW8X6M2N7P5R1T0KC", "not-ours", asked.PaymentIntentID} {
		for copies := range 2 { // the last one names another creditor's intent
			w.want(http.StatusOK, w.deliver(w.money("vida-plena", fmt.Sprintf("evt-%d-%d", i, copies), fmt.Sprintf("E-%d", i), txID, 777)))
			w.settle()
		}
	}
	receipts := 0
	for _, key := range changed(before, w.table()) {
		if strings.HasSuffix(key, " RECEIPT") {
			receipts++
		}
	}
	if b := w.books(); receipts != 3 || b.cash != 0 {
		t.Errorf("%d receipts are kept, want 3; %d in cash, want nothing", receipts, b.cash)
	}
	if got := into[intent](t, w.me(token, "GET", "/v1/me/payment-intents/"+asked.PaymentIntentID, nil)); got.Status != "ISSUED" {
		t.Errorf("the intent of another creditor is %s", got.Status)
	}
	if left := w.backlog(); left != "" {
		t.Errorf("queues hold %s", left)
	}
}
