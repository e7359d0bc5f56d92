package statemachines_test

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/stepfunctions"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/statemachines"
)

var rulerStart = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

// ruler-step answers from a list, one answer each time that it is asked, and notes when it was and with what.
type step struct {
	mu      sync.Mutex
	clock   *clock.Clock
	answers []func() ([]byte, error)
	at      []time.Duration
	inputs  []string
}

func (s *step) Invoke(_ context.Context, _ string, payload []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = append(s.at, s.clock.Now().Sub(rulerStart))
	s.inputs = append(s.inputs, string(payload))
	answer := s.answers[min(len(s.at)-1, len(s.answers)-1)]
	return answer()
}

func says(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

func fails(name string) func() ([]byte, error) {
	return func() ([]byte, error) { return nil, &function.Error{Type: name, Message: "test"} }
}

// runRuler runs one execution for so long and returns its status and what ruler-step saw.
func runRuler(t *testing.T, long time.Duration, answers ...func() ([]byte, error)) (string, *step) {
	t.Helper()
	clk := clock.Virtual(rulerStart)
	t.Cleanup(clk.Close)
	steps := &step{clock: clk, answers: answers}
	engine, err := stepfunctions.New(clk, store.Memory(), steps)
	if err != nil {
		t.Fatal(err)
	}
	text, err := statemachines.Definition(contract.MachineRuler, func(f string) string {
		return "arn:aws:lambda:" + stepfunctions.Region + ":000000000000:function:" + f
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := engine.Define(contract.MachineRuler, text); err != nil {
		t.Fatal(err)
	}
	client := sfn.New(sfn.Options{
		Region: stepfunctions.Region, BaseEndpoint: aws.String("http://local.invalid"), RetryMaxAttempts: 1,
		HTTPClient: wire.NewRouter(map[string]wire.Engine{"states": engine}),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	input, err := os.ReadFile("testdata/reminder-ruler/Step.in.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.StartExecution(t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String("arn:aws:states:" + stepfunctions.Region + ":000000000000:stateMachine:" + contract.MachineRuler),
		Name:            aws.String("case-g1"), Input: aws.String(string(input)),
	}); err != nil {
		t.Fatal(err)
	}
	if err := clk.Advance(t.Context(), rulerStart.Add(long)); err != nil {
		t.Fatal(err)
	}
	return engine.Executions()[0].Status, steps
}

func TestRulerSleepsUntilTheNamedTime(t *testing.T) {
	const day = 24 * time.Hour
	status, steps := runRuler(t, 60*day,
		says(`{"done":false,"wakeAt":"2026-11-23T15:15:00Z"}`),
		says(`{"done":false,"wakeAt":"2026-12-03T12:34:56Z"}`),
		says(`{"done":false,"wakeAt":"2026-12-01T00:00:00Z"}`), // past: asked again at once
		says(`{"done":true,"wakeAt":"2026-12-03T12:34:56Z"}`),
	)
	late := time.Date(2026, 12, 3, 12, 34, 56, 0, time.UTC).Sub(rulerStart)
	want := []time.Duration{0, 15 * time.Minute, late, late}
	if status != "SUCCEEDED" || !slices.Equal(steps.at, want) {
		t.Errorf("%s, asked after %v, want %v", status, steps.at, want)
	}
	var in map[string]any
	for _, text := range steps.inputs {
		if err := json.Unmarshal([]byte(text), &in); err != nil || len(in) != 3 || in["generation"] != 1.0 {
			t.Errorf("asked with %s", text)
		}
	}
}

func TestRulerOutlivesAnOutage(t *testing.T) {
	answers := []func() ([]byte, error){}
	for range 300 {
		answers = append(answers, fails(contract.WorkflowTransient))
	}
	status, steps := runRuler(t, 5*24*time.Hour, append(answers, says(`{"done":true,"wakeAt":"2026-11-23T15:00:00Z"}`))...)
	if status != "SUCCEEDED" || len(steps.at) != 301 {
		t.Errorf("%s after %d tries", status, len(steps.at))
	}
}

func TestRulerFailsForGood(t *testing.T) {
	for name, want := range map[string]int{contract.WorkflowRefused: 1, contract.WorkflowInternal: 9} {
		status, steps := runRuler(t, 24*time.Hour, fails(name))
		if status != "FAILED" || len(steps.at) != want {
			t.Errorf("%s: %s after %d tries, want %d", name, status, len(steps.at), want)
		}
	}
}
