package wire

import (
	"context"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
)

type engineFunc func(call Call) (any, error)

func (f engineFunc) Serve(_ context.Context, call Call) (any, error) { return f(call) }

func request(service, target, body string) *http.Request {
	req := httptest.NewRequest(http.MethodPost, "http://local/", strings.NewReader(body))
	req.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=local/20260301/sa-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=00")
	if target != "" {
		req.Header.Set("X-Amz-Target", target)
	}
	return req
}

func do(t *testing.T, r *Router, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := r.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.Header.Get("Content-Length"); got != strconv.Itoa(len(body)) {
		t.Errorf("Content-Length %s of a body of %d bytes", got, len(body))
	}
	return resp, string(body)
}

func TestJSONAnswers(t *testing.T) {
	failing := &Error{Code: "ConditionalCheckFailedException", Message: "no",
		Fields: map[string]any{"Item": json.RawMessage(`{"a":{"S":"x"}}`)}}
	engine := engineFunc(func(call Call) (any, error) {
		switch call.Operation {
		case "Raw":
			return json.RawMessage(`{ "kept" : "<as it is>" }`), nil
		case "Echo":
			return map[string]string{"body": string(call.Body)}, nil
		case "Empty":
			return nil, nil
		case "Fail":
			return nil, failing
		case "Break":
			return nil, errors.New("disk full")
		case "Unencodable":
			return func() {}, nil
		}
		return nil, Unknown(call)
	})
	r := NewRouter(map[string]Engine{"dynamodb": engine})
	for _, tc := range []struct {
		operation, errorType, body string
		status                     int
	}{
		{"Raw", "", `{ "kept" : "<as it is>" }`, 200},
		{"Echo", "", `{"body":"{\"x\":1}"}`, 200},
		{"Empty", "", `{}`, 200},
		{"Fail", "ConditionalCheckFailedException",
			`{"Item":{"a":{"S":"x"}},"__type":"com.amazonaws#ConditionalCheckFailedException","message":"no"}`, 400},
		{"Break", "InternalFailure", `{"__type":"com.amazonaws#InternalFailure","message":"disk full"}`, 500},
		{"Unencodable", "InternalFailure", "", 500},
		{"Nonsense", "UnknownOperationException", "", 501},
	} {
		resp, body := do(t, r, request("dynamodb", "DynamoDB_20120810."+tc.operation, `{"x":1}`))
		if resp.StatusCode != tc.status || tc.body != "" && body != tc.body || resp.Header.Get("X-Amzn-Errortype") != tc.errorType {
			t.Errorf("%s: %d %s %s", tc.operation, resp.StatusCode, resp.Header.Get("X-Amzn-Errortype"), body)
		}
		if got, want := resp.Header.Get("X-Amz-Crc32"), strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(body))), 10); got != want {
			t.Errorf("%s: X-Amz-Crc32 %q, want %s", tc.operation, got, want)
		}
		if resp.Header.Get("X-Amzn-Requestid") == "" {
			t.Errorf("%s: no request id", tc.operation)
		}
	}
}

func TestQueryAnswers(t *testing.T) {
	engine := engineFunc(func(call Call) (any, error) {
		if call.Operation == "Publish" {
			return []byte("<PublishResponse/>"), nil
		}
		return nil, Errorf("NotFound", "no topic <%s>", "a&b")
	})
	r := NewRouter(map[string]Engine{"sns": engine})
	resp, body := do(t, r, request("sns", "", "Message=x&Action=Publish&Version=2010-03-31"))
	if resp.StatusCode != 200 || body != "<PublishResponse/>" || resp.Header.Get("Content-Type") != "text/xml" {
		t.Errorf("%d %s %s", resp.StatusCode, resp.Header.Get("Content-Type"), body)
	}
	resp, body = do(t, r, request("sns", "", "Action=Subscribe"))
	if resp.StatusCode != 400 || !strings.Contains(body, "<Code>NotFound</Code><Message>no topic &lt;a&amp;b&gt;</Message>") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
}

func TestRESTAnswers(t *testing.T) {
	r := NewRouter(map[string]Engine{"s3": engineFunc(func(call Call) (any, error) {
		if call.Operation == "GetObject" {
			return &Reply{Status: http.StatusOK, Header: http.Header{"Etag": {`"x"`}, "Content-Type": {"text/plain"}},
				Body: []byte(call.Request.URL.Path)}, nil
		}
		return nil, &Error{Code: "NoSuchThing", Message: call.Operation, Status: http.StatusNotFound}
	})})
	for _, test := range []struct{ method, target, contentType, body string }{
		{"GET", "/b/folder/", "text/plain", "/b/folder/"},
		{"PUT", "/b/k?x-id=PutObject", "application/xml", "<Message>PutObject</Message>"},
		{"GET", "/b?list-type=2", "application/xml", "<Error><Code>NoSuchThing</Code><Message>ListObjectsV2</Message>"},
		{"GET", "/b/", "application/xml", "<Message>GET of a bucket or object</Message>"},
		{"DELETE", "/b/k", "application/xml", "<Message>DELETE of a bucket or object</Message>"},
	} {
		req := request("s3", "", "")
		again := httptest.NewRequest(test.method, test.target, nil)
		again.Header = req.Header
		resp, body := do(t, r, again)
		if resp.Header.Get("Content-Type") != test.contentType || !strings.Contains(body, test.body) ||
			(resp.StatusCode == 200) != (resp.Header.Get("Etag") == `"x"`) {
			t.Errorf("%s %s: %d %v %s", test.method, test.target, resp.StatusCode, resp.Header, body)
		}
	}
}

func TestBodiesAreOneDocument(t *testing.T) {
	for body, want := range map[string]string{
		`{"A":1}`: "", ` {"A":1} `: "", `{}`: "",
		`{"B":1}`: "Bad", `{"A":1}{"A":2}`: "Bad", `{"A":1} x`: "Bad", `{"A":1}}`: "Bad", `{"A":"1"}`: "Bad", ``: "Bad",
	} {
		_, err := Answer(Call{Operation: "Op", Body: []byte(body)}, "Bad", func(struct{ A int }) (any, error) { return nil, nil })
		got := ""
		if refusal, ok := errors.AsType[*Error](err); ok {
			got = refusal.Code
		}
		if got != want {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestUnknownServicesAreRefused(t *testing.T) {
	r := NewRouter(map[string]Engine{})
	plain := request("s3", "", "")
	plain.Header.Del("Authorization")
	for _, req := range []*http.Request{request("s3", "", ""), plain} {
		resp, body := do(t, r, req)
		if resp.StatusCode != http.StatusNotImplemented || !strings.Contains(body, "UnknownService") {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	}
}

func TestTooLargeRequestsAreRefused(t *testing.T) {
	called := false
	r := NewRouter(map[string]Engine{"dynamodb": engineFunc(func(Call) (any, error) {
		called = true
		return nil, nil
	})})
	resp, _ := do(t, r, request("dynamodb", "DynamoDB_20120810.PutItem", strings.Repeat("x", maxBody+1)))
	if resp.StatusCode != http.StatusRequestEntityTooLarge || called {
		t.Errorf("status %d, engine called: %v", resp.StatusCode, called)
	}
}

func TestInterceptAndObserve(t *testing.T) {
	r := NewRouter(map[string]Engine{"dynamodb": engineFunc(func(Call) (any, error) { return nil, nil })})
	var seen []string
	r.Intercept = func(_ context.Context, call Call, next func() (any, error)) (any, error) {
		if call.Operation == "PutItem" {
			return nil, &Error{Code: "ThrottlingException", Message: "injected"}
		}
		return next()
	}
	r.Observe = func(_ context.Context, call Call, err error) {
		seen = append(seen, call.Caller+" "+call.Service+":"+call.Operation+" "+map[bool]string{true: "ok", false: "failed"}[err == nil])
	}
	do(t, r, request("dynamodb", "DynamoDB_20120810.GetItem", "{}"))
	resp, body := do(t, r, request("dynamodb", "DynamoDB_20120810.PutItem", "{}"))
	if resp.StatusCode != 400 || !strings.Contains(body, "Throttling") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	if got := strings.Join(seen, ", "); got != "local dynamodb:GetItem ok, local dynamodb:PutItem failed" {
		t.Errorf("observed %s", got)
	}
}

func TestEndedContextsAreNotServed(t *testing.T) {
	r := NewRouter(map[string]Engine{"dynamodb": engineFunc(func(Call) (any, error) {
		t.Error("the engine was called")
		return nil, nil
	})})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Do(request("dynamodb", "DynamoDB_20120810.GetItem", "{}").WithContext(ctx)); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: %v", err)
	}
}
