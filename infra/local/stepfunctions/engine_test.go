package stepfunctions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/stepfunctions"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// functions is an Invoker whose functions the test writes; it notes each call with its time.
type functions struct {
	mu    sync.Mutex
	clock *clock.Clock
	named map[string]func(payload []byte) (any, error)
	calls []string
	wait  bool                                  // answers only when its time is over
	raw   func(context.Context) ([]byte, error) // answers in place of all
}

func (f *functions) Invoke(ctx context.Context, name string, payload []byte) ([]byte, error) {
	f.mu.Lock()
	f.calls = append(f.calls, fmt.Sprintf("%s %s", f.clock.Now().Sub(epoch), name))
	run := f.named[name]
	wait, raw := f.wait, f.raw
	f.mu.Unlock()
	if wait {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if raw != nil {
		return raw(ctx)
	}
	if run == nil {
		return nil, &function.Error{Type: "Lambda.ResourceNotFoundException", Message: "no function " + name}
	}
	answer, err := run(payload)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

func (f *functions) set(name string, run func(payload []byte) (any, error)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.named[name] = run
}

func (f *functions) called() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.calls...)
}

// world is an engine behind the SDK's own client, with a clock that the test moves.
type world struct {
	t         testing.TB
	clock     *clock.Clock
	store     *store.Store
	engine    *stepfunctions.Engine
	client    *sfn.Client
	functions *functions
}

func newWorld(t *testing.T) *world { return openWorld(t, store.Memory(), epoch) }

func openWorld(t testing.TB, st *store.Store, now time.Time) *world {
	t.Helper()
	return clockWorld(t, st, clock.Virtual(now))
}

func clockWorld(t testing.TB, st *store.Store, clk *clock.Clock) *world {
	t.Helper()
	w := &world{t: t, clock: clk, store: st}
	t.Cleanup(w.clock.Close)
	w.functions = &functions{clock: w.clock, named: map[string]func([]byte) (any, error){}}
	var err error
	if w.engine, err = stepfunctions.New(w.clock, st, w.functions); err != nil {
		t.Fatal(err)
	}
	router := wire.NewRouter(map[string]wire.Engine{"states": w.engine})
	w.client = sfn.New(sfn.Options{
		Region: wire.Region, BaseEndpoint: aws.String("http://local.invalid"), HTTPClient: router, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	})
	return w
}

func machineARN(name string) string {
	return "arn:aws:states:us-east-1:000000000000:stateMachine:" + name
}

func executionARN(machine, name string) string {
	return "arn:aws:states:us-east-1:000000000000:execution:" + machine + ":" + name
}

func (w *world) define(name, text string) {
	w.t.Helper()
	if err := w.engine.Define(name, []byte(text)); err != nil {
		w.t.Fatal(err)
	}
}

// start starts execution "x" of machine "m" and waits until nothing more is due.
func (w *world) start(input string) {
	w.t.Helper()
	w.startAs("m", "x", input)
}

func (w *world) startAs(machine, name, input string) {
	w.t.Helper()
	_, err := w.client.StartExecution(w.t.Context(), &sfn.StartExecutionInput{
		StateMachineArn: aws.String(machineARN(machine)), Name: aws.String(name), Input: aws.String(input)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

func (w *world) settle() {
	w.t.Helper()
	if err := w.clock.Settle(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if err := w.clock.Advance(w.t.Context(), w.clock.Now().Add(d)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) describe() *sfn.DescribeExecutionOutput {
	w.t.Helper()
	out, err := w.client.DescribeExecution(w.t.Context(), &sfn.DescribeExecutionInput{ExecutionArn: aws.String(executionARN("m",
		"x"))})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// wantOutput asserts that execution x succeeded with the JSON output.
func (w *world) wantOutput(want string) {
	w.t.Helper()
	out := w.describe()
	if out.Status != types.ExecutionStatusSucceeded {
		w.t.Fatalf("%s, want SUCCEEDED", outcome(out))
	}
	wantJSON(w.t, aws.ToString(out.Output), want)
}

// wantFailed asserts that execution x failed with the error and a cause that contains the text.
func (w *world) wantFailed(name, cause string) {
	w.t.Helper()
	out := w.describe()
	if out.Status != types.ExecutionStatusFailed || aws.ToString(out.Error) != name ||
		!strings.Contains(aws.ToString(out.Cause), cause) {
		w.t.Fatalf("%s, want FAILED with %q, %q", outcome(out), name, cause)
	}
}

func (w *world) wantRunning() {
	w.t.Helper()
	if out := w.describe(); out.Status != types.ExecutionStatusRunning {
		w.t.Fatalf("%s, want RUNNING", outcome(out))
	}
}

func outcome(out *sfn.DescribeExecutionOutput) string {
	return fmt.Sprintf("it is %s, output %s, error %q, cause %q", out.Status, aws.ToString(out.Output), aws.ToString(out.Error),
		aws.ToString(out.Cause))
}

func wantJSON(t testing.TB, got, want string) {
	t.Helper()
	var g, v any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%q: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &v); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(g)
	b, _ := json.Marshal(v)
	if string(a) != string(b) {
		t.Fatalf("got %s\nwant %s", a, b)
	}
}

func (w *world) history() []types.HistoryEvent {
	w.t.Helper()
	var all []types.HistoryEvent
	pages := sfn.NewGetExecutionHistoryPaginator(w.client, &sfn.GetExecutionHistoryInput{ExecutionArn: aws.String(executionARN("m",
		"x"))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, page.Events...)
	}
	return all
}

func (w *world) wantHistory(want ...string) {
	w.t.Helper()
	var got []string
	for _, ev := range w.history() {
		got = append(got, string(ev.Type))
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		w.t.Fatalf("history\n got %s\nwant %s", strings.Join(got, " "), strings.Join(want, " "))
	}
}

func machine(states string) string {
	return `{"StartAt":"A","States":{` + states + `}}`
}

const invoke = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Parameters":{"FunctionName":"f","Payload.$":"$"}`

const await = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken",` +
	`"Parameters":{"FunctionName":"f","Payload":{"token.$":"$$.Task.Token","input.$":"$"}}`
