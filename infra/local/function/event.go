package function

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/regua/regua/infra/local/store"
)

// How Lambda treats an asynchronous invocation: "How Lambda handles errors and retries with asynchronous invocation", "Lambda quotas".
const (
	maxEvent     = 1 << 20 // bytes
	maxRetries   = 2       // of a function that failed: after one minute, then after two
	maxAge       = 6 * time.Hour
	shortestWait = time.Second // after an invocation that Lambda itself could not make, doubled each time
	longestWait  = 5 * time.Minute
	eventBucket  = "lambda"
)

// Record is what the destination of an asynchronous invocation that failed is told: "Capturing records of Lambda asynchronous invocations".
type Record struct {
	Version        string          `json:"version"`
	Timestamp      string          `json:"timestamp"`
	RequestContext RecordRequest   `json:"requestContext"`
	RequestPayload json.RawMessage `json:"requestPayload"`
	// The response is that of the last attempt that ran; there is none when none did.
	ResponseContext *RecordResponse `json:"responseContext,omitempty"`
	ResponsePayload *Error          `json:"responsePayload,omitempty"`
}

// RecordRequest says what was asked for, and why it is asked for no more: RetriesExhausted or EventAgeExceeded.
type RecordRequest struct {
	RequestID              string `json:"requestId"`
	FunctionArn            string `json:"functionArn"`
	Condition              string `json:"condition"`
	ApproximateInvokeCount int    `json:"approximateInvokeCount"`
}

// RecordResponse says how the function ended.
type RecordResponse struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError"`
}

// event is an asynchronous invocation that waits for its end, as the store holds it.
type event struct {
	Function string
	ID       string
	Payload  []byte
	Taken    time.Time
	Due      time.Time // when the next attempt is made
	Runs     int       // attempts in which the function ran
	Wait     time.Duration
	Last     *Error
}

// Resume keeps the events in a store from now on, and goes on with those that it holds. All functions are registered.
func (h *Host) Resume(st *store.Store) error {
	h.st = st
	return store.Load(st, eventBucket, func(_ string, e *event) error {
		var request uint64
		if _, err := fmt.Sscanf(e.ID, requestForm, &request); err != nil {
			return fmt.Errorf("request %q: %w", e.ID, err)
		}
		h.requests = max(h.requests, request)
		if _, known := h.definitions[e.Function]; known {
			h.later(e)
		}
		return nil
	})
}

// Event takes an asynchronous invocation, as EventBridge makes it; no answer comes of it. It is stored when Event returns, until it is done
// or given up. Its first attempt runs at once, within the caller's task of the clock; one that failed is repeated when its time has come.
func (h *Host) Event(ctx context.Context, name string, payload []byte) ([]byte, error) {
	_, id, err := h.find(name)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxEvent {
		return nil, tooLarge("Event", len(payload), maxEvent)
	}
	now := h.clk.Now()
	e := &event{Function: name, ID: id, Payload: payload, Taken: now, Due: now}
	if err := h.st.Write(store.Op{Bucket: eventBucket, Key: id, Value: e}); err != nil {
		return nil, fmt.Errorf("store event for %s: %w", name, err)
	}
	h.try(context.WithoutCancel(ctx), e)
	return nil, nil
}

// try makes one attempt and has the next one scheduled.
func (h *Host) try(ctx context.Context, e *event) {
	d := h.definitions[e.Function]
	if h.clk.Now().Sub(e.Taken) >= maxAge {
		h.giveUp(ctx, d, e, "EventAgeExceeded")
		return
	}
	_, err := h.attempt(ctx, d, e.ID, e.Payload)
	failure, failed := errors.AsType[*Error](err)
	if !failed {
		h.keep(ctx, e, nil)
		return
	}
	if failure.throttled {
		e.Wait = min(max(2*e.Wait, shortestWait), longestWait)
		e.Due = h.clk.Now().Add(e.Wait)
	} else {
		e.Runs, e.Last = e.Runs+1, failure
		if e.Runs > maxRetries {
			h.giveUp(ctx, d, e, "RetriesExhausted")
			return
		}
		e.Due = h.clk.Now().Add(time.Duration(e.Runs) * time.Minute)
	}
	h.keep(ctx, e, e)
	h.later(e)
}

// keep stores what became of an event, nil when it is over. What the store does not take is tried once more after a restart.
func (h *Host) keep(ctx context.Context, e *event, value any) {
	if err := h.st.Write(store.Op{Bucket: eventBucket, Key: e.ID, Value: value}); err != nil {
		slog.ErrorContext(ctx, "event is not stored", "function", e.Function, "error", err)
	}
}

func (h *Host) later(e *event) {
	h.clk.Schedule(e.Due, "lambda/"+e.Function, func(ctx context.Context) { h.try(ctx, e) })
}

func (h *Host) giveUp(ctx context.Context, d Definition, e *event, condition string) {
	record := Record{
		Version: "1.0", Timestamp: h.clk.Now().UTC().Format("2006-01-02T15:04:05.000Z"), RequestPayload: e.Payload, ResponsePayload: e.Last,
		RequestContext: RecordRequest{e.ID, arnPrefix + e.Function + ":$LATEST", condition, e.Runs},
	}
	if e.Last != nil {
		record.ResponseContext = &RecordResponse{StatusCode: 200, ExecutedVersion: "$LATEST", FunctionError: "Unhandled"}
	}
	if d.OnFailure != nil {
		d.OnFailure(ctx, record)
	}
	h.keep(ctx, e, nil)
}
