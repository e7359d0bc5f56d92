package stepfunctions

import (
	"strings"
	"time"
)

// maxEvents is the service's bound of one execution's history.
const maxEvents = 25000

// event is one entry of an execution's history. The history is the truth: state in memory is what apply makes of it. What is marked
// private is not part of the service's history; it keeps decisions, so that replaying never decides again.
type event struct {
	ID     int      `json:"i"`
	At     int64    `json:"t"` // Unix milliseconds
	Type   string   `json:"y"`
	Prev   int      `json:"p,omitempty"`
	Branch string   `json:"b,omitempty"` // private: which branch, as branch.path has it
	State  string   `json:"s,omitempty"`
	Data   string   `json:"d,omitempty"` // input, output or parameters
	More   *details `json:"z,omitempty"`
}

// details are what few events have: thousands of executions are in memory, so the common event is kept small.
type details struct {
	Error      string   `json:"e,omitempty"`
	Cause      string   `json:"c,omitempty"`
	Resource   string   `json:"r,omitempty"`
	Timeout    int64    `json:"to,omitempty"` // seconds
	Heartbeat  int64    `json:"hb,omitempty"` // seconds
	Next       string   `json:"n,omitempty"`  // private: where a StateExited leads, "" at the end
	Until      int64    `json:"u,omitempty"`  // private: when a wait or a back-off ends, Unix milliseconds
	Retrier    int      `json:"k,omitempty"`  // private: 1 + index of the retrier that took the error
	Index      int      `json:"x,omitempty"`
	Items      []string `json:"m,omitempty"`  // private: the input of each iteration or branch
	Values     []string `json:"v,omitempty"`  // private: the items themselves, when a selector changed them
	Definition string   `json:"df,omitempty"` // private: hash of the definition
}

func (ev *event) more() details {
	if ev.More == nil {
		return details{}
	}
	return *ev.More
}

const (
	executionStarted   = "ExecutionStarted"
	executionSucceeded = "ExecutionSucceeded"
	executionFailed    = "ExecutionFailed"
	executionAborted   = "ExecutionAborted"
	executionTimedOut  = "ExecutionTimedOut"
	taskScheduled      = "TaskScheduled"
	taskStarted        = "TaskStarted"
	taskSubmitted      = "TaskSubmitted"
	taskSucceeded      = "TaskSucceeded"
	taskFailed         = "TaskFailed"
	taskTimedOut       = "TaskTimedOut"
	stateEntered       = "StateEntered" // after the state's type, as in TaskStateEntered
	stateExited        = "StateExited"
	stateStarted       = "StateStarted"
	stateSucceeded     = "StateSucceeded"
	stateFailed        = "StateFailed"
	stateAborted       = "StateAborted"
	iterationStarted   = "MapIterationStarted"
	iterationSucceeded = "MapIterationSucceeded"
	iterationFailed    = "MapIterationFailed"
	iterationAborted   = "MapIterationAborted"
)

type document map[string]any

// wireTime is how awsJson writes an instant: seconds with three decimals.
func wireTime(ms int64) any { return float64(ms) / 1000 }

func toMillis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// document gives the event as GetExecutionHistory answers it; data says whether inputs and outputs are wanted.
func (ev *event) document(x *execution, data bool) document {
	doc := document{"id": ev.ID, "previousEventId": ev.Prev, "timestamp": wireTime(ev.At), "type": ev.Type}
	if name, details := ev.detailsDocument(x, data); details != nil {
		doc[name] = details
	}
	return doc
}

func (ev *event) detailsDocument(x *execution, data bool) (string, document) {
	d := ev.more()
	payload := func(doc document, field string) document {
		if data {
			doc[field] = ev.Data
			doc[field+"Details"] = document{"truncated": false}
		}
		return doc
	}
	fail := func(doc document) document {
		if d.Error != "" {
			doc["error"] = d.Error
		}
		if d.Cause != "" && data {
			doc["cause"] = d.Cause
		}
		return doc
	}
	name := strings.ToLower(ev.Type[:1]) + ev.Type[1:] + "EventDetails"
	switch ev.Type {
	case executionStarted:
		return name, payload(document{"roleArn": roleARN}, "input")
	case executionSucceeded:
		return name, payload(document{}, "output")
	case executionFailed, executionAborted, executionTimedOut:
		return name, fail(document{})
	case taskScheduled:
		doc := document{"resourceType": "lambda", "resource": d.Resource, "region": Region, "parameters": ev.Data}
		if d.Timeout > 0 {
			doc["timeoutInSeconds"] = d.Timeout
		}
		if d.Heartbeat > 0 {
			doc["heartbeatInSeconds"] = d.Heartbeat
		}
		return name, doc
	case taskStarted:
		return name, document{"resourceType": "lambda", "resource": d.Resource}
	case taskSubmitted, taskSucceeded:
		return name, payload(document{"resourceType": "lambda", "resource": d.Resource}, "output")
	case taskFailed, taskTimedOut:
		return name, fail(document{"resourceType": "lambda", "resource": d.Resource})
	case kindMap + stateStarted:
		return name, document{"length": len(d.Items)}
	case iterationStarted, iterationSucceeded, iterationFailed, iterationAborted:
		return name, document{"name": ev.State, "index": d.Index}
	}
	switch {
	case strings.HasSuffix(ev.Type, stateEntered):
		return "stateEnteredEventDetails", payload(document{"name": ev.State}, "input")
	case strings.HasSuffix(ev.Type, stateExited):
		return "stateExitedEventDetails", payload(document{"name": ev.State}, "output")
	}
	return "", nil
}
