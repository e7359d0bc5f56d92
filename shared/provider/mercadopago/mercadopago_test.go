package mercadopago_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/mercadopago"
)

var _ payment.Notices = mercadopago.Notices{}

const txID = "01JD9ZC0D1E2F3G4H5J6K7M8N9"

var signedAt = time.UnixMilli(1742505638683)

func delivery(signature, request, id string) provider.Delivery {
	header := http.Header{}
	header.Set("x-signature", signature)
	header.Set("x-request-id", request)
	query := func(name string) string { return map[string]string{"data.id": id}[name] }
	return provider.Delivery{Header: header.Get, Query: query, Body: []byte(`{}`)}
}

func account(secrets ...string) provider.Account { return provider.Account{SigningSecrets: secrets} }

func TestPublishedSignature(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Secret, TS, Expect string
		DataID             string `json:"data_id"`
		Request            string `json:"x_request_id"`
	}
	if err := json.Unmarshal(text, &vectors); err != nil || len(vectors) == 0 {
		t.Fatal(err, len(vectors))
	}
	for _, v := range vectors {
		for _, id := range []string{v.DataID, strings.ToUpper(v.DataID)} {
			for _, secrets := range [][]string{{v.Secret}, {"older", v.Secret}, {v.Secret, "newer"}} {
				d := delivery("ts="+v.TS+",v1="+v.Expect, v.Request, id)
				if err := (mercadopago.Notices{}).Verify(account(secrets...), d, signedAt); err != nil {
					t.Errorf("%s, %d secrets: %v", id, len(secrets), err)
				}
			}
		}
	}
}

func sign(secret, manifest string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(manifest))
	return hex.EncodeToString(h.Sum(nil))
}

func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		manifest, stamp, request, id string
		at                           time.Duration
		good                         bool
	}{
		"milliseconds":       {"id:ord1;request-id:r;ts:1742505638683;", "1742505638683", "r", "ord1", 0, true},
		"seconds":            {"id:ord1;request-id:r;ts:1742505638;", "1742505638", "r", "ord1", 0, true},
		"capitals as came":   {"id:ORD1;request-id:r;ts:1742505638;", "1742505638", "r", "ORD1", 0, true},
		"capitals lowered":   {"id:ord1;request-id:r;ts:1742505638;", "1742505638", "r", "ORD1", 0, true},
		"no data.id":         {"request-id:r;ts:1742505638;", "1742505638", "r", "", 0, true},
		"no request id":      {"id:ord1;ts:1742505638;", "1742505638", "", "ord1", 0, true},
		"time alone":         {"ts:1742505638;", "1742505638", "", "", 0, true},
		"repeated":           {"ts:1742505638;", "1742505638", "", "", 45 * time.Minute, true},
		"stale":              {"ts:1742505638;", "1742505638", "", "", 61 * time.Minute, false},
		"from the future":    {"ts:1742505638;", "1742505638", "", "", -61 * time.Minute, false},
		"stale milliseconds": {"ts:1742505638683;", "1742505638683", "", "", 61 * time.Minute, false},
		"another id":         {"id:ord1;ts:1742505638;", "1742505638", "", "ord2", 0, false},
		"another request":    {"request-id:r;ts:1742505638;", "1742505638", "s", "", 0, false},
		"another time":       {"ts:1742505638;", "1742505639", "", "", 0, false},
		"parts run together": {"id:ord1;request-id:r;ts:1742505638;", "1742505638", "", "ord1;request-id:r", 0, false},
		"time of no number":  {"ts:now;", "now", "", "", 0, false},
		"time with a plus":   {"ts:+1742505638;", "+1742505638", "", "", 0, false},
	} {
		d := delivery("ts="+c.stamp+", v1="+sign("s3cret", c.manifest), c.request, c.id)
		err := mercadopago.Notices{}.Verify(account("older", "s3cret"), d, signedAt.Add(c.at))
		if (err == nil) != c.good || err != nil && !errors.Is(err, provider.ErrSignature) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	good := sign("s3cret", "ts:1742505638;")
	for _, header := range []string{
		"", "ts=1742505638", "v1=" + good, "ts=1742505638,v1=", "ts=1742505638,v2=" + good, "ts=1742505638,v1=" + good[1:],
		"ts=1742505638,v1=" + good + strings.Repeat(" ", 1100),
	} {
		if err := (mercadopago.Notices{}).Verify(account("s3cret"), delivery(header, "", ""), signedAt); !errors.Is(err, provider.ErrSignature) {
			t.Errorf("%.40q: got %v", header, err)
		}
	}
	for _, secrets := range [][]string{nil, {""}} {
		err := mercadopago.Notices{}.Verify(account(secrets...), delivery("ts=1742505638,v1="+good, "", ""), signedAt)
		if err == nil || errors.Is(err, provider.ErrSignature) {
			t.Errorf("an account with %q: got %v", secrets, err)
		}
	}
}

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		body, key, txID string
	}{
		"payment": {`{"id":12345,"live_mode":true,"type":"payment","action":"payment.updated","data":{"id":"999"}}`, "12345", ""},
		"text id": {`{"id":"n-1","type":"payment","data":{"id":999}}`, "n-1", ""},
		"order":   {`{"id":"7","type":"order","data":{"id":"ORD01","external_reference":"` + txID + `","status":"processed"}}`, "7", txID},
		"another": {`{"id":"8","type":"order","data":{"external_reference":"pedido 8"}}`, "8", ""},
	} {
		event, err := mercadopago.Notices{}.Parse([]byte(c.body))
		if err != nil || event.Key != c.key || strings.Join(event.TxIDs(), "") != c.txID || event.Unproven != (c.txID != "") {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
	event, err := mercadopago.Notices{}.Parse([]byte(`{"type":"order","data":{}}`))
	if err != nil || !strings.HasPrefix(event.Key, "sha256-") {
		t.Errorf("without id: got %+v, %v", event, err)
	}
	for name, body := range map[string]string{
		"empty": ``, "list": `[]`, "no type": `{"id":1}`, "id twice": `{"id":1,"id":2,"type":"payment"}`,
		"id of an object": `{"id":{"a": 1},"type":"payment"}`,
		"escaped id":      `{"id":"\u0000","type":"payment"}`, "long id": `{"id":"` + strings.Repeat("1", 129) + `","type":"payment"}`,
	} {
		if event, err := (mercadopago.Notices{}).Parse([]byte(body)); !errors.Is(err, provider.ErrNotice) {
			t.Errorf("%s: got %+v, %v", name, event, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"id":12345,"type":"payment","data":{"id":"999"}}`))
	f.Add([]byte(`{"id":"7","type":"order","data":{"external_reference":"` + txID + `"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := mercadopago.Notices{}.Parse(body)
		about := event.Kind == provider.EventMoney
		if err == nil && (event.Key == "" || len(event.Key) > 128 || event.Payments != nil || about != event.Unproven) {
			t.Fatalf("got %+v", event)
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add("ts=1742505638,v1=00", "r", "ord1")
	f.Add(",,ts=,v1==,", "", ";")
	f.Fuzz(func(t *testing.T, header, request, id string) {
		if (mercadopago.Notices{}).Verify(account("s3cret"), delivery(header, request, id), signedAt) == nil {
			t.Fatal("forged")
		}
	})
}
