package reminder

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
)

const (
	// lastMinutes of a window are left free, so that what is planned in it can still leave in it.
	lastMinutes = 30 * time.Minute
	// searchDays bounds the search for a day with lawful hours; holidays and Sundays never make ten of them.
	searchDays = 10
	// retryAfter is when a contact that left nothing behind, neither an answer nor a time, is looked at again.
	retryAfter = 15 * time.Minute
	// generationDays is when a generation gives way to the next: executions end after a year.
	generationDays = 300
)

// dueAt is when a rung of the running generation is due. It follows from facts of the debt alone, whenever it is asked for.
func dueAt(c collection.Case, rung collection.Rung) time.Time {
	return spread(c, rung, c.Ruler.Anchor.AddDays(rung.Day))
}

// spread finds the instant of a rung in the first lawful hours from a day on. A hash of case and rung places it, so that the contacts
// of many cases do not leave at one instant.
func spread(c collection.Case, rung collection.Rung, day calendar.Date) time.Time {
	for range searchDays {
		from, to, ok := compliance.Window(rung.Channel, c.UF, day)
		if span := to.Sub(from) - lastMinutes; ok && span > 0 {
			sum := sha256.Sum256([]byte(c.ID.String() + "|" + rung.Name))
			seconds := binary.BigEndian.Uint64(sum[:]) % uint64(span/time.Second)
			return from.Add(time.Duration(seconds) * time.Second) //nolint:gosec // below a day's seconds
		}
		day = day.AddDays(1)
	}
	return day.At(12, 0, time.UTC) // no day is lawful: the law says why when it is asked
}

// againAt is when a deferred rung is looked at again: spread over the hours of the day to which the law deferred it.
func againAt(c collection.Case, rung collection.Rung, state collection.RungState) time.Time {
	if state.NotBefore.IsZero() {
		return state.At.Add(retryAfter)
	}
	at := spread(c, rung, compliance.Day(c.UF, state.NotBefore))
	if at.Before(state.NotBefore) {
		return state.NotBefore
	}
	return at
}

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
	last := -1 << 31 // day of the last rung that is due
	for _, r := range ruler.Rungs {
		if !dueAt(c, r).After(now) {
			last = r.Day
		}
	}
	var next decision
	for _, r := range open {
		due := dueAt(c, r)
		if due.After(now) {
			next.wake(due)
			break
		}
		if !r.Mandatory && r.Day < last {
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
