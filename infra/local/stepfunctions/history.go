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
	Next   string   `json:"n,omitempty"` // private: where a StateExited leads, "" at the end
	More   *details `json:"z,omitempty"`
}

// details are what few events have: thousands of executions are in memory, so the common event is kept small.
type details struct {
	Error      string   `json:"e,omitempty"`
	Cause      string   `json:"c,omitempty"`
	Resource   string   `json:"r,omitempty"`
	Timeout    int64    `json:"to,omitempty"` // seconds
	Heartbeat  int64    `json:"hb,omitempty"` // seconds
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
	// retried is private: a failure that leaves no event of the service's, and the back-off after it.
	retried = "retried"
)

// aside reports whether the branch goes on from the event before this one: nothing names this one as its previous event.
func (ev *event) aside() bool {
	switch ev.Type {
	case retried, iterationStarted, iterationFailed, kindMap + stateSucceeded, kindParallel + stateSucceeded:
		return true
	}
	return strings.HasSuffix(ev.Type, "Aborted")
}

type document map[string]any

// wireTime is how awsJson writes an instant: seconds with three decimals.
func wireTime(ms int64) any { return float64(ms) / 1000 }

func toMillis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// document gives the event as GetExecutionHistory answers it; data says whether inputs and outputs are wanted.
func (ev *event) document(data bool) document {
	doc := document{"id": ev.ID, "previousEventId": ev.Prev, "timestamp": wireTime(ev.At), "type": ev.Type}
	if name, details := ev.detailsDocument(data); details != nil {
		doc[name] = details
	}
	return doc
}

// detailsDocument gives the member that holds the event's details, and them; nil for the events that have none.
func (ev *event) detailsDocument(data bool) (string, document) {
	name := strings.ToLower(ev.Type[:1]) + ev.Type[1:] + "EventDetails"
	d := ev.more()
	switch ev.Type {
	case executionStarted:
		return name, ev.payload(document{"roleArn": roleARN}, "input", data)
	case executionSucceeded:
		return name, ev.payload(document{}, "output", data)
	case executionFailed, executionAborted, executionTimedOut:
		return name, ev.failure(document{}, data)
	case kindMap + stateStarted:
		return name, document{"length": len(d.Items)}
	case iterationStarted, iterationSucceeded, iterationFailed, iterationAborted:
		return name, document{"name": ev.State, "index": d.Index}
	}
	switch {
	case strings.HasSuffix(ev.Type, stateEntered):
		return "stateEnteredEventDetails", ev.payload(document{"name": ev.State}, "input", data)
	case strings.HasSuffix(ev.Type, stateExited):
		return "stateExitedEventDetails", ev.payload(document{"name": ev.State}, "output", data)
	case d.Resource != "":
		return name, ev.taskDocument(data)
	}
	return "", nil
}

func (ev *event) taskDocument(data bool) document {
	d := ev.more()
	doc := document{"resourceType": "lambda", "resource": d.Resource}
	switch ev.Type {
	case taskScheduled:
		doc["region"], doc["parameters"] = Region, ev.Data
		if d.Timeout > 0 {
			doc["timeoutInSeconds"] = d.Timeout
		}
		if d.Heartbeat > 0 {
			doc["heartbeatInSeconds"] = d.Heartbeat
		}
	case taskSubmitted, taskSucceeded:
		ev.payload(doc, "output", data)
	case taskFailed, taskTimedOut:
		ev.failure(doc, data)
	}
	return doc
}

func (ev *event) payload(doc document, field string, data bool) document {
	if data {
		doc[field] = ev.Data
		doc[field+"Details"] = document{"truncated": false}
	}
	return doc
}

func (ev *event) failure(doc document, data bool) document {
	if name := ev.more().Error; name != "" {
		doc["error"] = name
	}
	if cause := ev.more().Cause; cause != "" && data {
		doc["cause"] = cause
	}
	return doc
}
