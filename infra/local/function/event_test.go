package function_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
)

// asked is a host of one function "f" on a clock of its own, with what became of its invocations.
type asked struct {
	clk     *clock.Clock
	host    *function.Host
	times   []time.Duration // of each run, since the start
	ids     []string
	records []function.Record
}

func oneFunction(t *testing.T, reserved int, handle func(run int) error) *asked {
	t.Helper()
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	a := &asked{clk: clock.Virtual(start)}
	t.Cleanup(a.clk.Close)
	a.host = function.NewHost(a.clk, func(i function.Invocation) {
		a.times, a.ids = append(a.times, i.At.Sub(start)), append(a.ids, i.RequestID)
	})
	a.host.Register(function.Definition{
		Name: "f", Timeout: time.Minute, Reserved: reserved,
		Handler:   raw(func(context.Context, []byte) ([]byte, error) { return nil, handle(len(a.times)) }),
		OnFailure: func(_ context.Context, r function.Record) { a.records = append(a.records, r) },
	})
	return a
}

func (a *asked) event(t *testing.T) {
	t.Helper()
	if answer, err := a.host.Event(t.Context(), "f", []byte(`{"n":1}`)); answer != nil || err != nil {
		t.Fatalf("got %s, %v", answer, err)
	}
}

func (a *asked) wait(t *testing.T, d time.Duration) {
	t.Helper()
	if err := a.clk.Advance(t.Context(), a.clk.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
}

func TestEventIsTriedThreeTimes(t *testing.T) {
	for name, test := range map[string]struct {
		failures int
		want     []time.Duration
	}{
		"done at once":       {0, []time.Duration{0}},
		"done at the second": {1, []time.Duration{0, time.Minute}},
		"done at the third":  {2, []time.Duration{0, time.Minute, 3 * time.Minute}},
		"never done":         {99, []time.Duration{0, time.Minute, 3 * time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			a := oneFunction(t, 0, func(run int) error {
				if run < test.failures {
					return errSentinel
				}
				return nil
			})
			a.event(t)
			a.wait(t, 12*time.Hour)
			if !slices.Equal(a.times, test.want) {
				t.Errorf("ran at %v, want %v", a.times, test.want)
			}
			if len(slices.Compact(a.ids)) != 1 {
				t.Errorf("one request has the ids %v", a.ids)
			}
			if given := len(a.records) == 1; given != (test.failures > 2) {
				t.Errorf("given up: %+v", a.records)
			}
		})
	}
}

func TestDestinationIsToldOfTheFailure(t *testing.T) {
	a := oneFunction(t, 0, func(int) error { return errSentinel })
	a.event(t)
	a.wait(t, time.Hour)
	got, err := json.Marshal(a.records)
	want := `[{"version":"1.0","timestamp":"2026-03-02T12:03:00.000Z","requestContext":{"requestId":"00000000-0000-4000-8000-000000000001",` +
		`"functionArn":"arn:aws:lambda:us-east-1:000000000000:function:f:$LATEST","condition":"RetriesExhausted",` +
		`"approximateInvokeCount":3},"requestPayload":{"n":1},` +
		`"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},` +
		`"responsePayload":{"errorMessage":"no such case","errorType":"errorString"}}]`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

// While Lambda refuses an event, it waits longer and longer, at most six hours, and none of that counts as one of its attempts.
func TestRefusedEventWaits(t *testing.T) {
	for name, test := range map[string]struct {
		free time.Duration // when the function that holds the only place ends
		runs int
	}{"until there is room": {5 * time.Hour, 2}, "until it is too old": {7 * time.Hour, 1}} {
		t.Run(name, func(t *testing.T) {
			began, release := make(chan struct{}), make(chan struct{})
			a := oneFunction(t, 1, func(run int) error {
				if run == 0 {
					close(began)
					<-release
				}
				return nil
			})
			done := make(chan error, 1)
			go func() {
				_, err := a.host.Invoke(t.Context(), "f", nil)
				done <- err
			}()
			<-began
			a.event(t)
			a.wait(t, test.free)
			close(release)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			a.wait(t, 12*time.Hour)
			if len(a.times) != test.runs {
				t.Errorf("ran at %v, want %d runs", a.times, test.runs)
			}
			if test.runs == 2 {
				if late := a.times[1] - test.free; late < 0 || late > 5*time.Minute {
					t.Errorf("ran %s after there was room", late)
				}
				return
			}
			if len(a.records) != 1 || a.records[0].RequestContext.Condition != "EventAgeExceeded" ||
				a.records[0].RequestContext.ApproximateInvokeCount != 0 || a.records[0].ResponsePayload != nil {
				t.Errorf("given up: %+v", a.records)
			}
		})
	}
}

func TestEventThatIsNotTaken(t *testing.T) {
	a := oneFunction(t, 0, func(int) error { return nil })
	for name, test := range map[string]struct {
		function string
		size     int
		want     string
	}{
		"fits": {"f", 1 << 20, ""},
		"too large": {"f", 1<<20 + 1, "RequestTooLargeException: " +
			"1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"},
		"absent": {"g", 2, "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:g"},
	} {
		got := ""
		if _, err := a.host.Event(t.Context(), test.function, []byte(strings.Repeat(" ", test.size))); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
	if len(a.times) != 1 {
		t.Errorf("ran %d times", len(a.times))
	}
}

func TestReservedConcurrency(t *testing.T) {
	began, release := make(chan struct{}, 2), make(chan struct{})
	h := host(t, nil)
	h.Register(function.Definition{Name: "f", Timeout: time.Minute, Reserved: 2, Handler: raw(func(context.Context, []byte) ([]byte, error) {
		began <- struct{}{}
		<-release
		return nil, nil
	})})
	done := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := h.Invoke(t.Context(), "f", nil)
			done <- err
		}()
		<-began
	}
	_, err := h.Invoke(t.Context(), "f", nil)
	var failure *function.Error
	if !errors.As(err, &failure) || !failure.Throttled() || failure.Error() != "TooManyRequestsException: Rate Exceeded." {
		t.Errorf("got %v", err)
	}
	close(release)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if _, err := h.Invoke(t.Context(), "f", nil); err != nil {
		t.Errorf("there is room again: %v", err)
	}
}
