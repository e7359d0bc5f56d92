// Package dynamodb_test holds the local cloud's DynamoDB to AWS's documented behaviour, check by check, and to DynamoDB Local, answer by
// answer. Requests are JSON documents on the wire, so that what no SDK would send can be sent too.
package dynamodb_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/test/oracles"
)

// doc is a JSON object.
type doc = map[string]any

// answer is what a target answered: an object, or an error by its short name.
type answer struct {
	code    string // "" when the call succeeded
	message string
	body    doc
	header  http.Header
	raw     []byte
}

// target is an implementation of DynamoDB under test.
type target struct {
	name string
	do   func(*http.Request) (*http.Response, error)
	url  string
}

const credential = "AWS4-HMAC-SHA256 Credential=regua/20260101/sa-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"

// send makes one call with a JSON text. A call that DynamoDB Local gives up, because on a slow machine with many calls under way it waited
// too long for a lock, is made again: such a call "will succeed in actual DynamoDB API", it says.
func (g *target) send(operation, body string) (a answer, err error) {
	const patience = 20
	for range patience {
		if a, err = g.sendOnce(operation, body); err != nil || !strings.Contains(a.message, "waiting for a lock") {
			break
		}
	}
	return a, err
}

func (g *target) sendOnce(operation, body string) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url, strings.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Authorization", credential)
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	res, err := g.do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%s: %s: %w", g.name, operation, err)
	}
	defer res.Body.Close()
	a := answer{header: res.Header}
	if a.raw, err = io.ReadAll(res.Body); err != nil {
		return answer{}, fmt.Errorf("%s: read answer of %s: %w", g.name, operation, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(a.raw))
	decoder.UseNumber()
	if err := decoder.Decode(&a.body); err != nil {
		return answer{}, fmt.Errorf("%s: %s answered %d %q: %w", g.name, operation, res.StatusCode, a.raw, err)
	}
	if res.StatusCode != http.StatusOK {
		kind, _ := a.body["__type"].(string)
		a.code = kind[strings.LastIndexByte(kind, '#')+1:]
		for _, name := range []string{"message", "Message"} {
			if text, ok := a.body[name].(string); ok {
				a.message = text
			}
			delete(a.body, name)
		}
		delete(a.body, "__type")
	}
	return a, nil
}

// call is send for an answer that must come.
func (g *target) call(t testing.TB, operation string, body any) answer {
	t.Helper()
	text, ok := body.(string)
	if !ok {
		encoded, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		text = string(encoded)
	}
	a, err := g.send(operation, text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// must is call for an answer that must not be an error.
func (g *target) must(t testing.TB, operation string, body any) doc {
	t.Helper()
	a := g.call(t, operation, body)
	if a.code != "" {
		t.Fatalf("%s: %s: %s: %s", g.name, operation, a.code, a.message)
	}
	return a.body
}

// ours gives the local cloud's engine, new and empty, in process.
func ours(t testing.TB) *target {
	t.Helper()
	return &target{name: "ours", url: "http://local", do: router(t, store.Memory()).Do}
}

// router serves a new engine that keeps its state in a store.
func router(t testing.TB, st *store.Store) *wire.Router {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	engine, err := dynamodb.New(clk, st)
	if err != nil {
		t.Fatal(err)
	}
	return wire.NewRouter(map[string]wire.Engine{"dynamodb": engine})
}

// jarsVariable names the folder of DynamoDB Local's jars.
const jarsVariable = "REGUA_DYNAMODB_LOCAL"

// oracle starts DynamoDB Local for the length of the test, or skips the test when it is not there.
func oracle(t testing.TB) *target {
	t.Helper()
	jars := os.Getenv(jarsVariable)
	if jars == "" {
		oracles.Absent(t, "DynamoDB Local", jarsVariable+" does not name the jars of DynamoDB Local: make conformance fetches and names them")
	}
	if others := oracles.Outside(t); len(others) > 0 {
		oracles.Absent(t, "DynamoDB Local",
			fmt.Sprintf("DynamoDB Local listens on every interface, and %s are not loopback: run in a network namespace", others))
	}
	const port = "8000"
	server := exec.Command("oracle/serve", jars, port)
	stdin, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		oracles.Absent(t, "DynamoDB Local", err.Error())
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := server.Wait(); err != nil {
			t.Errorf("DynamoDB Local ended badly: %v", err)
		}
	})
	g := &target{name: "oracle", url: "http://127.0.0.1:" + port, do: (&http.Client{}).Do}
	g.await(t, stdout)
	return g
}

// await waits until the server answers: it says when it has read its configuration, and listens soon after.
func (g *target) await(t testing.TB, stdout io.Reader) {
	t.Helper()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "CorsParams") {
		t.Log(lines.Text())
	}
	go func() {
		_, _ = io.Copy(io.Discard, stdout) // it ends with the server
	}()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		if _, err := g.send("ListTables", "{}"); err == nil {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal("DynamoDB Local does not answer")
		case <-poll.C:
		}
	}
}

// create makes a table and waits for nothing: both targets have it at once.
func (g *target) create(t testing.TB, definition doc) {
	t.Helper()
	g.must(t, "CreateTable", definition)
}
