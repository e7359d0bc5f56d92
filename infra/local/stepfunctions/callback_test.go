package stepfunctions_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/regua/regua/infra/local/function"
)

// keepTokens gives a function that keeps the tokens it is invoked with.
func keepTokens(t *testing.T, tokens *[]string) func([]byte) (any, error) {
	return func(payload []byte) (any, error) {
		var in struct{ Token string }
		if err := json.Unmarshal(payload, &in); err != nil || in.Token == "" {
			t.Errorf("invoked without a token: %s", payload)
		}
		*tokens = append(*tokens, in.Token)
		return "noted", nil
	}
}

func (w *world) success(token, output string) error {
	_, err := w.client.SendTaskSuccess(w.t.Context(),
		&sfn.SendTaskSuccessInput{TaskToken: aws.String(token), Output: aws.String(output)})
	return err
}

func (w *world) failure(token, name, cause string) error {
	_, err := w.client.SendTaskFailure(w.t.Context(),
		&sfn.SendTaskFailureInput{TaskToken: aws.String(token), Error: aws.String(name), Cause: aws.String(cause)})
	return err
}

func (w *world) heartbeat(token string) error {
	_, err := w.client.SendTaskHeartbeat(w.t.Context(), &sfn.SendTaskHeartbeatInput{TaskToken: aws.String(token)})
	return err
}

func wantError[E error](t *testing.T, err error) {
	t.Helper()
	var want E
	if !errors.As(err, &want) {
		t.Fatalf("got %v, want a %T", err, want)
	}
}

func waitingWorld(t *testing.T, fields string) (*world, *[]string) {
	t.Helper()
	w := newWorld(t)
	tokens := &[]string{}
	w.functions.set("f", keepTokens(t, tokens))
	states := `"A":{` + await + fields + `,"End":true}`
	if strings.Contains(fields, "Catch") {
		states += `,"B":{"Type":"Pass","End":true}`
	}
	w.define("m", machine(states))
	w.start(`{"in":1}`)
	w.wantRunning()
	return w, tokens
}

const catchAll = `,"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}]`

func TestSuccessCallback(t *testing.T) {
	w, tokens := waitingWorld(t, `,"ResultSelector":{"paid.$":"$.amount"},"ResultPath":"$.r"`+catchAll)
	w.advance(200 * 24 * time.Hour)
	w.wantRunning()
	if err := w.success((*tokens)[0], `{"amount":12345678901234567890}`); err != nil {
		t.Fatal(err)
	}
	w.wantOutput(`{"in":1,"r":{"paid":12345678901234567890}}`)
	w.wantHistory("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded",
		"TaskStateExited",
		"ExecutionSucceeded")
	if d := w.history()[4].TaskSubmittedEventDetails; aws.ToString(d.Resource) != "invoke.waitForTaskToken" ||
		!strings.Contains(aws.ToString(d.Output), "noted") {
		t.Fatalf("submitted %+v", d)
	}
	wantError[*types.TaskTimedOut](t, w.success((*tokens)[0], `{}`))
	wantError[*types.TaskTimedOut](t, w.failure((*tokens)[0], "E", ""))
	wantError[*types.TaskTimedOut](t, w.heartbeat((*tokens)[0]))
}

func TestFailureCallback(t *testing.T) {
	w, tokens := waitingWorld(t, catchAll)
	if err := w.failure((*tokens)[0], "PayRefused", "bank"); err != nil {
		t.Fatal(err)
	}
	w.wantOutput(`{"Error":"PayRefused","Cause":"bank"}`)
	wantError[*types.TaskTimedOut](t, w.success((*tokens)[0], `{}`))
}

func TestCallbackTwiceBeforeAnythingElseRuns(t *testing.T) {
	w := newWorld(t)
	tokens := []string{}
	w.functions.set("f", keepTokens(t, &tokens))
	w.define("m", machine(`"A":{`+await+`,"Next":"W"},"W":{"Type":"Wait","Seconds":60,"End":true}`))
	w.start(`{}`)
	results := make(chan error, 10)
	for range cap(results) {
		go func() { results <- w.success(tokens[0], `{"n":1}`) }()
	}
	accepted := 0
	for range cap(results) {
		if err := <-results; err == nil {
			accepted++
		} else {
			wantError[*types.TaskTimedOut](t, err)
		}
	}
	if accepted != 1 {
		t.Fatalf("%d callbacks were accepted", accepted)
	}
	w.advance(time.Minute)
	w.wantOutput(`{"n":1}`)
}

func TestBadCallbacks(t *testing.T) {
	w, tokens := waitingWorld(t, "")
	wantError[*types.InvalidOutput](t, w.success((*tokens)[0], `{"cut":`))
	wantError[*types.InvalidOutput](t, w.success((*tokens)[0], `{} {}`))
	for _, token := range []string{"x", (*tokens)[0][1:], (*tokens)[0] + "AA", "cmVndWEtdGFzay0x"} {
		wantError[*types.InvalidToken](t, w.success(token, `{}`))
		wantError[*types.InvalidToken](t, w.failure(token, "E", ""))
		wantError[*types.InvalidToken](t, w.heartbeat(token))
	}
	elsewhere, others := waitingWorld(t, "")
	elsewhere.startAs("m", "other", `{}`)
	wantError[*types.TaskDoesNotExist](t, w.success((*others)[1], `{}`))
	w.wantRunning()
	if err := w.success((*tokens)[0], `null`); err != nil {
		t.Fatal(err)
	}
	w.wantOutput(`null`)
}

func TestTaskTimeoutBeatsALateCallback(t *testing.T) {
	w, tokens := waitingWorld(t, `,"TimeoutSeconds":60,"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"B"}]`)
	w.advance(time.Minute - time.Millisecond)
	w.wantRunning()
	w.advance(time.Millisecond)
	w.wantOutput(`{"Error":"States.Timeout","Cause":""}`)
	wantError[*types.TaskTimedOut](t, w.success((*tokens)[0], `{}`))
	w.wantHistory("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskTimedOut",
		"TaskStateExited",
		"PassStateEntered", "PassStateExited", "ExecutionSucceeded")
}

func TestHeartbeats(t *testing.T) {
	w, tokens := waitingWorld(t, `,"HeartbeatSeconds":10,"TimeoutSeconds":100`+catchAll)
	for range 5 {
		w.advance(9 * time.Second)
		if err := w.heartbeat((*tokens)[0]); err != nil {
			t.Fatal(err)
		}
	}
	w.advance(10*time.Second - time.Millisecond)
	w.wantRunning()
	w.advance(time.Millisecond)
	w.wantOutput(`{"Error":"States.HeartbeatTimeout","Cause":""}`)
	wantError[*types.TaskTimedOut](t, w.heartbeat((*tokens)[0]))
}

func TestHeartbeatsDoNotProlongTheTimeout(t *testing.T) {
	w, tokens := waitingWorld(t, `,"HeartbeatSeconds":10,"TimeoutSeconds":25,"Catch":[{"ErrorEquals":["States.Timeout"],"Next":"B"}]`)
	for range 3 {
		w.advance(8 * time.Second)
		if err := w.heartbeat((*tokens)[0]); err != nil {
			t.Fatal(err)
		}
	}
	w.advance(time.Second)
	w.wantOutput(`{"Error":"States.Timeout","Cause":""}`)
}

func TestSilenceIsATimeoutToo(t *testing.T) {
	w, _ := waitingWorld(t, `,"HeartbeatSeconds":10,"Catch":[{"ErrorEquals":["States.TaskFailed"],"Next":"B"},
		{"ErrorEquals":["States.Timeout"],"ResultPath":"$.e","Next":"B"}]`)
	w.advance(10 * time.Second)
	w.wantOutput(`{"in":1,"e":{"Error":"States.HeartbeatTimeout","Cause":""}}`)
}

func TestStopWhileWaiting(t *testing.T) {
	w, tokens := waitingWorld(t, catchAll)
	stop := &sfn.StopExecutionInput{ExecutionArn: aws.String(executionARN("m",
		"x")), Error: aws.String("Enough"), Cause: aws.String("staff")}
	w.advance(time.Minute)
	out, err := w.client.StopExecution(t.Context(), stop)
	if err != nil || out.StopDate.Sub(epoch) != time.Minute {
		t.Fatal(out, err)
	}
	wantError[*types.TaskTimedOut](t, w.success((*tokens)[0], `{}`))
	got := w.describe()
	if got.Status != types.ExecutionStatusAborted || aws.ToString(got.Error) != "Enough" || aws.ToString(got.Cause) != "staff" {
		t.Fatal(outcome(got))
	}
	w.advance(time.Minute)
	if out, err = w.client.StopExecution(t.Context(), stop); err != nil || out.StopDate.Sub(epoch) != time.Minute {
		t.Fatal("stopping again changes nothing", out, err)
	}
	w.wantHistory("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "ExecutionAborted")
}

func TestEachAttemptHasItsOwnToken(t *testing.T) {
	w, tokens := waitingWorld(t, `,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":30}]`)
	if err := w.failure((*tokens)[0], "E", ""); err != nil {
		t.Fatal(err)
	}
	wantError[*types.TaskTimedOut](t, w.success((*tokens)[0], `{}`))
	w.advance(30 * time.Second)
	if len(*tokens) != 2 || (*tokens)[0] == (*tokens)[1] {
		t.Fatalf("tokens %q", *tokens)
	}
	wantError[*types.TaskTimedOut](t, w.success((*tokens)[0], `"old"`))
	if err := w.success((*tokens)[1], `"new"`); err != nil {
		t.Fatal(err)
	}
	w.wantOutput(`"new"`)
}

// The function itself calls back, or stops its own execution, before it returns.
func TestCallsFromInsideTheFunction(t *testing.T) {
	for name, c := range map[string]struct {
		call func(w *world, token string) error
		err  error
		want string
	}{
		"success": {func(w *world, token string) error { return w.success(token, `"inside"`) }, nil, `"inside"`},
		"success and a crash": {func(w *world, token string) error { return w.success(token, `"inside"`) },
			&function.Error{Type: "Crash"}, `"inside"`},
		"failure": {func(w *world, token string) error {
			return w.failure(token, "In",
				"side")
		}, nil, `{"Error":"In","Cause":"side"}`},
		"heartbeat": {func(w *world, token string) error { return w.heartbeat(token) },
			&function.Error{Type: "Lambda.X", Message: "y"}, `{"Error":"Lambda.X","Cause":"y"}`},
		"stop": {func(w *world, _ string) error {
			_, err := w.client.StopExecution(w.t.Context(), &sfn.StopExecutionInput{ExecutionArn: aws.String(executionARN("m", "x"))})
			return err
		}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tokens := []string{}
			keep := keepTokens(t, &tokens)
			w.functions.set("f", func(payload []byte) (any, error) {
				if _, err := keep(payload); err != nil {
					return nil, err
				}
				if err := c.call(w, tokens[0]); err != nil {
					t.Error(err)
				}
				return nil, c.err
			})
			w.define("m", machine(`"A":{`+await+catchAll+`,"End":true},"B":{"Type":"Succeed"}`))
			w.start(`{}`)
			if c.want == "" {
				if out := w.describe(); out.Status != types.ExecutionStatusAborted {
					t.Fatal(outcome(out))
				}
				return
			}
			w.wantOutput(c.want)
		})
	}
}
