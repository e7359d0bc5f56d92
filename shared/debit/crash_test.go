package debit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/provider"
)

// wantWhole checks what must hold however often the process died: each order stands in one file, no number is left out, and the bank's
// answers were handed on once each.
func (x *rig) wantWhole(t *testing.T, at int) {
	t.Helper()
	var debits, cancellations []string
	gap := false
	for number := 1; number < 12; number++ {
		lines := x.sent(t, number)
		if lines == nil {
			gap = true
			continue
		}
		if gap {
			t.Errorf("died at call %d: file %d stands behind a gap", at, number)
		}
		for _, line := range lines {
			id, rest, _ := strings.Cut(line, " ")
			if strings.HasPrefix(rest, "1") {
				cancellations = append(cancellations, id)
			} else {
				debits = append(debits, id)
			}
		}
	}
	slices.Sort(debits)
	if !slices.Equal(debits, []string{"0001", "0002", "0003", "0004"}) || !slices.Equal(cancellations, []string{"0003"}) {
		t.Errorf("died at call %d: the files ask for %v and back for %v", at, debits, cancellations)
	}
	x.wantState(t, 1, provider.ChargePaid, 1)
	x.wantState(t, 2, provider.ChargeCancelled, 0)
	x.wantState(t, 3, provider.ChargeCancelled, 0)
	x.wantState(t, 4, provider.ChargeActive, 0)
	var paid, refused int
	for _, e := range x.events {
		paid, refused = paid+len(e.Payments), refused+len(e.Refusals)
	}
	statement, err := x.rail.Statement(t.Context(), x.account, day(t, "2026-11-27"))
	must(t, err)
	if paid != 1 || refused != 3 || len(statement.Payments) != 1 {
		t.Errorf("died at call %d: %d payments and %d refusals were handed on, %d stated", at, paid, refused, len(statement.Payments))
	}
}

// mortal runs an exchange that dies before a call of the cloud, counted over the rig's life, and goes on with a new process.
func (x *rig) mortal(t *testing.T) (survived bool) {
	t.Helper()
	for range 3 {
		err := x.exchange.Run(t.Context(), x.now)
		if err == nil {
			return true
		}
		x.mu.Lock()
		died := x.left == 0
		x.left = -1
		x.mu.Unlock()
		if !died {
			t.Fatalf("an exchange that did not die: %v", err)
		}
		x.restart()
	}
	return false
}

func TestNoCrashSendsAnOrderTwiceOrLosesAnAnswer(t *testing.T) {
	for at := 0; ; at++ {
		x := newRig(t)
		for n := range 3 {
			x.issue(t, n+1, calendar.Date{})
		}
		x.left = at
		survived := x.mortal(t)
		left := x.left
		x.left = -1
		if _, err := x.rail.Cancel(t.Context(), x.account, txID(3)); err != nil {
			t.Fatal(err)
		}
		x.issue(t, 4, calendar.Date{})
		x.arrive(t, "a", x.answer(t, 1, "00", "01"))
		x.left = left
		survived = x.mortal(t) && survived
		left = x.left
		x.left = -1
		x.arrive(t, "b", x.answer(t, 2, "01", "01", "99"))
		x.left = left
		survived = x.mortal(t) && survived
		left, x.left = x.left, -1
		if !survived {
			t.Fatalf("died at call %d: it never came to its end", at)
		}
		x.run(t)
		x.wantWhole(t, at)
		if left > 0 { // it died nowhere: every place was tried
			if at < 40 {
				t.Errorf("only %d places to die were tried", at)
			}
			return
		}
	}
}
