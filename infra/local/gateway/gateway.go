// Package gateway is the API Gateway of the local cloud: a REST API (v1) whose every method is a Lambda proxy integration.
package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
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
}

// New gives the handler of a deployed stage. The stage's name stands in the events only; paths are served without it, as behind a custom
// domain. It panics when a route is malformed or given twice, as that is a mistake in the program.
func New(routes []Route, invoke func(ctx context.Context, function string, payload []byte) ([]byte, error),
	clk *clock.Clock, stage string) http.Handler {
	patterns, err := parse(routes)
	if err != nil {
		panic("gateway: " + err.Error())
	}
	return &gateway{patterns: patterns, invoke: invoke, clk: clk, stage: stage, timeout: integrations}
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	id := requestID(g.requests.Add(1))
	w.Header().Set("X-Amzn-Requestid", id)
	if headerSize(req) > maxHeaders {
		refuse(w, http.StatusRequestHeaderFieldsTooLarge, "RequestHeaderFieldsTooLargeException", "Request Header Fields Too Large")
		return
	}
	matched, parameters, ok := match(g.patterns, req.Method, req.URL.EscapedPath())
	if !ok {
		refuse(w, http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
		return
	}
	route := matched.route
	if !matched.bucket.take(g.clk.Now()) {
		refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Too Many Requests")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			refuse(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException",
				fmt.Sprintf("HTTP content length exceeded %d bytes.", maxBody))
			return
		}
		refuse(w, http.StatusBadRequest, "BadRequestException", "Bad Request")
		return
	}
	payload, err := json.Marshal(newEvent(req, route, parameters, body, g.stage, id, g.clk.Now()))
	if err != nil {
		refuse(w, http.StatusBadGateway, "InternalServerErrorException", "Internal server error")
		return
	}
	ctx, cancel := context.WithTimeout(req.Context(), g.timeout)
	defer cancel()
	answer, err := g.invoke(ctx, route.Function, payload)
	g.respond(ctx, w, req, answer, err)
}

func (g *gateway) respond(ctx context.Context, w http.ResponseWriter, req *http.Request, answer []byte, err error) {
	var failure *function.Error
	switch {
	case err != nil && ctx.Err() != nil:
		refuse(w, http.StatusGatewayTimeout, "InternalServerErrorException", "Endpoint request timed out")
		return
	case errors.As(err, &failure) && failure.Type == "RequestTooLargeException":
		refuse(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException", "Request Too Long")
		return
	case errors.As(err, &failure) && failure.Throttled():
		refuse(w, http.StatusInternalServerError, "InternalServerErrorException", "Internal server error")
		return
	case err != nil:
		refuse(w, http.StatusBadGateway, "InternalServerErrorException", "Internal server error")
		return
	}
	reply, err := parseReply(answer)
	if err != nil {
		refuse(w, http.StatusBadGateway, "InternalServerErrorException", "Internal server error")
		return
	}
	reply.write(w, req)
}

// refuse answers in the gateway's own name. AWS writes a space after the colon in the answers about the integration only.
func refuse(w http.ResponseWriter, status int, kind, message string) {
	form := `{"message":%s}`
	if status >= http.StatusInternalServerError {
		form = `{"message": %s}`
	}
	body := fmt.Sprintf(form, strconv.Quote(message))
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
