package crash

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/dynamo"
)

const (
	buildTimeout = 5 * time.Minute
	startTimeout = 20 * time.Second
	callTimeout  = 10 * time.Second
	// again is how long a client waits before it repeats a call that failed.
	again = 10 * time.Millisecond
)

// physical is the deployed name of a thing.
func physical(name string) string { return contract.Prefix(cloud.Stage) + name }

// programVariable names a program to run in place of infra/local: one with a planted bug.
const programVariable = "REGUA_CRASH_PROGRAM"

// build compiles infra/local once for all tests.
var build = sync.OnceValues(func() (string, error) {
	if program := os.Getenv(programVariable); program != "" {
		return program, nil
	}
	dir, err := os.MkdirTemp("", "regua-crash")
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildTimeout)
	defer cancel()
	program := filepath.Join(dir, "local")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/regua/regua/infra/local").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build infra/local: %w\n%s", err, text)
	}
	return program, nil
})

// TestMain removes what was built.
func TestMain(m *testing.M) {
	code := m.Run()
	if program, err := build(); err == nil && os.Getenv(programVariable) == "" {
		_ = os.RemoveAll(filepath.Dir(program))
	}
	os.Exit(code)
}

// host is infra/local as a process of its own: two loopback addresses and a data directory that outlive it.
type host struct {
	t               *testing.T
	addr, aws       string
	data, portfolio string
	functions       string // directory of the functions' binaries; "" hosts them in the process
	client          *http.Client
	config          aws.Config
	store           *dynamo.Store

	command *exec.Cmd
	said    *bytes.Buffer // of the process that runs, complete once it has ended
	done    chan struct{} // closed when what it says has ended
}

// newHost prepares a host with a portfolio file; nothing runs yet.
func newHost(t *testing.T, portfolio, functions string) *host {
	t.Helper()
	h := &host{t: t, addr: freeAddress(t), aws: freeAddress(t), data: filepath.Join(t.TempDir(), "data"), portfolio: portfolio,
		functions: functions, client: &http.Client{Timeout: callTimeout}}
	h.config = aws.Config{Region: "us-east-1", BaseEndpoint: aws.String("http://" + h.aws),
		Credentials: credentials.NewStaticCredentialsProvider(cloud.Tool, "local", "")}
	h.store = dynamo.New(awsdynamodb.NewFromConfig(h.config), physical(contract.Table), time.Now, creditor.Parse)
	t.Cleanup(func() {
		if h.command != nil {
			h.kill()
		}
	})
	return h
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

const (
	// unhealed lets nothing be found again that was lost: the sweep never looks for what lies, and no provider is asked at an expiry.
	unhealed = "pending-sweep/*:* 100% fail; payment-expire/*:* 100% fail"
	// inIntake and inCodes besides stall the clock, and with it all deliveries, from the first notice or code that a function handles: it
	// gets no answer. What is acknowledged after that is kept, and nothing else happens with it.
	inIntake = unhealed + "; payment-intake/*:* 100% drop"
	inCodes  = unhealed + "; otp-send/*:* 100% drop"
)

// start runs the process, with the faults of some rules if any, and waits until it answers.
func (h *host) start(faults string) {
	h.t.Helper()
	program, err := build()
	if err != nil {
		h.t.Fatal(err)
	}
	args := []string{"-addr", h.addr, "-aws", h.aws, "-data", h.data, "-portfolio", h.portfolio}
	if h.functions != "" {
		args = append(args, "-functions", h.functions)
	}
	if faults != "" {
		args = append(args, "-faults", faults)
	}
	h.command, h.said, h.done = exec.Command(program, args...), &bytes.Buffer{}, make(chan struct{})
	read, write := io.Pipe()
	h.command.Stdout, h.command.Stderr = write, write
	if err := h.command.Start(); err != nil {
		h.t.Fatal(err)
	}
	ready := make(chan struct{})
	go func() {
		defer close(h.done)
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			h.said.WriteString(lines.Text() + "\n")
			if strings.HasPrefix(lines.Text(), "Regua is ready") {
				close(ready)
			}
		}
	}()
	ended := make(chan struct{})
	go func(command *exec.Cmd) {
		_ = command.Wait() // it is killed
		_ = write.Close()
		close(ended)
	}(h.command)
	select {
	case <-ready:
	case <-ended:
		<-h.done
		h.t.Fatalf("infra/local ended:\n%s", h.said)
	case <-time.After(startTimeout):
		h.t.Fatal("infra/local does not start")
	}
	h.eventually("the AWS address answers", func() bool {
		connection, err := net.Dial("tcp", h.aws)
		if err == nil {
			_ = connection.Close()
		}
		return err == nil
	})
}

// kill ends the process as kill -9 does, and waits for its end.
func (h *host) kill() {
	_ = h.command.Process.Kill()
	<-h.done
	h.command = nil
	h.client.CloseIdleConnections()
}

// eventually waits until a condition holds.
func (h *host) eventually(what string, holds func() bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), startTimeout)
	defer cancel()
	for !holds() {
		if pause(ctx) != nil {
			h.t.Fatalf("not within %s: %s", startTimeout, what)
		}
	}
}

// pause waits a moment, or for the end of ctx.
func pause(ctx context.Context) error {
	timer := time.NewTimer(again)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// children finds the functions that run as processes of the host: process id by name.
func (h *host) children() map[string]int {
	h.t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		h.t.Fatal(err)
	}
	out := map[string]int{}
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		// "pid (name) state parent …", proc(5); the name has 15 letters at most, so that it is read from the link
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) < 2 || fields[0] == "Z" || fields[1] != strconv.Itoa(h.command.Process.Pid) {
			continue
		}
		program, err := os.Readlink(filepath.Join(filepath.Dir(file), "exe"))
		pid, numberErr := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil && numberErr == nil && program != h.command.Path { // which is one that is still to become a function
			out[filepath.Base(program)] = pid
		}
	}
	return out
}

// reply is an answer of the host.
type reply struct {
	status int
	code   string // of a problem
	body   []byte
}

// call asks the host once. Headers come in pairs.
func (h *host) call(ctx context.Context, method, path string, body any, headers ...string) (reply, error) {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return reply{}, err
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+h.addr+path, reader)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if body == nil {
		req.Header.Del("Content-Type")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := h.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	r := reply{status: res.StatusCode}
	if r.body, err = io.ReadAll(res.Body); err != nil {
		return reply{}, err
	}
	var problem struct{ Code string }
	if r.status >= http.StatusBadRequest && json.Unmarshal(r.body, &problem) == nil {
		r.code = problem.Code
	}
	return r, nil
}

// page reads one of the pages under /_local/.
func (h *host) page(path string, into any) {
	h.t.Helper()
	r, err := h.call(h.t.Context(), http.MethodGet, "/_local/"+path, nil)
	if err != nil || r.status != http.StatusOK {
		h.t.Fatalf("%s: %d %s %v", path, r.status, r.body, err)
	}
	if err := json.Unmarshal(r.body, into); err != nil {
		h.t.Fatal(err)
	}
}

// advance moves the clock, and what is due happens.
func (h *host) advance(d time.Duration) {
	h.t.Helper()
	r, err := h.call(h.t.Context(), http.MethodPost, "/_local/clock", map[string]string{"advance": d.String()})
	if err != nil || r.status != http.StatusOK {
		h.t.Fatalf("advance: %d %s %v", r.status, r.body, err)
	}
}
