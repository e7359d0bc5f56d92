package payment_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

func (r *rig) awaits(t tb, intent collection.Intent, token string) {
	t.Helper()
	ref := r.started[intent.ID.String()]
	in := payment.Waiting{Creditor: ref.Creditor, CaseID: ref.CaseID, IntentID: ref.IntentID, Token: token}
	if _, err := r.wait.Do(context.Background(), in); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) paid(t tb, intent collection.Intent, fact string) {
	t.Helper()
	p, ok := r.rail.pay(intent.ID.String(), fact, intent.Amount, false)
	if !ok {
		t.Fatal("the rail refuses")
	}
	if err := r.webhooks.Receive(context.Background(), r.notice(t, "evt_"+fact, p)); err != nil {
		t.Fatal(err)
	}
}

// The four orders of a waiting execution and its money.
func TestOrdersOfTokenAndMoney(t *testing.T) {
	ctx := context.Background()
	confirmed := payment.Outcome{Status: "CONFIRMED"}
	t.Run("token first", func(t *testing.T) {
		r := newRig(t, 10000)
		intent := r.request(t, 1, "k1")
		r.awaits(t, intent, "token")
		if len(r.wakes) != 0 {
			t.Fatal("woken without money")
		}
		r.paid(t, intent, "E1")
		r.drain(t)
		if r.done["token"] != confirmed {
			t.Fatalf("done %v", r.done)
		}
	})
	t.Run("money first", func(t *testing.T) {
		r := newRig(t, 10000)
		intent := r.request(t, 1, "k1")
		r.paid(t, intent, "E1")
		r.drain(t)
		if len(r.done) != 0 {
			t.Fatal("woken before it waits")
		}
		r.awaits(t, intent, "token")
		if len(r.done) != 0 {
			t.Fatal("the function that stores the token answered it")
		}
		r.drain(t)
		if r.done["token"] != confirmed {
			t.Fatalf("done %v", r.done)
		}
	})
	t.Run("at the same time", func(t *testing.T) {
		r := newRig(t, 10000)
		intent := r.request(t, 1, "k1")
		r.paid(t, intent, "E1")
		stored := false
		r.store.fault = func(call string) error {
			if call == "commit before" && !stored { // the posting has read the intent without a waiter
				stored = true
				r.awaits(t, intent, "token")
			}
			return nil
		}
		r.drain(t)
		if r.done["token"] != confirmed || !stored {
			t.Fatalf("done %v", r.done)
		}
	})
	t.Run("never", func(t *testing.T) {
		r := newRig(t, 10000)
		intent := r.request(t, 1, "k1")
		r.awaits(t, intent, "token")
		r.advance(intentLife + 1)
		out, err := r.expire.Do(ctx, r.started[intent.ID.String()])
		if err != nil || out.Status != "EXPIRED" || !r.rail.charges[intent.ID.String()].cancelled {
			t.Fatalf("got %+v, %v", out, err)
		}
		if again, err := r.expire.Do(ctx, r.started[intent.ID.String()]); err != nil || again != out {
			t.Fatalf("again %+v, %v", again, err)
		}
	})
}

func TestWakeUpSurvivesACrash(t *testing.T) {
	for _, at := range []string{"wake queue before", "wake queue after", "commit after", "succeed before", "succeed after"} {
		t.Run(at, func(t *testing.T) {
			r := newRig(t, 10000)
			intent := r.request(t, 1, "k1")
			r.awaits(t, intent, "token")
			r.paid(t, intent, "E1")
			died := false
			r.store.fault = func(call string) error {
				if call == at && !died {
					died = true
					return errDied
				}
				return nil
			}
			r.drain(t)
			if !died || r.done["token"].Status != "CONFIRMED" || r.cash(t) != 10000 {
				t.Fatalf("died %t, done %v, cash %d", died, r.done, r.cash(t))
			}
		})
	}
}

func TestARetriedTaskWaitsUnderItsNewToken(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	r.awaits(t, intent, "old")
	r.awaits(t, intent, "new")
	r.paid(t, intent, "E1")
	r.drain(t)
	if len(r.done) != 1 || r.done["new"].Status != "CONFIRMED" {
		t.Fatalf("done %v", r.done)
	}
}

func TestWakeWithoutAnEndDoesNothing(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	r.awaits(t, intent, "token")
	msg := payment.WakeMessage{Creditor: "vida-plena", IntentID: intent.ID.String()}
	if err := r.wake.Do(context.Background(), msg); err != nil || len(r.done) != 0 {
		t.Fatalf("done %v, %v", r.done, err)
	}
	msg.IntentID = "01JD9ZC0D1E2F3G4H5J6K7M8N9"
	if err := r.wake.Do(context.Background(), msg); !errors.Is(err, collection.ErrNotFound) {
		t.Fatalf("unknown intent: %v", err)
	}
	for _, token := range []string{"", strings.Repeat("t", 2049)} {
		_, err := r.wait.Do(context.Background(), payment.Waiting{Creditor: "vida-plena", IntentID: intent.ID.String(), Token: token})
		if !errors.Is(err, collection.ErrInvalid) {
			t.Fatalf("token of %d bytes: %v", len(token), err)
		}
	}
}

func TestExpireAsksTheProvider(t *testing.T) {
	ctx := context.Background()
	t.Run("paid and never reported", func(t *testing.T) {
		r := newRig(t, 10000)
		intent := r.request(t, 1, "k1")
		p, _ := r.rail.pay(intent.ID.String(), "E1", 10000, false)
		r.advance(intentLife + 1)
		out, err := r.expire.Do(ctx, r.started[intent.ID.String()])
		if err != nil || out.Status != "CONFIRMED" || r.cash(t) != 10000 {
			t.Fatalf("got %+v, %v", out, err)
		}
		if err := r.webhooks.Receive(ctx, r.notice(t, "evt", p)); err != nil { // the notice comes after all
			t.Fatal(err)
		}
		r.drain(t)
		if r.cash(t) != 10000 || len(r.store.receipts) != 1 {
			t.Fatalf("cash %d", r.cash(t))
		}
	})
	t.Run("paid between question and cancellation", func(t *testing.T) {
		r := newRig(t, 10000)
		intent := r.request(t, 1, "k1")
		r.store.fault = func(call string) error {
			if call == "cancel before" {
				r.rail.pay(intent.ID.String(), "E1", 10000, false)
			}
			return nil
		}
		if out, err := r.expire.Do(ctx, r.started[intent.ID.String()]); err != nil || out.Status != "CONFIRMED" || r.cash(t) != 10000 {
			t.Fatalf("got %+v, %v", out, err)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		r := newRig(t, 10000)
		intent := r.request(t, 1, "k1")
		r.rail.down = true
		r.advance(intentLife + 1)
		if _, err := r.expire.Do(ctx, r.started[intent.ID.String()]); !errors.Is(err, collection.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		if r.intent(intent.ID).Status != collection.IntentIssued {
			t.Fatal("closed without an answer")
		}
	})
	t.Run("never issued", func(t *testing.T) {
		r := newRig(t, 10000)
		r.rail.down = true
		intent := r.request(t, 1, "k1")
		r.rail.down = false
		r.advance(intentLife + 1)
		if out, err := r.expire.Do(ctx, r.started[intent.ID.String()]); err != nil || out.Status != "EXPIRED" {
			t.Fatalf("got %+v, %v", out, err)
		}
	})
}

// Every task input that was ever deployed decodes: executions of earlier versions go on under this one.
func TestKeptTaskInputsDecode(t *testing.T) {
	decode := map[string]func([]byte) (any, error){
		"Issue":  func(b []byte) (any, error) { return strictjson.Decode[payment.Ref](b) },
		"Await":  func(b []byte) (any, error) { return strictjson.Decode[payment.Waiting](b) },
		"Expire": func(b []byte) (any, error) { return strictjson.Decode[payment.Ref](b) },
	}
	files, err := filepath.Glob("../../statemachines/testdata/payment-confirmation/*.in*.json")
	if err != nil || len(files) < len(decode) {
		t.Fatalf("%d kept inputs, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		state, _, _ := strings.Cut(filepath.Base(file), ".")
		f, ok := decode[state]
		if !ok {
			t.Fatalf("no task reads %s", file)
		}
		value, err := f(text)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		again, err := json.Marshal(value)
		if err != nil || string(again) != strings.TrimSpace(string(text)) { // nothing was left out
			t.Fatalf("%s comes back as %s, %v", file, again, err)
		}
	}
}

// A slip was paid at a counter, and its instalment by PIX before the slip's money came: the slip cannot be called back. Its execution waits
// for the slip's time, and is woken neither by the PIX nor by itself.
func TestANoticedSlipOfAPaidInstalmentIsWaitedFor(t *testing.T) {
	r := withRoutes(t, 10000)
	pix, slip := r.by(t, collection.MethodPix, 1, "p"), r.by(t, collection.MethodBoleto, 1, "b")
	r.awaits(t, slip, "first")
	r.rail.charges[slip.ID.String()].noticed = true
	r.says(t, "seen", provider.Event{Noticed: []provider.Noticed{{TxID: slip.ID.String()}}})
	r.paid(t, pix, "E1")
	r.drain(t)
	out, err := r.expire.Do(t.Context(), r.started[slip.ID.String()])
	if err != nil || out.Status != "NOTICED" {
		t.Fatalf("asked: %+v, %v", out, err)
	}
	r.awaits(t, slip, "second")
	r.drain(t)
	if len(r.done) != 0 {
		t.Fatalf("woken: %v", r.done)
	}
	settled, _ := r.rail.pay(slip.ID.String(), "E2", 10000, true)
	r.says(t, "settled", provider.Event{Payments: []provider.Payment{settled}})
	r.drain(t)
	if r.done["second"].Status != "CONFIRMED" || r.cash(t) != 20000 {
		t.Errorf("the slip's money woke %v, cash %d", r.done, r.cash(t))
	}
}

// A code that gives way to money which goes back again before it is closed was withdrawn, whatever its time: it has not expired.
func TestACodeThatIsWithdrawnBeforeItsTimeHasNotExpired(t *testing.T) {
	r := withRoutes(t, 10000)
	slip := r.by(t, collection.MethodBoleto, 1, "b")
	out, err := r.expire.Do(t.Context(), r.started[slip.ID.String()])
	if err != nil || out.Status != "CANCELLED" || !r.rail.charges[slip.ID.String()].cancelled {
		t.Errorf("at once: %+v, %v", out, err)
	}
	other := r.by(t, collection.MethodBoleto, 1, "c")
	r.advance(other.ExpiresAt.Sub(r.clock()) - 30*time.Second) // by a clock that is a little behind
	if out, err := r.expire.Do(t.Context(), r.started[other.ID.String()]); err != nil || out.Status != "EXPIRED" {
		t.Errorf("when its time comes: %+v, %v", out, err)
	}
}
