// Package wire speaks the AWS protocols that the SDK clients use (awsJson 1.0 and 1.1, awsQuery, and S3's rest-xml) and hands each call to
// the engine that knows its service, over a socket or in process. A service or operation that no engine knows is refused loudly.
package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
)

// maxBody bounds a request: the largest that the product sends is a 4 MB DynamoDB transaction.
const maxBody = 16 << 20

const (
	jsonType = "application/x-amz-json-1.0"
	xmlType  = "text/xml"
)

// Call is one API call as an engine sees it.
type Call struct {
	Service   string // the name in the credential scope: dynamodb, states, sqs, sns, kms, secretsmanager, ses, s3
	Operation string
	Body      []byte // the JSON document, or the form of an awsQuery call, or the object as it was sent to S3
	// Request has the method, path, query and headers, which say all in a call of S3; its body was read already.
	Request *http.Request
	// Caller is the access key id of the credentials. The local cloud gives each function its name in contract for one.
	Caller string
}

// Engine answers the calls of one service. The answer is encoded as JSON (awsJson; a json.RawMessage is sent as it is) or must be an XML
// body (awsQuery: []byte) or a *Reply (S3).
// An *Error is answered as AWS would; any other error is answered 500 InternalFailure.
type Engine interface {
	Serve(ctx context.Context, call Call) (answer any, err error)
}

// Reply is an answer with a status and headers of its own.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Error is an error in AWS's words.
type Error struct {
	Code    string // as in "ConditionalCheckFailedException"
	Message string
	Status  int            // 0 means 400
	Fields  map[string]any // further members of the error document, such as CancellationReasons
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes an Error with status 400.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Router is the HTTP face of all engines, and the in-process client of the SDK.
type Router struct {
	engines  map[string]Engine
	requests atomic.Uint64
	// Observe, when set before the first call, sees every call with its outcome: call counters and permission records hang here.
	Observe func(ctx context.Context, call Call, err error)
	// Intercept, when set before the first call, may answer in an engine's place: faults are injected here.
	Intercept func(ctx context.Context, call Call, next func() (any, error)) (any, error)
}

// NewRouter gives a router over the engines by service name.
func NewRouter(engines map[string]Engine) *Router { return &Router{engines: engines} }

// Do answers an SDK client's request in process: the Router is an aws.HTTPClient.
func (r *Router) Do(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, req)
	return answer.Result(), nil
}

func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody)); err != nil {
			r.answer(w, Call{}, nil, &Error{Code: "RequestEntityTooLarge", Message: err.Error(), Status: http.StatusRequestEntityTooLarge})
			return
		}
	}
	caller, service := scope(req.Header.Get("Authorization"))
	call := Call{Service: service, Operation: operation(service, req, body), Body: body, Request: req, Caller: caller}
	answer, err := r.dispatch(req.Context(), call)
	if r.Observe != nil {
		r.Observe(req.Context(), call, err)
	}
	r.answer(w, call, answer, err)
}

func (r *Router) dispatch(ctx context.Context, call Call) (any, error) {
	engine, ok := r.engines[call.Service]
	if !ok {
		return nil, &Error{Code: "UnknownService", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the local cloud has no service %q (operation %q)", call.Service, call.Operation)}
	}
	next := func() (any, error) { return engine.Serve(ctx, call) }
	if r.Intercept != nil {
		return r.Intercept(ctx, call, next)
	}
	return next()
}

func (r *Router) answer(w http.ResponseWriter, call Call, answer any, err error) {
	id := fmt.Sprintf("local-%012d", r.requests.Add(1))
	w.Header().Set("X-Amzn-Requestid", id)
	status, contentType, body := http.StatusOK, "", []byte(nil)
	if reply, rest := answer.(*Reply); err == nil && rest {
		status, contentType, body = reply.Status, reply.Header.Get("Content-Type"), reply.Body
		maps.Copy(w.Header(), reply.Header)
	} else if err == nil {
		contentType, body, err = encode(call, answer)
	}
	if err != nil {
		var code string
		status, contentType, code, body = failure(call.Service, err, id)
		if contentType == jsonType {
			w.Header().Set("X-Amzn-Errortype", code)
		}
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if call.Service == "dynamodb" { // the SDK checks it, on errors too
		w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away cannot be told
}

// encode gives the body of an answer in its service's protocol.
func encode(call Call, answer any) (contentType string, body []byte, err error) {
	switch a := answer.(type) {
	case nil:
		return jsonType, []byte("{}"), nil
	case json.RawMessage:
		return jsonType, a, nil
	case []byte:
		return xmlType, a, nil
	}
	if body, err = json.Marshal(answer); err != nil {
		return "", nil, fmt.Errorf("encode answer of %s: %w", call.Operation, err)
	}
	return jsonType, body, nil
}

// failure gives an error in its service's protocol.
func failure(service string, err error, id string) (status int, contentType, code string, body []byte) {
	e := asError(err)
	detail := "<Code>" + Escape(e.Code) + "</Code><Message>" + Escape(e.Message) + "</Message>"
	switch service {
	case "s3":
		return e.Status, "application/xml", e.Code, []byte("<Error>" + detail + "<RequestId>" + id + "</RequestId></Error>")
	case "sns", "ses":
		return e.Status, xmlType, e.Code,
			[]byte("<ErrorResponse><Error><Type>Sender</Type>" + detail + "</Error><RequestId>" + id + "</RequestId></ErrorResponse>")
	}
	doc := map[string]any{"__type": "com.amazonaws#" + e.Code, "message": e.Message}
	maps.Copy(doc, e.Fields)
	body, marshalErr := json.Marshal(doc)
	if marshalErr != nil {
		body = []byte(`{"__type":"com.amazonaws#InternalFailure"}`)
	}
	return e.Status, jsonType, e.Code, body
}

func asError(err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Code: "InternalFailure", Message: err.Error(), Status: http.StatusInternalServerError}
	}
	if e.Status == 0 {
		e = &Error{Code: e.Code, Message: e.Message, Fields: e.Fields, Status: http.StatusBadRequest}
	}
	return e
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// Escape makes text safe inside the XML of an awsQuery answer.
func Escape(text string) string { return xmlEscaper.Replace(text) }

// scope reads the key id and the service out of "AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …".
func scope(authorization string) (key, service string) {
	_, credential, ok := strings.Cut(authorization, "Credential=")
	if !ok {
		return "", ""
	}
	credential, _, _ = strings.Cut(credential, ",")
	parts := strings.Split(credential, "/")
	if len(parts) < 5 {
		return "", ""
	}
	return parts[0], parts[len(parts)-2]
}

// operation reads the operation out of the target header or the form's Action; S3's is the method with what of the path there is.
func operation(service string, req *http.Request, body []byte) string {
	if service == "s3" {
		switch _, key, object := strings.Cut(strings.Trim(req.URL.Path, "/"), "/"); {
		case object && key != "" && req.Method == http.MethodPut:
			return "PutObject"
		case object && key != "" && req.Method == http.MethodGet:
			return "GetObject"
		case !object && req.Method == http.MethodGet && req.URL.Query().Get("list-type") == "2":
			return "ListObjectsV2"
		}
		return req.Method + " of a bucket or object"
	}
	if target := req.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndexByte(target, '.')+1:]
	}
	for pair := range strings.SplitSeq(string(body), "&") {
		if action, ok := strings.CutPrefix(pair, "Action="); ok {
			return strings.Clone(action) // whoever keeps the name is not to keep the form
		}
	}
	return ""
}
