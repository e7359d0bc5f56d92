package collection

import (
	"fmt"
	"time"
)

func (e RulerStarted) apply(d *Dossier, seq int64, at time.Time) error {
	if e.Generation != d.Case.Ruler.Generation+1 {
		return fmt.Errorf("%w: ruler generation %d cannot follow %d", ErrConflict, e.Generation, d.Case.Ruler.Generation)
	}
	d.Case.Ruler = RulerState{
		Generation: e.Generation, Version: e.Version, Anchor: e.Anchor, StartedSeq: seq, StartedAt: at, Running: true,
	}
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
	return d.setRung(e.Generation, RungState{Rung: e.Rung, Outcome: RungPlanned, Contact: e.Contact, At: at})
}

func (e ContactWithheld) apply(d *Dossier, _ int64, at time.Time) error {
	if e.Rung == "" {
		return nil
	}
	state := RungState{Rung: e.Rung, Outcome: RungSkipped, Reason: "refused", At: at}
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
	if contact.Rung == "" || contact.Generation != d.Case.Ruler.Generation {
		return nil
	}
	state := RungState{Rung: contact.Rung, Contact: contact.ID, Reason: e.Reason, At: at}
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
	return d.setRung(contact.Generation, state)
}

// setRung replaces a rung's state, or adds it.
func (d *Dossier) setRung(generation int, state RungState) error {
	if generation != d.Case.Ruler.Generation {
		return fmt.Errorf("%w: ruler generation %d is not the running one", ErrConflict, generation)
	}
	for i := range d.Case.Ruler.Rungs {
		if d.Case.Ruler.Rungs[i].Rung == state.Rung {
			d.Case.Ruler.Rungs[i] = state
			return nil
		}
	}
	d.Case.Ruler.Rungs = append(d.Case.Ruler.Rungs, state)
	return nil
}
