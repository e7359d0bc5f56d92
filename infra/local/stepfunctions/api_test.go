package stepfunctions_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/smithy-go"
)

const sleeping = `"A":{"Type":"Wait","Seconds":3600,"End":true}`

func (w *world) startInput(name, input string) (*sfn.StartExecutionOutput, error) {
	in := &sfn.StartExecutionInput{StateMachineArn: aws.String(machineARN("m")), Input: aws.String(input)}
	if name != "" {
		in.Name = aws.String(name)
	}
	return w.client.StartExecution(w.t.Context(), in)
}

func TestStartIsIdempotentWhileRunning(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(sleeping))
	first, err := w.startInput("x", `{"a":1}`)
	if err != nil || aws.ToString(first.ExecutionArn) != executionARN("m", "x") || !first.StartDate.Equal(epoch) {
		t.Fatal(first, err)
	}
	w.advance(time.Minute)
	again, err := w.startInput("x", `{"a":1}`)
	if err != nil || *again.ExecutionArn != *first.ExecutionArn || !again.StartDate.Equal(*first.StartDate) {
		t.Fatal("the same start must give the same execution", again, err)
	}
	_, err = w.startInput("x", `{"a":2}`)
	wantError[*types.ExecutionAlreadyExists](t, err)
	w.advance(time.Hour)
	w.wantOutput(`{"a":1}`)
	_, err = w.startInput("x", `{"a":1}`)
	wantError[*types.ExecutionAlreadyExists](t, err)
	w.advance(90*24*time.Hour - time.Minute - time.Millisecond)
	_, err = w.startInput("x", `{"a":1}`)
	wantError[*types.ExecutionAlreadyExists](t, err)
	w.advance(time.Millisecond)
	if _, err = w.startInput("x", `{"a":3}`); err != nil {
		t.Fatal("90 days after its end a name is free:", err)
	}
	w.wantRunning()
}

func TestManyStartsOfOneName(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(sleeping))
	results := make(chan error, 20)
	for i := range cap(results) {
		go func() {
			_, err := w.startInput("x", fmt.Sprintf(`{"a":%d}`, i))
			results <- err
		}()
	}
	started := 0
	for range cap(results) {
		if err := <-results; err == nil {
			started++
		} else {
			wantError[*types.ExecutionAlreadyExists](t, err)
		}
	}
	if started != 1 || len(w.engine.Executions()) != 1 {
		t.Fatalf("%d starts, %d executions", started, len(w.engine.Executions()))
	}
}

func TestStartRefusals(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(pass))
	for _, name := range []string{"a b", "a/b", "a:b", "a*", "a#", "a\tb", "a\x7f", strings.Repeat("n", 81)} {
		_, err := w.startInput(name, `{}`)
		wantError[*types.InvalidName](t, err)
	}
	for _, input := range []string{`{`, ``, `{}{}`} {
		_, err := w.startInput("x", input)
		wantError[*types.InvalidExecutionInput](t, err)
	}
	if _, err := w.startInput("x", `"`+strings.Repeat("x", 262143)+`"`); err == nil || !strings.Contains(err.Error(),
		"ValidationException") {
		t.Fatal("an input of more than 256 KB:", err)
	}
	for arn, want := range map[string]func(*testing.T, error){
		machineARN("other"):    wantError[*types.StateMachineDoesNotExist],
		machineARN("m") + ":1": wantError[*types.StateMachineDoesNotExist],
		"arn:aws:states:eu-west-1:000000000000:stateMachine:m": wantError[*types.StateMachineDoesNotExist],
		"m": wantError[*types.InvalidArn],
	} {
		_, err := w.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(arn)})
		want(t, err)
	}
	if got := w.engine.Executions(); len(got) != 0 {
		t.Fatalf("a refused start left %+v", got)
	}
	if _, err := w.startInput("ação-1_2.3", `{}`); err != nil {
		t.Fatal(err)
	}
}

func TestStartWithoutANameOrInput(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(pass))
	arns := map[string]bool{}
	for range 3 {
		out, err := w.client.StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(machineARN("m"))})
		if err != nil {
			t.Fatal(err)
		}
		arns[*out.ExecutionArn] = true
	}
	if len(arns) != 3 {
		t.Fatalf("names must differ: %v", arns)
	}
	if got := w.engine.Executions()[0]; got.Input != "{}" || got.Output != "{}" {
		t.Fatalf("%+v", got)
	}
}

func TestListExecutions(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(`"A":{"Type":"Choice","Choices":[{"Variable":"$.sleep","IsPresent":true,"Next":"B"}],"Default":"C"},
		"B":{"Type":"Wait","Seconds":9999,"Next":"C"},"C":{"Type":"Succeed"}`))
	w.define("other", machine(pass))
	w.startAs("other", "o", `{}`)
	for i := range 5 {
		input := `{}`
		if i%2 == 0 {
			input = `{"sleep":1}`
		}
		w.startAs("m", fmt.Sprintf("x%d", i), input)
		w.advance(time.Second)
	}
	list := func(filter types.ExecutionStatus, size int32) string {
		var names []string
		pages := sfn.NewListExecutionsPaginator(w.client, &sfn.ListExecutionsInput{
			StateMachineArn: aws.String(machineARN("m")), StatusFilter: filter, MaxResults: size})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range page.Executions {
				names = append(names, *x.Name)
			}
			names = append(names, "|")
		}
		return strings.Join(names, " ")
	}
	for got, want := range map[string]string{
		list("", 0): "x4 x3 x2 x1 x0 |", list("", 2): "x4 x3 | x2 x1 | x0 |", list("RUNNING", 0): "x4 x2 x0 |", list("SUCCEEDED", 1): "x3 | x1 |",
	} {
		if got != want {
			t.Errorf("listed %q, want %q", got, want)
		}
	}
	for _, in := range []*sfn.ListExecutionsInput{{NextToken: aws.String("bad")}, {MaxResults: 1001}} {
		in.StateMachineArn = aws.String(machineARN("m"))
		if _, err := w.client.ListExecutions(t.Context(), in); err == nil {
			t.Errorf("%+v was accepted", in)
		}
	}
}

func TestHistoryPages(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(`"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Succeed"}`))
	w.start(`{"secret":1}`)
	out, err := w.client.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(executionARN("m",
		"x")),
		ReverseOrder: true, MaxResults: 2, IncludeExecutionData: aws.Bool(false)})
	if err != nil || len(out.Events) != 2 || out.Events[0].Id != 6 || out.Events[0].Type != "ExecutionSucceeded" ||
		out.NextToken == nil {
		t.Fatal(out, err)
	}
	if out.Events[0].ExecutionSucceededEventDetails.Output != nil {
		t.Fatal("data was not asked for")
	}
	all := w.history()
	for i, ev := range all {
		if ev.Id != int64(i+1) || ev.PreviousEventId != []int64{0, 0, 2, 3, 4, 5}[i] {
			t.Errorf("event %d has id %d after %d", i, ev.Id, ev.PreviousEventId)
		}
	}
	wantJSON(t, aws.ToString(all[0].ExecutionStartedEventDetails.Input), `{"secret":1}`)
	_, err = w.client.GetExecutionHistory(t.Context(), &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(executionARN("m",
		"no"))})
	wantError[*types.ExecutionDoesNotExist](t, err)
	_, err = w.client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String("x")})
	wantError[*types.InvalidArn](t, err)
}

func TestDescribeStateMachine(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(pass))
	out, err := w.client.DescribeStateMachine(t.Context(),
		&sfn.DescribeStateMachineInput{StateMachineArn: aws.String(machineARN("m"))})
	if err != nil || aws.ToString(out.Definition) != machine(pass) || out.Status != "ACTIVE" || out.Type != "STANDARD" ||
		!out.CreationDate.Equal(epoch) {
		t.Fatal(out, err)
	}
	_, err = w.client.DescribeStateMachine(t.Context(), &sfn.DescribeStateMachineInput{StateMachineArn: aws.String(machineARN("no"))})
	wantError[*types.StateMachineDoesNotExist](t, err)
}

func TestUnknownOperationsAndMembers(t *testing.T) {
	w := newWorld(t)
	w.define("m", machine(pass))
	refused := map[string]func(context.Context) error{
		"UnknownOperationException": func(ctx context.Context) error {
			_, err := w.client.ListStateMachines(ctx, &sfn.ListStateMachinesInput{})
			return err
		},
		"SerializationException": func(ctx context.Context) error {
			_, err := w.client.ListExecutions(ctx, &sfn.ListExecutionsInput{StateMachineArn: aws.String(machineARN("m")), RedriveFilter: "REDRIVEN"})
			return err
		},
	}
	for code, call := range refused {
		var api smithy.APIError
		if err := call(t.Context()); !errors.As(err, &api) || api.ErrorCode() != code {
			t.Errorf("got %v, want %s", err, code)
		}
	}
}
