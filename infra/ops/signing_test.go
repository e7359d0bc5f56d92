package main

import (
	"strings"
	"testing"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/secrets"
)

func TestASecretOfACreditorIsPut(t *testing.T) {
	said := answers{}
	d := patient(t, said)
	name := contract.Prefix(localStage) + contract.CreditorSecret("vida-plena")
	before := d.secret(t, name)
	if _, err := secrets.DecodeSigning([]byte(before)); err != nil {
		t.Errorf("the local cloud made none: %v", err)
	}
	good := `{"webhookSecrets":["` + signing("n") + `","` + signing("o") + `"],"callbackSecrets":["` + signing("c") + `"]}`
	for text, why := range map[string]string{
		"": "not well-formed JSON", `{"webhookSecrets":["` + signing("n") + `"]}`: "callbackSecrets: there is one",
		strings.Replace(good, "whsec_", "", 1):         "webhookSecrets: must be whsec_",
		strings.Replace(good, signing("o"), "null", 1): "webhookSecrets",
		good + strings.Repeat(" ", maxAccount):         "more than 65536 bytes",
	} {
		code, out := d.ops(t, text, "creditor", "secret", "put", "-creditor", "vida-plena")
		wantSaid(t, code, out, exitFailed, why)
		if strings.Contains(out, signing("n")) || d.secret(t, name) != before {
			t.Errorf("told or changed:\n%s", out)
		}
	}
	code, out := d.ops(t, good, "creditor", "secret", "put", "-creditor", "nobody")
	wantSaid(t, code, out, exitFailed, "nobody is not stored")
	code, out = d.ops(t, good, "creditor", "secret", "put")
	wantSaid(t, code, out, exitUsage, "usage: ops creditor secret put")
	code, out = d.ops(t, good, "creditor", "secret", "put", "-creditor", "vida-plena")
	wantSaid(t, code, out, 0, name+": 2 for webhooks and 1 for callbacks")
	got, err := secrets.DecodeSigning([]byte(d.secret(t, name)))
	if err != nil || len(got.Webhook) != 2 || got.Callback[0] != signing("c") || strings.Contains(out, "whsec_") {
		t.Errorf("kept %d, %v\n%s", len(got.Webhook), err, out)
	}
	said["secretsmanager PutSecretValue"] = fails("ResourceNotFoundException")
	code, out = d.ops(t, good, "creditor", "secret", "put", "-creditor", "vida-plena")
	wantSaid(t, code, out, exitFailed, "deploy with vida-plena among the creditors first")
}
