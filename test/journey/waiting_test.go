package journey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/payment"
)

// debt is one payment under way: somebody who signed and asked for a code.
type debt struct {
	w         *world
	agreement string
	asked     intent
}

func owe(t *testing.T, s setup) debt {
	t.Helper()
	w := begin(t, s)
	token := w.login(w.participant("vida-plena"), "email")
	d := debt{w: w, agreement: w.accept(token, 1)}
	d.asked = w.ask(token, d.agreement, 1, "pay")
	return d
}

// settled fails unless the money was posted exactly once, the agreement is fulfilled, the execution has succeeded and nothing is left over.
func (d debt) settled() {
	d.w.t.Helper()
	d.paid()
	d.w.finished("payment-confirmation", d.asked.PaymentIntentID)
}

// paid fails unless the money was posted exactly once, the agreement is fulfilled and nothing is left over.
func (d debt) paid() {
	d.w.t.Helper()
	token := d.w.login(d.w.participant("vida-plena"), "sms")
	a := d.w.agreement(token, d.agreement)
	if a.Status != "FULFILLED" || a.PaidCentavos != d.asked.AmountCentavos || a.ExcessCentavos != 0 {
		d.w.t.Errorf("agreement %+v of %d", a, d.asked.AmountCentavos)
	}
	if b := d.w.books(); len(b.payments) != 1 || b.cash != d.asked.AmountCentavos {
		d.w.t.Errorf("%d entries, %d in cash, want 1 of %d", len(b.payments), b.cash, d.asked.AmountCentavos)
	}
	if left := d.w.backlog(); left != "" {
		d.w.t.Errorf("queues hold %s", left)
	}
}

// takeIn lets the bank's notice arrive and be taken in at once, in the middle of whatever else happens. The notice's own message is lost,
// so that the intake runs this once.
func (d debt) takeIn() {
	d.w.t.Helper()
	_, stop := d.w.inject("webhook-receive/sqs:SendMessage #1 fail")
	defer stop()
	n := d.w.money("vida-plena", "evt-1", "E-1", d.asked.PaymentIntentID, d.asked.AmountCentavos)
	r := d.w.deliver(n)
	if r.Status < http.StatusInternalServerError {
		d.w.t.Errorf("the notice was queued: %d", r.Status)
	}
	key := payment.NoticeKey("evt-1", []byte(n.body))
	body := fmt.Sprintf(`{"creditor":"vida-plena","provider":"sandbox","account":"vida-plena","eventKey":%q}`, key)
	batch, err := json.Marshal(map[string]any{"Records": []map[string]string{{"messageId": "m-1", "body": body, "eventSource": "aws:sqs"}}})
	if err != nil {
		d.w.t.Fatal(err)
	}
	answer, err := d.w.cloud.Functions.Invoke(d.w.t.Context(), physical("payment-intake"), batch)
	if err != nil || strings.Contains(string(answer), "m-1") {
		d.w.t.Errorf("intake: %s, %v", answer, err)
	}
}

// first calls f instead of the first call of an operation by a function, every other call as it is.
func (d debt) first(function, operation string, f func(next func() (any, error)) (any, error)) {
	var once sync.Once
	d.w.watch.stepIn(func(call seen, next func() (any, error)) (answer any, err error) {
		mine := false
		if call.by == function && call.Operation == operation {
			once.Do(func() { mine = true })
		}
		if mine {
			return f(next)
		}
		return next()
	})
}

func TestTokenStoredBeforeTheMoney(t *testing.T) {
	t.Parallel()
	d := owe(t, setup{})
	d.w.advance(waiting)
	d.w.pay(d.asked.PaymentIntentID, 0)
	d.settled()
}

func TestMoneyBeforeTheExecutionBegins(t *testing.T) {
	t.Parallel()
	d := owe(t, setup{})
	d.w.pay(d.asked.PaymentIntentID, 0)
	d.w.advance(waiting)
	d.settled()
}

func TestTokenStoredAfterTheMoney(t *testing.T) {
	d := owe(t, setup{})
	d.first("payment-wait", "UpdateItem", func(next func() (any, error)) (any, error) {
		d.takeIn()
		return next()
	})
	d.w.advance(waiting)
	d.settled()
}

// TestTokenStoredWhileTheMoneyIsPosted stores the token after the intake has read the intent and before it writes it.
func TestTokenStoredWhileTheMoneyIsPosted(t *testing.T) {
	d := owe(t, setup{})
	d.first("payment-wait", "UpdateItem", func(store func() (any, error)) (answer any, err error) {
		stored := false
		d.first("payment-intake", "TransactWriteItems", func(post func() (any, error)) (any, error) {
			answer, err = store()
			stored = true
			_, failed := post()
			var refused *wire.Error
			if !errors.As(failed, &refused) || refused.Code != "TransactionCanceledException" {
				t.Errorf("posting beside a new token ended in %v, want a cancelled transaction", failed)
			}
			return nil, failed
		})
		d.takeIn()
		if !stored {
			t.Error("the intake did not post")
		}
		return answer, err
	})
	d.w.advance(waiting)
	d.settled()
}

// TestTokenStoredLongAfterTheMoney keeps payment-wait from the table for two hours.
func TestTokenStoredLongAfterTheMoney(t *testing.T) {
	d := owe(t, setup{})
	d.w.watch.forget()
	_, stop := d.w.inject("payment-wait/dynamodb:* 100% fail")
	d.w.advance(waiting)
	d.w.pay(d.asked.PaymentIntentID, 0)
	d.w.advance(2 * time.Hour)
	stop()
	d.w.advance(time.Hour)
	failures := 0
	for _, c := range of(d.w.watch.all(), "payment-wait") {
		if c.err != nil {
			failures++
		}
	}
	if failures < 3 {
		t.Errorf("payment-wait was kept from the table %d times", failures)
	}
	d.settled()
}

// TestTokenNeverStored keeps payment-wait from the table for good: the money is posted all the same, and the execution that nothing can
// wake any more asks the provider in the end.
func TestTokenNeverStored(t *testing.T) {
	d := owe(t, setup{})
	d.w.inject("payment-wait/dynamodb:* 100% fail")
	d.w.advance(waiting)
	d.w.pay(d.asked.PaymentIntentID, 0)
	d.w.advance(26 * time.Hour)
	d.settled()
}

// TestTheNoticeNeverArrives lets every delivery of the bank fail, and the comparison of the morning too: the provider is asked before the
// intent counts as expired.
func TestTheNoticeNeverArrives(t *testing.T) {
	d := owe(t, setup{})
	d.w.inject("webhook-receive/dynamodb:* 100% fail; reconcile/*:* 100% fail")
	d.w.advance(waiting)
	d.w.pay(d.asked.PaymentIntentID, 0)
	d.w.advance(23 * time.Hour)
	if b := d.w.books(); b.cash != 0 {
		t.Fatalf("%d in cash: a notice arrived", b.cash)
	}
	d.w.advance(3 * time.Hour)
	d.settled()
}

// TestTheWakeUpIsLost ends the intake between its posting and the wake-up.
func TestTheWakeUpIsLost(t *testing.T) {
	d := owe(t, setup{})
	d.w.advance(waiting)
	d.w.inject("payment-intake/sqs:SendMessage #1 fail")
	d.w.pay(d.asked.PaymentIntentID, 0)
	d.w.advance(10 * time.Minute)
	d.settled()
}

// TestTheWebhookFunctionDiesBetweenStoreAndQueue keeps the stored notice from its queue once, with a bank that delivers again and with one
// that does not.
func TestTheWebhookFunctionDiesBetweenStoreAndQueue(t *testing.T) {
	const dies = "webhook-receive/sqs:SendMessage #1 fail"
	t.Run("the bank delivers again", func(t *testing.T) {
		d := owe(t, setup{})
		d.w.advance(waiting)
		d.w.inject(dies)
		d.w.pay(d.asked.PaymentIntentID, 0)
		if b := d.w.books(); b.cash != 0 {
			t.Fatalf("%d in cash: the function did not die", b.cash)
		}
		d.w.advance(45 * time.Second) // the bank waits half a minute; no sweep takes up what is younger than a minute
		d.settled()
	})
	t.Run("the bank does not", func(t *testing.T) {
		d := owe(t, setup{})
		d.w.advance(waiting)
		d.w.inject(dies)
		r := d.w.deliver(d.w.money("vida-plena", "evt-1", "E-1", d.asked.PaymentIntentID, d.asked.AmountCentavos))
		if r.Status < http.StatusInternalServerError {
			t.Fatalf("the delivery got %d %s", r.Status, r.Body)
		}
		d.w.advance(59 * time.Second)
		if b := d.w.books(); b.cash != 0 {
			t.Fatalf("%d in cash before the sweep", b.cash)
		}
		d.w.advance(2 * time.Minute)
		d.settled()
	})
}

// TestTheMachineIssuesWhatTheRequestCouldNot lets the record of the code fail while the participant waits: the answer says to ask again,
// and the machine has the code ten seconds later.
func TestTheMachineIssuesWhatTheRequestCouldNot(t *testing.T) {
	for _, method := range []string{"pix", "boleto"} {
		t.Run(method, func(t *testing.T) {
			w := begin(t, setup{})
			token := w.login(w.participant("vida-plena"), "email")
			d := debt{w: w, agreement: w.accept(token, 1)}
			_, stop := w.inject("payment-serve/dynamodb:TransactWriteItems #2 fail")
			body := map[string]any{"agreementId": d.agreement, "instalment": 1, "method": method}
			d.asked = into[intent](t, w.want(http.StatusAccepted, w.me(token, "POST", "/v1/me/payment-intents", body, "Idempotency-Key", "late")))
			stop()
			if d.asked.Status != "REQUESTED" || d.asked.NextAction != "poll" {
				t.Fatalf("the answer is %+v", d.asked)
			}
			w.advance(15 * time.Second)
			issued := into[intent](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/payment-intents/"+d.asked.PaymentIntentID, nil)))
			if issued.Status != "ISSUED" || (method == "pix" && issued.Pix == nil) {
				t.Errorf("15 s later it is %+v", issued)
			}
			w.pay(d.asked.PaymentIntentID, 0, "settle", method == "boleto")
			w.advance(time.Minute)
			d.settled()
		})
	}
}
