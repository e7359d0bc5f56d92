package collection

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// PromiseStatus is the state of a promise to pay.
type PromiseStatus string

// The states of a promise. It is kept by money, broken when the day and its grace went by without enough of it, and withdrawn when
// something else took its place.
const (
	PromiseOpen      PromiseStatus = "OPEN"
	PromiseKept      PromiseStatus = "KEPT"
	PromiseBroken    PromiseStatus = "BROKEN"
	PromiseWithdrawn PromiseStatus = "WITHDRAWN"
)

// Promise is what a participant said that they would pay, and when. It is no deal: nothing is posted, and no term changes. A case keeps the
// last one.
type Promise struct {
	ID     PromiseID
	Status PromiseStatus
	Amount money.Centavos
	Day    calendar.Date // the promised day
	Debts  []DebtID
	// Until is when the promised day and its grace are over: the ruler rests until then, and not before it is the promise broken.
	Until  time.Time
	Paid   money.Centavos // what came since it was made
	MadeAt time.Time
	// SettledAt is when it was kept, broken or withdrawn; zero before.
	SettledAt time.Time
}

// Open reports whether the promise is under way.
func (p Promise) Open() bool { return p.Status == PromiseOpen }

// PromiseMade says that the participant promised to pay.
type PromiseMade struct {
	Promise PromiseID
	Amount  money.Centavos
	Day     calendar.Date
	Debts   []DebtID
	Until   time.Time
}

// PromiseFulfilled says that as much as was promised came.
type PromiseFulfilled struct{ Promise PromiseID }

// PromiseFailed says that the promised day and its grace went by without the money.
type PromiseFailed struct{ Promise PromiseID }

// PromiseTakenBack says that something took the promise's place: the event's reason says what.
type PromiseTakenBack struct{ Promise PromiseID }

// Type implements Event.
func (PromiseMade) Type() string { return "promise.made" }

// Type implements Event.
func (PromiseFulfilled) Type() string { return "promise.kept" }

// Type implements Event.
func (PromiseFailed) Type() string { return "promise.broken" }

// Type implements Event.
func (PromiseTakenBack) Type() string { return "promise.withdrawn" }

func (e PromiseMade) apply(d *Dossier, _ int64, at time.Time) error {
	if d.Case.Promise.Open() {
		return ErrPromiseOpen
	}
	d.Case.Promise = Promise{
		ID: e.Promise, Status: PromiseOpen, Amount: e.Amount, Day: e.Day, Debts: slices.Clone(e.Debts), Until: e.Until, MadeAt: at,
	}
	pause := Pause{ID: e.Promise.String(), Source: PausePromise, From: at, Until: e.Until}
	d.Case.Pauses = d.Case.Pauses.Since(at.Add(-pauseKept)).Add(pause)
	return nil
}

func (e PromiseFulfilled) apply(d *Dossier, _ int64, at time.Time) error {
	return d.settlePromise(e.Promise, PromiseKept, at)
}

func (e PromiseFailed) apply(d *Dossier, _ int64, at time.Time) error {
	return d.settlePromise(e.Promise, PromiseBroken, at)
}

func (e PromiseTakenBack) apply(d *Dossier, _ int64, at time.Time) error {
	return d.settlePromise(e.Promise, PromiseWithdrawn, at)
}

func (d *Dossier) settlePromise(id PromiseID, to PromiseStatus, at time.Time) error {
	if p := d.Case.Promise; p.ID != id || !p.Open() {
		return fmt.Errorf("%w: promise", ErrNotFound)
	}
	d.Case.Promise.Status, d.Case.Promise.SettledAt = to, at
	d.Case.Pauses = d.Case.Pauses.Lift(id.String(), at)
	return nil
}

// Promise records that the participant promises to pay. The debts must be open, each once, and the promise is over all of them that are
// named; one promise is under way at a time: ErrPromiseOpen. ErrInvalid: an amount of nothing, or a day whose end is past.
func (d *Dossier) Promise(meta Meta, p PromiseMade) error {
	if d.Case.Promise.Open() {
		return ErrPromiseOpen
	}
	if err := d.mustBeOpen(p.Debts); err != nil {
		return err
	}
	if p.Amount <= 0 || !p.Until.After(meta.At) {
		return fmt.Errorf("%w: a promise is of money and of a day to come", ErrInvalid)
	}
	p.Until = p.Until.UTC()
	return d.Record(meta, p)
}

// BreakPromise records that the promise under way was not kept, once its grace is over. Before that, and when there is none, it changes
// nothing. A promise whose debts are settled, recalled or in a deal by then was not broken: it is withdrawn.
func (d *Dossier) BreakPromise(meta Meta) error {
	p := d.Case.Promise
	if !p.Open() || meta.At.Before(p.Until) {
		return nil
	}
	owed := slices.ContainsFunc(p.Debts, func(id DebtID) bool {
		debt, ok := d.Debt(id)
		return ok && debt.Status == DebtOpen
	})
	if !owed {
		meta.Reason = "its debts are open no more"
		return d.Record(meta, PromiseTakenBack{Promise: p.ID})
	}
	return d.Record(meta, PromiseFailed{Promise: p.ID})
}

// WithdrawPromise records that the participant or somebody of the creditor took the promise under way back.
func (d *Dossier) WithdrawPromise(meta Meta, id PromiseID) error {
	if p := d.Case.Promise; p.ID != id || !p.Open() {
		return fmt.Errorf("%w: promise", ErrNotFound)
	}
	return d.Record(meta, PromiseTakenBack{Promise: id})
}

// keepPromise records that the promise under way is kept, when as much as was promised came.
func (d *Dossier) keepPromise(meta Meta) error {
	p := d.Case.Promise
	if !p.Open() || p.Paid < p.Amount {
		return nil
	}
	return d.Record(meta, PromiseFulfilled{Promise: p.ID})
}
