package function_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
)

type caseClosed struct{ id string }

func (e caseClosed) Error() string { return "case closed: " + e.id }

type raw func(ctx context.Context, payload []byte) ([]byte, error)

func (f raw) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return f(ctx, payload) }

func host(t *testing.T, observe func(function.Invocation)) *function.Host {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	return function.NewHost(clk, observe)
}

// failing are ways to fail, and how the runtime names them.
var failing = []struct {
	name    string
	handler func() error
	want    string
	message string
}{
	{"sentinel", func() error { return errSentinel }, "errorString", "no such case"},
	{"wrapped", func() error { return fmt.Errorf("load: %w", errSentinel) }, "wrapError", "load: no such case"},
	{"joined", func() error { return errors.Join(errSentinel) }, "joinError", "no such case"},
	{"value type", func() error { return caseClosed{"1"} }, "caseClosed", "case closed: 1"},
	{"pointer type", func() error { return &caseClosed{"1"} }, "caseClosed", "case closed: 1"},
	{"wrapped named error", func() error { return fmt.Errorf("step: %w", errOwn) }, "wrapError", ""},
	{"own name by value", func() error { return errOwn }, "CaseNotFound", "no case"},
	{"own name by pointer", func() error { return &errOwn }, "InvokeResponse_Error", ""},
	{"own name empty", func() error { return messages.InvokeResponse_Error{Message: "x"} }, "Lambda.Unknown", "x"},
	{"panic with text", func() error { panic("lost") }, "string", "lost"},
	{"panic with error", func() error { panic(&caseClosed{"2"}) }, "caseClosed", "case closed: 2"},
	{"panic with own name", func() error { panic(errOwn) }, "CaseNotFound", "no case"},
	{"panic of the runtime", func() error { var m map[string]int; m["a"] = 1; return nil }, "plainError", ""},
}

var (
	errSentinel = errors.New("no such case")
	errOwn      = messages.InvokeResponse_Error{Type: "CaseNotFound", Message: "no case"}
)

func TestErrorNamesAreThoseOfTheLambdaRuntime(t *testing.T) {
	for _, test := range failing {
		t.Run(test.name, func(t *testing.T) {
			h := host(t, nil)
			h.Register(function.Definition{Name: "f", Timeout: time.Minute,
				Handler: lambda.NewHandler(func(context.Context) (string, error) { return "", test.handler() })})
			wantFailure(t, h, "f", `{}`, test.want, test.message)
		})
	}
}

func TestExitOfTheGoroutine(t *testing.T) {
	h := host(t, nil)
	h.Register(function.Definition{Name: "f", Timeout: time.Minute,
		Handler: lambda.NewHandler(func(context.Context) error { runtime.Goexit(); return nil })})
	wantFailure(t, h, "f", `{}`, "Runtime.ExitError", "")
}

// wantFailure invokes a function that fails with a name and, unless it is empty, a message.
func wantFailure(t *testing.T, h *function.Host, name, payload, want, message string) {
	t.Helper()
	answer, err := h.Invoke(t.Context(), name, []byte(payload))
	var failure *function.Error
	if !errors.As(err, &failure) {
		t.Fatalf("got %.100q, %v, want a *function.Error", answer, err)
	}
	if failure.Type != want || (message != "" && failure.Message != message) {
		t.Errorf("got %s (%s), want %s (%s)", failure.Type, failure.Message, want, message)
	}
}

func TestInvokeGivesContextAndAnswer(t *testing.T) {
	var seen []function.Invocation
	h := host(t, func(i function.Invocation) { seen = append(seen, i) })
	ids := map[string]bool{}
	h.Register(function.Definition{Name: "regua-echo", Timeout: time.Minute,
		Handler: lambda.NewHandler(func(ctx context.Context, in map[string]string) (map[string]string, error) {
			lc, ok := lambdacontext.FromContext(ctx)
			deadline, limited := ctx.Deadline()
			if !ok || !limited || time.Until(deadline) > time.Minute || time.Until(deadline) < 30*time.Second {
				return nil, fmt.Errorf("context is not a function's: %v, %v", ok, limited)
			}
			ids[lc.AwsRequestID] = true
			return map[string]string{"echo": in["say"] + "<", "arn": lc.InvokedFunctionArn}, nil
		})})
	for range 2 {
		answer, err := h.Invoke(t.Context(), "regua-echo", []byte(`{"say":"oi"}`))
		want := `{"arn":"arn:aws:lambda:us-east-1:000000000000:function:regua-echo","echo":"oi<"}`
		if err != nil || string(answer) != want {
			t.Fatalf("got %s, %v, want %s", answer, err, want)
		}
	}
	if len(ids) != 2 {
		t.Errorf("request ids are not unique: %v", ids)
	}
	if len(seen) != 2 || seen[1].Function != "regua-echo" || string(seen[1].Payload) != `{"say":"oi"}` || seen[1].Err != nil ||
		seen[1].At != time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) {
		t.Errorf("observed %+v", seen)
	}
}

func TestFailuresOfTheHost(t *testing.T) {
	h := host(t, nil)
	blocked := make(chan struct{})
	t.Cleanup(func() { close(blocked) })
	register := func(name string, timeout time.Duration, handler lambda.Handler) {
		h.Register(function.Definition{Name: name, Timeout: timeout, Handler: handler})
	}
	register("deaf", 5*time.Millisecond, raw(func(context.Context, []byte) ([]byte, error) { <-blocked; return nil, nil }))
	register("heeds", 5*time.Millisecond, raw(func(ctx context.Context, _ []byte) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() }))
	register("big", time.Minute, raw(func(context.Context, []byte) ([]byte, error) { return make([]byte, 6291557), nil }))
	register("fits", time.Minute, raw(func(_ context.Context, p []byte) ([]byte, error) { return make([]byte, 6291556), nil }))
	register("strict", time.Minute, lambda.NewHandler(func(in struct{ N int }) error { return nil }))
	tests := []struct{ name, payload, want string }{
		{"deaf", "{}", "Sandbox.Timedout"},
		{"heeds", "{}", "Sandbox.Timedout"},
		{"big", "{}", "Function.ResponseSizeTooLarge"},
		{"fits", "{}", ""},
		{"fits", strings.Repeat(" ", 6291456), ""},
		{"fits", strings.Repeat(" ", 6291457), "RequestTooLargeException"},
		{"strict", `{"N":"one"}`, "UnmarshalTypeError"},
		{"strict", `{"N":1}`, ""},
		{"absent", "{}", "ResourceNotFoundException"},
	}
	for _, test := range tests {
		_, err := h.Invoke(t.Context(), test.name, []byte(test.payload))
		var failure *function.Error
		if got := ""; errors.As(err, &failure) {
			if got = failure.Type; got != test.want {
				t.Errorf("%s with %d bytes: got %s, want %q", test.name, len(test.payload), got, test.want)
			}
		} else if test.want != "" || err != nil {
			t.Errorf("%s: got error %v, want %q", test.name, err, test.want)
		}
	}
}

func TestCallerMayGoAway(t *testing.T) {
	h := host(t, nil)
	finished, release := make(chan error, 1), make(chan struct{})
	h.Register(function.Definition{Name: "slow", Timeout: time.Minute, Handler: raw(func(ctx context.Context, _ []byte) ([]byte, error) {
		<-release
		finished <- ctx.Err()
		return nil, nil
	})})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Invoke(ctx, "slow", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the caller's own end", err)
	}
	close(release)
	if err := <-finished; err != nil {
		t.Errorf("the function was cut off: %v", err)
	}
}

func TestConcurrentAnswersDoNotShareMemory(t *testing.T) {
	h := host(t, nil)
	h.Register(function.Definition{Name: "echo", Timeout: time.Minute,
		Handler: lambda.NewHandler(func(_ context.Context, in string) (string, error) { return in, nil })})
	h.Register(function.Definition{Name: "quiet", Timeout: time.Minute,
		Handler: lambda.NewHandler(func(context.Context, string) error { return nil })})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			payload, _ := json.Marshal(strings.Repeat(string(rune('a'+i)), 2000))
			for range 50 {
				answer, err := h.Invoke(t.Context(), "echo", payload)
				if err != nil || string(answer) != string(payload) {
					t.Errorf("got %.20s…, %v, want %.20s…", answer, err, payload)
					return
				}
				if answer, err := h.Invoke(t.Context(), "quiet", payload); err != nil || string(answer) != "null" {
					t.Errorf("got %q, %v, want null", answer, err)
				}
			}
		})
	}
	wg.Wait()
}

func TestRegisterRefusesMistakes(t *testing.T) {
	handler := raw(func(context.Context, []byte) ([]byte, error) { return nil, nil })
	for name, d := range map[string]function.Definition{
		"no name":    {Timeout: time.Second, Handler: handler},
		"no timeout": {Name: "x", Handler: handler},
		"no handler": {Name: "x", Timeout: time.Second},
		"two codes":  {Name: "x", Timeout: time.Second, Handler: handler, Take: function.NewProcesses(function.Program{}).Take},
		"twice":      {Name: "there", Timeout: time.Second, Handler: handler},
	} {
		t.Run(name, func(t *testing.T) {
			h := host(t, nil)
			h.Register(function.Definition{Name: "there", Timeout: time.Second, Handler: handler})
			defer func() {
				if recover() == nil {
					t.Error("was accepted")
				}
			}()
			h.Register(d)
		})
	}
}

// BenchmarkInvoke is one invocation of a function that does nothing.
func BenchmarkInvoke(b *testing.B) {
	clk := clock.Virtual(time.Now())
	defer clk.Close()
	h := function.NewHost(clk, nil)
	h.Register(function.Definition{Name: "f", Timeout: time.Minute,
		Handler: lambda.NewHandler(func(_ context.Context, in map[string]string) (map[string]string, error) { return in, nil })})
	for b.Loop() {
		if _, err := h.Invoke(b.Context(), "f", []byte(`{"a":"b"}`)); err != nil {
			b.Fatal(err)
		}
	}
}
