package gateway

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
)

var routes = []Route{
	{Method: "GET", Path: "/v1/me/debts", Function: "debts"},
	{Method: "GET", Path: "/v1/me/contracts/{number}", Function: "contract"},
	{Method: "GET", Path: "/v1/me/contracts/{number}/pdf", Function: "pdf"},
	{Method: "GET", Path: "/v1/me/contracts/new", Function: "literal"},
	{Method: "POST", Path: "/v1/me/contracts/{number}/signature", Function: "sign"},
	{Method: "POST", Path: "/v1/webhooks/{provider}/{account}", Function: "webhook"},
	{Method: "ANY", Path: "/v1/webhooks/{provider}/{account}/{proxy+}", Function: "appended"},
	{Method: "GET", Path: "/v1/webhooks/{provider}/{account}/{proxy+}", Function: "appended-get"},
	{Method: "GET", Path: "/", Function: "root"},
	{Method: "POST", Path: "/v1/echo", Function: "echo"},
}

type seen struct {
	function string
	payload  []byte
}

func serve(t *testing.T, invoke func(ctx context.Context, function string, payload []byte) ([]byte, error)) *httptest.Server {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 123e6, time.UTC))
	t.Cleanup(clk.Close)
	server := httptest.NewServer(New(routes, invoke, clk, "local"))
	t.Cleanup(server.Close)
	return server
}

// record gives a server whose function answers 200, and what reached it.
func record(t *testing.T) (*httptest.Server, *seen) {
	last := &seen{}
	return serve(t, func(_ context.Context, function string, payload []byte) ([]byte, error) {
		*last = seen{function, payload}
		return []byte(`{"statusCode":200,"body":"ok"}`), nil
	}), last
}

func send(t *testing.T, server *httptest.Server, method, target, body string, header http.Header) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(target, "?")
	req.URL.Opaque, req.URL.RawQuery = "//"+req.URL.Host+path, query // the bytes of the target, not cleaned
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(answer)
}

func TestEventIsThatOfAWS(t *testing.T) {
	server, last := record(t)
	host := strings.TrimPrefix(server.URL, "http://")
	_, port, _ := strings.Cut(host, ":")
	header := http.Header{"User-Agent": {"probe"}, "Accept-Encoding": {"identity"}, "X-Many": {"one", "two"},
		"X-Forwarded-For": {"203.0.113.9"}, "Connection": {"keep-alive"}}
	status, _, answer := send(t, server, "POST", "/v1/me/contracts/A%2F1/signature?q=a&q=b", "{}", header)
	if status != 200 || answer != "ok" {
		t.Fatalf("got %d %s", status, answer)
	}
	if last.function != "sign" {
		t.Errorf("function %q", last.function)
	}
	want := `{"resource":"/v1/me/contracts/{number}/signature","path":"/v1/me/contracts/A%2F1/signature","httpMethod":"POST",` +
		`"headers":{"Accept-Encoding":"identity","Host":"` + host + `","User-Agent":"probe",` +
		`"X-Amzn-Trace-Id":"Root=1-00000000-000040009000000000000001","X-Forwarded-For":"203.0.113.9, 127.0.0.1",` +
		`"X-Forwarded-Port":"` + port + `","X-Forwarded-Proto":"http","X-Many":"two"},` +
		`"multiValueHeaders":{"Accept-Encoding":["identity"],"Host":["` + host + `"],"User-Agent":["probe"],` +
		`"X-Amzn-Trace-Id":["Root=1-00000000-000040009000000000000001"],"X-Forwarded-For":["203.0.113.9, 127.0.0.1"],` +
		`"X-Forwarded-Port":["` + port + `"],"X-Forwarded-Proto":["http"],"X-Many":["one","two"]},` +
		`"queryStringParameters":{"q":"b"},"multiValueQueryStringParameters":{"q":["a","b"]},` +
		`"pathParameters":{"number":"A%2F1"},"stageVariables":null,` +
		`"requestContext":{"accountId":"000000000000","apiId":"local","deploymentId":"local","domainName":"` + host + `","domainPrefix":"127",` +
		`"extendedRequestId":"00000000-0000-4000-9000-000000000001","httpMethod":"POST","identity":{"accessKey":null,"accountId":null,` +
		`"caller":null,"cognitoAuthenticationProvider":null,"cognitoAuthenticationType":null,"cognitoIdentityId":null,` +
		`"cognitoIdentityPoolId":null,"principalOrgId":null,"sourceIp":"127.0.0.1","user":null,"userAgent":"probe","userArn":null},` +
		`"path":"/local/v1/me/contracts/A%2F1/signature","protocol":"HTTP/1.1","requestId":"00000000-0000-4000-9000-000000000001",` +
		`"requestTime":"02/Mar/2026:12:00:00 +0000","requestTimeEpoch":1772452800123,"resourceId":"local",` +
		`"resourcePath":"/v1/me/contracts/{number}/signature","stage":"local"},"body":"{}","isBase64Encoded":false}`
	if got := string(last.payload); got != want {
		t.Errorf("event:\n got %s\nwant %s", got, want)
	}
}

func TestPathsQueriesAndBodies(t *testing.T) {
	tests := []struct {
		name, target, body string
		check              func(e events.APIGatewayProxyRequest) (got, want any)
	}{
		{"encoded parameter", "/v1/me/contracts/a%20b%2Fc+d@e", "",
			func(e events.APIGatewayProxyRequest) (any, any) { return e.PathParameters["number"], "a%20b%2Fc+d@e" }},
		{"encoded path", "/v1/me/contracts/%C3%A7", "",
			func(e events.APIGatewayProxyRequest) (any, any) { return e.Path, "/v1/me/contracts/%C3%A7" }},
		{"slash at the end stays in path", "/v1/me/contracts/1/", "",
			func(e events.APIGatewayProxyRequest) (any, any) {
				return e.Path + " " + e.PathParameters["number"], "/v1/me/contracts/1/ 1"
			}},
		{"unicode query", "/v1/me/debts?nome=Jo%C3%A3o+da%20Silva", "",
			func(e events.APIGatewayProxyRequest) (any, any) {
				return e.QueryStringParameters["nome"], "João da Silva"
			}},
		{"semicolon", "/v1/me/debts?a=1;b=2&c=3;", "", func(e events.APIGatewayProxyRequest) (any, any) {
			return e.QueryStringParameters, map[string]string{"a": "1", "b": "2", "c": "3"}
		}},
		{"encoded plus", "/v1/me/debts?t=test%2Balias@x.br&n", "", func(e events.APIGatewayProxyRequest) (any, any) {
			return e.MultiValueQueryStringParameters, map[string][]string{"t": {"test+alias@x.br"}, "n": {""}}
		}},
		{"bad encoding", "/v1/me/debts?t=100%", "",
			func(e events.APIGatewayProxyRequest) (any, any) { return e.QueryStringParameters["t"], "100%" }},
		{"no query", "/v1/me/debts", "",
			func(e events.APIGatewayProxyRequest) (any, any) {
				return e.QueryStringParameters, map[string]string(nil)
			}},
		{"unicode body", "/v1/echo", `{"nome":"João"}`,
			func(e events.APIGatewayProxyRequest) (any, any) { return e.Body, `{"nome":"João"}` }},
		{"body that is no text", "/v1/echo", "a\xffb",
			func(e events.APIGatewayProxyRequest) (any, any) { return e.Body, "a\uFFFDb" }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, last := record(t)
			method := "GET"
			if test.body != "" {
				method = "POST"
			}
			if status, _, answer := send(t, server, method, test.target, test.body, nil); status != 200 {
				t.Fatalf("got %d %s", status, answer)
			}
			var e events.APIGatewayProxyRequest
			if err := json.Unmarshal(last.payload, &e); err != nil {
				t.Fatal(err)
			}
			if got, want := test.check(e); !reflect.DeepEqual(got, want) {
				t.Errorf("got %#v, want %#v", got, want)
			}
			if test.body == "" && !strings.Contains(string(last.payload), `"body":null`) {
				t.Errorf("no body must be null: %s", last.payload)
			}
		})
	}
}

func TestMostSpecificRouteWins(t *testing.T) {
	tests := []struct{ method, path, want string }{
		{"GET", "/v1/me/debts", "debts"}, {"GET", "/v1/me/debts/", "debts"}, {"GET", "/", "root"},
		{"GET", "/v1/me/contracts/new", "literal"}, {"GET", "/v1/me/contracts/news", "contract"},
		{"GET", "/v1/me/contracts/new/pdf", "pdf"}, {"POST", "/v1/webhooks/pix/1", "webhook"},
		{"POST", "/v1/webhooks/pix/1/pix", "appended"}, {"GET", "/v1/webhooks/pix/1/a/b", "appended-get"},
		{"DELETE", "/v1/webhooks/pix/1/a/b", "appended"},
	}
	server, last := record(t)
	for _, test := range tests {
		if status, _, answer := send(t, server, test.method, test.path, "", nil); status != 200 || last.function != test.want {
			t.Errorf("%s %s: got %d %s by %s, want %s", test.method, test.path, status, answer, last.function, test.want)
		}
	}
	for _, test := range []struct{ method, path string }{
		{"GET", "/v1"}, {"PUT", "/v1/me/debts"}, {"GET", "/v1/me/contracts"}, {"GET", "/v1/me//debts"}, {"GET", "/V1/me/debts"},
		{"GET", "/v1/webhooks/pix/1"}, {"GET", "/v1/me/contracts//pdf"}, {"GET", "/v1/me/%64ebts"},
	} {
		status, header, answer := send(t, server, test.method, test.path, "", nil)
		if status != 403 || answer != `{"message":"Missing Authentication Token"}` ||
			header.Get("X-Amzn-Errortype") != "MissingAuthenticationTokenException" {
			t.Errorf("%s %s: got %d %s", test.method, test.path, status, answer)
		}
	}
}

func TestAnswers(t *testing.T) {
	const internal = `{"message": "Internal server error"}`
	tests := []struct {
		name, answer string
		err          error
		status       int
		body         string
		header       http.Header
	}{
		{"plain", `{"statusCode":201,"body":"{}"}`, nil, 201, "{}", http.Header{"Content-Type": {"application/json"}}},
		{"headers", `{"statusCode":200,"headers":{"content-type":"text/html","x-a":"1","X-B":true},` +
			`"multiValueHeaders":{"Set-Cookie":["a=1","b=2"]}}`,
			nil, 200, "", http.Header{"Content-Type": {"text/html"}, "X-A": {"1"}, "X-B": {"true"}, "Set-Cookie": {"a=1", "b=2"}}},
		{"both forms", `{"headers":{"X-A":"1","X-B":"4"},"multiValueHeaders":{"x-a":["2","3"],"X-B":["4","5"]}}`, nil, 200, "",
			http.Header{"X-A": {"2", "3", "1"}, "X-B": {"4", "5"}}},
		{"kept headers", `{"headers":{"Server":"x","WWW-Authenticate":"y"}}`, nil, 200, "",
			http.Header{"Server": nil, "X-Amzn-Remapped-Server": {"x"}, "X-Amzn-Remapped-Www-Authenticate": {"y"}}},
		{"base64", `{"statusCode":200,"body":"JVBERg==","isBase64Encoded":true}`, nil, 200, "JVBERg==", nil},
		{"status as text", `{"statusCode":"404","body":null}`, nil, 404, "", nil},
		{"no content", `{"statusCode":204}`, nil, 204, "", nil},
		{"empty object", `{}`, nil, 200, "", nil},
		{"not base64", `{"body":"%","isBase64Encoded":true}`, nil, 200, "%", nil},
		{"null", `null`, nil, 502, internal, nil},
		{"text", `"ok"`, nil, 502, internal, nil},
		{"nothing", ``, nil, 502, internal, nil},
		{"strange member", `{"statusCode":200,"cookies":[]}`, nil, 502, internal, nil},
		{"body not text", `{"statusCode":200,"body":{}}`, nil, 502, internal, nil},
		{"header not text", `{"statusCode":200,"headers":{"a":[]}}`, nil, 502, internal, nil},
		{"status out of range", `{"statusCode":99}`, nil, 502, internal, nil},
		{"two documents", `{} {}`, nil, 502, internal, nil},
		{"function error", ``, &function.Error{Type: "errorString", Message: "secret"}, 502, internal, nil},
		{"event too large", ``, &function.Error{Type: "RequestTooLargeException"}, 413, `{"message":"Request Too Long"}`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := serve(t, func(context.Context, string, []byte) ([]byte, error) { return []byte(test.answer), test.err })
			status, header, body := send(t, server, "GET", "/v1/me/debts", "", nil)
			if status != test.status || body != test.body {
				t.Errorf("got %d %q, want %d %q", status, body, test.status, test.body)
			}
			for name, want := range test.header {
				if got := header[name]; !reflect.DeepEqual(got, want) {
					t.Errorf("header %s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestLimits(t *testing.T) {
	server, last := record(t)
	if status, _, _ := send(t, server, "POST", "/v1/echo", strings.Repeat("a", maxBody), nil); status != 200 {
		t.Errorf("a body of 10 MB: got %d", status)
	}
	*last = seen{}
	status, _, answer := send(t, server, "POST", "/v1/echo", strings.Repeat("a", maxBody+1), nil)
	if status != 413 || answer != `{"message":"HTTP content length exceeded 10485760 bytes."}` || last.function != "" {
		t.Errorf("a body above 10 MB: got %d %s, function %q", status, answer, last.function)
	}
	if status, _, _ = send(t, server, "GET", "/v1/me/debts", "", http.Header{"X-Long": {strings.Repeat("a", 10000)}}); status != 200 {
		t.Errorf("headers within the limit: got %d", status)
	}
	if status, _, _ = send(t, server, "GET", "/v1/me/debts", "", http.Header{"X-Long": {strings.Repeat("a", 10240)}}); status != 431 {
		t.Errorf("headers above the limit: got %d", status)
	}
}

func TestIntegrationTimesOut(t *testing.T) {
	clk := clock.Virtual(time.Now())
	t.Cleanup(clk.Close)
	handler := New(routes, func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}, clk, "local").(*gateway)
	handler.timeout = time.Millisecond
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	status, _, answer := send(t, server, "GET", "/v1/me/debts", "", nil)
	if status != 504 || answer != `{"message": "Endpoint request timed out"}` {
		t.Errorf("got %d %s", status, answer)
	}
}

func TestMalformedRoutesPanic(t *testing.T) {
	for name, bad := range map[string][]Route{
		"no slash":           {{Method: "GET", Path: "v1", Function: "f"}},
		"no function":        {{Method: "GET", Path: "/v1"}},
		"twice":              {{Method: "GET", Path: "/v1", Function: "f"}, {Method: "GET", Path: "/v1", Function: "g"}},
		"greedy inside":      {{Method: "GET", Path: "/{all+}/x", Function: "f"}},
		"less than no burst": {{Method: "GET", Path: "/v1", Function: "f", Throttle: Throttle{Rate: 1, Burst: -1}}},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("was accepted")
				}
			}()
			New(bad, nil, nil, "local")
		})
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add([]byte(`{"statusCode":200,"headers":{"a":"b"},"body":"x"}`))
	f.Add([]byte(`{"statusCode":"7","isBase64Encoded":true,"body":"!"}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		r, err := parseReply(answer)
		if err == nil && (r.status < 200 || r.status > 599) {
			t.Errorf("status %d was let through", r.status)
		}
	})
}
