package cloud

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// Each function in process calls the cloud under its own name, and whatever calls it beside them as a tool.
func TestEveryCallHasItsCaller(t *testing.T) {
	clk := clock.Virtual(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	var mu sync.Mutex
	seen := map[string]bool{}
	c, err := New(t.Context(), Options{Clock: clk, Store: store.Memory(), PortalURL: "http://127.0.0.1:1",
		Observe: func(_ context.Context, call wire.Call, _ error) {
			mu.Lock()
			defer mu.Unlock()
			seen[call.Caller] = true
		}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Functions.Invoke(t.Context(), physical("pending-sweep"), []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if !seen[Tool] || !seen["pending-sweep"] {
		t.Errorf("callers %v", seen)
	}
	if seen[""] {
		t.Error("a call without a caller")
	}
}
