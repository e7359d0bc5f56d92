// Package clock is the one source of time and order of the local cloud: every timer, delivery and asynchronous
// invocation of every engine is a task of one Clock, run one at a time, by time, then by name, then by age.
package clock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tidwall/btree"
)

// ErrClosed is what Advance and Settle answer once the clock is closed.
var ErrClosed = errors.New("the clock is closed")

// Clock keeps the time, real or virtual, and the tasks that wait for it. The zero value is not usable.
type Clock struct {
	mu      sync.Mutex
	work    *sync.Cond // the loop waits for it: a task, a move or the end
	rest    *sync.Cond // callers wait for it: nothing due, the end of a move or of the clock
	virtual bool
	now     time.Time     // the virtual now; in real mode the frozen now while the clock is being moved
	offset  time.Duration // real mode: how far the clock stands ahead of the machine's
	moving  bool
	target  time.Time
	moves   int                  // how many moves have begun
	queue   *btree.BTreeG[*item] // in the order in which they run
	seq     uint64
	running bool
	closed  bool
	wall    func() time.Time
	done    chan struct{}
}

// Virtual gives a clock that stands still at start until it is moved. Work that is due now runs at once.
func Virtual(start time.Time) *Clock { return newClock(true, plain(start), time.Now) }

// Real gives a clock that runs with the machine's, and can be moved ahead of it.
func Real() *Clock { return newClock(false, time.Time{}, time.Now) }

func newClock(virtual bool, start time.Time, wall func() time.Time) *Clock {
	c := &Clock{virtual: virtual, now: start, wall: wall, done: make(chan struct{}),
		queue: btree.NewBTreeGOptions((*item).before, btree.Options{NoLocks: true})}
	c.work, c.rest = sync.NewCond(&c.mu), sync.NewCond(&c.mu)
	go c.loop()
	return c
}

// Now returns the clock's time in UTC.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *Clock) nowLocked() time.Time {
	if c.virtual || c.moving {
		return c.now
	}
	return plain(c.wall().Add(c.offset))
}

// plain drops the monotonic reading, so that times compare by what they say.
func plain(t time.Time) time.Time { return t.UTC().Round(0) }

// IsVirtual reports whether the clock stands still unless moved.
func (c *Clock) IsVirtual() bool { return c.virtual }

// Moving reports whether the clock is on its way to a time that it was moved to, and which.
func (c *Clock) Moving() (to time.Time, moving bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.target, c.moving
}

// Schedule runs task once, at the given time or as soon as possible after it. Tasks due at the same time run by name,
// then in the order in which they were scheduled. The returned function withdraws the task and reports whether it had
// not started yet. A task must not call Advance or Settle.
func (c *Clock) Schedule(at time.Time, name string, task func(context.Context)) (cancel func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	it := &item{at: plain(at), name: name, seq: c.seq, run: task}
	c.queue.Set(it)
	c.work.Signal()
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, waited := c.queue.Delete(it)
		c.rest.Broadcast() // it may have been all that was due
		return waited
	}
}

// Every runs task at start and at each multiple of interval, which is more than zero, after it: while the clock is being moved, at each of
// them. Occurrences that a real clock missed, because a task took long or the machine slept, count as one.
func (c *Clock) Every(start time.Time, interval time.Duration, name string, task func(context.Context)) {
	c.Schedule(start, name, func(ctx context.Context) {
		task(ctx)
		missed := max(0, c.Now().Sub(start)-interval).Truncate(interval)
		c.Every(start.Add(interval+missed), interval, name, task)
	})
}

// Advance moves the clock to the given time, running all that becomes due on the way, and returns when the clock stands
// there and nothing more is due. Moving back is an error. When ctx ends on the way, the clock goes on moving. One move runs at a time.
func (c *Clock) Advance(ctx context.Context, to time.Time) error {
	to = plain(to)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.waitLocked(ctx, func() bool { return !c.moving }); err != nil {
		return err
	}
	now := c.nowLocked()
	if to.Before(now) {
		return fmt.Errorf("clock cannot go back: it is %s, asked for %s", now.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	c.now, c.moving, c.target = now, true, to
	c.moves++
	move := c.moves
	c.work.Signal()
	return c.waitLocked(ctx, func() bool { return !c.moving || c.moves != move })
}

// Settle returns when nothing is due now.
func (c *Clock) Settle(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waitLocked(ctx, func() bool {
		_, due := c.dueLocked(c.nowLocked())
		return !c.running && !c.moving && !due
	})
}

// waitLocked waits until done, the end of ctx or the end of the clock.
func (c *Clock) waitLocked(ctx context.Context, done func() bool) error {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.rest.Broadcast()
	})
	defer stop()
	for {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case c.closed:
			return ErrClosed
		case done():
			return nil
		}
		c.rest.Wait()
	}
}

// Close stops the clock after the task that is running, and waits for it.
func (c *Clock) Close() {
	c.mu.Lock()
	c.closed = true
	c.work.Signal()
	c.mu.Unlock()
	<-c.done
}

// dueLocked gives the first task if it is due at a time.
func (c *Clock) dueLocked(at time.Time) (*item, bool) {
	first, ok := c.queue.Min()
	return first, ok && !first.at.After(at)
}

func (c *Clock) loop() {
	defer close(c.done)
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.closed {
		limit := c.nowLocked()
		if c.moving {
			limit = c.target
		}
		if it, due := c.dueLocked(limit); due {
			c.runLocked(it)
		} else if c.moving {
			c.arrive()
		} else {
			c.rest.Broadcast()
			c.sleepLocked()
		}
	}
	c.rest.Broadcast()
}

// runLocked runs a task, at its time when the clock is on its way.
func (c *Clock) runLocked(it *item) {
	c.queue.Delete(it)
	if c.moving && it.at.After(c.now) {
		c.now = it.at
	}
	c.running = true
	c.mu.Unlock()
	it.run(context.Background())
	c.mu.Lock()
	c.running = false
}

func (c *Clock) arrive() {
	c.now, c.moving = c.target, false
	if !c.virtual {
		c.offset = c.now.Sub(c.wall())
	}
	c.rest.Broadcast()
}

// sleepLocked waits for a new task, a move, the end, or (real clock) the next task's time.
func (c *Clock) sleepLocked() {
	first, ok := c.queue.Min()
	if c.virtual || !ok {
		c.work.Wait()
		return
	}
	timer := time.AfterFunc(first.at.Sub(c.nowLocked()), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.work.Signal()
	})
	defer timer.Stop()
	c.work.Wait()
}

type item struct {
	at   time.Time
	name string
	seq  uint64
	run  func(context.Context)
}

// before is the order in which tasks run.
func (it *item) before(other *item) bool {
	return cmp.Or(it.at.Compare(other.at), cmp.Compare(it.name, other.name), cmp.Compare(it.seq, other.seq)) < 0
}
