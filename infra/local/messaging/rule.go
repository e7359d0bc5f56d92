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

// Schedule calls a function at each multiple of an interval, counted from the epoch of Go's time, with a scheduled event. A failed call is
// not repeated: the next one is its retry.
func (e *Engines) Schedule(spec RuleSpec) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if spec.Name == "" || e.rules[spec.Name] || spec.Every < time.Minute || spec.Function == "" {
		return fmt.Errorf("rule %q is incomplete, there already or more frequent than each minute", spec.Name)
	}
	e.rules[spec.Name] = true
	first := e.clk.Now().Truncate(spec.Every).Add(spec.Every)
	e.clk.Every(first, spec.Every, "events/"+spec.Name, func(ctx context.Context) { e.tick(ctx, spec) })
	return nil
}

func (e *Engines) tick(ctx context.Context, spec RuleSpec) {
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
	if _, err := e.invoke(ctx, spec.Function, payload); err != nil {
		slog.WarnContext(ctx, "scheduled call failed", "rule", spec.Name, "function", spec.Function, "error", err)
	}
}
