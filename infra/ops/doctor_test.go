package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/statemachines"
)

var update = flag.Bool("update", false, "write the golden files of testdata anew")

// answers are what operations answer in the services' place, by service and operation.
type answers map[string]func(call wire.Call, next func() (any, error)) (any, error)

// patient is a local cloud with the sample creditors, whose answers a test may change.
func patient(t *testing.T, said answers) *deployment {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	creditors, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	var open atomic.Bool // once the cloud has started
	c, err := cloud.New(t.Context(), cloud.Options{
		Clock: clk, Store: store.Memory(), PortalURL: "http://127.0.0.1:8080", Creditors: creditors,
		Intercept: func(_ context.Context, call wire.Call, next func() (any, error)) (any, error) {
			if answer, ok := said[call.Service+" "+call.Operation]; ok && open.Load() {
				return answer(call, next)
			}
			return next()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	open.Store(true)
	server := httptest.NewServer(c.Door())
	t.Cleanup(server.Close)
	return &deployment{c, server.URL, t.TempDir()}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; go test -update writes it anew. Got:\n%s", name, got)
	}
}

// The local cloud lacks some operations: what they would tell is not checked, and never ok.
func TestDoctorOfAHealthyLocalCloud(t *testing.T) {
	d := patient(t, nil)
	code, out := d.ops(t, "", "doctor")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	golden(t, "doctor-local.golden", out)
}

// A cloud that answers what AWS answers leaves nothing open but what the tool cannot ask.
func TestDoctorOfAHealthyDeployment(t *testing.T) {
	d := patient(t, asOnAWS(nil))
	args, _ := d.sample(t)
	if code, out := d.ops(t, "", args...); code != 0 {
		t.Fatal(out)
	}
	code, out := d.ops(t, "", "doctor")
	if code != 0 || strings.Count(out, "not checked ") != 1 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	golden(t, "doctor-aws.golden", out)
}

// asOnAWS answers what the local cloud does not know, and says that every execution runs a definition. Nil is this release's.
func asOnAWS(definition func() string) answers {
	reply := func(text string) func(wire.Call, func() (any, error)) (any, error) {
		return func(wire.Call, func() (any, error)) (any, error) { return json.RawMessage(text), nil }
	}
	if definition == nil {
		definition = func() string {
			text, err := statemachines.Definition(contract.MachineRuler, func(f string) string {
				return "arn:aws:lambda:us-east-1:000000000000:function:regua-local-" + f
			})
			if err != nil {
				panic(err)
			}
			return string(text)
		}
	}
	return answers{
		"dynamodb DescribeContinuousBackups": reply(`{"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",` +
			`"PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"ENABLED"}}}`),
		"dynamodb DescribeTable": func(_ wire.Call, _ func() (any, error)) (any, error) {
			return json.RawMessage(`{"Table":{"TableStatus":"ACTIVE","DeletionProtectionEnabled":true,` +
				`"SSEDescription":{"Status":"ENABLED","SSEType":"KMS"},` +
				`"GlobalSecondaryIndexes":[{"IndexName":"pending","IndexStatus":"ACTIVE"},{"IndexName":"booked","IndexStatus":"ACTIVE"}]}}`), nil
		},
		"kms DescribeKey": reply(`{"KeyMetadata":{"KeyId":"k","KeyState":"Enabled"}}`),
		"states DescribeStateMachineForExecution": func(wire.Call, func() (any, error)) (any, error) {
			return map[string]any{"definition": definition(), "name": "m", "roleArn": "r", "stateMachineArn": "a", "updateDate": 1}, nil
		},
		"sns GetTopicAttributes": func(wire.Call, func() (any, error)) (any, error) {
			return xml("GetTopicAttributes", "<Attributes></Attributes>"), nil
		},
		"sns ListSubscriptionsByTopic":  func(wire.Call, func() (any, error)) (any, error) { return subscriptions(), nil },
		"sns GetSubscriptionAttributes": subscription,
		"sqs GetQueueUrl": func(call wire.Call, next func() (any, error)) (any, error) {
			if bytes.Contains(call.Body, []byte("-schedules-dead")) {
				return map[string]string{"QueueUrl": "https://sqs.invalid/000000000000/regua-local-creditor-signals-dead"}, nil
			}
			return next()
		},
	}
}

func xml(operation, inner string) []byte {
	return []byte("<" + operation + "Response><" + operation + "Result>" + inner + "</" + operation + "Result></" + operation + "Response>")
}

func subscriptions() []byte {
	var members strings.Builder
	for _, s := range contract.Subscriptions() {
		members.WriteString("<member><Endpoint>arn:aws:sqs:us-east-1:000000000000:regua-local-" + s.Queue + "</Endpoint>" +
			"<SubscriptionArn>arn:aws:sns:us-east-1:000000000000:regua-local-events:" + s.Queue + "</SubscriptionArn></member>")
	}
	return xml("ListSubscriptionsByTopic", "<Subscriptions>"+members.String()+"</Subscriptions>")
}

func subscription(call wire.Call, _ func() (any, error)) (any, error) {
	for _, s := range contract.Subscriptions() {
		if !bytes.HasSuffix(call.Body, []byte("regua-local-events%3A"+s.Queue+"&Version=2010-03-31")) {
			continue
		}
		filter, err := json.Marshal(map[string]any{"type": s.EventTypes})
		return xml("GetSubscriptionAttributes", "<Attributes><entry><key>FilterPolicy</key><value>"+html.EscapeString(string(filter))+
			"</value></entry><entry><key>RawMessageDelivery</key><value>true</value></entry></Attributes>"), err
	}
	return nil, wire.Errorf("NotFound", "no such subscription: %s", call.Body)
}

func (d *deployment) putSecret(t *testing.T, name, value string) {
	t.Helper()
	_, err := secretsmanager.NewFromConfig(d.Parts.AWS).PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
		SecretId: aws.String("regua-local-" + name), SecretString: &value,
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (d *deployment) putItem(t *testing.T, item map[string]string) {
	t.Helper()
	values := map[string]dynamodbtypes.AttributeValue{"version": &dynamodbtypes.AttributeValueMemberN{Value: "1"}}
	for name, value := range item {
		values[name] = &dynamodbtypes.AttributeValueMemberS{Value: value}
	}
	_, err := dynamodb.NewFromConfig(d.Parts.AWS).PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(tableName), Item: values})
	if err != nil {
		t.Fatal(err)
	}
}

func (d *deployment) send(t *testing.T, queue string) {
	t.Helper()
	_, err := sqs.NewFromConfig(d.Parts.AWS).SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl:    aws.String("https://sqs.us-east-1.amazonaws.com/000000000000/regua-local-" + queue),
		MessageBody: aws.String("{}"),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// withClock puts a proxy before the deployment that dates its answers.
func (d *deployment) withClock(t *testing.T, ahead time.Duration) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		d.Services.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	d.endpoint = server.URL
}
