package debit_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/debit"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/provider"
)

func TestOrdersGoOutOnceOnADayThatTheBankTakes(t *testing.T) {
	x := newRig(t)
	x.issue(t, 1, calendar.Date{})
	x.issue(t, 2, day(t, "2026-11-24"))
	x.issue(t, 3, day(t, "2026-12-05")) // a Saturday
	x.issue(t, 4, day(t, "2026-12-10"))
	x.wantState(t, 1, provider.ChargeActive, 0)
	x.run(t)
	x.wantSent(t, 1, "0001 0 2026-11-25", "0002 0 2026-11-25", "0003 0 2026-12-07", "0004 0 2026-12-10")
	x.run(t)
	if got := x.sent(t, 2); got != nil {
		t.Errorf("a second file asks for %v", got)
	}
	x.issue(t, 5, calendar.Date{})
	x.now = x.now.Add(4 * 24 * time.Hour) // a Friday
	x.run(t)
	x.wantSent(t, 2, "0005 0 2026-12-01")
}

func TestTheFirstFileHasTheNumberThatTheBankExpects(t *testing.T) {
	x := newRig(t)
	x.account.Debit.FirstNumber = 412
	x.issue(t, 1, calendar.Date{})
	x.run(t)
	x.issue(t, 2, calendar.Date{})
	x.run(t)
	x.wantSent(t, 412, "0001 0 2026-11-25")
	x.wantSent(t, 413, "0002 0 2026-11-25")
	x.arrive(t, "first", x.answer(t, 87, "00")) // the bank went on counting too
	x.run(t)
	x.wantState(t, 1, provider.ChargePaid, 1)
}

func TestResultsBecomeMoneyAndRefusals(t *testing.T) {
	x := newRig(t)
	for n := range 8 {
		x.issue(t, n+1, calendar.Date{})
	}
	x.run(t)
	x.arrive(t, "ret.txt", x.answer(t, 1, "00", "01", "30", "12", "99", "31", "77", "97"))
	x.run(t)
	for n, want := range []provider.ChargeStatus{
		provider.ChargePaid, provider.ChargeCancelled, provider.ChargeCancelled, provider.ChargeCancelled, provider.ChargeCancelled,
		provider.ChargePaid, provider.ChargeActive, provider.ChargeActive,
	} {
		x.wantState(t, n+1, want, map[bool]int{true: 1}[want == provider.ChargePaid])
	}
	if len(x.events) != 1 {
		t.Fatalf("%d notices", len(x.events))
	}
	e := x.events[0]
	wantPaid := []provider.Payment{
		{Fact: "2026-11-30-000001-000001", TxID: txID(1), Amount: 10001, PaidAt: time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)},
		{Fact: "2026-11-30-000001-000006", TxID: txID(6), Amount: 10006, PaidAt: time.Date(2026, 11, 27, 15, 0, 0, 0, time.UTC)},
	}
	wantRefused := []provider.Refusal{
		{TxID: txID(2), Code: "01", Retry: true}, {TxID: txID(3), Code: "30", Mandate: true}, {TxID: txID(4), Code: "12"},
	}
	if !slices.Equal(e.Payments, wantPaid) || !slices.Equal(e.Refusals, wantRefused) || e.Key != "2026-11-30-000001-0" || e.Unproven {
		t.Errorf("the notice says %+v", e)
	}
	if want := []string{debit.MetricFaults, debit.MetricFaults}; !slices.Equal(x.metrics, want) {
		t.Errorf("counted %v, want %v", x.metrics, want)
	}
	statement, err := x.rail.Statement(t.Context(), x.account, day(t, "2026-11-27"))
	if err != nil || !slices.Equal(statement.Payments, wantPaid) {
		t.Errorf("the day's statement is %v: %v", statement, err)
	}
}

func TestABankThatTriesAgainByItselfPaysAfterAll(t *testing.T) {
	x := newRig(t)
	x.issue(t, 1, calendar.Date{})
	x.run(t)
	x.arrive(t, "1", x.answer(t, 1, "01"))
	x.arrive(t, "2", x.answer(t, 2, "00"))
	x.arrive(t, "3", x.answer(t, 3, "30"))
	x.run(t)
	x.wantState(t, 1, provider.ChargePaid, 1)
}

func TestFilesAreTakenInByTheirNumbers(t *testing.T) {
	x := newRig(t)
	for n := range 3 {
		x.issue(t, n+1, calendar.Date{})
	}
	x.run(t)
	one, two, three := x.answer(t, 1, "00"), x.answer(t, 2, "01", "00"), x.answer(t, 3, "01", "01", "00")
	x.arrive(t, "z-one", one)
	x.run(t)
	x.arrive(t, "a-three", three)
	x.run(t)
	x.wantState(t, 3, provider.ChargeActive, 0)
	x.arrive(t, "b-two", two)
	x.run(t)
	x.wantState(t, 2, provider.ChargePaid, 1)
	x.wantState(t, 3, provider.ChargePaid, 1)
	if want := []string{debit.MetricParked}; !slices.Equal(x.metrics, want) {
		t.Errorf("counted %v, want the wait once", x.metrics)
	}
	x.arrive(t, "c-two-again", two)
	x.arrive(t, "c-two-other", x.answer(t, 2, "00", "00", "00"))
	x.run(t)
	x.run(t)
	x.wantState(t, 1, provider.ChargePaid, 1)
	if want := []string{debit.MetricParked, debit.MetricParked}; !slices.Equal(x.metrics, want) || len(x.events) != 3 {
		t.Errorf("counted %v and took in %d files, want the other file parked once", x.metrics, len(x.events))
	}
}

func TestAFileThatIsNotWholeIsRefusedWhole(t *testing.T) {
	x := newRig(t)
	x.issue(t, 1, calendar.Date{})
	x.run(t)
	good := x.answer(t, 1, "00")
	remessa, err := x.bucket.Get(t.Context(), "vida/out/000001.txt")
	must(t, err)
	for name, text := range map[string][]byte{
		"sum":       bytes.Replace(good, []byte("Z000003000000000000"), []byte("Z000003000000000009"), 1),
		"count":     bytes.Replace(good, []byte("Z000003"), []byte("Z000004"), 1),
		"half":      good[:200],
		"empty":     {},
		"ours":      remessa,
		"agreement": bytes.Replace(good, []byte("CONV0001"), []byte("CONV0002"), 1),
		"bank":      bytes.Replace(good, []byte("VIDA PLENA          001"), []byte("VIDA PLENA          237"), 1),
		"amount":    bytes.ReplaceAll(good, []byte("000000000010001"), []byte("900000000010001")),
	} {
		if bytes.Equal(text, good) {
			t.Fatalf("%s: nothing was spoilt", name)
		}
		x.metrics = nil
		x.arrive(t, "bad-"+name, text)
		x.run(t)
		x.run(t)
		x.wantState(t, 1, provider.ChargeActive, 0)
		if want := []string{debit.MetricParked}; !slices.Equal(x.metrics, want) || len(x.events) > 0 {
			t.Errorf("%s: counted %v and took in %v", name, x.metrics, x.events)
		}
	}
	x.arrive(t, "good", good)
	x.run(t)
	x.wantState(t, 1, provider.ChargePaid, 1)
}

func TestMoneyOfNoOrderIsHandedOnAndStated(t *testing.T) {
	x := newRig(t)
	x.issue(t, 9, calendar.Date{})
	x.run(t)
	text := bytes.Replace(x.answer(t, 1, "00"), []byte(txID(1)), []byte("ANOTHER SYSTEM'S DEBIT    "), 1)
	x.arrive(t, "f", text)
	x.run(t)
	if len(x.events) != 1 || len(x.events[0].Payments) != 1 || x.events[0].Payments[0].TxID != "" {
		t.Fatalf("notices %+v", x.events)
	}
	statement, err := x.rail.Statement(t.Context(), x.account, day(t, "2026-11-27"))
	if err != nil || len(statement.Payments) != 1 {
		t.Errorf("the day's statement is %v: %v", statement, err)
	}
}

func TestCancellations(t *testing.T) {
	x := newRig(t)
	for n := range 3 {
		x.issue(t, n+1, calendar.Date{})
	}
	cancel := func(n int) provider.ChargeStatus {
		state, err := x.rail.Cancel(t.Context(), x.account, txID(n))
		must(t, err)
		return state.Status
	}
	if got := cancel(3); got != provider.ChargeCancelled {
		t.Errorf("an order that no file carries is %s after its cancellation", got)
	}
	x.run(t)
	x.wantSent(t, 1, "0001 0 2026-11-25", "0002 0 2026-11-25")
	if one, again := cancel(1), cancel(1); one != provider.ChargeActive || again != one {
		t.Errorf("an order that was sent is %s and %s after its cancellation", one, again)
	}
	cancel(2)
	x.run(t)
	x.run(t)
	x.wantSent(t, 2, "0001 1 2026-11-25", "0002 1 2026-11-25")
	x.wantSent(t, 3)
	x.arrive(t, "f", x.answer(t, 1, "99", "98"))
	x.arrive(t, "g", x.answer(t, 2, "99", "00"))
	x.run(t)
	x.wantState(t, 1, provider.ChargeCancelled, 0)
	x.wantState(t, 2, provider.ChargePaid, 1)
	if _, err := x.rail.Cancel(t.Context(), x.account, txID(7)); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("the cancellation of an order that was never made: %v", err)
	}
}

func TestAMandateThatEndedAtTheBankTakesNoMoreOrders(t *testing.T) {
	x := newRig(t)
	x.issue(t, 1, calendar.Date{})
	tell := func(number int, included bool, on string) {
		f, err := febraban.Parse(x.answer(t, number))
		must(t, err)
		f.OptIns = []febraban.OptIn{{
			Customer: x.charge(2, calendar.Date{}).Debit.Mandate, Branch: "1234", Account: "1", Date: day(t, on), Included: included,
		}}
		text, err := f.Encode()
		must(t, err)
		x.arrive(t, on, text)
		x.run(t)
	}
	tell(1, false, "2026-11-20")
	if _, err := x.rail.Issue(t.Context(), x.account, x.charge(2, calendar.Date{})); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("an order under a mandate that ended: %v", err)
	}
	tell(2, true, "2026-11-21")
	x.issue(t, 2, calendar.Date{})
}
