package statemachines_test

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/shared/contract"
)

var rulerStart = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

// ruler-step answers from a list, one answer each time that it is asked, and notes when it was and with what.
type step struct {
	mu      sync.Mutex
	clock   *clock.Clock
	answers []func() ([]byte, error)
	at      []time.Duration
	inputs  []string
}

func (s *step) Invoke(_ context.Context, _ string, payload []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = append(s.at, s.clock.Now().Sub(rulerStart))
	s.inputs = append(s.inputs, string(payload))
	answer := s.answers[min(len(s.at)-1, len(s.answers)-1)]
	return answer()
}

func says(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

func fails(name string) func() ([]byte, error) {
	return func() ([]byte, error) { return nil, &function.Error{Type: name, Message: "test"} }
}

// runRuler runs one execution for so long and returns its status and what ruler-step saw.
func runRuler(t *testing.T, long time.Duration, answers ...func() ([]byte, error)) (string, *step) {
	t.Helper()
	clk := clock.Virtual(rulerStart)
	steps := &step{clock: clk, answers: answers}
	x := start(t, contract.MachineRuler, "Step", clk, steps)
	x.advance(t, long)
	return x.engine.Executions()[0].Status, steps
}

func TestRulerSleepsUntilTheNamedTime(t *testing.T) {
	const day = 24 * time.Hour
	status, steps := runRuler(t, 60*day,
		says(`{"done":false,"wakeAt":"2026-11-23T15:15:00Z"}`),
		says(`{"done":false,"wakeAt":"2026-12-03T12:34:56Z"}`),
		says(`{"done":false,"wakeAt":"2026-12-01T00:00:00Z"}`), // past: asked again at once
		says(`{"done":true,"wakeAt":"2026-12-03T12:34:56Z"}`),
	)
	late := time.Date(2026, 12, 3, 12, 34, 56, 0, time.UTC).Sub(rulerStart)
	want := []time.Duration{0, 15 * time.Minute, late, late}
	if status != "SUCCEEDED" || !slices.Equal(steps.at, want) {
		t.Errorf("%s, asked after %v, want %v", status, steps.at, want)
	}
	var in map[string]any
	for _, text := range steps.inputs {
		if err := json.Unmarshal([]byte(text), &in); err != nil || len(in) != 3 || in["generation"] != 1.0 {
			t.Errorf("asked with %s", text)
		}
	}
}

func TestRulerOutlivesAnOutage(t *testing.T) {
	answers := []func() ([]byte, error){}
	for range 300 {
		answers = append(answers, fails(contract.WorkflowTransient))
	}
	status, steps := runRuler(t, 5*24*time.Hour, append(answers, says(`{"done":true,"wakeAt":"2026-11-23T15:00:00Z"}`))...)
	if status != "SUCCEEDED" || len(steps.at) != 301 {
		t.Errorf("%s after %d tries", status, len(steps.at))
	}
}

func TestRulerFailsForGood(t *testing.T) {
	for name, want := range map[string]int{contract.WorkflowRefused: 1, contract.WorkflowInternal: 9} {
		status, steps := runRuler(t, 24*time.Hour, fails(name))
		if status != "FAILED" || len(steps.at) != want {
			t.Errorf("%s: %s after %d tries, want %d", name, status, len(steps.at), want)
		}
	}
}
