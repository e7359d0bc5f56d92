package cloud

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/gateway"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
)

// What a rule hands over is tried again as on AWS: after one minute, and then after two.
func TestWhatARuleCallsIsTriedAgain(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clk := clock.Virtual(start)
	t.Cleanup(clk.Close)
	var mu sync.Mutex
	var tries []time.Duration
	c, err := New(t.Context(), Options{Clock: clk, Store: store.Memory(), PortalURL: "http://127.0.0.1:1",
		Intercept: func(_ context.Context, call wire.Call, next func() (any, error)) (any, error) {
			if call.Caller == "pending-sweep" {
				return nil, wire.Errorf("InternalServerError", "broken")
			}
			return next()
		},
		Invoked: func(i function.Invocation) {
			mu.Lock()
			defer mu.Unlock()
			tries = append(tries, i.At.Sub(start))
		}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Messaging.Event(t.Context(), physical("pending-sweep"), []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if err := c.Advance(t.Context(), start.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := []time.Duration{0, time.Minute, 3 * time.Minute}; !slices.Equal(tries, want) {
		t.Errorf("ran at %v, want %v", tries, want)
	}
}

func TestRoutesAreThrottledWhereTimePasses(t *testing.T) {
	moved, running := clock.Virtual(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)), clock.Real()
	t.Cleanup(moved.Close)
	t.Cleanup(running.Close)
	for clk, want := range map[*clock.Clock]gateway.Throttle{
		moved: {}, running: {Rate: contract.ThrottleRate, Burst: contract.ThrottleBurst},
	} {
		all := routes(clk)
		if len(all) != len(contract.Routes()) {
			t.Fatalf("%d routes", len(all))
		}
		for _, r := range all {
			if r.Throttle != want {
				t.Errorf("%s %s: got %+v, want %+v", r.Method, r.Path, r.Throttle, want)
			}
		}
	}
}
