package httpapi

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/session"
)

const (
	goodToken    = "good"
	expiredToken = "expired"
	edgeOrigin   = "https://portal.example"
)

var edgeEpoch = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// edge is an API with one handler behind every kind of route, and its log.
type edge struct {
	api    *API
	log    bytes.Buffer
	served []*Request
	reply  Reply
	err    error
}

// Authenticate knows one session that lives and one that has ended.
func (e *edge) Authenticate(_ context.Context, token string) (*collection.Dossier, session.Session, error) {
	switch token {
	case goodToken:
		id, err := collection.ParseID[collection.CaseNoun]("01JD9Z3V4QW8X6M2N7P5R1T0KC")
		s := session.Session{Creditor: "vida-plena", Case: id, TokenHash: strings.Repeat("ab", 32)}
		return collection.NewDossier(id, "vida-plena"), s, err
	case expiredToken:
		return nil, session.Session{}, session.ErrExpired
	}
	return nil, session.Session{}, session.ErrUnknown
}

func newEdge() *edge {
	e := &edge{reply: Reply{Body: map[string]string{"nextAction": "done"}}}
	e.api = New(Options{
		Sessions: e, Cookie: Cookie{Name: "__Host-regua"}, Origin: edgeOrigin, Now: func() time.Time { return edgeEpoch },
		Log: slog.New(slog.NewJSONHandler(&e.log, nil)),
	})
	serve := func(_ context.Context, r *Request) (Reply, error) {
		e.served = append(e.served, r)
		return e.reply, e.err
	}
	e.api.Handle("GET", "/v1/me/offers", serve, "debtIds")
	for _, name := range []string{
		"POST /v1/me/proposals", "DELETE /v1/me/proposals/{id}", "POST /v1/auth/challenges", "POST /v1/auth/logout",
		"POST /v1/webhooks/{provider}/{account}",
	} {
		method, path, _ := strings.Cut(name, " ")
		e.api.Handle(method, path, serve)
	}
	return e
}

// call is a request in short: name is "METHOD path", headers "Name: value".
func (e *edge) call(t testing.TB, name, body string, headers ...string) (awsevents.APIGatewayProxyResponse, map[string]any) {
	t.Helper()
	method, resource, _ := strings.Cut(name, " ")
	event := awsevents.APIGatewayProxyRequest{Resource: resource, HTTPMethod: method, Body: body, Headers: map[string]string{}}
	event.RequestContext.RequestID = "00000000-0000-4000-9000-000000000001"
	resource, query, _ := strings.Cut(resource, "?")
	event.Resource = resource
	for pair := range strings.SplitSeq(query, "&") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			if event.QueryStringParameters == nil {
				event.QueryStringParameters, event.MultiValueQueryStringParameters = map[string]string{}, map[string][]string{}
			}
			event.QueryStringParameters[key] = value
			event.MultiValueQueryStringParameters[key] = append(event.MultiValueQueryStringParameters[key], value)
		}
	}
	for _, header := range headers {
		key, value, _ := strings.Cut(header, ": ")
		event.Headers[key] = value
	}
	return e.serve(t, event)
}

func (e *edge) serve(t testing.TB, event awsevents.APIGatewayProxyRequest) (awsevents.APIGatewayProxyResponse, map[string]any) {
	t.Helper()
	response, err := e.api.Serve(context.Background(), event)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if response.Body != "" {
		if err := json.Unmarshal([]byte(response.Body), &body); err != nil {
			t.Fatalf("answer %q: %v", response.Body, err)
		}
	}
	return response, body
}

const (
	asJSON     = "Content-Type: application/json"
	asBearer   = "Authorization: Bearer " + goodToken
	asCookie   = "Cookie: a=b; __Host-regua=" + goodToken + "; c=d"
	withKey    = "Idempotency-Key: 5f0c7a9e"
	proposals  = "POST /v1/me/proposals"
	offersList = "GET /v1/me/offers"
	discard    = "DELETE /v1/me/proposals/{id}"
	logout     = "POST /v1/auth/logout"
	webhook    = "POST /v1/webhooks/{provider}/{account}"
)

func TestRefusals(t *testing.T) {
	big := strings.Repeat("x", 300<<10)
	for name, c := range map[string]struct {
		call    string
		body    string
		headers []string
		status  int
		code    string
	}{
		"no such route":             {"GET /v1/nothing", "", nil, 404, "not_found"},
		"no such method":            {"PUT /v1/me/offers", "", nil, 404, "not_found"},
		"nobody":                    {proposals, "{}", []string{asJSON, withKey}, 401, "not_authenticated"},
		"unknown bearer":            {proposals, "{}", []string{asJSON, withKey, "Authorization: Bearer x"}, 401, "not_authenticated"},
		"basic":                     {proposals, "{}", []string{asJSON, withKey, asCookie, "Authorization: Basic e"}, 401, "not_authenticated"},
		"bearer of nothing":         {proposals, "{}", []string{asJSON, withKey, "Authorization: Bearer "}, 401, "not_authenticated"},
		"expired bearer":            {proposals, "{}", []string{asJSON, withKey, "Authorization: Bearer expired"}, 401, "session_expired"},
		"expired cookie":            {offersList, "", []string{"Cookie: __Host-regua=expired"}, 401, "session_expired"},
		"planted cookie":            {offersList, "", []string{"Cookie: __Host-regua=good; __Host-regua=x"}, 401, "not_authenticated"},
		"cookie of another name":    {offersList, "", []string{"Cookie: regua=good"}, 401, "not_authenticated"},
		"nobody before body checks": {proposals, "", nil, 401, "not_authenticated"},
		"cookie from another site":  {proposals, "{}", []string{asJSON, withKey, asCookie, "Origin: https://evil.example"}, 403, "forbidden"},
		"cookie from a null origin": {logout, "", []string{asCookie, "Origin: null"}, 403, "forbidden"},
		"delete from another site":  {discard, "", []string{asCookie, "Origin: http://portal.example"}, 403, "forbidden"},
		"form":                      {proposals, "{}", []string{"Content-Type: text/plain", withKey, asCookie}, 415, "unsupported_media_type"},
		"empty form":                {logout, "", []string{"Content-Type: text/plain", asCookie}, 415, "unsupported_media_type"},
		"no content type":           {proposals, "{}", []string{withKey, asBearer}, 415, "unsupported_media_type"},
		"other charset":             {proposals, "{}", []string{asJSON + "; charset=latin1", withKey, asBearer}, 415, "unsupported_media_type"},
		"notice of no type":         {webhook, "{}", nil, 415, "unsupported_media_type"},
		"notice too large":          {webhook, big, []string{asJSON}, 413, "body_too_large"},
		"too large":                 {proposals, big[:8193], []string{asJSON, withKey, asBearer}, 413, "body_too_large"},
		"too large and nobody":      {"POST /v1/auth/challenges", big[:4097], []string{asJSON}, 413, "body_too_large"},
		"body where none is taken":  {offersList, "{}", []string{asJSON, asBearer}, 400, "invalid_request"},
		"unknown query":             {"GET /v1/me/offers?debtsIds=x", "", []string{asBearer}, 400, "invalid_request"},
		"repeated query":            {"GET /v1/me/offers?debtIds=x&debtIds=y", "", []string{asBearer}, 400, "invalid_request"},
		"query where none is taken": {proposals + "?x=1", "{}", []string{asJSON, withKey, asBearer}, 400, "invalid_request"},
		"no key":                    {proposals, "{}", []string{asJSON, asBearer}, 400, "idempotency_key_missing"},
		"key with a space":          {proposals, "{}", []string{asJSON, asBearer, "Idempotency-Key: a b"}, 400, "invalid_request"},
		"key with an accent":        {proposals, "{}", []string{asJSON, asBearer, "Idempotency-Key: ç"}, 400, "invalid_request"},
		"long key":                  {proposals, "{}", []string{asJSON, asBearer, "Idempotency-Key: " + big[:256]}, 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge()
			response, body := e.call(t, c.call, c.body, c.headers...)
			if response.StatusCode != c.status || body["code"] != c.code {
				t.Errorf("%d %v, want %d %s", response.StatusCode, body["code"], c.status, c.code)
			}
			if len(e.served) != 0 {
				t.Error("the handler was asked")
			}
			checkProblem(t, response, body)
		})
	}
}

// checkProblem holds a problem to RFC 9457 and to the API document.
func checkProblem(t *testing.T, response awsevents.APIGatewayProxyResponse, body map[string]any) {
	t.Helper()
	header := http.Header(response.MultiValueHeaders)
	if header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("content type %q", header.Get("Content-Type"))
	}
	for _, name := range []string{"type", "title", "status", "code", "correlationId", "nextAction"} {
		if body[name] == nil || body[name] == "" {
			t.Errorf("problem without %s: %v", name, body)
		}
	}
	if body["type"] != fmt.Sprintf("/docs#%s", body["code"]) || body["status"] != float64(response.StatusCode) {
		t.Errorf("problem %v of status %d", body, response.StatusCode)
	}
	if wait, ok := body["retryAfterSeconds"]; ok && header.Get("Retry-After") != fmt.Sprint(wait) {
		t.Errorf("Retry-After %q, body %v", header.Get("Retry-After"), wait)
	}
}

func TestAccepted(t *testing.T) {
	for name, c := range map[string]struct {
		call    string
		body    string
		headers []string
	}{
		"bearer":                 {proposals, "{}", []string{asJSON, withKey, asBearer}},
		"bearer of another site": {proposals, "{}", []string{asJSON, withKey, asBearer, "Origin: https://evil.example"}},
		"scheme in small": {proposals, "{}", []string{
			"content-type: Application/JSON; Charset=\"UTF-8\"", "idempotency-key: !~", "authorization: bearer good",
		}},
		"cookie, own site":   {proposals, "{}", []string{asJSON, withKey, asCookie, "Origin: " + edgeOrigin}},
		"cookie, no origin":  {"POST /v1/auth/logout", "", []string{asCookie}},
		"read from anywhere": {"GET /v1/me/offers?debtIds=a", "", []string{asCookie, "Origin: https://evil.example"}},
		"delete":             {"DELETE /v1/me/proposals/{id}", "", []string{asCookie, "Origin: " + edgeOrigin}},
		"notice":             {webhook + "?hmac=x&hmac=y", "{}", []string{asJSON}},
		"longest key":        {proposals, "{}", []string{asJSON, asBearer, "Idempotency-Key: " + strings.Repeat("k", 255)}},
		"longest body":       {proposals, strings.Repeat("x", 8192), []string{asJSON, withKey, asBearer}},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge()
			response, _ := e.call(t, c.call, c.body, c.headers...)
			if response.StatusCode != 200 || len(e.served) != 1 {
				t.Fatalf("%d %s", response.StatusCode, response.Body)
			}
			r := e.served[0]
			if string(r.Body) != c.body || !r.Now.Equal(edgeEpoch) || r.Route.Path == "" {
				t.Errorf("request %+v", r)
			}
			known := r.Principal.Kind == collection.KindParticipant && r.Dossier != nil && r.Session.TokenHash != ""
			if known != (r.Route.Kind == contract.Participant) {
				t.Errorf("principal %+v of a route for %s", r.Principal, r.Route.Kind)
			}
		})
	}
}

func TestBodyInBase64(t *testing.T) {
	event := func(body string) awsevents.APIGatewayProxyRequest {
		return awsevents.APIGatewayProxyRequest{
			Resource: "/v1/webhooks/{provider}/{account}", HTTPMethod: "POST", Body: body, IsBase64Encoded: true,
			Headers: map[string]string{"Content-Type": "application/json"},
		}
	}
	e := newEdge()
	e.serve(t, event(base64.StdEncoding.EncodeToString([]byte("\xff{}"))))
	if len(e.served) != 1 || string(e.served[0].Body) != "\xff{}" {
		t.Error("the bytes did not come through as they are")
	}
	if _, body := e.serve(t, event("?")); body["code"] != contract.CodeMalformedJSON {
		t.Errorf("broken base64: %v", body)
	}
	large := base64.StdEncoding.EncodeToString(make([]byte, 256<<10+1))
	if _, body := e.serve(t, event(large)); body["code"] != contract.CodeBodyTooLarge {
		t.Errorf("too large inside base64: %v", body["code"])
	}
}

func TestRepeatedHeadersFailSafe(t *testing.T) {
	for name, headers := range map[string]map[string][]string{
		"bearer": {"Authorization": {"Bearer good", "Bearer good"}, "Content-Type": {"application/json"}, "Idempotency-Key": {"k"}},
		"key":    {"Authorization": {"Bearer good"}, "Content-Type": {"application/json"}, "Idempotency-Key": {"k", "k"}},
		"type":   {"Authorization": {"Bearer good"}, "Content-Type": {"application/json", "text/plain"}, "Idempotency-Key": {"k"}},
		"cookie": {"Cookie": {"__Host-regua=good", "__Host-regua=good"}, "Content-Type": {"application/json"}, "Idempotency-Key": {"k"}},
	} {
		e := newEdge()
		response, _ := e.serve(t, awsevents.APIGatewayProxyRequest{
			Resource: "/v1/me/proposals", HTTPMethod: "POST", Body: "{}", MultiValueHeaders: headers,
		})
		if response.StatusCode/100 != 4 || len(e.served) != 0 {
			t.Errorf("%s: %d", name, response.StatusCode)
		}
	}
}

func TestHandlePanicsAtStart(t *testing.T) {
	for name, f := range map[string]func(a *API){
		"no such route": func(a *API) { a.Handle("GET", "/v1/nothing", nil) },
		"twice":         func(a *API) { a.Handle("POST", "/v1/auth/logout", nil) },
		"no sessions":   func(*API) { New(Options{}).Handle("POST", "/v1/auth/logout", nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f(newEdge().api)
		}()
	}
}

func TestEveryCodeHasItsManner(t *testing.T) {
	var codes []string
	for _, p := range contract.Problems() {
		codes = append(codes, p.Code)
		b := (&Problem{Code: p.Code}).body("id")
		if b.Status != p.Status || b.Title != p.Title || b.NextAction == "" {
			t.Errorf("%s: %+v", p.Code, b)
		}
	}
	if known := slices.Sorted(maps.Keys(manners)); !slices.Equal(known, slices.Sorted(slices.Values(codes))) {
		t.Errorf("manners of %v, problems %v", known, codes)
	}
	if b := (&Problem{Code: "made up"}).body("id"); b.Code != contract.CodeInternal {
		t.Errorf("a code outside the tables is answered as %s", b.Code)
	}
	for _, r := range refusals {
		if p := asProblem(fmt.Errorf("somewhere: %w", r.err)); p.Code != r.code || !errors.Is(p, r.err) {
			t.Errorf("%v is answered as %s", r.err, p.Code)
		}
	}
}
