// Package function hosts the Lambda functions of the local cloud, in process or as their compiled binaries: the same handlers, with the
// same names for their errors, deadlines and limits.
package function

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

const (
	// maxRequest and maxAnswer are Lambda's limits for a synchronous invocation, in bytes, as its error messages give them.
	maxRequest = 6291456
	maxAnswer  = 6291556
	arnPrefix  = "arn:aws:lambda:" + wire.Region + ":" + wire.Account + ":function:"
	// requestForm gives a request's id: a UUID in form.
	requestForm = "00000000-0000-4000-8000-%012x"
)

// Definition is one function: its deployed name, the time it may take (more than zero) and its code.
type Definition struct {
	Name    string
	Timeout time.Duration
	Handler lambda.Handler // Invoke(ctx, payload) ([]byte, error)
	// Take, in place of Handler, gives a handler for one invocation; the time that it takes is not the invocation's.
	Take func(ctx context.Context) (lambda.Handler, *Error)
	// Reserved is its reserved concurrency: how many of its invocations may run at once. Zero is no limit.
	Reserved int
	// OnFailure, when not nil, is its destination of asynchronous invocations that are given up.
	OnFailure func(ctx context.Context, record Record)
}

// Invocation is one finished call of a function, as an observer sees it. Payload and Answer must not be changed.
type Invocation struct {
	Function  string
	RequestID string
	At        time.Time     // the local cloud's time at the start
	Took      time.Duration // the machine's time
	Payload   []byte
	Answer    []byte
	Err       *Error // nil when the function answered
}

// Host runs functions by name. All functions are registered before the first is invoked.
type Host struct {
	clk         *clock.Clock
	st          *store.Store // of the events that wait
	observe     func(Invocation)
	mu          sync.Mutex
	definitions map[string]Definition
	running     map[string]int // invocations by function
	requests    uint64
}

// NewHost gives a host without functions. The observer, when not nil, sees each invocation after its end and before the invoker has the
// answer; it must be safe for concurrent use.
func NewHost(clk *clock.Clock, observe func(Invocation)) *Host {
	return &Host{clk: clk, st: store.Memory(), observe: observe, definitions: map[string]Definition{}, running: map[string]int{}}
}

// Register adds a function. It panics on an incomplete definition or a name given twice, as both are mistakes in the program.
func (h *Host) Register(d Definition) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, twice := h.definitions[d.Name]; twice || d.Name == "" || d.Timeout <= 0 || d.Reserved < 0 || (d.Handler == nil) == (d.Take == nil) {
		panic(fmt.Sprintf("function: definition of %q is incomplete or there already", d.Name))
	}
	h.definitions[d.Name] = d
}

// Invoke runs a function and waits for its answer. A failure is an *Error named as Step Functions and SQS see it on AWS. When ctx ends
// first, Invoke returns ctx's error and the function runs on to its own end or deadline, as it does on AWS when a caller goes away.
func (h *Host) Invoke(ctx context.Context, name string, payload []byte) ([]byte, error) {
	definition, id, err := h.find(name)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxRequest {
		return nil, tooLarge("RequestResponse", len(payload), maxRequest)
	}
	return h.attempt(ctx, definition, id, payload)
}

// find gives a function and the id of a new request to it.
func (h *Host) find(name string) (d Definition, id string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, known := h.definitions[name]
	if !known {
		return d, "", &Error{Type: "ResourceNotFoundException", Message: "Function not found: " + arnPrefix + name}
	}
	h.requests++
	return d, fmt.Sprintf(requestForm, h.requests), nil
}

func (h *Host) attempt(ctx context.Context, d Definition, id string, payload []byte) ([]byte, error) {
	h.mu.Lock()
	full := d.Reserved > 0 && h.running[d.Name] >= d.Reserved
	if !full {
		h.running[d.Name]++
	}
	h.mu.Unlock()
	if full {
		return nil, throttle()
	}
	outcomes := make(chan Invocation, 1)
	go func() {
		done := h.run(ctx, d, id, payload)
		h.mu.Lock()
		h.running[d.Name]--
		h.mu.Unlock()
		if h.observe != nil {
			h.observe(done)
		}
		outcomes <- done
	}()
	select {
	case done := <-outcomes:
		if done.Err != nil {
			return nil, done.Err
		}
		return done.Answer, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for function %s: %w", d.Name, ctx.Err())
	}
}

// run is one invocation under the function's own deadline. A handler that does not heed its context is left behind at the deadline.
func (h *Host) run(parent context.Context, d Definition, id string, payload []byte) Invocation {
	done := Invocation{Function: d.Name, RequestID: id, At: h.clk.Now(), Payload: payload}
	ctx := lambdacontext.NewContext(context.WithoutCancel(parent),
		&lambdacontext.LambdaContext{AwsRequestID: id, InvokedFunctionArn: arnPrefix + d.Name})
	handler := d.Handler
	if d.Take != nil {
		if handler, done.Err = d.Take(ctx); done.Err != nil {
			return done
		}
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	started := time.Now()
	returned := make(chan outcome, 1)
	go func() {
		out := outcome{err: failed("Runtime.ExitError", id, "Runtime exited without providing a reason")}
		defer func() { returned <- out }() // runtime.Goexit in a handler ends here, with the outcome above
		out = call(ctx, handler, payload)
	}()
	timedOut := false
	select {
	case out := <-returned:
		done.Answer, done.Err = out.answer, out.err
		timedOut = out.err != nil && ctx.Err() != nil
	case <-ctx.Done():
		timedOut = true
	}
	done.Took = time.Since(started)
	switch {
	case timedOut:
		done.Err = timeout(id, d.Timeout)
	case len(done.Answer) > maxAnswer:
		done.Answer = nil
		done.Err = &Error{Type: "Function.ResponseSizeTooLarge",
			Message: fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxAnswer)}
	}
	return done
}
