package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/websign"
)

func signing(letter string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
}

// notify posts a payment's notice as the provider would, signed with a secret.
func (d *deployment) notify(t *testing.T, secret, account, fact string, centavos int64) int {
	t.Helper()
	now := d.Clock.Now()
	body := fmt.Sprintf(`{"id":"evt-%s","type":"payment.received","data":[{"endToEndId":%q,"txid":"SOMEBODYELSES",`+
		`"amountCentavos":%d,"paidAt":%q}]}`, fact, fact, centavos, now.UTC().Format(time.RFC3339))
	signature, err := websign.Sign(secret, "evt-"+fact, now, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/v1/webhooks/"+provider.Sandbox+"/"+account, strings.NewReader(body))
	for name, value := range map[string]string{
		"Content-Type": "application/json", websign.HeaderID: "evt-" + fact, websign.HeaderSignature: signature,
		websign.HeaderTimestamp: strconv.FormatInt(now.Unix(), 10),
	} {
		req.Header.Set(name, value)
	}
	answer := httptest.NewRecorder()
	d.API.ServeHTTP(answer, req)
	if err := d.Clock.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return answer.Code
}

func accountName(account string) string {
	return contract.Prefix(cloud.Stage) + contract.ProviderSecret(provider.Sandbox, account)
}

func (d *deployment) secret(t *testing.T, name string) string {
	t.Helper()
	out, err := secretsmanager.NewFromConfig(d.Parts.AWS).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &name})
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.SecretString)
}

// An account that the operator puts takes the provider's notices, and its money that fits nothing is listed.
func TestAnAccountIsPutAndItsOrphansAreListed(t *testing.T) {
	d := patient(t, nil)
	code, out := d.ops(t, "", "orphans", "list", "-creditor", "vida-plena")
	wantSaid(t, code, out, 0, "0 payments, ", "belong to no payment request")
	if status := d.notify(t, signing("n"), "vida-plena", "E1", 1); status != http.StatusUnauthorized {
		t.Errorf("a notice under another secret: %d", status)
	}
	given := `{"signingSecrets":["` + signing("n") + `","` + signing("o") + `"],"apiToken":"very-secret"}` + "\n"
	code, out = d.ops(t, given, "account", "put", "-creditor", "vida-plena")
	wantSaid(t, code, out, 0, accountName("vida-plena")+": 2 signing secrets")
	if strings.Contains(out, "whsec_") || strings.Contains(out, "very-secret") {
		t.Errorf("a secret is told:\n%s", out)
	}
	if err := d.Advance(t.Context(), d.Clock.Now().Add(5*time.Minute)); err != nil {
		t.Fatal(err)
	}
	for fact, secret := range map[string]string{"E-ORPHAN-1": signing("n"), "E-ORPHAN-2": signing("o")} {
		if status := d.notify(t, secret, "vida-plena", fact, 12345); status != http.StatusOK {
			t.Fatalf("a notice under the new secret: %d", status)
		}
	}
	applied := collection.Receipt{Creditor: "vida-plena", Provider: provider.Sandbox, Account: "vida-plena", Fact: "E-ORPHAN#3",
		Amount: 99, PaidAt: d.Clock.Now(), Status: collection.ReceiptApplied}
	if err := d.Parts.Store().KeepOrphan(t.Context(), applied); err != nil {
		t.Fatal(err)
	}
	older := applied
	older.Fact, older.Status, older.PaidAt = "old\x1b#4", collection.ReceiptOrphan, d.Clock.Now().Add(-time.Hour)
	if err := d.Parts.Store().KeepOrphan(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	code, out = d.ops(t, "", "orphans", "list", "-creditor", "vida-plena")
	wantSaid(t, code, out, 0, "123,45", "sandbox", `"E-ORPHAN-1"`, `"E-ORPHAN-2"`, "3 payments", "belong to no payment request")
	if !strings.HasPrefix(out, older.PaidAt.Format(time.RFC3339)) || !strings.Contains(out, `"old\x1b#4"`) || strings.Contains(out, "#3") {
		t.Errorf("listed are:\n%s", out)
	}
	code, out = d.ops(t, "", "orphans", "list", "-creditor", "credora")
	wantSaid(t, code, out, 0, "0 payments")
}

func TestAnAccountIsRefused(t *testing.T) {
	said := answers{}
	d := patient(t, said)
	good := `{"signingSecrets":["` + signing("s") + `"],"apiToken":"very-secret"}`
	before := d.secret(t, accountName("vida-plena"))
	for text, why := range map[string]string{
		"": "not well-formed JSON", good[1:]: "not well-formed JSON", strings.Replace(good, "apiToken", "token", 1): "unknown member",
		`{"signingSecrets":["` + signing("s") + `"]}`:                  "apiToken: must",
		`{"apiToken":"very-secret"}`:                                   "signingSecrets: an account has one",
		strings.Replace(good, "whsec_", "", 1):                         "whsec_ and base64",
		strings.Replace(good, "very-secret", "very-secret\\n", 1):      "apiToken: must",
		good + strings.Repeat(" ", maxAccount):                         "more than 65536 bytes",
		strings.Replace(good, `"apiToken"`, `"a":1,"apiToken"`, 1):     "unknown member",
		`{"signingSecrets":[null],"apiToken":"very-secret"}`:           "null",
		strings.Replace(good, `"very-secret"`, `{"very-secret":1}`, 1): "of the wrong type",
	} {
		code, out := d.ops(t, text, "account", "put", "-creditor", "vida-plena")
		wantSaid(t, code, out, exitFailed, why)
		if strings.Contains(out, signing("s")) || strings.Contains(out, "very-secret") {
			t.Errorf("a secret is told:\n%s", out)
		}
	}
	code, out := d.ops(t, good, "account", "put", "-creditor", "nobody")
	wantSaid(t, code, out, exitFailed, "nobody is not stored")
	if after := d.secret(t, accountName("vida-plena")); after != before {
		t.Error("a refused account changed the secret")
	}

	client, name := secretsmanager.NewFromConfig(d.Parts.AWS), accountName("vida-plena")
	theirs := strings.Replace(before, `"vida-plena"`, `"credora"`, 1)
	if _, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: &theirs}); err != nil {
		t.Fatal(err)
	}
	code, out = d.ops(t, good, "account", "put", "-creditor", "vida-plena")
	wantSaid(t, code, out, exitFailed, "belongs to credora")

	absent := func(wire.Call, func() (any, error)) (any, error) {
		return nil, wire.Errorf("ResourceNotFoundException", "no such secret")
	}
	said["secretsmanager GetSecretValue"], said["secretsmanager PutSecretValue"] = absent, absent
	code, out = d.ops(t, good, "account", "put", "-creditor", "vida-plena")
	wantSaid(t, code, out, exitFailed, "deploy with sandbox:vida-plena among the providers")
}
