package messaging_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

func TestConcurrentSendersLoseNothing(t *testing.T) {
	c, url := mapped(t, messaging.QueueSpec{Name: "work"}, 10)
	got := map[string]int{}
	c.handle = func(_ string, payload []byte) ([]byte, error) {
		var event events.SQSEvent
		err := json.Unmarshal(payload, &event)
		for _, record := range event.Records {
			got[record.Body]++
		}
		return nil, err
	}
	var wg sync.WaitGroup
	for sender := range 8 {
		wg.Go(func() {
			for i := range 40 {
				if _, err := c.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url,
					MessageBody: aws.String(fmt.Sprintf("%d-%d", sender, i))}); err != nil {
					t.Error(err)
				}
				c.Queues()
			}
		})
	}
	wg.Wait()
	c.settle()
	for body, n := range got {
		if n != 1 {
			t.Errorf("%s was delivered %d times", body, n)
		}
	}
	if len(got) != 320 || c.state("work") != [3]int{} {
		t.Errorf("%d messages were delivered, left %v", len(got), c.state("work"))
	}
}

// What the store does not take is not sent, not received and not deleted.
func TestNothingChangesWhenTheStoreFails(t *testing.T) {
	st, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := newCloud(t, st, noon)
	url := c.queue(messaging.QueueSpec{Name: "work", Function: "intake"})
	c.send(url, "kept")
	c.must(st.Close())
	before := c.Messages("work")
	if _, err := c.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("lost")}); err == nil {
		t.Error("the send was acknowledged")
	}
	if _, err := c.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url}); err == nil {
		t.Error("the receive was acknowledged")
	}
	if after := c.Messages("work"); len(after) != 1 || after[0].Receives != 0 || after[0].ID != before[0].ID {
		t.Errorf("queue changed to %+v", after)
	}
	c.must(c.Resume())
	c.advance(3 * time.Second)
	if len(c.calls) != 0 {
		t.Error("a message was delivered that the store had not let go")
	}
}

func FuzzCalls(f *testing.F) {
	f.Add("SendMessage", []byte(`{"QueueUrl":"http://x/work","MessageBody":"a"}`))
	f.Add("ReceiveMessage", []byte(`{"QueueUrl":"http://x/work","MaxNumberOfMessages":3}`))
	f.Add("DeleteMessage", []byte(`{"QueueUrl":"work","ReceiptHandle":"1-1"}`))
	f.Add("Publish", []byte("TopicArn=arn&Message=a&MessageAttributes.entry.1.Name=type&MessageAttributes.entry.1.Value.DataType=String"))
	f.Add("PublishBatch", []byte("PublishBatchRequestEntries.member.1.Id=1&PublishBatchRequestEntries.member.1.Message=a"))
	clk := clock.Virtual(noon)
	f.Cleanup(clk.Close)
	engines, err := messaging.New(clk, store.Memory(), nil)
	if err != nil {
		f.Fatal(err)
	}
	if err := engines.CreateQueue(messaging.QueueSpec{Name: "work"}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, operation string, body []byte) {
		for _, engine := range []wire.Engine{engines.SQS(), engines.SNS()} {
			answer, err := engine.Serve(t.Context(), wire.Call{Operation: operation, Body: body})
			if answer != nil && err != nil {
				t.Errorf("both an answer and the error %v", err)
			}
			if _, encodeErr := json.Marshal(answer); encodeErr != nil {
				t.Errorf("answer cannot be encoded: %v", encodeErr)
			}
		}
	})
}
