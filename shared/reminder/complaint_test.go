package reminder

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
)

// complaint is one of testdata/complaints.json: what users of other systems suffered, and what has to happen here.
type complaint struct {
	Source, Complaint, Now string
	Due                    []string
	Rungs                  []struct {
		Name                 string
		Day                  int
		Mandatory            bool
		AmountFrom, LateFrom int64
	}
	Terminal struct {
		Day    int
		Action string
	}
	Then []struct {
		Day, Times, Days, From, Debt int
		Do, ID                       string
	}
	Sent           []string
	Records        map[string]string
	End, Concluded string
}

func (x complaint) ruler() collection.Ruler {
	r := collection.Ruler{Version: "1", Terminal: collection.Terminal{
		Day: x.Terminal.Day, Action: collection.TerminalAction(x.Terminal.Action),
	}}
	for _, g := range x.Rungs {
		r.Rungs = append(r.Rungs, collection.Rung{
			Name: g.Name, Day: g.Day, Mandatory: g.Mandatory, Channels: []collection.Channel{collection.ChannelEmail},
			Template: message.ReminderFirst, When: collection.Guard{
				Amount: collection.Span{From: g.AmountFrom}, DaysLate: collection.Span{From: g.LateFrom},
			},
		})
	}
	return r
}

func TestPublicComplaintsDoNotComeTrue(t *testing.T) {
	text, err := os.ReadFile("testdata/complaints.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []complaint
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		t.Run(x.Source, func(t *testing.T) { x.play(t) })
	}
}

func (x complaint) play(t *testing.T) {
	w := newWorld(x.Now)
	began := w.now
	w.rule("vida-plena", x.ruler())
	id := start(t, w, "vida-plena", "maria", x.Due...)
	for _, then := range x.Then {
		w.advance(t, began.AddDate(0, 0, then.Day))
		switch then.Do {
		case "pay":
			w.pay(t, id, w.agree(t, id, 1, state(t, w, id).Debts[then.Debt].ID), 45000)
		case "steps":
			w.stepOften(t, id, then.Times)
		case "outage":
			w.now = w.now.AddDate(0, 0, then.Days)
		case "pause":
			from := w.now.AddDate(0, 0, then.From)
			w.pause(t, id, then.ID, from, from.AddDate(0, 0, then.Days))
		case "lift":
			w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error { return d.LiftPause(meta, then.ID) })
			w.again(t, id)
		default:
			t.Fatalf("no way to %q", then.Do)
		}
	}
	w.advance(t, began.AddDate(0, 0, 120))
	d := state(t, w, id)
	if got := sentRungs(d); !slices.Equal(got, x.Sent) {
		t.Errorf("sent %v, want %v", got, x.Sent)
	}
	if got := records(d.Case.Ruler); !maps.Equal(got, x.Records) {
		t.Errorf("records %v, want %v", got, x.Records)
	}
	if r := d.Case.Ruler; r.Running || r.EndReason != x.End || string(r.Concluded) != x.Concluded {
		t.Errorf("the ruler ended for %q with %q", r.EndReason, r.Concluded)
	}
	lawful(t, w)
	orderly(t, d, w.creditors["vida-plena"].Ruler)
}

// orderly holds a history to what the complaints come to: no rung without a record, none sent twice or before its day, and never two
// messages on one day.
func orderly(t testing.TB, d *collection.Dossier, ruler collection.Ruler) {
	t.Helper()
	days, rungs := map[string]bool{}, map[string]bool{}
	for _, c := range d.Contacts {
		if c.Status != collection.ContactSent {
			continue
		}
		day := compliance.Day("SP", c.SentAt)
		if days[day.String()] || rungs[c.Rung] {
			t.Errorf("%s on %s is a second one", c.Rung, day)
		}
		days[day.String()], rungs[c.Rung] = true, true
		if r, ok := ruler.Rung(c.Rung); ok && day.Before(d.Case.Ruler.Anchor.AddDays(r.Day)) {
			t.Errorf("%s was sent early, on %s", c.Rung, day)
		}
	}
	for _, r := range ruler.Rungs {
		if _, recorded := d.Case.Ruler.Rung(r.Name); factOf(r) == collection.FactDue && !recorded && d.Case.Ruler.EndReason == EndFinished {
			t.Errorf("%s left no record", r.Name)
		}
	}
}

// sentRungs are the rungs that left, as "2026-11-25 aviso", in order; of those that come again, the name alone.
func sentRungs(d *collection.Dossier) (all []string) {
	for _, c := range d.Contacts {
		if c.Status == collection.ContactSent && c.Rung != "" {
			name, _, _ := strings.Cut(c.Rung, "/")
			all = append(all, fmt.Sprintf("%s %s", compliance.Day(d.Case.UF, c.SentAt), name))
		}
	}
	slices.Sort(all)
	return all
}

func records(r collection.RulerState) map[string]string {
	out := map[string]string{}
	for _, s := range r.Rungs {
		name, _, _ := strings.Cut(s.Rung, "/")
		out[name] = strings.TrimSpace(string(s.Outcome) + " " + s.Reason)
	}
	return out
}

// rule gives a creditor a ruler.
func (w *world) rule(id collection.CreditorID, ruler collection.Ruler) {
	c := w.creditors[id]
	c.Ruler = ruler
	w.creditors[id] = c
}

// stepOften runs the step of the running generation many times at one instant, and hands over what it queues.
func (w *world) stepOften(t testing.TB, id collection.CaseID, times int) {
	t.Helper()
	for range times {
		c := state(t, w, id).Case
		if _, err := w.stepper().Do(t.Context(), Execution{string(c.Creditor), id.String(), c.Ruler.Generation}); err != nil {
			t.Fatal(err)
		}
		w.drain(t.Context())
	}
}

func (w *world) pause(t testing.TB, id collection.CaseID, name string, from, until time.Time) {
	t.Helper()
	w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error {
		meta.By.Kind, meta.By.ID = collection.KindStaff, "ana"
		return d.Pause(meta, collection.Pause{ID: name, Source: collection.PauseStaff, From: from, Until: until})
	})
}

// again tells ruler-start that something about a case changed, as the event does.
func (w *world) again(t testing.TB, id collection.CaseID) {
	t.Helper()
	c := state(t, w, id).Case
	if err := w.starter().Do(t.Context(), Placed{Creditor: c.Creditor, Case: id, Seq: c.Seq, EventID: "event"}); err != nil {
		t.Fatal(err)
	}
}
