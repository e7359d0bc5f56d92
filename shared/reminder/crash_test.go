package reminder

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/message"
)

// edge is a world whose ports count their calls, twice each, before and after what they do. At one of these the process dies.
type edge struct {
	*world
	n, fatal int
	where    string
}

type died struct{}

func (e *edge) pass(where string) {
	e.n++
	if e.n == e.fatal {
		e.where = where
		panic(died{})
	}
}

func (e *edge) Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error) {
	e.pass("before load")
	return e.world.Load(ctx, creditor, id)
}

func (e *edge) Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error {
	var last string
	for _, r := range d.Recorded() {
		last = r.Event.Type()
	}
	e.pass("before commit of " + last)
	err := e.world.Commit(ctx, d, with...)
	e.pass("after commit of " + last)
	return err
}

func (e *edge) Cap(ctx context.Context, person string) ([]calendar.Date, int64, error) {
	e.pass("before cap")
	return e.world.Cap(ctx, person)
}

func (e *edge) Send(ctx context.Context, body any) error {
	e.pass("before queue")
	err := e.world.Send(ctx, body)
	e.pass("after queue")
	return err
}

func (e *edge) Start(ctx context.Context, arn, name string, input any) error {
	e.pass("before start of execution")
	err := e.world.Start(ctx, arn, name, input)
	e.pass("after start of execution")
	return err
}

func (e *edge) SendEmail(ctx context.Context, m message.Email) error {
	e.pass("before hand-over")
	err := e.world.SendEmail(ctx, m)
	e.pass("after hand-over")
	return err
}

// alive runs a part of the product and reports whether it came to its end without a fault.
func alive(f func() error) (ok bool) {
	defer func() {
		if r := recover(); r != nil {
			if _, crash := r.(died); !crash {
				panic(r)
			}
			ok = false
		}
	}()
	return f() == nil
}

func (e *edge) parts() (*Starter, *Stepper, *Sender) {
	machine := Machine{Executions: e, ARN: "machine"}
	starter, stepper, sender := e.starter(), e.stepper(), e.sender()
	starter.Cases, starter.Machine = e, machine
	stepper.Cases, stepper.Caps, stepper.Queue, stepper.Machine = e, e, e, machine
	sender.Cases, sender.Caps, sender.Mail, sender.Machine = e, e, e, machine
	return starter, stepper, sender
}

// run lets time go by as the cloud does: an event that was not taken in and a message come again after three minutes, a step after one.
func (e *edge) run(t testing.TB, placed Placed, until time.Time) {
	t.Helper()
	starter, stepper, sender := e.parts()
	for !alive(func() error { return starter.Do(t.Context(), placed) }) {
		e.now = e.now.Add(3 * time.Minute)
	}
	for e.now.Before(until) {
		batch := e.queue
		e.queue = nil
		var again []Message
		for _, m := range batch {
			if !alive(func() error { return sender.Do(t.Context(), m) }) {
				again = append(again, m)
			}
		}
		e.queue = append(e.queue, again...)
		next := until
		if len(again) > 0 {
			next = e.now.Add(3 * time.Minute)
		} else if len(e.queue) > 0 {
			continue
		}
		for _, x := range e.executions {
			if !x.done && x.wake.Before(next) {
				next = x.wake
			}
		}
		if next.After(e.now) {
			e.now = next
		}
		for _, x := range e.executions {
			if x.done || x.wake.After(e.now) {
				continue
			}
			x.wake = e.now.Add(time.Minute)
			alive(func() error {
				step, err := stepper.Do(t.Context(), x.in)
				if err == nil {
					x.wake, x.done = step.WakeAt, step.Done
				}
				return err
			})
		}
	}
}

// TestACrashAnywhereNeverRepeatsAMessage kills the process once at every boundary of starting, planning and sending there is, one run each:
// before and after every write, message, start and hand-over, and before every read.
func TestACrashAnywhereNeverRepeatsAMessage(t *testing.T) {
	boundaries, unknown := 0, map[string]bool{}
	for fatal := 1; ; fatal++ {
		w := newWorld("2026-11-23T15:00:00Z")
		r := collection.Ruler{Version: "1", Rungs: []collection.Rung{
			rung("aviso", collection.FactDue, 2), rung("notificacao", collection.FactDue, 5), rung("ultimo", collection.FactDue, 12),
		}}
		r.Rungs[1].Mandatory = true
		w.rule("vida-plena", r)
		var id collection.CaseID
		placed := w.place(t, "vida-plena", &id, "maria", "2026-11-20")
		refused := false
		w.failMail = func(message.Email) error { // the second rung's first message is not taken: it has to leave later
			if refused || w.now.Before(time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)) {
				return nil
			}
			refused = true
			return message.ErrNotTaken
		}
		e := &edge{world: w, fatal: fatal}
		e.run(t, placed, w.now.AddDate(0, 0, 60))
		e.check(t, id)
		if e.n < fatal { // nothing is left to kill
			break
		}
		boundaries++
		for _, c := range state(t, w, id).Contacts {
			if c.Status == collection.ContactUnknown {
				unknown[e.where] = true
			}
		}
	}
	if boundaries < 40 {
		t.Errorf("only %d boundaries", boundaries)
	}
	for _, where := range []string{
		"after commit of contact.claimed", "before hand-over", "after hand-over", "before commit of contact.closed",
	} {
		if !unknown[where] {
			t.Errorf("a crash %s left no contact UNKNOWN", where)
		}
		delete(unknown, where)
	}
	t.Logf("%d boundaries; besides, UNKNOWN after %v", boundaries, unknown)
}

func (e *edge) check(t *testing.T, id collection.CaseID) {
	t.Helper()
	d := state(t, e.world, id)
	at := fmt.Sprintf("killed %s (%d)", e.where, e.fatal)
	if d.Case.Ruler.Running || d.Case.Ruler.EndReason != EndFinished {
		t.Errorf("%s: ruler %+v", at, d.Case.Ruler)
	}
	left := map[string]int{}
	for _, c := range d.Contacts {
		switch c.Status {
		case collection.ContactSent, collection.ContactUnknown:
			left[c.Rung]++
		case collection.ContactPlanned, collection.ContactClaimed:
			t.Errorf("%s: contact of %s stays %s", at, c.Rung, c.Status)
		case collection.ContactDeferred, collection.ContactRefused, collection.ContactFailed:
		}
	}
	for name, n := range left {
		if n > 1 {
			t.Errorf("%s: %s has %d contacts that may have left", at, name, n)
		}
	}
	sum := 0
	for _, n := range left {
		sum += n
	}
	if len(e.mails) > sum {
		t.Errorf("%s: %d messages left for %d contacts", at, len(e.mails), sum)
	}
	for _, name := range []string{"aviso", "notificacao", "ultimo"} {
		state, ok := d.Case.Ruler.Rung(name)
		if done := []collection.RungOutcome{collection.RungSent, collection.RungUnknown}; !ok || !slices.Contains(done, state.Outcome) {
			t.Errorf("%s: rung %s is %+v", at, name, state)
		}
	}
	lawful(t, e.world)
}
