package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/shared/contract"
)

// Reply is a handler's answer: Body as JSON, or Raw as it is with its ContentType, or neither for an answer without a body. Status 0 is
// 200.
type Reply struct {
	Status      int
	Body        any
	Header      http.Header
	Raw         []byte
	ContentType string
}

// securityHeaders stand on every answer; a handler's own replace them. Nothing that the API answers is meant to be run, framed or kept.
var securityHeaders = []struct{ name, value string }{
	{"Cache-Control", "no-store"},
	{"Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"},
	{"Referrer-Policy", "no-referrer"},
	{"Strict-Transport-Security", "max-age=63072000; includeSubDomains"}, // two years
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
}

// encode writes a reply or a problem as API Gateway wants it. The second result is what goes into the log: the problem, or nil.
func encode(reply Reply, err error, correlationID string) (awsevents.APIGatewayProxyResponse, *Problem) {
	var p *Problem
	var body []byte
	contentType := reply.ContentType
	if err == nil {
		if body, contentType, err = content(reply); err != nil {
			reply = Reply{}
		}
	}
	header := http.Header{}
	for _, h := range securityHeaders {
		header.Set(h.name, h.value)
	}
	if err != nil {
		p = asProblem(err)
		b := p.body(correlationID)
		reply = Reply{Status: b.Status}
		contentType = "application/problem+json"
		if b.RetryAfterSeconds > 0 {
			header.Set("Retry-After", strconv.Itoa(b.RetryAfterSeconds))
		}
		body, _ = json.Marshal(b) // strings and numbers always encode
	}
	for name, values := range reply.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	if len(body) > 0 {
		header.Set("Content-Type", contentType)
	}
	header.Set("X-Correlation-Id", correlationID)
	status := reply.Status
	if status == 0 {
		status = http.StatusOK
	}
	out := awsevents.APIGatewayProxyResponse{StatusCode: status, MultiValueHeaders: header, Body: string(body)}
	if slices.Contains(contract.BinaryMediaTypes(), contentType) {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return out, p
}

func content(reply Reply) (body []byte, contentType string, err error) {
	if reply.Body == nil {
		return reply.Raw, reply.ContentType, nil
	}
	if body, err = json.Marshal(reply.Body); err != nil {
		return nil, "", fmt.Errorf("encode answer: %w", err)
	}
	return body, "application/json", nil
}

// panicError is a panic of a handler. It says what the runtime says; any other value might hold personal data, so only its type is named.
type panicError struct {
	text  string
	stack string
}

func (e *panicError) Error() string { return "panic: " + e.text }

func panicked(cause any) error {
	text := fmt.Sprintf("value of type %T", cause)
	if err, ok := cause.(error); ok {
		var fault runtime.Error
		if errors.As(err, &fault) {
			text = fault.Error()
		}
	}
	return &panicError{text: text, stack: string(debug.Stack())}
}
