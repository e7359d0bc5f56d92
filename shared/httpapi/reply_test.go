package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

func TestSecurityHeadersOnEveryAnswer(t *testing.T) {
	e := newEdge()
	answer, _ := e.call(t, "GET /v1/me/offers", "", asBearer)
	problem, _ := e.call(t, "GET /v1/me/offers", "")
	lost, _ := e.call(t, "GET /nowhere", "")
	for _, response := range []awsevents.APIGatewayProxyResponse{answer, problem, lost} {
		header := http.Header(response.MultiValueHeaders)
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
			"X-Correlation-Id": "00000000-0000-4000-9000-000000000001",
		} {
			if header.Get(name) != want {
				t.Errorf("%d: %s is %q", response.StatusCode, name, header.Get(name))
			}
		}
		if !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") ||
			!strings.HasPrefix(header.Get("Strict-Transport-Security"), "max-age=63072000") {
			t.Errorf("%d: %v", response.StatusCode, header)
		}
	}
}

func TestCorrelationID(t *testing.T) {
	for asked, want := range map[string]string{
		"01JD9Z3V4QW8X6M2N7P5R1T0KC": "01JD9Z3V4QW8X6M2N7P5R1T0KC", "short": "",
		"6f9619ff-8b86-d011-b42d-00cf4fc964ff": "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "52998224725": "", "maria.da-silva": "",
		"with space in it": "", "line\nbreak99": "",
		strings.Repeat("a", 65): "", "{\"a\":\"b\"}": "", "": "",
	} {
		if want == "" {
			want = "00000000-0000-4000-9000-000000000001"
		}
		response, body := newEdge().call(t, "GET /v1/me/offers", "", "x-correlation-id: "+asked)
		if got := http.Header(response.MultiValueHeaders).Get("X-Correlation-Id"); got != want || body["correlationId"] != want {
			t.Errorf("%q: %q and %v", asked, got, body["correlationId"])
		}
	}
}

func TestWhatHandlersMayAnswer(t *testing.T) {
	e := newEdge()
	e.reply = Reply{Status: 204, Header: http.Header{"Set-Cookie": {"a=b"}, "cache-control": {"public"}}}
	response, _ := e.call(t, "POST /v1/auth/logout", "", asBearer)
	header := http.Header(response.MultiValueHeaders)
	if response.StatusCode != 204 || response.Body != "" || header.Get("Content-Type") != "" || header.Get("Set-Cookie") != "a=b" ||
		header.Get("Cache-Control") != "public" {
		t.Errorf("%d %q %v", response.StatusCode, response.Body, header)
	}
	e.reply = Reply{Raw: []byte(`{"raw":true}`), ContentType: "application/yaml"}
	response, _ = e.call(t, "GET /v1/me/offers", "", asBearer)
	if response.Body != `{"raw":true}` || http.Header(response.MultiValueHeaders).Get("Content-Type") != "application/yaml" {
		t.Errorf("%d %q", response.StatusCode, response.Body)
	}
	e.reply = Reply{Body: func() {}}
	if response, body := e.call(t, "GET /v1/me/offers", "", asBearer); response.StatusCode != 500 || body["code"] != contract.CodeInternal {
		t.Errorf("an answer that cannot be encoded: %d", response.StatusCode)
	}
}

func TestProblemsOfHandlers(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		want   map[string]any
	}{
		"unknown": {errors.New("dial 10.0.0.1: CPF 52998224725"), 500, map[string]any{
			"code": "internal", "detail": "Nada foi alterado sem registro. Tente de novo em instantes.",
		}},
		"domain":       {collection.ErrOfferExpired, 409, map[string]any{"code": "offer_expired", "nextAction": "choose_offer"}},
		"unavailable":  {collection.ErrUnavailable, 503, map[string]any{"code": "temporarily_unavailable", "retryAfterSeconds": 5.0}},
		"out of time":  {context.DeadlineExceeded, 503, map[string]any{"code": "temporarily_unavailable"}},
		"with a field": {Invalid("code", "O código tem 8 números."), 400, map[string]any{"code": "invalid_request"}},
		"with all": {
			NewProblem(contract.CodeTooManyRequests, WithRetryAfter(1500*time.Millisecond), WithDetail("Calma."), WithNextAction(NextLogIn),
				WithCause(errors.New("hidden"))),
			429, map[string]any{"detail": "Calma.", "retryAfterSeconds": 2.0, "nextAction": "log_in"},
		},
		"longest wait": {
			NewProblem(contract.CodeTooManyRequests, WithRetryAfter(100*time.Hour)), 429, map[string]any{"retryAfterSeconds": 86400.0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEdge()
			e.err = c.err
			response, body := e.call(t, "GET /v1/me/offers", "", asBearer)
			if response.StatusCode != c.status {
				t.Errorf("status %d", response.StatusCode)
			}
			for member, want := range c.want {
				if body[member] != want {
					t.Errorf("%s is %v, want %v", member, body[member], want)
				}
			}
			checkProblem(t, response, body)
			if strings.Contains(response.Body, "52998224725") || strings.Contains(response.Body, "hidden") {
				t.Errorf("the answer tells the cause: %s", response.Body)
			}
		})
	}
}

func TestPanics(t *testing.T) {
	for name, c := range map[string]struct {
		fault func()
		logs  string
	}{
		"of the runtime": {func() { var p *Problem; _ = p.Code }, "nil pointer"},
		"of somebody":    {func() { panic("CPF 52998224725") }, "value of type string"},
	} {
		e := newEdge()
		e.api.Handle("GET", "/v1/me/debts", func(context.Context, *Request) (Reply, error) {
			c.fault()
			return Reply{}, nil
		})
		response, body := e.call(t, "GET /v1/me/debts", "", asBearer)
		if response.StatusCode != 500 || body["code"] != contract.CodeInternal {
			t.Errorf("%s: %d", name, response.StatusCode)
		}
		log := e.log.String()
		if !strings.Contains(log, c.logs) || strings.Contains(log, "52998224725") || !strings.Contains(log, "reply_test.go") {
			t.Errorf("%s: log %s", name, log)
		}
	}
}

func TestOneLineForEachRequest(t *testing.T) {
	e := newEdge()
	e.call(t, "GET /v1/me/offers", "", asBearer)
	e.err = errors.New("broken")
	e.call(t, "GET /v1/me/offers", "", asBearer)
	e.call(t, "POST /v1/auth/challenges", `{"document":"52998224725"}`)
	lines := strings.Split(strings.TrimSpace(e.log.String()), "\n")
	if len(lines) != 4 { // the fault has one of its own
		t.Fatalf("%d lines: %s", len(lines), e.log.String())
	}
	var line struct {
		Route, CorrelationID, PrincipalKind, CreditorID, CaseID, Code string
		Status, Requests, ClientErrors, ServerErrors                  int
		AWS                                                           embedded `json:"_aws"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatal(err)
	}
	if line.Route != "GET /v1/me/offers" || line.Status != 200 || line.PrincipalKind != "participant" ||
		line.CreditorID != "vida-plena" || line.CorrelationID != "00000000-0000-4000-9000-000000000001" || line.Requests != 1 ||
		line.ClientErrors+line.ServerErrors != 0 {
		t.Errorf("%+v", line)
	}
	metrics := line.AWS.CloudWatchMetrics
	if line.AWS.Timestamp != edgeEpoch.UnixMilli() || len(metrics) != 1 || len(metrics[0].Metrics) != 4 {
		t.Errorf("metrics %+v", line.AWS)
	}
	for _, m := range metrics[0].Metrics {
		if !strings.Contains(lines[0], `"`+m.Name+`":`) {
			t.Errorf("metric %s has no value in the line", m.Name)
		}
	}
	if !strings.Contains(lines[1], `"error":"internal: serve: broken"`) || !strings.Contains(lines[2], `"serverErrors":1`) {
		t.Errorf("fault: %s and %s", lines[1], lines[2])
	}
	if !strings.Contains(lines[3], `"clientErrors":1`) || strings.Contains(lines[3], "52998224725") {
		t.Errorf("refusal: %s", lines[3])
	}
}

func TestHandlersGetLessTimeThanTheFunction(t *testing.T) {
	e := newEdge()
	deadline := time.Now().Add(time.Hour)
	var got time.Time
	e.api.Handle("GET", "/v1/me/debts", func(ctx context.Context, _ *Request) (Reply, error) {
		got, _ = ctx.Deadline()
		return Reply{}, nil
	})
	ctx, cancel := context.WithDeadline(t.Context(), deadline)
	defer cancel()
	event := awsevents.APIGatewayProxyRequest{
		Resource: "/v1/me/debts", HTTPMethod: "GET", Headers: map[string]string{"Authorization": "Bearer good"},
	}
	if _, err := e.api.Serve(ctx, event); err != nil || !got.Equal(deadline.Add(-answerMargin)) {
		t.Errorf("deadline %s, function's %s, %v", got, deadline, err)
	}
}
