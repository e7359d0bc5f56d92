package journey

import (
	"context"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
)

// seen is one call of a cloud service, with the function that made it ("" for a tool or a test) and its error.
type seen struct {
	wire.Call
	by  string
	err error
}

// caller names the function on whose behalf a call is made.
func caller(ctx context.Context) string {
	running, ok := lambdacontext.FromContext(ctx)
	if !ok {
		return ""
	}
	arn := running.InvokedFunctionArn
	return strings.TrimPrefix(arn[strings.LastIndexByte(arn, ':')+1:], contract.Prefix(cloud.Stage))
}

func (x *watch) saw(ctx context.Context, call wire.Call, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls = append(x.calls, seen{call, caller(ctx), err})
}

// during returns the calls that f causes.
func (x *watch) during(f func()) []seen {
	x.mu.Lock()
	from := len(x.calls)
	x.mu.Unlock()
	f()
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]seen(nil), x.calls[from:]...)
}

// intercept lets the test's step, if any, answer a call.
func (x *watch) intercept(ctx context.Context, call wire.Call, next func() (any, error)) (any, error) {
	x.mu.Lock()
	step := x.step
	x.mu.Unlock()
	if step == nil {
		return next()
	}
	return step(seen{Call: call, by: caller(ctx)}, next)
}

// stepIn makes every call pass through step until the returned function is called.
func (x *watch) stepIn(step func(call seen, next func() (any, error)) (any, error)) (stop func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.step = step
	return func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.step = nil
	}
}

// loseFirst lets the first call of an operation by a function fail, and passes every other one through the step that was there.
func (x *watch) loseFirst(function, operation string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	before, lost := x.step, false
	x.step = func(call seen, next func() (any, error)) (any, error) {
		x.mu.Lock()
		mine := !lost && call.by == function && call.Operation == operation
		lost = lost || mine
		x.mu.Unlock()
		switch {
		case mine:
			return nil, broken()
		case before != nil:
			return before(call, next)
		}
		return next()
	}
}

// of keeps the calls that a function made.
func of(calls []seen, function string) []seen {
	var out []seen
	for _, c := range calls {
		if c.by == function {
			out = append(out, c)
		}
	}
	return out
}

// operations names the calls of one service, in order.
func operations(calls []seen, service string) []string {
	var out []string
	for _, c := range calls {
		if c.Service == service {
			out = append(out, c.Operation)
		}
	}
	return out
}

// profile names all calls, in order, as "service:Operation".
func profile(calls []seen) string {
	var out []string
	for _, c := range calls {
		out = append(out, c.Service+":"+c.Operation)
	}
	return strings.Join(out, " ")
}

// forget drops the calls seen so far.
func (x *watch) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls = nil
}

// all returns every call since the world began, or since the last forget.
func (x *watch) all() []seen {
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]seen(nil), x.calls...)
}
