package notify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/notify"
)

type cloud struct {
	*messaging.Engines
	topic *notify.Topic
	queue *notify.Queue
	calls int
	// answer, when set, is what the service says instead of doing anything.
	answer []byte
	fault  error
}

// newCloud has the topic "events", the queue "all" that hangs off it, "paid" for posted payments only, and the queue "work".
func newCloud(t *testing.T) *cloud {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	engines, err := messaging.New(clk, store.Memory(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		engines.CreateTopic("events"), engines.CreateQueue(messaging.QueueSpec{Name: "all"}),
		engines.CreateQueue(messaging.QueueSpec{Name: "paid"}), engines.CreateQueue(messaging.QueueSpec{Name: "work"}),
		engines.Subscribe(messaging.SubscriptionSpec{Topic: "events", Queue: "all", Raw: true}),
		engines.Subscribe(messaging.SubscriptionSpec{Topic: "events", Queue: "paid", Raw: true, EventTypes: []string{"payment.posted"}}),
		engines.Resume(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c := &cloud{Engines: engines}
	router := wire.NewRouter(map[string]wire.Engine{"sns": engines.SNS(), "sqs": engines.SQS()})
	router.Intercept = func(_ context.Context, _ wire.Call, next func() (any, error)) (any, error) {
		c.calls++
		if c.fault != nil || c.answer != nil {
			return c.answer, c.fault
		}
		return next()
	}
	config := aws.Config{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""), HTTPClient: router,
		BaseEndpoint: aws.String("http://local"), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
	c.topic = notify.NewTopic(sns.NewFromConfig(config), "arn:aws:sns:us-east-1:000000000000:events")
	c.queue = notify.NewQueue(sqs.NewFromConfig(config), "http://sqs.us-east-1.localhost/000000000000/work")
	return c
}

func messages(n, size int) []collection.Message {
	var out []collection.Message
	for i := range n {
		body := fmt.Appendf(nil, "%d", i)
		out = append(out, collection.Message{
			Type: "case.opened", Creditor: "vivamais", Body: append(body, bytes.Repeat([]byte("x"), max(0, size-len(body)))...),
		})
	}
	return out
}

func TestEventsReachTheirReaders(t *testing.T) {
	c := newCloud(t)
	sent := messages(25, 10)
	sent[7].Type = "payment.posted"
	if err := c.topic.Publish(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	all, paid := c.Messages("all"), c.Messages("paid")
	if len(all) != 25 || len(paid) != 1 || c.calls != 3 {
		t.Fatalf("%d and %d messages by %d calls", len(all), len(paid), c.calls)
	}
	for i, m := range all {
		if m.Body != string(sent[i].Body) || *m.Attributes["type"].StringValue != sent[i].Type ||
			*m.Attributes["creditorId"].StringValue != "vivamais" {
			t.Errorf("message %d is %+v", i, m)
		}
	}
	if err := c.topic.Publish(t.Context(), nil); err != nil || c.calls != 3 {
		t.Errorf("nothing was published by %d calls: %v", c.calls, err)
	}
}

// TestBatchesStayBelowTheBound: 256 KiB is SNS's bound on a batch with its attributes.
func TestBatchesStayBelowTheBound(t *testing.T) {
	for _, test := range []struct{ count, size, calls int }{
		{1, 200 << 10, 1}, {2, 100 << 10, 2}, {2, 96 << 10, 1}, {3, 96 << 10, 2}, {10, 1, 1}, {11, 1, 2}, {4, 200 << 10, 4},
	} {
		c := newCloud(t)
		if err := c.topic.Publish(t.Context(), messages(test.count, test.size)); err != nil {
			t.Fatal(err)
		}
		if c.calls != test.calls || len(c.Messages("all")) != test.count {
			t.Errorf("%d messages of %d bytes: %d calls, %d arrived", test.count, test.size, c.calls, len(c.Messages("all")))
		}
	}
}

func TestWorkReachesItsQueue(t *testing.T) {
	c := newCloud(t)
	if err := c.queue.Send(t.Context(), struct {
		CaseID string `json:"caseId"`
	}{"1"}); err != nil {
		t.Fatal(err)
	}
	if got := c.Messages("work"); len(got) != 1 || got[0].Body != `{"caseId":"1"}` {
		t.Errorf("%+v", got)
	}
	if err := c.queue.Send(t.Context(), make(chan int)); err == nil {
		t.Error("what has no JSON form was sent")
	}
}

func TestFaults(t *testing.T) {
	c := newCloud(t)
	for name, test := range map[string]struct {
		fault       error
		unavailable bool
	}{
		"service fault": {&wire.Error{Code: "InternalError", Status: 500}, true},
		"throttled":     {wire.Errorf("ThrottlingException", "slow down"), true},
		"no topic":      {wire.Errorf("NotFound", "no such topic"), false},
	} {
		c.fault = test.fault
		for i, err := range []error{c.topic.Publish(t.Context(), messages(1, 1)), c.queue.Send(t.Context(), "x")} {
			if err == nil || errors.Is(err, collection.ErrUnavailable) != test.unavailable {
				t.Errorf("%s, call %d: %v", name, i, err)
			}
		}
	}
}

func TestARefusedEntryIsAnError(t *testing.T) {
	c := newCloud(t)
	c.answer = []byte(`<PublishBatchResponse><PublishBatchResult><Successful/><Failed><member><Id>1</Id><Code>InternalError</Code>` +
		`<SenderFault>false</SenderFault></member></Failed></PublishBatchResult></PublishBatchResponse>`)
	if err := c.topic.Publish(t.Context(), messages(2, 1)); !errors.Is(err, collection.ErrUnavailable) {
		t.Errorf("one of two was refused: %v", err)
	}
}
