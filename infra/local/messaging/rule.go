package messaging

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Schedule calls a function with a scheduled event whenever the rule's time has come. A call that fails is not repeated here: trying it
// again is the part of the asynchronous invocation that Event hands it to.
func (e *Engines) Schedule(spec RuleSpec) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	times := Schedule{every: spec.Every}
	if spec.Expression != "" {
		var err error
		if times, err = ParseSchedule(spec.Expression); err != nil {
			return fmt.Errorf("rule %q: %w", spec.Name, err)
		}
	}
	if spec.Name == "" || e.rules[spec.Name] || spec.Function == "" || (spec.Every != 0) == (spec.Expression != "") ||
		spec.Every != 0 && spec.Every < time.Minute {
		return fmt.Errorf("rule %q is incomplete, there already or more frequent than each minute", spec.Name)
	}
	e.rules[spec.Name] = true
	if times.every > 0 {
		e.clk.Every(times.Next(e.clk.Now()), times.every, "events/"+spec.Name, func(ctx context.Context) { e.tick(ctx, spec) })
	} else {
		e.wait(spec, times)
	}
	return nil
}

// wait has a cron rule's next occurrence run; every one runs, also while the clock is moved.
func (e *Engines) wait(spec RuleSpec, times Schedule) {
	if next := times.Next(e.clk.Now()); !next.IsZero() {
		e.clk.Schedule(next, "events/"+spec.Name, func(ctx context.Context) {
			e.tick(ctx, spec)
			e.wait(spec, times)
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
		Source: "aws.events", AccountID: account, Time: now.Truncate(time.Second), Region: region,
		Resources: []string{ruleARN + spec.Name}, Detail: json.RawMessage("{}"),
	})
	if err != nil {
		slog.ErrorContext(ctx, "scheduled event cannot be encoded", "rule", spec.Name, "error", err)
		return
	}
	invoke := e.invoke
	if e.Event != nil {
		invoke = e.Event
	}
	if _, err := invoke(ctx, spec.Function, payload); err != nil {
		slog.WarnContext(ctx, "scheduled call failed", "rule", spec.Name, "function", spec.Function, "error", err)
	}
}
