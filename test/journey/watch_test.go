package journey

import (
	"context"
	"strings"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/fault"
	"github.com/regua/regua/infra/local/wire"
)

// seen is one call of a cloud service, with the function that made it ("" for a tool or a test) and its error.
type seen struct {
	wire.Call
	by  string
	err error
}

// by names the function on whose behalf a call is made.
func by(call wire.Call) string {
	if call.Caller == cloud.Tool {
		return ""
	}
	return call.Caller
}

func (x *watch) saw(ctx context.Context, call wire.Call, err error) {
	made.Saw(ctx, call, err)
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls = append(x.calls, seen{call, by(call), err})
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

// intercept lets the injected faults, and behind them the test's step, answer a call.
func (x *watch) intercept(ctx context.Context, call wire.Call, next func() (any, error)) (any, error) {
	x.mu.Lock()
	plan, step := x.plan, x.step
	x.mu.Unlock()
	answer := next
	if step != nil {
		answer = func() (any, error) { return step(seen{Call: call, by: by(call)}, next) }
	}
	if plan != nil {
		return plan.Intercept(ctx, call, answer)
	}
	return answer()
}

// inject breaks calls by rules, as fault.Help describes them, until the returned function is called. A crash closes crashed.
func (w *world) inject(rules string) (crashed chan struct{}, stop func()) {
	w.t.Helper()
	seed, parsed, err := fault.Parse(rules)
	if err != nil {
		w.t.Fatal(err)
	}
	crashed = make(chan struct{})
	plan := fault.NewPlan(w.cloud.Clock, seed, parsed, w.log, func() { close(crashed) })
	w.t.Cleanup(plan.Close)
	w.watch.set(plan)
	return crashed, func() { w.watch.set(nil) }
}

func (x *watch) set(plan *fault.Plan) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.plan = plan
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
