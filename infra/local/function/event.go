package function

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// How Lambda treats an asynchronous invocation: "How Lambda handles errors and retries with asynchronous invocation", "Lambda quotas".
const (
	maxEvent     = 1 << 20 // bytes
	maxRetries   = 2       // of a function that failed: after one minute, then after two
	maxAge       = 6 * time.Hour
	shortestWait = time.Second // after an invocation that Lambda itself could not make, doubled each time
	longestWait  = 5 * time.Minute
)

// Record is what the destination of an asynchronous invocation that failed is told: "Capturing records of Lambda asynchronous invocations".
type Record struct {
	Version        string          `json:"version"`
	Timestamp      string          `json:"timestamp"`
	RequestContext RecordRequest   `json:"requestContext"`
	RequestPayload json.RawMessage `json:"requestPayload"`
	// The response is that of the last attempt that ran; there is none when none did.
	ResponseContext *RecordResponse `json:"responseContext,omitempty"`
	ResponsePayload *RecordError    `json:"responsePayload,omitempty"`
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

// RecordError is the error that the function reported.
type RecordError struct {
	ErrorMessage string `json:"errorMessage"`
	ErrorType    string `json:"errorType"`
}

// event is an asynchronous invocation that waits for its end.
type event struct {
	function Definition
	id       string
	payload  []byte
	taken    time.Time
	runs     int // attempts in which the function ran
	wait     time.Duration
	last     *Error
}

// Event takes an asynchronous invocation, as EventBridge makes it; no answer comes of it. Its first attempt runs at once, within the
// caller's task of the clock; one that failed is repeated when its time has come. What waits is lost with the process.
func (h *Host) Event(ctx context.Context, name string, payload []byte) ([]byte, error) {
	definition, id, err := h.find(name)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxEvent {
		return nil, tooLarge("Event", len(payload), maxEvent)
	}
	h.try(ctx, &event{function: definition, id: id, payload: payload, taken: h.clk.Now()})
	return nil, nil
}

// try makes one attempt and has the next one scheduled.
func (h *Host) try(ctx context.Context, e *event) {
	if h.clk.Now().Sub(e.taken) >= maxAge {
		h.giveUp(ctx, e, "EventAgeExceeded")
		return
	}
	_, err := h.attempt(ctx, e.function, e.id, e.payload)
	var failure *Error
	if !errors.As(err, &failure) {
		return // it is done, or the local cloud ends
	}
	if failure.throttled {
		e.wait = min(max(2*e.wait, shortestWait), longestWait)
		h.later(e, e.wait)
		return
	}
	e.runs, e.last = e.runs+1, failure
	if e.runs > maxRetries {
		h.giveUp(ctx, e, "RetriesExhausted")
		return
	}
	h.later(e, time.Duration(e.runs)*time.Minute)
}

func (h *Host) later(e *event, wait time.Duration) {
	h.clk.Schedule(h.clk.Now().Add(wait), "lambda/"+e.function.Name, func(ctx context.Context) { h.try(ctx, e) })
}

func (h *Host) giveUp(ctx context.Context, e *event, condition string) {
	if e.function.OnFailure == nil {
		return
	}
	record := Record{
		Version: "1.0", Timestamp: h.clk.Now().UTC().Format("2006-01-02T15:04:05.000Z"), RequestPayload: e.payload,
		RequestContext: RecordRequest{
			RequestID: e.id, FunctionArn: arnPrefix + e.function.Name + ":$LATEST", Condition: condition, ApproximateInvokeCount: e.runs,
		},
	}
	if e.last != nil {
		record.ResponseContext = &RecordResponse{StatusCode: 200, ExecutedVersion: "$LATEST", FunctionError: "Unhandled"}
		record.ResponsePayload = &RecordError{ErrorMessage: e.last.Message, ErrorType: e.last.Type}
	}
	e.function.OnFailure(ctx, record)
}
