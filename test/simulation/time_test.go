package simulation

import (
	"context"
	"sync"
	"time"
)

const (
	// atOnce is how many messages of a queue a crowded world's functions take at the same time.
	atOnce = 8
	// slot is how far apart things are that begin together in a crowded world.
	slot = 10 * time.Second
	// jumps is how far functions' clocks are off at most. Together with a sender's clock it stays within what signatures bear.
	jumps = 40 * time.Second
)

// take has f done with the world in hand.
func (w *world) take(f func()) {
	w.turn.Lock()
	defer w.turn.Unlock()
	f()
}

// within has f done at a moment of the next while.
func (w *world) within(while time.Duration, f func()) {
	at := time.Duration(w.dice.Int64N(int64(while))).Truncate(time.Millisecond)
	name := "simulation/" // before what the queues hold at that moment
	if w.dice.IntN(4) == 0 {
		at = at.Truncate(5 * time.Second) // many at once
	}
	if w.dice.IntN(2) == 0 {
		name = "u/simulation" // after it
	}
	w.at(w.cloud.Clock.Now().Add(at), name, f)
}

// at has f done at a time, in a crowded world together with what else is done in the same slot.
func (w *world) at(when time.Time, name string, f func()) {
	if !w.crowded {
		w.cloud.Clock.Schedule(when, name, func(context.Context) { w.take(f) })
		return
	}
	when = when.Truncate(slot).Add(slot)
	if w.crowds[when] = append(w.crowds[when], f); len(w.crowds[when]) == 1 {
		w.cloud.Clock.Schedule(when, "simulation/crowd", func(context.Context) { w.crowd(when) })
	}
}

// crowd begins all that is to be done in a slot, and waits for its end.
func (w *world) crowd(when time.Time) {
	var all []func()
	w.take(func() { all = w.crowds[when]; delete(w.crowds, when) })
	var running sync.WaitGroup
	for _, f := range all {
		running.Go(func() { w.take(f) })
	}
	running.Wait()
}

// unsettle lets functions' clocks jump, now and then until the end of a while.
func (w *world) unsettle(while time.Duration) {
	for left := while; left > 0; left -= time.Minute {
		w.within(while, func() { w.jump.Store(w.dice.Int64N(int64(2*jumps)) - int64(jumps)) })
	}
}
