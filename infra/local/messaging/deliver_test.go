package messaging_test

import (
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"pgregory.net/rapid"

	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/store"
)

func mapped(t *testing.T, spec messaging.QueueSpec, batch int) (*cloud, *string) {
	t.Helper()
	c := newCloud(t, store.Memory(), noon)
	if spec.DeadLetter != "" {
		c.must(c.CreateQueue(messaging.QueueSpec{Name: spec.DeadLetter}))
	}
	spec.Function, spec.BatchSize = "intake", batch
	url := c.queue(spec)
	c.must(c.Resume())
	return c, url
}

func (c *cloud) records(i int) []events.SQSMessage {
	c.t.Helper()
	var event events.SQSEvent
	c.must(json.Unmarshal(c.calls[i].payload, &event))
	return event.Records
}

func TestMappingDeliversAndDeletes(t *testing.T) {
	c, url := mapped(t, messaging.QueueSpec{Name: "work"}, 2)
	_, err := c.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String(`{"id":1}`),
		MessageAttributes: map[string]types.MessageAttributeValue{"type": {DataType: aws.String("String"), StringValue: aws.String("paid")}}})
	c.must(err)
	c.settle()
	if len(c.calls) != 1 || c.calls[0].function != "intake" || c.state("work") != [3]int{} {
		t.Fatalf("calls %+v, state %v", c.calls, c.state("work"))
	}
	record := c.records(0)[0]
	if record.Body != `{"id":1}` || record.EventSourceARN != "arn:aws:sqs:us-east-1:000000000000:work" || record.EventSource != "aws:sqs" ||
		record.Attributes["ApproximateReceiveCount"] != "1" || *record.MessageAttributes["type"].StringValue != "paid" ||
		record.MessageId == "" || record.ReceiptHandle == "" || record.Md5OfBody != fmt.Sprintf("%x", md5.Sum([]byte(record.Body))) {
		t.Errorf("record %+v", record)
	}
}

func TestBatchesAreFilledInOrder(t *testing.T) {
	c, url := mapped(t, messaging.QueueSpec{Name: "work", Delay: time.Second}, 2)
	for _, body := range []string{"1", "2", "3"} {
		c.send(url, body)
	}
	c.settle()
	if len(c.calls) != 0 {
		t.Fatal("delivered before the delay")
	}
	c.advance(time.Second)
	if len(c.calls) != 2 || len(c.records(0)) != 2 || c.records(0)[0].Body != "1" || len(c.records(1)) != 1 || c.records(1)[0].Body != "3" {
		t.Errorf("%d calls: %s", len(c.calls), c.calls[0].payload)
	}
}

func TestErrorBringsTheBatchBackThenToDeadLetters(t *testing.T) {
	c, url := mapped(t, messaging.QueueSpec{Name: "work", VisibilityTimeout: time.Minute, MaxReceive: 3, DeadLetter: "dead"}, 10)
	c.handle = func(string, []byte) ([]byte, error) { return nil, errors.New("intake is broken") }
	c.send(url, "a")
	c.send(url, "b")
	c.settle()
	c.advance(59 * time.Second)
	first := len(c.calls)
	if c.state("work") != [3]int{0, 2, 0} {
		t.Fatalf("state %v after %d calls", c.state("work"), first)
	}
	c.advance(time.Second)
	if len(c.calls) == first || c.calls[first].at != noon.Add(time.Minute) {
		t.Fatal("the batch did not come back after the visibility timeout")
	}
	c.advance(time.Hour)
	counts := map[string]int{}
	for i := range c.calls {
		for _, record := range c.records(i) {
			counts[record.Body]++
		}
	}
	if !reflect.DeepEqual(counts, map[string]int{"a": 3, "b": 3}) || c.state("work") != [3]int{} ||
		!reflect.DeepEqual(c.bodies("dead"), []string{"a", "b"}) {
		t.Errorf("received %v, work %v, dead %q", counts, c.state("work"), c.bodies("dead"))
	}
	dead := c.receive(c.url("dead"))
	if len(dead) != 2 || dead[0].Attributes["DeadLetterQueueSourceArn"] != "arn:aws:sqs:us-east-1:000000000000:work" {
		t.Errorf("dead letters %+v", dead)
	}
}

func TestBatchItemFailures(t *testing.T) {
	report := func(ids ...string) string {
		type failure struct {
			ItemIdentifier string `json:"itemIdentifier"`
		}
		response := map[string][]failure{"batchItemFailures": {}}
		for _, id := range ids {
			response["batchItemFailures"] = append(response["batchItemFailures"], failure{id})
		}
		out, _ := json.Marshal(response)
		return string(out)
	}
	for _, test := range []struct {
		name   string
		answer func(second string) string
		left   []string
	}{
		{"one of three", func(id string) string { return report(id) }, []string{"2"}},
		{"none", func(string) string { return report() }, []string{}},
		{"null", func(string) string { return `null` }, []string{}},
		{"null list", func(string) string { return `{"batchItemFailures":null}` }, []string{}},
		{"empty", func(string) string { return `` }, []string{}},
		{"other object", func(string) string { return `{}` }, []string{}},
		{"unknown id", func(string) string { return report("x") }, []string{"1", "2", "3"}},
		{"empty id", func(string) string { return report("") }, []string{"1", "2", "3"}},
		{"wrong key", func(string) string { return `{"batchItemFailures":[{"id":"x"}]}` }, []string{"1", "2", "3"}},
		{"not an object", func(string) string { return `"ok"` }, []string{"1", "2", "3"}},
		{"not JSON", func(string) string { return `{` }, []string{"1", "2", "3"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, url := mapped(t, messaging.QueueSpec{Name: "work", Delay: time.Second}, 10)
			c.handle = func(_ string, payload []byte) ([]byte, error) {
				var event events.SQSEvent
				if err := json.Unmarshal(payload, &event); err != nil || len(event.Records) != 3 {
					return nil, errors.New("not the batch of three")
				}
				return []byte(test.answer(event.Records[1].MessageId)), nil
			}
			for _, body := range []string{"1", "2", "3"} {
				c.send(url, body)
			}
			c.advance(time.Second)
			if got := c.bodies("work"); len(c.calls) != 1 || !reflect.DeepEqual(got, test.left) {
				t.Errorf("%d calls, left %q, want %q", len(c.calls), got, test.left)
			}
		})
	}
}

func TestFunctionsMaySendWhileTheyHandle(t *testing.T) {
	c, url := mapped(t, messaging.QueueSpec{Name: "work"}, 10)
	c.must(c.CreateQueue(messaging.QueueSpec{Name: "next"}))
	next := c.url("next")
	c.handle = func(_ string, payload []byte) ([]byte, error) {
		if strings.Contains(string(payload), `"body":"again"`) {
			return nil, nil
		}
		c.send(next, "from the handler")
		c.send(url, "again") // to its own queue
		return nil, nil
	}
	c.send(url, "first")
	c.settle()
	if !reflect.DeepEqual(c.bodies("next"), []string{"from the handler"}) || len(c.calls) != 2 || c.state("work") != [3]int{} {
		t.Errorf("next %q, %d calls, work %v", c.bodies("next"), len(c.calls), c.state("work"))
	}
}

func TestHookDuplicatesDelaysAndLoses(t *testing.T) {
	c, url := mapped(t, messaging.QueueSpec{Name: "work"}, 1)
	c.Deliver = func(queue, body string) []time.Duration {
		switch body {
		case "twice":
			return make([]time.Duration, 2)
		case "late":
			return []time.Duration{time.Hour}
		}
		return nil
	}
	for _, body := range []string{"twice", "late", "lost"} {
		c.send(url, body)
	}
	c.settle()
	if len(c.calls) != 2 || c.records(0)[0].MessageId != c.records(1)[0].MessageId ||
		c.records(0)[0].ReceiptHandle == c.records(1)[0].ReceiptHandle {
		t.Fatalf("%d calls for the duplicate", len(c.calls))
	}
	if c.state("work") != [3]int{0, 0, 1} {
		t.Errorf("state %v", c.state("work"))
	}
	c.advance(time.Hour)
	if len(c.calls) != 3 || c.calls[2].at != noon.Add(time.Hour) || c.state("work") != [3]int{} {
		t.Errorf("%d calls, state %v", len(c.calls), c.state("work"))
	}
}

// One seed gives one order, another seed another; nothing is lost, something comes twice, something overtakes.
func TestAtLeastOnceFollowsItsSeed(t *testing.T) {
	run := func(seed uint64) []string {
		c, url := mapped(t, messaging.QueueSpec{Name: "work"}, 1)
		defer c.clk.Close()
		c.Deliver = messaging.AtLeastOnce(seed, time.Minute)
		for i := range 40 {
			c.send(url, fmt.Sprintf("%02d", i))
		}
		c.advance(time.Minute)
		var got []string
		for i := range c.calls {
			got = append(got, c.records(i)[0].Body)
		}
		return got
	}
	first, again, other := run(1), run(1), run(2)
	if !reflect.DeepEqual(first, again) || reflect.DeepEqual(first, other) || slices.IsSorted(first) {
		t.Errorf("seed 1: %q and %q, seed 2: %q", first, again, other)
	}
	slices.Sort(first)
	if twice := len(first) - len(slices.Compact(slices.Clone(first))); twice < 4 || len(first)-twice != 40 {
		t.Errorf("%d of 40 messages came twice, %d deliveries", twice, len(first))
	}
}

func TestQueueOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	open := func(start time.Time) *cloud {
		st, err := store.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		c := newCloud(t, st, start)
		c.must(c.CreateQueue(messaging.QueueSpec{Name: "dead"}))
		c.must(c.CreateQueue(messaging.QueueSpec{Name: "work", VisibilityTimeout: time.Minute, MaxReceive: 2, DeadLetter: "dead",
			Function: "intake"}))
		return c
	}
	first := open(noon)
	first.handle = func(string, []byte) ([]byte, error) { return nil, errors.New("down") }
	first.must(first.Resume())
	_, err := first.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: first.url("work"), MessageBody: aws.String("kept"),
		MessageAttributes: map[string]types.MessageAttributeValue{"type": {DataType: aws.String("String"), StringValue: aws.String("paid")}}})
	first.must(err)
	first.settle()
	id := first.Messages("work")[0].ID
	first.clk.Close()
	first.must(first.st.Close())

	second := open(noon.Add(30 * time.Second))
	if got := second.Messages("work"); len(got) != 1 || got[0].ID != id || got[0].Receives != 1 ||
		*got[0].Attributes["type"].StringValue != "paid" {
		t.Fatalf("after reopening: %+v", got)
	}
	second.handle = first.handle
	second.must(second.Resume())
	second.settle()
	if len(second.calls) != 0 {
		t.Error("delivered in flight")
	}
	second.advance(30 * time.Second)
	if len(second.calls) != 1 || second.records(0)[0].Attributes["ApproximateReceiveCount"] != "2" {
		t.Fatalf("%d calls after the visibility timeout", len(second.calls))
	}
	second.advance(time.Minute)
	second.send(second.url("dead"), "new")
	second.clk.Close()
	second.must(second.st.Close())

	third := open(noon.Add(time.Hour))
	defer third.st.Close()
	dead := third.Messages("dead")
	if len(dead) != 2 || dead[0].ID != id || dead[1].ID == id || len(third.Messages("work")) != 0 {
		t.Errorf("dead letters after the second reopening: %+v", dead)
	}
}

// Whatever the function does with its batches, each message ends handled or among the dead letters, exactly once, and is received no more
// often than allowed.
func TestNoMessageIsLost(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c, url := mapped(t, messaging.QueueSpec{Name: "work", MaxReceive: 3, DeadLetter: "dead"}, rapid.IntRange(1, 10).Draw(rt, "batch"))
		defer c.clk.Close()
		handled, received := map[string]int{}, map[string]int{}
		c.handle = func(_ string, payload []byte) ([]byte, error) {
			var event events.SQSEvent
			if err := json.Unmarshal(payload, &event); err != nil {
				return nil, err
			}
			broken := rapid.IntRange(0, 3).Draw(rt, "broken") == 0
			response := events.SQSEventResponse{}
			for _, record := range event.Records {
				received[record.Body]++
				switch {
				case broken:
				case rapid.Bool().Draw(rt, "fails"):
					response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
				default:
					handled[record.Body]++
				}
			}
			if broken {
				return nil, errors.New("broken")
			}
			return json.Marshal(response)
		}
		bodies := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,6}`), 1, 25, rapid.ID).Draw(rt, "bodies")
		for _, body := range bodies {
			c.send(url, body)
		}
		c.advance(time.Hour)
		for _, m := range c.Messages("dead") {
			handled[m.Body]++
			if received[m.Body] != 3 {
				rt.Errorf("%q is a dead letter after %d receives", m.Body, received[m.Body])
			}
		}
		for _, body := range bodies {
			if handled[body] != 1 || received[body] > 3 {
				rt.Errorf("%q ended %d times after %d receives", body, handled[body], received[body])
			}
		}
	})
}

func TestBatchesBesideEachOther(t *testing.T) {
	c, url := mapped(t, messaging.QueueSpec{Name: "work", Delay: time.Second}, 1)
	c.AtOnce = 3
	var arrived sync.WaitGroup
	arrived.Add(3)
	c.handle = func(string, []byte) ([]byte, error) { // each of the three waits for the others
		arrived.Done()
		arrived.Wait()
		return nil, nil
	}
	for _, body := range []string{"1", "2", "3"} {
		c.send(url, body)
	}
	c.advance(time.Second)
	if len(c.calls) != 3 || c.state("work") != [3]int{} {
		t.Errorf("%d calls, state %v", len(c.calls), c.state("work"))
	}
}
