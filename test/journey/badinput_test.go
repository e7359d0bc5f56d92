package journey

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/shared/contract"
)

const (
	noID        = "01JD9Z3V4QW8X6M2N7P5R1T0KC"
	noChallenge = "vida-plena." + noID
)

// sample is a body in its right form for each route that takes one; it names nothing that exists.
func sample() map[string]map[string]any {
	return map[string]map[string]any{
		"/v1/auth/challenges":             {"creditor": "vida-plena", "document": cpf(9), "contract": "X-1", "channel": "email"},
		"/v1/auth/challenges/{id}/verify": {"code": "00000000", "session": "bearer"},
		"/v1/auth/challenges/{id}/resend": {},
		"/v1/auth/entries":                {"token": "vida-plena." + strings.Repeat("a", 43)},
		"/v1/auth/logout":                 {},
		"/v1/me/simulations": {
			"debtIds": []string{noID}, "instalments": 2, "firstDueDate": "2030-01-02", "product": "acordo", "monthlyCentavos": 10000,
			"monthlyIncomeCentavos": 200000,
		},
		"/v1/me/proposals":                    {"offerId": strings.Repeat("a", 40) + "." + strings.Repeat("b", 43)},
		"/v1/me/contracts/{number}/signature": {"sha256": strings.Repeat("0", 64), "accepted": true},
		"/v1/me/agreements/{id}/withdrawal":   {"confirmed": true},
		"/v1/me/payment-intents":              {"agreementId": noID, "instalment": 1, "method": "pix"},
		"/v1/webhooks/creditor/{id}": {
			"type": "service.restore_answered", "caseId": noID, "agreementId": noID, "outcome": "refused", "reason": "contract_gone",
		},
		"/v1/webhooks/{provider}/{account}":          {"id": "evt-1", "type": "ping"},
		"/v1/webhooks/{provider}/{account}/{proxy+}": {"id": "evt-1", "type": "ping"},
	}
}

// optional are fields that a body may do without.
var optional = []string{"session"}

// filled is a route's path with names that have the right form.
func filled(path string) string {
	if strings.HasPrefix(path, "/v1/auth/challenges/{id}") {
		path = strings.ReplaceAll(path, "{id}", noChallenge)
	}
	if strings.HasPrefix(path, "/v1/public/") || strings.HasPrefix(path, "/v1/webhooks/creditor/") {
		path = strings.ReplaceAll(path, "{id}", "vida-plena")
	}
	return strings.NewReplacer("{id}", noID, "{number}", "VP-00000000", "{provider}", "sandbox", "{account}", "vida-plena", "{proxy+}",
		"pix").Replace(path)
}

// bad is one thing wrong with a request.
type bad struct {
	name, path, body string
	headers          []string
}

// badBodies makes every kind of wrong body out of the right one.
func badBodies(t *testing.T, r contract.Route) []bad {
	t.Helper()
	right := sample()[r.Path]
	if right == nil {
		t.Fatalf("no body for %s %s", r.Method, r.Path)
	}
	text := jsonOf(t, right)
	with := func(name string, value any) string {
		changed := maps.Clone(right)
		changed[name] = value
		return jsonOf(t, changed)
	}
	out := []bad{
		{"cut off", "", text[:len(text)-1], nil},
		{"with more behind it", "", text + "{}", nil},
		{"a list", "", "[" + text + "]", nil},
		{"a text", "", `"text"`, nil},
		{"null", "", "null", nil},
		{"blank and broken", "", "  {", nil},
		{"of invalid UTF-8", "", `{"` + "\xff" + `":1}`, nil},
		{"with an unknown field", "", with("isAdmin", true), nil},
		{"with a nested unknown field", "", with("extra", map[string]any{"a": []int{1}}), nil},
		{"deeply nested", "", `{"a":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`, nil},
		{"huge", "", with("padding", strings.Repeat("x", r.MaxBody)), nil},
		{"a form", "", "a=b&c=d", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"of another content type", "", text, []string{"Content-Type", "text/plain"}},
	}
	for name, value := range right {
		wrong := []any{nil, []any{value}, map[string]any{"a": value}, 1.5, -1, "", strings.Repeat("9", 600)}
		if _, isText := value.(string); isText {
			wrong = append(wrong, true, 7, "\x00", "☃")
		} else {
			wrong = append(wrong, fmt.Sprint(value), "true", 1e30)
		}
		for _, v := range wrong {
			out = append(out, bad{fmt.Sprintf("with %s = %.20v", name, v), "", with(name, v), nil})
		}
		repeated := strings.Replace(text, "{", fmt.Sprintf("{%q:%s,", name, jsonOf(t, value)), 1)
		out = append(out, bad{"with " + name + " twice", "", repeated, nil}, bad{"with " + name + " in capitals", "",
			strings.Replace(text, fmt.Sprintf("%q:", name), fmt.Sprintf("%q:", strings.ToUpper(name)), 1), nil})
		if !slices.Contains(optional, name) {
			less := maps.Clone(right)
			delete(less, name)
			out = append(out, bad{"without " + name, "", jsonOf(t, less), nil})
		}
	}
	return out
}

// badPaths makes wrong names for the path's parameters.
func badPaths(path string) []bad {
	var out []bad
	open := strings.IndexByte(path, '{')
	if open < 0 {
		return nil
	}
	end := strings.IndexByte(path, '}')
	for _, name := range []string{
		"x", "0", "%00", "%2e%2e", "%2F", "%ff", "null", "-1", strings.Repeat("a", 2000), strings.ToLower(noID), noID + noID, "a%23b",
		"%27%20OR%201=1",
		"%E2%98%83", "vida-plena.", ".." + noID, "🙂",
	} {
		out = append(out, bad{fmt.Sprintf("with %.12s in its path", name), filled(path[:open] + name + path[end+1:]), "", nil})
	}
	return out
}

// badRequests are all that is wrong with requests of a route.
func badRequests(t *testing.T, r contract.Route) []bad {
	t.Helper()
	var out []bad
	right := ""
	if r.MaxBody > 0 {
		out = badBodies(t, r)
		right = jsonOf(t, sample()[r.Path])
	} else {
		out = append(out, bad{"with a body", "", `{}`, nil}, bad{"with a form as body", "", "a=b", []string{"Content-Type", "text/plain"}})
	}
	for _, b := range badPaths(r.Path) {
		b.body = right
		out = append(out, b)
	}
	if r.Kind != contract.Provider && r.Path != "/docs" && r.Path != "/openapi.yaml" { // those do not look at their query
		out = append(out, bad{"with an unknown query", filled(r.Path) + "?admin=true", right, nil})
	}
	if r.Idempotent {
		for _, key := range []string{"", "with blank", "é", strings.Repeat("k", 256)} {
			out = append(out, bad{fmt.Sprintf("under the key %.12q", key), "", right, []string{"Idempotency-Key", key}})
		}
	}
	return out
}

// TestBadInputIsRefusedAndChangesNothing sends every route everything that is wrong in form: each gets a 4xx with a stable code in the
// form of the document, which the driver checks, and nothing is written, queued or sent.
func TestBadInputIsRefusedAndChangesNothing(t *testing.T) {
	w := begin(t, setup{})
	token := w.login(w.participant("vida-plena"), "email")
	w.firstOffer(token)
	before, messages := w.table(), len(w.inbox(""))
	sent := 0
	for _, r := range contract.Routes() {
		for _, b := range badRequests(t, r) {
			if b.path == "" {
				b.path = filled(r.Path)
			}
			headers := append(bearer(token), "Idempotency-Key", "bad-input")
			if r.Method == http.MethodGet && b.body == "" {
				headers = append(headers, "Accept", "application/json")
			}
			var body any
			if b.body != "" {
				body = b.body
			}
			calls := w.watch.during(func() {
				got, err := w.try(r.Method, b.path, body, append(headers, b.headers...)...)
				if err != nil {
					t.Errorf("%s %s %s: %v", r.Method, r.Path, b.name, err)
				} else if got.Status < 400 || got.Status >= 500 {
					t.Errorf("%s %s %s got %d %.300s", r.Method, r.Path, b.name, got.Status, got.Body)
				}
			})
			w.onlyReads(r, b.name, calls)
			sent++
		}
	}
	w.settle()
	if diff := changed(before, w.table()); len(diff) > 0 {
		t.Errorf("bad input changed %v", diff)
	}
	if got := len(w.inbox("")); got != messages {
		t.Errorf("bad input sent %d messages", got-messages)
	}
	if left := w.backlog(); left != "" {
		t.Errorf("bad input left %s", left)
	}
	t.Logf("%d bad requests", sent)
}

// onlyReads fails when a request wrote, queued, published or sealed something. Counting a guess is a write that fails its condition.
func (w *world) onlyReads(r contract.Route, name string, calls []seen) {
	w.t.Helper()
	for _, c := range calls {
		switch c.Operation {
		case "GetItem", "Query", "Decrypt", "GetSecretValue":
		case "UpdateItem":
			if c.err == nil {
				w.t.Errorf("%s %s %s wrote %s", r.Method, r.Path, name, c.Body)
			}
		default:
			w.t.Errorf("%s %s %s called %s:%s", r.Method, r.Path, name, c.Service, c.Operation)
		}
	}
}

// TestProblemsAreOfTheContract holds the codes of the document to those of the contract: together with the driver's check, an answer never
// has a code that is not in the contract.
func TestProblemsAreOfTheContract(t *testing.T) {
	d, err := apiDocument()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]int{}
	for _, p := range contract.Problems() {
		known[p.Code] = p.Status
	}
	for _, o := range d.operations {
		codes, _ := o.node["x-problemCodes"].([]any)
		responses, _ := o.node["responses"].(map[string]any)
		for _, code := range codes {
			status, ok := known[fmt.Sprint(code)]
			if !ok || responses[fmt.Sprint(status)] == nil {
				text, _ := json.Marshal(slices.Sorted(maps.Keys(responses)))
				t.Errorf("%s: code %s has status %d in the contract, the operation documents %s", o.pointer, code, status, text)
			}
		}
	}
}
