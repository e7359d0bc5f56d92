package stepfunctions

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
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
	flow
	result        any // Pass
	hasResult     bool
	errName       string // Fail
	cause         string
	resource      string // Task: "invoke" or "invoke.waitForTaskToken"
	timeout       int64  // seconds, 0 means none
	timeoutPath   *path
	heartbeat     int64
	retry         []retrier
	catch         []catcher
	choices       []choice
	fallback      string // Choice's Default
	wait          waitTime
	branches      []*scope // Parallel; Map has one
	itemsPath     *path
	itemSelector  *template
	maxConcurrent int // 0 means no bound
}

// flow is how data comes into a state and out of it.
type flow struct {
	inputPath, outputPath *path // nil: an empty object instead
	resultPath            *path // nil: the result is dropped
	parameters, selector  *template
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

type object map[string]json.RawMessage

func parseDefinition(text []byte) (*definition, error) {
	if len(text) > maxDefinition {
		return nil, fmt.Errorf("the definition is longer than %d bytes", maxDefinition)
	}
	o, err := parseObject(text)
	if err != nil {
		return nil, err
	}
	if err := o.only("Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"); err != nil {
		return nil, err
	}
	if err := o.wantText("Version", "1.0"); err != nil {
		return nil, err
	}
	if err := o.wantText("QueryLanguage", "JSONPath"); err != nil {
		return nil, err
	}
	seconds, err := o.seconds("TimeoutSeconds", 1)
	if err != nil {
		return nil, err
	}
	top, err := parseScope(o, map[string]bool{})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return &definition{hash: hex.EncodeToString(sum[:]), text: string(text),
		timeout: time.Duration(seconds) * time.Second, top: top}, nil
}

// parseScope reads StartAt and States; names holds every state name of the machine so far.
func parseScope(o object, names map[string]bool) (*scope, error) {
	sc := &scope{states: map[string]*state{}}
	if err := o.decode("StartAt", &sc.startAt); err != nil {
		return nil, err
	}
	states, err := parseObject(o["States"])
	if err != nil {
		return nil, fmt.Errorf("field States: %w", err)
	}
	for _, name := range slices.Sorted(keysOf(states)) {
		if names[name] {
			return nil, fmt.Errorf("state %q stands twice in the machine", name)
		}
		names[name] = true
		if name == "" || len([]rune(name)) > maxStateName {
			return nil, fmt.Errorf("state %q: a name has 1 to %d characters", name, maxStateName)
		}
		s, err := parseState(name, states[name], names)
		if err != nil {
			return nil, fmt.Errorf("state %q: %w", name, err)
		}
		sc.states[name] = s
	}
	return sc, sc.check()
}

// check refuses targets that do not exist and states that nothing leads to.
func (sc *scope) check() error {
	if sc.states[sc.startAt] == nil {
		return fmt.Errorf("field StartAt: there is no state %q", sc.startAt)
	}
	reached := map[string]bool{sc.startAt: true}
	for queue := []string{sc.startAt}; len(queue) > 0; queue = queue[1:] {
		for _, target := range sc.states[queue[0]].targets() {
			if sc.states[target] == nil {
				return fmt.Errorf("state %q: it leads to %q, which is not a state of the same level", queue[0], target)
			}
			if !reached[target] {
				reached[target] = true
				queue = append(queue, target)
			}
		}
	}
	for name := range sc.states {
		if !reached[name] {
			return fmt.Errorf("state %q: nothing leads to it", name)
		}
	}
	return nil
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

func parseObject(text json.RawMessage) (object, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, fmt.Errorf("it is missing")
	}
	if _, err := decode(text); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	var o object
	if err := json.Unmarshal(text, &o); err != nil || o == nil {
		return nil, fmt.Errorf("it is not a JSON object")
	}
	return o, nil
}

func keysOf(o object) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range o {
			if !yield(name) {
				return
			}
		}
	}
}

// only refuses any field that is not listed.
func (o object) only(fields ...string) error {
	for _, name := range slices.Sorted(keysOf(o)) {
		if !slices.Contains(fields, name) {
			return fmt.Errorf("field %s is not supported here", name)
		}
	}
	return nil
}

func (o object) has(field string) bool { return o[field] != nil }

// decode reads a field that must be there.
func (o object) decode(field string, into any) error {
	raw := o[field]
	if raw == nil {
		return fmt.Errorf("field %s is missing", field)
	}
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return fmt.Errorf("field %s is null", field)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("field %s: %w", field, err)
	}
	return nil
}

// optional reads a field that may be absent.
func (o object) optional(field string, into any) error {
	if !o.has(field) {
		return nil
	}
	return o.decode(field, into)
}

func (o object) wantText(field, want string) error {
	got := want
	if err := o.optional(field, &got); err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("field %s: only %q is supported, not %q", field, want, got)
	}
	return nil
}

// seconds reads whole seconds of at least least; 0 when absent.
func (o object) seconds(field string, least int64) (int64, error) {
	if !o.has(field) {
		return 0, nil
	}
	var n int64
	if err := o.decode(field, &n); err != nil {
		return 0, err
	}
	if n < least || n > maxSeconds {
		return 0, fmt.Errorf("field %s: %d is outside %d to %d", field, n, least, maxSeconds)
	}
	return n, nil
}

// path reads a path that may be absent.
func (o object) path(field string) (*path, error) {
	if !o.has(field) {
		return nil, nil
	}
	var text string
	if err := o.decode(field, &text); err != nil {
		return nil, err
	}
	p, err := parsePath(text)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", field, err)
	}
	return p, nil
}

// flowPath reads InputPath, OutputPath or ResultPath: the whole when absent, nil when null.
func (o object) flowPath(field string) (*path, error) {
	if !o.has(field) {
		return &path{text: "$"}, nil
	}
	if bytes.Equal(bytes.TrimSpace(o[field]), []byte("null")) {
		return nil, nil
	}
	p, err := o.path(field)
	if err == nil && p.context && field == "ResultPath" {
		return nil, fmt.Errorf("field ResultPath: it cannot lead into the context object")
	}
	return p, err
}

func (o object) template(field string, token bool) (*template, error) {
	if !o.has(field) {
		return nil, nil
	}
	t, err := parseTemplate(o[field], token)
	if err != nil {
		return nil, fmt.Errorf("field %s: %w", field, err)
	}
	return t, nil
}
