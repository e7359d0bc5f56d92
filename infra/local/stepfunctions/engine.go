// Package stepfunctions is the Step Functions engine of the local cloud: standard workflows in the JSONPath dialect of the Amazon
// States Language, whose tasks invoke functions. It knows the subset of the language and of the API that the product uses and refuses
// the rest. Every execution is its history: what is in memory is made from the history's events, and the clock holds its timers.
package stepfunctions

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

const (
	roleARN           = "arn:aws:iam::" + wire.Account + ":role/local-step-functions"
	historyBucket     = "stepfunctions/history"
	definitionsBucket = "stepfunctions/definitions"
	// nameKept is how long the name of an execution that is over stays taken, and the execution readable.
	nameKept = 90 * 24 * time.Hour
	// longest is how long an execution may last.
	longest = 365 * 24 * time.Hour
)

// Engine holds the state machines and their executions. It is safe for concurrent use.
type Engine struct {
	wire.Operations
	clock     *clock.Clock
	store     *store.Store
	functions Invoker

	mu          sync.Mutex
	machines    map[string]*machine
	definitions map[string]*definition // by hash, old ones included
	executions  map[string]*execution  // by ARN
	broken      error                  // the store failed: memory and store differ
}

type machine struct {
	name       string
	definition *definition
	created    int64 // Unix milliseconds
}

// Execution is one execution as the local page shows it.
type Execution struct {
	Name, Machine, ARN string
	Status             string    // RUNNING, SUCCEEDED, FAILED, ABORTED or TIMED_OUT
	State              string    // the present state, "" when it is over
	Since              time.Time // when it came into this state, or ended
	Started            time.Time
	Until              time.Time // the end of a wait or of a task's time, zero when there is none
	Input, Output      string    // JSON; Output is "" unless it succeeded
	Error, Cause       string
}

// New gives an engine over the clock, the store and the functions that its tasks invoke. It reads the definitions of the executions
// that the store holds.
func New(clk *clock.Clock, st *store.Store, functions Invoker) (*Engine, error) {
	e := &Engine{clock: clk, store: st, functions: functions, machines: map[string]*machine{},
		definitions: map[string]*definition{}, executions: map[string]*execution{}}
	e.Operations = e.operations()
	err := st.Each(definitionsBucket, func(hash string, text []byte) error {
		d, err := parseDefinition(string(text))
		if err != nil {
			return fmt.Errorf("stored definition %s: %w", hash, err)
		}
		e.definitions[hash] = d
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read state machines: %w", err)
	}
	return e, nil
}

func (e *Engine) now() int64 { return e.clock.Now().UnixMilli() }

func machineARN(name string) string {
	return "arn:aws:states:" + wire.Region + ":" + wire.Account + ":stateMachine:" + name
}

var machineName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// Define registers a state machine, or gives it a new definition for executions still to start. It refuses a definition that uses what
// the engine does not know, naming the state and the field.
func (e *Engine) Define(name string, text []byte) error {
	if !machineName.MatchString(name) {
		return fmt.Errorf("state machine %q: a name has 1 to 80 letters, digits, hyphens and underscores", name)
	}
	d, err := parseDefinition(string(text))
	if err != nil {
		return fmt.Errorf("state machine %s: %w", name, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.definitions[d.hash] == nil {
		if err := e.store.Write(store.Op{Bucket: definitionsBucket, Key: d.hash, Value: text}); err != nil {
			return fmt.Errorf("store state machine %s: %w", name, err)
		}
		e.definitions[d.hash] = d
	}
	e.machines[name] = &machine{name: name, definition: e.definitions[d.hash], created: e.now()}
	return nil
}

func historyKey(x *execution, turn int) string {
	return fmt.Sprintf("%s/%s/%06d", x.machine, x.name, turn)
}

// Resume continues the executions that the store holds: waits go on, a function that was being invoked is invoked again. Call it once,
// after every Define.
func (e *Engine) Resume() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := store.Load(e.store, historyBucket, e.load); err != nil {
		return fmt.Errorf("read executions: %w", err)
	}
	for _, x := range e.sorted() {
		e.keepTime(x)
		e.arm(x)
	}
	return nil
}

// load replays one stored turn.
func (e *Engine) load(key string, events []event) error {
	parts := strings.Split(key, "/")
	turn, err := strconv.Atoi(parts[len(parts)-1])
	if err != nil || len(parts) != 3 || len(events) == 0 {
		return fmt.Errorf("turn %q is not one of this engine's", key)
	}
	x := e.executions[executionARN(parts[0], parts[1])]
	if x == nil {
		x = &execution{machine: parts[0], name: parts[1], definition: e.definitions[events[0].more().Definition]}
		if x.definition == nil {
			return fmt.Errorf("the definition that %q began with is missing", key)
		}
		e.executions[x.arn()] = x
	}
	x.turns = turn
	for _, ev := range events {
		if err := x.apply(ev); err != nil {
			return fmt.Errorf("replay %q: %w", key, err)
		}
	}
	return nil
}

// sorted lists the executions from the oldest, those of one moment by machine and name.
func (e *Engine) sorted() []*execution {
	return slices.SortedFunc(maps.Values(e.executions), func(a, b *execution) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.machine, b.machine), cmp.Compare(a.name, b.name))
	})
}

// keepTime sets the timer of an execution as a whole: its longest duration, or the end of its name's being taken.
func (e *Engine) keepTime(x *execution) {
	at, what, then := fromMillis(x.stop).Add(nameKept), "forget", e.forget
	if x.running() {
		at, what, then = fromMillis(x.start).Add(x.definition.timeout), "end", e.timeOut
	}
	name := fmt.Sprintf("states/%s/%s/%s", x.machine, x.name, what)
	x.timers = append(x.timers, e.clock.Schedule(at, name, func(context.Context) {
		e.mu.Lock()
		defer e.mu.Unlock()
		then(x)
	}))
}

func (e *Engine) timeOut(x *execution) {
	if x.running() {
		_ = e.turn(x, func(t *turn) { t.finish(executionTimedOut, "", failure{Error: errTimeout}) }) // the engine remembers the error
	}
}

// forget drops an execution, which frees its name.
func (e *Engine) forget(x *execution) {
	if e.broken != nil || e.executions[x.arn()] != x {
		return
	}
	ops := make([]store.Op, x.turns)
	for i := range ops {
		ops[i] = store.Op{Bucket: historyBucket, Key: historyKey(x, i+1)}
	}
	if err := e.store.Write(ops...); err != nil {
		e.broken = fmt.Errorf("forget execution %s: %w", x.name, err)
		return
	}
	delete(e.executions, x.arn())
}

// Executions lists all executions, the oldest first.
func (e *Engine) Executions() []Execution {
	e.mu.Lock()
	defer e.mu.Unlock()
	all := make([]Execution, 0, len(e.executions))
	for _, x := range e.sorted() {
		v := Execution{Name: x.name, Machine: x.machine, ARN: x.arn(), Status: x.status, Since: fromMillis(x.stop),
			Started: fromMillis(x.start), Input: x.input, Output: x.output, Error: x.failure.Error, Cause: x.failure.Cause}
		if b := x.root; b != nil && b.state != nil {
			v.Since, v.State = fromMillis(b.entered), b.state.name
			if b.block.until > 0 {
				v.Until = fromMillis(b.block.until)
			}
		}
		all = append(all, v)
	}
	return all
}
