package reminder

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
)

func rung(name string, fact collection.Fact, day int) collection.Rung {
	return collection.Rung{
		Name: name, Fact: fact, Day: day, Channels: []collection.Channel{collection.ChannelEmail}, Template: message.ReminderFirst,
	}
}

// rich is a ruler with rungs of every fact.
func rich() collection.Ruler {
	return collection.Ruler{
		Version: "1", Promises: collection.PromiseRule{MaxDays: 10, GraceDays: 2}, Terminal: collection.Terminal{Day: 60, Action: "assign"},
		Rungs: []collection.Rung{
			rung("aviso", collection.FactDue, 5), rung("segundo", collection.FactDue, 15), rung("ultimo", collection.FactDue, 30),
			rung("antes", collection.FactInstalment, -3), rung("parcela", collection.FactInstalment, 2),
			rung("promessa", collection.FactPromise, 1), rung("quebra", collection.FactBreach, 3),
		},
	}
}

// promise lets the participant of a case promise all that is owed.
func (w *world) promise(t testing.TB, id collection.CaseID, pledge Pledge) (collection.Promise, error) {
	t.Helper()
	d := state(t, w, id)
	meta := collection.Meta{At: w.Now(), By: collection.Principal{
		Kind: collection.KindParticipant, ID: "x", Creditor: d.Case.Creditor, Case: id,
	}}
	p, err := (&Promiser{Cases: w, Creditors: w, Chance: w}).Promise(t.Context(), meta, d, pledge)
	if err == nil {
		w.again(t, id)
	}
	return p, err
}

func TestAPromiseRestsTheRulerAndIsFollowedUp(t *testing.T) {
	for name, test := range map[string]struct {
		pays   bool
		status collection.PromiseStatus
		sent   []string
	}{
		"kept":   {true, collection.PromiseKept, []string{"2026-11-25 aviso"}},
		"broken": {false, collection.PromiseBroken, []string{"2026-11-25 aviso", "2026-12-10 promessa", "2026-12-21 ultimo"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld("2026-11-23T15:00:00Z")
			w.rule("vida-plena", rich())
			id := start(t, w, "vida-plena", "maria", "2026-11-20")
			w.advance(t, w.now.AddDate(0, 0, 5))
			p, err := w.promise(t, id, Pledge{Day: day(t, "2026-12-06")})
			if err != nil || p.Amount != 45000 {
				t.Fatalf("promise %+v: %v", p, err)
			}
			w.advance(t, p.Until.Add(-time.Second))
			if got := state(t, w, id).Case.Promise; !got.Open() {
				t.Fatalf("the promise is %s before its grace is over", got.Status)
			}
			if test.pays {
				w.pay(t, id, w.agree(t, id, 1, state(t, w, id).Debts[0].ID), 45000)
				w.again(t, id)
			}
			w.advance(t, w.now.AddDate(0, 0, 90))
			d := state(t, w, id)
			if got := sentRungs(d); d.Case.Promise.Status != test.status || !slices.Equal(got, test.sent) {
				t.Errorf("promise %s, sent %v, want %v", d.Case.Promise.Status, got, test.sent)
			}
			if d.Case.Ruler.Running || (d.Case.Ruler.Concluded == "assign") == test.pays {
				t.Errorf("ruler %+v", d.Case.Ruler)
			}
			lawful(t, w)
			orderly(t, d, rich())
		})
	}
}

func TestPromisesHaveLimits(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	w.rule("vida-plena", rich())
	id := start(t, w, "vida-plena", "maria", "2026-11-20")
	for name, pledge := range map[string]Pledge{
		"yesterday":          {Day: day(t, "2026-11-22")},
		"too far ahead":      {Day: day(t, "2026-12-04")},
		"more than is owed":  {Day: day(t, "2026-12-01"), Amount: 46000},
		"less than nothing":  {Day: day(t, "2026-12-01"), Amount: -1},
		"somebody else's":    {Day: day(t, "2026-12-01"), Debts: []collection.DebtID{mint[collection.DebtNoun](t, w)}},
		"no day, no promise": {},
	} {
		if _, err := w.promise(t, id, pledge); !errors.Is(err, collection.ErrInvalid) && !errors.Is(err, collection.ErrDebtsNotOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.promise(t, id, Pledge{Day: day(t, "2026-12-03"), Amount: 100}); err != nil {
		t.Error(err)
	}
	if _, err := w.promise(t, id, Pledge{Day: day(t, "2026-12-03")}); !errors.Is(err, collection.ErrPromiseOpen) {
		t.Errorf("a second promise: %v", err)
	}
}

// Under an agreement the debts' rungs rest and those of its instalments run; when it breaks, they change places again, and nothing that
// was said is said twice.
func TestInstalmentsHaveRungsAndSoHasABreach(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	w.rule("vida-plena", rich())
	id := start(t, w, "vida-plena", "maria", "2026-11-20")
	w.advance(t, w.now.AddDate(0, 0, 4)) // the first rung left
	intent := w.agree(t, id, 3, state(t, w, id).Debts[0].ID)
	w.again(t, id)
	w.pay(t, id, intent, 15000) // due on 11-27, paid at once
	w.advance(t, w.now.AddDate(0, 0, 50))
	want := []string{"2026-11-25 aviso", "2026-12-24 antes", "2026-12-29 parcela"}
	if got := sentRungs(state(t, w, id)); !slices.Equal(got, want) {
		t.Fatalf("sent %v, want %v", got, want)
	}
	if text := w.mails[1].mail.Message.Text; !strings.Contains(text, "Parcela 2 de 3 do acordo") {
		t.Errorf("the instalment's reminder says\n%s", text)
	}
	w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error {
		plain := func(debt collection.Debt, _ calendar.Date) (collection.Components, error) {
			return collection.Components{Principal: debt.Outstanding()}, nil
		}
		return d.End(meta, d.Agreements[0].ID, collection.EndBreach, compliance.Day("SP", w.now), plain)
	})
	w.again(t, id)
	w.advance(t, w.now.AddDate(0, 0, 60))
	d := state(t, w, id)
	want = append(want, "2027-01-19 quebra")
	if got := sentRungs(d); !slices.Equal(got, want) || d.Case.Ruler.Concluded != "assign" {
		t.Errorf("sent %v, want %v; ruler %+v", got, want, d.Case.Ruler)
	}
	got := records(d.Case.Ruler)
	if got["segundo"] != "SKIPPED "+SkipAgreement || got["ultimo"] != "SKIPPED "+SkipAgreement {
		t.Errorf("records %v", got)
	}
	lawful(t, w)
	orderly(t, d, rich())
}

func TestAPauseHoldsUpWhatIsAboutToLeave(t *testing.T) {
	for name, mandatory := range map[string]bool{"a courtesy lapses": false, "a notice leaves after it": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld("2026-11-23T15:00:00Z")
			r := collection.Ruler{Version: "1", Rungs: []collection.Rung{rung("aviso", collection.FactDue, 5)}}
			r.Rungs[0].Mandatory = mandatory
			w.rule("vida-plena", r)
			id, _ := planned(t, w)
			w.queue = append(w.queue, messageOf(state(t, w, id).Contacts[0]))
			w.pause(t, id, "a", w.now, w.now.AddDate(0, 0, 10))
			w.advance(t, w.now.AddDate(0, 0, 30))
			d := state(t, w, id)
			sent := sentRungs(d)
			if mandatory && !slices.Equal(sent, []string{"2026-12-03 aviso"}) || !mandatory && len(sent) > 0 {
				t.Errorf("sent %v, records %v", sent, records(d.Case.Ruler))
			}
			if d.Case.Ruler.Running {
				t.Errorf("ruler %+v", d.Case.Ruler)
			}
		})
	}
}

func TestARungStandsInForOneThatReachedNobody(t *testing.T) {
	for name, reached := range map[string]bool{"the first was sent": true, "the first was refused": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld("2026-11-23T15:00:00Z")
			second := rung("no-lugar", collection.FactDue, 8)
			second.InsteadOf = "aviso"
			w.rule("vida-plena", collection.Ruler{Version: "1", Rungs: []collection.Rung{rung("aviso", collection.FactDue, 5), second}})
			id := start(t, w, "vida-plena", "maria", "2026-11-20")
			address := func(there bool) {
				w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error {
					return d.Record(meta, collection.ParticipantRevised{Standing: d.Case.Standing, UF: "SP", HasEmail: there})
				})
			}
			address(reached)
			w.advance(t, w.now.AddDate(0, 0, 4))
			address(true)
			w.advance(t, w.now.AddDate(0, 0, 30))
			want := map[string]string{"aviso": "SKIPPED refused", "no-lugar": "SENT"}
			if reached {
				want = map[string]string{"aviso": "SENT", "no-lugar": "SKIPPED " + SkipNotNeeded}
			}
			if got := records(state(t, w, id).Case.Ruler); got["aviso"] != want["aviso"] || got["no-lugar"] != want["no-lugar"] {
				t.Errorf("records %v, want %v", got, want)
			}
		})
	}
}
