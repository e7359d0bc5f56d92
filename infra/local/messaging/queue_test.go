package messaging_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// cloud is a set of engines with the clients that reach them.
type cloud struct {
	*messaging.Engines
	t   *testing.T
	clk *clock.Clock
	st  *store.Store
	sqs *sqs.Client
	sns *sns.Client

	mu     sync.Mutex
	handle func(function string, payload []byte) ([]byte, error)
	calls  []call
}

type call struct {
	at       time.Time
	function string
	payload  []byte
}

func newCloud(t *testing.T, st *store.Store, start time.Time) *cloud {
	t.Helper()
	c := &cloud{t: t, clk: clock.Virtual(start), st: st}
	t.Cleanup(c.clk.Close)
	engines, err := messaging.New(c.clk, st, func(_ context.Context, function string, payload []byte) ([]byte, error) {
		c.mu.Lock()
		c.calls = append(c.calls, call{c.clk.Now(), function, payload})
		handle := c.handle
		c.mu.Unlock()
		if handle == nil {
			return []byte("null"), nil
		}
		return handle(function, payload)
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Engines = engines
	router := wire.NewRouter(map[string]wire.Engine{"sqs": engines.SQS(), "sns": engines.SNS()})
	config := aws.Config{Region: "us-east-1", HTTPClient: router, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}
	c.sqs, c.sns = sqs.NewFromConfig(config), sns.NewFromConfig(config)
	return c
}

func (c *cloud) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) queue(spec messaging.QueueSpec) *string {
	c.t.Helper()
	c.must(c.CreateQueue(spec))
	return c.url(spec.Name)
}

func (c *cloud) url(name string) *string {
	c.t.Helper()
	out, err := c.sqs.GetQueueUrl(c.t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	c.must(err)
	return out.QueueUrl
}

func (c *cloud) send(url *string, body string) {
	c.t.Helper()
	_, err := c.sqs.SendMessage(c.t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: &body})
	c.must(err)
}

func (c *cloud) receive(url *string) []types.Message {
	c.t.Helper()
	out, err := c.sqs.ReceiveMessage(c.t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10,
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"}, MessageAttributeNames: []string{"All"}})
	c.must(err)
	return out.Messages
}

func (c *cloud) settle() {
	c.t.Helper()
	c.must(c.clk.Settle(c.t.Context()))
}

func (c *cloud) advance(d time.Duration) {
	c.t.Helper()
	c.must(c.clk.Advance(c.t.Context(), c.clk.Now().Add(d)))
}

func (c *cloud) state(name string) [3]int {
	c.t.Helper()
	for _, s := range c.Queues() {
		if s.Name == name {
			return [3]int{s.Visible, s.InFlight, s.Delayed}
		}
	}
	c.t.Fatalf("no queue %s", name)
	return [3]int{}
}

func (c *cloud) bodies(queue string) []string {
	bodies := []string{}
	for _, m := range c.Messages(queue) {
		bodies = append(bodies, m.Body)
	}
	return bodies
}

func TestSendReceiveDelete(t *testing.T) {
	c := newCloud(t, store.Memory(), noon)
	url := c.queue(messaging.QueueSpec{Name: "work"})
	if *url != "http://sqs.us-east-1.localhost/000000000000/work" {
		t.Errorf("queue URL %s", *url)
	}
	sent, err := c.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("olá\n"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"type": {DataType: aws.String("String"), StringValue: aws.String("paid")},
			"blob": {DataType: aws.String("Binary"), BinaryValue: []byte{0, 255}},
		}})
	c.must(err)
	got := c.receive(url)
	if len(got) != 1 || *got[0].MessageId != *sent.MessageId || *got[0].Body != "olá\n" ||
		*got[0].MessageAttributes["type"].StringValue != "paid" ||
		!reflect.DeepEqual(got[0].MessageAttributes["blob"].BinaryValue, []byte{0, 255}) {
		t.Fatalf("received %+v", got)
	}
	if a := got[0].Attributes; a["ApproximateReceiveCount"] != "1" || a["SentTimestamp"] != "1772452800000" ||
		a["ApproximateFirstReceiveTimestamp"] != "1772452800000" {
		t.Errorf("attributes %v", a)
	}
	if again := c.receive(url); len(again) != 0 || c.state("work") != [3]int{0, 1, 0} {
		t.Errorf("visible in flight: %v, %v", again, c.state("work"))
	}
	c.advance(30 * time.Second)
	second := c.receive(url)
	if len(second) != 1 || second[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Fatalf("after the visibility timeout: %+v", second)
	}
	remove := func(handle *string) error {
		_, err := c.sqs.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: handle})
		return err
	}
	if c.must(remove(got[0].ReceiptHandle)); len(c.Messages("work")) != 1 {
		t.Error("an old receipt deleted the message")
	}
	if c.must(remove(second[0].ReceiptHandle)); len(c.Messages("work")) != 0 {
		t.Error("the message is still there")
	}
	c.must(remove(second[0].ReceiptHandle))
	var invalid *types.ReceiptHandleIsInvalid
	if err := remove(aws.String("nonsense")); !errors.As(err, &invalid) {
		t.Errorf("got %v", err)
	}
}

func TestDelayAndRetention(t *testing.T) {
	c := newCloud(t, store.Memory(), noon)
	url := c.queue(messaging.QueueSpec{Name: "late", Delay: 5 * time.Second, Retention: time.Hour})
	c.send(url, "a")
	_, err := c.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("b"), DelaySeconds: 900})
	c.must(err)
	if got := c.state("late"); got != [3]int{0, 0, 2} {
		t.Errorf("state %v", got)
	}
	c.advance(5 * time.Second)
	if got := c.state("late"); got != [3]int{1, 0, 1} {
		t.Errorf("state %v", got)
	}
	attributes, err := c.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url,
		AttributeNames: []types.QueueAttributeName{"All"}})
	c.must(err)
	if a := attributes.Attributes; a["ApproximateNumberOfMessages"] != "1" || a["ApproximateNumberOfMessagesDelayed"] != "1" ||
		a["QueueArn"] != "arn:aws:sqs:us-east-1:000000000000:late" || a["MessageRetentionPeriod"] != "3600" {
		t.Errorf("attributes %v", a)
	}
	c.advance(time.Hour)
	if got := c.receive(url); len(got) != 0 || c.state("late") != [3]int{} || len(c.Messages("late")) != 0 {
		t.Errorf("messages outlive the retention: %v", got)
	}
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestBadSendsAreRefused(t *testing.T) {
	c := newCloud(t, store.Memory(), noon)
	url := c.queue(messaging.QueueSpec{Name: "work"})
	limit := strings.Repeat("a", 256<<10)
	for _, test := range []struct {
		name string
		in   sqs.SendMessageInput
		want string
	}{
		{"largest", sqs.SendMessageInput{MessageBody: &limit}, ""},
		{"too large", sqs.SendMessageInput{MessageBody: aws.String(limit + "a")}, "InvalidParameterValue"},
		{"empty", sqs.SendMessageInput{MessageBody: aws.String("")}, "MissingParameter"},
		{"control character", sqs.SendMessageInput{MessageBody: aws.String("\x00")}, "InvalidMessageContents"},
		{"delay too long", sqs.SendMessageInput{MessageBody: aws.String("a"), DelaySeconds: 901}, "InvalidParameterValue"},
		{"unknown queue", sqs.SendMessageInput{MessageBody: aws.String("a"), QueueUrl: aws.String("http://x/none")}, "QueueDoesNotExist"},
		{"member the engine does not know", sqs.SendMessageInput{MessageBody: aws.String("a"), MessageGroupId: aws.String("g")},
			"UnsupportedOperation"},
	} {
		if test.in.QueueUrl == nil {
			test.in.QueueUrl = url
		}
		if _, err := c.sqs.SendMessage(t.Context(), &test.in); code(err) != test.want || (test.want == "") != (err == nil) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := c.sqs.ListQueues(t.Context(), &sqs.ListQueuesInput{}); code(err) != "UnknownOperationException" {
		t.Errorf("unknown operation: %v", err)
	}
}

func TestDefinitionsAreChecked(t *testing.T) {
	c := newCloud(t, store.Memory(), noon)
	c.must(c.CreateQueue(messaging.QueueSpec{Name: "q", DeadLetter: "none", MaxReceive: 3}))
	c.must(c.CreateTopic("topic"))
	for name, err := range map[string]error{
		"queue twice":        c.CreateQueue(messaging.QueueSpec{Name: "q"}),
		"redrive half given": c.CreateQueue(messaging.QueueSpec{Name: "r", MaxReceive: 3}),
		"delay out of range": c.CreateQueue(messaging.QueueSpec{Name: "r", Delay: time.Hour}),
		"topic twice":        c.CreateTopic("topic"),
		"no such topic":      c.Subscribe(messaging.SubscriptionSpec{Topic: "none", Queue: "q"}),
		"no such queue":      c.Subscribe(messaging.SubscriptionSpec{Topic: "topic", Queue: "none"}),
		"batch of 11":        c.CreateQueue(messaging.QueueSpec{Name: "r", Function: "g", BatchSize: 11}),
		"rule too frequent":  c.Schedule(messaging.RuleSpec{Name: "r", Times: messaging.Rate(time.Second), Function: "f"}),
		"rule without time":  c.Schedule(messaging.RuleSpec{Name: "r", Function: "f"}),
		"no dead letters":    c.Resume(),
	} {
		if err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}
