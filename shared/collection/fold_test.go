package collection_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/collection/history"
)

const steps = 40

func TestFoldGivesTheState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := history.New(t, "vivamais", nil)
		for range steps {
			w.Step()
		}
		d := w.Dossier
		folded, err := collection.Fold(d.Case.Creditor, d.Case.ID, d.Recorded())
		if err != nil {
			t.Fatal(err)
		}
		if diff := collection.Diff(d, folded); diff != "" {
			t.Fatalf("state and fold differ: %s", diff)
		}
		if folded.LoadedSeq() != int64(len(d.Recorded())) || len(folded.Recorded()) > 0 {
			t.Errorf("a folded case has %d events to commit and stands at %d", len(folded.Recorded()), folded.LoadedSeq())
		}
	})
}

// TestLedgerProperties holds random histories to the invariants of the books after every step.
func TestLedgerProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := history.New(t, "vivamais", nil)
		for range steps {
			w.Step()
			if err := collection.CheckLedger(w.Dossier, w.Dossier.Entries(), w.Receipts); err != nil {
				t.Fatal(err)
			}
		}
		for _, a := range w.Dossier.Agreements {
			checkAftercare(t, a)
		}
	})
}

func checkAftercare(t *rapid.T, a collection.Agreement) {
	if a.Rules.AftercareOn == collection.AftercareOnSettled {
		return
	}
	if first := a.Instalments[0]; a.AftercareAt.IsZero() && a.Aftercare != collection.AftercareNone && first.Paid == first.Amount &&
		!slices.ContainsFunc(a.Instalments[1:], func(i collection.Instalment) bool { return i.Paid > 0 }) {
		t.Error("the first instalment is paid and no aftercare was asked for")
	}
}

func TestFoldRefusesBrokenSequences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := history.New(t, "vivamais", nil)
		for range steps {
			w.Step()
		}
		events := slices.Clone(w.Dossier.Recorded())
		at := rapid.IntRange(0, len(events)-2).Draw(t, "at")
		dropped := slices.Delete(slices.Clone(events), at, at+1)
		if _, err := collection.Fold("vivamais", w.Dossier.Case.ID, dropped); err == nil {
			t.Error("a dropped event went unnoticed")
		}
		events[at], events[at+1] = events[at+1], events[at]
		if _, err := collection.Fold("vivamais", w.Dossier.Case.ID, events); err == nil {
			t.Error("swapped events went unnoticed")
		}
	})
}

func TestHeldRevisions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		held := map[string]int64{}
		remember := func(d *collection.Dossier) {
			for id, revision := range revisions(d) {
				if d.Changed(revision) && d.HeldRevision(id) != held[id] {
					t.Fatalf("part held at revision %d, the store has %d", d.HeldRevision(id), held[id])
				}
			}
			d.Loaded()
			held = revisions(d)
		}
		w := history.New(t, "vivamais", remember)
		for range steps {
			w.Step()
		}
	})
}

func revisions(d *collection.Dossier) map[string]int64 {
	m := map[string]int64{}
	for _, x := range d.Debts {
		m[x.ID.String()] = x.Revision
	}
	for _, x := range d.Proposals {
		m[x.ID.String()] = x.Revision
	}
	for _, x := range d.Agreements {
		m[x.ID.String()] = x.Revision
	}
	for _, x := range d.Intents {
		m[x.ID.String()] = x.Revision
	}
	for _, x := range d.Contacts {
		m[x.ID.String()] = x.Revision
	}
	return m
}

func TestDiffNamesTheFirstDifference(t *testing.T) {
	fresh := func() *collection.Dossier {
		d := collection.NewDossier(id[collection.CaseNoun](1), "vivamais")
		d.Case.OpenedAt = noon
		d.Case.Balances[collection.AccountCash] = 5
		d.Debts = []collection.Debt{{ID: id[collection.DebtNoun](2), DueDate: day("2026-01-02")}, {ID: id[collection.DebtNoun](3)}}
		d.Contacts = []collection.Contact{{ID: id[collection.ContactNoun](4), Verdict: collection.Verdict{Rules: []string{"a", "b"}}}}
		return d
	}
	for name, c := range map[string]struct {
		change func(*collection.Dossier)
		want   string
	}{
		"nothing": {func(*collection.Dossier) {}, ""},
		"order":   {func(d *collection.Dossier) { slices.Reverse(d.Debts) }, ""},
		"zone":    {func(d *collection.Dossier) { d.Case.OpenedAt = noon.In(time.FixedZone("BRT", -3*3600)) }, ""},
		"left out": {func(d *collection.Dossier) {
			d.Case.Head, d.Case.Sealed, d.Debts[0].Sealed = "x", []byte{1}, []byte{2}
		}, ""},
		"instant": {func(d *collection.Dossier) { d.Case.OpenedAt = noon.Add(1) },
			".Case.OpenedAt: 2026-03-02 12:00:00 +0000 UTC and 2026-03-02 12:00:00.000000001 +0000 UTC"},
		"date":          {func(d *collection.Dossier) { d.Debts[0].DueDate = day("2026-01-03") }, ".Debts[0].DueDate: 2026-01-02 and 2026-01-03"},
		"one part less": {func(d *collection.Dossier) { d.Debts = d.Debts[:1] }, ".Debts: 2 and 1 elements"},
		"balance": {func(d *collection.Dossier) { d.Case.Balances[collection.AccountCash] = 6 },
			".Case.Balances[cash]: R$ 0,05 and R$ 0,06"},
		"further balance": {func(d *collection.Dossier) { d.Case.Balances[collection.AccountPlaced] = 6 },
			".Case.Balances[placed]: only on one side"},
		"deep": {func(d *collection.Dossier) { d.Contacts[0].Verdict.Rules = []string{"a", "c"} },
			".Contacts[0].Verdict.Rules[1]: b and c"},
		"revision": {func(d *collection.Dossier) { d.Debts[1].Revision = 7 }, ".Debts[1].Revision: 0 and 7"},
	} {
		d := fresh()
		c.change(d)
		if got := collection.Diff(fresh(), d); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
