package edge_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
)

const (
	pageThrottle = "Throttle requests to your REST APIs for better throughput in API Gateway"
	pageLimits   = "Quotas for configuring and running a REST API in API Gateway"
	pageProxy    = "Lambda proxy integrations in API Gateway"
	pageNotes    = "Amazon API Gateway important notes"
)

// sent are requests, and members of the event that the function gets for each, as JSON; a dot leads into an object.
var sent = []struct {
	name, method, path string
	header             http.Header
	body               string
	want               map[string]string
}{
	{"a plain request", "GET", "/debts", nil, "", map[string]string{
		"resource": `"/debts"`, "path": `"/debts"`, "httpMethod": `"GET"`, "body": `null`, "isBase64Encoded": `false`,
		"pathParameters": `null`, "queryStringParameters": `null`, "multiValueQueryStringParameters": `null`, "stageVariables": `null`,
	}},
	{"the context of a request", "GET", "/contracts/7", http.Header{"User-Agent": {"probe"}}, "", map[string]string{
		"requestContext.stage": `"prod"`, "requestContext.path": `"/prod/contracts/7"`, "requestContext.httpMethod": `"GET"`,
		"requestContext.resourcePath": `"/contracts/{number}"`, "requestContext.protocol": `"HTTP/1.1"`,
		"requestContext.accountId": `"000000000000"`, "requestContext.identity.userAgent": `"probe"`,
		"requestContext.identity.sourceIp": `"127.0.0.1"`, "requestContext.identity.user": `null`,
	}},
	{"the root", "GET", "/", nil, "", map[string]string{"resource": `"/"`, "path": `"/"`}},
	{"a path parameter", "GET", "/contracts/A-7", nil, "", map[string]string{"pathParameters": `{"number":"A-7"}`}},
	{"an encoded path stays encoded", "GET", "/contracts/%C3%A7%20b", nil, "", map[string]string{"path": `"/contracts/%C3%A7%20b"`}},
	{"a path parameter stays encoded", "GET", "/contracts/%C3%A7%20b", nil, "", map[string]string{
		"pathParameters": `{"number":"%C3%A7%20b"}`}},
	{"a query with a semicolon", "GET", "/debts?a=1;b=2", nil, "", map[string]string{"queryStringParameters": `{"a":"1","b":"2"}`}},
	{"a literal is before a parameter", "GET", "/contracts/new", nil, "", map[string]string{
		"resource": `"/contracts/new"`, "pathParameters": `null`}},
	{"the rest of a path", "PUT", "/hooks/a1/x/y/z", nil, "{}", map[string]string{
		"resource": `"/hooks/{account}/{proxy+}"`, "httpMethod": `"PUT"`, "pathParameters": `{"account":"a1","proxy":"x/y/z"}`}},
	{"a repeated query parameter", "GET", "/debts?q=a&q=b&n", nil, "", map[string]string{
		"queryStringParameters": `{"n":"","q":"b"}`, "multiValueQueryStringParameters": `{"n":[""],"q":["a","b"]}`}},
	{"an encoded query", "GET", "/debts?nome=Jo%C3%A3o+da%20Silva&t=a%2Bb", nil, "", map[string]string{
		"queryStringParameters": `{"nome":"João da Silva","t":"a+b"}`}},
	{"a repeated header", "GET", "/debts", http.Header{"X-Many": {"one", "two"}}, "", map[string]string{
		"headers.X-Many": `"two"`, "multiValueHeaders.X-Many": `["one","two"]`}},
	{"where a request came from", "GET", "/debts", nil, "", map[string]string{
		"headers.X-Forwarded-For": `"127.0.0.1"`}},
	{"a body of any letters", "POST", "/debts", http.Header{"Content-Type": {"application/json"}}, `{"nome":"João <&>"}`, map[string]string{
		"body": `"{\"nome\":\"João <&>\"}"`, "isBase64Encoded": `false`, "headers.Content-Type": `"application/json"`}},
}

// answered are answers of the function, and what the caller gets for each.
var answered = []struct {
	name, answer string
	status       int
	body         string
	header       http.Header
}{
	{"a status, a header and a body", `{"statusCode":201,"headers":{"x-a":"1"},"body":"{}"}`, 201, "{}",
		http.Header{"X-A": {"1"}, "Content-Type": {"application/json"}}},
	{"a content type of its own", `{"statusCode":200,"headers":{"Content-Type":"text/html"},"body":"<p>"}`, 200, "<p>",
		http.Header{"Content-Type": {"text/html"}}},
	{"a header with several values", `{"statusCode":200,"multiValueHeaders":{"Set-Cookie":["a=1","b=2"]}}`, 200, "",
		http.Header{"Set-Cookie": {"a=1", "b=2"}}},
	{"a header in both forms", `{"statusCode":200,"headers":{"X-A":"1"},"multiValueHeaders":{"X-A":["2","3"]}}`, 200, "",
		http.Header{"X-A": {"2", "3", "1"}}},
	{"a value in both forms", `{"statusCode":200,"headers":{"X-A":"1"},"multiValueHeaders":{"X-A":["1","2"]}}`, 200, "",
		http.Header{"X-A": {"1", "2"}}},
	{"a header that is true", `{"statusCode":200,"headers":{"X-B":true}}`, 200, "", http.Header{"X-B": {"true"}}},
	{"a status as a text", `{"statusCode":"404"}`, 404, "", nil},
	{"no status is 200", `{"body":"x"}`, 200, "x", nil},
	{"base64 without a binary media type stays", `{"statusCode":200,"body":"JVBERg==","isBase64Encoded":true}`, 200, "JVBERg==", nil},
	{"a header of the gateway's own", `{"statusCode":200,"headers":{"Server":"x"}}`, 200, "",
		http.Header{"X-Amzn-Remapped-Server": {"x"}}},
	{"a header that the gateway keeps", `{"statusCode":200,"headers":{"WWW-Authenticate":"y"}}`, 200, "",
		http.Header{"X-Amzn-Remapped-Www-Authenticate": {"y"}, "Www-Authenticate": nil}},
	{"a member that no answer has", `{"statusCode":200,"cookies":[]}`, 502, internalError, nil},
	{"an answer that is no object", `"ok"`, 502, internalError, nil},
	{"a body that is no text", `{"statusCode":200,"body":{"a":1}}`, 502, internalError, nil},
}

const internalError = `{"message": "Internal server error"}`

func proxied() []check {
	var all []check
	for _, row := range sent {
		all = append(all, check{name: "event: " + row.name, excuse: excused[row.name], run: func(g *target) error {
			answer, err := g.request(row.method, row.path, row.header, row.body)
			if err != nil {
				return err
			}
			var event map[string]any
			if err := json.Unmarshal([]byte(answer.body), &event); err != nil {
				return fmt.Errorf("got %d %.300s", answer.status, answer.body)
			}
			for name, want := range row.want {
				if err := holds(event, name, want); err != nil {
					return err
				}
			}
			return nil
		}})
	}
	for _, row := range answered {
		all = append(all, check{name: "answer: " + row.name, excuse: excused[row.name], run: func(g *target) error {
			answer, err := g.request("POST", "/answer", nil, row.answer)
			if err != nil {
				return err
			}
			for name, want := range row.header {
				if got := answer.header[name]; !reflect.DeepEqual(got, want) {
					return fmt.Errorf("header %s: got %q, want %q", name, got, want)
				}
			}
			return same("answer", fmt.Sprint(answer.status, " ", answer.body), fmt.Sprint(row.status, " ", row.body), nil)
		}})
	}
	return append(all, refusals()...)
}

// holds compares a member of an event.
func holds(event map[string]any, name, want string) error {
	var value any = event
	for part := range strings.SplitSeq(name, ".") {
		members, _ := value.(map[string]any)
		var ok bool
		if value, ok = members[part]; !ok {
			return fmt.Errorf("%s is not there", name)
		}
	}
	var expected any
	if err := json.Unmarshal([]byte(want), &expected); err != nil {
		return fmt.Errorf("expectation %s: %w", want, err)
	}
	if !reflect.DeepEqual(value, expected) {
		return fmt.Errorf("%s: got %v, want %s", name, value, want)
	}
	return nil
}

// refusals are answers of the gateway's own.
func refusals() []check {
	refused := func(name, method, path, body, excuse string, status int, message, kind string) check {
		return check{name: name, excuse: excuse, run: func(g *target) error {
			answer, err := g.request(method, path, nil, body)
			if err != nil {
				return err
			}
			var said struct{ Message string }
			if err := json.Unmarshal([]byte(answer.body), &said); err != nil {
				return fmt.Errorf("got %d %.300q", answer.status, answer.body)
			}
			return same("refusal", fmt.Sprint(answer.status, " ", said.Message, " ", answer.header.Get("X-Amzn-Errortype")),
				fmt.Sprint(status, " ", message, " ", kind), nil)
		}}
	}
	const missing, missingKind = "Missing Authentication Token", "MissingAuthenticationTokenException"
	return []check{
		refused("a path that has no route", "GET", "/nowhere", "", "", 403, missing, missingKind),
		refused("a method that has no route", "DELETE", "/debts", "", "", 403, missing, missingKind),
		refused("a function that fails", "GET", "/fail", "", "", 502, "Internal server error", "InternalServerErrorException"),
		refused("a body of more than 10 MB", "POST", "/debts", strings.Repeat("x", 10<<20+1), pageLimits, 413,
			"HTTP content length exceeded 10485760 bytes.", "RequestTooLargeException"),
		{name: "a route that is asked too often", excuse: pageThrottle, run: func(g *target) error {
			var codes []int
			for range 3 {
				answer, err := g.request("GET", "/scarce", nil, "")
				if err != nil {
					return err
				}
				codes = append(codes, answer.status)
			}
			if !slices.Equal(codes, []int{200, 200, 429}) {
				return fmt.Errorf("three requests at once: got %v", codes)
			}
			return nil
		}},
		refused("what a throttled caller reads", "GET", "/scarce", "", pageThrottle, 429, "Too Many Requests",
			"TooManyRequestsException"),
	}
}
