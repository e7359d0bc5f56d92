// Package bootstrap tells the product's story with each function running as the binary that is deployed: its main, its environment, its
// clients over a socket. It needs the binaries, which make check-bootstrap builds.
package bootstrap

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/site"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/app/importer"
	"github.com/regua/regua/shared/offer"
)

// directory is where the binaries stand.
const directory = "REGUA_BOOTSTRAP_DIR"

// binaries gives the directory of the functions' binaries, or skips the test.
func binaries(t testing.TB) string {
	t.Helper()
	dir := os.Getenv(directory)
	if dir == "" {
		t.Skip(directory + " names no directory of the functions' binaries; make check-bootstrap builds them and sets it")
	}
	return dir
}

// world is a local cloud whose functions are processes, with a small sample portfolio, served on loopback.
type world struct {
	t            testing.TB
	cloud        *cloud.Cloud
	url          string
	participants []demo.Participant

	mu      sync.Mutex
	log     bytes.Buffer
	invoked []function.Invocation
}

// Write takes what the functions log.
func (w *world) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *world) saw(i function.Invocation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.invoked = append(w.invoked, i)
}

func begin(t testing.TB) *world {
	t.Helper()
	dir := binaries(t)
	clk := clock.Real()
	t.Cleanup(clk.Close)
	w := &world{t: t}
	creditors, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	csv, participants, err := demo.Portfolio(1, offer.Today(clk.Now()), 12)
	if err != nil {
		t.Fatal(err)
	}
	w.participants = participants
	server := httptest.NewUnstartedServer(nil)
	w.url = "http://" + server.Listener.Addr().String()
	w.cloud, err = cloud.New(t.Context(), cloud.Options{
		Clock: clk, Store: store.Memory(), PortalURL: w.url, Creditors: creditors, Log: w, Invoked: w.saw, Functions: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.cloud.Close)
	server.Config.Handler = site.New(w.cloud, nil, participants)
	server.Start()
	t.Cleanup(server.Close)
	im, err := importer.New(t.Context(), w.cloud.Parts)
	if err != nil {
		t.Fatal(err)
	}
	report, err := im.Import(t.Context(), bytes.NewReader(csv))
	if err != nil || len(report.Rejected) > 0 {
		t.Fatalf("import: %v, rejected %v", err, report.Rejected)
	}
	w.settle()
	return w
}

// settle waits until nothing is due, in a process or out of one.
func (w *world) settle() {
	w.t.Helper()
	if err := w.cloud.Clock.Settle(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

var client = &http.Client{Timeout: 30 * time.Second}

// call asks the API with a session and, if named, an idempotency key; the answer must have the status and is decoded into out.
func (w *world) call(status int, token, key, method, path string, body, out any) {
	w.t.Helper()
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	for name, value := range map[string]string{"Authorization": token, "Idempotency-Key": key} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if res.StatusCode != status {
		w.t.Fatalf("%s %s: got %d, want %d: %s\n%s", method, path, res.StatusCode, status, text, w.complaints())
	}
	if out != nil {
		if err := json.Unmarshal(text, out); err != nil {
			w.t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
}

// complaints is what the functions logged above information.
func (w *world) complaints() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []string
	for line := range strings.Lines(w.log.String()) {
		if !strings.Contains(line, `"level":"INFO"`) {
			out = append(out, line)
		}
	}
	return strings.Join(out[max(0, len(out)-8):], "")
}

var codeForm = regexp.MustCompile(`\b[0-9]{8}\b`)

// login proves to be a participant and returns the value of the Authorization header.
func (w *world) login(p demo.Participant) string {
	w.t.Helper()
	var challenge struct{ ChallengeID string }
	w.call(http.StatusAccepted, "", "", "POST", "/v1/auth/challenges", map[string]string{
		"creditor": p.Creditor, "document": p.Document, "contract": p.Contract, "channel": "email",
	}, &challenge)
	w.settle()
	var inbox struct {
		Messages []struct{ Body, TemplateID string }
	}
	w.call(http.StatusOK, "", "", "GET", "/_local/outbox?to="+url.QueryEscape(p.Email), nil, &inbox)
	code := ""
	for _, m := range inbox.Messages {
		if m.TemplateID == "otp-code" && code == "" {
			code = codeForm.FindString(m.Body)
		}
	}
	var session struct{ SessionToken string }
	w.call(http.StatusOK, "", "", "POST", "/v1/auth/challenges/"+challenge.ChallengeID+"/verify",
		map[string]string{"code": code, "session": "bearer"}, &session)
	return "Bearer " + session.SessionToken
}

// participant is the sample's participant of a creditor.
func (w *world) participant(creditor string) demo.Participant {
	w.t.Helper()
	for _, p := range w.participants {
		if p.Creditor == creditor {
			return p
		}
	}
	w.t.Fatalf("the sample has no participant of %s", creditor)
	return demo.Participant{}
}
