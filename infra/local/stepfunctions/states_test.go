package stepfunctions_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestTaskWaitChoice(t *testing.T) {
	w := newWorld(t)
	w.functions.set("f", func(payload []byte) (any, error) {
		wantJSON(t, string(payload), `{"n":1}`)
		return map[string]any{"doubled": 2}, nil
	})
	w.define("m", machine(`"A":{`+invoke+`,"OutputPath":"$.Payload","Next":"W"},
		"W":{"Type":"Wait","Seconds":3600,"Next":"C"},
		"C":{"Type":"Choice","Choices":[{"Variable":"$.doubled","NumericEquals":2,"Next":"S"}],"Default":"F"},
		"S":{"Type":"Succeed"},"F":{"Type":"Fail","Error":"No","Cause":"not two"}`))
	w.start(`{"n":1}`)
	w.wantRunning()
	if got := w.engine.Executions()[0]; got.State != "W" || !got.Since.Equal(epoch) || !got.Until.Equal(epoch.Add(time.Hour)) {
		t.Fatalf("the page would show %+v", got)
	}
	w.advance(time.Hour - time.Millisecond)
	w.wantRunning()
	w.advance(time.Millisecond)
	w.wantOutput(`{"doubled":2}`)
	w.wantHistory("ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
		"WaitStateEntered", "WaitStateExited", "ChoiceStateEntered", "ChoiceStateExited", "SucceedStateEntered", "SucceedStateExited",
		"ExecutionSucceeded")
	events := w.history()
	wantJSON(t, aws.ToString(events[2].TaskScheduledEventDetails.Parameters), `{"FunctionName":"f","Payload":{"n":1}}`)
	wantJSON(t, aws.ToString(events[4].TaskSucceededEventDetails.Output),
		`{"ExecutedVersion":"$LATEST","Payload":{"doubled":2},"StatusCode":200}`)
	if exit := events[7]; exit.PreviousEventId != 7 || exit.Timestamp.Sub(epoch) != time.Hour ||
		aws.ToString(exit.StateExitedEventDetails.Name) != "W" {
		t.Fatalf("the exit of the wait is %+v", exit)
	}
}

// What a state does not change goes through it as it was written.
func TestUntouchedText(t *testing.T) {
	w := newWorld(t)
	w.functions.set("f", func([]byte) (any, error) { return 1, nil })
	w.define("m", machine(`"A":{"Type":"Wait","Seconds":1,"Next":"B"},"B":{`+invoke+`,"ResultPath":null,"Next":"C"},
		"C":{"Type":"Choice","Choices":[{"Variable":"$.b","IsPresent":true,"Next":"D"}]},"D":{"Type":"Succeed"}`))
	const input = `{"b": 1.0, "a": "\u00e7"}`
	w.start(input)
	w.advance(time.Second)
	if got := aws.ToString(w.describe().Output); got != input {
		t.Fatalf("%s became %s", input, got)
	}
}

// Each case is the states of a machine that begins at A, its input, and its output.
func TestDataFlow(t *testing.T) {
	for name, c := range map[string]struct{ states, input, output string }{
		"pass keeps its input": {`"A":{"Type":"Pass","End":true}`, `{"a":1.50}`, `{"a":1.50}`},
		"pass result":          {`"A":{"Type":"Pass","Result":{"r":[1]},"End":true}`, `{}`, `{"r":[1]}`},
		"pass null result":     {`"A":{"Type":"Pass","Result":null,"End":true}`, `{}`, `null`},
		"result path adds": {`"A":{"Type":"Pass","Result":7,"ResultPath":"$.x.y","End":true}`, `{"a":1}`,
			`{"a":1,"x":{"y":7}}`},
		"result path replaces": {`"A":{"Type":"Pass","Result":7,"ResultPath":"$.x[1]","End":true}`, `{"x":[1,2,3]}`,
			`{"x":[1,7,3]}`},
		"result path null": {`"A":{"Type":"Pass","Result":7,"ResultPath":null,"End":true}`, `{"a":1}`, `{"a":1}`},
		"input path":       {`"A":{"Type":"Pass","InputPath":"$['a b'][1].c","End":true}`, `{"a b":[0,{"c":"x"}]}`, `"x"`},
		"input path null":  {`"A":{"Type":"Pass","InputPath":null,"End":true}`, `{"a":1}`, `{}`},
		"output path":      {`"A":{"Type":"Pass","OutputPath":"$.a","End":true}`, `{"a":{"b":1}}`, `{"b":1}`},
		"output path null": {`"A":{"Type":"Pass","OutputPath":null,"End":true}`, `{"a":1}`, `{}`},
		"result goes into the raw input": {`"A":{"Type":"Pass","InputPath":"$.a","ResultPath":"$.r","End":true}`, `{"a":{"b":1}}`,
			`{"a":{"b":1},"r":{"b":1}}`},
		"parameters": {`"A":{"Type":"Pass","Parameters":{"k":"v","n":{"d.$":"$.a"},"l":[{"e.$":"$.a"},2]},"End":true}`,
			`{"a":[1]}`, `{"k":"v","n":{"d":[1]},"l":[{"e":[1]},2]}`},
		"context": {`"A":{"Type":"Pass","Parameters":{"id.$":"$$.Execution.Id","name.$":"$$.Execution.Name","in.$":"$$.Execution.Input.a",
			"at.$":"$$.Execution.StartTime","state.$":"$$.State.Name","entered.$":"$$.State.EnteredTime","retries.$":"$$.State.RetryCount",
			"machine.$":"$$.StateMachine.Name"},"End":true}`, `{"a":1}`,
			`{"id":"` + executionARN("m", "x") + `","name":"x","in":1,"at":"2026-03-01T12:00:00.000Z","state":"A",
			"entered":"2026-03-01T12:00:00.000Z","retries":0,"machine":"m"}`},
		"intrinsics": {`"A":{"Type":"Pass","Parameters":{"f.$":"States.Format('{}-\\{{}\\} it\\'s {}', $.t, 7, $.o)",
			"m.$":"States.MathAdd($.n, -1)","a.$":"States.Array($.t, 'x', true, null, States.MathAdd(1,2), $['a,b)'])",
			"j.$":"States.StringToJson($.s)","s.$":"States.JsonToString($.o)","e.$":"States.Array()"},"End":true}`,
			`{"t":"text","n":41,"o":{"k":"<&>"},"s":"{\"q\":[1]}","a,b)":5}`,
			`{"f":"text-{7} it's {\"k\":\"<&>\"}","m":40,"a":["text","x",true,null,3,5],"j":{"q":[1]},"s":"{\"k\":\"<&>\"}","e":[]}`},
		"succeed": {`"A":{"Type":"Succeed","InputPath":"$.a","OutputPath":"$.b"}`, `{"a":{"b":3}}`, `3`},
		"choice": {`"A":{"Type":"Choice","InputPath":"$.a","OutputPath":"$.b","Choices":[{"Variable":"$.b","IsPresent":true,"Next":"B"}]},
			"B":{"Type":"Pass","End":true}`, `{"a":{"b":3}}`, `3`},
		"parallel": {`"A":{"Type":"Parallel","InputPath":"$.a","ResultPath":"$.r","End":true,"Branches":[
			{"StartAt":"B","States":{"B":{"Type":"Pass","Next":"C"},"C":{"Type":"Pass","Result":"c","End":true}}},
			{"StartAt":"D","States":{"D":{"Type":"Pass","End":true}}}]}`, `{"a":1}`, `{"a":1,"r":["c",1]}`},
		"parallel in parallel": {`"A":{"Type":"Parallel","ResultSelector":{"first.$":"$[0]"},"End":true,"Branches":[
			{"StartAt":"B","States":{"B":{"Type":"Parallel","End":true,"Branches":[
				{"StartAt":"C","States":{"C":{"Type":"Succeed"}}},{"StartAt":"D","States":{"D":{"Type":"Pass","Result":4,"End":true}}}]}}}]}`,
			`3`, `{"first":[3,4]}`},
		"map": {`"A":{"Type":"Map","ItemsPath":"$.l","MaxConcurrency":2,"ResultPath":"$.r","End":true,
			"ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}}`,
			`{"l":[1,"two",null]}`, `{"l":[1,"two",null],"r":[1,"two",null]}`},
		"map with selector": {`"A":{"Type":"Map","ItemsPath":"$.l",
			"ItemSelector":{"i.$":"$$.Map.Item.Index","v.$":"$$.Map.Item.Value","k.$":"$.k"},
			"End":true,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","End":true,
			"Parameters":{"in.$":"$","value.$":"$$.Map.Item.Value","index.$":"$$.Map.Item.Index"}}}}}`,
			`{"l":["a","b"],"k":9}`,
			`[{"in":{"i":0,"v":"a","k":9},"value":"a","index":0},{"in":{"i":1,"v":"b","k":9},"value":"b","index":1}]`},
		"empty map": {`"A":{"Type":"Map","End":true,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}}`, `[]`,
			`[]`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.define("m", machine(c.states))
			w.start(c.input)
			w.wantOutput(c.output)
		})
	}
}

func TestWhatFailsAnExecution(t *testing.T) {
	only := func(rule string) string {
		return `"A":{"Type":"Choice","Choices":[{` + rule + `,"Next":"B"}]},"B":{"Type":"Succeed"}`
	}
	mapOf := func(field string) string {
		return `"A":{"Type":"Map",` + field + `,"End":true,"ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Pass","End":true}}}}`
	}
	for name, c := range map[string]struct{ states, input, err, cause string }{
		"fail":      {`"A":{"Type":"Fail","Error":"E","Cause":"why"}`, `{}`, "E", "why"},
		"bare fail": {`"A":{"Type":"Fail"}`, `{}`, "", ""},
		"input path": {`"A":{"Type":"Pass","InputPath":"$.no","End":true}`, `{}`, "States.Runtime",
			"state 'A' (entered at the event id #2)"},
		"output path": {`"A":{"Type":"Pass","OutputPath":"$.no","End":true}`, `{}`, "States.Runtime", "$.no"},
		"parameters": {`"A":{"Type":"Pass","Parameters":{"x.$":"$.no"},"End":true}`, `{}`, "States.Runtime",
			"'$.no' specified for the field 'x.$'"},
		"context": {`"A":{"Type":"Pass","Parameters":{"x.$":"$$.Map.Item.Index"},"End":true}`, `{}`, "States.Runtime", "$$.Map"},
		"result path": {`"A":{"Type":"Pass","Result":1,"ResultPath":"$.a.b","End":true}`, `{"a":1}`,
			"States.ResultPathMatchFailure", "$.a.b"},
		"result index": {`"A":{"Type":"Pass","Result":1,"ResultPath":"$.a[3]","End":true}`, `{"a":[1]}`,
			"States.ResultPathMatchFailure", "3"},
		"format too few": {`"A":{"Type":"Pass","Parameters":{"x.$":"States.Format('{}{}', 1)"},"End":true}`, `{}`,
			"States.IntrinsicFailure", "arguments"},
		"format too many": {`"A":{"Type":"Pass","Parameters":{"x.$":"States.Format('', 1)"},"End":true}`, `{}`,
			"States.IntrinsicFailure", "arguments"},
		"format no text": {`"A":{"Type":"Pass","Parameters":{"x.$":"States.Format($)"},"End":true}`, `1`, "States.IntrinsicFailure",
			"argument 1"},
		"add a text": {`"A":{"Type":"Pass","Parameters":{"x.$":"States.MathAdd('1', 1)"},"End":true}`, `{}`,
			"States.IntrinsicFailure", "argument 1"},
		"add too much": {`"A":{"Type":"Pass","Parameters":{"x.$":"States.MathAdd(3000000000, 1)"},"End":true}`, `{}`,
			"States.IntrinsicFailure", "argument 1"},
		"bad JSON": {`"A":{"Type":"Pass","Parameters":{"x.$":"States.StringToJson('{')"},"End":true}`, `{}`,
			"States.IntrinsicFailure", "JSON"},
		"no JSON text": {`"A":{"Type":"Pass","Parameters":{"x.$":"States.StringToJson(1)"},"End":true}`, `{}`,
			"States.IntrinsicFailure", "argument 1"},
		"argument":  {`"A":{"Type":"Pass","Parameters":{"x.$":"States.Array($.no)"},"End":true}`, `{}`, "States.Runtime", "$.no"},
		"no choice": {only(`"Variable":"$.a","NumericEquals":2`), `{"a":1}`, "States.NoChoiceMatched", "'A'"},
		"choice variable": {only(`"Variable":"$.a","IsNull":true`),
			`{}`, "States.Runtime", "$.a"},
		"choice path":      {only(`"Variable":"$.a","StringEqualsPath":"$.b"`), `{"a":""}`, "States.Runtime", "$.b"},
		"seconds path":     {`"A":{"Type":"Wait","SecondsPath":"$.s","End":true}`, `{"s":-1}`, "States.Runtime", "SecondsPath"},
		"seconds fraction": {`"A":{"Type":"Wait","SecondsPath":"$.s","End":true}`, `{"s":1.5}`, "States.Runtime", "SecondsPath"},
		"timestamp path": {`"A":{"Type":"Wait","TimestampPath":"$.s","End":true}`, `{"s":"tomorrow"}`, "States.Runtime",
			"TimestampPath"},
		"wait input path": {`"A":{"Type":"Wait","InputPath":"$.s","Seconds":1,"End":true}`, `{}`, "States.Runtime", "$.s"},
		"items no array":  {mapOf(`"ItemsPath":"$.s"`), `{"s":1}`, "States.Runtime", "array"},
		"item selector":   {mapOf(`"ItemSelector":{"x.$":"$$.Map.Item.Value.no"}`), `[1]`, "States.Runtime", "Value.no"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.define("m", machine(c.states))
			w.start(c.input)
			w.wantFailed(c.err, c.cause)
		})
	}
}

func TestWaits(t *testing.T) {
	for name, c := range map[string]struct {
		field string
		after time.Duration
	}{
		"seconds":        {`"Seconds":90`, 90 * time.Second},
		"no time":        {`"Seconds":0`, 0},
		"seconds path":   {`"SecondsPath":"$.s"`, 2 * time.Hour},
		"timestamp":      {`"Timestamp":"2026-03-02T09:00:00-03:00"`, 24 * time.Hour},
		"timestamp past": {`"Timestamp":"2020-01-01T00:00:00Z"`, 0},
		"timestamp path": {`"TimestampPath":"$.at"`, 12*time.Hour + 1*time.Millisecond},
		"context path":   {`"TimestampPath":"$$.Execution.StartTime"`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.define("m", machine(`"A":{"Type":"Wait",`+c.field+`,"End":true}`))
			w.start(`{"s":7200,"at":"2026-03-02T00:00:00.0005Z"}`)
			if c.after > 0 {
				w.advance(c.after - time.Millisecond)
				w.wantRunning()
				w.advance(time.Millisecond)
			}
			w.wantOutput(`{"s":7200,"at":"2026-03-02T00:00:00.0005Z"}`)
			if got := w.describe().StopDate.Sub(epoch); got != c.after {
				t.Fatalf("it ended after %s, want %s", got, c.after)
			}
		})
	}
}

func TestPayloadLimit(t *testing.T) {
	w := newWorld(t)
	size := 0
	w.functions.set("f", func([]byte) (any, error) { return strings.Repeat("x", size), nil })
	w.define("m", machine(`"A":{`+invoke+`,"OutputPath":"$.Payload","End":true,
		"Catch":[{"ErrorEquals":["States.ALL"],"Next":"B"}]},"B":{"Type":"Succeed"}`))
	size = 262144 - len(`{"ExecutedVersion":"$LATEST","Payload":"","StatusCode":200}`)
	w.start(`{}`)
	if out := w.describe(); len(aws.ToString(out.Output)) != size+2 {
		t.Fatalf("the largest answer must pass: %.200s", outcome(out))
	}
	size++
	w.startAs("m", "y", `{}`)
	if got := w.engine.Executions()[1]; got.Status != "FAILED" || got.Error != "States.DataLimitExceeded" {
		t.Fatalf("one byte more, under States.ALL, must fail: %+v", got)
	}
	w.define("m", machine(`"A":{`+invoke+`,"End":true,
		"Catch":[{"ErrorEquals":["States.DataLimitExceeded"],"ResultPath":"$.e","Next":"B"}]},"B":{"Type":"Succeed"}`))
	w.startAs("m", "z", `{}`)
	if got := w.engine.Executions()[2]; got.Status != "SUCCEEDED" {
		t.Fatalf("by its own name it is caught: %+v", got)
	}
	double := `"A":{"Type":"Pass","Parameters":{"a.$":"$","b.$":"$"},"Next":"A2"},"A2":{"Type":"Succeed"}`
	w.define("double", machine(double))
	w.startAs("double", "x", `"`+strings.Repeat("y", 200000)+`"`)
	if got := w.engine.Executions()[0]; got.Error != "States.DataLimitExceeded" {
		t.Fatalf("a state's output is limited too: %s %s", got.Status, got.Error)
	}
}

func TestHistoryLimit(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(`"A":{"Type":"Pass","Next":"B"},"C":{"Type":"Succeed"},
		"B":{"Type":"Choice","Choices":[{"Variable":"$.no","IsPresent":true,"Next":"C"}],"Default":"A"}`))
	w.start(`{}`)
	w.wantFailed("States.Runtime", "maximum number of history events (25000)")
	if n := len(w.history()); n != 25000 {
		t.Fatalf("%d events", n)
	}
}

func TestMapConcurrency(t *testing.T) {
	for limit, want := range map[int][]int{0: {5}, 1: {1, 2, 3, 4, 5}, 2: {2, 4, 5}} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			w := newWorld(t)
			w.define("m", machine(fmt.Sprintf(`"A":{"Type":"Map","MaxConcurrency":%d,"End":true,"ItemProcessor":{"StartAt":"B","States":{
				"B":{"Type":"Wait","Seconds":60,"End":true}}}}`, limit)))
			w.start(`[1,2,3,4,5]`)
			for _, n := range want {
				started := 0
				for _, ev := range w.history() {
					if ev.MapIterationStartedEventDetails != nil {
						started++
					}
				}
				if started != n {
					t.Fatalf("%d iterations had started, want %d", started, n)
				}
				w.wantRunning()
				w.advance(time.Minute)
			}
			w.wantOutput(`[1,2,3,4,5]`)
		})
	}
}
