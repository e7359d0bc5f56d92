// Package stepfunctions_test holds the local cloud's Step Functions to AWS's documented behaviour, check by check, and to LocalStack's.
// Requests are JSON documents on the wire. Ours runs on a virtual clock, LocalStack in real time.
package stepfunctions_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/stepfunctions"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/test/conformance/stepfunctions/script"
	"github.com/regua/regua/test/localstack"
)

type doc = map[string]any

// answer is what a target answered: an object, or an error by its short name.
type answer struct {
	code, message string // "" when the call succeeded
	body          doc
}

// target is an implementation of Step Functions under test.
type target struct {
	name   string
	url    string
	do     func(*http.Request) (*http.Response, error)
	define func(name string, definition []byte) error
	now    func() time.Time
	pause  func(time.Duration) error // lets time pass
	step   time.Duration             // between two looks
	// patience is how long it may take until something holds.
	patience time.Duration
}

const (
	machinePrefix   = "arn:aws:states:us-east-1:000000000000:stateMachine:"
	executionPrefix = "arn:aws:states:us-east-1:000000000000:execution:"
	role            = "arn:aws:iam::000000000000:role/r"
	functionName    = "script"
	callLimit       = time.Minute
	patience        = 40 * time.Second
)

// request makes an HTTP call in a service's name.
func (g *target) request(service, method, path, contentType, operation, body string) (int, doc, error) {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, g.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	req.Header.Set("Content-Type", contentType)
	if operation != "" {
		req.Header.Set("X-Amz-Target", "AWSStepFunctions."+operation)
	}
	res, err := g.do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", g.name, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: read answer: %w", g.name, err)
	}
	var answered doc
	if err := json.Unmarshal(text, &answered); err != nil {
		return 0, nil, fmt.Errorf("%s answered %d %q: %w", g.name, res.StatusCode, text, err)
	}
	return res.StatusCode, answered, nil
}

// send calls Step Functions. LocalStack looks for a token in executions that are only just starting too, and then fails: it is asked again.
func (g *target) send(operation string, body doc) (answer, error) {
	a, err := g.once(operation, body)
	for range 50 {
		if err != nil || !strings.HasSuffix(a.message, "has no attribute 'callback_pool_manager'") {
			break
		}
		if err = g.pause(20 * time.Millisecond); err == nil {
			a, err = g.once(operation, body)
		}
	}
	return a, err
}

func (g *target) once(operation string, body doc) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, fmt.Errorf("encode request: %w", err)
	}
	status, answered, err := g.request("states", http.MethodPost, "/", "application/x-amz-json-1.0", operation, string(text))
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", operation, err)
	}
	a := answer{body: answered}
	if status != http.StatusOK {
		kind, _ := answered["__type"].(string)
		a.code = kind[strings.LastIndexByte(kind, '#')+1:]
		a.message, _ = answered["message"].(string)
	}
	return a, nil
}

// must is send for an answer that must not be an error.
func (g *target) must(operation string, body doc) (doc, error) {
	a, err := g.send(operation, body)
	if err == nil && a.code != "" {
		err = fmt.Errorf("%s: %s: %s: %s", g.name, operation, a.code, a.message)
	}
	return a.body, err
}

// until lets time pass until something holds.
func (g *target) until(what string, holds func() (bool, error)) error {
	for end := g.now().Add(g.patience); g.now().Before(end); {
		if yes, err := holds(); yes || err != nil {
			return err
		}
		if err := g.pause(g.step); err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: waited in vain for %s", g.name, what)
}

// ours gives the local cloud's engine, new and empty, in process, its function too.
func ours(t testing.TB) *target {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	var mu sync.Mutex
	calls := map[string]int{}
	host := function.NewHost(clk, nil)
	host.Register(function.Definition{Name: functionName, Timeout: callLimit, Handler: script.Function(func(key string) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		calls[key]++
		return calls[key], nil
	})})
	engine, err := stepfunctions.New(clk, store.Memory(), host)
	if err != nil {
		t.Fatal(err)
	}
	return &target{name: "ours", url: "http://local", do: wire.NewRouter(map[string]wire.Engine{"states": engine}).Do,
		define: engine.Define, now: clk.Now, step: 100 * time.Millisecond, patience: patience,
		pause: func(d time.Duration) error { return clk.Advance(context.Background(), clk.Now().Add(d)) }}
}

// oracle starts LocalStack with the function for the length of the test, or skips the test when it is not there.
func oracle(t testing.TB) *target {
	t.Helper()
	g := &target{name: "LocalStack", do: (&http.Client{}).Do, url: localstack.Start(t), now: time.Now,
		step: 300 * time.Millisecond, patience: patience}
	g.pause = func(d time.Duration) error {
		<-time.After(d)
		return nil
	}
	g.define = func(name string, definition []byte) error {
		_, err := g.must("CreateStateMachine", doc{"name": name, "definition": string(definition), "roleArn": role})
		return err
	}
	g.deploy(t)
	return g
}

// deploy builds the function and makes it known to LocalStack.
func (g *target) deploy(t testing.TB) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bootstrap")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", path, "./script/bootstrap")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build function: %v\n%s", err, out)
	}
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	file, err := w.CreateHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	definition, err := json.Marshal(doc{"FunctionName": functionName, "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 60,
		"Role": role, "Environment": doc{"Variables": doc{"TMPDIR": t.TempDir()}},
		"Code": doc{"ZipFile": base64.StdEncoding.EncodeToString(archive.Bytes())}})
	if err != nil {
		t.Fatal(err)
	}
	const functions = "/2015-03-31/functions"
	status, body, err := g.request("lambda", http.MethodPost, functions, "application/json", "", string(definition))
	if err != nil || status != http.StatusCreated {
		t.Fatalf("create function: %d %v %v", status, body, err)
	}
	err = g.until("the function", func() (bool, error) {
		_, body, err := g.request("lambda", http.MethodGet, functions+"/"+functionName, "application/json", "", "")
		configuration, _ := body["Configuration"].(doc)
		return configuration["State"] == "Active", err
	})
	if err != nil {
		t.Fatal(err)
	}
}
