package stepfunctions_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/store"
)

// life is one run of the process over a data directory.
func life(t *testing.T, dir string, now time.Time, definition string) *world {
	t.Helper()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	w := openWorld(t, st, now)
	w.define("m", definition)
	return w
}

func (w *world) resume() *world {
	w.t.Helper()
	if err := w.engine.Resume(); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return w
}

// die ends a life with nothing said, and gives the time at which it ended.
func (w *world) die() time.Time {
	w.t.Helper()
	now := w.clock.Now()
	w.clock.Close()
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
	return now
}

func TestAWaitSurvives(t *testing.T) {
	dir := t.TempDir()
	definition := machine(`"A":{"Type":"Wait","Seconds":86400,"Next":"B"},"B":{"Type":"Pass","End":true}`)
	w := life(t, dir, epoch, definition).resume()
	w.start(`{"a":1}`)
	w.advance(20 * time.Hour)
	now := w.die()

	w = life(t, dir, now, machine(`"Z":{"Type":"Fail"},"A":{"Type":"Pass","Next":"Z"}`)).resume() // a new version of the machine
	w.wantRunning()
	w.advance(4*time.Hour - time.Millisecond)
	w.wantRunning()
	w.advance(time.Millisecond)
	w.wantOutput(`{"a":1}`)
	w.die()

	w = life(t, dir, epoch.AddDate(0, 0, 30), definition).resume() // the time passed while nothing ran
	w.wantOutput(`{"a":1}`)
	w.wantHistory("ExecutionStarted", "WaitStateEntered", "WaitStateExited", "PassStateEntered", "PassStateExited",
		"ExecutionSucceeded")
	_, err := w.client.StartExecution(t.Context(),
		&sfn.StartExecutionInput{StateMachineArn: aws.String(machineARN("m")), Name: aws.String("x")})
	wantError[*types.ExecutionAlreadyExists](t, err)
	w.advance(61 * 24 * time.Hour)
	w.die()

	w = life(t, dir, epoch.AddDate(0, 0, 100), definition).resume() // and 90 days later the name is free
	if got := w.engine.Executions(); len(got) != 0 {
		t.Fatalf("still there: %+v", got)
	}
	w.start(`{"a":2}`)
	w.wantRunning()
}

func TestAWaitThatEndedWhileNothingRan(t *testing.T) {
	dir := t.TempDir()
	definition := machine(`"A":{"Type":"Wait","Seconds":60,"End":true}`)
	w := life(t, dir, epoch, definition)
	w.start(`{}`)
	w.die()
	life(t, dir, epoch.Add(time.Hour), definition).resume().wantOutput(`{}`)
}

func TestATokenSurvives(t *testing.T) {
	dir := t.TempDir()
	definition := machine(`"A":{` + await + `,"TimeoutSeconds":7200,"HeartbeatSeconds":600,
		"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}],"End":true},
		"B":{"Type":"Pass","OutputPath":"$.Error","End":true}`)
	tokens := []string{}
	begin := func(now time.Time) *world {
		w := life(t, dir, now, definition)
		w.functions.set("f", keepTokens(t, &tokens))
		return w.resume()
	}
	w := begin(epoch)
	for _, name := range []string{"x", "silent", "slow"} {
		w.startAs("m", name, `{}`)
	}
	now := w.die()

	w = begin(now.Add(30 * time.Minute)) // the silence while nothing ran is nobody's fault
	if len(tokens) != 3 || len(w.functions.called()) != 0 {
		t.Fatalf("a submitted task is not invoked again: %q", w.functions.called())
	}
	w.wantRunning()
	if err := w.success(tokens[0], `"paid"`); err != nil {
		t.Fatal(err)
	}
	w.wantOutput(`"paid"`)
	for range 10 {
		if err := w.heartbeat(tokens[2]); err != nil {
			t.Fatal(err)
		}
		w.advance(9 * time.Minute)
	}
	outputs := []string{}
	for _, x := range w.engine.Executions() {
		outputs = append(outputs, x.Name+x.Output)
	}
	if got := strings.Join(outputs, " "); got != `silent"States.HeartbeatTimeout" slow"States.Timeout" x"paid"` {
		t.Fatal(got)
	}
	w.die()
	w = begin(epoch.Add(5 * time.Hour))
	wantError[*types.TaskTimedOut](t, w.success(tokens[0], `"again"`))
}

func TestRetriesSurvive(t *testing.T) {
	dir := t.TempDir()
	definition := machine(`"A":{` + invoke + `,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":100,"MaxAttempts":3}],"End":true}`)
	now := epoch
	var calls []string
	for range 4 { // one attempt in each life
		w := life(t, dir, now, definition)
		w.functions.set("f", failing(9, &function.Error{Type: "E", Message: "still"}))
		w.resume()
		if len(w.engine.Executions()) == 0 {
			w.start(`{}`)
		} else {
			w.advance(epoch.Add(map[int]time.Duration{1: 100, 2: 300, 3: 700}[len(calls)] * time.Second).Sub(now))
		}
		calls = append(calls, w.functions.called()...)
		if len(calls) == 4 {
			w.wantFailed("E", "still")
		} else {
			w.wantRunning()
			w.advance(50 * time.Second)
		}
		now = w.die()
	}
	if want := []string{"0s f", "1m40s f", "5m0s f", "11m40s f"}; !slices.Equal(calls, want) {
		t.Fatalf("calls %q, want %q", calls, want)
	}
}

// The process dies while a function runs: the function is invoked again, with the same token.
func TestAnInterruptedTaskIsInvokedAgain(t *testing.T) {
	for name, task := range map[string]string{"invoke": invoke, "token": await} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			definition := machine(`"A":{` + task + `,"ResultPath":null,"End":true}`)
			w := life(t, dir, epoch, definition)
			var first, second string
			running, dead := make(chan string, 1), make(chan struct{})
			w.functions.set("f", func(payload []byte) (any, error) {
				running <- string(payload)
				<-dead
				return "too late", nil
			})
			_, err := w.client.StartExecution(t.Context(), &sfn.StartExecutionInput{
				StateMachineArn: aws.String(machineARN("m")), Name: aws.String("x"), Input: aws.String(`{"in":1}`)})
			if err != nil {
				t.Fatal(err)
			}
			first = <-running
			if err := w.store.Close(); err != nil {
				t.Fatal(err)
			}

			next := life(t, dir, epoch, definition)
			next.functions.set("f", func(payload []byte) (any, error) {
				second = string(payload)
				return "done", nil
			})
			next.resume()
			if first != second || second == "" {
				t.Fatalf("invoked with %q, then with %q", first, second)
			}
			if name == "invoke" {
				next.wantOutput(`{"in":1}`)
			} else {
				next.wantRunning()
			}
			close(dead)
			w.settle()
			if _, err := w.client.ListExecutions(t.Context(),
				&sfn.ListExecutionsInput{StateMachineArn: aws.String(machineARN("m"))}); err == nil {
				t.Fatal("an engine whose store has failed must not go on")
			}
		})
	}
}

func TestBranchesSurvive(t *testing.T) {
	dir := t.TempDir()
	definition := machine(`"A":{"Type":"Parallel","End":true,"Branches":[
		{"StartAt":"M","States":{"M":{"Type":"Map","MaxConcurrency":2,"ItemSelector":{"v.$":"$$.Map.Item.Value"},"End":true,
			"ItemProcessor":{"StartAt":"W","States":{"W":{"Type":"Wait","SecondsPath":"$.v","Next":"P"},
			"P":{"Type":"Pass","Parameters":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value"},"End":true}}}}}},
		{"StartAt":"T","States":{"T":{` + await + `,"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":20}],"End":true}}}]}`)
	now := epoch
	tokens := []string{}
	for second := 0; second <= 60; second += 5 { // a new life every five seconds
		w := life(t, dir, now, definition)
		w.functions.set("f", keepTokens(t, &tokens))
		w.resume()
		switch second {
		case 0:
			w.start(`[10,20,30]`)
		case 10:
			if err := w.failure(tokens[0], "E", ""); err != nil {
				t.Fatal(err)
			}
		case 35:
			if err := w.success(tokens[1], `"done"`); err != nil {
				t.Fatal(err)
			}
		}
		if second < 40 {
			w.wantRunning()
		} else {
			w.wantOutput(`[[{"i":0,"v":10},{"i":1,"v":20},{"i":2,"v":30}],"done"]`)
		}
		w.advance(5 * time.Second)
		now = w.die()
	}
	if len(tokens) != 2 {
		t.Fatalf("%d invocations", len(tokens))
	}
}

func TestAStoreThatIsNotOurs(t *testing.T) {
	events := func(key, value string) store.Op {
		return store.Op{Bucket: "stepfunctions/history", Key: key, Value: []byte(value)}
	}
	for name, c := range map[string]struct {
		op    store.Op
		names string
	}{
		"no JSON":          {events("m/x/000001", `[{`), "m/x/000001"},
		"key":              {events("x", `[{"i":1}]`), `"x"`},
		"no definition":    {events("m/x/000001", `[{"i":1,"y":"ExecutionStarted"}]`), "definition"},
		"empty transition": {events("m/x/000001", `[]`), "m/x/000001"},
	} {
		t.Run(name, func(t *testing.T) {
			w := life(t, t.TempDir(), epoch, machine(pass))
			if err := w.store.Write(c.op); err != nil {
				t.Fatal(err)
			}
			if err := w.engine.Resume(); err == nil || !strings.Contains(err.Error(), c.names) {
				t.Fatalf("error %v, want one that names %s", err, c.names)
			}
			w.die()
		})
	}
}

func TestThousandsSleepForMonths(t *testing.T) {
	w := newWorld(t)
	w.functions.raw = func(context.Context) ([]byte, error) { return []byte(`{"next":"2026-01-01T00:00:00Z"}`), nil }
	w.define("m", machine(`"A":{"Type":"Wait","Seconds":864000,"Next":"B"},"B":{`+invoke+`,"ResultPath":"$.r","Next":"C"},
		"C":{"Type":"Choice","Choices":[{"Variable":"$$.Execution.Name","StringMatches":"*9","Next":"D"}],"Default":"A"},"D":{"Type":"Succeed"}`))
	const n = 2000
	for i := range n {
		_, err := w.client.StartExecution(t.Context(), &sfn.StartExecutionInput{
			StateMachineArn: aws.String(machineARN("m")), Name: aws.String(fmt.Sprintf("case-%05d", i)), Input: aws.String(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
	}
	w.advance(95 * 24 * time.Hour)
	if got := len(w.functions.called()); got != n/10+n*9/10*9 {
		t.Fatalf("%d calls", got)
	}
	statuses := map[string]int{}
	for _, x := range w.engine.Executions() {
		statuses[x.Status]++
	}
	if statuses["RUNNING"] != n*9/10 || statuses["SUCCEEDED"] != n/10 {
		t.Fatalf("%v", statuses)
	}
	w.advance(10 * 24 * time.Hour)
	if got := len(w.engine.Executions()); got != n*9/10 {
		t.Fatalf("%d executions are kept 95 days after a tenth of them ended", got)
	}
}

func TestATaskWhoseTimeEndedWhileNothingRan(t *testing.T) {
	dir := t.TempDir()
	definition := machine(`"A":{` + invoke + `,"TimeoutSeconds":60,"End":true}`)
	w := life(t, dir, epoch, definition)
	running, dead := make(chan struct{}), make(chan struct{})
	w.functions.set("f", func([]byte) (any, error) {
		close(running)
		<-dead
		return nil, nil
	})
	if _, err := w.startInput("x", `{}`); err != nil {
		t.Fatal(err)
	}
	<-running
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	defer close(dead)
	next := life(t, dir, epoch.Add(time.Minute), definition).resume()
	next.wantFailed("States.Timeout", "")
	if calls := next.functions.called(); len(calls) != 0 {
		t.Fatalf("it was invoked again after its time: %q", calls)
	}
}

// An attempt of a Parallel that fails leaves no event in the history, and so does a call that fails before the task is scheduled.
func TestRetriesWithoutEventsSurvive(t *testing.T) {
	for name, c := range map[string]struct {
		definition string
		history    []string
	}{
		"parallel": {machine(`"A":{"Type":"Parallel","End":true,
			"Retry":[{"ErrorEquals":["E"],"IntervalSeconds":10,"BackoffRate":1,"MaxAttempts":3}],
			"Branches":[{"StartAt":"B","States":{"B":{"Type":"Fail","Error":"E"}}}]}`),
			[]string{"ExecutionStarted<0", "ParallelStateEntered<0", "ParallelStateStarted<2", "FailStateEntered<3", "ParallelStateStarted<4",
				"FailStateEntered<5", "ParallelStateStarted<6", "FailStateEntered<7", "ParallelStateStarted<8", "FailStateEntered<9",
				"ParallelStateFailed<10", "ExecutionFailed<11"}},
		"call": {machine(`"A":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName.$":"States.Format('{}')"},
			"Retry":[{"ErrorEquals":["States.ALL"],"IntervalSeconds":10,"BackoffRate":1,"MaxAttempts":3}],"End":true}`),
			[]string{"ExecutionStarted<0", "TaskStateEntered<0", "ExecutionFailed<2"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, now := t.TempDir(), epoch
			w := life(t, dir, now, c.definition).resume()
			w.start(`{}`)
			for range 3 {
				w.wantRunning()
				w.advance(5 * time.Second)
				now = w.die()
				w = life(t, dir, now, c.definition).resume()
				w.advance(5 * time.Second)
			}
			var got []string
			for _, ev := range w.history() {
				got = append(got, fmt.Sprintf("%s<%d", ev.Type, ev.PreviousEventId))
			}
			if !slices.Equal(got, c.history) {
				t.Fatalf("history\n got %v\nwant %v", got, c.history)
			}
		})
	}
}
