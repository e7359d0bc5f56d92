package reminder

import (
	"slices"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
)

// barred says why a rung is not for a case as it stands, or is empty.
func barred(d *collection.Dossier, r collection.Rung, now time.Time) string {
	g, c := r.When, d.Case
	for _, guard := range []struct {
		on   string
		open bool
	}{
		{"days late", g.DaysLate.IsZero() || g.DaysLate.Holds(int64(daysLate(d, now)))},
		{"amount", g.Amount.IsZero() || g.Amount.Holds(owed(d))},
		{"score", scored(g, c.Score)},
		{"segment", len(g.Segments) == 0 || slices.Contains(g.Segments, c.Segment)},
		{"participant's standing", len(g.Standings) == 0 || slices.Contains(g.Standings, c.Standing)},
		{"product", len(g.Products) == 0 || claims(d, g.Products)},
	} {
		if !guard.open {
			return "guard: " + guard.on
		}
	}
	return overheard(g, c.Ruler)
}

// overheard says by which channel too few or too many rungs went out, or is empty.
func overheard(g collection.Guard, r collection.RulerState) string {
	for _, s := range g.Sent {
		n := sentBy(r, s.Channel)
		if n < s.Least || s.Most >= 0 && n > s.Most {
			return "guard: messages sent by " + string(s.Channel)
		}
	}
	return ""
}

// claims reports whether a debt that is claimed is of one of some products.
func claims(d *collection.Dossier, products []string) bool {
	return slices.ContainsFunc(d.Debts, func(x collection.Debt) bool {
		claimed := x.Status == collection.DebtOpen || x.Status == collection.DebtInAgreement
		return claimed && slices.Contains(products, x.Product)
	})
}

// scored tells a case without a score apart from one with the lowest: what is not known is not taken for zero.
func scored(g collection.Guard, score *int) bool {
	if g.Score.IsZero() {
		return true
	}
	if score == nil {
		return g.Unscored
	}
	return g.Score.Holds(int64(*score))
}

func daysLate(d *collection.Dossier, now time.Time) int {
	oldest, open := d.OldestOpen()
	if !open {
		return 0
	}
	return max(0, oldest.DaysUntil(compliance.Day(d.Case.UF, now)))
}

// owed is what is still owed of a live agreement, or else the principal of the open debts, in centavos.
func owed(d *collection.Dossier) int64 {
	var sum int64
	for _, a := range d.Agreements {
		if a.Live() {
			sum += int64(a.Total - a.Paid())
		}
	}
	if agreementLive(d) {
		return sum
	}
	for _, debt := range d.OpenDebts() {
		sum += int64(debt.Outstanding())
	}
	return sum
}

// sentBy counts the rungs that went out by a channel, those included of which nobody knows whether they did.
func sentBy(r collection.RulerState, channel collection.Channel) (n int) {
	for _, s := range r.Rungs {
		if s.Channel == channel && (s.Outcome == collection.RungSent || s.Outcome == collection.RungUnknown) {
			n++
		}
	}
	return n
}
