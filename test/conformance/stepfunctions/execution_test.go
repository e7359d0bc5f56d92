package stepfunctions_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// execution is an execution at a target.
type execution struct {
	target *target
	arn    string
	tokens int // how many task tokens have been answered
}

func (x *execution) start(machine, input string) error {
	request := doc{"stateMachineArn": machinePrefix + machine, "name": x.arn[strings.LastIndexByte(x.arn, ':')+1:]}
	if input != "" {
		request["input"] = input
	}
	_, err := x.target.must("StartExecution", request)
	return err
}

func (x *execution) describe() (doc, error) {
	return x.target.must("DescribeExecution", doc{"executionArn": x.arn})
}

func (x *execution) history() ([]doc, error) {
	body, err := x.target.must("GetExecutionHistory", doc{"executionArn": x.arn, "maxResults": 1000})
	if err != nil {
		return nil, err
	}
	list, _ := body["events"].([]any)
	events := make([]doc, len(list))
	for i := range list {
		events[i], _ = list[i].(doc)
	}
	return events, nil
}

// token waits until so many tasks and one more were submitted and gives the last one's token, which stands in the parameters of the task.
func (x *execution) token(before int) (string, error) {
	var token string
	err := x.target.until("a submitted task", func() (bool, error) {
		events, err := x.history()
		if err != nil {
			return false, err
		}
		var tokens []string
		submitted := 0
		for _, ev := range events {
			details, _ := ev["taskScheduledEventDetails"].(doc)
			text, _ := details["parameters"].(string)
			var parameters struct{ Payload struct{ Token string } }
			if json.Unmarshal([]byte(text), &parameters) == nil && parameters.Payload.Token != "" {
				tokens = append(tokens, parameters.Payload.Token)
			}
			if ev["type"] == "TaskSubmitted" {
				submitted++
			}
		}
		if len(tokens) <= before || submitted <= before {
			return false, nil
		}
		token = tokens[before]
		return true, nil
	})
	return token, err
}

// act does one thing to the execution. "success 1 ! TaskTimedOut" says with what error the call is answered.
func (x *execution) act(a line) error {
	rest, code, _ := strings.Cut(" "+a.rest, " ! ")
	rest = strings.TrimSpace(rest)
	first, second, _ := strings.Cut(rest, " | ")
	request := doc{}
	var operation string
	switch a.word {
	case "pause":
		d, err := time.ParseDuration(rest)
		if err != nil {
			return fmt.Errorf("pause: %w", err)
		}
		return x.target.pause(d)
	case "stop":
		operation, request["executionArn"] = "StopExecution", x.arn
		if err := x.entered(); err != nil {
			return err
		}
	case "success":
		operation, request["output"] = "SendTaskSuccess", rest
	case "failure":
		operation = "SendTaskFailure"
	case "heartbeat":
		operation = "SendTaskHeartbeat"
	}
	if (a.word == "failure" || a.word == "stop") && first != "" {
		request["error"], request["cause"] = first, second
	}
	if a.word != "stop" {
		before := x.tokens
		if code != "" && before > 0 {
			before-- // once more for a task that has its answer
		}
		token, err := x.token(before)
		if err != nil {
			return err
		}
		if a.word != "heartbeat" && code == "" {
			x.tokens++
		}
		request["taskToken"] = token
	}
	got, err := x.target.send(operation, request)
	if err == nil && got.code != code {
		err = fmt.Errorf("answered %q %s, want %q", got.code, got.message, code)
	}
	return err
}

// entered waits until the execution is in a state.
func (x *execution) entered() error {
	return x.target.until("a state", func() (bool, error) {
		events, err := x.history()
		return len(events) > 1, err
	})
}

// holds compares the execution with one expectation.
func (x *execution) holds(w line) error {
	switch w.word {
	case "history", "unordered", "previous", "event":
		events, err := x.history()
		if err != nil {
			return err
		}
		return sameHistory(events, w)
	}
	if w != (line{"?", "RUNNING"}) {
		err := x.target.until("the end", func() (bool, error) {
			got, err := x.describe()
			return got["status"] != "RUNNING", err
		})
		if err != nil {
			return err
		}
	}
	got, err := x.describe()
	if err != nil {
		return err
	}
	first, second, _ := strings.Cut(w.rest, " | ")
	name, _ := got["error"].(string)
	cause, _ := got["cause"].(string)
	seen := fmt.Sprintf("it is %v, output %v, error %q, cause %q", got["status"], got["output"], name, cause)
	status := map[string]string{"=": "SUCCEEDED", "!": "FAILED", "?": first, "took": "SUCCEEDED"}[w.word]
	switch {
	case got["status"] != status:
		return fmt.Errorf("%s, want %s %s", seen, status, w.rest)
	case w.word == "took":
		return x.took(got, w.rest)
	case w.word == "=":
		output, _ := got["output"].(string)
		if !sameJSON(output, expand(w.rest, x.target.now())) {
			return fmt.Errorf("output %.300s, want %.300s", output, w.rest)
		}
	case w.word == "!" && (name != strings.TrimSpace(first) || !strings.Contains(cause, second)):
		return fmt.Errorf("%s, want error %s", seen, w.rest)
	case w.word == "?" && name != second:
		return fmt.Errorf("%s, want error %q", seen, second)
	}
	return nil
}

// took compares how long the execution took: exactly on a virtual clock, at least so long in real time.
func (x *execution) took(got doc, want string) error {
	start, _ := got["startDate"].(float64)
	stop, _ := got["stopDate"].(float64)
	seconds, err := strconv.ParseFloat(want, 64)
	if err != nil {
		return fmt.Errorf("took: %w", err)
	}
	const rounding = 0.002
	took := stop - start
	if took < seconds-rounding || (x.target.name == "ours" && took > seconds+rounding) {
		return fmt.Errorf("it took %.3f s, want %s", took, want)
	}
	return nil
}

func sameJSON(a, b string) bool {
	var v, w any
	return json.Unmarshal([]byte(a), &v) == nil && json.Unmarshal([]byte(b), &w) == nil && reflect.DeepEqual(v, w)
}

// sameHistory compares the events with an expectation of the words history, unordered, previous or event.
func sameHistory(events []doc, w line) error {
	if w.word == "event" {
		number, text, _ := strings.Cut(w.rest, " ")
		n, err := strconv.Atoi(number)
		var want doc
		if err == nil {
			err = json.Unmarshal([]byte(text), &want)
		}
		if err != nil {
			return fmt.Errorf("event %s: %w", w.rest, err)
		}
		if n > len(events) || !covers(events[n-1], want) {
			return fmt.Errorf("event %d is not %s: %v", n, text, events[min(n, len(events))-1:])
		}
		return nil
	}
	var got []string
	for _, ev := range events {
		if w.word == "previous" {
			got = append(got, fmt.Sprint(ev["previousEventId"]))
		} else {
			kind, _ := ev["type"].(string)
			got = append(got, kind)
		}
	}
	want := strings.Fields(w.rest)
	if w.word != "previous" {
		want = eventTypes(w.rest)
	}
	if w.word == "unordered" {
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s\n got %s\nwant %s", w.word, strings.Join(got, " "), strings.Join(want, " "))
	}
	return nil
}

// eventTypes writes out a short history: Pass stands for PassStateEntered PassStateExited, Pass> and Pass< for the one and the other, and
// Task for a task that succeeds. What begins every history is left out.
func eventTypes(text string) []string {
	types := []string{"ExecutionStarted"}
	for _, word := range strings.Fields(text) {
		kind, entered := strings.CutSuffix(word, ">")
		kind, exited := strings.CutSuffix(kind, "<")
		switch {
		case entered:
			types = append(types, kind+"StateEntered")
		case exited:
			types = append(types, kind+"StateExited")
		case word == "Task":
			types = append(types, "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited")
		case slices.Contains([]string{"Pass", "Choice", "Wait", "Succeed"}, word):
			types = append(types, word+"StateEntered", word+"StateExited")
		default:
			types = append(types, word)
		}
	}
	return types
}

// covers reports whether a document has at least the members of another. Texts that hold JSON are compared as JSON.
func covers(got any, want any) bool {
	w, ok := want.(doc)
	if !ok {
		g, _ := got.(string)
		text, _ := want.(string)
		return reflect.DeepEqual(got, want) || sameJSON(g, text)
	}
	g, ok := got.(doc)
	for name, v := range w {
		ok = ok && covers(g[name], v)
	}
	return ok
}
