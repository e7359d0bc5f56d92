package clock

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestEveryOccurrenceRunsHoweverFarTheClockIsMoved: what repeats may find something due at any of its times, and only it can know.
func TestEveryOccurrenceRunsHoweverFarTheClockIsMoved(t *testing.T) {
	c, _ := virtual(t)
	var ran []time.Duration
	c.Every(epoch.Add(time.Minute), time.Minute, "sweep", func(context.Context) { ran = append(ran, c.Now().Sub(epoch)) })
	advance(t, c, 24*time.Hour+30*time.Second)
	for i, at := range ran {
		if at != time.Duration(i+1)*time.Minute {
			t.Fatalf("occurrence %d ran at %s", i+1, at)
		}
	}
	if len(ran) != 24*60 {
		t.Fatalf("%d of %d occurrences ran", len(ran), 24*60)
	}
}

func TestEveryRunsAroundWhatIsDue(t *testing.T) {
	c, j := virtual(t)
	c.Schedule(epoch.Add(2*time.Hour+30*time.Minute), "work", j.task("work"))
	c.Schedule(epoch.Add(3*time.Hour), "before", j.task("before"))
	c.Schedule(epoch.Add(3*time.Hour), "then", j.task("then"))
	c.Every(epoch.Add(time.Hour), time.Hour, "sweep", j.task("sweep"))
	advance(t, c, 4*time.Hour)
	j.want(t, "sweep@1h0m0s", "sweep@2h0m0s", "work@2h30m0s", "before@3h0m0s", "sweep@3h0m0s", "then@3h0m0s", "sweep@4h0m0s")
}

// TestAJumpOfYears lets every third year begin with something to do, for a century.
func TestAJumpOfYears(t *testing.T) {
	c, _ := virtual(t)
	var ran []int
	for year := 2027; year <= 2127; year += 3 {
		c.Schedule(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), "new year", func(context.Context) { ran = append(ran, c.Now().Year()) })
	}
	daily := 0
	c.Every(epoch, 24*time.Hour, "daily", func(context.Context) { daily++ })
	end := time.Date(2127, 1, 5, 9, 0, 0, 0, time.UTC)
	if err := c.Advance(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	if want := int(end.Sub(epoch)/(24*time.Hour)) + 1; len(ran) != 34 || !slices.IsSorted(ran) || daily != want || !c.Now().Equal(end) {
		t.Fatalf("years %v, %d of %d days, the clock stands at %s", ran, daily, want, c.Now())
	}
}

func TestMovingSaysWhereTo(t *testing.T) {
	c, _ := virtual(t)
	seen := make(chan time.Time, 1)
	c.Schedule(epoch.Add(time.Minute), "look", func(context.Context) {
		to, moving := c.Moving()
		if !moving {
			t.Error("it is moving")
		}
		seen <- to
	})
	advance(t, c, time.Hour)
	if to := <-seen; !to.Equal(epoch.Add(time.Hour)) {
		t.Errorf("it moves to %s", to)
	}
	if _, moving := c.Moving(); moving {
		t.Error("it has arrived")
	}
}

func TestRealClockFollowsTheWallAndMovesAhead(t *testing.T) {
	c, wall := manual(t)
	if c.IsVirtual() || !c.Now().Equal(epoch) {
		t.Fatalf("real clock stands at %s", c.Now())
	}
	j := &journal{clock: c}
	wall.Add(int64(time.Hour))
	c.Schedule(epoch.Add(30*time.Minute), "late", j.task("late"))
	settle(t, c)
	c.Schedule(epoch.Add(3*time.Hour), "a", j.task("a"))
	c.Schedule(epoch.Add(5*time.Hour), "b", j.task("b"))
	advance(t, c, 3*time.Hour)
	j.want(t, "late@1h0m0s", "a@3h0m0s")
	wall.Add(int64(time.Minute))
	if got := c.Now().Sub(epoch); got != 4*time.Hour+time.Minute {
		t.Fatalf("after the move it stands at %s", got)
	}
	advance(t, c, time.Hour)
	j.want(t, "late@1h0m0s", "a@3h0m0s", "b@5h0m0s")
}

func TestRealClockWakesByItself(t *testing.T) {
	c := Real()
	defer c.Close()
	first, second := make(chan time.Time, 1), make(chan time.Time, 1)
	far := c.Schedule(c.Now().Add(time.Hour), "far", func(context.Context) {})
	start := c.Now()
	c.Schedule(start.Add(5*time.Millisecond), "b", func(context.Context) { second <- c.Now() })
	c.Schedule(start.Add(time.Millisecond), "a", func(context.Context) { first <- c.Now() })
	if at := <-first; at.Before(start.Add(time.Millisecond)) {
		t.Fatalf("ran early: %s", at.Sub(start))
	}
	if at := <-second; at.Before(start.Add(5 * time.Millisecond)) {
		t.Fatalf("ran early: %s", at.Sub(start))
	}
	if !far() {
		t.Fatal("the far task must still wait")
	}
}

func TestMissedOccurrencesOfARealClockCountAsOne(t *testing.T) {
	c, wall := manual(t)
	j := &journal{clock: c}
	c.Every(epoch, time.Minute, "sweep", func(ctx context.Context) {
		j.task("sweep")(ctx)
		if wall.Load() == epoch.UnixNano() {
			wall.Add(int64(10*time.Minute + 30*time.Second))
		}
	})
	settle(t, c)
	j.want(t, "sweep@0s", "sweep@10m30s")
	advance(t, c, time.Minute)
	j.want(t, "sweep@0s", "sweep@10m30s", "sweep@11m0s")
}

// Thousands of sleepers and repeated tasks over months must stay far from quadratic.
func BenchmarkMonths(b *testing.B) {
	for b.Loop() {
		c := Virtual(epoch)
		for i := range 5000 {
			c.Schedule(epoch.Add(time.Duration(i)*17*time.Minute), fmt.Sprintf("case/%d", i), func(context.Context) {})
		}
		ran := slices.Repeat([]int{0}, 5)
		for i := range ran {
			c.Every(epoch, time.Minute, fmt.Sprintf("sweep/%d", i), func(context.Context) { ran[i]++ })
		}
		if err := c.Advance(b.Context(), epoch.AddDate(0, 6, 0)); err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
