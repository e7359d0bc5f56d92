// Package edge_test holds the local cloud's Lambda and API Gateway to AWS's documented behaviour, check by check, and to LocalStack.
package edge_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	host "github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/gateway"
)

// The functions of every target: wide has a timeout of 30 s and a destination for failures, narrow one of 1 s and one place.
const (
	wide   = "wide"
	narrow = "narrow"
	stage  = "prod"
)

// failure is what a caller sees of an invocation that failed: by the function, or by Lambda itself.
type failure struct{ kind, message string }

func (f *failure) Error() string { return f.kind + ": " + f.message }

// target is an implementation of Lambda and API Gateway under test.
type target struct {
	name string
	// invoke calls a function and waits for its answer; an error is a *failure, or no answer at all.
	invoke func(ctx context.Context, name string, payload []byte) ([]byte, error)
	// event hands an asynchronous invocation over.
	event func(ctx context.Context, name string, payload []byte) error
	// until lets time pass until a condition holds, and says whether it does in the end; rest lets pass what an event may take at most.
	until func(holds func() bool) bool
	rest  func()
	now   func() time.Time
	// minute is how long Lambda's first wait lasts there.
	minute time.Duration
	// records are what wide's destination was told so far.
	records func() ([]host.Record, error)
	api     string // the URL of the stage
	folder  string // for files that the functions write
}

// route is one method of the API under test, on wide.
type route struct {
	method, path string
	throttle     gateway.Throttle
}

var routes = []route{
	{"GET", "/", gateway.Throttle{}},
	{"GET", "/debts", gateway.Throttle{}},
	{"POST", "/debts", gateway.Throttle{}},
	{"GET", "/contracts/new", gateway.Throttle{}},
	{"GET", "/contracts/{number}", gateway.Throttle{}},
	{"POST", "/contracts/{number}/signature", gateway.Throttle{}},
	{"ANY", "/hooks/{account}/{proxy+}", gateway.Throttle{}},
	{"POST", "/answer", gateway.Throttle{}},
	{"GET", "/fail", gateway.Throttle{}},
	{"GET", "/scarce", gateway.Throttle{Rate: 1, Burst: 2}},
}

// ours gives the local cloud's engines, with the functions in process or as binaries.
func ours(t testing.TB, binaries bool) *target {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	var mu sync.Mutex
	var records []host.Record
	h := host.NewHost(clk, nil)
	define := func(d host.Definition) {
		d.Handler = behaving()
		if binaries {
			path, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			p := host.NewProcesses(host.Program{Name: d.Name, Path: path, MemoryMB: 128})
			t.Cleanup(p.Close)
			d.Handler, d.Take = nil, p.Take
		}
		h.Register(d)
	}
	define(host.Definition{Name: wide, Timeout: 30 * time.Second, OnFailure: func(_ context.Context, r host.Record) {
		mu.Lock()
		defer mu.Unlock()
		records = append(records, r)
	}})
	define(host.Definition{Name: narrow, Timeout: time.Second, Reserved: 1})
	var patterns []gateway.Route
	for _, r := range routes {
		patterns = append(patterns, gateway.Route{Method: r.method, Path: r.path, Function: wide, Throttle: r.throttle})
	}
	server := httptest.NewServer(gateway.New(patterns, h.Invoke, clk, stage))
	t.Cleanup(server.Close)
	pass := func(d time.Duration) {
		if err := clk.Advance(context.Background(), clk.Now().Add(d)); err != nil {
			t.Error(err)
		}
	}
	return &target{
		name: "ours",
		invoke: func(ctx context.Context, name string, payload []byte) ([]byte, error) {
			answer, err := h.Invoke(ctx, name, payload)
			return answer, seen(err)
		},
		event: func(ctx context.Context, name string, payload []byte) error {
			_, err := h.Event(ctx, name, payload)
			return seen(err)
		},
		until: func(holds func() bool) bool {
			for range 600 {
				if holds() {
					return true
				}
				pass(time.Second)
			}
			return false
		},
		rest: func() { pass(12 * time.Hour) },
		now:  clk.Now, minute: time.Minute,
		records: func() ([]host.Record, error) {
			mu.Lock()
			defer mu.Unlock()
			return append([]host.Record(nil), records...), nil
		},
		api: server.URL, folder: t.TempDir(),
	}
}

// seen is an error as a caller over the wire sees it.
func seen(err error) error {
	var failed *host.Error
	if errors.As(err, &failed) {
		return &failure{failed.Type, failed.Message}
	}
	return err
}

// reply is the API's answer to a request.
type reply struct {
	status int
	header http.Header
	body   string
}

// request sends an HTTP request to the stage, whose path is encoded already.
func (g *target) request(method, path string, header http.Header, body string) (reply, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, g.api+path, strings.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("make request: %w", err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", g.name, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, fmt.Errorf("%s: read answer: %w", g.name, err)
	}
	return reply{resp.StatusCode, resp.Header, string(answer)}, nil
}

// do invokes a function with an order.
func (g *target) do(name string, o order) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	payload, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encode order: %w", err)
	}
	return g.invoke(ctx, name, payload)
}
