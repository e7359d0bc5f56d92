package asaas_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/boleto"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/asaas"
)

const (
	txID    = "01JD9ZC0D1E2F3G4H5J6K7M8N9"
	another = "01JD9ZC0D1E2F3G4H5J6K7M8NA"
	cpf     = "52998224725"
)

var (
	now     = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	account = provider.Account{
		Provider: asaas.Name, Name: "vida-plena", Creditor: "vida-plena", APIToken: "$aact_1", SigningSecrets: []string{"old-token", "new-token"},
	}
)

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func charge(t testing.TB) provider.Charge {
	t.Helper()
	rate := func(text string) money.Rate {
		r, err := money.ParseRate(text)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	return provider.Charge{
		TxID: txID, Method: collection.MethodBoleto, Amount: 25843, DueDate: date(t, "2026-12-10"),
		ExpiresAt: time.Date(2026, 12, 21, 2, 59, 0, 0, time.UTC), FineRate: rate("0.02"), MonthlyInterest: rate("0.01"),
		Payer: provider.Payer{Name: "Ana Souza", Document: cpf, Email: "ana@example.com"}, Description: "Parcela 1 de 3",
	}
}

type object = map[string]any

// fake is Asaas as far as the adapter speaks to it. Its handlers may be bent by a test: before is called ahead of each call and answers in
// its place when it says so.
type fake struct {
	t         testing.TB
	mu        sync.Mutex
	payments  []object
	customers []object
	movements []object
	calls     []string
	before    func(f *fake, w http.ResponseWriter, r *http.Request) bool
	slip      func(p object) (line, barcode string)
}

func newFake(t testing.TB) *fake {
	f := &fake{t: t}
	f.slip = func(p object) (string, string) {
		value, err := money.Parse(fmt.Sprint(p["value"]))
		if err != nil {
			t.Error(err)
		}
		s, err := boleto.New("461", date(t, p["dueDate"].(string)), value, strings.Repeat("7", 25))
		if err != nil {
			t.Error(err)
		}
		return s.Line(), s.Barcode()
	}
	return f
}

func (f *fake) open(t testing.TB) *asaas.Asaas {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return asaas.New(server.URL+"/v3/", server.Client().Transport, func() time.Time { return now })
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/v3")
	f.calls = append(f.calls, r.Method+" "+path)
	if r.Header.Get("access_token") != account.APIToken || r.Header.Get("User-Agent") == "" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if f.before != nil && f.before(f, w, r) {
		return
	}
	f.serve(w, r)
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/v3"), "/"), "/")
	switch route := r.Method + " " + parts[0]; {
	case len(parts) == 1 && route == "GET payments":
		f.list(w, r, f.payments)
	case len(parts) == 1 && route == "GET customers":
		f.list(w, r, f.customers)
	case len(parts) == 1 && route == "GET financialTransactions":
		f.list(w, r, f.movements)
	case len(parts) == 1 && route == "POST customers":
		f.customers = append(f.customers, f.made(r, fmt.Sprintf("cus_%012d", len(f.customers))))
		f.answer(w, f.customers[len(f.customers)-1])
	case len(parts) == 1 && route == "POST payments":
		p := f.made(r, fmt.Sprintf("pay_%012d", len(f.payments)))
		p["status"], p["bankSlipUrl"], p["deleted"] = "PENDING", "https://slips.invalid/b/pdf/1", false
		f.payments = append(f.payments, p)
		f.answer(w, p)
	default:
		f.one(w, r, parts)
	}
}

// one serves what is below a payment.
func (f *fake) one(w http.ResponseWriter, r *http.Request, parts []string) {
	var p object
	for _, candidate := range f.payments {
		if len(parts) > 1 && parts[0] == "payments" && candidate["id"] == parts[1] {
			p = candidate
		}
	}
	switch rest := strings.Join(parts[min(2, len(parts)):], "/"); {
	case p == nil:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == "DELETE" && p["status"] != "PENDING" && p["status"] != "OVERDUE":
		f.refuse(w, "invalid_action")
	case r.Method == "DELETE":
		p["deleted"] = true
		f.answer(w, object{"id": p["id"], "deleted": true})
	case rest == "":
		f.answer(w, p)
	case rest == "identificationField":
		line, barcode := f.slip(p)
		f.answer(w, object{"identificationField": line, "barCode": barcode, "nossoNumero": "1"})
	case rest == "refund" && r.Method == "POST":
		order := f.made(r, "")
		refunds, _ := p["refunds"].([]object)
		p["refunds"] = append(refunds, object{
			"dateCreated": "2026-11-23 10:00:00", "status": "DONE", "value": order["value"], "description": order["description"],
		})
		f.answer(w, p)
	case rest == "bankSlip/refund" && r.Method == "POST":
		p["status"] = "REFUND_REQUESTED"
		f.answer(w, object{"requestUrl": "https://slips.invalid/refund"})
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (f *fake) list(w http.ResponseWriter, r *http.Request, from []object) {
	data := []object{}
	for _, p := range from {
		if ref := r.URL.Query().Get("externalReference"); ref == "" || p["externalReference"] == ref {
			data = append(data, p)
		}
	}
	f.answer(w, object{"object": "list", "hasMore": false, "totalCount": len(data), "data": data})
}

// made reads a call's body, its numbers as they were written.
func (f *fake) made(r *http.Request, id string) object {
	decoder := json.NewDecoder(r.Body)
	decoder.UseNumber()
	var o object
	if err := decoder.Decode(&o); err != nil {
		f.t.Error(err)
	}
	o["id"], o["moreThanIsKnown"] = id, object{"a": []int{1}}
	return o
}

func (f *fake) answer(w http.ResponseWriter, o object) {
	if err := json.NewEncoder(w).Encode(o); err != nil {
		f.t.Error(err)
	}
}

func (f *fake) refuse(w http.ResponseWriter, code string) {
	w.WriteHeader(http.StatusBadRequest)
	f.answer(w, object{"errors": []object{{"code": code, "description": "of " + cpf}}})
}
