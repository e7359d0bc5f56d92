package function_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/store"
)

// hostOn gives a host of the function "f" that keeps its events in a directory. Its handler runs before the failure that it answers, if
// any, takes effect.
func hostOn(t *testing.T, dir string, start time.Time, handle func(run int) error, told func()) (*function.Host, *clock.Clock) {
	t.Helper()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	clk, runs := clock.Virtual(start), 0
	t.Cleanup(clk.Close)
	h := function.NewHost(clk, nil)
	h.Register(function.Definition{Name: "f", Timeout: time.Minute,
		Handler: raw(func(context.Context, []byte) ([]byte, error) {
			runs++
			return nil, handle(runs)
		}),
		OnFailure: func(context.Context, function.Record) { told() }})
	if err := h.Resume(st); err != nil {
		t.Fatal(err)
	}
	return h, clk
}

// asKilled gives a copy of what lies on disk now: what a process that is killed now leaves behind.
func asKilled(t *testing.T, dir string) string {
	t.Helper()
	left := t.TempDir()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	data, err := os.ReadFile(files[0])
	if err == nil {
		err = os.WriteFile(filepath.Join(left, filepath.Base(files[0])), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// An event that was taken is tried as often, at the same times, when the process is killed in between and started again.
func TestEventsOutliveAKill(t *testing.T) {
	const minute = time.Minute
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		killed   int             // in which run; 0 when the destination has not been told yet
		failures int             // of the second process
		want     []time.Duration // its runs
		told     int             // by the second process
	}{
		"in the first attempt":       {1, 0, []time.Duration{0}, 0},
		"in the second attempt":      {2, 0, []time.Duration{minute}, 0},
		"in the third attempt":       {3, 9, []time.Duration{3 * minute}, 1},
		"before it went away":        {0, 9, []time.Duration{3 * minute}, 1},
		"in the first, fails always": {1, 9, []time.Duration{0, minute, 3 * minute}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir, left := t.TempDir(), ""
			h, clk := hostOn(t, dir, start, func(run int) error {
				if run == test.killed {
					left = asKilled(t, dir)
				}
				return errSentinel
			}, func() {
				if test.killed == 0 {
					left = asKilled(t, dir)
				}
			})
			if _, err := h.Event(t.Context(), "f", []byte("{}")); err != nil {
				t.Fatal(err)
			}
			if err := clk.Advance(t.Context(), start.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			var ran []time.Duration
			var again *clock.Clock
			told, ready := 0, make(chan struct{})
			_, again = hostOn(t, left, start, func(run int) error {
				<-ready
				ran = append(ran, again.Now().Sub(start))
				if run <= test.failures {
					return errSentinel
				}
				return nil
			}, func() { told++ })
			close(ready)
			if err := again.Advance(t.Context(), start.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(ran, test.want) || told != test.told {
				t.Errorf("ran at %v, want %v; told %d times, want %d", ran, test.want, told, test.told)
			}
		})
	}
}

// What is over is forgotten, and a new request has an id of its own beside those that wait.
func TestEventsThatAreOverAreForgotten(t *testing.T) {
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	waiting := ""
	h, clk := hostOn(t, dir, start, func(run int) error {
		if run == 4 {
			waiting = asKilled(t, dir)
		}
		if run == 1 {
			return nil
		}
		return errSentinel
	}, func() {})
	for range 2 {
		if _, err := h.Event(t.Context(), "f", []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
	if err := clk.Advance(t.Context(), start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	over, runs := asKilled(t, dir), 0
	count := func(int) error {
		runs++
		return nil
	}
	if _, clk := hostOn(t, over, start, count, func() {}); clk.Advance(t.Context(), start.Add(time.Hour)) != nil || runs != 0 {
		t.Errorf("%d runs of what was over", runs)
	}
	h, clk = hostOn(t, waiting, start, count, func() {})
	if _, err := h.Event(t.Context(), "f", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := clk.Advance(t.Context(), start.Add(time.Hour)); err != nil || runs != 2 {
		t.Errorf("%d runs, %v: want the one that waited and the new one", runs, err)
	}
}
