package permissions

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
)

func TestEachCallNeedsItsGrants(t *testing.T) {
	const table = `"TableName":"regua-local-regua"`
	token := base64.RawURLEncoding.EncodeToString([]byte("1/regua-local-payment-confirmation/X/1/1/00"))
	for _, c := range []struct{ service, operation, body, want string }{
		{"dynamodb", "GetItem", `{` + table + `}`, `dynamodb:GetItem on table "regua"`},
		{"dynamodb", "Query", `{` + table + `,"IndexName":"pending"}`, `dynamodb:Query on index "pending"`},
		{"dynamodb", "BatchWriteItem", `{"RequestItems":{"regua-local-regua":[]}}`, `dynamodb:BatchWriteItem on table "regua"`},
		{"dynamodb", "TransactWriteItems",
			`{"TransactItems":[{"Put":{` + table + `}},{"Update":{` + table + `}},{"Delete":{` + table + `}},{"ConditionCheck":{` + table + `}}]}`,
			`dynamodb:PutItem on table "regua", dynamodb:UpdateItem on table "regua", dynamodb:DeleteItem on table "regua", ` +
				`dynamodb:ConditionCheckItem on table "regua"`},
		{"sqs", "SendMessage", `{"QueueUrl":"https://sqs.us-east-1.amazonaws.com/000000000000/regua-local-wakes"}`,
			`sqs:SendMessage on queue "wakes"`},
		{"sns", "PublishBatch", "TopicArn=arn:aws:sns:us-east-1:000000000000:regua-local-events", `sns:Publish on topic "events"`},
		{"sns", "Publish", "PhoneNumber=%2B5511987654321", `sns:Publish on phones ""`},
		{"ses", "SendEmail", "Source=Vida+%3C" + cloud.MailFrom + "%3E", `ses:SendEmail on mail ""`},
		{"kms", "Decrypt", `{"KeyId":"alias/regua-local-data"}`, `kms:Decrypt on key "data"`},
		{"secretsmanager", "GetSecretValue", `{"SecretId":"regua-local-keys"}`, `secretsmanager:GetSecretValue on secret "keys"`},
		{"secretsmanager", "GetSecretValue", `{"SecretId":"regua-local-provider/sandbox/acme"}`,
			`secretsmanager:GetSecretValue on accounts ""`},
		{"states", "StartExecution", `{"stateMachineArn":"arn:aws:states:us-east-1:000000000000:stateMachine:regua-local-reminder-ruler"}`,
			`states:StartExecution on machine "reminder-ruler"`},
		{"states", "SendTaskSuccess", `{"taskToken":"` + token + `"}`, `states:SendTaskSuccess on machine "payment-confirmation"`},
		// What belongs to somebody else, or to nobody known.
		{"dynamodb", "GetItem", `{"TableName":"regua-prod-regua"}`, ""},
		{"dynamodb", "TransactWriteItems", `{"TransactItems":[{"Put":{` + table + `}},{"Put":{"TableName":"other"}}]}`, ""},
		{"dynamodb", "ListTables", `{}`, ""},
		{"dynamodb", "GetItem", `not JSON`, ""},
		{"sqs", "ListQueues", `{}`, ""},
		{"ses", "SendEmail", "Source=somebody%40else.example", ""},
		{"states", "SendTaskSuccess", `{"taskToken":"x"}`, ""},
		{"kms", "Decrypt", `{"CiphertextBlob":"AQ=="}`, ""},
		{"s3", "GetObject", `{}`, ""},
	} {
		grants, err := needed(wire.Call{Service: c.service, Operation: c.operation, Body: []byte(c.body), Caller: "f"})
		var got []string
		for _, g := range grants {
			got = append(got, strings.TrimPrefix(g.String(), "f: "))
		}
		if strings.Join(got, ", ") != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s:%s %s needs %q, %v", c.service, c.operation, c.body, got, err)
		}
	}
}

func TestARecordIsComparedBothWays(t *testing.T) {
	var r Record
	saw := func(caller, operation string) {
		r.Saw(t.Context(), wire.Call{
			Service: "dynamodb", Operation: operation, Body: []byte(`{"TableName":"regua-local-regua"}`), Caller: caller,
		}, nil)
	}
	saw("ruler-step", "GetItem")
	saw("ruler-step", "Scan")
	saw(cloud.Tool, "DeleteTable")
	r.Saw(t.Context(), wire.Call{Service: "s3", Operation: "GetObject", Body: []byte(`{}`), Caller: "ruler-step"}, nil)
	grant := func(action string) Grant { return Grant{"ruler-step", action, contract.OnTable, contract.Table} }
	allowed := []contract.Permission{{Function: "ruler-step", Kind: contract.OnTable, Name: contract.Table,
		Actions: []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"}}}
	beyond := []string{`ruler-step: dynamodb:Scan on table "regua"`, "ruler-step: s3:GetObject: names no resource of contract"}
	if got := r.Beyond(allowed); !slices.Equal(got, beyond) {
		t.Errorf("beyond what is allowed: %q", got)
	}
	unused := []string{
		`ruler-step: dynamodb:DeleteItem on table "regua": it is listed as never used, and not allowed`,
		`ruler-step: dynamodb:GetItem on table "regua": it is used, and listed as never used`,
		`ruler-step: dynamodb:Query on table "regua"`,
	}
	listed := []Unexercised{
		{grant("dynamodb:PutItem"), ""}, {grant("dynamodb:GetItem"), ""}, {grant("dynamodb:DeleteItem"), ""},
	}
	if got := r.Unused(allowed, listed); !slices.Equal(got, unused) {
		t.Errorf("allowed and not used: %q", got)
	}
}

func TestEachEntryOfTheTablesSaysWhy(t *testing.T) {
	for _, i := range ImpliedActions() {
		if !strings.HasPrefix(i.Page, "https://docs.aws.amazon.com/") {
			t.Errorf("%s has no page", i.Call)
		}
	}
	for _, u := range UnexercisedGrants() {
		if u.Why == "" {
			t.Errorf("%s has no reason", u.Grant)
		}
	}
}
