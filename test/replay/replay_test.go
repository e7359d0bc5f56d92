package replay

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// atOnce is the largest size of which two fit into memory side by side.
const atOnce = 4000

// halfYear is how long the portfolio is watched.
const halfYear = 180 * day

// executions is how many executions the proof has: few in a plain `go test`, as many as REGUA_REPLAY says in CI, 10,000 in a soak.
func executions(t *testing.T) int {
	t.Helper()
	const plain, soak = 60, 10_000
	if os.Getenv("REGUA_SOAK") != "" {
		return soak
	}
	asked := os.Getenv("REGUA_REPLAY")
	if asked == "" {
		return plain
	}
	n, err := strconv.Atoi(asked)
	if err != nil || n < 1 {
		t.Fatalf("REGUA_REPLAY is %q, want a number of executions", asked)
	}
	return n
}

// rungs reads the days and templates of the creditor's ruler out of its file.
func rungs(t testing.TB) (all []struct {
	Day      int
	Template string
}) {
	t.Helper()
	var file struct {
		Ruler struct {
			Rungs []struct {
				Day      int
				Template string
			}
		}
	}
	if err := json.Unmarshal(creditorFile, &file); err != nil {
		t.Fatal(err)
	}
	return file.Ruler.Rungs
}

// resting are the national holidays of the half year (Lei 662/1949 as changed by Lei 10.607/2002, and Good Friday); none may be reminded
// on them, nor on a Sunday.
var resting = []string{"2026-12-25", "2027-01-01", "2027-03-26", "2027-04-21", "2027-05-01"}

// lawfulDay is the first day from one on, on which somebody may be reminded.
func lawfulDay(at time.Time) string {
	for at.Weekday() == time.Sunday || slices.Contains(resting, at.Format(time.DateOnly)) {
		at = at.Add(day)
	}
	return at.Format(time.DateOnly)
}

// local is the time of day where a debtor lives.
func (d debtor) local(at time.Time) time.Time {
	for _, s := range states {
		if s.uf == d.uf {
			return at.In(time.FixedZone(d.uf, s.offset*3600))
		}
	}
	panic("no state " + d.uf)
}

// TestHalfAYearIsTheSameTwice is the whole proof: every execution of the ruler wakes at its instants, everybody is reminded on the right
// days, and a second run from the same seed is the same to the byte.
func TestHalfAYearIsTheSameTwice(t *testing.T) {
	n := executions(t)
	defer debug.SetGCPercent(debug.SetGCPercent(300))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(3 << 30))
	began := time.Now()
	var runs [2]digest
	t.Run("runs", func(t *testing.T) {
		for i := range runs {
			t.Run(fmt.Sprint(i+1), func(t *testing.T) {
				if n <= atOnce {
					t.Parallel()
				}
				runs[i] = halfAYear(t, n)
			})
		}
	})
	if diff := runs[0].differs(runs[1]); diff != "" {
		t.Errorf("the second run differs from the first in %s", diff)
	}
	t.Logf("2 x %d executions in %.1f s, %s", n, time.Since(began).Seconds(), peak(t))
}

// halfAYear is one run.
func halfAYear(t *testing.T, n int) digest {
	began := time.Now()
	w := begin(t, setup{seed: 7, debtors: debtors(n)})
	imported := time.Since(began)
	w.advance(halfYear)
	moved := time.Since(began) - imported
	got := w.digest()
	w.checkWakes(n)
	w.checkSends(debtors(n))
	t.Logf("import %.1f s, 180 days %.1f s, all %.1f s", imported.Seconds(), moved.Seconds(), time.Since(began).Seconds())
	return got
}

// peak is how much memory the process has had at most, as Linux tells it.
func peak(t *testing.T) string {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "memory not known"
	}
	for line := range strings.Lines(string(status)) {
		if kB, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return "peak memory " + strings.TrimSpace(kB)
		}
	}
	return "memory not known"
}

// TestEachWaitEndsAtItsInstant is the proof in small.
func TestEachWaitEndsAtItsInstant(t *testing.T) {
	w := begin(t, setup{seed: 1, debtors: debtors(3)})
	w.advance(halfYear)
	w.digest()
	w.checkWakes(3)
	w.checkSends(debtors(3))
}

// TestHowFarTheClockIsMovedAtOnceChangesNothing goes through the half year at once and in uneven steps.
func TestHowFarTheClockIsMovedAtOnceChangesNothing(t *testing.T) {
	atOnce := begin(t, setup{seed: 3, debtors: debtors(14)})
	atOnce.advance(halfYear)
	inSteps := begin(t, setup{seed: 3, debtors: debtors(14)})
	step := 7*time.Hour + 11*time.Minute + 13*time.Second
	for left := halfYear; left > 0; left -= step {
		inSteps.advance(min(step, left))
	}
	if diff := atOnce.digest().differs(inSteps.digest()); diff != "" {
		t.Errorf("the way in steps differs in %s", diff)
	}
	inSteps.checkWakes(14)
	inSteps.checkSends(debtors(14))
}

// TestAnotherSeedIsAnotherRun says that the comparison can tell two runs apart.
func TestAnotherSeedIsAnotherRun(t *testing.T) {
	var runs [2]digest
	for i := range runs {
		w := begin(t, setup{seed: uint64(i), debtors: debtors(3)})
		w.advance(30 * day)
		runs[i] = w.digest()
	}
	if runs[0].differs(runs[1]) == "" {
		t.Error("two seeds gave the same run")
	}
}

// checkWakes holds the wake-ups that digest read to their plans.
func (w *world) checkWakes(n int) {
	w.t.Helper()
	if len(w.woken) != n {
		w.t.Errorf("%d executions of the ruler, want %d", len(w.woken), n)
	}
	want := len(rungs(w.t)) + 1 // each rung wakes it when it is due, and the last contact is looked at once more
	total := 0
	for _, x := range w.woken {
		if x.execution.Status != "SUCCEEDED" || x.open != 0 || len(x.wakes) != want {
			w.t.Fatalf("execution %s: %s, %d wake-ups, %d waits still open; want SUCCEEDED, %d, 0",
				x.execution.Name, x.execution.Status, len(x.wakes), x.open, want)
		}
		for _, k := range x.wakes {
			if err := k.check(); err != nil {
				w.t.Fatalf("execution %s: %v", x.execution.Name, err)
			}
		}
		total += len(x.wakes)
	}
	w.t.Logf("%d wake-ups, each at its instant", total)
}

// checkSends holds the messages that left to the days that follow from the creditor's file: each rung once, on its day or the first lawful
// one after, within lawful hours.
func (w *world) checkSends(all []debtor) {
	w.t.Helper()
	sent := map[string][]send{}
	for _, s := range w.sends {
		sent[s.to] = append(sent[s.to], s)
	}
	for _, d := range all {
		due := time.Date(start.Year(), start.Month(), start.Day()-d.late, 0, 0, 0, 0, time.UTC)
		var want, got []string
		for _, r := range rungs(w.t) {
			want = append(want, fmt.Sprintf("%s on %s", r.Template, lawfulDay(due.AddDate(0, 0, r.Day))))
		}
		for _, s := range sent[d.email] {
			local := d.local(s.at)
			got = append(got, fmt.Sprintf("%s on %s", s.template, local.Format(time.DateOnly)))
			if local.Hour() < 8 || local.Hour() >= 20 {
				w.t.Fatalf("%s was reminded at %s local time", d.email, local.Format("15:04"))
			}
		}
		if !slices.Equal(got, want) {
			w.t.Fatalf("%s was reminded\n by %v\nwant %v", d.email, got, want)
		}
		delete(sent, d.email)
	}
	for _, to := range slices.Sorted(maps.Keys(sent)) {
		w.t.Errorf("somebody unknown was reminded: %s", to)
	}
}
