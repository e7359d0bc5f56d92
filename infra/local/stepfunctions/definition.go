package stepfunctions

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// definition is a state machine as Define read it. An execution keeps the one that it began with.
type definition struct {
	hash    string
	text    string
	timeout time.Duration // a year at most
	top     *scope
}

// scope is a set of states with their first: the machine itself, a branch of a Parallel, or the processor of a Map.
type scope struct {
	startAt string
	states  map[string]*state
}

// state is one state, of any type; the fields that its type does not have are zero.
type state struct {
	name, kind string
	next       string   // "" at the end
	targets    []string // every state that it may lead to
	// What many events of the state share, so that a history stays small.
	enteredType, exitedType string
	resourceDetails         *details
	// How data comes in and goes out.
	inputPath, outputPath *path // nil: an empty object instead
	resultPath            *path // nil: the result is dropped
	parameters, selector  expression
	retry                 []retrier
	catch                 []catcher

	result             expression // Pass; nil for its input
	failure            failure    // Fail
	resource           string     // Task: resourceInvoke or resourceToken
	timeout, heartbeat period
	choices            []choice
	fallback           string // Choice's Default
	seconds            period // Wait: this, or either of the next two
	timestamp          time.Time
	timestampPath      *path
	branches           []*scope // Parallel; Map has one
	itemsPath          *path
	itemSelector       expression
	maxConcurrent      int // 0 means no bound
}

func (s *state) token() bool { return s.resource == resourceToken }

const (
	resourceInvoke = "invoke"
	resourceToken  = "invoke.waitForTaskToken"
	lambdaPrefix   = "arn:aws:states:::lambda:"
	// maxSeconds is the longest time that the states language can say.
	maxSeconds = 99999999
	// maxDefinition is the service's bound of a definition in bytes.
	maxDefinition = 1 << 20
	maxStateName  = 80
)

func parseDefinition(text string) (*definition, error) {
	if len(text) > maxDefinition {
		return nil, fmt.Errorf("the definition is longer than %d bytes", maxDefinition)
	}
	v, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	f := readFields(v, "Comment StartAt States TimeoutSeconds Version QueryLanguage")
	f.want("Version", "1.0")
	f.want("QueryLanguage", "JSONPath")
	seconds := f.whole("TimeoutSeconds", maxSeconds, 1, maxSeconds)
	sum := sha256.Sum256([]byte(text))
	d := &definition{hex.EncodeToString(sum[:]), text, min(longest, time.Duration(seconds)*time.Second), parseScope(f, map[string]bool{})}
	return d, f.err
}

// parseScope reads StartAt and States; names holds every state name of the machine so far.
func parseScope(f *fields, names map[string]bool) *scope {
	sc := &scope{startAt: must[string](f, "StartAt"), states: map[string]*state{}}
	states := &fields{object: must[map[string]any](f, "States")}
	for _, name := range states.names() {
		if names[name] {
			f.fail("state %q stands twice in the machine", name)
		}
		names[name] = true
		if name == "" || len([]rune(name)) > maxStateName {
			f.fail("state %q: a name has 1 to %d characters", name, maxStateName)
		}
		s, err := parseState(name, states.object[name], names)
		if err != nil {
			f.fail("state %q: %w", name, err)
		}
		sc.states[name] = s
	}
	if f.err == nil {
		sc.check(f)
	}
	return sc
}

// check refuses targets that do not exist and states that nothing leads to.
func (sc *scope) check(f *fields) {
	reached := map[string]bool{}
	var follow func(from, name string)
	follow = func(from, name string) {
		s := sc.states[name]
		if s == nil {
			f.fail("%s: it leads to %q, which is not a state of the same level", from, name)
			return
		}
		for _, target := range s.targets {
			if !reached[target] {
				reached[target] = true
				follow(fmt.Sprintf("state %q", name), target)
			}
		}
	}
	reached[sc.startAt] = true
	follow("field StartAt", sc.startAt)
	for name := range sc.states {
		if !reached[name] {
			f.fail("state %q: nothing leads to it", name)
		}
	}
}
