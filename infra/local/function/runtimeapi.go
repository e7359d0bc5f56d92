package function

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxReport bounds what a process says of its failure: a message and a stack.
const maxReport = 256 << 10

// invocation is one call as the Runtime API hands it to a process.
type invocation struct {
	id, arn  string
	deadline time.Time
	payload  []byte
}

// runtimeAPI is the Lambda Runtime API (version 2018-06-01) of one process.
type runtimeAPI struct {
	host    string
	mux     *http.ServeMux
	asked   chan struct{}   // holds that the process asked for an invocation
	work    chan invocation // holds the one that it gets
	reports chan outcome    // holds what it reported of that one, or of its start

	mu      sync.Mutex
	started bool
	waiting bool   // the process waits for an invocation
	current string // the invocation that is not reported on yet
}

func newRuntimeAPI(host string) *runtimeAPI {
	a := &runtimeAPI{
		host: host, mux: http.NewServeMux(),
		asked: make(chan struct{}, 1), work: make(chan invocation, 1), reports: make(chan outcome, 1),
	}
	const root = "/2018-06-01/runtime/"
	a.mux.HandleFunc("GET "+root+"invocation/next", a.next)
	a.mux.HandleFunc("POST "+root+"invocation/{id}/response", a.response)
	a.mux.HandleFunc("POST "+root+"invocation/{id}/error", a.failure)
	a.mux.HandleFunc("POST "+root+"init/error", a.initFailure)
	return a
}

// ServeHTTP implements http.Handler. A page of another site that lets its own name point here is refused by the Host that it sends.
func (a *runtimeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host != a.host {
		refuse(w, http.StatusForbidden, "Forbidden")
		return
	}
	a.mux.ServeHTTP(w, r)
}

func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	fits := a.current == "" && !a.waiting // else it never said what became of the last one, or waits already
	if fits {
		a.started, a.waiting = true, true
		a.asked <- struct{}{} // never waits: the one before was seen before there was work
	}
	a.mu.Unlock()
	if !fits {
		refuse(w, http.StatusForbidden, "InvalidStateTransition")
		return
	}
	select {
	case in := <-a.work:
		a.mu.Lock()
		a.current, a.waiting = in.id, false
		a.mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("Lambda-Runtime-Aws-Request-Id", in.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(in.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", in.arn)
		_, _ = w.Write(in.payload) // a process that went away ends the invocation by its exit
	case <-r.Context().Done(): // the process has ended, or it gives up and hears no more of its invocations
	}
}

func (a *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	answer, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1)) // one byte too many lets the Host see that it is too large
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequest")
		return
	}
	status := http.StatusAccepted
	if len(answer) > maxAnswer {
		status = http.StatusRequestEntityTooLarge
	}
	a.report(w, r.PathValue("id"), outcome{answer: answer}, status)
}

func (a *runtimeAPI) failure(w http.ResponseWriter, r *http.Request) {
	a.report(w, r.PathValue("id"), outcome{err: readFailure(r)}, http.StatusAccepted)
}

// report takes what became of the current invocation, once.
func (a *runtimeAPI) report(w http.ResponseWriter, id string, out outcome, status int) {
	a.mu.Lock()
	fits := a.current == id && id != ""
	if fits {
		a.current = ""
		a.reports <- out // never waits: there is one report for one invocation
	}
	a.mu.Unlock()
	switch {
	case !fits:
		refuse(w, http.StatusBadRequest, "InvalidRequestID")
	case status != http.StatusAccepted:
		refuse(w, status, "RequestEntityTooLarge")
	default:
		accept(w)
	}
}

func (a *runtimeAPI) initFailure(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	early := !a.started
	if early {
		a.started, a.waiting = true, true         // it gets no invocation any more
		a.reports <- outcome{err: readFailure(r)} // never waits: it is the first
	}
	a.mu.Unlock()
	if !early {
		refuse(w, http.StatusForbidden, "InvalidStateTransition")
		return
	}
	accept(w)
}

// readFailure reads what a process says of its failure; what cannot be read leaves it without a name.
func readFailure(r *http.Request) *Error {
	var said struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, maxReport)).Decode(&said); err != nil {
		return &Error{Type: unnamed, Message: "the report of a failure is not JSON"}
	}
	if said.Type == "" {
		said.Type = unnamed
	}
	return &Error{Type: said.Type, Message: said.Message}
}

func accept(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`) // a process that went away cannot be told
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"errorMessage":"refused","errorType":"`+kind+`"}`) // as above
}
