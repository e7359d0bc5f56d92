package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/regua/regua/infra/local/function"
)

// TestMain is also the binary that the tests host: what has a runtime API to ask is a function and no test.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		child()
	}
	os.Exit(m.Run())
}

// order is what a test wants of the child.
type order struct {
	Do   string // "" echoes
	Size int
	URL  string
}

type told struct {
	PID         int
	RequestID   string
	ARN         string
	Left        time.Duration
	Environment []string
	Text        string
}

func child() {
	switch os.Getenv("CHILD_START") {
	case "exit":
		os.Exit(3)
	case "hang":
		select {}
	case "report":
		report, _ := http.Post("http://"+os.Getenv("AWS_LAMBDA_RUNTIME_API")+"/2018-06-01/runtime/init/error", "application/json",
			strings.NewReader(`{"errorMessage":"no keys","errorType":"KeysMissing"}`))
		report.Body.Close()
		os.Exit(1)
	}
	lambda.Start(func(ctx context.Context, o order) (told, error) {
		lc, _ := lambdacontext.FromContext(ctx)
		deadline, _ := ctx.Deadline()
		answer := told{
			PID: os.Getpid(), RequestID: lc.AwsRequestID, ARN: lc.InvokedFunctionArn, Left: time.Until(deadline), Environment: os.Environ(),
		}
		switch o.Do {
		case "":
		case "exit":
			os.Exit(7)
		case "hang": // deaf to its deadline
			select {}
		case "big":
			answer.Text = strings.Repeat("x", o.Size)
		case "meet": // answers when the test lets it
			met, err := http.Get(o.URL)
			if err != nil {
				return answer, err
			}
			met.Body.Close()
		default:
			for _, f := range failing {
				if f.name == o.Do {
					return answer, f.handler()
				}
			}
		}
		return answer, nil
	})
}

// hosted is a host of one function "f", run as this test binary.
func hosted(t *testing.T, timeout time.Duration, environment ...string) (*function.Host, *function.Processes) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := function.NewProcesses(function.Program{Name: "f", Path: binary, MemoryMB: 256, Environment: environment})
	t.Cleanup(p.Close)
	h := host(t, nil)
	h.Register(function.Definition{Name: "f", Timeout: timeout, Take: p.Take})
	return h, p
}

func ask(t *testing.T, h *function.Host, o order) told {
	t.Helper()
	payload, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := h.Invoke(t.Context(), "f", payload)
	if err != nil {
		t.Fatal(err)
	}
	var out told
	if err := json.Unmarshal(answer, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestProcessServesOneInvocationAfterAnother(t *testing.T) {
	t.Setenv("REGUA_TEST_SECRET", "of the parent")
	h, p := hosted(t, time.Minute, "REGUA_STAGE=local")
	first, second := ask(t, h, order{}), ask(t, h, order{})
	if first.PID != second.PID || first.PID == os.Getpid() || first.RequestID == second.RequestID || first.RequestID == "" {
		t.Errorf("got %+v, then %+v", first, second)
	}
	if first.ARN != "arn:aws:lambda:us-east-1:000000000000:function:f" || first.Left > time.Minute || first.Left < 30*time.Second {
		t.Errorf("context %+v", first)
	}
	for _, want := range []string{
		"REGUA_STAGE=local", "AWS_LAMBDA_FUNCTION_NAME=f", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "_HANDLER=bootstrap",
	} {
		if !slices.Contains(first.Environment, want) {
			t.Errorf("%s is missing in %v", want, first.Environment)
		}
	}
	if i := slices.IndexFunc(first.Environment, func(v string) bool { return strings.HasPrefix(v, "REGUA_TEST_SECRET") }); i >= 0 {
		t.Error("the process sees the environment of its parent")
	}
	if alive, idle := p.Counts(); alive != 1 || idle != 1 {
		t.Errorf("%d processes, %d free", alive, idle)
	}
	p.Close()
	if alive, _ := p.Counts(); alive != 0 {
		t.Errorf("%d processes outlive their host", alive)
	}
	wantFailure(t, h, "f", `{}`, "Runtime.ExitError", "")
}

func TestProcessFailuresHaveTheNamesOfTheRuntime(t *testing.T) {
	h, _ := hosted(t, time.Minute)
	for _, test := range failing {
		t.Run(test.name, func(t *testing.T) {
			payload, _ := json.Marshal(order{Do: test.name})
			wantFailure(t, h, "f", string(payload), test.want, test.message)
		})
	}
	wantFailure(t, h, "f", `{"Size":"one"}`, "UnmarshalTypeError", "")
}

func TestProcessThatEndsIsReplaced(t *testing.T) {
	h, p := hosted(t, 30*time.Second)
	before := ask(t, h, order{})
	wantFailure(t, h, "f", `{"Do":"exit"}`, "Runtime.ExitError",
		"RequestId: 00000000-0000-4000-8000-000000000002 Error: Runtime exited with error: exit status 7")
	after := ask(t, h, order{})
	wantFailure(t, h, "f", `{"Do":"panic with text"}`, "string", "lost")
	last := ask(t, h, order{})
	if before.PID == after.PID || after.PID == last.PID {
		t.Errorf("processes %d, %d, %d", before.PID, after.PID, last.PID)
	}
	if alive, idle := p.Counts(); alive != 1 || idle != 1 {
		t.Errorf("%d processes, %d free", alive, idle)
	}
}

func TestProcessIsKilledAtItsDeadline(t *testing.T) {
	h, p := hosted(t, 200*time.Millisecond)
	named := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "1"})
	handler, failure := p.Take(named)
	if failure != nil {
		t.Fatal(failure)
	}
	ctx, cancel := context.WithTimeout(named, 50*time.Millisecond)
	defer cancel()
	if _, err := handler.Invoke(ctx, []byte(`{"Do":"hang"}`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	if alive, _ := p.Counts(); alive != 0 {
		t.Errorf("%d processes live after the deadline", alive)
	}
	wantFailure(t, h, "f", `{"Do":"hang"}`, "Sandbox.Timedout",
		"RequestId: 00000000-0000-4000-8000-000000000001 Error: Task timed out after 0.20 seconds")
}

func TestProcessThatCannotStart(t *testing.T) {
	const first = "RequestId: 00000000-0000-4000-8000-000000000001 Error: "
	for name, test := range map[string]struct{ start, want, message string }{
		"exits":   {"exit", "Runtime.ExitError", first + "Runtime exited with error: exit status 3"},
		"hangs":   {"hang", "Sandbox.Timedout", first + "Task timed out after 0.30 seconds"},
		"reports": {"report", "KeysMissing", "no keys"},
	} {
		t.Run(name, func(t *testing.T) {
			h, p := hosted(t, time.Minute, "CHILD_START="+test.start)
			if test.start == "hang" {
				p.SetInitLimit(300 * time.Millisecond)
			}
			wantFailure(t, h, "f", `{}`, test.want, test.message)
			if alive, _ := p.Counts(); alive != 0 {
				t.Errorf("%d processes live", alive)
			}
		})
	}
	p := function.NewProcesses(function.Program{Name: "f", Path: filepath.Join(t.TempDir(), "bootstrap")})
	h := host(t, nil)
	h.Register(function.Definition{Name: "f", Timeout: time.Minute, Take: p.Take})
	wantFailure(t, h, "f", `{}`, "Runtime.InvalidEntrypoint", "")
}

func TestProcessTakesAndGivesLargePayloads(t *testing.T) {
	h, _ := hosted(t, time.Minute)
	payload := []byte(`{"Do":"big","Size":6000000}`)
	payload = append(payload, bytes.Repeat([]byte(" "), 6291456-len(payload))...)
	answer, err := h.Invoke(t.Context(), "f", payload)
	if err != nil || len(answer) < 6000000 {
		t.Errorf("got %d bytes, %v", len(answer), err)
	}
	wantFailure(t, h, "f", `{"Do":"big","Size":6291557}`, "Function.ResponseSizeTooLarge", "")
	ask(t, h, order{}) // the process that said too much is replaced
}

// TestProcessesServeAtOnce lets as many invocations as there may be meet in the middle, then one more.
func TestProcessesServeAtOnce(t *testing.T) {
	h, p := hosted(t, time.Minute)
	arrived, release := make(chan struct{}, function.MaxProcesses), make(chan struct{})
	url := meeting(t, arrived, release)
	payload, _ := json.Marshal(order{Do: "meet", URL: url})
	pids := make(chan int, function.MaxProcesses)
	var wg sync.WaitGroup
	for range function.MaxProcesses {
		wg.Go(func() {
			answer, err := h.Invoke(t.Context(), "f", payload)
			var out told
			if err != nil || json.Unmarshal(answer, &out) != nil {
				t.Errorf("got %s, %v", answer, err)
			}
			pids <- out.PID
		})
	}
	for range function.MaxProcesses {
		<-arrived
	}
	wantFailure(t, h, "f", `{}`, "TooManyRequestsException", "")
	close(release)
	wg.Wait()
	close(pids)
	seen := map[int]bool{}
	for pid := range pids {
		seen[pid] = true
	}
	if len(seen) != function.MaxProcesses {
		t.Errorf("%d processes served %d invocations at once", len(seen), function.MaxProcesses)
	}
	if ask(t, h, order{}); !seen[ask(t, h, order{}).PID] {
		t.Error("a further process was started although all were free")
	}
	if alive, idle := p.Counts(); alive != function.MaxProcesses || idle != alive {
		t.Errorf("%d processes, %d free", alive, idle)
	}
}

// meeting is a place that children come to and leave when the test says so.
func meeting(t *testing.T, arrived chan<- struct{}, release <-chan struct{}) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestRuntimeAPIRefusesWhatDoesNotFit(t *testing.T) {
	h, _ := hosted(t, 30*time.Second)
	api := ""
	for _, v := range ask(t, h, order{}).Environment {
		if address, ok := strings.CutPrefix(v, "AWS_LAMBDA_RUNTIME_API="); ok {
			api = "http://" + address + "/2018-06-01/runtime/"
		}
	}
	for _, test := range []struct {
		method, path, host string
		want               int
	}{
		{"POST", "invocation/00000000-0000-4000-8000-000000000001/response", "", http.StatusBadRequest}, // answered already
		{"POST", "invocation/other/error", "", http.StatusBadRequest},
		{"POST", "init/error", "", http.StatusForbidden},
		{"GET", "invocation/next", "", http.StatusForbidden}, // the process waits for it already
		{"GET", "invocation/next", "elsewhere.example", http.StatusForbidden},
		{"GET", "invocation/first", "", http.StatusNotFound},
	} {
		req, err := http.NewRequestWithContext(t.Context(), test.method, api+test.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = test.host
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != test.want {
			t.Errorf("%s %s: got %d, want %d", test.method, test.path, res.StatusCode, test.want)
		}
	}
	ask(t, h, order{}) // undisturbed
}
