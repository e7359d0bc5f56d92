package stepfunctions_test

import (
	"fmt"
	"slices"
	"strings"
)

// What a table cannot say: several executions, names, lists and pages.

const (
	waits    = `{"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":30,"End":true}}}`
	succeeds = `{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Succeed"}}}`
)

func coded() []check {
	return slices.Concat(nameChecks(), listChecks(), historyChecks(), refusalChecks())
}

func nameChecks() []check {
	return []check{
		{name: "the same name and input while it runs is the same execution", coded: func(g *target, machine string) error {
			x, err := g.begin(machine, waits, `{"a":1}`)
			if err != nil {
				return err
			}
			before, err := x.describe()
			if err != nil {
				return err
			}
			again, err := g.must("StartExecution", doc{"stateMachineArn": machinePrefix + machine, "name": "x", "input": `{"a":1}`})
			if err == nil && (again["executionArn"] != x.arn || again["startDate"] != before["startDate"]) {
				err = fmt.Errorf("got %v, want the start of %v", again, before)
			}
			return err
		}},
		{name: "the same name and another input while it runs", coded: func(g *target, machine string) error {
			x, err := g.begin(machine, waits, `{"a":1}`)
			if err != nil {
				return err
			}
			return g.refuses("StartExecution", doc{"stateMachineArn": machinePrefix + machine, "name": "x", "input": `{"a":2}`},
				"ExecutionAlreadyExists", "Execution Already Exists: '"+x.arn+"'")
		}},
		{name: "the same name and input after the end", coded: func(g *target, machine string) error {
			x, err := g.begin(machine, succeeds, `{"a":1}`)
			if err != nil {
				return err
			}
			if err := x.holds(line{"=", `{"a":1}`}); err != nil {
				return err
			}
			return g.refuses("StartExecution", doc{"stateMachineArn": machinePrefix + machine, "name": "x", "input": `{"a":1}`},
				"ExecutionAlreadyExists", x.arn)
		}},
		{name: "the same name of another machine is another execution", coded: func(g *target, machine string) error {
			if _, err := g.begin(machine, waits, `{}`); err != nil {
				return err
			}
			_, err := g.begin(machine+"-other", waits, `{"a":1}`)
			return err
		}},
		{name: "an execution without a name is given one", coded: func(g *target, machine string) error {
			if err := g.define(machine, []byte(waits)); err != nil {
				return err
			}
			seen := map[any]bool{}
			for range 3 {
				got, err := g.must("StartExecution", doc{"stateMachineArn": machinePrefix + machine})
				if err != nil {
					return err
				}
				seen[got["executionArn"]] = true
			}
			if len(seen) != 3 {
				return fmt.Errorf("three executions have %d names", len(seen))
			}
			return nil
		}},
		{name: "a name of 80 characters", coded: func(g *target, machine string) error {
			if err := g.define(machine, []byte(waits)); err != nil {
				return err
			}
			_, err := g.must("StartExecution", doc{"stateMachineArn": machinePrefix + machine, "name": strings.Repeat("n", 80)})
			return err
		}},
	}
}

// begin defines a machine and starts its execution x.
func (g *target) begin(machine, definition, input string) (*execution, error) {
	if err := g.define(machine, []byte(definition)); err != nil {
		return nil, fmt.Errorf("define machine: %w", err)
	}
	x := &execution{target: g, arn: executionPrefix + machine + ":x"}
	return x, x.start(machine, input)
}

// refuses asserts that a call is answered with an error and a message that holds a text.
func (g *target) refuses(operation string, body doc, code, message string) error {
	got, err := g.send(operation, body)
	if err == nil && (got.code != code || !strings.Contains(got.message, message)) {
		err = fmt.Errorf("%s answered %q %q %.200v, want %s %s", operation, got.code, got.message, got.body, code, message)
	}
	return err
}

// started defines a machine and runs executions of it one after the other.
func (g *target) started(machine, definition string, names ...string) error {
	if err := g.define(machine, []byte(definition)); err != nil {
		return err
	}
	for _, name := range names {
		x := &execution{target: g, arn: executionPrefix + machine + ":" + name}
		if err := x.start(machine, "{}"); err != nil {
			return err
		}
		if err := x.entered(); err != nil {
			return err
		}
		if err := g.pause(2e6); err != nil { // a start date has milliseconds
			return err
		}
	}
	return nil
}

// pages follows nextToken to the end and gives one member of each element; at most 20 pages.
func (g *target) pages(operation, list, member string, request doc) ([]any, int, error) {
	var all []any
	for page := 1; page <= 20; page++ {
		body, err := g.must(operation, request)
		if err != nil {
			return nil, 0, err
		}
		elements, _ := body[list].([]any)
		for _, e := range elements {
			element, _ := e.(doc)
			all = append(all, element[member])
		}
		if body["nextToken"] == nil {
			return all, page, nil
		}
		request["nextToken"] = body["nextToken"]
	}
	return nil, 0, fmt.Errorf("%s does not end", operation)
}

func (g *target) listed(want []any, pages int, operation, list, member string, request doc) error {
	got, n, err := g.pages(operation, list, member, request)
	if err == nil && (!slices.Equal(got, want) || n != pages) {
		err = fmt.Errorf("%s gives %v in %d pages, want %v in %d", operation, got, n, want, pages)
	}
	return err
}

func listChecks() []check {
	return []check{
		{name: "executions are listed from the youngest, in pages", coded: func(g *target, machine string) error {
			if err := g.started(machine, waits, "one", "two", "three"); err != nil {
				return err
			}
			return g.listed([]any{"three", "two", "one"}, 2, "ListExecutions", "executions", "name",
				doc{"stateMachineArn": machinePrefix + machine, "maxResults": 2})
		}},
		{name: "executions are listed by status", coded: func(g *target, machine string) error {
			if err := g.started(machine, waits, "one", "two"); err != nil {
				return err
			}
			if _, err := g.must("StopExecution", doc{"executionArn": executionPrefix + machine + ":one"}); err != nil {
				return err
			}
			x := &execution{target: g, arn: executionPrefix + machine + ":one"}
			if err := x.holds(line{"?", "ABORTED"}); err != nil {
				return err
			}
			request := doc{"stateMachineArn": machinePrefix + machine, "statusFilter": "RUNNING"}
			if err := g.listed([]any{"two"}, 1, "ListExecutions", "executions", "name", request); err != nil {
				return err
			}
			request["statusFilter"] = "ABORTED"
			return g.listed([]any{"one"}, 1, "ListExecutions", "executions", "name", request)
		}},
		{name: "a status that there is not", coded: func(g *target, machine string) error {
			if err := g.started(machine, waits); err != nil {
				return err
			}
			return g.refuses("ListExecutions", doc{"stateMachineArn": machinePrefix + machine, "statusFilter": "succeeded"},
				"ValidationException", "'statusFilter' failed to satisfy constraint")
		}},
	}
}

func historyChecks() []check {
	return []check{
		{name: "a history in pages", excuse: pageExcuse, coded: func(g *target, machine string) error {
			x, err := g.begin(machine, succeeds, "{}")
			if err == nil {
				err = x.holds(line{"=", "{}"})
			}
			if err != nil {
				return err
			}
			return g.listed([]any{1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, 3, "GetExecutionHistory", "events", "id",
				doc{"executionArn": x.arn, "maxResults": 2})
		}},
		{name: "a history from its end", excuse: pageExcuse, coded: func(g *target, machine string) error {
			x, err := g.begin(machine, succeeds, "{}")
			if err == nil {
				err = x.holds(line{"=", "{}"})
			}
			if err != nil {
				return err
			}
			return g.listed([]any{6.0, 5.0, 4.0, 3.0, 2.0, 1.0}, 2, "GetExecutionHistory", "events", "id",
				doc{"executionArn": x.arn, "maxResults": 4, "reverseOrder": true})
		}},
		{name: "a history without data", excuse: pageExcuse, coded: func(g *target, machine string) error {
			x, err := g.begin(machine, succeeds, `{"secret":1}`)
			if err == nil {
				err = x.holds(line{"=", `{"secret":1}`})
			}
			if err != nil {
				return err
			}
			body, err := g.must("GetExecutionHistory", doc{"executionArn": x.arn, "includeExecutionData": false})
			if err == nil && strings.Contains(fmt.Sprint(body), "secret") {
				err = fmt.Errorf("it holds the data: %v", body)
			}
			return err
		}},
		{name: "what a running execution tells", coded: func(g *target, machine string) error {
			x, err := g.begin(machine, waits, `{"a":1}`)
			if err != nil {
				return err
			}
			got, err := x.describe()
			want := doc{"executionArn": x.arn, "stateMachineArn": machinePrefix + machine, "name": "x", "status": "RUNNING", "input": `{"a":1}`}
			if err == nil && (!covers(got, want) || got["stopDate"] != nil || got["output"] != nil || got["startDate"] == nil) {
				err = fmt.Errorf("it tells %v, want %v", got, want)
			}
			return err
		}},
	}
}
