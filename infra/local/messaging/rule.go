package messaging

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/infra/local/wire"
)

// RuleSpec calls a function at its times. While the clock is being moved, it is not called as long as Idle, when set, says that it would
// find nothing to do.
type RuleSpec struct {
	Name     string
	Times    Schedule
	Function string
	Idle     func() bool
}

// Schedule calls a function with a scheduled event whenever the rule's time has come. A call that fails is not repeated here: trying it
// again is the part of the asynchronous invocation that Event hands it to.
func (e *Engines) Schedule(spec RuleSpec) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if spec.Name == "" || e.rules[spec.Name] || spec.Function == "" || spec.Times == nil {
		return fmt.Errorf("rule %q is incomplete or there already", spec.Name)
	}
	e.rules[spec.Name] = true
	e.await(spec)
	return nil
}

// await has a rule's next occurrence run. Each one does while the clock is moved; those that a real clock missed, because a call took long
// or the machine slept, are left out.
func (e *Engines) await(spec RuleSpec) {
	if next := spec.Times(e.clk.Now()); !next.IsZero() {
		e.clk.Schedule(next, "events/"+spec.Name, func(ctx context.Context) {
			e.tick(ctx, spec)
			e.await(spec)
		})
	}
}

// leftOut says of a rule that a call now would do nothing but take time, which counts only where half a year goes by in a minute.
func (e *Engines) leftOut(spec RuleSpec) bool {
	if spec.Idle == nil {
		return false
	}
	_, moving := e.clk.Moving()
	return moving && spec.Idle()
}

func (e *Engines) tick(ctx context.Context, spec RuleSpec) {
	if e.leftOut(spec) {
		return
	}
	now := e.clk.Now()
	name := fnv.New32a()
	_, _ = name.Write([]byte(spec.Name)) // never fails
	payload, err := json.Marshal(events.CloudWatchEvent{
		Version: "0", ID: fmt.Sprintf("%08x-0000-4000-b000-%012x", name.Sum32(), now.Unix()), DetailType: "Scheduled Event",
		Source: "aws.events", AccountID: wire.Account, Time: now.Truncate(time.Second), Region: wire.Region,
		Resources: []string{ruleARN + spec.Name}, Detail: json.RawMessage("{}"),
	})
	if err == nil {
		_, err = e.Event(ctx, spec.Function, payload)
	}
	if err != nil {
		slog.WarnContext(ctx, "scheduled call failed", "rule", spec.Name, "function", spec.Function, "error", err)
	}
}
