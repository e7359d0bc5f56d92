package stepfunctions

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/function"
)

// Invoker runs a function synchronously. An error that the function itself returned comes as *function.Error.
type Invoker interface {
	Invoke(ctx context.Context, function string, payload []byte) ([]byte, error)
}

// schedule begins an attempt of a Task.
func (t *turn) schedule(b *branch) *failure {
	s, token := b.state, ""
	if s.token() {
		token = newToken(t.x.machine, t.x.name, t.x.start, len(t.x.events)+1)
	}
	in, raw := b.read(token), b.data("")
	raw.failed = in.failed
	timeout, heartbeat := s.timeout.find(raw, 1), s.heartbeat.find(raw, 1)
	parameters := raw.pack(in.value, s.name)
	if raw.failed != nil {
		return raw.failed
	}
	t.emit(b, event{Type: taskScheduled, Data: parameters, More: &details{Resource: s.resource, Timeout: timeout, Heartbeat: heartbeat}})
	t.emit(b, event{Type: taskStarted, More: s.resourceDetails})
	return nil
}

// invoke calls the function of a scheduled task and takes its answer. It runs as a task of the clock; the engine is not locked
// while the function runs, for the function may call the engine.
func (e *Engine) invoke(ctx context.Context, b *branch, scheduled event) {
	pending := func() bool { return b.block.event == scheduled.ID && e.broken == nil }
	e.mu.Lock()
	if !pending() {
		e.mu.Unlock()
		return
	}
	e.mu.Unlock()
	if limit := scheduled.more().Timeout; limit > 0 && !e.clock.IsVirtual() { // a virtual clock stands still meanwhile
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(limit)*time.Second)
		defer cancel()
	}
	payload, failed := e.call(ctx, scheduled.Data)
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)

	e.mu.Lock()
	defer e.mu.Unlock()
	if !pending() { // called back, stopped or failed meanwhile
		return
	}
	_ = e.turn(b.x, func(t *turn) { // the engine remembers the error and answers it to every later call
		if late || (b.block.until > 0 && t.now >= b.block.until && !b.state.token()) {
			t.timeOut(b, errTimeout)
			return
		}
		t.answered(b, payload, failed)
	})
}

// call splits a task's parameters, runs the function and gives its answer. The function may be named by its ARN.
func (e *Engine) call(ctx context.Context, parameters string) (any, *failure) {
	var p struct {
		FunctionName string
		Payload      json.RawMessage
	}
	if err := json.Unmarshal([]byte(parameters), &p); err != nil || p.FunctionName == "" {
		return nil, &failure{"Lambda.ValidationException", "FunctionName must be a text"}
	}
	if parts := strings.Split(p.FunctionName, ":"); len(parts) > 6 {
		p.FunctionName = parts[6]
	}
	if p.Payload == nil {
		p.Payload = json.RawMessage("{}")
	}
	answer, err := e.functions.Invoke(ctx, p.FunctionName, p.Payload)
	if err != nil {
		return nil, functionFailure(err)
	}
	if len(bytes.TrimSpace(answer)) == 0 {
		return nil, nil
	}
	payload, err := decode(string(answer))
	if err != nil {
		return nil, &failure{errUnknown, "the function's answer is not JSON"}
	}
	return payload, nil
}

func (t *turn) answered(b *branch, payload any, f *failure) {
	d, result := &data{failed: f}, map[string]any{"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": number(200)}
	output := d.pack(result, "lambda")
	switch {
	case d.failed != nil:
		t.fail(b, d.failed, taskFailed)
	case b.state.token():
		t.emit(b, event{Type: taskSubmitted, Data: output, More: b.state.resourceDetails})
	default:
		t.taskDone(b, output, result)
	}
}

func (t *turn) taskDone(b *branch, output string, result any) {
	if t.emit(b, event{Type: taskSucceeded, Data: output, More: b.state.resourceDetails}) {
		t.succeed(b, result)
	}
}

// functionFailure names an error: in the function's own words when it has some, with the cause that the service makes of them.
func functionFailure(err error) *failure {
	var own *function.Error
	if !errors.As(err, &own) {
		return &failure{errService, err.Error()}
	}
	switch { // the service's own refusals carry its name, and their message is the cause
	case strings.HasPrefix(own.Type, "Lambda."):
		return &failure{own.Type, own.Message}
	case own.Type == "ResourceNotFoundException" || own.Type == "RequestTooLargeException" || own.Type == "TooManyRequestsException":
		return &failure{"Lambda." + own.Type, own.Message}
	}
	return &failure{own.Type, encode(map[string]any{"errorMessage": own.Message, "errorType": own.Type})}
}

func (t *turn) timeOut(b *branch, name string) { t.fail(b, &failure{Error: name}, taskTimedOut) }

// arm sets the timers of whatever the execution waits for and has none yet.
func (e *Engine) arm(x *execution) {
	now := e.now()
	x.root.each(func(b *branch) {
		if b.armed == b.block {
			return
		}
		b.disarm()
		b.armed = b.block
		overdue := b.block.until > 0 && b.block.until <= now // the process was down meanwhile
		switch kind := b.block.kind; {
		case kind == blockInvoke && !overdue:
			scheduled := x.events[b.block.event-1]
			e.at(b, "invoke", now, func(ctx context.Context) { e.invoke(ctx, b, scheduled) })
		case kind == blockInvoke || kind == blockToken:
			if b.block.until > 0 {
				e.later(b, "timeout", b.block.until, func(t *turn) { t.timeOut(b, errTimeout) })
			}
			if seconds := x.events[b.block.event-1].more().Heartbeat; seconds > 0 {
				e.later(b, "heartbeat", now+seconds*1000, func(t *turn) { t.timeOut(b, errHeartbeat) })
			}
		case kind == blockBackoff:
			e.later(b, "retry", b.block.until, func(t *turn) { t.begin(b) })
		case kind == blockSleep:
			e.later(b, "wake", b.block.until, func(t *turn) { t.succeed(b, nil) })
		}
	})
}

// later schedules the turn that ends a wait, unless something else ends it first.
func (e *Engine) later(b *branch, what string, ms int64, f func(*turn)) {
	waited := b.block
	e.at(b, what, ms, func(context.Context) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if !b.gone && b.block == waited {
			_ = e.turn(b.x, f) // the engine remembers the error and answers it to every later call
		}
	})
}

func (e *Engine) at(b *branch, what string, ms int64, run func(context.Context)) {
	name := fmt.Sprintf("states/%s/%s/%06d/%s", b.x.machine, b.x.name, b.block.event, what)
	b.timers = append(b.timers, e.clock.Schedule(fromMillis(ms), name, run))
}

// newToken makes the token of a task that the given event schedules. It is the same whenever it is made, and says where it belongs.
func newToken(machine, name string, start int64, scheduled int) string {
	text := fmt.Sprintf("regua-task-1/%s/%s/%d/%d", machine, name, start, scheduled)
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%s/%x", text, sum[:8]))
}

// readToken finds the execution, its start and the event that a token was made of.
func readToken(token string) (arn string, start int64, scheduled int, ok bool) {
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	parts := strings.Split(string(raw), "/")
	if len(parts) != 6 {
		return "", 0, 0, false
	}
	start, _ = strconv.ParseInt(parts[3], 10, 64)
	scheduled, _ = strconv.Atoi(parts[4])
	return executionARN(parts[1], parts[2]), start, scheduled, newToken(parts[1], parts[2], start, scheduled) == token
}
