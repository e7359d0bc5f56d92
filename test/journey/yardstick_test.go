package journey

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/shared/contract"
)

const (
	// maxSizeRatio bounds a function's binary by that of a bare handler that calls the same operations.
	maxSizeRatio = 1.4
	buildTimeout = 3 * time.Minute
)

// build compiles a program as the deployed functions are compiled.
func build(t testing.TB, source string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "bootstrap")
	ctx, cancel := context.WithTimeout(t.Context(), buildTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags", "-s -w -buildid=", "-buildvcs=false",
		"-o", out, source)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH)
	if text, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", source, err, text)
	}
	return out
}

// called finds the operations of the product's services that a binary can call: the linker keeps the name of each function that it keeps.
var called = regexp.MustCompile(
	`github\.com/aws/aws-sdk-go-v2/service/(dynamodb|kms|s3|secretsmanager|ses|sfn|sns|sqs)\.\(\*Client\)\.([A-Z][A-Za-z]+)\x00`)

func callable(t testing.TB, binary string) []string {
	t.Helper()
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range called.FindAllSubmatch(content, -1) {
		if name := string(m[1]) + "." + string(m[2]); name != "dynamodb.DescribeEndpoints" { // comes with every client of DynamoDB
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bare writes a handler that calls the operations, one after another, and does nothing else.
func bare(operations []string) string {
	var imports, calls []string
	for _, o := range operations {
		service, operation, _ := strings.Cut(o, ".")
		imports = append(imports, fmt.Sprintf("\t%q\n", "github.com/aws/aws-sdk-go-v2/service/"+service))
		calls = append(calls, fmt.Sprintf(
			"\t\tif _, err := %[1]s.NewFromConfig(c).%[2]s(ctx, &%[1]s.%[2]sInput{}); err != nil {\n\t\t\treturn nil, err\n\t\t}\n",
			service, operation))
	}
	return `package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
` + strings.Join(slices.Compact(imports), "") + `)

func main() {
	c, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		panic(err)
	}
	lambda.Start(func(ctx context.Context, in json.RawMessage) (json.RawMessage, error) {
` + strings.Join(calls, "") + `		return in, nil
	})
}
`
}

// TestBinariesAreNearABareHandler holds every function's binary to its share of a bare handler that calls the same operations.
func TestBinariesAreNearABareHandler(t *testing.T) {
	t.Parallel()
	dir := binaries(t)
	for _, f := range contract.Functions() {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			same := callable(t, filepath.Join(dir, f.Name))
			if len(same) == 0 {
				t.Fatal("it calls nothing: the names of its operations were not found")
			}
			source := filepath.Join(t.TempDir(), "main.go")
			if err := os.WriteFile(source, []byte(bare(same)), 0o600); err != nil {
				t.Fatal(err)
			}
			yardstick := build(t, source)
			if got := callable(t, yardstick); !slices.Equal(got, same) {
				t.Fatalf("the bare handler calls %v, the function %v", got, same)
			}
			own, least := bytesOf(t, filepath.Join(dir, f.Name)), bytesOf(t, yardstick)
			ratio := float64(own) / float64(least)
			t.Logf("%d bytes, bare %d: %.2f times", own, least, ratio)
			if ratio > maxSizeRatio {
				t.Errorf("%.2f times a bare handler that calls %v, at most %.1f are allowed", ratio, same, maxSizeRatio)
			}
		})
	}
}

func bytesOf(t *testing.T, file string) int64 {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// BenchmarkFirstAnswer is the way from the start of a process to its first answer, the median: a participant's debts by offer-serve, the
// same calls by a bare handler, and how many times longer the function takes.
func BenchmarkFirstAnswer(b *testing.B) {
	dir := binaries(b)
	var event []byte
	w := begin(b, setup{invoked: func(i function.Invocation) {
		if i.Function == physical("offer-serve") {
			event = i.Payload
		}
	}})
	token := w.login(w.participant("tv-horizonte"), "email")
	calls := map[string]json.RawMessage{}
	for _, c := range w.watch.during(func() { w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil)) }) {
		calls[c.Operation] = c.Body
	}
	recorded, err := json.Marshal(calls)
	if err != nil {
		b.Fatal(err)
	}
	environment := append(w.deployed(), "BARE_CALLS="+string(recorded))
	yardstick := build(b, "./testdata/bare")
	binary := filepath.Join(dir, "offer-serve")
	compare(b, func() time.Duration {
		took, answer, err := first(b, binary, environment, event)
		return served(b, took, answer, err)
	}, func() time.Duration {
		took, answer, err := first(b, yardstick, environment, event)
		return served(b, took, answer, err)
	})
}

// BenchmarkStart is the way of each function from the start of its process to the answer to an event that it refuses, the median, beside a
// bare handler with the same clients.
func BenchmarkStart(b *testing.B) {
	dir := binaries(b)
	environment := begin(b, setup{}).deployed()
	for _, f := range contract.Functions() {
		b.Run(f.Name, func(b *testing.B) {
			binary := filepath.Join(dir, f.Name)
			source := filepath.Join(b.TempDir(), "main.go")
			if err := os.WriteFile(source, []byte(bare(callable(b, binary))), 0o600); err != nil {
				b.Fatal(err)
			}
			yardstick := build(b, source)
			refused := func(path string) func() time.Duration {
				return func() time.Duration {
					took, _, err := first(b, path, environment, []byte(`{}`))
					if failure, ok := errors.AsType[*function.Error](err); err != nil && (!ok || strings.Contains(failure.Type, ".")) {
						b.Fatalf("%s did not come to answer: %v", path, err) // a name with a dot is the host's
					}
					return took
				}
			}
			compare(b, refused(binary), refused(yardstick))
		})
	}
}

// deployed is what a function finds in its surroundings, the world's services on a socket of their own.
func (w *world) deployed() []string {
	services := httptest.NewServer(w.cloud.Services)
	w.t.Cleanup(services.Close)
	return []string{
		contract.EnvStage + "=" + cloud.Stage, contract.EnvRegion + "=us-east-1", contract.EnvAccount + "=000000000000",
		contract.EnvPortalURL + "=" + w.server.URL, contract.EnvMailFrom + "=a@regua.example", contract.EnvEndpoint + "=" + services.URL,
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=local",
	}
}

// compare times the product and the yardstick by turns, so that whatever else the machine does strikes both, and reports their medians.
func compare(b *testing.B, product, yardstick func() time.Duration) {
	b.Helper()
	var own, least []time.Duration
	for b.Loop() {
		own, least = append(own, product()), append(least, yardstick())
	}
	slices.Sort(own)
	slices.Sort(least)
	ours, bare := own[len(own)/2], least[len(least)/2]
	b.ReportMetric(float64(ours.Microseconds())/1000, "function-ms")
	b.ReportMetric(float64(bare.Microseconds())/1000, "bare-ms")
	b.ReportMetric(float64(ours)/float64(bare), "ratio")
}

func served(b *testing.B, took time.Duration, answer []byte, err error) time.Duration {
	b.Helper()
	var reply struct{ StatusCode int }
	if err != nil || json.Unmarshal(answer, &reply) != nil || reply.StatusCode != http.StatusOK {
		b.Fatalf("got %s, %v", answer, err)
	}
	return took
}

// first starts a process, asks it once, and tells how long that took and what it answered.
func first(b *testing.B, path string, environment []string, event []byte) (took time.Duration, answer []byte, err error) {
	b.Helper()
	clk := clock.Real()
	defer clk.Close()
	processes := function.NewProcesses(function.Program{Name: "f", Path: path, MemoryMB: 256, Environment: environment})
	defer processes.Close()
	host := function.NewHost(clk, nil)
	host.Register(function.Definition{Name: "f", Timeout: 10 * time.Second, Take: processes.Take})
	started := time.Now()
	answer, err = host.Invoke(b.Context(), "f", event)
	return time.Since(started), answer, err
}
