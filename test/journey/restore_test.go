package journey

import (
	"encoding/json"
	"testing"
	"time"
)

// soon is how long after the money the creditor's system is asked to restore what it had cut off, at most, when no queue holds anything.
const soon = 5 * time.Second

// TestTheServiceIsRestoredSecondsAfterTheMoney pays a debt whose creditor had cut off the service.
func TestTheServiceIsRestoredSecondsAfterTheMoney(t *testing.T) {
	w := begin(t, setup{})
	token := w.login(w.participant("tv-horizonte"), "email")
	asked := w.ask(token, w.accept(token, 1), 1, "pay")
	w.settle()
	paid := w.cloud.Clock.Now()
	w.pay(asked.PaymentIntentID, 0)
	w.settle()
	if took := w.cloud.Clock.Now().Sub(paid); took > soon {
		t.Fatalf("the queues needed %s", took)
	}
	for _, event := range w.cloud.Signals.Events() {
		var e struct {
			Type       string
			OccurredAt time.Time
		}
		if err := json.Unmarshal(event, &e); err != nil {
			t.Fatal(err)
		}
		if e.Type == "service.restore_requested" {
			if after := e.OccurredAt.Sub(paid); after < 0 || after > soon {
				t.Errorf("the restoration is asked for %s after the money", after)
			}
			return
		}
	}
	t.Error("the restoration was not asked for")
}
