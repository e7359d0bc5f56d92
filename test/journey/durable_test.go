package journey

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/store"
)

// open opens a data directory, and closes it with the test.
func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	return st
}

// stall holds every call of a cloud service from a number on, as if the process had been killed there. A call that is held after its
// effect has changed the table, and nobody has heard of it.
type stall struct {
	mu      sync.Mutex
	count   int
	sweeps  int // calls of the sweep: one sweep is like the other
	at      int
	after   bool
	reached chan struct{} // closed at the first call that is held
	let     chan struct{} // closed to let go of those that are held
}

func (s *stall) step(call seen, next func() (any, error)) (any, error) {
	s.mu.Lock()
	if call.by == "pending-sweep" {
		s.sweeps++
	}
	if call.by == "" || s.sweeps > oneSweep && call.by == "pending-sweep" && s.count <= s.at {
		s.mu.Unlock()
		return next()
	}
	n := s.count
	s.count++
	s.mu.Unlock()
	if n < s.at {
		return next()
	}
	if n == s.at {
		if s.after {
			_, _ = next() // nobody hears what came of it
		}
		close(s.reached)
	}
	<-s.let
	return nil, broken()
}

// TestAKillAtAnyStepLosesNothing tells the story from the offer to the paid debt on a data directory and kills the process at a call of a
// cloud service, before and after its effect; a new process on the same directory takes the story up, and it ends as ever.
func TestAKillAtAnyStepLosesNothing(t *testing.T) {
	t.Parallel()
	every := size(23, 11, 1)
	for at := 0; ; at += every {
		ended := false
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("call %d, after %t", at, after), func(t *testing.T) {
				ended = !killed(t, at, after)
			})
		}
		if ended {
			if at == 0 {
				t.Fatal("the story makes no calls")
			}
			return
		}
	}
}

// killed tells the story with a kill and reports whether it came to that.
func killed(t *testing.T, at int, after bool) bool {
	dir := t.TempDir()
	st := open(t, dir)
	w := begin(t, setup{store: st})
	b := &bargain{debtor: w.participant("tv-horizonte")}
	token := w.login(b.debtor, "email")
	s := &stall{at: at, after: after, reached: make(chan struct{}), let: make(chan struct{})}
	t.Cleanup(func() { close(s.let) })
	w.watch.stepIn(s.step)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.strike(token, b)
	}()
	select {
	case <-done:
		return false
	case <-s.reached:
	}
	w.killed.Store(true)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	again := begin(t, setup{store: open(t, dir)})
	taken := &bargain{debtor: b.debtor, offer: b.offer}
	again.strike(again.login(b.debtor, "email"), taken)
	again.ended(taken)
	return true
}

// TestTheClockAndEverythingElseGoOnAfterARestart stops in the middle of a long story and goes on from the data directory: the clock
// stands where it stood, sessions and links hold, executions wait on, reminders are not sent twice.
func TestTheClockAndEverythingElseGoOnAfterARestart(t *testing.T) {
	dir := t.TempDir()
	st := open(t, dir)
	w := begin(t, setup{store: st, debts: 30})
	p := w.participant("vida-plena")
	w.advance(4*24*time.Hour + time.Hour)
	token := w.login(p, "email")
	id := w.accept(token, 2)
	asked := w.ask(token, id, 1, "one")
	w.advance(waiting)
	w.pay(asked.PaymentIntentID, 0, "delay", "1m") // the bank reports it when the next process runs
	before, now, messages := w.table(), w.cloud.Clock.Now(), len(w.inbox(""))
	w.audit()
	w.cloud.Clock.Close()
	w.killed.Store(true)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	w = begin(t, setup{store: open(t, dir), debts: 30})
	if got := w.cloud.Clock.Now(); !got.Equal(now) {
		t.Errorf("the clock says %s, it said %s", got, now)
	}
	if diff := changed(before, w.table()); len(diff) > 0 {
		t.Errorf("the restart changed %v", diff)
	}
	if got := len(w.inbox("")); got != messages {
		t.Errorf("%d messages after the restart, %d before", got, messages)
	}
	if a := w.agreement(token, id); a.Status != "PENDING_FIRST_PAYMENT" {
		t.Errorf("agreement %+v", a)
	}
	w.advance(2 * time.Minute)
	if a := w.agreement(token, id); a.Status != "ACTIVE" {
		t.Errorf("reported after the restart: %+v", a)
	}
	w.finished("payment-confirmation", asked.PaymentIntentID)
}
