package site

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
)

func TestHowFarTheClockIsAskedToMove(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{"180d": 180 * 24 * time.Hour, "0d": 0, "72h": 72 * time.Hour, "90s": 90 * time.Second,
		"730d": 730 * 24 * time.Hour} {
		if to, err := target(now, text, ""); err != nil || to.Sub(now) != want {
			t.Errorf("%q moves to %s: %v", text, to, err)
		}
	}
	for _, text := range []string{"731d", "-1d", "1.5d", "d", "99999999d", "-1s", "x", "17521h"} {
		if to, err := target(now, text, ""); err == nil {
			t.Errorf("%q moves to %s", text, to)
		}
	}
}

// TestAMoveIsSeenFromOutside looks at the clock in the middle of a move.
func TestAMoveIsSeenFromOutside(t *testing.T) {
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	clk := clock.Virtual(start)
	t.Cleanup(clk.Close)
	l := &local{cloud: &cloud.Cloud{Clock: clk}}
	look := func() (body struct{ Now, MovingTo string }) {
		w := httptest.NewRecorder()
		l.clock(w, httptest.NewRequest(http.MethodGet, "/_local/clock", http.NoBody))
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Error(err)
		}
		return body
	}
	clk.Schedule(start.Add(time.Hour), "look", func(context.Context) {
		if got := look(); got.Now != "2026-11-23T13:00:00Z" || got.MovingTo != "2026-11-24T12:00:00Z" {
			t.Errorf("in the middle the clock says %+v", got)
		}
	})
	if err := clk.Advance(t.Context(), start.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := look(); got.Now != "2026-11-24T12:00:00Z" || got.MovingTo != "" {
		t.Errorf("at the end the clock says %+v", got)
	}
}
