package statemachines_test

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/stepfunctions"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/statemachines"
)

var update = flag.Bool("update", false, "write the histories of testdata anew")

// execution is one execution of a machine of the product in the local cloud.
type execution struct {
	clock  *clock.Clock
	engine *stepfunctions.Engine
	client *sfn.Client
	arn    *string
}

// start starts the machine with the kept input of one of its tasks.
func start(t *testing.T, machine, task string, clk *clock.Clock, functions stepfunctions.Invoker) *execution {
	t.Helper()
	t.Cleanup(clk.Close)
	engine, err := stepfunctions.New(clk, store.Memory(), functions)
	if err != nil {
		t.Fatal(err)
	}
	text, err := statemachines.Definition(machine, func(f string) string {
		return "arn:aws:lambda:" + wire.Region + ":000000000000:function:" + f
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Define(machine, text); err != nil {
		t.Fatal(err)
	}
	input, err := os.ReadFile(filepath.Join("testdata", machine, task+".in.json"))
	if err != nil {
		t.Fatal(err)
	}
	client := sfn.New(sfn.Options{
		Region: wire.Region, BaseEndpoint: aws.String("http://local.invalid"), RetryMaxAttempts: 1,
		HTTPClient: wire.NewRouter(map[string]wire.Engine{"states": engine}),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	out, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String("arn:aws:states:" + wire.Region + ":000000000000:stateMachine:" + machine),
		Name:            aws.String("case-g1"), Input: aws.String(string(input)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return &execution{clock: clk, engine: engine, client: client, arn: out.ExecutionArn}
}

func (x *execution) advance(t *testing.T, d time.Duration) {
	t.Helper()
	if err := x.clock.Advance(t.Context(), x.clock.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
}

// scripted answers each function from its list, the last answer for all calls that follow, and keeps the last token.
type scripted struct {
	answers map[string][]func() ([]byte, error)
	token   string
}

func (s *scripted) Invoke(_ context.Context, function string, payload []byte) ([]byte, error) {
	var in struct{ Token string }
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, err
	}
	if in.Token != "" {
		s.token = in.Token
	}
	answers := s.answers[function]
	if len(answers) > 1 {
		s.answers[function] = answers[1:]
	}
	return answers[0]()
}

// story is one way through a machine: what its functions answer, and after how long the money wakes it, if it does.
type story struct {
	name, machine, task string
	answers             map[string][]func() ([]byte, error)
	paidAfter           time.Duration
	woken               string // what the answer to the token says; CONFIRMED when empty
}

type answers = map[string][]func() ([]byte, error)

func stories() []story {
	const payment, ruler, deadlines = contract.MachinePayment, contract.MachineRuler, contract.MachineDeadlines
	issued, waits := says(`{"status":"ISSUED","timeoutSeconds":3600}`), says(`{}`)
	transient, refused, internal := fails(contract.WorkflowTransient), fails(contract.WorkflowRefused), fails(contract.WorkflowInternal)
	sleeps, done := says(`{"done":false,"wakeAt":"2026-11-24T15:00:00Z"}`), says(`{"done":true,"wakeAt":"2026-11-24T15:00:00Z"}`)
	expired := says(`{"status":"EXPIRED","timeoutSeconds":86400}`)
	noticed := says(`{"status":"NOTICED","timeoutSeconds":86400}`)
	return []story{
		{"paid", payment, "Issue", answers{"payment-issue": {issued}, "payment-wait": {waits}}, 10 * time.Minute, ""},
		{"unpaid", payment, "Issue", answers{"payment-issue": {issued}, "payment-wait": {waits}, "payment-expire": {expired}}, 0, ""},
		{"superseded", payment, "Issue", answers{"payment-issue": {issued}, "payment-wait": {waits},
			"payment-expire": {says(`{"status":"CANCELLED","timeoutSeconds":86400}`)}}, 10 * time.Minute, "SUPERSEDED"},
		{"noticed", payment, "Issue", answers{"payment-issue": {issued}, "payment-wait": {waits, waits, waits},
			"payment-expire": {noticed, noticed, expired}}, 0, ""},
		{"refused", payment, "Issue", answers{"payment-issue": {refused}}, 0, ""},
		{"late provider", payment, "Issue", answers{"payment-issue": {transient, transient, issued}, "payment-wait": {waits}},
			20 * time.Minute, ""},
		{"no provider in time", payment, "Issue", answers{"payment-issue": {says(`{"status":"REQUESTED","timeoutSeconds":0}`)},
			"payment-expire": {transient, expired}}, 0, ""},
		{"closed meanwhile", payment, "Issue", answers{"payment-issue": {says(`{"status":"CONFIRMED","timeoutSeconds":0}`)}}, 0, ""},
		{"token not stored at first", payment, "Issue", answers{"payment-issue": {issued}, "payment-wait": {transient, waits}},
			30 * time.Minute, ""},
		{"token refused", payment, "Issue", answers{"payment-issue": {issued}, "payment-wait": {refused}}, 0, ""},
		{"fault of ours", payment, "Issue", answers{"payment-issue": {internal}}, 0, ""},
		{"generation", ruler, "Step", answers{"ruler-step": {sleeps, done}}, 0, ""},
		{"generation with an outage", ruler, "Step", answers{"ruler-step": {transient, transient, done}}, 0, ""},
		{"kept", deadlines, "Step", answers{"deadline-step": {sleeps, done}}, 0, ""},
		{"kept with an outage", deadlines, "Step", answers{"deadline-step": {transient, transient, done}}, 0, ""},
		{"deadline refused", deadlines, "Step", answers{"deadline-step": {refused}}, 0, ""},
		{"generation refused", ruler, "Step", answers{"ruler-step": {refused}}, 0, ""},
		{"generation with a fault", ruler, "Step", answers{"ruler-step": {internal, sleeps, internal, done}}, 0, ""},
	}
}

// TestHistories holds each way through the machines to its history in testdata; -update writes them anew.
func TestHistories(t *testing.T) {
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			functions := &scripted{answers: s.answers}
			x := start(t, s.machine, s.task, clock.Virtual(rulerStart), functions)
			if s.paidAfter > 0 {
				x.advance(t, s.paidAfter)
				if _, err := x.client.SendTaskSuccess(t.Context(), &sfn.SendTaskSuccessInput{TaskToken: aws.String(functions.token),
					Output: aws.String(`{"status":"` + cmp.Or(s.woken, "CONFIRMED") + `"}`)}); err != nil {
					t.Fatal(err)
				}
			}
			x.advance(t, 7*24*time.Hour)
			got := x.history(t)
			file := filepath.Join("testdata", s.machine, strings.ReplaceAll(s.name, " ", "-")+".history")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("history\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// history writes a line for each event: when, id, the event before it, type, and the state or error that it names; and the end.
func (x *execution) history(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	pages := sfn.NewGetExecutionHistoryPaginator(x.client, &sfn.GetExecutionHistoryInput{ExecutionArn: x.arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range page.Events {
			fmt.Fprintf(&b, "%s %d<%d %s%s\n", ev.Timestamp.Sub(rulerStart), ev.Id, ev.PreviousEventId, ev.Type, named(ev))
		}
	}
	out, err := x.client.DescribeExecution(t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: x.arn})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(&b, "%s %s%s\n", out.Status, aws.ToString(out.Output), aws.ToString(out.Error))
	return b.String()
}

func named(ev types.HistoryEvent) string {
	switch {
	case ev.StateEnteredEventDetails != nil:
		return " " + aws.ToString(ev.StateEnteredEventDetails.Name)
	case ev.StateExitedEventDetails != nil:
		return " " + aws.ToString(ev.StateExitedEventDetails.Name)
	case ev.TaskFailedEventDetails != nil:
		return " " + aws.ToString(ev.TaskFailedEventDetails.Error)
	case ev.TaskTimedOutEventDetails != nil:
		return " " + aws.ToString(ev.TaskTimedOutEventDetails.Error)
	}
	return ""
}
