package replay

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
)

const sweep = "pending-sweep"

// reads are the operations that change nothing.
var reads = []string{"GetItem", "BatchGetItem", "TransactGetItems", "Query"}

// faulty is a topic that is out of order in every third hour, for all of the hour.
func faulty(now func() time.Time) func(context.Context, wire.Call, func() (any, error)) (any, error) {
	return func(_ context.Context, call wire.Call, next func() (any, error)) (any, error) {
		if call.Service == "sns" && now().Hour()%3 == 0 {
			return nil, &wire.Error{Code: "InternalError", Status: 500}
		}
		return next()
	}
}

// watched is a run in which the sweep's invocations are noted.
type watched struct {
	*world
	mu   sync.Mutex
	last time.Time
	runs int
}

func (w *watched) invoked(i function.Invocation) {
	if !strings.HasSuffix(i.Function, sweep) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last, w.runs = i.At, w.runs+1
}

// ran reports whether the sweep has run at an instant.
func (w *watched) ran(at time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last.Equal(at)
}

func beginWatched(t *testing.T) *watched {
	t.Helper()
	w := &watched{}
	var now func() time.Time
	w.world = begin(t, setup{seed: 11, debtors: debtors(28), invoked: w.invoked, started: func(f func() time.Time) { now = f },
		intercept: func(ctx context.Context, call wire.Call, next func() (any, error)) (any, error) {
			return faulty(now)(ctx, call, next)
		}})
	return w
}

// TestWhatIsLeftOutWouldHaveDoneNothing goes through a day and a half with a topic that fails for hours, twice: once as the local cloud
// does it, which does not call the sweep while nothing is pending, and once with the sweep called at each of the minutes left out. A call
// that was left out must be one that would only have read, and the two runs must be the same.
func TestWhatIsLeftOutWouldHaveDoneNothing(t *testing.T) {
	const long = 36 * time.Hour
	plain := beginWatched(t)
	plain.advance(long)

	every := beginWatched(t)
	leftOut := 0
	clk := every.cloud.Clock
	clk.Every(start.Add(time.Minute), time.Minute, "~ the sweep once more", func(ctx context.Context) {
		if every.ran(clk.Now()) {
			return
		}
		leftOut++
		every.onlyReads = true
		defer func() { every.onlyReads = false }()
		if _, err := every.cloud.Functions.Invoke(ctx, contract.Prefix(cloud.Stage)+sweep, []byte("{}")); err != nil {
			t.Errorf("the sweep at %s: %v", clk.Now(), err)
		}
	})
	every.advance(long)
	// A call that fails is tried again twice, so there are more calls than minutes.
	if minutes := int(long / time.Minute); every.runs < minutes || leftOut == 0 || plain.runs != every.runs-leftOut || plain.runs < 60 {
		t.Errorf("the sweep ran %d times of itself and %d times in all; %d were left out of %d minutes", plain.runs, every.runs, leftOut, minutes)
	}
	if diff := plain.digest().differs(every.digest()); diff != "" {
		t.Errorf("with the sweep at every minute, the run differs in %s", diff)
	}
	if len(plain.sends) == 0 {
		t.Error("nobody was reminded")
	}
	t.Logf("%d of %d calls were left out", leftOut, every.runs)
}

// TestWhatHealsInQuietTimeIsSeenAtTheNextMinute: the topic fails from the import on and heals hours later, when nothing else is due for
// days. The sweep has to find the events at the next full minute, and every ruler then begins.
func TestWhatHealsInQuietTimeIsSeenAtTheNextMinute(t *testing.T) {
	heals := start.Add(5*time.Hour + 17*time.Minute + 42*time.Second)
	var now func() time.Time
	w := begin(t, setup{seed: 5, debtors: debtors(3), started: func(f func() time.Time) { now = f },
		intercept: func(_ context.Context, call wire.Call, next func() (any, error)) (any, error) {
			if call.Service == "sns" && now().Before(heals) {
				return nil, &wire.Error{Code: "InternalError", Status: 500}
			}
			return next()
		}})
	w.advance(2 * day)
	all := w.rulers()
	if len(all) != 3 {
		t.Fatalf("%d rulers have begun, want 3", len(all))
	}
	for _, x := range all {
		if want := heals.Truncate(time.Minute).Add(time.Minute); !x.Started.Equal(want) {
			t.Errorf("ruler %s began at %s, want %s", x.Name, x.Started, want)
		}
	}
}
