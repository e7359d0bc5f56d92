package stepfunctions_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/store"
)

// failing gives a function that fails with the error the first n times, and then answers "ok".
func failing(n int, err error) func([]byte) (any, error) {
	made := 0
	return func([]byte) (any, error) {
		if made++; made <= n {
			return nil, err
		}
		return "ok", nil
	}
}

func TestRetryTimes(t *testing.T) {
	for name, c := range map[string]struct {
		retry string
		fails int
		calls []string
	}{
		"defaults": {`{"ErrorEquals":["E"]}`, 3, []string{"0s", "1s", "3s", "7s"}},
		"backoff": {`{"ErrorEquals":["E"],"IntervalSeconds":10,"BackoffRate":1.5,"MaxAttempts":4}`, 4, []string{"0s",
			"10s", "25s", "47.5s", "1m21.25s"}},
		"no backoff": {`{"ErrorEquals":["X","E"],"IntervalSeconds":60,"BackoffRate":1,"MaxAttempts":2}`, 2, []string{"0s",
			"1m0s", "2m0s"}},
		"longest delay": {`{"ErrorEquals":["States.ALL"],"IntervalSeconds":10,"MaxDelaySeconds":25,"MaxAttempts":4}`, 4,
			[]string{"0s", "10s", "30s", "55s", "1m20s"}},
		"exhausted":           {`{"ErrorEquals":["E"],"MaxAttempts":1},{"ErrorEquals":["States.ALL"]}`, 9, []string{"0s", "1s"}},
		"never":               {`{"ErrorEquals":["E"],"MaxAttempts":0}`, 9, []string{"0s"}},
		"another name":        {`{"ErrorEquals":["X"]}`, 9, []string{"0s"}},
		"task failed":         {`{"ErrorEquals":["States.TaskFailed"],"MaxAttempts":1}`, 1, []string{"0s", "1s"}},
		"timeout is no match": {`{"ErrorEquals":["States.Timeout"]}`, 9, []string{"0s"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.functions.set("f", failing(c.fails, &function.Error{Type: "E", Message: "no"}))
			w.define("m", machine(`"A":{`+invoke+`,"Retry":[`+c.retry+`],"OutputPath":"$.Payload","End":true}`))
			w.start(`{}`)
			w.advance(time.Hour)
			var want []string
			for _, at := range c.calls {
				want = append(want, at+" f")
			}
			if got := w.functions.called(); strings.Join(got, ", ") != strings.Join(want, ", ") {
				t.Fatalf("calls %q, want %q", got, want)
			}
			if len(c.calls) == c.fails+1 {
				w.wantOutput(`"ok"`)
			} else {
				w.wantFailed("E", `{"errorMessage":"no","errorType":"E"}`)
			}
		})
	}
}

func TestRetryHistoryAndCount(t *testing.T) {
	w := newWorld(t)
	w.functions.set("f", failing(1, errors.New("host is gone")))
	w.define("m", machine(`"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","TimeoutSeconds":30,"HeartbeatSeconds":3,
		"Parameters":{"FunctionName":"arn:aws:lambda:us-east-1:000000000000:function:f:live","Payload":{"n.$":"$$.State.RetryCount"}},
		"Retry":[{"ErrorEquals":["Lambda.ServiceException"]}],"ResultSelector":{"p.$":"$.Payload"},"ResultPath":"$.a","End":true}`))
	w.start(`{}`)
	w.advance(time.Second)
	w.wantOutput(`{"a":{"p":"ok"}}`)
	w.wantHistory("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed", "TaskScheduled", "TaskStarted",
		"TaskSucceeded", "TaskStateExited", "ExecutionSucceeded")
	events := w.history()
	if d := events[4].TaskFailedEventDetails; aws.ToString(d.Error) != "Lambda.ServiceException" ||
		aws.ToString(d.Cause) != "host is gone" {
		t.Fatalf("the failure is %+v", d)
	}
	again := events[5].TaskScheduledEventDetails
	wantJSON(t, aws.ToString(again.Parameters),
		`{"FunctionName":"arn:aws:lambda:us-east-1:000000000000:function:f:live","Payload":{"n":1}}`)
	if aws.ToInt64(again.TimeoutInSeconds) != 30 || aws.ToInt64(again.HeartbeatInSeconds) != 3 ||
		aws.ToString(again.Resource) != "invoke" {
		t.Fatalf("scheduled as %+v", again)
	}
}

func TestEachRetrierCountsItself(t *testing.T) {
	w := newWorld(t)
	names := []string{"E", "F", "E", "F", "E"}
	w.functions.set("f", func([]byte) (any, error) {
		name := names[0]
		names = names[1:]
		return nil, &function.Error{Type: name}
	})
	w.define("m", machine(`"A":{`+invoke+`,"Retry":[{"ErrorEquals":["E"],"MaxAttempts":2},
		{"ErrorEquals":["F"],"IntervalSeconds":100,"MaxAttempts":2}],"End":true}`))
	w.start(`{}`)
	w.advance(time.Hour)
	if got := strings.Join(w.functions.called(), ","); got != "0s f,1s f,1m41s f,1m43s f,5m3s f" {
		t.Fatal(got)
	}
	w.wantFailed("E", "errorType")
}

func TestJitterIsReplayableAndBounded(t *testing.T) {
	run := func(name string) string {
		w := newWorld(t)
		w.functions.set("f", failing(99, &function.Error{Type: "E"}))
		w.define("m", machine(`"A":{`+invoke+`,"End":true,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":100,"BackoffRate":1,
			"MaxAttempts":5,"JitterStrategy":"FULL"}]}`))
		w.startAs("m", name, `{}`)
		w.advance(time.Hour)
		last := time.Duration(0)
		calls := w.functions.called()
		if len(calls) != 6 {
			t.Fatalf("calls %q", calls)
		}
		for _, call := range calls {
			at, _ := time.ParseDuration(strings.Fields(call)[0])
			if at-last > 100*time.Second {
				t.Fatalf("a delay of %s is longer than the interval", at-last)
			}
			last = at
		}
		return strings.Join(calls, ",")
	}
	if a, b := run("x"), run("x"); a != b {
		t.Fatalf("the same execution drew %s and %s", a, b)
	}
	if a, b := run("x"), run("y"); a == b {
		t.Fatalf("two executions drew the same delays %s", a)
	}
}

func TestCatch(t *testing.T) {
	const error1 = `{"Error":"E","Cause":"{\"errorMessage\":\"no\",\"errorType\":\"E\"}"}`
	for name, c := range map[string]struct {
		err    string
		catch  string
		output string // "" when nothing catches it
	}{
		"by name":     {"E", `{"ErrorEquals":["X","E"],"Next":"B"}`, error1},
		"result path": {"E", `{"ErrorEquals":["E"],"ResultPath":"$.why","Next":"B"}`, `{"in":1,"why":` + error1 + `}`},
		"no result":   {"E", `{"ErrorEquals":["E"],"ResultPath":null,"Next":"B"}`, `{"in":1}`},
		"first wins": {"E", `{"ErrorEquals":["E"],"ResultPath":null,"Next":"B"},{"ErrorEquals":["States.ALL"],"Next":"B"}`,
			`{"in":1}`},
		"all": {"Lambda.Unknown", `{"ErrorEquals":["States.ALL"],"ResultPath":"$","Next":"B"}`,
			`{"Error":"Lambda.Unknown","Cause":"no"}`},
		"task failed":     {"E", `{"ErrorEquals":["States.TaskFailed"],"ResultPath":null,"Next":"B"}`, `{"in":1}`},
		"another":         {"E", `{"ErrorEquals":["e"],"Next":"B"}`, ""},
		"not the runtime": {"States.Runtime", `{"ErrorEquals":["States.ALL"],"Next":"B"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.functions.set("f", failing(9, &function.Error{Type: c.err, Message: "no"}))
			w.define("m", machine(`"A":{`+invoke+`,"Catch":[`+c.catch+`],"End":true},"B":{"Type":"Pass","End":true}`))
			w.start(`{"in":1}`)
			if c.output == "" {
				w.wantFailed(c.err, "no")
				return
			}
			w.wantOutput(c.output)
			w.wantHistory("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskFailed", "TaskStateExited",
				"PassStateEntered", "PassStateExited", "ExecutionSucceeded")
		})
	}
}

func TestRetryThenCatch(t *testing.T) {
	w := newWorld(t)
	w.functions.set("f", failing(9, &function.Error{Type: "E"}))
	w.define("m", machine(`"A":{`+invoke+`,"Retry":[{"ErrorEquals":["States.ALL"],"MaxAttempts":2}],
		"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":null,"Next":"B"}],"End":true},"B":{"Type":"Succeed"}`))
	w.start(`{}`)
	w.advance(2999 * time.Millisecond)
	w.wantRunning()
	w.advance(time.Millisecond)
	w.wantOutput(`{}`)
}

func TestFailureInAParallel(t *testing.T) {
	w := newWorld(t)
	w.functions.set("f", failing(1, &function.Error{Type: "E"}))
	w.define("m", machine(`"A":{"Type":"Parallel","Retry":[{"ErrorEquals":["E"],"IntervalSeconds":5}],"End":true,"Branches":[
		{"StartAt":"B","States":{"B":{"Type":"Wait","Seconds":1000,"End":true}}},
		{"StartAt":"C","States":{"C":{`+invoke+`,"OutputPath":"$.Payload","End":true}}}]}`))
	w.start(`{}`)
	w.wantHistory("ExecutionStarted", "ParallelStateEntered", "ParallelStateStarted", "WaitStateEntered", "TaskStateEntered",
		"TaskScheduled",
		"TaskStarted", "TaskFailed", "TaskStateAborted", "WaitStateAborted") // and no ParallelStateFailed before another attempt
	w.advance(5*time.Second + 999*time.Second)
	w.wantRunning()
	w.advance(time.Second)
	w.wantOutput(`[{},"ok"]`)
}

func TestFailureInAMap(t *testing.T) {
	w := newWorld(t)
	w.functions.set("f", func(payload []byte) (any, error) {
		if string(payload) == "2" {
			return nil, &function.Error{Type: "Bad", Message: "two"}
		}
		return "fine", nil
	})
	w.define("m", machine(`"A":{"Type":"Map","MaxConcurrency":2,"Catch":[{"ErrorEquals":["Bad"],"ResultPath":"$[0]","Next":"Z"}],"End":true,
		"ItemProcessor":{"StartAt":"B","States":{"B":{`+invoke+`,"Next":"W"},"W":{"Type":"Wait","Seconds":10,"End":true}}}},
		"Z":{"Type":"Pass","Parameters":{"error.$":"$[0].Error"},"End":true}`))
	w.start(`[1,2,3]`)
	w.wantOutput(`{"error":"Bad"}`)
	w.wantHistory("ExecutionStarted", "MapStateEntered", "MapStateStarted", "MapIterationStarted", "MapIterationStarted",
		"TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
		"TaskSucceeded", "TaskStateExited", "WaitStateEntered", "TaskFailed", "MapIterationFailed", "TaskStateAborted",
		"MapIterationAborted", "WaitStateAborted",
		"MapStateFailed", "MapStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded")
	w.advance(time.Hour)
	if calls := w.functions.called(); len(calls) != 2 {
		t.Fatalf("nothing of the map may go on: %q", calls)
	}
	if d := w.history()[2].MapStateStartedEventDetails; d.Length != 3 {
		t.Fatalf("map of %d", d.Length)
	}
}

func TestARuntimeErrorInABranchFailsTheExecution(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(`"A":{"Type":"Parallel","Catch":[{"ErrorEquals":["States.ALL"],"Next":"Z"}],"End":true,"Branches":[
		{"StartAt":"B","States":{"B":{"Type":"Pass","InputPath":"$.no","End":true}}}]},"Z":{"Type":"Succeed"}`))
	w.start(`{}`)
	w.wantFailed("States.Runtime", "state 'B' (entered at the event id #4)")
}

func TestMachineTimeoutAndTheYear(t *testing.T) {
	for name, c := range map[string]struct {
		timeout string
		after   time.Duration
	}{
		"own":  {`"TimeoutSeconds":600,`, 10 * time.Minute},
		"year": {``, 365 * 24 * time.Hour},
		"more": {`"TimeoutSeconds":99999999,`, 365 * 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.define("m", `{`+c.timeout+`"StartAt":"A","States":{"A":{"Type":"Wait","Seconds":99999999,"End":true}}}`)
			w.start(`{}`)
			w.advance(c.after - time.Millisecond)
			w.wantRunning()
			w.advance(time.Millisecond)
			out := w.describe()
			if out.Status != types.ExecutionStatusTimedOut || aws.ToString(out.Error) != "States.Timeout" ||
				out.StopDate.Sub(epoch) != c.after {
				t.Fatal(outcome(out))
			}
			w.wantHistory("ExecutionStarted", "WaitStateEntered", "ExecutionTimedOut")
		})
	}
}

func TestAFunctionThatIsLate(t *testing.T) {
	w := clockWorld(t, store.Memory(), clock.Real())
	w.functions.wait = true
	w.define("m", machine(`"A":{`+invoke+`,"TimeoutSecondsPath":"$.limit",
		"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"B"}],"End":true},"B":{"Type":"Succeed"}`))
	w.start(`{"limit":1}`)
	w.wantOutput(`{"Error":"States.Timeout","Cause":""}`)
	for _, bad := range []string{`{}`, `{"limit":0}`, `{"limit":"1"}`} {
		w.startAs("m", fmt.Sprintf("bad-%d", len(bad)), bad)
	}
	for _, x := range w.engine.Executions()[1:] {
		if x.Error != "States.Runtime" || (!strings.Contains(x.Cause, "TimeoutSecondsPath") && !strings.Contains(x.Cause, "path '$.limit'")) {
			t.Fatalf("%+v", x)
		}
	}
}

func TestAnAnswerThatIsNoJSON(t *testing.T) {
	w := newWorld(t)
	w.functions.raw = func(context.Context) ([]byte, error) { return []byte(`{"cut":`), nil }
	w.define("m", machine(`"A":{`+invoke+`,"End":true}`))
	w.start(`{}`)
	w.wantFailed("Lambda.Unknown", "not JSON")
	w.functions.raw = func(context.Context) ([]byte, error) { return nil, nil }
	w.startAs("m", "empty", `{}`)
	if got := w.engine.Executions()[0]; got.Output != `{"ExecutedVersion":"$LATEST","Payload":null,"StatusCode":200}` {
		t.Fatalf("%+v", got)
	}
}

func TestErrorsOfTheInvocationItself(t *testing.T) {
	definition := func(parameters, catch string) string {
		return machine(`"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{` + parameters + `},"End":true,
			"Catch":[{"ErrorEquals":["States.ALL"],"ResultPath":"` + catch + `","Next":"B"}]},"B":{"Type":"Pass","End":true}`)
	}
	for name, c := range map[string]struct{ definition, output, err string }{
		"no such function": {definition(`"FunctionName":"g"`, "$"), `{"Error":"Lambda.ResourceNotFoundException","Cause":"no function g"}`, ""},
		"no name": {definition(`"FunctionName.$":"$.n"`, "$"),
			`{"Error":"Lambda.ValidationException","Cause":"FunctionName must be a text"}`, ""},
		"no parameter":        {definition(`"FunctionName.$":"$.none"`, "$"), "", "States.Runtime"},
		"intrinsic":           {definition(`"FunctionName.$":"States.StringToJson('{')"`, "$.n.e"), "", "States.ResultPathMatchFailure"},
		"caught nowhere else": {definition(`"FunctionName":"g"`, "$.n.e"), "", "States.ResultPathMatchFailure"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.define("m", c.definition)
			w.start(`{"n":1}`)
			if c.err != "" {
				w.wantFailed(c.err, "")
				return
			}
			w.wantOutput(c.output)
		})
	}
}

// The machines' Retry names Lambda's refusals with the service's name, which the function host leaves out.
func TestRefusalsOfTheFunctionHostCarryTheServicesName(t *testing.T) {
	for _, name := range []string{"TooManyRequestsException", "ResourceNotFoundException", "RequestTooLargeException"} {
		w := newWorld(t)
		w.functions.raw = func(context.Context) ([]byte, error) { return nil, &function.Error{Type: name, Message: "refused"} }
		w.define("m", machine(`"A":{`+invoke+`,"End":true}`))
		w.start(`{}`)
		w.wantFailed("Lambda."+name, "refused")
	}
}
