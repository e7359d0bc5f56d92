// Package gateway is the API Gateway of the local cloud: a REST API (v1) whose every method is a Lambda proxy integration.
package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
)

const (
	// The limits of a REST API, from API Gateway's quotas page.
	maxBody      = 10 << 20         // bytes
	maxHeaders   = 10240            // bytes of all header names and values
	integrations = 29 * time.Second // for one integration, on the machine's clock
)

type gateway struct {
	patterns []pattern
	invoke   func(ctx context.Context, function string, payload []byte) ([]byte, error)
	clk      *clock.Clock
	stage    string
	timeout  time.Duration
	requests atomic.Uint64
	binary   []string // media types that are carried as bytes
}

// New gives the handler of a deployed stage. The stage's name stands in the events only; paths are served without it, as behind a custom
// domain. Bodies of the binary media types are carried as bytes: a request's by its Content-Type, an answer's by the first type that the
// caller's Accept names. It panics when a route is malformed or given twice, as that is a mistake in the program.
func New(routes []Route, invoke func(ctx context.Context, function string, payload []byte) ([]byte, error),
	clk *clock.Clock, stage string, binary ...string) http.Handler {
	patterns, err := parse(routes)
	if err != nil {
		panic("gateway: " + err.Error())
	}
	return &gateway{patterns: patterns, invoke: invoke, clk: clk, stage: stage, timeout: integrations, binary: binary}
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	id := fmt.Sprintf("00000000-0000-4000-9000-%012x", g.requests.Add(1)) // a UUID in form
	w.Header().Set("X-Amzn-Requestid", id)
	if headerSize(req) > maxHeaders {
		refuse(w, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return
	}
	matched, parameters, ok := match(g.patterns, req.Method, req.URL.EscapedPath())
	if !ok {
		refuse(w, http.StatusForbidden, "Missing Authentication Token")
		return
	}
	if !matched.bucket.take(g.clk.Now()) {
		refuse(w, http.StatusTooManyRequests, "Too Many Requests")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("HTTP content length exceeded %d bytes.", maxBody))
		return
	} else if err != nil {
		refuse(w, http.StatusBadRequest, "Bad Request")
		return
	}
	ctx, cancel := context.WithTimeout(req.Context(), g.timeout)
	defer cancel()
	var answer []byte
	event := newEvent(req, matched.Route, parameters, body, g.stage, id, g.clk.Now())
	if event.Body != nil && g.isBinary(req.Header.Get("Content-Type")) {
		*event.Body, event.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	payload, err := json.Marshal(event)
	if err == nil {
		answer, err = g.invoke(ctx, matched.Function, payload)
	}
	g.respond(ctx, w, req, answer, err)
}

func (g *gateway) respond(ctx context.Context, w http.ResponseWriter, req *http.Request, answer []byte, err error) {
	var r *reply
	if err == nil {
		r, err = parseReply(answer)
	}
	failure, _ := errors.AsType[*function.Error](err)
	switch {
	case err == nil:
		if r.IsBase64Encoded && g.isBinary(req.Header.Get("Accept")) {
			decoded, err := base64.StdEncoding.DecodeString(r.Body)
			if err != nil {
				refuse(w, http.StatusInternalServerError, "Internal server error")
				return
			}
			r.Body = string(decoded)
		}
		r.write(w, req)
	case ctx.Err() != nil:
		refuse(w, http.StatusGatewayTimeout, "Endpoint request timed out")
	case failure != nil && failure.Type == "RequestTooLargeException":
		refuse(w, http.StatusRequestEntityTooLarge, "Request Too Long")
	case failure != nil && failure.Throttled():
		refuse(w, http.StatusInternalServerError, "Internal server error")
	default:
		refuse(w, http.StatusBadGateway, "Internal server error")
	}
}

// isBinary reports whether the first media type that a header names is carried as bytes.
func (g *gateway) isBinary(header string) bool {
	first, _, _ := strings.Cut(header, ",")
	name, _, _ := strings.Cut(first, ";")
	return slices.Contains(g.binary, strings.ToLower(strings.TrimSpace(name)))
}

// kinds are the names of the gateway's own answers below 500.
var kinds = map[int]string{
	http.StatusBadRequest: "BadRequestException", http.StatusForbidden: "MissingAuthenticationTokenException",
	http.StatusRequestEntityTooLarge: "RequestTooLargeException", http.StatusTooManyRequests: "TooManyRequestsException",
	http.StatusRequestHeaderFieldsTooLarge: "RequestHeaderFieldsTooLargeException",
}

// refuse answers in the gateway's own name. AWS writes a space after the colon in the answers about the integration only.
func refuse(w http.ResponseWriter, status int, message string) {
	form, kind := `{"message":%q}`, kinds[status]
	if status >= http.StatusInternalServerError {
		form, kind = `{"message": %q}`, "InternalServerErrorException"
	}
	body := fmt.Sprintf(form, message)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a client that went away cannot be told
}

func headerSize(req *http.Request) int {
	size := len("Host") + len(req.Host)
	for name, values := range req.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}
