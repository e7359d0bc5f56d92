package function

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// maxReport bounds what a process says of its failure: a message and a stack.
const maxReport = 256 << 10

// The states of a process; while it works on an invocation, its state is serving and the invocation's id.
const (
	starting = "starting"
	waiting  = "waiting" // for an invocation
	serving  = "serving "
	reported = "reported" // what became of its invocation
	failing  = "failing"  // its start has failed: it gets no invocation any more
)

// invocation is one call as the Runtime API hands it to a process.
type invocation struct {
	id, arn  string
	deadline time.Time
	payload  []byte
}

// runtimeAPI is the Lambda Runtime API (version 2018-06-01) of one process. Sending on its channels never waits: the states let one come
// after the other only.
type runtimeAPI struct {
	mux     *http.ServeMux
	asked   chan struct{}   // holds that the process asked for an invocation
	work    chan invocation // holds the one that it gets
	reports chan outcome    // holds what it reported of that one, or of its start

	mu    sync.Mutex
	state string
}

func newRuntimeAPI() *runtimeAPI {
	a := &runtimeAPI{
		mux: http.NewServeMux(), state: starting,
		asked: make(chan struct{}, 1), work: make(chan invocation, 1), reports: make(chan outcome, 1),
	}
	const root = "/2018-06-01/runtime/"
	a.mux.HandleFunc("GET "+root+"invocation/next", a.next)
	a.mux.HandleFunc("POST "+root+"invocation/{id}/response", a.response)
	a.mux.HandleFunc("POST "+root+"invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		a.report(w, r, outcome{err: readFailure(r)}, http.StatusAccepted)
	})
	a.mux.HandleFunc("POST "+root+"init/error", a.initFailure)
	return a
}

// enter changes the state, if it is one of those given.
func (a *runtimeAPI) enter(state string, from ...string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Contains(from, a.state) {
		return false
	}
	a.state = state
	return true
}

func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	if !a.enter(waiting, starting, reported) { // it never said what became of the last one, or waits already
		answer(w, http.StatusForbidden, "InvalidStateTransition")
		return
	}
	a.asked <- struct{}{}
	select {
	case in := <-a.work:
		a.enter(serving+in.id, waiting)
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
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1)) // one byte too many lets the Host see that it is too large
	switch {
	case err != nil:
		answer(w, http.StatusBadRequest, "InvalidRequest")
	case len(body) > maxAnswer:
		a.report(w, r, outcome{answer: body}, http.StatusRequestEntityTooLarge)
	default:
		a.report(w, r, outcome{answer: body}, http.StatusAccepted)
	}
}

// report takes what became of the current invocation, once.
func (a *runtimeAPI) report(w http.ResponseWriter, r *http.Request, out outcome, status int) {
	if !a.enter(reported, serving+r.PathValue("id")) {
		answer(w, http.StatusBadRequest, "InvalidRequestID")
		return
	}
	a.reports <- out
	answer(w, status, "RequestEntityTooLarge")
}

func (a *runtimeAPI) initFailure(w http.ResponseWriter, r *http.Request) {
	if !a.enter(failing, starting) {
		answer(w, http.StatusForbidden, "InvalidStateTransition")
		return
	}
	a.reports <- outcome{err: readFailure(r)}
	answer(w, http.StatusAccepted, "")
}

// readFailure reads what a process says of its failure; what cannot be read leaves it without a name.
func readFailure(r *http.Request) *Error {
	said := new(Error)
	if err := json.NewDecoder(io.LimitReader(r.Body, maxReport)).Decode(said); err != nil {
		return &Error{Type: unnamed, Message: "the report of a failure is not JSON"}
	}
	if said.Type == "" {
		said.Type = unnamed
	}
	return said
}

// answer accepts what the process said, or refuses it with the kind of error.
func answer(w http.ResponseWriter, status int, kind string) {
	body := `{"status":"OK"}`
	if status != http.StatusAccepted {
		body = `{"errorMessage":"refused","errorType":"` + kind + `"}`
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a process that went away cannot be told
}
