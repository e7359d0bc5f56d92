package stepfunctions

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/regua/regua/infra/local/store"
)

// turn is one transition of an execution: from one stimulus to the moment when every branch waits again. Its events are stored
// together, so that a crash leaves an execution between two turns, never inside one.
type turn struct {
	x      *execution
	now    int64   // Unix milliseconds
	events []event // its own, private ones included
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
	t := &turn{x: x, now: e.now()}
	f(t)
	for len(t.ready) > 0 && x.running() && t.err == nil {
		next := t.ready[0]
		t.ready = t.ready[1:]
		if !next.b.gone {
			t.enter(next)
		}
	}
	if t.err == nil && len(t.events) > 0 {
		x.turns++ // a number of its own, for not every turn has an event with an id
		t.err = e.store.Write(store.Op{Bucket: historyBucket, Key: historyKey(x, x.turns), Value: t.events})
	}
	if t.err != nil { // memory is ahead of the store: nothing more may build on it
		e.broken = fmt.Errorf("store the history of %s: %w", x.name, t.err)
		return e.broken
	}
	if !x.running() {
		e.keepTime(x)
	}
	e.arm(x)
	return nil
}

// emit adds an event of the branch, or of the execution itself, and reports whether the execution runs on.
func (t *turn) emit(b *branch, ev event) bool {
	if t.err != nil || (len(t.x.events) > 0 && !t.x.running()) {
		return false
	}
	if len(t.x.events) == maxEvents-1 && statusAfter[ev.Type] == "" && ev.Type != retried {
		b, ev = nil, event{Type: executionFailed, More: &details{failure: failure{errRuntime,
			fmt.Sprintf("The execution reached the maximum number of history events (%d).", maxEvents)}}}
	}
	ev.ID, ev.At = len(t.x.events)+1, t.now
	switch {
	case b != nil:
		ev.Branch, ev.Prev = b.path, cmp.Or(ev.Prev, b.last)
	case ev.Type == executionSucceeded || ev.Type == executionFailed:
		ev.Prev = t.x.root.last
	}
	t.events = append(t.events, ev)
	t.err = t.x.apply(ev)
	return t.err == nil && t.x.running()
}

// finish ends the execution.
func (t *turn) finish(kind, output string, f failure) {
	t.emit(nil, event{Type: kind, Data: output, More: &details{failure: f}})
}

func (t *turn) enter(next entry) {
	b, s := next.b, next.b.scope.states[next.state]
	ev := event{Type: s.enteredType, State: s.name, Data: next.input}
	var f *failure
	if s.kind == kindWait {
		as := *b // as it will be in the state
		as.state, as.entered, as.input, as.retries = s, t.now, next.input, nil
		var until int64
		until, f = as.wakeTime()
		ev.More = &details{Until: until}
	}
	switch running := t.emit(b, ev); {
	case !running:
	case f != nil:
		t.fail(b, f, "")
	default:
		t.begin(b)
	}
}

// begin does a state's work, for the first time or once more after a failure.
func (t *turn) begin(b *branch) {
	var f *failure
	s, record := b.state, ""
	switch s.kind {
	case kindTask:
		f = t.schedule(b)
	case kindMap, kindParallel:
		f, record = t.fanOut(b), s.kind+stateFailed
	case kindPass:
		d := b.read("")
		if s.result != nil {
			d.value = s.result.eval(d)
		}
		if f = d.failed; f == nil {
			f = t.leave(b, d.value, s.next)
		}
	case kindChoice:
		f = t.choose(b)
	case kindSucceed:
		f = t.leave(b, nil, "")
	case kindFail:
		t.failBranch(b, &s.failure)
	}
	if f != nil {
		t.fail(b, f, record)
	}
}

// succeed takes a state's result to its output and on to the next state.
func (t *turn) succeed(b *branch, result any) {
	if f := t.leave(b, result, b.state.next); f != nil {
		t.fail(b, f, "")
	}
}

func (t *turn) leave(b *branch, result any, next string) *failure {
	output, f := b.pass(result)
	if f == nil {
		t.exit(b, output, next)
	}
	return f
}

// exit leaves the state; next "" ends the branch.
func (t *turn) exit(b *branch, output, next string) {
	t.emit(b, event{Type: b.state.exitedType, State: b.state.name, Data: output, Next: next})
	switch {
	case next != "":
		t.ready = append(t.ready, entry{b, next, output})
	case b.parent == nil:
		t.finish(executionSucceeded, output, failure{})
	default:
		t.join(b)
	}
}

func (t *turn) choose(b *branch) *failure {
	d, next := b.read(""), b.state.fallback
	for _, c := range b.state.choices {
		if c.test(d) {
			next = c.next
			break
		}
	}
	if next == "" {
		d.fail(errNoChoice, "No choice of state '%s' matches its input.", b.state.name)
	}
	if d.failed != nil {
		return d.failed
	}
	return t.leave(b, nil, next)
}

// runtimeCause begins the cause of a States.Runtime error; the state's name follows.
const runtimeCause = "An error occurred while executing the state "

// fail takes a state's error to its retriers, its catchers or upward, in this order. record is the event that it leaves in the history,
// "" for none; a Map or Parallel that is tried again leaves none.
func (t *turn) fail(b *branch, f *failure, record string) {
	s := b.state
	if f.Error == errRuntime && !strings.HasPrefix(f.Cause, runtimeCause) {
		f = &failure{errRuntime, fmt.Sprintf(runtimeCause+"'%s' (entered at the event id #%d). %s", s.name, b.enteredBy, f.Cause)}
	}
	more := &details{failure: *f, Resource: s.resource}
	i := slices.IndexFunc(s.retry, func(r retrier) bool { return matches(r.errors, f.Error) })
	if i >= 0 && b.retries[i] < s.retry[i].maxAttempts {
		more.Retrier = i + 1
		more.Until = t.now + s.retry[i].delay(b.retries[i], t.x.arn()+"/"+strconv.Itoa(len(t.x.events)+1)).Milliseconds()
		if record == "" || s.kind != kindTask {
			record = retried
		}
		t.emit(b, event{Type: record, More: more})
		return
	}
	if record != "" && !t.emit(b, event{Type: record, More: more}) {
		return
	}
	for _, c := range s.catch {
		if matches(c.errors, f.Error) {
			t.caught(b, f, c)
			return
		}
	}
	t.failBranch(b, f)
}

func (t *turn) caught(b *branch, f *failure, c catcher) {
	d := b.data("")
	output := d.pack(c.resultPath.put(d, map[string]any{"Error": f.Error, "Cause": f.Cause}), b.state.name)
	if d.failed != nil {
		t.failBranch(b, d.failed)
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
	t.fail(parent, f, parent.state.kind+stateFailed)
}
