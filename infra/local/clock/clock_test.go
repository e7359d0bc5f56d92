package clock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var epoch = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// journal notes what ran and when. Its tasks run one at a time on the clock, so only the reader needs care.
type journal struct {
	mu    sync.Mutex
	clock *Clock
	lines []string
}

func (j *journal) task(name string) func(context.Context) {
	return func(context.Context) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.lines = append(j.lines, fmt.Sprintf("%s@%s", name, j.clock.Now().Sub(epoch)))
	}
}

func (j *journal) want(t *testing.T, lines ...string) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	if !slices.Equal(j.lines, lines) {
		t.Fatalf("ran\n got %s\nwant %s", strings.Join(j.lines, " "), strings.Join(lines, " "))
	}
}

func virtual(t *testing.T) (*Clock, *journal) {
	t.Helper()
	c := Virtual(epoch)
	t.Cleanup(c.Close)
	return c, &journal{clock: c}
}

// manual gives a real clock over a wall that the test sets.
func manual(t *testing.T) (*Clock, *atomic.Int64) {
	t.Helper()
	wall := &atomic.Int64{}
	wall.Store(epoch.UnixNano())
	c := newClock(false, time.Time{}, func() time.Time { return time.Unix(0, wall.Load()) })
	t.Cleanup(c.Close)
	return c, wall
}

func advance(t *testing.T, c *Clock, d time.Duration) {
	t.Helper()
	if err := c.Advance(t.Context(), c.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
}

func settle(t *testing.T, c *Clock) {
	t.Helper()
	if err := c.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTasksRunByTimeThenNameThenAge(t *testing.T) {
	c, j := virtual(t)
	for _, at := range []struct {
		after time.Duration
		name  string
	}{{3, "a"}, {2, "z"}, {2, "b#1"}, {1, "q"}, {2, "b#2"}, {2, "a"}} {
		sortName, _, _ := strings.Cut(at.name, "#")
		c.Schedule(epoch.Add(at.after*time.Second), sortName, j.task(at.name))
	}
	advance(t, c, 2*time.Second)
	j.want(t, "q@1s", "a@2s", "b#1@2s", "b#2@2s", "z@2s")
	advance(t, c, time.Hour)
	j.want(t, "q@1s", "a@2s", "b#1@2s", "b#2@2s", "z@2s", "a@3s")
	if got := c.Now(); !got.Equal(epoch.Add(time.Hour + 2*time.Second)) {
		t.Fatalf("the clock stands at %s", got)
	}
}

func TestOrderHoldsForAnySchedule(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := Virtual(epoch)
		defer c.Close()
		n := rapid.IntRange(1, 30).Draw(r, "n")
		type key struct {
			at   int
			name string
			age  int
		}
		var ran, want []key
		cancelled := 0
		for i := range n {
			k := key{rapid.IntRange(1, 4).Draw(r, "at"), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "name"), i}
			cancel := c.Schedule(epoch.Add(time.Duration(k.at)*time.Minute), k.name, func(context.Context) { ran = append(ran, k) })
			if rapid.Bool().Draw(r, "cancel") {
				if !cancel() || cancel() {
					r.Fatal("cancel must report the withdrawal, once")
				}
				cancelled++
				continue
			}
			want = append(want, k)
		}
		slices.SortStableFunc(want, func(a, b key) int {
			if a.at != b.at {
				return a.at - b.at
			}
			return strings.Compare(a.name, b.name)
		})
		if err := c.Advance(context.Background(), epoch.Add(time.Hour)); err != nil {
			r.Fatal(err)
		}
		if !slices.Equal(ran, want) {
			r.Fatalf("ran %v, want %v", ran, want)
		}
	})
}

func TestATaskThatIsDueRunsWithoutAMove(t *testing.T) {
	c, j := virtual(t)
	c.Schedule(epoch.Add(-time.Hour), "past", j.task("past"))
	c.Schedule(epoch, "now", j.task("now"))
	c.Schedule(epoch.Add(time.Nanosecond), "later", j.task("later"))
	settle(t, c)
	j.want(t, "past@0s", "now@0s")
	if !c.IsVirtual() {
		t.Fatal("it is virtual")
	}
}

func TestATaskMayScheduleForTheSameInstant(t *testing.T) {
	c, j := virtual(t)
	c.Schedule(epoch.Add(time.Minute), "m", func(ctx context.Context) {
		j.task("m")(ctx)
		c.Schedule(c.Now(), "z", j.task("z"))
		c.Schedule(c.Now(), "a", func(ctx context.Context) {
			j.task("a")(ctx)
			c.Schedule(c.Now().Add(-time.Second), "late", j.task("late"))
		})
	})
	c.Schedule(epoch.Add(time.Minute), "n", j.task("n"))
	advance(t, c, time.Minute)
	j.want(t, "m@1m0s", "a@1m0s", "late@1m0s", "n@1m0s", "z@1m0s")
}

func TestCancelFromInsideATask(t *testing.T) {
	c, j := virtual(t)
	var cancelOther, cancelSelf func() bool
	results := make(chan bool, 2)
	cancelSelf = c.Schedule(epoch.Add(time.Second), "a", func(ctx context.Context) {
		j.task("a")(ctx)
		results <- cancelOther()
		results <- cancelSelf()
	})
	cancelOther = c.Schedule(epoch.Add(time.Second), "b", j.task("b"))
	advance(t, c, time.Minute)
	j.want(t, "a@1s")
	if withdrawn, self := <-results, <-results; !withdrawn || self {
		t.Fatalf("withdrawn %v, self %v: only a task that has not started can be withdrawn", withdrawn, self)
	}
}

func TestRefusedMoves(t *testing.T) {
	c, _ := virtual(t)
	if err := c.Advance(t.Context(), epoch.Add(-time.Second)); err == nil || !strings.Contains(err.Error(), "cannot go back") {
		t.Fatalf("moving back: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Advance(gone, epoch.Add(time.Hour)); !errors.Is(err, context.Canceled) {
		t.Fatalf("a caller who is gone: %v", err)
	}
	if !c.Now().Equal(epoch) {
		t.Fatal("a refused move moved the clock")
	}
	c.Close()
	if err := c.Advance(t.Context(), epoch.Add(time.Hour)); !errors.Is(err, ErrClosed) {
		t.Fatalf("advance after close: %v", err)
	}
	if err := c.Settle(t.Context()); !errors.Is(err, ErrClosed) {
		t.Fatalf("settle after close: %v", err)
	}
}

func TestACallerWhoGivesUpDoesNotStopTheMove(t *testing.T) {
	c, j := virtual(t)
	running, release := make(chan struct{}), make(chan struct{})
	c.Schedule(epoch.Add(time.Minute), "slow", func(context.Context) {
		close(running)
		<-release
	})
	c.Schedule(epoch.Add(time.Hour), "end", j.task("end"))
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- c.Advance(ctx, epoch.Add(time.Hour)) }()
	<-running
	waiting, stopWaiting := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() { second <- c.Advance(waiting, epoch.Add(2*time.Hour)) }()
	cancel()
	stopWaiting()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Fatalf("first: %v", err)
	}
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Fatalf("second: %v", err)
	}
	close(release)
	settle(t, c)
	j.want(t, "end@1h0m0s")
	if !c.Now().Equal(epoch.Add(time.Hour)) {
		t.Fatalf("the clock stands at %s", c.Now())
	}
}

func TestMovesFromManyCallersAddUp(t *testing.T) {
	c, _ := virtual(t)
	ran := 0 // tasks run one at a time: the race detector says so
	for i := range 200 {
		c.Schedule(epoch.Add(time.Duration(i)*time.Minute), "t", func(context.Context) {
			ran++
			c.Schedule(c.Now(), "u", func(context.Context) { ran++ })
		})
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				c.Schedule(c.Now(), "v", func(context.Context) { ran++ })
				if err := c.Advance(t.Context(), c.Now().Add(time.Hour)); err != nil && !strings.Contains(err.Error(), "cannot go back") {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	advance(t, c, 24*time.Hour)
	settle(t, c)
	if ran != 440 {
		t.Fatalf("%d tasks ran, want 440", ran)
	}
}
