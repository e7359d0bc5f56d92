package reminder

import (
	"errors"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
	"github.com/regua/regua/shared/strictjson"
)

func TestOnePlacementStartsOneGeneration(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-20")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := w.starter().Do(t.Context(), placed); err != nil && !errors.Is(err, collection.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if ruler := state(t, w, id).Case.Ruler; ruler.Generation != 1 || !ruler.Running || len(w.executions) != 1 {
		t.Errorf("ruler %+v, %d executions", ruler, len(w.executions))
	}
	w.advance(t, w.now.AddDate(0, 0, 60))
	sent := len(w.mails)
	if err := w.starter().Do(t.Context(), placed); err != nil {
		t.Fatal(err)
	}
	w.advance(t, w.now.AddDate(0, 0, 60))
	if ruler := state(t, w, id).Case.Ruler; ruler.Generation != 1 || len(w.mails) != sent || sent != 3 {
		t.Errorf("the same event after the end: ruler %+v, %d reminders, then %d", ruler, sent, len(w.mails))
	}
}

func TestNoGenerationStartsForTheDeceased(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-20")
	d := state(t, w, id)
	meta := collection.Meta{At: w.now, By: collection.System("import", "vida-plena"), Reason: "participant deceased"}
	if err := d.Record(meta, collection.ParticipantRevised{Standing: collection.StandingDeceased, UF: d.Case.UF, HasEmail: true}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Commit(t.Context(), d), w.starter().Do(t.Context(), placed)); err != nil {
		t.Fatal(err)
	}
	if ruler := state(t, w, id).Case.Ruler; ruler.Running || len(w.executions) != 0 {
		t.Errorf("ruler %+v, %d executions", ruler, len(w.executions))
	}
}

func TestStartIsRepairedByRedelivery(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-20")
	w.failStart = func() error { return collection.ErrUnavailable }
	if err := w.starter().Do(t.Context(), placed); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if ruler := state(t, w, id).Case.Ruler; !ruler.Running || len(w.executions) != 0 {
		t.Fatalf("ruler %+v, %d executions", ruler, len(w.executions))
	}
	w.failStart = nil
	for range 2 {
		if err := w.starter().Do(t.Context(), placed); err != nil {
			t.Fatal(err)
		}
	}
	if ruler := state(t, w, id).Case.Ruler; ruler.Generation != 1 || len(w.executions) != 1 {
		t.Errorf("ruler %+v, %d executions", ruler, len(w.executions))
	}
}

func TestNewDebtsAfterPaymentStartAnew(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	id := start(t, w, "vida-plena", "maria", "2026-11-20")
	w.advance(t, w.now.AddDate(0, 0, 4)) // the first rung is done, the machine sleeps until the second
	w.pay(t, id, w.agree(t, id, 1, state(t, w, id).Debts[0].ID), 45000)
	w.now = w.now.AddDate(0, 0, 1)
	again := w.place(t, "vida-plena", &id, "maria", "2026-12-10")
	if err := w.starter().Do(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	ruler := state(t, w, id).Case.Ruler
	if ruler.Generation != 2 || !ruler.Running || ruler.Anchor != day(t, "2026-12-10") {
		t.Fatalf("ruler %+v", ruler)
	}
	w.advance(t, w.now.AddDate(0, 3, 0))
	want := []string{message.ReminderFirst, message.ReminderFirst, message.ReminderOffers, message.ReminderLast}
	if got := templates(w); !slices.Equal(got, want) {
		t.Errorf("sent %v", got)
	}
}

func TestNewDebtsJoinARunningGeneration(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	id := start(t, w, "vida-plena", "maria", "2026-11-20")
	if err := w.starter().Do(t.Context(), w.place(t, "vida-plena", &id, "maria", "2026-11-01")); err != nil {
		t.Fatal(err)
	}
	if ruler := state(t, w, id).Case.Ruler; ruler.Generation != 1 || ruler.Anchor != day(t, "2026-11-20") {
		t.Errorf("ruler %+v", ruler)
	}
}

func TestNothingStartsUnderAnAgreement(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-20", "2026-12-20")
	w.agree(t, id, 2, placed.Debts[0])
	if err := w.starter().Do(t.Context(), placed); err != nil {
		t.Fatal(err)
	}
	if ruler := state(t, w, id).Case.Ruler; ruler.Generation != 0 || len(w.executions) != 0 {
		t.Errorf("ruler %+v", ruler)
	}
}

func TestGenerationsFollowOneAnotherWithoutAGap(t *testing.T) {
	for name, change := range map[string]func(c *collection.Creditor, w *world){
		"after 300 days": func(_ *collection.Creditor, w *world) { w.now = w.now.AddDate(0, 0, 1) },
		"for a new version of the ruler": func(c *collection.Creditor, _ *world) {
			c.Ruler.Version = "2"
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld("2026-01-05T15:00:00Z")
			c := w.creditors["vida-plena"]
			late := collection.Rung{
				Name: "muito-depois", Day: 400, Channels: []collection.Channel{collection.ChannelEmail}, Template: message.ReminderLast,
				Mandatory: true,
			}
			c.Ruler.Rungs = append(slices.Clone(c.Ruler.Rungs), late)
			w.creditors["vida-plena"] = c
			id := start(t, w, "vida-plena", "maria", "2026-01-02", "2026-02-02")
			w.advance(t, w.now.AddDate(0, 0, 60))
			w.pay(t, id, w.agree(t, id, 1, state(t, w, id).Debts[0].ID), 45000) // the debt of the anchor
			change(&c, w)
			w.creditors["vida-plena"] = c
			failed := false
			w.failStart = func() error {
				if !failed {
					failed = true
					return collection.ErrUnavailable
				}
				return nil
			}
			w.advance(t, w.now.AddDate(0, 0, 500))
			ruler := state(t, w, id).Case.Ruler
			if ruler.Generation != 2 || ruler.Anchor != day(t, "2026-01-02") || ruler.EndReason != EndFinished || !failed {
				t.Errorf("ruler %+v", ruler)
			}
			want := []string{message.ReminderFirst, message.ReminderOffers, message.ReminderLast, message.ReminderLast}
			if got := templates(w); !slices.Equal(got, want) {
				t.Fatalf("sent %v", got)
			}
			if got := compliance.Day("SP", w.mails[3].at); got != day(t, "2027-02-06") {
				t.Errorf("the late rung left on %s", got)
			}
		})
	}
}

func TestDueTimesFollowFromDebtsAlone(t *testing.T) {
	law, err := compliance.Of(nil)
	if err != nil {
		t.Fatal(err)
	}
	first := day(t, "2026-01-01") // before and after the years whose holidays are known the law allows nothing
	rung := collection.Rung{Name: "lembrete", Channels: []collection.Channel{collection.ChannelEmail}}
	rapid.Check(t, func(t *rapid.T) {
		var seed [16]byte
		for i := range seed {
			seed[i] = byte(rapid.IntRange(0, 255).Draw(t, "byte"))
		}
		id, err := collection.Mint[collection.CaseNoun](time.Unix(1_700_000_000, 0), &bytesReader{seed[:]})
		if err != nil {
			t.Fatal(err)
		}
		anchor := first.AddDays(rapid.IntRange(0, 1080).Draw(t, "due on"))
		c := collection.Case{ID: id, UF: rapid.SampledFrom([]string{"", "SP", "AM", "AC", "XX"}).Draw(t, "uf")}
		rung.Day = rapid.IntRange(-30, 1800).Draw(t, "day")
		anchor = anchor.AddDays(-rung.Day)
		c.Ruler.Anchor = anchor
		due := dueAt(c, rung)
		v := compliance.Evaluate(law, compliance.Input{
			Now: due, Channel: rung.Channels[0], Purpose: collection.PurposeReminder, UF: c.UF, Due: anchor,
			Facts: carried(rung.Channels[0]) | compliance.FactAddress | compliance.FactOpenDebt,
		})
		if v.Outcome != compliance.Allow {
			t.Fatalf("due at %s, where it is %s by %v", due, v.Outcome, v.Rules)
		}
		if late := anchor.AddDays(rung.Day).DaysUntil(compliance.Day(c.UF, due)); late < 0 || late > 4 {
			t.Fatalf("due %d days after its day", late)
		}
		if again := dueAt(c, rung); !again.Equal(due) {
			t.Fatalf("due at %s and at %s", due, again)
		}
	})
}

type bytesReader struct{ rest []byte }

func (r *bytesReader) Read(p []byte) (int, error) { return copy(p, r.rest), nil }

func TestDueTimesSpread(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	hours := map[int]int{}
	for range 1200 {
		c := collection.Case{ID: mint[collection.CaseNoun](t, w), UF: "SP"}
		c.Ruler.Anchor = day(t, "2026-11-23")
		hours[dueAt(c, collection.Rung{Name: "x", Channels: []collection.Channel{collection.ChannelEmail}}).Hour()]++
	}
	if len(hours) != 12 {
		t.Errorf("due in %d of 12 hours", len(hours))
	}
	for hour, n := range hours {
		if n > 160 {
			t.Errorf("%d of 1200 due at %d UTC", n, hour)
		}
	}
}

func TestKeptTaskInputsDecode(t *testing.T) {
	for name, want := range map[string]Execution{
		"Step.in.json": {"vida-plena", "01JD9Z6A0B1C2D3E4F5G6H7J8K", 1},
	} {
		text, err := os.ReadFile("../../statemachines/testdata/reminder-ruler/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := strictjson.Decode[Execution](text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}
