package stepfunctions

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// definition is a state machine as Define read it. An execution keeps the one that it began with.
type definition struct {
	hash    string
	text    string
	timeout time.Duration // 0 means none but the year's
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
	next       string // "" at the end
	// What many events of the state share, so that a history stays small.
	enteredType, exitedType string
	resourceDetails         *details
	// How data comes in and goes out.
	inputPath, outputPath *path // nil: an empty object instead
	resultPath            *path // nil: the result is dropped
	parameters, selector  *template
	retry                 []retrier
	catch                 []catcher

	result        any // Pass
	hasResult     bool
	errName       string // Fail
	cause         string
	resource      string // Task: resourceInvoke or resourceToken
	timeout       int64  // seconds, 0 means none
	timeoutPath   *path
	heartbeat     int64
	heartbeatPath *path
	choices       []choice
	fallback      string // Choice's Default
	wait          waitTime
	branches      []*scope // Parallel; Map has one
	itemsPath     *path
	itemSelector  *template
	maxConcurrent int // 0 means no bound
}

type waitTime struct {
	seconds                    int64
	timestamp                  time.Time
	secondsPath, timestampPath *path
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

func parseDefinition(text []byte) (*definition, error) {
	if len(text) > maxDefinition {
		return nil, fmt.Errorf("the definition is longer than %d bytes", maxDefinition)
	}
	f := readFields(text, "Comment StartAt States TimeoutSeconds Version QueryLanguage")
	f.want("Version", "1.0")
	f.want("QueryLanguage", "JSONPath")
	seconds := f.seconds("TimeoutSeconds", 1)
	top := parseScope(f, map[string]bool{})
	if f.err != nil {
		return nil, f.err
	}
	sum := sha256.Sum256(text)
	return &definition{hash: hex.EncodeToString(sum[:]), text: string(text), timeout: time.Duration(seconds) * time.Second, top: top}, nil
}

// parseScope reads StartAt and States; names holds every state name of the machine so far.
func parseScope(f *fields, names map[string]bool) *scope {
	sc := &scope{states: map[string]*state{}}
	f.must("StartAt", &sc.startAt)
	var raws map[string]json.RawMessage
	f.must("States", &raws)
	states := &fields{raw: raws}
	for _, name := range states.names() {
		if names[name] {
			f.fail("state %q stands twice in the machine", name)
		}
		names[name] = true
		if name == "" || len([]rune(name)) > maxStateName {
			f.fail("state %q: a name has 1 to %d characters", name, maxStateName)
		}
		s, err := parseState(name, raws[name], names)
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
	if sc.states[sc.startAt] == nil {
		f.fail("field StartAt: there is no state %q", sc.startAt)
		return
	}
	reached := map[string]bool{sc.startAt: true}
	for queue := []string{sc.startAt}; len(queue) > 0; queue = queue[1:] {
		for _, target := range sc.states[queue[0]].targets() {
			if sc.states[target] == nil {
				f.fail("state %q: it leads to %q, which is not a state of the same level", queue[0], target)
				return
			}
			if !reached[target] {
				reached[target] = true
				queue = append(queue, target)
			}
		}
	}
	for name := range sc.states {
		if !reached[name] {
			f.fail("state %q: nothing leads to it", name)
		}
	}
}

func (s *state) targets() []string {
	var to []string
	for _, name := range []string{s.next, s.fallback} {
		if name != "" {
			to = append(to, name)
		}
	}
	for _, c := range s.choices {
		to = append(to, c.next)
	}
	for _, c := range s.catch {
		to = append(to, c.next)
	}
	return to
}
