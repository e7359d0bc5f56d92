package collection

import (
	"fmt"
	"slices"
	"time"
)

// rungKept is how long a rung's outcome is kept from one generation to the next: longer than the longest ruler, so that nothing is said
// twice, and not for ever, as an agreement of 72 instalments adds rungs each month.
const rungKept = 800 * 24 * time.Hour

func (e RulerStarted) apply(d *Dossier, seq int64, at time.Time) error {
	if e.Generation != d.Case.Ruler.Generation+1 {
		return fmt.Errorf("%w: ruler generation %d cannot follow %d", ErrConflict, e.Generation, d.Case.Ruler.Generation)
	}
	before := d.Case.Ruler
	d.Case.Ruler = RulerState{
		Generation: e.Generation, Version: e.Version, Anchor: e.Anchor, StartedSeq: seq, StartedAt: at, Running: true,
	}
	if e.Keeps {
		d.Case.Ruler.Concluded = before.Concluded
		d.Case.Ruler.Rungs = slices.DeleteFunc(slices.Clone(before.Rungs), func(s RungState) bool { return s.At.Before(at.Add(-rungKept)) })
	}
	return nil
}

func (e RulerConcluded) apply(d *Dossier, _ int64, _ time.Time) error {
	if e.Generation != d.Case.Ruler.Generation {
		return fmt.Errorf("%w: ruler generation %d is not the running one", ErrConflict, e.Generation)
	}
	d.Case.Ruler.Concluded = e.Action
	return nil
}

func (e RulerEnded) apply(d *Dossier, _ int64, _ time.Time) error {
	if e.Generation != d.Case.Ruler.Generation {
		return fmt.Errorf("%w: ruler generation %d is not the running one", ErrConflict, e.Generation)
	}
	d.Case.Ruler.Running, d.Case.Ruler.EndReason = false, e.Reason
	return nil
}

func (e RungPassed) apply(d *Dossier, _ int64, at time.Time) error {
	return d.setRung(e.Generation, RungState{Rung: e.Rung, Outcome: RungSkipped, Reason: e.Reason, At: at})
}

func (e ContactPlan) apply(d *Dossier, seq int64, at time.Time) error {
	d.Contacts = append(d.Contacts, Contact{
		ID: e.Contact, Creditor: d.Case.Creditor, Case: d.Case.ID, Purpose: e.Purpose, Channel: e.Channel, Template: e.Template,
		Generation: e.Generation, Rung: e.Rung, Intent: e.Intent, Status: ContactPlanned, Verdict: e.Verdict, PlannedAt: at, Revision: seq,
	})
	if e.Rung == "" {
		return nil
	}
	return d.setRung(e.Generation, RungState{Rung: e.Rung, Outcome: RungPlanned, Channel: e.Channel, Contact: e.Contact, At: at})
}

func (e ContactWithheld) apply(d *Dossier, _ int64, at time.Time) error {
	if e.Rung == "" {
		return nil
	}
	state := RungState{Rung: e.Rung, Outcome: RungSkipped, Reason: "refused", Channel: e.Channel, At: at}
	if !e.Verdict.NotBefore.IsZero() {
		state.Outcome, state.Reason, state.NotBefore = RungDeferred, "", e.Verdict.NotBefore
	}
	return d.setRung(e.Generation, state)
}

func (e ContactClaim) apply(d *Dossier, seq int64, at time.Time) error {
	contact, ok := d.Contact(e.Contact)
	if !ok || contact.Status != ContactPlanned {
		return fmt.Errorf("%w: contact %s is not waiting to be sent", ErrConflict, e.Contact)
	}
	contact.Status, contact.Verdict, contact.ClaimedAt, contact.Revision = ContactClaimed, e.Verdict, at, seq
	return nil
}

func (e ContactClosed) apply(d *Dossier, seq int64, at time.Time) error {
	contact, ok := d.Contact(e.Contact)
	if !ok || (contact.Status != ContactPlanned && contact.Status != ContactClaimed && contact.Status != ContactUnknown) {
		return fmt.Errorf("%w: contact %s is closed already", ErrConflict, e.Contact)
	}
	contact.Status, contact.Revision = e.Status, seq
	if e.Verdict.Outcome != "" {
		contact.Verdict = e.Verdict
	}
	if e.Status == ContactSent {
		contact.SentAt = at
	}
	i := slices.IndexFunc(d.Case.Ruler.Rungs, func(s RungState) bool { return s.Contact == contact.ID })
	if i < 0 { // no rung's, or one's of a generation that was forgotten
		return nil
	}
	state := RungState{Rung: contact.Rung, Channel: contact.Channel, Contact: contact.ID, Reason: e.Reason, At: at}
	switch e.Status {
	case ContactSent:
		state.Outcome = RungSent
	case ContactDeferred:
		state.Outcome, state.NotBefore = RungDeferred, e.Verdict.NotBefore
	case ContactRefused:
		state.Outcome = RungSkipped
	case ContactFailed:
		state.Outcome = RungFailed
	case ContactUnknown:
		state.Outcome = RungUnknown
	case ContactPlanned, ContactClaimed:
		return fmt.Errorf("%w: a contact cannot close as %s", ErrInvalid, e.Status)
	}
	d.setRungAt(i, state)
	return nil
}

// setRung replaces a rung's state, or adds it.
func (d *Dossier) setRung(generation int, state RungState) error {
	if generation != d.Case.Ruler.Generation {
		return fmt.Errorf("%w: ruler generation %d is not the running one", ErrConflict, generation)
	}
	i := slices.IndexFunc(d.Case.Ruler.Rungs, func(s RungState) bool { return s.Rung == state.Rung })
	d.setRungAt(i, state)
	return nil
}

// setRungAt writes over a rung's state, or adds it when there is none. The list is copied, as an earlier generation may share it.
func (d *Dossier) setRungAt(i int, state RungState) {
	rungs := slices.Clone(d.Case.Ruler.Rungs)
	if i < 0 {
		rungs = append(rungs, state)
	} else {
		rungs[i] = state
	}
	d.Case.Ruler.Rungs = rungs
}
