package asaas_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/boleto"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/asaas"
)

var _ payment.Rail = (*asaas.Asaas)(nil)

func TestIssue(t *testing.T) {
	f := newFake(t)
	rail := f.open(t)
	code, err := rail.Issue(t.Context(), account, charge(t))
	if err != nil {
		t.Fatal(err)
	}
	want, err := boleto.New("461", date(t, "2026-12-10"), 25843, strings.Repeat("7", 25))
	if err != nil {
		t.Fatal(err)
	}
	if code.Line != want.Line() || code.Barcode != want.Barcode() || code.DocumentURL != "https://slips.invalid/b/pdf/1" ||
		code.Reference != "pay_000000000000" {
		t.Fatalf("got %+v", code)
	}
	text, err := json.Marshal(f.payments[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{
		`"value":258.43`, `"dueDate":"2026-12-10"`, `"externalReference":"` + txID + `"`, `"billingType":"BOLETO"`,
		`"customer":"cus_000000000000"`,
		`"fine":{"type":"PERCENTAGE","value":2}`, `"interest":{"value":1}`, `"daysAfterDueDateToRegistrationCancellation":10`,
	} {
		if !strings.Contains(string(text), member) {
			t.Errorf("asked without %s: %s", member, text)
		}
	}
	payer := fmt.Sprint(f.customers[0])
	if !strings.Contains(payer, "cpfCnpj:"+cpf) || !strings.Contains(payer, "notificationDisabled:true") ||
		strings.Contains(fmt.Sprint(f.customers[0]["externalReference"]), cpf) || strings.Contains(payer, "ana@") {
		t.Errorf("payer made known as %s", payer)
	}
	again, err := rail.Issue(t.Context(), account, charge(t))
	if err != nil || again != code || len(f.payments) != 1 || len(f.customers) != 1 {
		t.Fatalf("a second time: %+v, %v, %d charges", again, err, len(f.payments))
	}
	second := charge(t)
	second.TxID, second.Payer.Document = another, "529.982.247-25"
	if _, err := rail.Issue(t.Context(), account, second); err != nil || len(f.customers) != 1 || len(f.payments) != 2 {
		t.Fatalf("the same payer again: %v, %d payers", err, len(f.customers))
	}
}

func TestIssueAfterTheDueDate(t *testing.T) {
	f := newFake(t)
	rail := f.open(t)
	late := charge(t)
	late.DueDate = date(t, "2026-11-20")
	if _, err := rail.Issue(t.Context(), account, late); err != nil || f.payments[0]["dueDate"] != "2026-11-23" {
		t.Fatalf("got %v, %v", f.payments, err)
	}
	f.payments[0]["dueDate"] = "2026-11-22" // as one that was made yesterday
	if _, err := rail.Issue(t.Context(), account, late); err != nil {
		t.Fatalf("found the day after: %v", err)
	}
	f.payments[0]["dueDate"] = "2026-11-19"
	if _, err := rail.Issue(t.Context(), account, late); !errors.Is(err, collection.ErrRefused) {
		t.Fatalf("an earlier due date: %v", err)
	}
}

func TestIssueWithdrawsAnotherSlip(t *testing.T) {
	good := func(f *fake) (string, string) {
		return f.slip(object{"value": "258.43", "dueDate": "2026-12-10"})
	}
	for name, bend := range map[string]func(f *fake){
		"another amount": func(f *fake) {
			slip := f.slip
			f.slip = func(object) (string, string) { return slip(object{"value": "258.44", "dueDate": "2026-12-10"}) }
		},
		"another due date": func(f *fake) {
			slip := f.slip
			f.slip = func(object) (string, string) { return slip(object{"value": "258.43", "dueDate": "2026-12-11"}) }
		},
		"line of another": func(f *fake) {
			line, _ := f.slip(object{"value": "1.00", "dueDate": "2026-12-10"})
			_, barcode := good(f)
			f.slip = func(object) (string, string) { return line, barcode }
		},
		"wrong digit": func(f *fake) {
			line, barcode := good(f)
			f.slip = func(object) (string, string) { return line[:46] + "9", barcode }
		},
		"utility bill": func(f *fake) {
			_, barcode := good(f)
			f.slip = func(object) (string, string) { return "8" + strings.Repeat("0", 47), barcode }
		},
		"nothing": func(f *fake) { f.slip = func(object) (string, string) { return "", "" } },
		"found with another amount": func(f *fake) {
			f.payments = append(f.payments, object{
				"id": "pay_000000000000", "externalReference": txID, "status": "PENDING", "value": 258.44, "dueDate": "2026-12-10",
			})
		},
		"found with a fraction of a centavo": func(f *fake) {
			f.payments = append(f.payments, object{
				"id": "pay_000000000000", "externalReference": txID, "status": "OVERDUE", "value": json.Number("258.430"), "dueDate": "2026-12-10",
			})
			f.slip = func(object) (string, string) { return "", "" }
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			bend(f)
			rail := f.open(t)
			if code, err := rail.Issue(t.Context(), account, charge(t)); !errors.Is(err, collection.ErrRefused) || !code.IsZero() {
				t.Fatalf("got %+v, %v", code, err)
			}
			if len(f.payments) != 1 || f.payments[0]["deleted"] != true {
				t.Fatalf("left %v", f.payments)
			}
			if _, err := rail.Issue(t.Context(), account, charge(t)); !errors.Is(err, collection.ErrRefused) || len(f.payments) != 1 {
				t.Fatalf("made again: %v, %v", f.payments, err)
			}
		})
	}
}

func TestIssueMadeTwiceAtOnce(t *testing.T) {
	f := newFake(t)
	rail := f.open(t)
	f.before = func(f *fake, _ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/payments") && len(f.payments) == 0 {
			f.payments = append(f.payments, object{ // the first try's call arrives late
				"id": "pay_first", "externalReference": txID, "status": "PENDING", "value": json.Number("258.43"), "dueDate": "2026-12-10",
			})
		}
		return false
	}
	if _, err := rail.Issue(t.Context(), account, charge(t)); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	code, err := rail.Issue(t.Context(), account, charge(t))
	if err != nil || code.Reference != "pay_first" || f.payments[0]["deleted"] == true || f.payments[1]["deleted"] != true {
		t.Fatalf("got %+v, %v, %v", code, err, f.payments)
	}
}

func TestIssueThatCannotBe(t *testing.T) {
	for name, bend := range map[string]func(*provider.Charge){
		"PIX":         func(c *provider.Charge) { c.Method = collection.MethodPix },
		"no document": func(c *provider.Charge) { c.Payer.Document = "" },
		"no name":     func(c *provider.Charge) { c.Payer.Name = "" },
	} {
		f, c := newFake(t), charge(t)
		bend(&c)
		if _, err := f.open(t).Issue(t.Context(), account, c); !errors.Is(err, collection.ErrRefused) || len(f.payments)+len(f.customers) != 0 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSlipAddressesThatLeadNowhere(t *testing.T) {
	for _, address := range []string{
		"", "javascript:alert(1)", "http://slips.invalid/1", "https://", "https://u:p@slips.invalid/", "https://a/" + strings.Repeat("b", 600),
	} {
		f := newFake(t)
		rail := f.open(t)
		if _, err := rail.Issue(t.Context(), account, charge(t)); err != nil {
			t.Fatal(err)
		}
		f.payments[0]["bankSlipUrl"] = address
		if code, err := rail.Issue(t.Context(), account, charge(t)); err != nil || code.DocumentURL != "" || code.Line == "" {
			t.Errorf("%.30s: got %+v, %v", address, code, err)
		}
	}
}

// hostile answers every call with the same.
func hostile(t *testing.T, status int, body string) *asaas.Asaas {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		if _, err := w.Write([]byte(body)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return asaas.New(server.URL, http.DefaultTransport, func() time.Time { return now })
}

func TestStatusesAreSorted(t *testing.T) {
	for status, want := range map[int]error{
		400: collection.ErrRefused, 404: collection.ErrNotFound, 401: collection.ErrUnavailable, 403: collection.ErrUnavailable,
		429: collection.ErrUnavailable, 500: collection.ErrUnavailable, 302: collection.ErrUnavailable,
	} {
		body := `{"errors":[{"code":"invalid_value","description":"CPF ` + cpf + `"},{"code":"<b>"}]}`
		_, err := hostile(t, status, body).Fetch(t.Context(), account, txID)
		if !errors.Is(err, want) || strings.Contains(fmt.Sprint(err), cpf) {
			t.Errorf("%d: got %v", status, err)
		}
		if status == 400 && !strings.Contains(fmt.Sprint(err), "(invalid_value)") {
			t.Errorf("the refusal's code is not told: %v", err)
		}
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	one := `{"id":"pay_1","externalReference":"` + txID + `","status":"PENDING","value":1.00}`
	page := func(data string) string { return `{"hasMore":false,"data":[` + data + `]}` }
	if state, err := hostile(t, 200, page(one)).Fetch(t.Context(), account, txID); err != nil || state.Status != provider.ChargeActive {
		t.Fatalf("got %+v, %v", state, err)
	}
	paid := strings.Replace(one, "PENDING", "RECEIVED", 1)
	dated := strings.Replace(paid, `{`, `{"paymentDate":"2026-11-23",`, 1)
	for name, body := range map[string]string{
		"not JSON": `<html>`, "another charge": page(strings.Replace(one, txID, another, 1)),
		"id of a path": page(strings.Replace(one, "pay_1", "../x", 1)),
		"given twice":  page(strings.Replace(one, `{`, `{"status":"RECEIVED",`, 1)), "more than can be": `{"hasMore":true,"data":[` + one + `]}`,
		"unknown status": page(strings.Replace(one, "PENDING", "SOLD", 1)), "paid without day": page(paid),
		"three decimals": page(strings.Replace(dated, "1.00", "1.001", 1)), "exponent": page(strings.Replace(dated, "1.00", "1e2", 1)),
		"negative": page(strings.Replace(dated, "1.00", "-1", 1)), "zero": page(strings.Replace(dated, "1.00", "0", 1)),
		"huge": page(strings.Replace(dated, "1.00", "99999999999", 1)), "value of another type": page(strings.Replace(dated, "1.00", "true", 1)),
		"larger than told": page(one) + strings.Repeat(" ", 1<<20),
	} {
		if state, err := hostile(t, 200, body).Fetch(t.Context(), account, txID); !errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("%s: got %+v, %v", name, state, err)
		}
	}
	for name, ask := range map[string]func(*asaas.Asaas) error{
		"no charge": func(a *asaas.Asaas) error { _, err := a.Fetch(t.Context(), account, txID); return err },
		"no txid":   func(a *asaas.Asaas) error { _, err := a.Cancel(t.Context(), account, "x&y"); return err },
	} {
		if err := ask(hostile(t, 200, page(""))); !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestNoAnswerInTime(t *testing.T) {
	held := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	defer server.Close()
	defer close(held)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	rail := asaas.New(server.URL, http.DefaultTransport, func() time.Time { return now })
	_, err := rail.Issue(ctx, account, charge(t))
	if !errors.Is(err, collection.ErrUnavailable) || strings.Contains(err.Error(), server.URL) {
		t.Fatalf("got %v", err)
	}
}

// TestEveryCallMayBreak breaks each call of an issue in turn, before and after it took effect: a further try ends with one charge.
func TestEveryCallMayBreak(t *testing.T) {
	for n := range 12 {
		f := newFake(t)
		rail := f.open(t)
		f.before = func(f *fake, w http.ResponseWriter, r *http.Request) bool {
			if len(f.calls) != n/2+1 {
				return false
			}
			if n%2 == 1 {
				f.serve(httptest.NewRecorder(), r)
			}
			w.WriteHeader(http.StatusBadGateway)
			return true
		}
		if _, err := rail.Issue(t.Context(), account, charge(t)); !errors.Is(err, collection.ErrUnavailable) {
			t.Fatalf("call %d (%v): got %v", n/2, f.calls, err)
		}
		if _, err := rail.Issue(t.Context(), account, charge(t)); err != nil {
			t.Fatalf("after call %d: %v", n/2, err)
		}
		live := slices.DeleteFunc(f.payments, func(p object) bool { return p["deleted"] == true })
		if len(live) != 1 || len(f.customers) != 1 {
			t.Fatalf("after call %d: %d charges, %d payers", n/2, len(live), len(f.customers))
		}
	}
}
