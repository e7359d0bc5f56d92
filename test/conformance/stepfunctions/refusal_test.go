package stepfunctions_test

import (
	"fmt"
	"maps"
	"strings"
)

// A refusal is a call that must be answered with an error; $M and $X stand for the ARNs of a machine and of its execution, which has ended.
type refusal struct {
	name, operation string
	body            doc
	code, message   string
	excuse          string
}

const (
	nowhere = "arn:aws:states:us-east-1:000000000000:execution:none:none"
	noOne   = "arn:aws:states:us-east-1:000000000000:stateMachine:none"

	pageExcuse  = "API reference, GetExecutionHistory: maxResults, nextToken, includeExecutionData"
	nameExcuse  = "API reference, StartExecution: a name must not contain white space, special characters, and has at most 80 characters"
	inputExcuse = "API reference, StartExecution, InvalidExecutionInput and the maximum length of input"
	tokenExcuse = "API reference, SendTaskSuccess and SendTaskFailure: InvalidOutput and length constraints"
)

func refusals() []refusal {
	big := `"` + strings.Repeat("x", 262144) + `"`
	return []refusal{
		{"a name with a character that is not allowed", "StartExecution", doc{"stateMachineArn": "$M", "name": "a/b"}, "InvalidName", "",
			nameExcuse},
		{"a name with a space", "StartExecution", doc{"stateMachineArn": "$M", "name": "a b"}, "InvalidName", "", nameExcuse},
		{"a name of 81 characters", "StartExecution", doc{"stateMachineArn": "$M", "name": strings.Repeat("n", 81)}, "InvalidName", "",
			nameExcuse},
		{"an input that is not JSON", "StartExecution", doc{"stateMachineArn": "$M", "input": "{"}, "InvalidExecutionInput",
			"Invalid State Machine Execution Input", inputExcuse},
		{"an empty input", "StartExecution", doc{"stateMachineArn": "$M", "input": ""}, "InvalidExecutionInput", "", ""},
		{"an input beyond 256 KiB", "StartExecution", doc{"stateMachineArn": "$M", "input": big}, "ValidationException", "", inputExcuse},
		{"an unknown machine", "StartExecution", doc{"stateMachineArn": noOne}, "StateMachineDoesNotExist",
			"State Machine Does Not Exist: '" + noOne + "'", ""},
		{"no ARN of a machine", "StartExecution", doc{"stateMachineArn": "none"}, "InvalidArn", "", ""},
		{"an unknown execution", "DescribeExecution", doc{"executionArn": nowhere}, "ExecutionDoesNotExist",
			"Execution Does Not Exist: '" + nowhere + "'", ""},
		{"no ARN of an execution", "DescribeExecution", doc{"executionArn": "none"}, "InvalidArn", "", ""},
		{"the history of an unknown execution", "GetExecutionHistory", doc{"executionArn": nowhere}, "ExecutionDoesNotExist", "", ""},
		{"a page that never was", "GetExecutionHistory", doc{"executionArn": "$X", "nextToken": "none"}, "InvalidToken", "",
			pageExcuse},
		{"a page of 1,001 events", "GetExecutionHistory", doc{"executionArn": "$X", "maxResults": 1001}, "ValidationException", "",
			pageExcuse},
		{"an end of an unknown execution", "StopExecution", doc{"executionArn": nowhere}, "ExecutionDoesNotExist", "", ""},
		{"the executions of an unknown machine", "ListExecutions", doc{"stateMachineArn": noOne}, "StateMachineDoesNotExist", "", ""},
		{"a page of 1,001 executions", "ListExecutions", doc{"stateMachineArn": "$M", "maxResults": 1001}, "ValidationException", "", ""},
		{"a description of an unknown machine", "DescribeStateMachine", doc{"stateMachineArn": noOne}, "StateMachineDoesNotExist", "", ""},
		{"a token that never was, for a success", "SendTaskSuccess", doc{"taskToken": "none", "output": "1"}, "InvalidToken", "", ""},
		{"a token that never was, for a failure", "SendTaskFailure", doc{"taskToken": "none"}, "InvalidToken", "", ""},
		{"a token that never was, for a heartbeat", "SendTaskHeartbeat", doc{"taskToken": "none"}, "InvalidToken", "", ""},
		{"an output that is not JSON", "SendTaskSuccess", doc{"taskToken": "none", "output": "{"}, "InvalidOutput", "", tokenExcuse},
		{"an output beyond 256 KiB", "SendTaskSuccess", doc{"taskToken": "none", "output": big}, "ValidationException", "", tokenExcuse},
		{"a name of an error beyond 256 characters", "SendTaskFailure", doc{"taskToken": "none", "error": strings.Repeat("e", 257)},
			"ValidationException", "", tokenExcuse},
	}
}

func refusalChecks() []check {
	var all []check
	for _, r := range refusals() {
		all = append(all, check{name: r.name, excuse: r.excuse, coded: func(g *target, machine string) error {
			x, err := g.begin(machine, succeeds, "{}")
			if err != nil {
				return fmt.Errorf("begin: %w", err)
			}
			body := maps.Clone(r.body)
			for name, v := range body {
				switch v {
				case "$M":
					body[name] = machinePrefix + machine
				case "$X":
					body[name] = x.arn
				}
			}
			return g.refuses(r.operation, body, r.code, r.message)
		}})
	}
	return all
}
