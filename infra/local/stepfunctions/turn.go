package stepfunctions

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/store"
)

// maxPayload is the service's bound of a state's input or output in bytes.
const maxPayload = 262144

// turn is one transition of an execution: from one stimulus to the moment when every branch waits again. Its events are stored
// together, so that a crash leaves an execution between two turns, never inside one.
type turn struct {
	engine *Engine
	x      *execution
	now    int64 // Unix milliseconds
	first  int   // index of its first event
	ready  []entry
	err    error
}

// entry is a state that a branch has still to enter in this turn.
type entry struct {
	b     *branch
	state string
	input string
}

// turn runs f and all that follows from it at once, stores the events and sets the timers. The engine's lock is held.
func (e *Engine) turn(x *execution, f func(*turn)) error {
	if e.broken != nil {
		return e.broken
	}
	t := &turn{engine: e, x: x, now: toMillis(e.clock.Now()), first: len(x.events)}
	f(t)
	for len(t.ready) > 0 && x.running() && t.err == nil {
		next := t.ready[0]
		t.ready = t.ready[1:]
		if !next.b.gone {
			t.enter(next)
		}
	}
	if t.err == nil {
		t.err = e.save(x, t.first)
	}
	if t.err != nil { // memory is ahead of the store: nothing more may build on it
		e.broken = fmt.Errorf("execution %s: %w", x.name, t.err)
		return e.broken
	}
	if !x.running() {
		e.keepTime(x)
		return nil
	}
	e.arm(x)
	return nil
}

func (e *Engine) save(x *execution, first int) error {
	if first == len(x.events) {
		return nil
	}
	if !e.store.Durable() {
		return nil
	}
	value, err := json.Marshal(x.events[first:])
	if err != nil {
		return fmt.Errorf("encode history: %w", err)
	}
	id := x.events[first].ID
	x.chunks = append(x.chunks, id)
	if err := e.store.Write(store.Op{Bucket: historyBucket, Key: historyKey(x, id), Value: value}); err != nil {
		return fmt.Errorf("store history: %w", err)
	}
	return nil
}

func (t *turn) emit(b *branch, ev event) {
	if t.err != nil || (len(t.x.events) > 0 && !t.x.running()) {
		return
	}
	if len(t.x.events) == maxEvents-1 && t.x.running() && !endsExecution(ev.Type) {
		b, ev = nil, event{Type: executionFailed, More: &details{Error: errRuntime,
			Cause: fmt.Sprintf("The execution reached the maximum number of history events (%d).", maxEvents)}}
	}
	ev.ID, ev.At = len(t.x.events)+1, t.now
	switch {
	case b != nil:
		ev.Branch, ev.Prev = b.path, b.last
	case t.x.root != nil:
		ev.Prev = t.x.root.last
	}
	t.err = t.x.apply(ev)
}

func endsExecution(kind string) bool {
	return kind == executionSucceeded || kind == executionFailed || kind == executionAborted || kind == executionTimedOut
}

// finish ends the execution.
func (t *turn) finish(kind, output string, f failure) {
	ev := event{Type: kind, Data: output}
	if f.name != "" || f.cause != "" {
		ev.More = &details{Error: f.name, Cause: f.cause}
	}
	t.emit(nil, ev)
}

func (t *turn) enter(next entry) {
	b, s := next.b, next.b.scope.states[next.state]
	ev := event{Type: s.kind + stateEntered, State: s.name, Data: next.input}
	var failed *failure
	if s.kind == kindWait {
		var until int64
		if until, failed = t.wakeTime(b, s, next.input); failed == nil {
			ev.More = &details{Until: until}
		}
	}
	t.emit(b, ev)
	if !t.x.running() {
		return
	}
	if failed != nil {
		t.fail(b, failed, "")
		return
	}
	t.begin(b)
}

// begin does a state's work, for the first time or once more after a failure.
func (t *turn) begin(b *branch) {
	switch s := b.state; s.kind {
	case kindTask:
		t.schedule(b)
	case kindMap, kindParallel:
		t.fanOut(b)
	case kindPass:
		in, f := t.read(b)
		if f != nil {
			t.fail(b, f, "")
			return
		}
		result := in.value
		if s.hasResult {
			result = s.result
		}
		t.succeed(b, result)
	case kindChoice:
		t.choose(b)
	case kindSucceed:
		t.succeed(b, nil)
	case kindFail:
		t.failBranch(b, &failure{name: s.errName, cause: s.cause})
	}
}

// data is what a state's paths read before InputPath, given its input.
func (t *turn) data(b *branch, s *state, input string, token string) (data, *failure) {
	v, err := decode([]byte(input))
	if err != nil {
		return data{}, runtimeFailure("The input of state '%s' is not JSON.", s.name)
	}
	entered := t.now
	if b.state == s {
		entered = b.entered
	}
	return data{value: v, context: func() any { return t.x.context(b, s.name, entered, token) }}, nil
}

// read gives the state's effective input: InputPath and Parameters applied.
func (t *turn) read(b *branch) (data, *failure) { return t.readWith(b, b.state, b.input, "") }

func (t *turn) readWith(b *branch, s *state, input, token string) (data, *failure) {
	d, f := t.data(b, s, input, token)
	if f != nil {
		return d, f
	}
	if d.value, f = through(s.inputPath, d); f != nil {
		return d, f
	}
	if s.parameters != nil {
		d.value, f = s.parameters.fill(d)
	}
	return d, f
}

// through applies InputPath or OutputPath.
func through(p *path, d data) (any, *failure) {
	if p == nil {
		return map[string]any{}, nil
	}
	v, f := p.eval(d)
	if f != nil {
		return nil, runtimeFailure("Invalid path '%s': No results for path.", p.text)
	}
	return v, nil
}

// succeed takes a state's result to its output and on to the next state.
func (t *turn) succeed(b *branch, result any) {
	s := b.state
	output, f := t.output(b, result)
	if f != nil {
		t.fail(b, f, s.failRecord())
		return
	}
	t.exit(b, output, s.next)
}

func (t *turn) output(b *branch, result any) (string, *failure) {
	s := b.state
	d, f := t.data(b, s, b.input, "")
	if f != nil {
		return "", f
	}
	switch s.kind {
	case kindWait, kindChoice, kindSucceed:
		d.value, f = through(s.inputPath, d)
	default:
		d.value, f = s.combine(d, result)
	}
	if f != nil {
		return "", f
	}
	if d.value, f = through(s.outputPath, d); f != nil {
		return "", f
	}
	return pack(d.value, s.name)
}

// combine applies ResultSelector and ResultPath over the state's raw input.
func (s *state) combine(d data, result any) (any, *failure) {
	if s.selector != nil {
		var f *failure
		if result, f = s.selector.fill(data{value: result, context: d.context}); f != nil {
			return nil, f
		}
	}
	if s.resultPath == nil {
		return d.value, nil
	}
	v, err := s.resultPath.put(d.value, result)
	if err != nil {
		return nil, &failure{name: errResultPath, cause: err.Error()}
	}
	return v, nil
}

// pack encodes a value that goes from one state to another.
func pack(v any, stateName string) (string, *failure) {
	text, err := encode(v)
	if err != nil {
		return "", runtimeFailure("The output of state '%s' is not JSON.", stateName)
	}
	if len(text) > maxPayload {
		return "", tooLarge(stateName)
	}
	return text, nil
}

func tooLarge(stateName string) *failure {
	return &failure{name: errDataLimit, cause: fmt.Sprintf(
		"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", stateName)}
}

// exit leaves the state; next "" ends the branch.
func (t *turn) exit(b *branch, output, next string) {
	s := b.state
	t.emit(b, event{Type: s.kind + stateExited, State: s.name, Data: output, More: exitDetails(next)})
	switch {
	case next != "":
		t.ready = append(t.ready, entry{b, next, output})
	case b.parent == nil:
		t.finish(executionSucceeded, output, failure{})
	default:
		t.join(b)
	}
}

func exitDetails(next string) *details {
	if next == "" {
		return nil
	}
	return &details{Next: next}
}

func (t *turn) choose(b *branch) {
	s := b.state
	in, f := t.read(b)
	next := s.fallback
	for _, c := range s.choices {
		if f != nil {
			break
		}
		var yes bool
		if yes, f = c.test(in); yes {
			next = c.next
			break
		}
	}
	if f == nil && next == "" {
		f = &failure{name: errNoChoice, cause: fmt.Sprintf("No choice of state '%s' matches its input.", s.name)}
	}
	output := ""
	if f == nil {
		output, f = t.output(b, nil)
	}
	if f != nil {
		t.fail(b, f, "")
		return
	}
	t.exit(b, output, next)
}

// failRecord is the event that a failure of the state leaves in the history, "" for none.
func (s *state) failRecord() string {
	switch s.kind {
	case kindTask:
		return taskFailed
	case kindMap, kindParallel:
		return s.kind + stateFailed
	}
	return ""
}

// runtimeCause begins the cause of a States.Runtime error; the state's name follows.
const runtimeCause = "An error occurred while executing the state "

// fail takes a state's error to its retriers, its catchers or upward, in this order.
func (t *turn) fail(b *branch, f *failure, record string) {
	s := b.state
	if f.name == errRuntime && !strings.HasPrefix(f.cause, runtimeCause) {
		f = runtimeFailure(runtimeCause+"'%s' (entered at the event id #%d). %s", s.name, b.enteredBy, f.cause)
	}
	more := &details{Error: f.name, Cause: f.cause, Resource: s.resource}
	for i, r := range s.retry {
		if !matches(r.errors, f.name) {
			continue
		}
		if made := b.retries[i]; made < r.maxAttempts {
			seed := t.x.arn() + "/" + strconv.Itoa(len(t.x.events)+1)
			more.Retrier = i + 1
			more.Until = toMillis(fromMillis(t.now).Add(r.delay(made, seed)))
			t.emit(b, event{Type: record, More: more})
			return
		}
		break
	}
	if record != "" {
		t.emit(b, event{Type: record, More: more})
	}
	if !t.x.running() {
		return
	}
	for _, c := range s.catch {
		if matches(c.errors, f.name) {
			t.caught(b, f, c)
			return
		}
	}
	t.failBranch(b, f)
}

func (t *turn) caught(b *branch, f *failure, c catcher) {
	raw, err := decode([]byte(b.input))
	if err == nil && c.resultPath != nil {
		raw, err = c.resultPath.put(raw, map[string]any{"Error": f.name, "Cause": f.cause})
	}
	if err != nil {
		t.failBranch(b, &failure{name: errResultPath, cause: err.Error()})
		return
	}
	output, tooBig := pack(raw, b.state.name)
	if tooBig != nil {
		t.failBranch(b, tooBig)
		return
	}
	t.exit(b, output, c.next)
}

// failBranch ends the branch with an error that nothing in it caught.
func (t *turn) failBranch(b *branch, f *failure) {
	parent := b.parent
	if parent == nil {
		t.finish(executionFailed, "", *f)
		return
	}
	t.abort(parent, b)
	t.fail(parent, f, parent.state.failRecord())
}

// wakeTime gives the end of a Wait that is entered now.
func (t *turn) wakeTime(b *branch, s *state, input string) (int64, *failure) {
	in, f := t.readWith(b, s, input, "")
	if f != nil {
		return 0, f
	}
	w := s.wait
	switch {
	case w.timestampPath != nil:
		v, f := w.timestampPath.eval(in)
		text, _ := v.(string)
		at, ok := parseTimestamp(text)
		if f != nil || !ok {
			return 0, runtimeFailure("The TimestampPath parameter does not reference a valid ISO-8601 timestamp: %s", w.timestampPath.text)
		}
		return ceilMillis(at), nil
	case w.secondsPath != nil:
		n, ok := wholeSeconds(w.secondsPath, in)
		if !ok {
			return 0, runtimeFailure("The SecondsPath parameter does not reference a number of seconds from 0 to %d: %s", maxSeconds, w.secondsPath.text)
		}
		return t.now + n*1000, nil
	case !w.timestamp.IsZero():
		return ceilMillis(w.timestamp), nil
	}
	return t.now + w.seconds*1000, nil
}

// ceilMillis rounds up, so that a wait never ends early.
func ceilMillis(at time.Time) int64 {
	return toMillis(at.Add(time.Millisecond - 1))
}

// wholeSeconds finds a whole number of seconds.
func wholeSeconds(p *path, d data) (int64, bool) {
	v, f := p.eval(d)
	n, ok := v.(json.Number)
	if f != nil || !ok {
		return 0, false
	}
	seconds, err := strconv.ParseInt(n.String(), 10, 64)
	return seconds, err == nil && seconds >= 0 && seconds <= maxSeconds
}

func number(n int) json.Number { return json.Number(strconv.Itoa(n)) }

func instant(ms int64) string { return fromMillis(ms).Format("2006-01-02T15:04:05.000Z") }
