// Package wire speaks the AWS protocols that the SDK clients use (awsJson 1.0 and 1.1, awsQuery, and S3's rest-xml) and hands each call to
// the engine that knows its service, over a socket or in process. A service or operation that no engine knows is refused loudly.
package wire

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"html"
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

// Region and Account are where all that is local stands.
const (
	Region  = "us-east-1"
	Account = "000000000000"
)

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
	id := fmt.Sprintf("local-%012d", r.requests.Add(1))
	call, answer, err := r.serve(w, req)
	reply, err := encode(call, answer, err)
	if err != nil {
		reply = failure(call.Service, err, id)
	}
	maps.Copy(w.Header(), reply.Header)
	w.Header().Set("X-Amzn-Requestid", id)
	w.Header().Set("Content-Length", strconv.Itoa(len(reply.Body)))
	if call.Service == "dynamodb" { // the SDK checks it, on errors too
		w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(reply.Body)), 10))
	}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // a client that went away cannot be told
}

func (r *Router) serve(w http.ResponseWriter, req *http.Request) (call Call, answer any, err error) {
	var body []byte
	if req.Body != nil {
		if body, err = io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody)); err != nil {
			return call, nil, &Error{Code: "RequestEntityTooLarge", Message: err.Error(), Status: http.StatusRequestEntityTooLarge}
		}
	}
	ctx := req.Context()
	call = Call{Body: body, Request: req}
	call.Caller, call.Service = scope(req.Header.Get("Authorization"))
	call.Operation = operation(call.Service, req, body)
	next := func() (any, error) {
		if engine, ok := r.engines[call.Service]; ok {
			return engine.Serve(ctx, call)
		}
		return nil, &Error{Code: "UnknownService", Status: http.StatusNotImplemented,
			Message: fmt.Sprintf("the local cloud has no service %q (operation %q)", call.Service, call.Operation)}
	}
	if r.Intercept != nil {
		answer, err = r.Intercept(ctx, call, next)
	} else {
		answer, err = next()
	}
	if r.Observe != nil {
		r.Observe(ctx, call, err)
	}
	return call, answer, err
}

func reply(status int, contentType string, body []byte) *Reply {
	return &Reply{Status: status, Header: http.Header{"Content-Type": {contentType}}, Body: body}
}

// encode gives an answer in its service's protocol.
func encode(call Call, answer any, err error) (*Reply, error) {
	if err != nil {
		return nil, err
	}
	switch a := answer.(type) {
	case *Reply:
		return a, nil
	case nil:
		return reply(http.StatusOK, jsonType, []byte("{}")), nil
	case json.RawMessage:
		return reply(http.StatusOK, jsonType, a), nil
	case []byte:
		return reply(http.StatusOK, xmlType, a), nil
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("encode answer of %s: %w", call.Operation, err)
	}
	return reply(http.StatusOK, jsonType, body), nil
}

// failure gives an error in its service's protocol.
func failure(service string, err error, id string) *Reply {
	e, ours := errors.AsType[*Error](err)
	if !ours {
		e = &Error{Code: "InternalFailure", Message: err.Error(), Status: http.StatusInternalServerError}
	}
	status := cmp.Or(e.Status, http.StatusBadRequest)
	detail := "<Code>" + html.EscapeString(e.Code) + "</Code><Message>" + html.EscapeString(e.Message) + "</Message>"
	switch service {
	case "s3":
		return reply(status, "application/xml", []byte("<Error>"+detail+"<RequestId>"+id+"</RequestId></Error>"))
	case "sns", "ses":
		return reply(status, xmlType,
			[]byte("<ErrorResponse><Error><Type>Sender</Type>"+detail+"</Error><RequestId>"+id+"</RequestId></ErrorResponse>"))
	}
	doc := map[string]any{"__type": "com.amazonaws#" + e.Code, "message": e.Message}
	maps.Copy(doc, e.Fields)
	body, err := json.Marshal(doc)
	if err != nil {
		body = []byte(`{"__type":"com.amazonaws#InternalFailure"}`)
	}
	answer := reply(status, jsonType, body)
	answer.Header.Set("X-Amzn-Errortype", e.Code)
	return answer
}

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
