package collection_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// movement is money that comes for one request, or that leaves of an earlier payment of it.
type movement struct {
	fact   string
	of     string // empty for a payment
	amount money.Centavos
}

// orders are all orders of movements in which no money leaves before it came.
func orders(left []movement) [][]movement {
	if len(left) == 0 {
		return [][]movement{nil}
	}
	var out [][]movement
	for i, m := range left {
		if slices.ContainsFunc(left, func(p movement) bool { return m.of != "" && p.fact == m.of }) {
			continue
		}
		rest := slices.Concat(left[:i:i], left[i+1:])
		for _, o := range orders(rest) {
			out = append(out, append([]movement{m}, o...))
		}
	}
	return out
}

// TestTheStateOfARequestFollowsFromItsMoney plays every order of payments and returns of one request.
func TestTheStateOfARequestFollowsFromItsMoney(t *testing.T) {
	for name, c := range map[string]struct {
		moves  []movement
		want   collection.IntentStatus
		orders int
	}{
		"paid, returned, paid again": {
			[]movement{{"a", "", 6000}, {"a1", "a", 6000}, {"b", "", 6000}}, collection.IntentConfirmed, 3,
		},
		"all returned": {
			[]movement{{"a", "", 6000}, {"a1", "a", 2500}, {"a2", "a", 3500}, {"b", "", 100}, {"b1", "b", 100}}, collection.IntentRefunded, 20,
		},
		"a centavo is left": {
			[]movement{{"a", "", 6000}, {"a1", "a", 5999}, {"b", "", 7000}, {"b1", "b", 7000}}, collection.IntentConfirmed, 6,
		},
	} {
		all := orders(c.moves)
		if len(all) != c.orders {
			t.Errorf("%s: %d orders, want %d", name, len(all), c.orders)
		}
		for _, order := range all {
			d := newDeal(t).sign(t, collection.AftercareNone)
			ask := d.request(t, 40, 1)
			receipts := map[string]collection.Receipt{}
			for _, m := range order {
				var err error
				if m.of == "" {
					receipts[m.fact], err = d.Post(meta(noon), ask, collection.Money{Fact: m.fact, Amount: m.amount, PaidOn: day("2026-03-02")})
				} else {
					receipts[m.of], err = d.Return(meta(noon), receipts[m.of], collection.Return{
						Fact: m.fact, Of: m.of, Amount: m.amount, Kind: collection.ReturnChargeback,
					})
				}
				must(t, err)
			}
			if got, _ := d.Intent(ask); got.Status != c.want {
				t.Errorf("%s, as %v: %s, want %s", name, order, got.Status, c.want)
			}
		}
	}
}

// TestTwoOperators walks a decision that one proposes and another answers.
func TestTwoOperators(t *testing.T) {
	by := func(name string) collection.Meta {
		m := staff(noon)
		m.By.ID = name
		return m
	}
	d := newDeal(t)
	debts := d.DebtsIn(collection.DebtOpen)
	about := collection.Matter{Kind: collection.MatterWriteOff, Outcome: collection.ChoiceDone, Debts: debts, Amount: d.Owed(debts)}
	if _, err := d.AnswerDecision(by("bia"), about, true); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("an answer to nothing: %v", err)
	}
	must(t, d.ProposeDecision(by("ana"), about))
	for name, c := range map[string]struct{ err, want error }{
		"another outcome meanwhile": {d.ProposeDecision(by("bia"), about), collection.ErrInvalid},
		"decided meanwhile":         {d.MayDecide(by("ana"), about), collection.ErrInvalid},
		"by the system":             {d.MayDecide(meta(noon), about), collection.ErrForbidden},
		"by nobody in particular":   {d.MayDecide(by(""), about), collection.ErrForbidden},
		"about something else":      {d.MayDecide(by("ana"), collection.Matter{Kind: collection.MatterRecall}), nil},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if _, err := d.AnswerDecision(by("ana"), about, true); !errors.Is(err, collection.ErrForbidden) {
		t.Errorf("ana confirms herself: %v", err)
	}
	said, err := d.AnswerDecision(by("bia"), collection.Matter{Kind: collection.MatterWriteOff}, true)
	if err != nil || fmt.Sprint(said) != fmt.Sprint(about) || d.Case.Proposed != nil {
		t.Errorf("confirmed %+v, %v; still proposed %v", said, err, d.Case.Proposed)
	}
	// What becomes of the matter by another way takes the proposed outcome off.
	must(t, d.ProposeDecision(by("ana"), about))
	must(t, d.Dispute(by("caio"), debts[:1]))
	if _, ok := d.ProposedAbout(about); ok {
		t.Error("a write-off is still proposed of a debt that was disputed since")
	}
	recorded := d.Recorded()
	for _, r := range recorded[2:] { // the first two placed the debts
		if r.By.Kind != collection.KindStaff || r.Reason == "" {
			t.Errorf("%s by %s: %q", r.Event.Type(), r.By.Actor(), r.Reason)
		}
	}
}

// TestADisputeThatCorrectsADebt makes the principal smaller, posts the difference, and refuses anything that is no correction.
func TestADisputeThatCorrectsADebt(t *testing.T) {
	for name, c := range map[string]struct {
		principal money.Centavos
		want      error
	}{
		"smaller": {9999, nil}, "a centavo": {1, nil}, "the same": {10000, collection.ErrInvalid}, "more": {10001, collection.ErrInvalid},
		"nothing": {0, collection.ErrInvalid}, "less than nothing": {-1, collection.ErrInvalid},
	} {
		d := newDeal(t)
		debt := d.Debts[0].ID
		must(t, d.Dispute(staff(noon), []collection.DebtID{debt}))
		if err := d.CorrectDispute(staff(noon), debt, c.principal); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if c.want != nil {
			continue
		}
		if d.Debts[0].Principal != c.principal || d.Debts[0].Status != collection.DebtOpen ||
			d.Case.Balances[collection.AccountReceivable] != c.principal+5000 {
			t.Errorf("%s: debt %+v, %s receivable", name, d.Debts[0], d.Case.Balances[collection.AccountReceivable])
		}
		if err := d.CorrectDispute(staff(noon), debt, 1); !errors.Is(err, collection.ErrDebtsNotOpen) {
			t.Errorf("%s: corrected without a dispute: %v", name, err)
		}
	}
}
