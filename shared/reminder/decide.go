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
	EndDeceased   = "deceased"
	EndFinished   = "finished"
	EndAge        = "300 days"
	EndNewVersion = "new ruler version"
	EndChanged    = "what it stands on changed"
	EndDeferred   = "a contact has to leave later"
)

// The reasons for which a rung is skipped, besides its guards and contact law.
const (
	SkipSuperseded = "superseded"
	SkipPaused     = "fell into a pause"
	SkipAgreement  = "fell due under an agreement"
	SkipTooEarly   = "due before its fact came about"
	SkipNotNeeded  = "the rung that it stands in for was sent"
	SkipTemplate   = "no such template"
	SkipCarrier    = "no carrier"
)

// hasInstalments reports whether a ruler goes on under an agreement.
func hasInstalments(ruler collection.Ruler) bool {
	return slices.ContainsFunc(ruler.Rungs, func(r collection.Rung) bool { return factOf(r) == collection.FactInstalment })
}

// stopReason says why nobody needs reminding any more, or is empty.
func stopReason(d *collection.Dossier, ruler collection.Ruler) string {
	switch {
	case d.Case.Standing == collection.StandingDeceased:
		return EndDeceased
	case agreementLive(d) && (hasInstalments(ruler) || d.Case.Promise.Open()):
		return ""
	case agreementLive(d):
		return EndAgreement
	case len(d.OpenDebts()) > 0 || d.Case.Promise.Open():
		return ""
	case slices.ContainsFunc(d.Debts, func(x collection.Debt) bool { return x.Status == collection.DebtSettled }):
		return EndPaid
	}
	return EndNothing
}

// skip is a rung that is passed over, and why.
type skip struct{ key, reason string }

// decision is what is to be done next about a running generation: pass rungs over, settle a promise, end it, let another follow, wait for a
// contact, plan one, come to its terminal step, or sleep.
type decision struct {
	Passed   []skip
	Promise  bool // is over: it is broken, or was not needed
	End      string
	Renew    string
	Waiting  *collection.RungState // planned and not settled
	Plan     *occasion
	Conclude bool
	// Wake is when to look again: with Waiting, for what else is due; otherwise when none of the others is set.
	Wake time.Time
}

// decide looks at the running generation of a case at an instant.
func decide(d *collection.Dossier, ruler collection.Ruler, now time.Time) decision {
	c := d.Case
	if p := c.Promise; p.Open() && !now.Before(p.Until) {
		return decision{Promise: true}
	}
	if reason := stopReason(d, ruler); reason != "" {
		return decision{End: reason}
	}
	all := occasions(d, ruler, now)
	next := upNext(d, ruler, all, now)
	age := c.Ruler.StartedAt.AddDate(0, 0, generationDays)
	if next.Wake.After(age) {
		next.Wake = age
	}
	for _, state := range c.Ruler.Rungs {
		if state.Outcome != collection.RungPlanned {
			continue
		}
		if c.Ruler.Version != ruler.Version { // it is for the next generation to say what else there is
			next = decision{}
		}
		next.Waiting = &state
		return next
	}
	switch {
	case c.Ruler.Version != ruler.Version:
		return decision{Renew: EndNewVersion}
	case len(next.Passed) > 0 || next.Plan != nil || next.Conclude:
		return next
	case next.Wake.IsZero():
		return decision{End: EndFinished}
	case !now.Before(age):
		return decision{Renew: EndAge}
	}
	return next
}

// unsettled are the occasions without a final outcome, in order.
func unsettled(c collection.Case, all []occasion) []occasion {
	return slices.DeleteFunc(slices.Clone(all), func(o occasion) bool {
		state, decided := c.Ruler.Rung(o.key)
		return decided && state.Outcome != collection.RungDeferred
	})
}

// resting reports whether a case rests at an instant. A promise is about debts: it does not hold up what a live agreement expects.
func resting(d *collection.Dossier, at time.Time) (until time.Time, rests bool) {
	return pauses(d).Resting(at)
}

func pauses(d *collection.Dossier) collection.Pauses {
	if !agreementLive(d) {
		return d.Case.Pauses
	}
	return slices.DeleteFunc(slices.Clone(d.Case.Pauses), func(p collection.Pause) bool { return p.Source == collection.PausePromise })
}

// upNext takes the due occasions in order, one at a time: a courtesy gives way to any later one that is due, a mandatory one to none.
func upNext(d *collection.Dossier, ruler collection.Ruler, all []occasion, now time.Time) decision {
	var next decision
	open, blocked := unsettled(d.Case, all), false
	due := next.sift(d, open, now)
	until, rests := resting(d, now)
	for _, o := range due {
		if !o.rung.Mandatory && superseded(d.Case, o, all, due, now) {
			next.Passed = append(next.Passed, skip{o.key, SkipSuperseded})
			continue
		}
		if rests || blocked {
			continue
		}
		blocked = true // one at a time: the others wait for the one before them
		if state, deferred := d.Case.Ruler.Rung(o.key); deferred && againAt(d.Case, o, state).After(now) {
			next.wake(againAt(d.Case, o, state))
			continue
		}
		next.Plan = &o
	}
	waiting := len(due) > len(next.Passed)
	next.wakeLater(d, ruler, open, now)
	if rests {
		next.Wake = time.Time{}
		next.wake(restUntil(d.Case, until))
		if p := d.Case.Promise; p.Open() {
			next.wake(p.Until)
		}
		return next
	}
	next.terminal(d, ruler, now, waiting)
	return next
}

// sift passes over what is not to be said and returns what is due otherwise, in order.
func (n *decision) sift(d *collection.Dossier, open []occasion, now time.Time) (due []occasion) {
	for _, o := range open {
		if o.due.After(now) {
			switch { // there is no need to wake for these
			case reached(d.Case, o):
				n.Passed = append(n.Passed, skip{o.key, SkipNotNeeded})
			case tooEarly(o):
				n.Passed = append(n.Passed, skip{o.key, SkipTooEarly})
			}
			continue
		}
		reason, held := unfit(d, o, now)
		switch {
		case held:
		case reason != "":
			n.Passed = append(n.Passed, skip{o.key, reason})
		default:
			due = append(due, o)
		}
	}
	return due
}

// unfit says why an occasion is passed over whatever else is due; held, that the rung that it stands in for is not settled.
func unfit(d *collection.Dossier, o occasion, now time.Time) (reason string, held bool) {
	if instead := o.rung.InsteadOf; instead != "" {
		state, decided := d.Case.Ruler.Rung(instead + o.suffix())
		if !decided || state.Outcome == collection.RungDeferred || state.Outcome == collection.RungPlanned {
			return "", true
		}
		lapsed := []string{SkipSuperseded, SkipPaused, SkipAgreement, SkipTooEarly}
		if reached(d.Case, o) || slices.Contains(lapsed, state.Reason) {
			return SkipNotNeeded, false
		}
	}
	if reason := barred(d, o.rung, now); reason != "" {
		return reason, false
	}
	if o.rung.Mandatory {
		return "", false
	}
	if tooEarly(o) {
		return SkipTooEarly, false
	}
	if pauses(d).Covers(o.due) {
		return SkipPaused, false
	}
	if underAgreement(d, o.due) {
		return SkipAgreement, false
	}
	return "", false
}

// tooEarly reports whether the day of a courtesy was past when its fact came about.
func tooEarly(o occasion) bool {
	return !o.rung.Mandatory && !o.since.IsZero() && o.day.Before(o.since)
}

// reached reports whether the rung that an occasion stands in for went out, as far as anybody knows.
func reached(c collection.Case, o occasion) bool {
	if o.rung.InsteadOf == "" {
		return false
	}
	state, _ := c.Ruler.Rung(o.rung.InsteadOf + o.suffix())
	return state.Outcome == collection.RungSent || state.Outcome == collection.RungUnknown
}

// underAgreement reports whether an agreement that has ended since was under way at an instant.
func underAgreement(d *collection.Dossier, at time.Time) bool {
	return slices.ContainsFunc(d.Agreements, func(a collection.Agreement) bool {
		return !a.EndedAt.IsZero() && !at.Before(a.SignedAt) && at.Before(a.EndedAt)
	})
}

// superseded reports whether a later occasion is due as well: one that is to be said, or one that was.
func superseded(c collection.Case, o occasion, all, due []occasion, now time.Time) bool {
	return slices.ContainsFunc(all, func(later occasion) bool {
		if later.due.After(now) || later.key == o.key || !after(later, o) {
			return false
		}
		if slices.ContainsFunc(due, func(x occasion) bool { return x.key == later.key }) {
			return true
		}
		state, decided := c.Ruler.Rung(later.key)
		return decided && state.Outcome != collection.RungSkipped
	})
}

func after(a, b occasion) bool {
	if by := a.day.Compare(b.day); by != 0 {
		return by > 0
	}
	return a.due.After(b.due)
}

// wakeLater adds the times at which something becomes due. Open debts beside a live agreement are looked at in their time too, for the
// agreement may be over by then.
func (n *decision) wakeLater(d *collection.Dossier, ruler collection.Ruler, open []occasion, now time.Time) {
	for _, o := range open {
		if o.due.After(now) {
			n.wake(o.due)
		}
	}
	if agreementLive(d) && len(d.OpenDebts()) > 0 {
		for _, r := range ruler.Rungs {
			if factOf(r) != collection.FactDue {
				continue
			}
			if at := dueAt(d.Case, r); at.After(now) {
				n.wake(at)
			}
		}
	}
	if p := d.Case.Promise; p.Open() {
		n.wake(p.Until)
	}
}

// terminal comes to the ruler's end when its day has come and nothing else waits.
func (n *decision) terminal(d *collection.Dossier, ruler collection.Ruler, now time.Time, waiting bool) {
	t := ruler.Terminal
	if t.Action == "" || d.Case.Ruler.Concluded != "" || agreementLive(d) || len(d.OpenDebts()) == 0 {
		return
	}
	at := midnight(d.Case.UF, d.Case.Ruler.Anchor.AddDays(t.Day))
	switch {
	case at.After(now):
		n.wake(at)
	case !waiting && len(n.Passed) == 0 && !d.Case.Promise.Open():
		n.Conclude = true
	}
}

// restUntil is when a rest is over; one without an end is looked at when the generation is old.
func restUntil(c collection.Case, until time.Time) time.Time {
	if until.IsZero() {
		return c.Ruler.StartedAt.AddDate(0, 0, generationDays)
	}
	return until
}

// wake keeps the earliest of the times to wake at.
func (n *decision) wake(at time.Time) {
	if n.Wake.IsZero() || at.Before(n.Wake) {
		n.Wake = at
	}
}

// stands reports whether the ruler still asks for a contact: it runs, and the contact is that of a rung.
func stands(d *collection.Dossier, contact collection.Contact) bool {
	r := d.Case.Ruler
	return contact.Rung == "" ||
		r.Running && slices.ContainsFunc(r.Rungs, func(s collection.RungState) bool { return s.Contact == contact.ID })
}

// moot says why a contact that the law allows must not leave, or is empty; later, that it may be planned again. It is asked right before
// the hand-over.
func moot(d *collection.Dossier, ruler collection.Ruler, contact collection.Contact, now time.Time) (reason string, later bool) {
	if contact.Rung == "" {
		return "", false
	}
	all := occasions(d, ruler, now)
	i := slices.IndexFunc(all, func(o occasion) bool { return o.key == contact.Rung })
	if stopReason(d, ruler) != "" || i < 0 {
		return "due no more", false
	}
	if _, rests := resting(d, now); rests {
		return "paused", all[i].rung.Mandatory
	}
	return "", false
}
