package reminder

import (
	"fmt"
	"slices"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
)

// The forecast of a portfolio is what then happens, when nobody does anything; and it leaves everything as it was.
func TestAForecastComesTrue(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	for _, creditor := range []collection.CreditorID{"vida-plena", "tv-horizonte"} {
		w.rule(creditor, rich())
	}
	var ids []collection.CaseID
	for i := range 12 { // every third person has debts at both creditors
		person := fmt.Sprint("person", i)
		ids = append(ids, start(t, w, "vida-plena", person, day(t, "2026-11-20").AddDays(-3*i).String()))
		if i%3 == 0 {
			ids = append(ids, start(t, w, "tv-horizonte", person, day(t, "2026-11-20").AddDays(-2*i).String()))
		}
	}
	w.pause(t, ids[2], "a", w.now, w.now.AddDate(0, 0, 12))
	events := map[collection.CaseID]int{}
	var cases []*collection.Dossier
	for _, id := range ids {
		cases = append(cases, state(t, w, id))
		events[id] = len(w.events[id])
	}
	until := w.now.AddDate(0, 0, 45)
	f := &Forecast{Creditors: w, Contacts: w, Caps: w, Carried: collection.Channel.Sendable, Chance: w}
	told, err := f.Run(t.Context(), cases, w.now, until)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if len(w.events[id]) != events[id] {
			t.Fatalf("the forecast wrote to case %s", id)
		}
	}
	if len(w.mails) != 0 || len(w.queue) != 0 {
		t.Fatalf("the forecast sent %d and queued %d", len(w.mails), len(w.queue))
	}
	w.advance(t, until)
	want, got := map[string]int{}, map[string]int{}
	for _, o := range told {
		if o.Outcome == OutcomeSend {
			want[fmt.Sprintf("%s %s %s", o.Case, compliance.Day("SP", o.At), o.Rung)]++
		}
	}
	for _, id := range ids {
		for _, s := range sentRungs(state(t, w, id)) {
			got[id.String()+" "+s]++
		}
	}
	for _, all := range []map[string]int{want, got} {
		for key := range all {
			if want[key] != got[key] {
				t.Errorf("%s: %d foretold, %d came", key, want[key], got[key])
			}
		}
	}
	paused := slices.ContainsFunc(told, func(o Outlook) bool { return o.Outcome == OutcomeSkip && o.Reason == SkipPaused })
	waits := slices.ContainsFunc(told, func(o Outlook) bool { return o.Outcome == OutcomeWait })
	if len(want) < 20 || !paused || !waits {
		t.Errorf("%d messages, told %+v", len(want), told)
	}
}
