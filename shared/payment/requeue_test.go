package payment_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/payment"
)

// poisoned has a notice that no try takes in, as the case that it pays for cannot be loaded; its message is in the dead-letter queue.
func poisoned(t *testing.T) (r *rig, dead []payment.IntakeMessage) {
	t.Helper()
	r = newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	p, _ := r.rail.pay(intent.ID.String(), "E1", 10000, false)
	if err := r.webhooks.Receive(context.Background(), r.notice(t, "evt", p)); err != nil {
		t.Fatal(err)
	}
	r.store.fault = func(call string) error {
		if call == "load case before" {
			return errDied
		}
		return nil
	}
	dead, r.intake = r.intake, nil
	return r, dead
}

// sweepFor runs the sweep every minute and returns how often it queued something. What it queued is lost.
func (r *rig) sweepFor(t *testing.T, d time.Duration) (queued int) {
	t.Helper()
	for until := r.clock().Add(d); r.clock().Before(until); {
		r.advance(time.Minute)
		if err := r.requeue.RequeueStale(context.Background(), r.clock()); err != nil {
			t.Fatal(err)
		}
		queued += len(r.intake)
		r.intake = nil
	}
	return queued
}

func TestANoticeThatIsNeverTakenInIsParked(t *testing.T) {
	r, dead := poisoned(t)
	var lines bytes.Buffer
	r.requeue.Log = slog.New(slog.NewJSONHandler(&lines, nil))
	if first := r.sweepFor(t, 10*time.Minute); first < 2 || first > 4 {
		t.Errorf("queued %d times in the first ten minutes", first)
	}
	if n := r.sweepFor(t, 25*time.Hour); n < 20 || n > 40 || r.parked != 1 {
		t.Errorf("queued %d times in the day after, parked %d times", n, r.parked)
	}
	if n := r.sweepFor(t, 48*time.Hour); n != 0 || r.parked != 1 {
		t.Errorf("a parked notice was queued %d times, parked %d times", n, r.parked)
	}
	if said := lines.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, `"level":"ERROR"`) ||
		!strings.Contains(said, `"correlationId":"evt.`) {
		t.Errorf("the log says %s", said)
	}
	if raw := r.raw("evt"); len(raw.Sealed) == 0 || !raw.TakenInAt.IsZero() {
		t.Errorf("the notice is not kept: %+v", raw)
	}
	// The fault is mended, and the dead letter comes back.
	r.store.fault = func(string) error { return nil }
	r.intake = dead
	r.drain(t)
	if r.cash(t) != 10000 {
		t.Errorf("cash %d", r.cash(t))
	}
}

// The sweep did not run for days: what it finds then is queued before it is parked.
func TestANoticeIsQueuedBeforeItIsParked(t *testing.T) {
	r, _ := poisoned(t)
	r.store.fault = func(string) error { return nil }
	r.advance(72 * time.Hour)
	if err := r.requeue.RequeueStale(context.Background(), r.clock()); err != nil || len(r.intake) != 1 || r.parked != 1 {
		t.Fatalf("%d messages, %d parked, %v", len(r.intake), r.parked, err)
	}
	r.drain(t)
	if r.cash(t) != 10000 {
		t.Errorf("cash %d", r.cash(t))
	}
}

// A queue that takes nothing moves no notice back, and parks none.
func TestANoticeThatCannotBeQueuedKeepsItsTurn(t *testing.T) {
	r, _ := poisoned(t)
	r.store.fault = func(call string) error {
		if call == "intake queue before" {
			return errDied
		}
		return nil
	}
	for range 2 {
		r.advance(48 * time.Hour)
		if err := r.requeue.RequeueStale(context.Background(), r.clock()); !errors.Is(err, errDied) || r.parked != 0 {
			t.Fatalf("parked %d, %v", r.parked, err)
		}
	}
	refs, err := r.store.PendingRaw(context.Background(), 0, r.clock(), 10)
	if err != nil || len(refs) != 1 {
		t.Errorf("pending %v, %v", refs, err)
	}
}
