// Package clock is the one source of time and order of the local cloud: every timer, delivery and asynchronous
// invocation of every engine is a task of one Clock, run one at a time, by time, then by name, then by age.
package clock

import (
	"container/heap"
	"context"
	"fmt"
	"sync"
	"time"
)

// Clock keeps the time, real or virtual, and the tasks that wait for it. The zero value is not usable.
type Clock struct {
	mu      sync.Mutex
	changed *sync.Cond
	virtual bool
	now     time.Time     // the virtual now; in real mode the frozen now while the clock is being moved
	offset  time.Duration // real mode: how far the clock stands ahead of the machine's
	moving  bool
	target  time.Time
	tasks   queue
	seq     uint64
	running bool
	closed  bool
	wall    func() time.Time
	done    chan struct{}
}

// Virtual gives a clock that stands still at start until it is moved. Work that is due now runs at once.
func Virtual(start time.Time) *Clock { return newClock(true, start.UTC()) }

// Real gives a clock that runs with the machine's, and can be moved ahead of it.
func Real() *Clock { return newClock(false, time.Time{}) }

func newClock(virtual bool, start time.Time) *Clock {
	c := &Clock{virtual: virtual, now: start, wall: time.Now, done: make(chan struct{})}
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
	return c.wall().Add(c.offset).UTC()
}

// IsVirtual reports whether the clock stands still unless moved.
func (c *Clock) IsVirtual() bool { return c.virtual }

// Schedule runs task once, at the given time or as soon as possible after it. Tasks due at the same time run by name,
// then in the order in which they were scheduled. The returned function withdraws the task and reports whether it had
// not started yet. A task must not call Advance or Settle.
func (c *Clock) Schedule(at time.Time, name string, task func(context.Context)) (cancel func() bool) {
	return c.add(&item{at: at.UTC(), name: name, run: task})
}

// Every runs task at each multiple of interval after start until cancelled. While the clock is being moved through a
// time in which nothing but repeated tasks is due, each runs for the first three occurrences and the last one only: nothing can
// have changed between the others.
func (c *Clock) Every(start time.Time, interval time.Duration, name string, task func(context.Context)) (cancel func() bool) {
	if interval <= 0 {
		panic("clock: interval must be positive")
	}
	return c.add(&item{at: start.UTC(), name: name, run: task, every: interval})
}

func (c *Clock) add(it *item) func() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq++
	it.seq = c.seq
	heap.Push(&c.tasks, it)
	c.changed.Broadcast()
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		it.cancelled = true
		if it.index < 0 {
			return false
		}
		heap.Remove(&c.tasks, it.index)
		c.changed.Broadcast()
		return true
	}
}

// Advance moves the clock to the given time, running all that becomes due on the way, and returns when the clock stands
// there and nothing more is due. Moving back is an error. When ctx ends first, the clock goes on moving.
func (c *Clock) Advance(ctx context.Context, to time.Time) error {
	to = to.UTC()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.moving && !c.closed { // one move at a time
		c.changed.Wait()
	}
	if now := c.nowLocked(); to.Before(now) {
		return fmt.Errorf("clock cannot go back: it is %s, asked for %s", now.Format(time.RFC3339), to.Format(time.RFC3339))
	}
	c.now, c.moving, c.target = c.nowLocked(), true, to
	c.changed.Broadcast()
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
	defer stop()
	for c.moving && ctx.Err() == nil && !c.closed {
		c.changed.Wait()
	}
	return ctx.Err()
}

// Settle returns when nothing is due now.
func (c *Clock) Settle(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
	defer stop()
	for ctx.Err() == nil && !c.closed && (c.running || c.moving || c.dueLocked()) {
		c.changed.Wait()
	}
	return ctx.Err()
}

// Close stops the clock after the task that is running, and waits for it.
func (c *Clock) Close() {
	c.mu.Lock()
	c.closed = true
	c.changed.Broadcast()
	c.mu.Unlock()
	<-c.done
}

func (c *Clock) dueLocked() bool { return len(c.tasks) > 0 && !c.tasks[0].at.After(c.nowLocked()) }

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
	if len(c.tasks) == 0 {
		return nil
	}
	limit := c.nowLocked()
	if c.moving {
		limit = c.target
	}
	if c.tasks[0].at.After(limit) {
		return nil
	}
	it := heap.Pop(&c.tasks).(*item)
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
	if c.moving {
		quiet := c.target
		for _, other := range c.tasks {
			if other.every == 0 && other.at.Before(quiet) {
				quiet = other.at
			}
		}
		if !quiet.Equal(it.quiet) {
			it.quiet, it.inQuiet = quiet, 0
		}
		it.inQuiet++
		if last := it.at.Add(quiet.Sub(it.at).Truncate(it.every)); it.inQuiet > 2 && last.After(it.at) {
			it.at = last
		}
	}
	c.seq++
	it.seq = c.seq
	heap.Push(&c.tasks, it)
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
	if c.virtual || len(c.tasks) == 0 {
		c.changed.Wait()
		return
	}
	timer := time.AfterFunc(c.tasks[0].at.Sub(c.nowLocked()), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.changed.Broadcast()
	})
	defer timer.Stop()
	c.changed.Wait()
}

type item struct {
	at        time.Time
	name      string
	seq       uint64
	run       func(context.Context)
	every     time.Duration
	quiet     time.Time
	inQuiet   int
	index     int
	cancelled bool
}

type queue []*item

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	if a.name != b.name {
		return a.name < b.name
	}
	return a.seq < b.seq
}
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push and Pop are heap.Interface's.
func (q *queue) Push(x any) {
	it := x.(*item)
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
