// Package clock is the one source of time and order of the local cloud: every timer, delivery and asynchronous
// invocation of every engine is a task of one Clock, run one at a time, by time, then by name, then by age.
package clock

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrClosed is what Advance and Settle answer once the clock is closed.
var ErrClosed = errors.New("the clock is closed")

// Clock keeps the time, real or virtual, and the tasks that wait for it. The zero value is not usable.
type Clock struct {
	mu      sync.Mutex
	changed *sync.Cond
	virtual bool
	now     time.Time     // the virtual now; in real mode the frozen now while the clock is being moved
	offset  time.Duration // real mode: how far the clock stands ahead of the machine's
	moving  bool
	target  time.Time
	moves   int   // how many moves have begun
	once    queue // tasks that run once
	repeats queue // tasks that run again and again
	seq     uint64
	// scheduled counts the tasks that run once, for repeat to see that one was added.
	scheduled uint64
	running   bool
	closed    bool
	wall      func() time.Time
	done      chan struct{}
}

// Virtual gives a clock that stands still at start until it is moved. Work that is due now runs at once.
func Virtual(start time.Time) *Clock { return newClock(true, plain(start), time.Now) }

// Real gives a clock that runs with the machine's, and can be moved ahead of it.
func Real() *Clock { return newClock(false, time.Time{}, time.Now) }

func newClock(virtual bool, start time.Time, wall func() time.Time) *Clock {
	c := &Clock{virtual: virtual, now: start, wall: wall, done: make(chan struct{})}
	c.changed = sync.NewCond(&c.mu)
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

// Schedule runs task once, at the given time or as soon as possible after it. Tasks due at the same time run by name,
// then in the order in which they were scheduled. The returned function withdraws the task and reports whether it had
// not started yet. A task must not call Advance or Settle.
func (c *Clock) Schedule(at time.Time, name string, task func(context.Context)) (cancel func() bool) {
	return c.add(&c.once, &item{at: plain(at), name: name, run: task})
}

// Every runs task at start and at each multiple of interval after it, until cancelled. While the clock is being moved through a
// time in which nothing but repeated tasks is due, each runs for the first three occurrences and the last one only: nothing can
// have changed between the others. Occurrences that a real clock missed, because a task took long or the machine slept, count as one.
func (c *Clock) Every(start time.Time, interval time.Duration, name string, task func(context.Context)) (cancel func() bool) {
	if interval <= 0 {
		panic("clock: interval must be positive")
	}
	return c.add(&c.repeats, &item{at: plain(start), name: name, run: task, every: interval})
}

func (c *Clock) add(q *queue, it *item) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	it.seq = c.seq
	heap.Push(q, it)
	if it.every == 0 {
		c.unskip()
	}
	c.changed.Broadcast()
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		it.cancelled = true
		if it.index < 0 {
			return false
		}
		heap.Remove(q, it.index)
		c.changed.Broadcast()
		return true
	}
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
	c.changed.Broadcast()
	return c.waitLocked(ctx, func() bool { return !c.moving || c.moves != move })
}

// Settle returns when nothing is due now.
func (c *Clock) Settle(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waitLocked(ctx, func() bool { return !c.running && !c.moving && !c.dueLocked() })
}

// waitLocked waits until done, the end of ctx or the end of the clock.
func (c *Clock) waitLocked(ctx context.Context, done func() bool) error {
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
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
		c.changed.Wait()
	}
}

// Close stops the clock after the task that is running, and waits for it.
func (c *Clock) Close() {
	c.mu.Lock()
	c.closed = true
	c.changed.Broadcast()
	c.mu.Unlock()
	<-c.done
}

func (c *Clock) dueLocked() bool {
	q := c.firstLocked()
	return q != nil && !(*q)[0].at.After(c.nowLocked())
}

// firstLocked gives the queue whose head is the first task of all, nil when there is none.
func (c *Clock) firstLocked() *queue {
	switch {
	case len(c.once) == 0 && len(c.repeats) == 0:
		return nil
	case len(c.repeats) == 0 || (len(c.once) > 0 && c.once[0].before(c.repeats[0])):
		return &c.once
	}
	return &c.repeats
}

func (c *Clock) loop() {
	defer close(c.done)
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.closed {
		if it := c.next(); it != nil {
			c.runLocked(it)
			continue
		}
		if c.moving {
			c.arrive()
			continue
		}
		c.changed.Broadcast() // Settle waits for this
		c.sleepLocked()
	}
	c.changed.Broadcast()
}

// next takes the task to run now, moving the virtual time to it when the clock is on its way.
func (c *Clock) next() *item {
	q := c.firstLocked()
	if q == nil {
		return nil
	}
	limit := c.nowLocked()
	if c.moving {
		limit = c.target
	}
	if (*q)[0].at.After(limit) {
		return nil
	}
	it := heap.Pop(q).(*item) //nolint:forcetypeassert // a queue holds nothing else
	if c.moving && it.at.After(c.now) {
		c.now = it.at
	}
	return it
}

func (c *Clock) runLocked(it *item) {
	c.running = true
	c.mu.Unlock()
	it.run(context.Background())
	c.mu.Lock()
	c.running = false
	if it.every > 0 && !it.cancelled {
		c.repeat(it)
	}
}

// repeat puts a repeated task back, leaving out the occurrences that nothing can have made different.
func (c *Clock) repeat(it *item) {
	now := c.nowLocked()
	it.at = it.at.Add(it.every)
	if late := now.Sub(it.at); late > 0 && !c.moving { // the machine slept: one run stands for those missed
		it.at = it.at.Add(late.Truncate(it.every))
	}
	it.skipped = time.Time{}
	if c.moving {
		quiet := c.target
		if len(c.once) > 0 && c.once[0].at.Before(quiet) {
			quiet = c.once[0].at
		}
		if !quiet.Equal(it.quiet) || it.scheduled != c.scheduled {
			it.quiet, it.scheduled, it.inQuiet = quiet, c.scheduled, 0
		}
		it.inQuiet++
		if last := it.at.Add(quiet.Sub(it.at).Truncate(it.every)); it.inQuiet > 2 && last.After(it.at) {
			it.skipped, it.at = it.at, last
		}
	}
	c.seq++
	it.seq = c.seq
	heap.Push(&c.repeats, it)
}

// unskip takes back what repeat left out from now on: a new task has broken the quiet.
func (c *Clock) unskip() {
	c.scheduled++
	for _, it := range c.repeats {
		if it.skipped.IsZero() {
			continue
		}
		if it.at = it.skipped; it.at.Before(c.now) {
			it.at = it.at.Add((c.now.Sub(it.at) + it.every - 1).Truncate(it.every))
		}
		it.skipped, it.inQuiet = time.Time{}, 0
	}
	heap.Init(&c.repeats)
}

func (c *Clock) arrive() {
	c.now, c.moving = c.target, false
	if !c.virtual {
		c.offset = c.now.Sub(c.wall())
	}
	c.changed.Broadcast()
}

// sleepLocked waits for a new task, a move, the end, or (real clock) the next task's time.
func (c *Clock) sleepLocked() {
	q := c.firstLocked()
	if c.virtual || q == nil {
		c.changed.Wait()
		return
	}
	timer := time.AfterFunc((*q)[0].at.Sub(c.nowLocked()), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
	defer timer.Stop()
	c.changed.Wait()
}

type item struct {
	at    time.Time
	name  string
	seq   uint64
	run   func(context.Context)
	every time.Duration
	// index is the place in its queue, -1 when it is in none.
	index     int
	cancelled bool
	// How often a repeated task has run in a quiet stretch, which ends at quiet and in which no task was added, and the first of the
	// occurrences left out.
	inQuiet   int
	quiet     time.Time
	scheduled uint64
	skipped   time.Time
}

type queue []*item

// before is the order in which tasks run.
func (it *item) before(other *item) bool {
	return cmp.Or(it.at.Compare(other.at), cmp.Compare(it.name, other.name), cmp.Compare(it.seq, other.seq)) < 0
}

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].before(q[j]) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push and Pop are heap.Interface's.
func (q *queue) Push(x any) {
	it := x.(*item) //nolint:forcetypeassert // a queue holds nothing else
	it.index = len(*q)
	*q = append(*q, it)
}

// Pop removes the last element, for heap.Interface.
func (q *queue) Pop() any {
	old := *q
	it := old[len(old)-1]
	old[len(old)-1] = nil
	it.index = -1
	*q = old[:len(old)-1]
	return it
}
