// Package journey tells the product's stories over HTTP, against the local cloud with its clock moved by hand. A story reaches the world
// through three ports only (inbox, clock, bank), so that the same stories can run against another deployment.
package journey

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/fault"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/parties"
	"github.com/regua/regua/infra/local/site"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/app/importer"
	"github.com/regua/regua/shared/offer"
)

// world is a local cloud with a portfolio, served on loopback.
type world struct {
	t            testing.TB
	cloud        *cloud.Cloud
	server       *httptest.Server
	participants []demo.Participant
	log          *buffer
	watch        *watch
	// killed says that the process, as it were, is no more: whoever was in the middle of a story stops there.
	killed atomic.Bool
}

// buffer is a log that several functions write at once.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// setup is how a world begins. The zero value is the sample portfolio, small, where the mode says, from today on.
type setup struct {
	store     *store.Store
	debts     int
	portfolio string // CSV; empty is the sample
	start     time.Time
	creditors func(files [][]byte) [][]byte // nil leaves the sample's creditors as they are
	compared  func()
	invoked   func(function.Invocation)
}

// size is how big a proof is: under -short, usually, and when REGUA_SOAK is set, as make soak does.
func size(short, usual, soak int) int {
	switch {
	case os.Getenv("REGUA_SOAK") != "":
		return soak
	case testing.Short():
		return short
	}
	return usual
}

func begin(t testing.TB, s setup) *world {
	t.Helper()
	if s.start.IsZero() {
		s.start = today()
	}
	w := &world{t: t, log: &buffer{}, watch: &watch{}}
	clk, functions := surroundings(t, &s)
	t.Cleanup(clk.Close)
	creditors, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	if s.creditors != nil {
		creditors = s.creditors(creditors)
	}
	csv, participants, err := demo.Portfolio(1, offer.Today(s.start), max(s.debts, 4))
	if err != nil {
		t.Fatal(err)
	}
	w.participants = participants
	if s.portfolio != "" {
		csv = []byte(s.portfolio)
	}
	late := &lateHandler{}
	w.server = httptest.NewServer(late)
	t.Cleanup(w.server.Close)
	if creditors, err = demo.Listening(creditors, w.server.URL+parties.SystemsPath); err != nil {
		t.Fatal(err)
	}
	w.cloud, err = cloud.New(t.Context(), cloud.Options{
		Clock: clk, Store: s.store, PortalURL: w.server.URL, Creditors: creditors, Log: w.log, Observe: w.watch.saw,
		Intercept: w.watch.intercept, Compared: s.compared, Invoked: s.invoked, Functions: functions,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.cloud.Close)
	late.set(site.New(w.cloud, nil, participants))
	im, err := importer.New(t.Context(), w.cloud.Parts)
	if err != nil {
		t.Fatal(err)
	}
	report, err := im.Import(t.Context(), bytes.NewReader(csv))
	if err != nil || len(report.Rejected) > 0 {
		t.Fatalf("import: %v, rejected %v", err, report.Rejected)
	}
	w.settle()
	t.Cleanup(w.audit)
	return w
}

// lateHandler lets a server have its address before it has its handler.
type lateHandler struct {
	mu sync.Mutex
	h  http.Handler
}

func (l *lateHandler) set(h http.Handler) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.h = h
}

func (l *lateHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	h := l.h
	l.mu.Unlock()
	h.ServeHTTP(w, r)
}

func (w *world) settle() {
	w.t.Helper()
	if err := w.cloud.Clock.Settle(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// reply is an answer of the API.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// into decodes the answer's JSON.
func into[T any](t testing.TB, r reply) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(r.Body, &out); err != nil {
		t.Fatalf("answer %d is not what was expected: %v\n%s", r.Status, err, r.Body)
	}
	return out
}

// code is the stable code of a problem, "" for anything else.
func (r reply) code() string {
	var p struct{ Code string }
	if r.Status < 400 || json.Unmarshal(r.Body, &p) != nil {
		return ""
	}
	return p.Code
}

// call asks the server; body is sent as JSON unless it is text already.
func (w *world) call(method, path string, body any, headers ...string) reply {
	w.t.Helper()
	r, err := w.try(method, path, body, headers...)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) try(method, path string, body any, headers ...string) (reply, error) {
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return reply{}, fmt.Errorf("encode body: %w", err)
		}
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, w.server.URL+path, reader)
	if err != nil {
		return reply{}, fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := w.server.Client().Do(req)
	if w.killed.Load() {
		runtime.Goexit()
	}
	if err != nil {
		return reply{}, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}, fmt.Errorf("read answer of %s %s: %w", method, path, err)
	}
	r := reply{res.StatusCode, res.Header, text}
	if err := documented(method, path, body, r); err != nil {
		return r, fmt.Errorf("%s %s is not as its document says: %w", method, path, err)
	}
	return r, nil
}

// want stops the test unless the answer has the status.
func (w *world) want(status int, r reply) reply {
	w.t.Helper()
	if r.Status != status {
		w.t.Fatalf("got %d, want %d: %s\n%s", r.Status, status, r.Body, tail(w.log.String()))
	}
	return r
}

func tail(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	var out []string
	for _, l := range lines {
		if strings.Contains(l, "ERROR") || strings.Contains(l, "WARN") {
			out = append(out, l)
		}
	}
	return strings.Join(out[max(0, len(out)-8):], "\n")
}

// message is one message of the inbox.
type message struct {
	ID, Channel, To, Subject, Body, HTML, TemplateID string
	SentAt                                           time.Time
}

// inbox lists the messages to an address, the newest first.
func (w *world) inbox(to string) []message {
	w.t.Helper()
	r := w.want(http.StatusOK, w.call("GET", "/_local/outbox?limit=5000&to="+url.QueryEscape(to), nil))
	return into[struct{ Messages []message }](w.t, r).Messages
}

// latest is the newest message to an address of a template.
func (w *world) latest(to, template string) message {
	w.t.Helper()
	for _, m := range w.inbox(to) {
		if m.TemplateID == template {
			return m
		}
	}
	w.t.Fatalf("no message %s to %s\n%s", template, to, tail(w.log.String()))
	return message{}
}

// advance moves the clock. That of the binaries cannot be moved: up to waiting, it is waited for.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if !w.cloud.Clock.IsVirtual() {
		if d > waiting {
			w.t.Fatalf("the journey moves the clock by %s, which binaries do not bear: it belongs into inProcessOnly", d)
		}
		there := make(chan struct{})
		w.cloud.Clock.Schedule(w.cloud.Clock.Now().Add(d), "journey/advance", func(context.Context) { close(there) })
		<-there
		w.settle()
		return
	}
	w.want(http.StatusOK, w.call("POST", "/_local/clock", map[string]string{"advance": d.String()}))
}

// pay lets the sandbox bank take a payment; amount 0 is the charge's.
func (w *world) pay(intent string, amount int64, more ...any) {
	w.t.Helper()
	body := map[string]any{"paymentIntentId": intent, "amountCentavos": amount}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i].(string)] = more[i+1]
	}
	w.want(http.StatusAccepted, w.call("POST", "/_local/sandbox/payments", body))
}

var codeForm = regexp.MustCompile(`\b[0-9]{8}\b`)

// login proves to be a participant and returns the session token.
func (w *world) login(p demo.Participant, channel string) string {
	w.t.Helper()
	to := p.Email
	if channel == "sms" {
		to = p.Phone
	}
	r := w.want(http.StatusAccepted, w.call("POST", "/v1/auth/challenges", map[string]string{
		"creditor": p.Creditor, "document": p.Document, "contract": p.Contract, "channel": channel,
	}))
	challenge := into[struct{ ChallengeID string }](w.t, r).ChallengeID
	w.settle()
	code := codeForm.FindString(w.latest(to, "otp-code").Body)
	r = w.want(http.StatusOK, w.call("POST", "/v1/auth/challenges/"+challenge+"/verify", map[string]string{"code": code, "session": "bearer"}))
	return into[struct{ SessionToken string }](w.t, r).SessionToken
}

// bearer is the header of a session.
func bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// me calls a route of the participant.
func (w *world) me(token, method, path string, body any, headers ...string) reply {
	w.t.Helper()
	return w.call(method, path, body, append(bearer(token), headers...)...)
}

// watch counts the calls of cloud services and lets a test step in.
type watch struct {
	mu    sync.Mutex
	calls []seen
	step  func(call seen, next func() (any, error)) (any, error)
	plan  *fault.Plan
}
