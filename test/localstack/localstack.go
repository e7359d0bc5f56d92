// Package localstack gives a test a LocalStack of its own, without Docker, from the virtual environment that make localstack-host makes.
package localstack

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/regua/regua/test/oracles"
)

// venvVariable names the virtual environment.
const venvVariable = "REGUA_LOCALSTACK"

// startLimit is how long LocalStack may take to start: two seconds on an idle machine, many times that on a busy one.
const startLimit = 2 * time.Minute

// Start serves LocalStack for the length of the test and returns its endpoint, as http://127.0.0.1:PORT. Settings are variables of
// LocalStack's own, as NAME=VALUE. Where REGUA_LOCALSTACK names no virtual environment, or this machine can be reached from elsewhere, the
// test is skipped; with REGUA_REQUIRE_ORACLES=1 it fails.
func Start(t testing.TB, settings ...string) (endpoint string) {
	t.Helper()
	venv := os.Getenv(venvVariable)
	if venv == "" {
		oracles.Absent(t, "LocalStack", venvVariable+" does not name the virtual environment of LocalStack: make conformance makes and names it")
	}
	if others := oracles.Outside(t); len(others) > 0 {
		oracles.Absent(t, "LocalStack", fmt.Sprintf("LocalStack runs in a network namespace of its own only, and %s are not loopback", others))
	}
	port := freePort(t)
	arguments := append([]string{venv, port, t.TempDir()}, settings...)
	server := exec.Command(filepath.Join(root(t), "test/localstack/host/serve"), arguments...) // #nosec G204 -- this repository's own
	out := &output{ready: make(chan struct{})}
	server.Stdout, server.Stderr = out, out
	stdin, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		oracles.Absent(t, "LocalStack", err.Error())
	}
	var end error
	ended := make(chan struct{})
	go func() {
		end = server.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = stdin.Close() // fails only when the server has ended already
		<-ended
		if end != nil {
			t.Errorf("LocalStack ended badly: %v", end)
		}
		if t.Failed() {
			t.Logf("LocalStack's log ends with:\n%s", out.tail())
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	select {
	case <-out.ready:
	case <-ended:
		t.Fatal("LocalStack ended at its start")
	case <-ctx.Done():
		t.Fatalf("LocalStack is not ready within %s", startLimit)
	}
	return "http://127.0.0.1:" + port
}

// output keeps what LocalStack writes, which one goroutine hands over, and notices when it is ready.
type output struct {
	log   bytes.Buffer
	ready chan struct{}
	said  bool
}

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	n, err := o.log.Write(p)
	if !o.said && bytes.Contains(o.log.Bytes(), []byte("\nReady.\n")) {
		o.said = true
		close(o.ready)
	}
	return n, err
}

func (o *output) tail() []byte {
	const enough = 4 << 10
	return o.log.Bytes()[max(0, o.log.Len()-enough):]
}

func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if closed := listener.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// root is the folder of go.mod, above the one that the test runs in.
func root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		above := filepath.Dir(folder)
		if above == folder {
			t.Fatal("the test does not run in the module's tree")
		}
		folder = above
	}
}
