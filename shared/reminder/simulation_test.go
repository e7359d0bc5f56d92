package reminder

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
)

// Whatever fails and however long nothing runs: each person gets at most one reminder a day and three in seven days, in lawful hours only,
// no rung twice, and the ruler comes to its end.
func TestNoScheduleOfFailuresBreaksTheLaw(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld("2026-03-02T09:00:00Z")
		w.now = w.now.Add(time.Duration(rapid.IntRange(0, 60*24).Draw(rt, "start")) * time.Hour)
		fail := func(name string, one int) func() error {
			return func() error {
				if rapid.IntRange(0, one).Draw(rt, name) == 0 {
					return collection.ErrUnavailable
				}
				return nil
			}
		}
		var ids []collection.CaseID
		for range rapid.IntRange(1, 3).Draw(rt, "cases") {
			creditor := rapid.SampledFrom([]collection.CreditorID{"vida-plena", "tv-horizonte"}).Draw(rt, "creditor")
			person := rapid.SampledFrom([]string{"maria", "jose"}).Draw(rt, "person")
			due := compliance.Day("SP", w.now).AddDays(rapid.IntRange(-60, 10).Draw(rt, "due"))
			ids = append(ids, start(t, w, creditor, person, due.String()))
		}
		commit, queue, mail := fail("commit", 9), fail("queue", 5), fail("mail", 9)
		w.failCommit = func(*collection.Dossier) error { return commit() }
		w.failQueue = queue
		w.failMail = func(message.Email) error {
			if err := mail(); err != nil && rapid.Bool().Draw(rt, "taken") {
				return err
			} else if err != nil {
				return errors.Join(err, message.ErrNotTaken)
			}
			return nil
		}
		for range rapid.IntRange(1, 6).Draw(rt, "runs") {
			w.now = w.now.Add(time.Duration(rapid.IntRange(0, 20*24).Draw(rt, "outage")) * time.Hour)
			w.advance(t, w.now.AddDate(0, 0, rapid.IntRange(1, 10).Draw(rt, "days")))
		}
		w.failCommit, w.failQueue, w.failMail = nil, nil, nil
		w.advance(t, w.now.AddDate(0, 0, 120))
		lawful(t, w)
		for _, id := range ids {
			if ruler := state(t, w, id).Case.Ruler; ruler.Running || len(ruler.Rungs) != 3 {
				rt.Fatalf("ruler %+v", ruler)
			}
		}
		rungsOnce(rt, w, ids)
		capped(rt, w)
	})
}

func rungsOnce(t *rapid.T, w *world, ids []collection.CaseID) {
	sent := 0
	for _, id := range ids {
		d, err := w.fold(id)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, c := range d.Contacts {
			if c.Status == collection.ContactSent || c.Status == collection.ContactUnknown {
				if seen[c.Rung] {
					t.Fatalf("rung %s left twice", c.Rung)
				}
				seen[c.Rung] = true
				sent++
			}
			if c.Status == collection.ContactPlanned || c.Status == collection.ContactClaimed {
				t.Fatalf("contact %s was left %s", c.ID, c.Status)
			}
		}
	}
	if sent < len(w.mails) {
		t.Fatalf("%d mails left, %d stand as sent or unknown", len(w.mails), sent)
	}
}

// capped counts the claims of each person by day: every one may have left, but for those that the channel did not take.
func capped(t *rapid.T, w *world) {
	days := map[string][]calendar.Date{}
	for id := range w.events {
		d, err := w.fold(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range d.Contacts {
			if !c.ClaimedAt.IsZero() && c.Status != collection.ContactDeferred {
				days[d.Case.PersonKey] = append(days[d.Case.PersonKey], compliance.Day("SP", c.ClaimedAt))
			}
		}
	}
	for person, all := range days {
		slices.SortFunc(all, calendar.Date.Compare)
		for i := range all {
			if i >= 1 && all[i] == all[i-1] || i >= 3 && all[i-3].DaysUntil(all[i]) < 7 {
				t.Fatalf("%s was reminded on %v", person, all)
			}
		}
	}
}
