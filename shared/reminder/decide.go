package reminder

import (
	"slices"
	"time"

	"github.com/regua/regua/shared/collection"
)

// generationDays is when a generation gives way to the next: executions end after a year.
const generationDays = 300

// The reasons for which a generation ends.
const (
	EndAgreement  = "agreement"
	EndPaid       = "paid"
	EndNothing    = "no open debt"
	EndFinished   = "finished"
	EndAge        = "300 days"
	EndNewVersion = "new ruler version"
)

// stopReason says why nobody needs reminding any more, or is empty.
func stopReason(d *collection.Dossier) string {
	if agreementLive(d) {
		return EndAgreement
	}
	if len(d.OpenDebts()) > 0 {
		return ""
	}
	if slices.ContainsFunc(d.Debts, func(x collection.Debt) bool { return x.Status == collection.DebtSettled }) {
		return EndPaid
	}
	return EndNothing
}

// decision is what is to be done next about a running generation: end it, let another follow, wait for a contact, plan one, or sleep.
type decision struct {
	End     string
	Renew   string
	Waiting collection.RungState // planned and not settled
	Passed  []string             // rungs that a later one supersedes
	Plan    *collection.Rung
	Wake    time.Time // when none of the others
}

// decide looks at the running generation of a case at an instant.
func decide(d *collection.Dossier, ruler collection.Ruler, now time.Time) decision {
	c := d.Case
	if reason := stopReason(d); reason != "" {
		return decision{End: reason}
	}
	for _, state := range c.Ruler.Rungs {
		if state.Outcome == collection.RungPlanned {
			return decision{Waiting: state}
		}
	}
	open := openRungs(c, ruler)
	age := c.Ruler.StartedAt.AddDate(0, 0, generationDays)
	switch {
	case c.Ruler.Version != ruler.Version:
		return decision{Renew: EndNewVersion}
	case len(open) == 0:
		return decision{End: EndFinished}
	case !now.Before(age):
		return decision{Renew: EndAge}
	}
	next := upNext(c, ruler, open, now)
	if next.Wake.After(age) {
		next.Wake = age
	}
	return next
}

// openRungs are the rungs without a final outcome, in order.
func openRungs(c collection.Case, ruler collection.Ruler) []collection.Rung {
	return slices.DeleteFunc(slices.Clone(ruler.Rungs), func(r collection.Rung) bool {
		state, decided := c.Ruler.Rung(r.Name)
		return decided && state.Outcome != collection.RungDeferred
	})
}

// upNext takes the due rungs in order: a courtesy rung gives way to any later one that is due, a mandatory one to none.
func upNext(c collection.Case, ruler collection.Ruler, open []collection.Rung, now time.Time) decision {
	superseded := func(r collection.Rung) bool {
		return !r.Mandatory && slices.ContainsFunc(ruler.Rungs, func(later collection.Rung) bool {
			return later.Day > r.Day && !dueAt(c, later).After(now)
		})
	}
	var next decision
	for _, r := range open {
		due := dueAt(c, r)
		if due.After(now) {
			next.wake(due)
			break
		}
		if superseded(r) {
			next.Passed = append(next.Passed, r.Name)
			continue
		}
		if next.Plan != nil || !next.Wake.IsZero() {
			continue // one at a time: it waits for the one before it
		}
		if state, deferred := c.Ruler.Rung(r.Name); deferred && againAt(c, r, state).After(now) {
			next.wake(againAt(c, r, state))
			continue
		}
		next.Plan = &r
	}
	return next
}

// wake keeps the earliest of the times to wake at.
func (n *decision) wake(at time.Time) {
	if n.Wake.IsZero() || at.Before(n.Wake) {
		n.Wake = at
	}
}
