package cloud

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
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

func TestRoutesAreThrottled(t *testing.T) {
	clk := clock.Virtual(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	c, err := New(t.Context(), Options{Clock: clk, Store: store.Memory(), PortalURL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	get := func() int {
		answer := httptest.NewRecorder()
		c.API.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/me/debts", nil))
		return answer.Code
	}
	for n := range contract.ThrottleBurst {
		if code := get(); code != http.StatusUnauthorized {
			t.Fatalf("request %d: got %d", n+1, code)
		}
	}
	if code := get(); code != http.StatusTooManyRequests {
		t.Errorf("one request too many: got %d", code)
	}
}
