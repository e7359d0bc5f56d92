package stepfunctions

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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
func (t *turn) schedule(b *branch) {
	s := b.state
	token := ""
	if s.token() {
		token = newToken(t.x, len(t.x.events)+1)
	}
	in, f := t.readWith(b, s, b.input, token)
	more := &details{Resource: s.resource}
	if f == nil {
		more.Timeout, f = t.limit(b, "TimeoutSecondsPath", s.timeoutPath, s.timeout)
	}
	if f == nil {
		more.Heartbeat, f = t.limit(b, "HeartbeatSecondsPath", s.heartbeatPath, s.heartbeat)
	}
	var parameters string
	if f == nil {
		parameters, f = pack(in.value, s.name)
	}
	if f != nil {
		t.fail(b, f, "")
		return
	}
	t.emit(b, event{Type: taskScheduled, Data: parameters, More: more})
	t.emit(b, event{Type: taskStarted, More: s.resourceDetails})
}

// limit gives one of a task's times in seconds: by its path in the state's raw input, if there is one.
func (t *turn) limit(b *branch, field string, p *path, fixed int64) (int64, *failure) {
	if p == nil {
		return fixed, nil
	}
	raw, f := t.data(b, b.state, b.input, "")
	if f == nil {
		fixed, f = wholeSeconds(field, p, raw)
	}
	if f == nil && fixed == 0 {
		f = runtimeFailure("The %s parameter references no positive value: %s", field, p.text)
	}
	return fixed, f
}

// invoke calls the function of a scheduled task and takes its answer. It runs as a task of the clock; the engine is not locked
// while the function runs, for the function may call the engine.
func (e *Engine) invoke(ctx context.Context, x *execution, scheduled int) {
	e.mu.Lock()
	b := x.task(scheduled)
	if b == nil || b.block.kind != blockInvoke || e.broken != nil {
		e.mu.Unlock()
		return
	}
	if limit := b.block.until; limit > 0 && toMillis(e.clock.Now()) >= limit { // the process was down meanwhile
		_ = e.turn(x, func(t *turn) { t.timeOut(b, errTimeout) }) // the engine remembers the error
		e.mu.Unlock()
		return
	}
	parameters := x.events[scheduled-1].Data
	if limit := x.events[scheduled-1].more().Timeout; limit > 0 && !e.clock.IsVirtual() { // a virtual clock stands still meanwhile
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(limit)*time.Second)
		defer cancel()
	}
	e.mu.Unlock()

	answer, err := e.call(ctx, []byte(parameters))
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)

	e.mu.Lock()
	defer e.mu.Unlock()
	if b = x.task(scheduled); b == nil { // called back, stopped or failed meanwhile
		return
	}
	_ = e.turn(x, func(t *turn) { // the engine remembers the error and answers it to every later call
		if late || (b.block.until > 0 && t.now >= b.block.until && !b.state.token()) {
			t.timeOut(b, errTimeout)
			return
		}
		t.answered(b, answer, err)
	})
}

// call splits a task's parameters and runs the function.
func (e *Engine) call(ctx context.Context, parameters []byte) ([]byte, error) {
	var p struct {
		FunctionName string
		Payload      json.RawMessage
	}
	if err := json.Unmarshal(parameters, &p); err != nil || p.FunctionName == "" {
		return nil, &function.Error{Type: "Lambda.ValidationException", Message: "FunctionName must be a text"}
	}
	if p.Payload == nil {
		p.Payload = json.RawMessage("{}")
	}
	return e.functions.Invoke(ctx, functionName(p.FunctionName), p.Payload)
}

// functionName takes the name out of a function's ARN, leaving a qualifier out.
func functionName(name string) string {
	if rest, ok := strings.CutPrefix(name, "arn:aws:lambda:"); ok {
		if parts := strings.Split(rest, ":"); len(parts) >= 4 && parts[2] == "function" {
			return parts[3]
		}
	}
	return name
}

func (t *turn) answered(b *branch, answer []byte, err error) {
	if err == nil && len(bytes.TrimSpace(answer)) == 0 {
		answer = []byte("null")
	}
	var payload any
	if err == nil {
		if payload, err = decode(answer); err != nil {
			err = &function.Error{Type: errUnknown, Message: "the function's answer is not JSON"}
		}
	}
	if err != nil {
		t.fail(b, functionFailure(err), taskFailed)
		return
	}
	result := map[string]any{"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": number(200)}
	output, tooBig := pack(result, "lambda")
	switch {
	case tooBig != nil:
		t.fail(b, tooBig, taskFailed)
	case b.state.token():
		t.emit(b, event{Type: taskSubmitted, Data: output, More: b.state.resourceDetails})
	default:
		t.emit(b, event{Type: taskSucceeded, Data: output, More: b.state.resourceDetails})
		if t.x.running() {
			t.succeed(b, result)
		}
	}
}

// functionFailure names an error: in the function's own words when it has some, with the cause that the service makes of them.
func functionFailure(err error) *failure {
	var own *function.Error
	if !errors.As(err, &own) {
		return &failure{name: errService, cause: err.Error()}
	}
	switch { // the service's own refusals carry its name, and their message is the cause
	case strings.HasPrefix(own.Type, "Lambda."):
		return &failure{name: own.Type, cause: own.Message}
	case own.Type == "ResourceNotFoundException" || own.Type == "RequestTooLargeException" || own.Type == "TooManyRequestsException":
		return &failure{name: "Lambda." + own.Type, cause: own.Message}
	}
	cause, err := encode(map[string]any{"errorMessage": own.Message, "errorType": own.Type})
	if err != nil {
		cause = own.Message
	}
	return &failure{name: own.Type, cause: cause}
}

func (t *turn) timeOut(b *branch, name string) { t.fail(b, &failure{name: name}, taskTimedOut) }

// arm sets the timers of whatever the execution waits for and has none yet.
func (e *Engine) arm(x *execution) {
	now := toMillis(e.clock.Now())
	x.root.each(func(b *branch) {
		if b.armed == b.block {
			return
		}
		b.disarm()
		b.armed = b.block
		switch b.block.kind {
		case blockInvoke:
			e.at(x, b, "invoke", now, nil)
		case blockToken:
			if b.block.until > 0 {
				e.at(x, b, "timeout", b.block.until, func(t *turn) { t.timeOut(b, errTimeout) })
			}
			e.awaitHeartbeat(x, b)
		case blockBackoff:
			e.at(x, b, "retry", b.block.until, func(t *turn) { t.begin(b) })
		case blockSleep:
			e.at(x, b, "wake", b.block.until, func(t *turn) { t.succeed(b, nil) })
		}
	})
}

// at schedules what ends a wait, unless something else ends it first. Without f it is the invocation of the task.
func (e *Engine) at(x *execution, b *branch, what string, ms int64, f func(*turn)) {
	waited := b.block
	name := fmt.Sprintf("states/%s/%s/%06d/%s", x.machine, x.name, waited.event, what)
	cancel := e.clock.Schedule(fromMillis(ms), name, func(ctx context.Context) {
		if f == nil {
			e.invoke(ctx, x, waited.event)
			return
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		if b.gone || b.block != waited {
			return
		}
		_ = e.turn(x, f) // the engine remembers the error and answers it to every later call
	})
	if b.timers == nil {
		b.timers = map[string]func() bool{}
	}
	b.timers[what] = cancel
}

// awaitHeartbeat begins the time within which the next heartbeat must come.
func (e *Engine) awaitHeartbeat(x *execution, b *branch) {
	seconds := x.events[b.block.event-1].more().Heartbeat
	if seconds == 0 {
		return
	}
	if cancel := b.timers["heartbeat"]; cancel != nil {
		cancel()
	}
	e.at(x, b, "heartbeat", toMillis(e.clock.Now())+seconds*1000, func(t *turn) { t.timeOut(b, errHeartbeat) })
}

const tokenVersion = "regua-task-1"

// newToken makes the token of a task that the given event schedules. It is the same whenever it is made, and says where it belongs.
func newToken(x *execution, scheduled int) string {
	text := strings.Join([]string{tokenVersion, x.machine, x.name, strconv.FormatInt(x.start, 10), strconv.Itoa(scheduled)}, "/")
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString([]byte(text + "/" + hex.EncodeToString(sum[:8])))
}

type taskToken struct {
	machine, execution string
	start              int64
	scheduled          int
}

func parseToken(token string) (taskToken, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return taskToken{}, false
	}
	text := string(raw)
	i := strings.LastIndexByte(text, '/')
	if i < 0 {
		return taskToken{}, false
	}
	sum := sha256.Sum256([]byte(text[:i]))
	parts := strings.Split(text[:i], "/")
	if len(parts) != 5 || parts[0] != tokenVersion || text[i+1:] != hex.EncodeToString(sum[:8]) {
		return taskToken{}, false
	}
	start, errStart := strconv.ParseInt(parts[3], 10, 64)
	scheduled, errScheduled := strconv.Atoi(parts[4])
	return taskToken{parts[1], parts[2], start, scheduled}, errStart == nil && errScheduled == nil
}
