package agreement

import (
	"errors"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/offer"
)

// lapse is when the first instalment of newWorld is given up: the eleventh day after 2026-03-10.
var lapse = time.Date(2026, 3, 21, 7, 0, 0, 0, time.UTC)

func TestAnUnpaidDealLapsesOnce(t *testing.T) {
	w, id := newWorld(t)
	if step := w.step(t, KindPayments, id); step.Done || !step.WakeAt.Equal(lapse) {
		t.Fatalf("asked again at %s, want %s", step.WakeAt, lapse)
	}
	w.now = lapse.Add(-time.Second)
	if step := w.step(t, KindPayments, id); step.Done {
		t.Fatal("it ended early")
	}
	w.now = lapse.Add(50 * time.Hour) // late
	for range 3 {
		if step := w.step(t, KindPayments, id); !step.Done {
			t.Fatalf("left to do: %+v", step)
		}
	}
	d, a := w.state(t, id)
	ends := 0
	for _, e := range w.events {
		if ended, ok := e.Event.(collection.AgreementEnded); ok {
			ends++
			if ended.On != offer.Today(lapse) {
				t.Errorf("charges of %s", ended.On)
			}
		}
	}
	if a.Status != collection.AgreementLapsed || ends != 1 || d.Debts[0].Status != collection.DebtOpen || d.Debts[0].Carried != nil {
		t.Errorf("%s after %d ends, debt %+v", a.Status, ends, d.Debts[0])
	}
}

func TestABrokenDealCountsWhatWasPaid(t *testing.T) {
	w, id := newWorld(t)
	w.pay(t, id, w.ask(t, id, 100, 1), 5100)
	w.now = lapse
	step := w.step(t, KindPayments, id)
	if want := time.Date(2026, 4, 21, 7, 0, 0, 0, time.UTC); step.Done || !step.WakeAt.Equal(want) {
		t.Fatalf("asked again at %s, want %s", step.WakeAt, want)
	}
	w.now = step.WakeAt
	if step := w.step(t, KindPayments, id); !step.Done {
		t.Fatalf("left to do: %+v", step)
	}
	d, a := w.state(t, id)
	if a.Status != collection.AgreementBreached || d.Debts[0].Outstanding() != 4900 {
		t.Errorf("%s, %s are left", a.Status, d.Debts[0].Outstanding())
	}
}

func TestAPaidDealIsLeftAlone(t *testing.T) {
	w, id := newWorld(t)
	w.pay(t, id, w.ask(t, id, 100, 1), 5100)
	w.pay(t, id, w.ask(t, id, 120, 2), 5100)
	w.now = lapse.AddDate(1, 0, 0)
	before := len(w.events)
	if step := w.step(t, KindPayments, id); !step.Done || len(w.events) != before {
		t.Errorf("%+v, %d events", step, len(w.events)-before)
	}
}

// TestAnOpenRequestPutsTheEndOff: as long as somebody can pay what was asked for, and ten days at most.
func TestAnOpenRequestPutsTheEndOff(t *testing.T) {
	w, id := newWorld(t)
	w.now = lapse.Add(-time.Hour)
	intent := w.ask(t, id, 100, 1)
	w.now = lapse
	if step := w.step(t, KindPayments, id); step.Done || !step.WakeAt.Equal(lapse.Add(23*time.Hour)) {
		t.Fatalf("%+v", step)
	}
	w.now = lapse.Add(collection.NoticeLife - time.Minute)
	if step := w.step(t, KindPayments, id); step.Done || !step.WakeAt.Equal(lapse.Add(collection.NoticeLife)) {
		t.Fatalf("%+v", step)
	}
	w.now = lapse.Add(collection.NoticeLife)
	if step := w.step(t, KindPayments, id); !step.Done {
		t.Fatalf("%+v", step)
	}
	for range 2 {
		if step := w.step(t, KindEnding, id); !step.Done {
			t.Fatalf("%+v", step)
		}
	}
	if len(w.wakes) != 2 || w.wakes[0].IntentID != intent.String() {
		t.Errorf("wake-ups %+v", w.wakes)
	}
}

// TestMoneyBetweenLoadAndEnd: what comes while the end is worked out saves the deal.
func TestMoneyBetweenLoadAndEnd(t *testing.T) {
	w, id := newWorld(t)
	intent := w.ask(t, id, 100, 1)
	w.now = lapse.Add(collection.NoticeLife)
	w.rival = func(w *world) { w.pay(t, id, intent, 5100) }
	if step := w.step(t, KindPayments, id); step.Done {
		t.Fatalf("%+v", step)
	}
	if _, a := w.state(t, id); a.Status != collection.AgreementActive {
		t.Errorf("status %s", a.Status)
	}
}

func TestAGenerationEndsBelowAYear(t *testing.T) {
	w, id := newWorld(t)
	w.pay(t, id, w.ask(t, id, 100, 1), 5100)
	in := w.execution(KindPayments, id)
	in.StartedAt = w.now.Add(-generationLife + time.Hour)
	step, err := w.stepper().Do(t.Context(), in)
	if err != nil || step.Done || !step.WakeAt.Equal(in.StartedAt.Add(generationLife)) {
		t.Fatalf("%+v, %v", step, err)
	}
	w.now = step.WakeAt
	for range 2 {
		if step, err = w.stepper().Do(t.Context(), in); err != nil || !step.Done {
			t.Fatalf("%+v, %v", step, err)
		}
	}
	if next, ok := w.started[id.String()+"-payments-d2"]; !ok || next.Generation != 2 || len(w.started) != 1 {
		t.Errorf("started %+v", w.started)
	}
}

func TestDeadlinesRefuse(t *testing.T) {
	w, id := newWorld(t)
	for name, change := range map[string]func(*Execution){
		"another kind":         func(e *Execution) { e.Kind = "rent" },
		"a subject of no case": func(e *Execution) { e.SubjectID = w.caseID.String() },
		"no subject":           func(e *Execution) { e.SubjectID = "" },
		"no case":              func(e *Execution) { e.CaseID = "x" },
		"no creditor":          func(e *Execution) { e.Creditor = "" },
	} {
		in := w.execution(KindPayments, id)
		change(&in)
		if _, err := w.stepper().Do(t.Context(), in); !errors.Is(err, collection.ErrInvalid) && !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWithdrawal(t *testing.T) {
	w, id := newWorld(t)
	desk := &Desk{Cases: w, Creditors: w}
	w.pay(t, id, w.ask(t, id, 100, 1), 5100)
	d, _ := w.state(t, id)
	late := w.meta()
	late.At = time.Date(2026, 3, 10, 3, 0, 0, 0, time.UTC) // the eighth day begins in Brasília
	if _, err := desk.Withdraw(t.Context(), late, d, id); !errors.Is(err, collection.ErrTooLate) {
		t.Fatalf("too late: %v", err)
	}
	last := late
	last.At = late.At.Add(-time.Second)
	for range 2 {
		d, _ := w.state(t, id)
		a, err := desk.Withdraw(t.Context(), last, d, id)
		if err != nil || a.Status != collection.AgreementWithdrawn || a.Excess != 5100 {
			t.Fatalf("%+v, %v", a, err)
		}
	}
	for range 2 {
		w.step(t, KindEnding, id)
	}
	_, a := w.state(t, id)
	if len(a.Refunds) != 1 || a.Refunds[0].Amount != 5100 || len(a.Refunds[0].ID) != 32 {
		t.Errorf("refunds %+v", a.Refunds)
	}
	w2, id2 := newWorld(t)
	w2.now = lapse
	w2.step(t, KindPayments, id2)
	d2, _ := w2.state(t, id2)
	if _, err := (&Desk{Cases: w2, Creditors: w2}).Withdraw(t.Context(), last, d2, id2); !errors.Is(err, collection.ErrAgreementEnded) {
		t.Errorf("a lapsed deal: %v", err)
	}
}

// TestRefundsByPolicy: what the policy leaves to people is not ordered back.
func TestRefundsByPolicy(t *testing.T) {
	for name, policy := range map[string]collection.RefundPolicy{
		"held":           {Excess: collection.ExcessHold},
		"beyond a limit": {Excess: collection.ExcessRefund, AutomaticUpTo: 5099},
	} {
		w, id := newWorld(t)
		w.creditor.Policy.Refunds = policy
		w.pay(t, id, w.ask(t, id, 100, 1), 5100)
		d, _ := w.state(t, id)
		if _, err := (&Desk{Cases: w, Creditors: w}).Withdraw(t.Context(), w.meta(), d, id); err != nil {
			t.Fatal(err)
		}
		w.step(t, KindEnding, id)
		if _, a := w.state(t, id); len(a.Refunds) != 0 || a.Excess != 5100 {
			t.Errorf("%s: refunds %+v", name, a.Refunds)
		}
	}
}
