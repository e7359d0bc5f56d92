package journey

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/parties"
	"github.com/regua/regua/shared/callout"
	"github.com/regua/regua/shared/contract"
)

// told lists what the creditors' systems were told, the oldest first.
func (w *world) told() []parties.Webhook {
	w.t.Helper()
	r := w.want(http.StatusOK, w.call("GET", "/_local/webhooks?limit=5000", nil))
	webhooks := into[struct{ Webhooks []parties.Webhook }](w.t, r).Webhooks
	slices.Reverse(webhooks)
	return webhooks
}

// TestACreditorsSystemIsTold: each event that the creditor's file asks for reaches its system, signed, with what the topic carried.
func TestACreditorsSystemIsTold(t *testing.T) {
	w := begin(t, setup{})
	token := w.login(w.participant("vida-plena"), "email")
	asked := w.ask(token, w.accept(token, 1), 1, "pay")
	w.pay(asked.PaymentIntentID, 0)
	w.settle()
	published := map[string]string{}
	for _, e := range w.cloud.Signals.Events() {
		var event struct{ ID, Type string }
		if err := json.Unmarshal(e, &event); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(contract.WebhookEvents(), event.Type) {
			published[event.ID] = string(e)
		}
	}
	told := map[string]bool{}
	for _, got := range w.told() {
		if !got.Genuine || got.Repeated || got.Fault != "" || published[got.ID] != string(got.Body) {
			t.Errorf("told %+v, published %s", got, published[got.ID])
		}
		told[got.ID] = true
	}
	if len(told) == 0 || len(told) != len(published) {
		t.Errorf("%d events told of %d published", len(told), len(published))
	}
	if backlog := w.backlog(); backlog != "" {
		t.Errorf("queues hold %s", backlog)
	}
}

// TestACreditorsSystemThatIsDown: what its system does not take comes again until it does, under the same id; what it does not take for
// three days is set aside.
func TestACreditorsSystemThatIsDown(t *testing.T) {
	w := begin(t, setup{})
	w.cloud.Systems.Down(true)
	before := len(w.told())
	token := w.login(w.participant("tv-horizonte"), "email")
	w.accept(token, 1)
	w.settle()
	w.advance(2 * time.Hour)
	waiting := tries(w.told()[before:])
	if len(waiting) == 0 {
		t.Fatal("nothing was told")
	}
	w.cloud.Systems.Down(false)
	w.advance(2 * time.Hour)
	for id, n := range waiting {
		all := tries(w.told()[before:])[id]
		if n != 6 || all != 7 { // at 0, 1, 6, 21, 51 and 111 minutes, and the next one
			t.Errorf("%s: %d tries in two hours, %d in four", id, n, all)
		}
	}
	if backlog := w.backlog(); backlog != "" {
		t.Errorf("queues hold %s", backlog)
	}

	w.cloud.Systems.Down(true)
	before = len(w.told())
	w.accept(w.login(w.participant("credora"), "email"), 1)
	w.advance(71 * time.Hour)
	givenUp := 0
	for id, n := range tries(w.told()[before:]) {
		if n == callout.MaxTries {
			givenUp++
		} else {
			t.Logf("%s: %d tries", id, n)
		}
	}
	if backlog := w.backlog(); givenUp == 0 || !strings.Contains(backlog, contract.QueueAnnounce+contract.DeadSuffix) {
		t.Errorf("%d given up; queues hold %q", givenUp, backlog)
	}
}

// tries counts how often each event was told.
func tries(told []parties.Webhook) map[string]int {
	n := map[string]int{}
	for _, got := range told {
		n[got.ID]++
	}
	return n
}
