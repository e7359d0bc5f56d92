package stepfunctions

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/wire"
)

const (
	statusRunning   = "RUNNING"
	statusSucceeded = "SUCCEEDED"
	statusFailed    = "FAILED"
	statusAborted   = "ABORTED"
	statusTimedOut  = "TIMED_OUT"
)

// statusAfter gives an execution's status after each event that ends it.
var statusAfter = map[string]string{executionSucceeded: statusSucceeded, executionFailed: statusFailed, executionAborted: statusAborted,
	executionTimedOut: statusTimedOut}

// execution is one run of a state machine: its history, and what apply made of it.
type execution struct {
	machine, name string
	definition    *definition
	status        string
	start, stop   int64 // Unix milliseconds
	input, output string
	failure       failure
	root          *branch // nil when it is over
	events        []event
	turns         int           // how many are stored, the numbers left out among them
	timers        []func() bool // its end by time, or its being forgotten
}

// branch is one thread of an execution: the machine's own, one branch of a Parallel, or one iteration of a Map.
type branch struct {
	x         *execution
	path      string // "" for the machine's own, else indexes joined by points
	parent    *branch
	index     int
	scope     *scope
	last      int // its last event
	state     *state
	entered   int64 // Unix milliseconds
	enteredBy int   // the event that entered the state
	input     string
	item      string // Map iteration: the item itself
	retries   []int  // by retrier, of the present state
	block     block
	armed     block // what the timers are for
	timers    []func() bool
	// Map and Parallel
	items, values []string
	children      []*branch // nil where not yet started
	over, gone    bool
	output        string
}

type blockKind int

const (
	blockNone blockKind = iota
	blockInvoke
	blockToken
	blockBackoff
	blockSleep
)

// block is what a branch waits for: the answer of a function, a task token, the next attempt or the end of a wait.
type block struct {
	kind  blockKind
	event int   // the event that began it; a task's TaskScheduled all along
	until int64 // Unix milliseconds, 0 for never
}

func (x *execution) running() bool { return x.status == statusRunning }

func executionARN(machine, name string) string {
	return "arn:aws:states:" + wire.Region + ":" + wire.Account + ":execution:" + machine + ":" + name
}

func (x *execution) arn() string { return executionARN(x.machine, x.name) }

// apply adds an event to the history and to the state. It decides nothing: what was decided stands in the event.
func (x *execution) apply(ev event) error {
	if ev.Type != retried {
		x.events = append(x.events, ev)
	}
	if ev.Type == executionStarted {
		x.status, x.start, x.input = statusRunning, ev.At, ev.Data
		x.root = &branch{x: x, scope: x.definition.top}
		return nil
	}
	if status := statusAfter[ev.Type]; status != "" {
		x.status, x.stop, x.output, x.failure = status, ev.At, ev.Data, ev.more().failure
		x.root.leave()
		cancel(x.timers)
		x.root, x.timers = nil, nil
		return nil
	}
	b := x.find(func(b *branch) bool { return b.path == ev.Branch })
	if b == nil {
		return fmt.Errorf("history of %s has no branch %q", x.name, ev.Branch)
	}
	if b.last = ev.ID; ev.aside() {
		b.last = ev.Prev
	}
	return b.apply(&ev)
}

func (b *branch) apply(ev *event) error {
	more := ev.more()
	switch ev.Type {
	case taskScheduled:
		b.block = block{kind: blockInvoke, event: ev.ID}
		if more.Timeout > 0 {
			b.block.until = ev.At + more.Timeout*int64(time.Second/time.Millisecond)
		}
	case taskSubmitted:
		b.block.kind = blockToken
	case taskSucceeded:
		b.block = block{}
	case taskFailed, taskTimedOut, retried, kindMap + stateFailed, kindParallel + stateFailed:
		b.drop()
		b.block = block{}
		if k := more.Retrier; k > 0 {
			b.retries[k-1]++
			b.block = block{blockBackoff, ev.ID, more.Until}
		}
	case kindParallel + stateStarted:
		b.block = block{}
		for i, sc := range b.state.branches {
			b.children = append(b.children, b.child(i, sc, ev.ID))
		}
	case kindMap + stateStarted:
		b.block, b.items, b.values, b.children = block{}, more.Items, more.Values, make([]*branch, len(more.Items))
	case iterationStarted:
		c := b.child(more.Index, b.state.branches[0], ev.ID)
		if c.item = b.items[c.index]; b.values != nil {
			c.item = b.values[c.index]
		}
		b.children[c.index] = c
	default:
		return b.move(ev)
	}
	return nil
}

func (b *branch) child(index int, sc *scope, last int) *branch {
	c := &branch{x: b.x, path: strconv.Itoa(index), parent: b, index: index, scope: sc, last: last}
	if b.path != "" {
		c.path = b.path + "." + c.path
	}
	return c
}

// move enters or leaves a state.
func (b *branch) move(ev *event) error {
	switch {
	case strings.HasSuffix(ev.Type, stateEntered):
		s := b.scope.states[ev.State]
		if s == nil {
			return fmt.Errorf("event %d enters state %q, which the definition does not have", ev.ID, ev.State)
		}
		b.state, b.entered, b.enteredBy, b.input, b.retries = s, ev.At, ev.ID, ev.Data, make([]int, len(s.retry))
		if s.kind == kindWait {
			b.block = block{blockSleep, ev.ID, ev.more().Until}
		}
	case strings.HasSuffix(ev.Type, stateExited):
		b.leave()
		b.state, b.input = nil, ""
		if ev.Next == "" {
			b.over, b.output = true, ev.Data
		}
	}
	return nil
}

// leave ends all that the branch waits for.
func (b *branch) leave() {
	b.drop()
	b.block, b.items, b.values = block{}, nil, nil
	b.disarm()
}

// drop forgets the branches below.
func (b *branch) drop() {
	for _, c := range b.children {
		if c != nil {
			c.gone = true
			c.leave()
		}
	}
	b.children = nil
}

func (b *branch) disarm() {
	cancel(b.timers)
	b.timers, b.armed = nil, block{}
}

func cancel(timers []func() bool) {
	for _, one := range timers {
		one()
	}
}

// each calls f for the branch and all below it that are not over.
func (b *branch) each(f func(*branch)) {
	if b == nil || b.over {
		return
	}
	f(b)
	for _, c := range b.children {
		c.each(f)
	}
}

// find gives the branch, of those that are not over, that something holds for; nil when there is none.
func (x *execution) find(holds func(*branch) bool) (found *branch) {
	x.root.each(func(b *branch) {
		if holds(b) {
			found = b
		}
	})
	return found
}

// context gives the context object as the branch's state sees it.
func (b *branch) context(token string) map[string]any {
	x, retries := b.x, 0
	for _, n := range b.retries {
		retries += n
	}
	doc := map[string]any{
		"Execution": map[string]any{"Id": x.arn(), "Input": decoded(x.input), "Name": x.name, "RoleArn": roleARN,
			"StartTime": contextTime(x.start)},
		"StateMachine": map[string]any{"Id": machineARN(x.machine), "Name": x.machine},
		"State":        map[string]any{"Name": b.state.name, "EnteredTime": contextTime(b.entered), "RetryCount": number(retries)},
	}
	if token != "" {
		doc["Task"] = map[string]any{"Token": token}
	}
	for c := b; c.parent != nil; c = c.parent {
		if c.parent.state.kind == kindMap {
			doc["Map"] = mapContext(c.index, decoded(c.item))
			break
		}
	}
	return doc
}

func mapContext(index int, item any) any {
	return map[string]any{"Item": map[string]any{"Index": number(index), "Value": item}}
}

func contextTime(ms int64) string { return fromMillis(ms).Format("2006-01-02T15:04:05.000Z") }
