package reminder

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
)

// start places debts and starts the ruler.
func start(t testing.TB, w *world, creditor collection.CreditorID, person string, due ...string) collection.CaseID {
	t.Helper()
	var id collection.CaseID
	if err := w.starter().Do(t.Context(), w.place(t, creditor, &id, person, due...)); err != nil {
		t.Fatal(err)
	}
	return id
}

func state(t testing.TB, w *world, id collection.CaseID) *collection.Dossier {
	t.Helper()
	d, err := w.fold(id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func templates(w *world) []string {
	var all []string
	for _, m := range w.mails {
		all = append(all, m.mail.Message.Template)
	}
	return all
}

// lawful checks what left against contact law, and every stored verdict against its inputs.
func lawful(t testing.TB, w *world) {
	t.Helper()
	for _, m := range w.mails {
		if m.mail.Message.Template == message.PaymentReceipt {
			continue
		}
		from, to, ok := compliance.Window(collection.ChannelEmail, "SP", compliance.Day("SP", m.at))
		if !ok || m.at.Before(from) || !m.at.Before(to) {
			t.Errorf("a reminder left at %s", m.at)
		}
	}
	for id := range w.events {
		for _, c := range state(t, w, id).Contacts {
			again, err := compliance.Reevaluate(c.Verdict.Inputs)
			if err != nil || again.Outcome != c.Verdict.Outcome || again.InputsHash != c.Verdict.InputsHash {
				t.Errorf("verdict of contact %s does not follow from its inputs: %v", c.ID, err)
			}
		}
	}
}

func TestRulerRemindsOnItsDays(t *testing.T) {
	w := newWorld("2026-03-01T12:00:00Z")
	id := start(t, w, "vida-plena", "maria", "2026-02-25", "2026-03-20")
	w.advance(t, w.now.AddDate(0, 4, 0))
	if got := templates(w); !slices.Equal(got, []string{message.ReminderFirst, message.ReminderOffers, message.ReminderLast}) {
		t.Fatalf("sent %v", got)
	}
	for i, want := range []string{"2026-03-02", "2026-03-12", "2026-03-27"} {
		if got := compliance.Day("SP", w.mails[i].at); got != day(t, want) {
			t.Errorf("reminder %d left on %s, want %s", i+1, got, want)
		}
	}
	ruler := state(t, w, id).Case.Ruler
	if ruler.Running || ruler.EndReason != EndFinished || len(ruler.Rungs) != 3 {
		t.Errorf("ruler %+v", ruler)
	}
	if len(w.executions) != 1 {
		t.Errorf("%d executions", len(w.executions))
	}
	lawful(t, w)
}

func TestRulerCatchesUpWithOneMessage(t *testing.T) {
	w := newWorld("2026-03-01T12:00:00Z")
	id := start(t, w, "vida-plena", "maria", "2026-02-28")
	w.advance(t, w.now.AddDate(0, 0, 1))
	w.now = w.now.AddDate(0, 0, 45) // nothing runs for six weeks
	w.advance(t, w.now.AddDate(0, 0, 3))
	if got := templates(w); !slices.Equal(got, []string{message.ReminderLast}) {
		t.Fatalf("sent %v", got)
	}
	ruler := state(t, w, id).Case.Ruler
	for rung, want := range map[string]collection.RungOutcome{
		"lembrete": collection.RungSkipped, "ofertas": collection.RungSkipped, "ultimo": collection.RungSent,
	} {
		got, _ := ruler.Rung(rung)
		if got.Outcome != want || (want == collection.RungSkipped) != (got.Reason == "superseded") {
			t.Errorf("rung %s is %+v", rung, got)
		}
	}
	lawful(t, w)
}

func TestMandatoryRungsAreNeverPassed(t *testing.T) {
	w := newWorld("2026-03-02T12:00:00Z")
	c := w.creditors["vida-plena"]
	c.Ruler.Rungs = slices.Clone(c.Ruler.Rungs)
	c.Ruler.Rungs[0].Mandatory, c.Ruler.Rungs[1].Mandatory = true, true
	w.creditors["vida-plena"] = c
	start(t, w, "vida-plena", "maria", "2025-12-01") // all three are due at once
	w.advance(t, w.now.AddDate(0, 0, 20))
	if got := templates(w); !slices.Equal(got, []string{message.ReminderFirst, message.ReminderOffers, message.ReminderLast}) {
		t.Fatalf("sent %v", got)
	}
	for i := 1; i < 3; i++ {
		if compliance.Day("SP", w.mails[i-1].at) == compliance.Day("SP", w.mails[i].at) {
			t.Errorf("two reminders left on %s", w.mails[i].at)
		}
	}
	lawful(t, w)
}

func TestRemindersWaitForLawfulHours(t *testing.T) {
	for name, test := range map[string]struct{ now, want string }{
		"at night":                {"2026-11-24T02:00:00Z", "2026-11-24"},
		"on a Sunday":             {"2026-11-22T15:00:00Z", "2026-11-23"},
		"on a Friday holiday":     {"2026-11-20T15:00:00Z", "2026-11-21"},
		"on Saturday night":       {"2026-11-22T00:00:00Z", "2026-11-23"},
		"before a Monday holiday": {"2026-10-11T00:30:00Z", "2026-10-13"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(test.now)
			id := start(t, w, "vida-plena", "maria", "2026-06-01")
			w.advance(t, w.now.Add(time.Minute))
			if len(w.mails) != 0 {
				t.Fatalf("sent at %s", w.now)
			}
			got, _ := state(t, w, id).Case.Ruler.Rung("ultimo")
			if got.Outcome != collection.RungDeferred || compliance.Day("SP", got.NotBefore) != day(t, test.want) {
				t.Errorf("rung is %+v", got)
			}
			w.advance(t, w.now.AddDate(0, 0, 4))
			if len(w.mails) != 1 || compliance.Day("SP", w.mails[0].at) != day(t, test.want) {
				t.Errorf("sent %v, want one on %s", w.mails, test.want)
			}
			lawful(t, w)
		})
	}
}

func TestOnePersonIsCappedOverAllCreditors(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	first := start(t, w, "vida-plena", "maria", "2026-06-01")
	second := start(t, w, "tv-horizonte", "maria", "2026-06-01")
	other := start(t, w, "tv-horizonte", "jose", "2026-06-01")
	w.advance(t, w.now.Add(time.Hour))
	if len(w.mails) != 2 {
		t.Fatalf("%d reminders left on one day for two people", len(w.mails))
	}
	w.advance(t, w.now.Add(28*time.Hour)) // until the next evening
	if len(w.mails) != 3 {
		t.Fatalf("%d reminders left on two days", len(w.mails))
	}
	for _, id := range []collection.CaseID{first, second, other} {
		if got, _ := state(t, w, id).Case.Ruler.Rung("ultimo"); got.Outcome != collection.RungSent {
			t.Errorf("rung is %+v", got)
		}
	}
	if got := w.caps["maria"]; len(got.Days) != 2 || got.Version != 2 {
		t.Errorf("cap record %+v", got)
	}
	lawful(t, w)
}

func TestRepeatedStepsChangeNothing(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	id := start(t, w, "vida-plena", "maria", "2026-11-10")
	w.advance(t, w.now.Add(20*time.Minute)) // the first rung has left, the second is not due
	in := Execution{"vida-plena", id.String(), 1}
	first, err := w.stepper().Do(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	events, mails := len(w.events[id]), len(w.mails)
	for range 1000 {
		step, err := w.stepper().Do(t.Context(), in)
		if err != nil || step != first {
			t.Fatalf("got %+v, %v, at first %+v", step, err, first)
		}
	}
	w.drain(t.Context())
	if len(w.events[id]) != events || len(w.mails) != mails || mails != 1 {
		t.Errorf("%d events and %d mails became %d and %d", events, mails, len(w.events[id]), len(w.mails))
	}
}

func TestDealsEndTheRuler(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	id := start(t, w, "vida-plena", "maria", "2026-11-19", "2026-11-20")
	debts := state(t, w, id).Debts
	w.agree(t, id, 2, debts[0].ID)
	w.advance(t, w.now.AddDate(0, 0, 60))
	if len(w.mails) != 0 {
		t.Errorf("sent %v under an agreement", templates(w))
	}
	if ruler := state(t, w, id).Case.Ruler; ruler.Running || ruler.EndReason != EndAgreement {
		t.Errorf("ruler %+v", ruler)
	}
	paid := start(t, w, "tv-horizonte", "jose", "2027-01-20")
	intent := w.agree(t, paid, 1, state(t, w, paid).Debts[0].ID)
	w.pay(t, paid, intent, 45000)
	w.advance(t, w.now.AddDate(0, 0, 60))
	if ruler := state(t, w, paid).Case.Ruler; ruler.Running || ruler.EndReason != EndPaid || len(w.mails) != 0 {
		t.Errorf("ruler %+v, sent %v", ruler, templates(w))
	}
}

func TestPayingOneDebtMovesNoRung(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	id := start(t, w, "vida-plena", "maria", "2026-11-20", "2026-12-20")
	w.advance(t, w.now.AddDate(0, 0, 5))
	intent := w.agree(t, id, 1, state(t, w, id).Debts[0].ID)
	w.pay(t, id, intent, 45000)
	w.advance(t, w.now.AddDate(0, 0, 20))
	if got := templates(w); !slices.Equal(got, []string{message.ReminderFirst, message.ReminderOffers}) {
		t.Fatalf("sent %v", got)
	}
	if got := compliance.Day("SP", w.mails[1].at); got != day(t, "2026-12-05") {
		t.Errorf("the second rung left on %s", got)
	}
	if anchor := state(t, w, id).Case.Ruler.Anchor; anchor != day(t, "2026-11-20") {
		t.Errorf("anchor %s", anchor)
	}
}

func TestWithoutAnAddressRungsAreRefusedOnRecord(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	id := start(t, w, "vida-plena", "maria", "2026-11-20")
	w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error {
		return d.Record(meta, collection.ParticipantRevised{Standing: d.Case.Standing, UF: "SP"})
	})
	w.advance(t, w.now.AddDate(0, 0, 40))
	ruler := state(t, w, id).Case.Ruler
	if len(w.mails) != 0 || ruler.EndReason != EndFinished || len(ruler.Rungs) != 3 || ruler.Rungs[0].Reason != "refused" {
		t.Errorf("sent %v, ruler %+v", templates(w), ruler)
	}
}

func TestStepRefusesForeignInput(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	id := start(t, w, "vida-plena", "maria", "2026-11-20")
	for _, in := range []Execution{{"", id.String(), 1}, {"vida-plena", "x", 1}, {"nobody", id.String(), 1}} {
		if _, err := w.stepper().Do(t.Context(), in); err == nil {
			t.Errorf("%+v was taken", in)
		}
	}
	step, err := w.stepper().Do(t.Context(), Execution{"vida-plena", id.String(), 7})
	if err != nil || !step.Done {
		t.Errorf("a generation that never was: %+v, %v", step, err)
	}
	unknown := mint[collection.CaseNoun](t, w)
	if _, err := w.stepper().Do(t.Context(), Execution{"vida-plena", unknown.String(), 1}); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestUnknownTemplatesArePassed(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	c := w.creditors["vida-plena"]
	c.Ruler.Rungs = []collection.Rung{
		{Name: "x", Day: 1, Channels: []collection.Channel{collection.ChannelEmail}, Template: "payment-receipt", Mandatory: true},
	}
	w.creditors["vida-plena"] = c
	id := start(t, w, "vida-plena", "maria", "2026-11-20")
	w.advance(t, w.now.AddDate(0, 0, 3))
	ruler := state(t, w, id).Case.Ruler
	if len(w.mails) != 0 || ruler.EndReason != EndFinished || ruler.Rungs[0].Reason != "no such template" {
		t.Errorf("sent %v, ruler %+v", templates(w), ruler)
	}
}

// Where reminders leave by e-mail alone, a rung's other channels are passed over, and a rung that has no other is skipped with the reason.
func TestChannelsWithoutACarrierArePassedOver(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	w.carried = message.Reminds
	c := w.creditors["vida-plena"]
	c.Ruler.Rungs = []collection.Rung{
		{Name: "x", Day: 1, Channels: []collection.Channel{collection.ChannelSMS, collection.ChannelEmail}, Template: message.ReminderFirst},
		{Name: "y", Day: 4, Channels: []collection.Channel{collection.ChannelWhatsApp}, Template: message.ReminderLast, Mandatory: true},
	}
	w.creditors["vida-plena"] = c
	id := start(t, w, "vida-plena", "maria", "2026-11-23")
	w.advance(t, w.now.AddDate(0, 0, 9))
	rungs := state(t, w, id).Case.Ruler.Rungs
	if len(w.mails) != 1 || len(rungs) != 2 || rungs[0].Outcome != collection.RungSent || rungs[1].Reason != SkipCarrier {
		t.Errorf("sent %v, rungs %+v", templates(w), rungs)
	}
	var passed []collection.ChannelPassed
	for _, e := range w.events[id] {
		if plan, ok := e.Event.(collection.ContactPlan); ok {
			passed = append(passed, plan.Passed...)
		}
	}
	if !slices.Equal(passed, []collection.ChannelPassed{{Channel: collection.ChannelSMS, Reason: SkipCarrier}}) {
		t.Errorf("passed over %+v", passed)
	}
}
