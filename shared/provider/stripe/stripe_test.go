package stripe_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/stripe"
)

var _ payment.Notices = stripe.Notices{}

const (
	txID = "01JD9ZC0D1E2F3G4H5J6K7M8N9"
	body = `{"id":"evt_test_webhook","object":"event"}`
)

var signedAt = time.Unix(1_700_000_000, 0)

func delivery(signature, body string) provider.Delivery {
	header := http.Header{}
	header.Set("Stripe-Signature", signature)
	return provider.Delivery{Header: header.Get, Body: []byte(body)}
}

func account(secrets ...string) provider.Account { return provider.Account{SigningSecrets: secrets} }

func TestVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Secret, Body string
		Timestamp    int64
		V1           string `json:"expect_v1"`
	}
	if err := json.Unmarshal(text, &vectors); err != nil || len(vectors) == 0 {
		t.Fatal(err, len(vectors))
	}
	for _, v := range vectors {
		d := delivery(fmt.Sprintf("t=%d,v1=%s", v.Timestamp, v.V1), v.Body)
		if err := (stripe.Notices{}).Verify(account(v.Secret), d, time.Unix(v.Timestamp, 0)); err != nil {
			t.Error(err)
		}
	}
}

func sign(secret, stamp, body string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(stamp + "." + body))
	return hex.EncodeToString(h.Sum(nil))
}

func TestVerify(t *testing.T) {
	good := sign("whsec_new", "1700000000", body)
	forged := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		header, body string
		at           time.Duration
		good         bool
	}{
		"one":             {"t=1700000000,v1=" + good, body, 0, true},
		"several":         {"t=1700000000,v1=" + forged + ",v1=" + good + ",v0=" + forged, body, 0, true},
		"older secret":    {"t=1700000000,v1=" + sign("whsec_old", "1700000000", body), body, 0, true},
		"late":            {"t=1700000000,v1=" + good, body, 5 * time.Minute, true},
		"early":           {"t=1700000000,v1=" + good, body, -5 * time.Minute, true},
		"stale":           {"t=1700000000,v1=" + good, body, 5*time.Minute + time.Second, false},
		"from the future": {"t=1700000000,v1=" + good, body, -5*time.Minute - time.Second, false},
		"another body":    {"t=1700000000,v1=" + good, body + " ", 0, false},
		"another time":    {"t=1700000001,v1=" + good, body, 0, false},
		"another secret":  {"t=1700000000,v1=" + sign("new", "1700000000", body), body, 0, false},
		"test scheme":     {"t=1700000000,v0=" + good, body, 0, false},
		"no time":         {"v1=" + good, body, 0, false},
		"no signature":    {"t=1700000000", body, 0, false},
		"no header":       {"", body, 0, false},
		"short signature": {"t=1700000000,v1=" + good[:62], body, 0, false},
		"time in letters": {"t=now,v1=" + sign("whsec_new", "now", body), body, 0, false},
		"too many":        {"t=1700000000,v1=" + good + strings.Repeat(",v1="+forged, 20), body, 0, false},
		"too long":        {"t=1700000000,v1=" + good + strings.Repeat(",", 4096), body, 0, false},
	} {
		err := stripe.Notices{}.Verify(account("whsec_old", "whsec_new"), delivery(c.header, c.body), signedAt.Add(c.at))
		if (err == nil) != c.good || err != nil && !errors.Is(err, provider.ErrSignature) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	for _, secrets := range [][]string{nil, {""}} {
		err := stripe.Notices{}.Verify(account(secrets...), delivery("t=1700000000,v1="+good, body), signedAt)
		if err == nil || errors.Is(err, provider.ErrSignature) {
			t.Errorf("an account with %q: got %v", secrets, err)
		}
	}
}

const succeeded = `{"id":"evt_1","object":"event","type":"payment_intent.succeeded","created":1795444800,"livemode":true,` +
	`"data":{"object":{"id":"pi_3","object":"payment_intent","amount":25843,"amount_received":25843,"currency":"brl",` +
	`"metadata":{"txid":"` + txID + `"}}}}`

func TestParse(t *testing.T) {
	event, err := stripe.Notices{}.Parse([]byte(succeeded))
	want := provider.Payment{Fact: "pi_3", TxID: txID, Amount: 25843, PaidAt: time.Date(2026, 11, 23, 14, 40, 0, 0, time.UTC)}
	if err != nil || event.Key != "evt_1" || event.Unproven || len(event.Payments) != 1 || event.Payments[0] != want {
		t.Fatalf("got %+v, %v", event, err)
	}
	event, err = stripe.Notices{}.Parse([]byte(strings.Replace(succeeded, "succeeded", "processing", 1)))
	if err != nil || event.Kind != provider.EventMoney || len(event.Noticed) != 1 || event.Noticed[0].TxID != txID || event.Payments != nil {
		t.Fatalf("got %+v, %v", event, err)
	}
	for name, body := range map[string]string{
		"bare": body, "another kind": strings.Replace(succeeded, "intent.succeeded", "intent.created", 1),
		"another system's": strings.Replace(succeeded, txID, "order-17", 1), "without metadata": strings.Replace(succeeded, `"txid"`, `"x"`, 1),
		"object of another form": `{"id":"evt_9","type":"charge.refunded","data":{"object":[1]}}`,
	} {
		if event, err := (stripe.Notices{}).Parse([]byte(body)); err != nil || event.Kind != provider.EventOther || event.TxIDs() != nil {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
	swap := func(old, with string) string { return strings.Replace(succeeded, old, with, 1) }
	for name, body := range map[string]string{
		"empty": ``, "no id": `{"object":"event"}`, "odd id": swap(`evt_1`, `evt 1`), "id twice": swap(`{`, `{"id":"evt_0",`),
		"fraction": swap(`received":25843`, `received":258.43`), "zero": swap(`received":25843`, `received":0`),
		"negative": swap(`received":25843`, `received":-1`), "huge": swap(`received":25843`, `received":9999999999999`),
		"dollars": swap(`brl`, `usd`), "no time": swap(`1795444800`, `0`), "no name": swap(`pi_3`, ``), "odd object": swap(`"pi_3"`, `3`),
	} {
		if event, err := (stripe.Notices{}).Parse([]byte(body)); !errors.Is(err, provider.ErrNotice) || event.TxIDs() != nil {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(succeeded))
	f.Add([]byte(body))
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := stripe.Notices{}.Parse(body)
		if err != nil {
			return
		}
		if event.Key == "" || (event.Kind == provider.EventMoney) != (len(event.TxIDs()) == 1) {
			t.Fatalf("got %+v", event)
		}
		for _, p := range event.Payments {
			if p.Amount < 1 || p.Amount > money.MaxParsed || p.Fact == "" {
				t.Fatalf("payment %+v", p)
			}
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add("t=1700000000,v1=00", body)
	f.Add("t=,v1=,v1==", "")
	f.Fuzz(func(t *testing.T, header, body string) {
		if (stripe.Notices{}).Verify(account("whsec_new"), delivery(header, body), signedAt) == nil {
			t.Fatal("forged")
		}
	})
}
