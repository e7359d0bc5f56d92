// Package pix_test holds the Pix adapter's calls, and what it reads, to the API Pix's own document, by Prism, which serves such documents
// and refuses what they do not allow.
package pix_test

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/test/oracles"
)

// prism is a running Prism.
type prism struct {
	address string

	mu   sync.Mutex
	said []string
}

// start runs Prism on a free port of the loopback interface until the test ends, or skips the test when it is not there. With an address
// behind it, it passes calls and answers on, and refuses both when they are not as the document says; alone it answers with the document's
// examples, of which many are not as the document says, and refuses calls only.
func start(t *testing.T, behind ...string) *prism {
	t.Helper()
	folder := os.Getenv("REGUA_PRISM")
	if folder == "" {
		oracles.Absent(t, "Prism", "REGUA_PRISM does not name its folder: make conformance-pix sets it")
	}
	program := filepath.Join(folder, "node_modules", ".bin", "prism")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &prism{address: listener.Addr().String()}
	_, port, _ := net.SplitHostPort(p.address)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	args := []string{"mock", "-h", "127.0.0.1", "-p", port, corrected(t)}
	if len(behind) > 0 {
		args[0] = "proxy"
		args = append(args, behind[0], "--errors")
	}
	command := exec.CommandContext(t.Context(), program, args...)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stderr = command.Stdout
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	go p.listen(bufio.NewScanner(out), ready, ended)
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
		_ = command.Wait()
		if t.Failed() {
			t.Logf("Prism said:\n%s", strings.Join(p.lines(), "\n"))
		}
	})
	select {
	case <-ready:
	case <-ended:
		t.Fatalf("Prism ended: %s", strings.Join(p.lines(), "\n"))
	case <-time.After(2 * time.Minute):
		t.Fatal("Prism does not start")
	}
	return p
}

func (p *prism) listen(lines *bufio.Scanner, ready, ended chan<- struct{}) {
	defer close(ended)
	for lines.Scan() {
		p.mu.Lock()
		p.said = append(p.said, lines.Text())
		p.mu.Unlock()
		if strings.Contains(lines.Text(), "Prism is listening on") {
			close(ready)
		}
	}
}

func (p *prism) lines() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.said...)
}
