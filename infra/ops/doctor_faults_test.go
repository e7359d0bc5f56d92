package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/infra/local/wire"
)

// says answers an operation with a text in JSON; fails with an error of the service.
func says(text string) func(wire.Call, func() (any, error)) (any, error) {
	return func(wire.Call, func() (any, error)) (any, error) { return json.RawMessage(text), nil }
}

func fails(code string) func(wire.Call, func() (any, error)) (any, error) {
	return func(wire.Call, func() (any, error)) (any, error) { return nil, wire.Errorf(code, "planted") }
}

// with answers as AWS, but for one operation.
func with(operation string, answer func(wire.Call, func() (any, error)) (any, error)) answers {
	all := asOnAWS(nil)
	all[operation] = answer
	return all
}

const secretValue = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="

// fault is something that the doctor must find: the line that tells it and the line that says what to do.
type fault struct {
	answers answers
	plant   func(t *testing.T, d *deployment)
	line    string
	todo    string
}

func faults() map[string]fault {
	nothing := func(*testing.T, *deployment) {}
	all := map[string]fault{
		"no table": {with("dynamodb DescribeTable", fails("ResourceNotFoundException")), nothing, "table does not exist", "table: deploy Core"},
		"table being made": {with("dynamodb DescribeTable", says(`{"Table":{"TableStatus":"CREATING"}}`)), nothing, "table CREATING",
			"table: wait until"},
		"no index": {with("dynamodb DescribeTable", says(`{"Table":{"TableStatus":"ACTIVE","DeletionProtectionEnabled":false}}`)), nothing,
			"index pending does not exist", "index pending: without it the sweep"},
		"no time to live": {asOnAWS(nil), withoutTTL, "time to live DISABLED", "time to live: old sessions"},
		"no machine": {with("states DescribeStateMachine", fails("StateMachineDoesNotExist")), nothing, "machine reminder-ruler does not exist",
			"machine reminder-ruler: deploy this release"},
		"machine of another release": {with("states DescribeStateMachine",
			says(`{"status":"ACTIVE","definition":"{\"StartAt\":\"A\",\"States\":{`+
				`\"A\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:regua-local-ruler-walk:3\"}}}"}`)), nothing,
			"machine reminder-ruler another definition than this release's; it names ruler-walk, which",
			"machine reminder-ruler: deploy this release"},
		"no topic": {with("sns GetTopicAttributes", fails("NotFound")), nothing, "topic events does not exist", "topic events: deploy"},
		"no subscription": {with("sns ListSubscriptionsByTopic", func(wire.Call, func() (any, error)) (any, error) {
			return xml("ListSubscriptionsByTopic", "<Subscriptions></Subscriptions>"), nil
		}), nothing, "subscription of rulers does not exist", "subscription of rulers: its events are lost"},
		"another filter": {with("sns GetSubscriptionAttributes", func(wire.Call, func() (any, error)) (any, error) {
			return xml("GetSubscriptionAttributes", "<Attributes></Attributes>"), nil
		}), nothing, "subscription of receipts its filter is not [payment.posted]", "subscription of receipts: deploy"},
		"given up": {asOnAWS(nil), func(t *testing.T, d *deployment) { d.send(t, "webhooks-dead") }, "queue webhooks-dead 1 messages",
			"queue webhooks-dead: docs/playbooks/dead-letters.md"},
		"no queue": {with("sqs GetQueueUrl", fails("QueueDoesNotExist")), nothing, "queue codes does not exist", "queue codes: deploy"},
		"no dead-letter queue": {with("sqs GetQueueAttributes", says(`{"Attributes":{"ApproximateNumberOfMessages":"7"}}`)), nothing,
			"queue codes 7 waiting, 0 being taken in; its dead-letter queue is not codes-dead", "queue codes: deploy"},
		"clock behind": {asOnAWS(nil), func(t *testing.T, d *deployment) { d.withClock(t, time.Minute) }, "clock ",
			"clock: this machine is behind"},
		"clock ahead": {asOnAWS(nil), func(t *testing.T, d *deployment) { d.withClock(t, -7*time.Second) }, "clock ",
			"clock: this machine is ahead"},
		"out of service": {with("sns GetTopicAttributes", fails("InternalError")), nothing,
			"topic events SNS GetTopicAttributes failed: InternalError", "topic events: run the doctor again"},
	}
	for name, f := range secretFaults() {
		all[name] = f
	}
	return all
}

func secretFaults() map[string]fault {
	secret := func(name, value string) func(*testing.T, *deployment) {
		return func(t *testing.T, d *deployment) { d.putSecret(t, name, value) }
	}
	const account = "provider/sandbox/vida-plena"
	return map[string]fault{
		"keys malformed": {asOnAWS(nil), secret("keys", `{"index":"`+secretValue+`"}`), "secret keys keys secret is malformed: index must be",
			"secret keys: functions do not start"},
		"keys without a value": {with("secretsmanager GetSecretValue", fails("ResourceNotFoundException")), func(*testing.T, *deployment) {},
			"secret keys does not exist, or has no value", "secret keys: a new stage"},
		"account incomplete": {asOnAWS(nil), secret(account, `{"creditor":"vida-plena","apiToken":"`+secretValue+`"}`),
			"secret " + account + " secret of provider sandbox is incomplete", "secret " + account + ": go run ./infra/ops account put"},
		"account of another": {asOnAWS(nil), secret(account, `{"creditor":"credora","signingSecrets":["`+secretValue+`"],"apiToken":"`+
			secretValue+`","wrappedKey":"AQID"}`), "secret " + account + " belongs to another creditor",
			"secret " + account + ": go run ./infra/ops account put"},
		"creditor's file broken": {asOnAWS(nil), func(t *testing.T, d *deployment) {
			d.putItem(t, map[string]string{"pk": "vida-plena#CREDITOR", "sk": "CREDITOR", "doc": `{"id":"vida-plena"}`})
		}, "creditor vida-plena its file breaks a rule", "creditor vida-plena: import its file again"},
		"key disabled": {with("kms DescribeKey", says(`{"KeyMetadata":{"KeyId":"k-1","KeyState":"PendingDeletion"}}`)),
			func(*testing.T, *deployment) {}, "key data is not enabled", "key data: at once: aws kms cancel-key-deletion"},
		"no key": {with("kms DescribeKey", fails("NotFoundException")), func(*testing.T, *deployment) {}, "key data does not exist",
			"key data: without"},
	}
}

func withoutTTL(t *testing.T, d *deployment) {
	_, err := dynamodb.NewFromConfig(d.Parts.AWS).UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
		TableName:               aws.String(tableName),
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: aws.String("ttl"), Enabled: aws.Bool(false)},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// spaced makes a table's line comparable: one space between words.
func spaced(out string) string {
	lines := strings.Split(out, "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}

func TestDoctorFindsEachFault(t *testing.T) {
	for name, f := range faults() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := patient(t, f.answers)
			f.plant(t, d)
			code, out := d.ops(t, "", "doctor", "-creditor", "vida-plena")
			wantSaid(t, code, "\n"+spaced(out), exitFailed, "\nwrong "+f.line, "\n"+f.todo, "something is wrong")
			if strings.Contains(out, secretValue) {
				t.Errorf("a secret is told:\n%s", out)
			}
		})
	}
}

// What the identity may not do, and what an endpoint does not know, is never ok and never wrong.
func TestDoctorSaysWhatItCouldNotCheck(t *testing.T) {
	for code, says := range map[string]string{
		"AccessDeniedException":     "not checked key data this identity may not call KMS DescribeKey",
		"UnknownOperationException": "not checked key data not checked here: the endpoint has no KMS DescribeKey",
	} {
		d := patient(t, with("kms DescribeKey", fails(code)))
		exit, out := d.ops(t, "", "doctor")
		wantSaid(t, exit, spaced(out), 0, says)
	}
}

func TestDoctorWarns(t *testing.T) {
	d := patient(t, with("sqs GetQueueAttributes", says(`{"Attributes":{"ApproximateNumberOfMessages":"1000","RedrivePolicy":"{}"}}`)))
	d.putSecret(t, "provider/sandbox/vida-plena",
		`{"creditor":"vida-plena","signingSecrets":["a","b"],"apiToken":"t","wrappedKey":"AQID"}`)
	_, out := d.ops(t, "", "doctor")
	wantSaid(t, 0, spaced(out), 0, "warn secret provider/sandbox/vida-plena 2 signing secrets: one is being replaced")
}

// Executions keep the definition that they began with: the doctor finds the one that names a function about to go among many.
func TestDoctorFindsExecutionsOfAFunctionAboutToGo(t *testing.T) {
	const running, oldest = 1000, 3
	described := 0
	all := asOnAWS(nil)
	release := all["states DescribeStateMachineForExecution"]
	all["states ListExecutions"] = func(call wire.Call, _ func() (any, error)) (any, error) {
		if !strings.Contains(string(call.Body), "reminder-ruler") {
			return map[string]any{"executions": []any{}}, nil
		}
		list := make([]map[string]any, running)
		for i := range list {
			list[running-1-i] = map[string]any{"executionArn": fmt.Sprintf("arn:%04d", i), "name": "x", "startDate": 1.7e9 + float64(i),
				"stateMachineArn": "a", "status": "RUNNING"}
		}
		return map[string]any{"executions": list}, nil
	}
	all["states DescribeStateMachineForExecution"] = func(call wire.Call, next func() (any, error)) (any, error) {
		described++
		for i := range oldest {
			if strings.Contains(string(call.Body), fmt.Sprintf("arn:%04d", i)) {
				return json.RawMessage(`{"definition":"{\"States\":{\"A\":{\"Parameters\":{\"FunctionName\":\"` +
					`arn:aws:lambda:us-east-1:000000000000:function:regua-local-ruler-walk\"}}}}","name":"m","roleArn":"r",` +
					`"stateMachineArn":"a","updateDate":0}`), nil
			}
		}
		return release(call, next)
	}
	d := patient(t, all)
	code, out := d.ops(t, "", "doctor")
	wantSaid(t, code, spaced(out), exitFailed,
		"wrong executions of reminder-ruler 1000 running; some that began until 2023-11-14 name ruler-walk, which this release does not have",
		"executions of reminder-ruler: about to go: keep the function", "ok executions of payment-confirmation none is running")
	if described > 30 {
		t.Errorf("%d executions were asked for, want at most a few times log2(%d)", described, running)
	}
}

func TestDoctorGivesUpWhereNothingAnswers(t *testing.T) {
	d := patient(t, nil)
	d.endpoint = "http://127.0.0.1:1"
	code, out := d.ops(t, "", "doctor")
	wantSaid(t, code, out, exitFailed, "reach the deployment")
	if strings.Contains(out, "machine") {
		t.Errorf("it went on:\n%s", out)
	}
}

// A setting that guards data is wrong when it is off on AWS, and a warning on an emulator, which holds none.
func TestDoctorWantsTheTablesSafeguardsOn(t *testing.T) {
	for emulated, verdict := range map[bool]string{true: "warn", false: "wrong"} {
		d := patient(t, with("dynamodb DescribeContinuousBackups",
			says(`{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED"}}`)))
		doc := &doctor{parts: d.Parts, emulated: emulated}
		doc.checkBackups(t.Context())
		doc.safeguard("deletion protection", false, "turn it on")
		for _, f := range doc.findings {
			if string(f.verdict) != verdict || f.todo == "" {
				t.Errorf("emulated %t: %+v", emulated, f)
			}
		}
	}
}
