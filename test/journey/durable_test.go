package journey

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/fault"
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

// TestAKillAtAnyStepLosesNothing tells the story from the offer to the paid debt on a data directory and kills the process at a call of a
// cloud service, before and after its effect; a new process on the same directory takes the story up, and it ends as ever.
func TestAKillAtAnyStepLosesNothing(t *testing.T) {
	t.Parallel()
	w := begin(t, setup{})
	b := &bargain{debtor: w.participant("tv-horizonte")}
	token := w.login(b.debtor, "email")
	points := breakable(w.watch.during(func() { w.strike(token, b) }))
	if len(points) < 40 {
		t.Fatalf("the story makes %d calls", len(points))
	}
	for i := 0; i < len(points); i += size(23, 11, 1) {
		for _, kind := range []fault.Kind{fault.Crash, fault.CrashAfter} {
			rule := points[i] + " " + string(kind)
			t.Run(rule, func(t *testing.T) { killed(t, rule) })
		}
	}
}

// killed tells the story up to a crash and goes on with it in a new process.
func killed(t *testing.T, rule string) {
	dir := t.TempDir()
	st := open(t, dir)
	w := begin(t, setup{store: st})
	b := &bargain{debtor: w.participant("tv-horizonte")}
	token := w.login(b.debtor, "email")
	crashed, _ := w.inject(rule)
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.strike(token, b)
	}()
	select {
	case <-done:
		t.Fatal("the call to crash at was not made")
	case <-crashed:
	}
	w.killed.Store(true)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	again := begin(t, setup{store: open(t, dir)})
	taken := &bargain{debtor: b.debtor, offer: b.offer}
	again.strike(again.login(b.debtor, "email"), taken)
	again.ended(taken)
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
	// A creditor's file names the address of its system, which is this process's and another after a restart.
	diff := slices.DeleteFunc(changed(before, w.table()), func(key string) bool { return strings.HasSuffix(key, " CREDITOR") })
	if len(diff) > 0 {
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
