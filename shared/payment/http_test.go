package payment_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	awsevents "github.com/aws/aws-lambda-go/events"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/regua/regua/docs"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/httpapi"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/session"
)

// Authenticate opens the rig's one case.
func (r *rig) Authenticate(context.Context, string) (*collection.Dossier, session.Session, error) {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	return clone(r.store.cases[r.caseID]), session.Session{Creditor: creditorID, Case: r.caseID, TokenHash: strings.Repeat("ab", 32)}, nil
}

const (
	intentsPath = "/v1/me/payment-intents"
	intentPath  = "/v1/me/payment-intents/{id}"
	webhookPath = "/v1/webhooks/{provider}/{account}"
)

type answer struct {
	status int
	header map[string][]string
	body   map[string]any
	text   string
}

func (r *rig) http(t *testing.T, method, path string, params map[string]string, body string, headers map[string]string) answer {
	t.Helper()
	api := httpapi.New(httpapi.Options{Sessions: r, Now: r.clock, Log: slog.New(slog.DiscardHandler)})
	(&httpapi.Payments{Requests: r.requests}).Register(api)
	(&httpapi.Webhooks{Receiver: r.webhooks}).Register(api)
	event := awsevents.APIGatewayProxyRequest{
		HTTPMethod: method, Resource: path, PathParameters: params, Body: body, Headers: map[string]string{"Authorization": "Bearer x"},
	}
	if body != "" {
		event.Headers["Content-Type"] = "application/json"
	}
	for name, value := range headers {
		event.Headers[name] = value
	}
	out, err := api.Serve(context.Background(), event)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: out.StatusCode, header: out.MultiValueHeaders, text: out.Body}
	if err := json.Unmarshal([]byte(out.Body), &a.body); err != nil {
		t.Fatalf("answer %q: %v", out.Body, err)
	}
	if a.status >= 400 {
		conforms(t, "Problem", out.Body)
	}
	return a
}

// conforms holds a JSON answer to a schema of the API document.
func conforms(t *testing.T, schema, text string) {
	t.Helper()
	var document any
	if err := yaml.Unmarshal(docs.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.DefaultDraft(jsonschema.Draft2020)
	if err := compiler.AddResource("openapi.yaml", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("openapi.yaml#/components/schemas/" + schema)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%s is no %s: %v", text, schema, err)
	}
}

func (r *rig) askBody(instalment string) string {
	return `{"agreementId":"` + r.agreement.String() + `","instalment":` + instalment + `,"method":"pix"}`
}

// of returns an intent's state as the API shows it.
func (r *rig) shown(t *testing.T, id string) answer {
	t.Helper()
	a := r.http(t, "GET", intentPath, map[string]string{"id": id}, "", nil)
	if a.status != 200 {
		t.Fatalf("%d %s", a.status, a.text)
	}
	conforms(t, "PaymentIntent", a.text)
	return a
}

func (a answer) must(t *testing.T, status int, want map[string]any) {
	t.Helper()
	if a.status != status {
		t.Fatalf("%d %s, want %d", a.status, a.text, status)
	}
	for name, value := range want {
		if a.body[name] != value {
			t.Fatalf("%s is %v, want %v: %s", name, a.body[name], value, a.text)
		}
	}
}

func TestPaymentOverHTTP(t *testing.T) {
	r := newRig(t, 10000, 20000)
	first := r.http(t, "POST", intentsPath, nil, r.askBody("1"), map[string]string{"Idempotency-Key": "k1"})
	first.must(t, 201, map[string]any{"status": "ISSUED", "amountCentavos": 10000.0, "nextAction": "pay", "expiresAt": "2026-11-23T16:00:00Z"})
	conforms(t, "PaymentIntent", first.text)
	again := r.http(t, "POST", intentsPath, nil, strings.Replace(r.askBody("1"), ",", " ,  ", 1), map[string]string{"Idempotency-Key": "k1"})
	again.must(t, 201, nil)
	const replayed = "Idempotency-Replayed"
	if again.text != first.text || len(again.header[replayed]) != 1 || len(first.header[replayed]) != 0 {
		t.Fatalf("got %s with %v", again.text, again.header)
	}
	other := r.http(t, "POST", intentsPath, nil, r.askBody("2"), map[string]string{"Idempotency-Key": "k1"})
	other.must(t, 422, map[string]any{"code": "idempotency_mismatch"})
	id, _ := first.body["paymentIntentId"].(string)
	r.shown(t, id).must(t, 200, map[string]any{"status": "ISSUED", "nextAction": "pay"})

	p, _ := r.rail.pay(id, "E1", 10000, false)
	n := r.notice(t, "evt", p)
	headers := map[string]string{}
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		headers[name] = n.Header(name)
	}
	at := map[string]string{"provider": "sandbox", "account": "vida"}
	taken := r.http(t, "POST", webhookPath, at, string(n.Body), headers)
	taken.must(t, 200, map[string]any{"status": "ok"})
	conforms(t, "WebhookAck", taken.text)
	below := map[string]string{"provider": "sandbox", "account": "vida", "proxy": "pix"}
	r.http(t, "POST", webhookPath+"/{proxy+}", below, string(n.Body), headers).must(t, 200, nil)
	r.drain(t)
	paid := r.shown(t, id)
	paid.must(t, 200, map[string]any{"status": "CONFIRMED", "confirmedAt": "2026-11-23T14:00:00Z", "nextAction": "wait_due_date"})
	if paid.body["pix"] != nil {
		t.Fatal("a paid code is shown")
	}
	more := r.http(t, "POST", intentsPath, nil, r.askBody("1"), map[string]string{"Idempotency-Key": "k2"})
	more.must(t, 409, map[string]any{"code": "instalment_not_payable"})
}

func TestIntentsThatEndedOverHTTP(t *testing.T) {
	r := newRig(t, 10000)
	r.rail.down = true
	late := r.http(t, "POST", intentsPath, nil, r.askBody("1"), map[string]string{"Idempotency-Key": "k1"})
	late.must(t, 202, map[string]any{"status": "REQUESTED", "nextAction": "poll"})
	conforms(t, "PaymentIntent", late.text)
	id, _ := late.body["paymentIntentId"].(string)
	r.shown(t, id).must(t, 200, map[string]any{"status": "REQUESTED", "nextAction": "poll"})
	r.advance(intentLife)
	r.shown(t, id).must(t, 200, map[string]any{"status": "EXPIRED", "nextAction": "pay"})
	r.rail.down = false
	next := r.http(t, "POST", intentsPath, nil, r.askBody("1"), map[string]string{"Idempotency-Key": "k2"})
	next.must(t, 201, map[string]any{"status": "ISSUED"})
	paying, _ := next.body["paymentIntentId"].(string)
	p := provider.Payment{Fact: "E1", TxID: id, Amount: 10000, PaidAt: r.clock()} // late, under the first code
	if err := r.webhooks.Receive(context.Background(), r.notice(t, "evt", p)); err != nil {
		t.Fatal(err)
	}
	r.drain(t)
	r.shown(t, id).must(t, 200, map[string]any{"status": "CONFIRMED", "nextAction": "done"})
	unneeded := r.shown(t, paying)
	if unneeded.must(t, 200, map[string]any{"status": "ISSUED", "nextAction": "done"}); unneeded.body["pix"] != nil {
		t.Fatal("a code for a paid instalment is shown")
	}
}

// A participant who asks between the posting and nothing else: the intent is newer than the case that the session opened.
func TestShownIntentAndAgreementBelongTogether(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	posted := false
	r.store.fault = func(call string) error {
		if call == "load intent before" && !posted {
			posted = true
			p, _ := r.rail.pay(intent.ID.String(), "E1", 10000, false)
			if err := r.webhooks.Receive(context.Background(), r.notice(t, "evt", p)); err != nil {
				return err
			}
			r.drain(t)
		}
		return nil
	}
	r.shown(t, intent.ID.String()).must(t, 200, map[string]any{"status": "CONFIRMED", "nextAction": "done"})
}

func TestRefusalsOverHTTP(t *testing.T) {
	r := newRig(t, 10000)
	key := map[string]string{"Idempotency-Key": "k"}
	for name, c := range map[string]struct {
		body, code string
		status     int
	}{
		"boleto":            {strings.Replace(r.askBody("1"), "pix", "boleto", 1), "method_not_available", 422},
		"debit":             {strings.Replace(r.askBody("1"), "pix", "debit", 1), "method_not_available", 422},
		"cheque":            {strings.Replace(r.askBody("1"), "pix", "cheque", 1), "invalid_request", 400},
		"instalment 0":      {r.askBody("0"), "invalid_request", 400},
		"instalment 73":     {r.askBody("73"), "invalid_request", 400},
		"instalment 2":      {r.askBody("2"), "instalment_not_payable", 409},
		"instalment 1.5":    {r.askBody("1.5"), "invalid_request", 400},
		"no agreement":      {`{"instalment":1,"method":"pix"}`, "invalid_request", 400},
		"other agreement":   {strings.Replace(r.askBody("1"), r.agreement.String(), "01JD9ZC0D1E2F3G4H5J6K7M8N9", 1), "not_found", 404},
		"amount of its own": {strings.Replace(r.askBody("1"), `{`, `{"amountCentavos":1,`, 1), "invalid_request", 400},
		"broken":            {`{`, "malformed_json", 400},
	} {
		t.Run(name, func(t *testing.T) {
			r.http(t, "POST", intentsPath, nil, c.body, key).must(t, c.status, map[string]any{"code": c.code})
		})
	}
	r.http(t, "POST", intentsPath, nil, r.askBody("1"), nil).must(t, 400, map[string]any{"code": "idempotency_key_missing"})
	for _, id := range []string{"x", "01JD9ZC0D1E2F3G4H5J6K7M8N9"} {
		r.http(t, "GET", intentPath, map[string]string{"id": id}, "", nil).must(t, 404, map[string]any{"code": "not_found"})
	}
	if len(r.store.intents) != 0 {
		t.Fatal("a refused request left something behind")
	}
}

func TestWebhookRefusalsOverHTTP(t *testing.T) {
	r := newRig(t, 10000)
	at := map[string]string{"provider": "sandbox", "account": "vida"}
	sign := func(body string) map[string]string {
		n := r.signed(t, "evt", []byte(body))
		return map[string]string{
			"Webhook-Id": n.Header("webhook-id"), "Webhook-Timestamp": n.Header("webhook-timestamp"),
			"Webhook-Signature": n.Header("webhook-signature"),
		}
	}
	other := `{"id":"evt","type":"other"}`
	stale := sign(other)
	r.http(t, "GET", webhookPath, at, "", nil).must(t, 200, map[string]any{"status": "ok"})
	for name, c := range map[string]struct {
		at      map[string]string
		body    string
		headers map[string]string
		code    string
		status  int
	}{
		"forged":          {at, other + " ", sign(other), "signature_invalid", 401},
		"unsigned":        {at, other, nil, "signature_invalid", 401},
		"unknown account": {map[string]string{"provider": "sandbox", "account": "x"}, other, sign(other), "not_found", 404},
		"not JSON":        {at, `x`, sign(`x`), "malformed_json", 400},
		"no notice":       {at, `{"id":1}`, sign(`{"id":1}`), "invalid_request", 400},
		"repeated name":   {at, `{"id":"a","id":"b","type":"x"}`, sign(`{"id":"a","id":"b","type":"x"}`), "invalid_request", 400},
	} {
		t.Run(name, func(t *testing.T) {
			r.http(t, "POST", webhookPath, c.at, c.body, c.headers).must(t, c.status, map[string]any{"code": c.code})
		})
	}
	form := sign(other)
	form["Content-Type"] = "application/x-www-form-urlencoded"
	r.http(t, "POST", webhookPath, at, other, form).must(t, 415, map[string]any{"code": "unsupported_media_type"})
	large := `{"id":"evt","type":"` + strings.Repeat("a", 256<<10) + `"}`
	r.http(t, "POST", webhookPath, at, large, sign(large)).must(t, 413, map[string]any{"code": "body_too_large"})
	r.http(t, "GET", webhookPath, map[string]string{"provider": "sandbox", "account": "x"}, "", nil).must(t, 404, nil)
	r.advance(6 * time.Minute)
	r.http(t, "POST", webhookPath, at, other, stale).must(t, 401, map[string]any{"code": "signature_invalid"})
	if len(r.store.raws) != 0 || len(r.intake) != 0 {
		t.Fatal("a refused notice left something behind")
	}
	r.http(t, "POST", webhookPath, at, other, sign(other)).must(t, 200, nil)
}
