package journey

import (
	"context"

	"github.com/regua/regua/infra/local/wire"
)

func (x *watch) saw(_ context.Context, call wire.Call, _ error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls = append(x.calls, call)
}

// during returns the calls that f causes.
func (x *watch) during(f func()) []wire.Call {
	x.mu.Lock()
	from := len(x.calls)
	x.mu.Unlock()
	f()
	x.mu.Lock()
	defer x.mu.Unlock()
	return append([]wire.Call(nil), x.calls[from:]...)
}

// intercept lets the test's step, if any, answer a call.
func (x *watch) intercept(_ context.Context, call wire.Call, next func() (any, error)) (any, error) {
	x.mu.Lock()
	step := x.step
	x.mu.Unlock()
	if step == nil {
		return next()
	}
	return step(call, next)
}

// stepIn makes every call pass through step until the returned function is called.
func (x *watch) stepIn(step func(call wire.Call, next func() (any, error)) (any, error)) (stop func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.step = step
	return func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		x.step = nil
	}
}

// operations names the calls of one service, in order.
func operations(calls []wire.Call, service string) []string {
	var out []string
	for _, c := range calls {
		if c.Service == service {
			out = append(out, c.Operation)
		}
	}
	return out
}
