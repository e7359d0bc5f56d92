package stepfunctions_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/statemachines"
)

// check is one behaviour: a machine, what is done to one execution of it, and what has to come of it. testdata/README.md says how the files
// are written.
type check struct {
	name   string
	excuse string // why LocalStack need not pass it: AWS's page that says otherwise
	states []line // the first one is where the machine starts; of a machine of the product, what the functions of its tasks do
	top    string // further fields of the machine
	ofOurs string // a machine of the product in place of the states' own
	input  string
	acts   []line
	want   []line
	coded  func(g *target, machine string) error // in place of all the above
}

// line is a word and the rest of the line that it begins.
type line struct{ word, rest string }

var (
	acts  = []string{"success", "failure", "heartbeat", "stop", "pause"}
	wants = []string{"=", "!", "?", "history", "unordered", "previous", "event", "took", "refused"}
)

// written reads the checks of a file of testdata.
func written(t testing.TB, file string) []check {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var checks []check
	joined := strings.ReplaceAll(string(text), "\n ", " ") // a line that begins with a space continues the one before
	for _, l := range strings.Split(joined, "\n") {
		word, rest, _ := strings.Cut(l, " ")
		rest = strings.TrimSpace(rest)
		if word == "" || word == "#" {
			continue
		}
		if word == "==" {
			checks = append(checks, check{name: rest})
			continue
		}
		c := &checks[len(checks)-1]
		switch {
		case word == "oracle:":
			c.excuse = rest
		case word == "top":
			c.top = rest
		case word == "machine":
			c.ofOurs = rest
		case word == ">":
			c.input = rest
		case slices.Contains(acts, word):
			c.acts = append(c.acts, line{word, rest})
		case slices.Contains(wants, word):
			c.want = append(c.want, line{word, rest})
		default:
			c.states = append(c.states, line{word, rest})
		}
	}
	return checks
}

var (
	timeMacro = regexp.MustCompile(`\$T([+-]\d+)`)
	longMacro = regexp.MustCompile(`\$X(\d+)`)
)

// expand puts in instants ($T+2 is two seconds from now) and long texts ($X5 is xxxxx).
func expand(text string, now time.Time) string {
	text = timeMacro.ReplaceAllStringFunc(text, func(m string) string {
		n, _ := strconv.Atoi(m[2:])
		return now.Add(time.Duration(n) * time.Second).UTC().Format("2006-01-02T15:04:05.000Z")
	})
	return longMacro.ReplaceAllStringFunc(text, func(m string) string {
		n, _ := strconv.Atoi(m[2:])
		return strings.Repeat("x", n)
	})
}

// definition writes the machine.
func (c *check) definition(now time.Time) ([]byte, error) {
	if c.ofOurs != "" {
		return c.product(now)
	}
	states := doc{}
	for _, s := range c.states {
		var state any
		if err := json.Unmarshal([]byte(expand(s.rest, now)), &state); err != nil {
			return nil, fmt.Errorf("%s: state %s: %w", c.name, s.word, err)
		}
		states[s.word] = scripted(state)
	}
	machine := doc{"StartAt": c.states[0].word, "States": states}
	if c.top != "" {
		if err := json.Unmarshal([]byte(c.top), &machine); err != nil {
			return nil, fmt.Errorf("%s: top: %w", c.name, err)
		}
	}
	return json.Marshal(machine)
}

// product writes a machine of the product, with the script in place of its functions.
func (c *check) product(now time.Time) ([]byte, error) {
	text, err := statemachines.Definition(c.ofOurs, func(string) string { return functionName })
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	var machine struct {
		Comment, StartAt string
		States           map[string]doc
	}
	if err := json.Unmarshal(text, &machine); err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	for _, s := range c.states {
		var do any
		if err := json.Unmarshal([]byte(expand(s.rest, now)), &do); err != nil {
			return nil, fmt.Errorf("%s: task %s: %w", c.name, s.word, err)
		}
		parameters, _ := machine.States[s.word]["Parameters"].(doc)
		payload, ok := parameters["Payload"].(doc)
		if !ok {
			return nil, fmt.Errorf("%s: %s is no task of %s", c.name, s.word, c.ofOurs)
		}
		payload["execution.$"], payload["state.$"], payload["do"] = "$$.Execution.Name", "$$.State.Name", do
	}
	return json.Marshal(machine)
}

// scripted makes tasks of the states that say what their function does: Do is a list of its answers, Token says that it waits for a token.
func scripted(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = scripted(v[i])
		}
	case doc:
		for name := range v {
			v[name] = scripted(v[name])
		}
		do, isTask := v["Do"]
		if !isTask {
			break
		}
		payload := doc{"execution.$": "$$.Execution.Name", "state.$": "$$.State.Name", "in.$": "$", "do": do}
		v["Type"], v["Resource"] = "Task", "arn:aws:states:::lambda:invoke"
		if v["Token"] != nil {
			payload["token.$"], v["Resource"] = "$$.Task.Token", "arn:aws:states:::lambda:invoke.waitForTaskToken"
		}
		v["Parameters"] = doc{"FunctionName": functionName, "Payload": payload}
		delete(v, "Do")
		delete(v, "Token")
	}
	return v
}

// run holds a target to the check, with a machine of the given name.
func (c *check) run(g *target, machine string) error {
	if c.coded != nil {
		return c.coded(g, machine)
	}
	definition, err := c.definition(g.now())
	if err != nil {
		return err
	}
	if c.excuse != "" { // what is known to differ may never come
		hasty := *g
		hasty.patience /= 8
		g = &hasty
	}
	if err := g.define(machine, definition); err != nil {
		return fmt.Errorf("define machine: %w", err)
	}
	x := &execution{target: g, arn: executionPrefix + machine + ":x-" + machine}
	if err := x.start(machine, expand(c.input, g.now())); err != nil {
		return err
	}
	for _, a := range c.acts {
		if err := x.act(a); err != nil {
			return fmt.Errorf("%s %s: %w", a.word, a.rest, err)
		}
	}
	for _, w := range c.want {
		if err := x.holds(w); err != nil {
			return err
		}
	}
	return nil
}

// rows reads a file of lines "a | b | c" into checks.
func rows(t testing.TB, file string, checkOf func(cells []string) check) []check {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var checks []check
	for i, l := range strings.Split(string(text), "\n") {
		if l == "" || l[0] == '#' {
			continue
		}
		l, excuse, _ := strings.Cut(l, " || oracle: ")
		cells := strings.Split(l, " | ")
		if len(cells) != 3 {
			t.Fatalf("%s:%d has %d cells: %q", file, i+1, len(cells), l)
		}
		c := checkOf(cells)
		c.name, c.excuse = strings.TrimSuffix(file, ".txt")+": "+strings.Join(cells, " : "), excuse
		checks = append(checks, c)
	}
	return checks
}

// choiceCheck is a row "rule | value of $.v | yes, no or an error"; a comparison without Variable is of $.v.
func choiceCheck(cells []string) check {
	rule := strings.TrimSuffix(cells[0], "}") + `,"Next":"Yes"}`
	if !strings.Contains(rule, `"Variable"`) {
		rule = `{"Variable":"$.v",` + rule[1:]
	}
	c := check{input: `{"v":` + cells[1] + `}`, states: []line{
		{"Choice", `{"Type":"Choice","Choices":[` + rule + `],"Default":"No"}`},
		{"Yes", `{"Type":"Pass","Result":"yes","End":true}`},
		{"No", `{"Type":"Pass","Result":"no","End":true}`}}}
	if cells[1] == "" {
		c.input = `{}`
	}
	return c.outcome(cells[2], `"`+cells[2]+`"`)
}

// valueCheck is a row "path or call | input | value or an error".
func valueCheck(cells []string) check {
	expression, _ := json.Marshal(cells[0])
	c := check{input: cells[1], states: []line{
		{"Value", `{"Type":"Pass","Parameters":{"v.$":` + string(expression) + `},"OutputPath":"$.v","End":true}`}}}
	return c.outcome(cells[2], cells[2])
}

func (c check) outcome(cell, output string) check {
	if failure, failed := strings.CutPrefix(cell, "! "); failed {
		c.want = []line{{"!", failure}}
	} else {
		c.want = []line{{"=", output}}
	}
	return c
}
