package sandbox_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/boleto"
	"github.com/regua/regua/shared/brcode"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/sandbox"
	"github.com/regua/regua/shared/websign"
)

const (
	txID   = "01JD9ZC0D1E2F3G4H5J6K7M8N9"
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	older  = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
)

var (
	now     = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	account = provider.Account{Name: "vida-plena", APIToken: "t1", SigningSecrets: []string{older, secret}}
)

func charge() provider.Charge {
	return provider.Charge{TxID: txID, Amount: 25843, ExpiresAt: now.Add(time.Hour), MerchantName: "VIDA PLENA", MerchantCity: "SAO PAULO"}
}

func code(t *testing.T, location string, amount money.Centavos) string {
	t.Helper()
	text, err := brcode.Dynamic{Location: location, MerchantName: "VIDA PLENA", City: "SAO PAULO", Amount: amount}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func answering(t *testing.T, status int, body string) *sandbox.Bank {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t1" {
			status = http.StatusUnauthorized
		}
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		if _, err := w.Write([]byte(body)); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return sandbox.New(server.URL, http.DefaultTransport)
}

func answer(txid, status, code, payments string) string {
	return `{"txid":"` + txid + `","status":"` + status + `","amountCentavos":25843,"expiresAt":"2026-11-23T15:00:00Z","brCode":"` + code +
		`","payments":[` + payments + `]}`
}

func TestIssueChecksTheCode(t *testing.T) {
	good := code(t, "pix.sandbox.invalid/qr/v2/"+txID, 25843)
	bank := answering(t, 201, answer(txID, "ACTIVE", good, ""))
	if got, err := bank.Issue(context.Background(), account, charge()); err != nil || got.BRCode != good {
		t.Fatalf("got %+v, %v", got, err)
	}
	for name, body := range map[string]string{
		"another amount":   answer(txID, "ACTIVE", code(t, "pix.sandbox.invalid/qr/v2/"+txID, 25844), ""),
		"without amount":   answer(txID, "ACTIVE", code(t, "pix.sandbox.invalid/qr/v2/"+txID, 0), ""),
		"another charge":   answer(txID, "ACTIVE", code(t, "pix.sandbox.invalid/qr/v2/01JD9ZC0D1E2F3G4H5J6K7M8NA", 25843), ""),
		"broken CRC":       answer(txID, "ACTIVE", good[:len(good)-4]+"0000", ""),
		"no code":          answer(txID, "ACTIVE", "", ""),
		"another txid":     answer("01JD9ZC0D1E2F3G4H5J6K7M8NA", "ACTIVE", good, ""),
		"unknown member":   strings.Replace(answer(txID, "ACTIVE", good, ""), `{`, `{"more":1,`, 1),
		"repeated member":  strings.Replace(answer(txID, "ACTIVE", good, ""), `{`, `{"txid":"x",`, 1),
		"not JSON":         `<html>`,
		"larger than told": answer(txID, "ACTIVE", good, "") + strings.Repeat(" ", 70<<10),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := answering(t, 200, body).Issue(context.Background(), account, charge()); !errors.Is(err, collection.ErrUnavailable) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestStatusesAreSorted(t *testing.T) {
	for status, want := range map[int]error{
		400: collection.ErrRefused, 409: collection.ErrRefused, 422: collection.ErrRefused, 404: collection.ErrNotFound,
		401: collection.ErrUnavailable, 429: collection.ErrUnavailable, 500: collection.ErrUnavailable, 503: collection.ErrUnavailable,
		302: collection.ErrUnavailable,
	} {
		if _, err := answering(t, status, `{"error":"x"}`).Fetch(context.Background(), account, txID); !errors.Is(err, want) {
			t.Errorf("%d: got %v, want %v", status, err, want)
		}
	}
}

func TestFetchReadsPayments(t *testing.T) {
	paid := `{"endToEndId":"E1","txid":"` + txID + `","amountCentavos":25843,"paidAt":"2026-11-23T14:05:41Z"}`
	state, err := answering(t, 200, answer(txID, "PAID", "", paid)).Fetch(context.Background(), account, txID)
	want := provider.Payment{Fact: "E1", TxID: txID, Amount: 25843, PaidAt: time.Date(2026, 11, 23, 14, 5, 41, 0, time.UTC)}
	if err != nil || state.Status != provider.ChargePaid || len(state.Payments) != 1 || state.Payments[0] != want {
		t.Fatalf("got %+v, %v", state, err)
	}
	foreign := strings.Replace(paid, txID, "01JD9ZC0D1E2F3G4H5J6K7M8NA", 1)
	bank := answering(t, 200, answer(txID, "PAID", "", foreign))
	if _, err := bank.Fetch(context.Background(), account, txID); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("another charge's payment was taken: %v", err)
	}
}

func TestNoAnswerInTime(t *testing.T) {
	held := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	defer server.Close()
	defer close(held)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	if _, err := sandbox.New(server.URL, http.DefaultTransport).Issue(ctx, account, charge()); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
}

const received = `{"id":"evt_1","type":"payment.received","data":[` +
	`{"endToEndId":"E1","txid":"` + txID + `","amountCentavos":100,"paidAt":"2026-11-23T14:00:00Z"}]}`

func TestVerify(t *testing.T) {
	sign := func(secret string, at time.Time, body string) func(string) string {
		signature, err := websign.Sign(secret, "evt_1", at, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		header := http.Header{}
		header.Set(websign.HeaderID, "evt_1")
		header.Set(websign.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
		header.Set(websign.HeaderSignature, signature)
		return header.Get
	}
	bank := sandbox.New("http://bank.invalid", nil)
	for name, header := range map[string]func(string) string{
		"current secret": sign(secret, now, received), "secret being replaced": sign(older, now, received),
		"a little old": sign(secret, now.Add(-5*time.Minute), received), "a little early": sign(secret, now.Add(5*time.Minute), received),
	} {
		if err := bank.Verify(account, provider.Delivery{Header: header, Body: []byte(received)}, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, header := range map[string]func(string) string{
		"another secret": sign("whsec_BBECAwQFBgcICQoLDA0ODxAREhMUFRYX", now, received), "another body": sign(secret, now, received+" "),
		"stale":           sign(secret, now.Add(-5*time.Minute-time.Second), received),
		"from the future": sign(secret, now.Add(5*time.Minute+time.Second), received),
		"unsigned":        http.Header{}.Get,
	} {
		if err := bank.Verify(account, provider.Delivery{Header: header, Body: []byte(received)}, now); !errors.Is(err, provider.ErrSignature) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	err := bank.Verify(provider.Account{}, provider.Delivery{Header: sign(secret, now, received), Body: []byte(received)}, now)
	if err == nil || errors.Is(err, provider.ErrSignature) {
		t.Errorf("an account without secrets: got %v", err)
	}
}

func TestParse(t *testing.T) {
	bank := sandbox.New("http://bank.invalid", nil)
	event, err := bank.Parse([]byte(received))
	want := provider.Payment{Fact: "E1", TxID: txID, Amount: 100, PaidAt: now}
	if err != nil || event.Key != "evt_1" || event.Kind != provider.EventMoney || len(event.Payments) != 1 || event.Payments[0] != want {
		t.Fatalf("got %+v, %v", event, err)
	}
	event, err = bank.Parse([]byte(`{"id":"evt_2","type":"charge.expired","data":{"anything":null},"more":[1]}`))
	if err != nil || event.Key != "evt_2" || event.Kind != provider.EventOther || len(event.Payments) != 0 {
		t.Fatalf("unknown kind: got %+v, %v", event, err)
	}
	odd := strings.Replace(received, `"E1"`, `"E12345678202009091221ghijk78901234"`, 1) // 34 characters, as in the rail's own examples
	if event, err = bank.Parse([]byte(odd)); err != nil || len(event.Payments[0].Fact) != 34 {
		t.Fatalf("odd endToEndId: got %+v, %v", event, err)
	}
}

func TestParseNoticed(t *testing.T) {
	bank := sandbox.New("http://bank.invalid", nil)
	noticed := `{"id":"evt_1_noticed","type":"payment.noticed","data":[{"txid":"` + txID + `"}]}`
	event, err := bank.Parse([]byte(noticed))
	if err != nil || event.Kind != provider.EventMoney || event.Payments != nil || len(event.Noticed) != 1 || event.Noticed[0].TxID != txID {
		t.Fatalf("got %+v, %v", event, err)
	}
	for name, body := range map[string]string{
		"nothing": strings.Replace(noticed, `{"txid":"`+txID+`"}`, "", 1), "no txid": strings.Replace(noticed, txID, "", 1),
		"unknown member": strings.Replace(noticed, `"txid"`, `"amountCentavos":1,"txid"`, 1),
	} {
		if event, err := bank.Parse([]byte(body)); !errors.Is(err, provider.ErrNotice) || event.Noticed != nil {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
}

func TestStatement(t *testing.T) {
	day, err := calendar.New(2026, time.November, 23)
	if err != nil {
		t.Fatal(err)
	}
	paid := `{"endToEndId":"E1","txid":"` + txID + `","amountCentavos":25843,"paidAt":"2026-11-23T14:05:41Z"}`
	back := `{"id":"R1","rtrId":"D1","endToEndId":"E1","txid":"` + txID + `","amountCentavos":43,"at":"2026-11-23T15:00:00Z"}`
	page := func(day, paid, back string) string {
		return `{"day":"` + day + `","payments":[` + paid + `],"refunds":[` + back + `]}`
	}
	got, err := answering(t, 200, page("2026-11-23", paid, back)).Statement(t.Context(), account, day)
	if err != nil || len(got.Payments) != 1 || got.Payments[0].Amount != 25843 || len(got.Returns) != 1 || got.Returns[0].Of != "E1" {
		t.Fatalf("got %+v, %v", got, err)
	}
	for name, body := range map[string]string{
		"another day": page("2026-11-24", paid, back), "not JSON": `<html>`, "a payment of nothing": page("2026-11-23", `{}`, ""),
		"a refund of nothing": page("2026-11-23", "", `{}`), "a refund of less": page("2026-11-23", "", strings.Replace(back, ":43", ":-43", 1)),
		"a refund of no payment": page("2026-11-23", "", strings.Replace(back, `"E1"`, `""`, 1)),
	} {
		if got, err := answering(t, 200, body).Statement(t.Context(), account, day); !errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestIssueChecksTheSlip(t *testing.T) {
	due, err := calendar.New(2026, time.December, 10)
	if err != nil {
		t.Fatal(err)
	}
	c := charge()
	c.Method, c.DueDate = collection.MethodBoleto, due
	said := func(amount money.Centavos, due calendar.Date, url string) string {
		s, err := boleto.New("999", due, amount, strings.Repeat("1", 25))
		if err != nil {
			t.Fatal(err)
		}
		slip := `{"line":"` + s.Line() + `","barcode":"` + s.Barcode() + `","documentUrl":"` + url + `"}`
		return strings.Replace(answer(txID, "ACTIVE", "", ""), `{`, `{"boleto":`+slip+`,`, 1)
	}
	code, err := answering(t, 201, said(25843, due, "http://127.0.0.1/1")).Issue(t.Context(), account, c)
	if err != nil || len(code.Line) != 47 || len(code.Barcode) != 44 || code.DocumentURL != "http://127.0.0.1/1" {
		t.Fatalf("got %+v, %v", code, err)
	}
	for name, body := range map[string]string{
		"another amount": said(25844, due, ""), "another due date": said(25843, due.AddDays(1), ""), "none": answer(txID, "ACTIVE", "", ""),
		"no due date": said(25843, calendar.Date{}, ""), "script for a document": said(25843, due, "javascript:alert(1)"),
	} {
		if code, err := answering(t, 200, body).Issue(t.Context(), account, c); !errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("%s: got %+v, %v", name, code, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	bank := sandbox.New("http://bank.invalid", nil)
	swap := func(old, with string) string { return strings.Replace(received, old, with, 1) }
	for name, body := range map[string]string{
		"empty": ``, "list": `[]`, "no id": swap(`"id":"evt_1",`, ``), "blank id": swap(`evt_1`, `evt 1`),
		"long id":  swap(`evt_1`, strings.Repeat("a", 129)),
		"id twice": swap(`{`, `{"id":"evt_0",`), "ID and id": swap(`{`, `{"ID":"evt_0",`), "unknown member": swap(`{`, `{"pix":1,`),
		"no payments": `{"id":"evt_1","type":"payment.received","data":[]}`, "data missing": `{"id":"evt_1","type":"payment.received"}`,
		"amount zero": swap(`:100,`, `:0,`), "amount negative": swap(`:100,`, `:-1,`), "amount fraction": swap(`:100,`, `:1.5,`),
		"amount text": swap(`:100,`, `:"100",`), "amount huge": swap(`:100,`, `:1000000000000,`), "no fact": swap(`"E1"`, `""`),
		"long fact": swap(`"E1"`, `"`+strings.Repeat("E", 65)+`"`),
		"no time":   swap(`"2026-11-23T14:00:00Z"`, `""`), "odd time": swap(`2026-`, `1926-`),
		"two notices": received + received, "too many": `{"id":"evt_1","type":"payment.received","data":[` + strings.Repeat(`{},`, 100) + `{}]}`,
	} {
		if event, err := bank.Parse([]byte(body)); !errors.Is(err, provider.ErrNotice) || event.Payments != nil {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(received))
	f.Add([]byte(`{"id":"evt_2","type":"charge.expired","data":null}`))
	f.Add([]byte(`{"id":"evt_3","type":"payment.noticed","data":[{"txid":"` + txID + `"}]}`))
	f.Add([]byte(`{"id":"a","type":"payment.received","data":[{"amountCentavos":-9223372036854775808}]}`))
	bank := sandbox.New("http://bank.invalid", nil)
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := bank.Parse(body)
		if err != nil {
			return
		}
		if event.Key == "" || len(event.Key) > 128 {
			t.Fatalf("key %q", event.Key)
		}
		for _, p := range event.Payments {
			if p.Amount < 1 || p.Amount > money.MaxParsed || p.Fact == "" || p.PaidAt.IsZero() {
				t.Fatalf("payment %+v", p)
			}
		}
	})
}
