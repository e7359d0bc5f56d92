package collection

import (
	"fmt"
	"slices"
	"time"
)

const (
	// maxPauses is how many pauses a case keeps: they are read with it ever after.
	maxPauses = 50
	// pauseKept is how long a pause is kept after its end, as rungs that fell into it may still have to be settled.
	pauseKept = 400 * 24 * time.Hour
	// maxPauseID bounds the ID of a pause, in bytes.
	maxPauseID = 60
)

// ReminderPaused says that the ruler of a case rests for a time; why stands as the event's reason.
type ReminderPaused struct{ Pause Pause }

// PauseLifted says that a pause ended before its time, or at all when it had none.
type PauseLifted struct {
	ID    string
	Until time.Time
}

// Type implements Event.
func (ReminderPaused) Type() string { return "case.paused" }

// Type implements Event.
func (PauseLifted) Type() string { return "case.pause_lifted" }

func (e ReminderPaused) apply(d *Dossier, _ int64, at time.Time) error {
	d.Case.Pauses = d.Case.Pauses.Since(at.Add(-pauseKept)).Add(e.Pause)
	return nil
}

func (e PauseLifted) apply(d *Dossier, _ int64, _ time.Time) error {
	if _, ok := d.Case.Pauses.Find(e.ID); !ok {
		return fmt.Errorf("%w: pause", ErrNotFound)
	}
	d.Case.Pauses = d.Case.Pauses.Lift(e.ID, e.Until)
	return nil
}

// Pause makes the ruler of the case rest. The same pause again changes nothing; another one of its ID takes its place, as when a pause is
// made longer. ErrInvalid: no ID or one of more than 60 bytes, an unknown source, one of promise, which only a promise makes, an end before
// its begin, or 50 pauses.
func (d *Dossier) Pause(meta Meta, p Pause) error {
	p.From, p.Until = p.From.UTC(), p.Until.UTC()
	switch {
	case p.ID == "" || len(p.ID) > maxPauseID:
		return fmt.Errorf("%w: a pause needs an id of at most %d bytes", ErrInvalid, maxPauseID)
	case !slices.Contains(PauseSources(), p.Source) || p.Source == PausePromise:
		return fmt.Errorf("%w: source of a pause", ErrInvalid)
	case p.From.IsZero() || p.empty():
		return fmt.Errorf("%w: a pause must end after it begins", ErrInvalid)
	}
	if there, ok := d.Case.Pauses.Find(p.ID); ok && there.same(p) {
		return nil
	} else if !ok && len(d.Case.Pauses.Since(meta.At.Add(-pauseKept))) >= maxPauses {
		return fmt.Errorf("%w: more than %d pauses", ErrInvalid, maxPauses)
	}
	return d.Record(meta, ReminderPaused{Pause: p})
}

// LiftPause ends a pause now; one that has ended changes nothing, and one that is not there is ErrNotFound.
func (d *Dossier) LiftPause(meta Meta, id string) error {
	p, ok := d.Case.Pauses.Find(id)
	if !ok || p.Source == PausePromise {
		return fmt.Errorf("%w: pause", ErrNotFound)
	}
	if !p.Until.IsZero() && !p.Until.After(meta.At) {
		return nil
	}
	return d.Record(meta, PauseLifted{ID: id, Until: meta.At.UTC()})
}

// same compares instants, whatever their zones.
func (p Pause) same(q Pause) bool {
	return p.ID == q.ID && p.Source == q.Source && p.From.Equal(q.From) && p.Until.Equal(q.Until)
}
