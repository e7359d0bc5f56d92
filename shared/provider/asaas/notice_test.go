package asaas_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/asaas"
)

const received = `{"id":"evt_d26e303b238e509335ac9ba210e51b0f&7686444","event":"PAYMENT_RECEIVED","dateCreated":"2026-11-23 18:59:27",` +
	`"payment":{"object":"payment","id":"pay_6egmyz6lpfxazko3","customer":"cus_000006326297","value":42.23,"netValue":41.24,` +
	`"originalValue":null,"billingType":"BOLETO","status":"RECEIVED","paymentDate":"2026-11-23","clientPaymentDate":"2026-11-20",` +
	`"externalReference":"` + txID + `","deleted":false,"refunds":null}}`

func delivery(token, body string) provider.Delivery {
	header := http.Header{}
	if token != "" {
		header.Set("asaas-access-token", token)
	}
	return provider.Delivery{Header: header.Get, Query: func(string) string { return "" }, Body: []byte(body)}
}

func TestVerify(t *testing.T) {
	rail := asaas.New("https://asaas.invalid/v3", nil, nil)
	for _, token := range []string{"old-token", "new-token"} {
		if err := rail.Verify(account, delivery(token, received), now); err != nil {
			t.Errorf("%s: %v", token, err)
		}
	}
	for _, token := range []string{"", "old-toke", "old-token ", "OLD-TOKEN", "old-tokennew-token", account.APIToken} {
		if err := rail.Verify(account, delivery(token, received), now); !errors.Is(err, provider.ErrSignature) {
			t.Errorf("%q: got %v", token, err)
		}
	}
	for _, secrets := range [][]string{nil, {""}, {"old-token", ""}} {
		err := rail.Verify(provider.Account{SigningSecrets: secrets}, delivery("", received), now)
		if err == nil || errors.Is(err, provider.ErrSignature) {
			t.Errorf("an account with %q: got %v", secrets, err)
		}
	}
}

func TestParse(t *testing.T) {
	rail := asaas.New("https://asaas.invalid/v3", nil, nil)
	event, err := rail.Parse([]byte(received))
	want := provider.Payment{
		Fact: "pay_6egmyz6lpfxazko3", TxID: txID, Amount: 4223, PaidAt: time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC),
	}
	if err != nil || event.Key != "evt_d26e303b238e509335ac9ba210e51b0f&7686444" || event.Kind != provider.EventMoney || !event.Unproven ||
		len(event.Payments) != 1 || event.Payments[0] != want {
		t.Fatalf("got %+v, %v", event, err)
	}
	swap := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(received) }
	refunded := []string{`"PAYMENT_RECEIVED"`, `"PAYMENT_REFUNDED"`, `"refunds":null`,
		`"refunds":[{"dateCreated":"2026-11-24 08:00:00","status":"DONE","value":42.23,"description":null}]`}
	for name, c := range map[string]struct {
		body                       string
		payments, noticed, returns int
	}{
		"confirmed":              {swap("PAYMENT_RECEIVED", "PAYMENT_CONFIRMED"), 0, 1, 0},
		"refunded":               {swap(refunded...), 0, 0, 1},
		"refunded, not told how": {swap("PAYMENT_RECEIVED", "PAYMENT_REFUNDED"), 0, 1, 0},
		"chargeback asked for":   {swap("PAYMENT_RECEIVED", "PAYMENT_CHARGEBACK_REQUESTED"), 0, 1, 0},
		"chargeback disputed":    {swap("PAYMENT_RECEIVED", "PAYMENT_CHARGEBACK_DISPUTE"), 0, 1, 0},
		"three decimals":         {swap("42.23", "42.231"), 0, 1, 0},
		"exponent":               {swap("42.23", "4e1"), 0, 1, 0},
		"negative":               {swap("42.23", "-42.23"), 0, 1, 0},
		"no day":                 {swap("2026-11-20", "ontem"), 0, 1, 0},
	} {
		event, err := rail.Parse([]byte(c.body))
		if err != nil || event.Kind != provider.EventMoney || !event.Unproven || len(event.Payments) != c.payments ||
			len(event.Noticed) != c.noticed || len(event.Returns) != c.returns || strings.Join(event.TxIDs(), " ") != txID {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
	for name, body := range map[string]string{
		"unknown kind": swap("PAYMENT_RECEIVED", "PAYMENT_SOLD"), "created": swap("PAYMENT_RECEIVED", "PAYMENT_CREATED"),
		"overdue": swap("PAYMENT_RECEIVED", "PAYMENT_OVERDUE"), "another system's": swap(txID, "order-17"),
		"nobody's":      swap(`"`+txID+`"`, "null"),
		"of a transfer": `{"id":"evt_1","event":"TRANSFER_DONE","transfer":{"id":"1"}}`,
		"odd payment":   swap(`"pay_6egmyz6lpfxazko3"`, "17"),
	} {
		event, err := rail.Parse([]byte(body))
		if err != nil || event.Kind != provider.EventOther || event.Key == "" || event.TxIDs() != nil {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
	unnamed := strings.Replace(received, "evt_d26e303b238e509335ac9ba210e51b0f&7686444", "", 1)
	first, err := rail.Parse([]byte(unnamed))
	second, failed := rail.Parse([]byte(unnamed))
	other, _ := rail.Parse([]byte(unnamed + " "))
	if err != nil || failed != nil || first.Key != second.Key || first.Key == other.Key || !strings.HasPrefix(first.Key, "sha256-") {
		t.Errorf("unnamed: got %q, %q, %q, %v, %v", first.Key, second.Key, other.Key, err, failed)
	}
}

func TestParseRefuses(t *testing.T) {
	rail := asaas.New("https://asaas.invalid/v3", nil, nil)
	swap := func(old, with string) string { return strings.Replace(received, old, with, 1) }
	for name, body := range map[string]string{
		"empty": ``, "list": `[]`, "no event": swap(`"event":"PAYMENT_RECEIVED",`, ``), "blank event": swap(`PAYMENT_RECEIVED`, `A B`),
		"id twice": swap(`{`, `{"id":"evt_0",`), "ID and id": swap(`{`, `{"ID":"evt_0",`), "number for id": swap(`"evt_d26e`, `1,"x":"`),
		"long id": swap(`evt_d26e`, strings.Repeat("a", 129)), "two notices": received + received,
		"amount twice": swap(`"value":42.23`, `"value":1,"value":2`),
		"deep":         strings.Repeat(`{"a":`, 40) + `1` + strings.Repeat(`}`, 40),
	} {
		if event, err := rail.Parse([]byte(body)); !errors.Is(err, provider.ErrNotice) || event.TxIDs() != nil {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(received))
	f.Add([]byte(strings.Replace(received, "PAYMENT_RECEIVED", "PAYMENT_REFUNDED", 1)))
	f.Add([]byte(`{"id":"evt_1","event":"PAYMENT_CONFIRMED","payment":{"externalReference":"` + txID + `","value":1e9}}`))
	f.Add([]byte(`{"event":"X"}`))
	rail := asaas.New("https://asaas.invalid/v3", nil, nil)
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := rail.Parse(body)
		if err != nil {
			return
		}
		about := event.Kind == provider.EventMoney
		if event.Key == "" || len(event.Key) > 128 || about != (len(event.TxIDs()) == 1) || about != event.Unproven {
			t.Fatalf("got %+v", event)
		}
		for _, p := range event.Payments {
			if p.Amount < 1 || p.Amount > money.MaxParsed || p.Fact == "" || len(p.Fact) > 64 || p.PaidAt.IsZero() {
				t.Fatalf("payment %+v", p)
			}
		}
		for _, r := range event.Returns {
			if r.Amount < 1 || r.Fact == "" || len(r.Fact) > 64 {
				t.Fatalf("return %+v", r)
			}
		}
	})
}
