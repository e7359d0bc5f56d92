package stepfunctions

import (
	"strings"
	"time"

	"github.com/regua/regua/infra/local/wire"
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
	failure
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
	iteration          = "MapIteration" // before the next four
	iterationStarted   = iteration + "Started"
	iterationSucceeded = iteration + "Succeeded"
	iterationFailed    = iteration + "Failed"
	iterationAborted   = iteration + "Aborted"
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

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// document gives the event as GetExecutionHistory answers it; data says whether inputs and outputs are wanted.
func (ev *event) document(data bool) document {
	more, d := ev.more(), document{}
	name, field := strings.ToLower(ev.Type[:1])+ev.Type[1:], "" // the member of the details, and the one for Data in it
	switch {
	case ev.Type == executionStarted:
		d["roleArn"], field = roleARN, "input"
	case ev.Type == executionSucceeded:
		field = "output"
	case strings.HasSuffix(ev.Type, stateEntered):
		d["name"], name, field = ev.State, "stateEntered", "input"
	case strings.HasSuffix(ev.Type, stateExited):
		d["name"], name, field = ev.State, "stateExited", "output"
	case ev.Type == kindMap+stateStarted:
		d["length"] = len(more.Items)
	case strings.HasPrefix(ev.Type, iteration):
		d["name"], d["index"] = ev.State, more.Index
	case more.Resource != "":
		field = ev.taskDocument(d)
	}
	if field != "" && data {
		d[field], d[field+"Details"] = ev.Data, document{"truncated": false}
	}
	if !strings.HasSuffix(ev.Type, stateFailed) {
		d.failure(more.failure, data)
	}
	doc := document{"id": ev.ID, "previousEventId": ev.Prev, "timestamp": wireTime(ev.At), "type": ev.Type}
	if len(d) > 0 || statusAfter[ev.Type] != "" {
		doc[name+"EventDetails"] = d
	}
	return doc
}

// taskDocument fills in the details of a task's event and gives the member for its Data.
func (ev *event) taskDocument(d document) string {
	more := ev.more()
	d["resourceType"], d["resource"] = "lambda", more.Resource
	switch ev.Type {
	case taskScheduled:
		d["region"], d["parameters"] = wire.Region, ev.Data
		if more.Timeout > 0 {
			d["timeoutInSeconds"] = more.Timeout
		}
		if more.Heartbeat > 0 {
			d["heartbeatInSeconds"] = more.Heartbeat
		}
	case taskSubmitted, taskSucceeded:
		return "output"
	}
	return ""
}

func (d document) failure(f failure, data bool) {
	if f.Error != "" {
		d["error"] = f.Error
	}
	if f.Cause != "" && data {
		d["cause"] = f.Cause
	}
}
