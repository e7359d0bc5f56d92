// Package fault breaks chosen calls of cloud services on purpose: the same ones for the same seed and the same calls.
package fault

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/wire"
)

// Plan strikes calls by rules, the first one that fits. Calls that no function makes (the import, tools, tests) are never struck. It is
// safe for concurrent use.
type Plan struct {
	clk   *clock.Clock
	seed  uint64
	rules []Rule
	out   io.Writer
	crash func()

	mu     sync.Mutex
	named  []int // by rule: the calls that it named so far
	counts map[string]uint64
	dead   bool
	closed chan struct{}
}

// NewPlan gives a plan that writes a line on each fault to out, and calls crash for the process to die: when crash returns, the call and
// all later ones are never answered.
func NewPlan(clk *clock.Clock, seed uint64, rules []Rule, out io.Writer, crash func()) *Plan {
	return &Plan{clk: clk, seed: seed, rules: rules, out: out, crash: crash, named: make([]int, len(rules)), counts: map[string]uint64{},
		closed: make(chan struct{})}
}

// Close fails the calls that wait for an answer, and all later ones after a crash.
func (p *Plan) Close() { close(p.closed) }

// Intercept answers a call of the cloud, as wire.Router's Intercept.
func (p *Plan) Intercept(ctx context.Context, call wire.Call, next func() (any, error)) (any, error) {
	rule, dead := p.strike(call)
	switch {
	case dead:
		return nil, p.hold(ctx, nil)
	case rule == nil:
		return next()
	}
	switch rule.Kind {
	case Delay:
		if err := p.wait(ctx, rule.Delay); err != nil {
			return nil, err
		}
		return next()
	case Duplicate:
		_, _ = next() // the answer of this copy goes nowhere
		return next()
	case FailAfter, CrashAfter:
		_, _ = next() // nor this one
	case Fail, Crash, Drop:
	}
	if rule.kills() {
		p.crash()
	} else if rule.Kind != Drop {
		return nil, broken()
	}
	return nil, p.hold(ctx, nil)
}

func (r *Rule) kills() bool { return r.Kind == Crash || r.Kind == CrashAfter }

// strike counts a call and gives the rule that strikes it, if any.
func (p *Plan) strike(call wire.Call) (struck *Rule, dead bool) {
	if !isFunction(call.Caller) {
		return nil, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return nil, true
	}
	name := call.Caller + "/" + call.Service + ":" + call.Operation
	p.counts[name]++
	for i := range p.rules {
		r := &p.rules[i]
		if !r.names(call) {
			continue
		}
		p.named[i]++
		if struck == nil && (r.Nth == p.named[i] || r.Nth == 0 && p.draw(i, name) < r.Chance) {
			struck = r
		}
	}
	if struck == nil {
		return nil, false
	}
	p.dead = struck.kills()
	fmt.Fprintf(p.out, "fault: %s, call %d of %s (seed %d)\n", struck.Kind, p.counts[name], name, p.seed)
	return struck, false
}

func (r *Rule) names(call wire.Call) bool {
	fits := func(pattern, name string) bool { return pattern == "" || pattern == name }
	return fits(r.Function, call.Caller) && fits(r.Service, call.Service) && fits(r.Operation, call.Operation)
}

// draw makes a number from 0 to 1 out of seed, rule, name and count, so that calls of one name do not depend on how they meet others.
func (p *Plan) draw(rule int, name string) float64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d/%d", name, p.counts[name], rule, p.seed))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// wait lets a delay pass on the clock. A virtual clock stands while one of its own tasks runs, so that a call of a function that it runs
// waits until the function's time is up.
func (p *Plan) wait(ctx context.Context, delay time.Duration) error {
	if !p.clk.IsVirtual() { // which would stand too
		passed, cancel := context.WithTimeout(ctx, delay)
		defer cancel()
		return p.hold(ctx, passed.Done())
	}
	due := make(chan struct{})
	defer p.clk.Schedule(p.clk.Now().Add(delay), "fault/delay", func(context.Context) { close(due) })()
	return p.hold(ctx, due)
}

// hold waits until due, nil for never: the caller goes away, or the plan ends.
func (p *Plan) hold(ctx context.Context, due <-chan struct{}) error {
	select {
	case <-due:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.closed:
		return broken()
	}
}

// broken is the answer of a service that has a fault.
func broken() error {
	return &wire.Error{Code: "InternalServerError", Status: http.StatusInternalServerError, Message: "a fault was injected"}
}
