package messaging_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/store"
)

const eventsARN = "arn:aws:sns:us-east-1:000000000000:events"

func text(value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
}

func withTopic(t *testing.T, subscriptions ...messaging.SubscriptionSpec) *cloud {
	t.Helper()
	c := newCloud(t, store.Memory(), noon)
	c.must(c.CreateTopic("events"))
	for _, s := range subscriptions {
		c.must(c.CreateQueue(messaging.QueueSpec{Name: s.Queue}))
		s.Topic = "events"
		c.must(c.Subscribe(s))
	}
	c.must(c.Resume())
	return c
}

func TestFanOutFiltersOnTheType(t *testing.T) {
	c := withTopic(t, messaging.SubscriptionSpec{Queue: "all", Raw: true},
		messaging.SubscriptionSpec{Queue: "paid", Raw: true, EventTypes: []string{"payment.confirmed", "payment.refunded"}})
	publish := func(body string, attributes map[string]types.MessageAttributeValue) {
		_, err := c.sns.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(eventsARN), Message: &body, MessageAttributes: attributes})
		c.must(err)
	}
	list := text(`["x","payment.refunded"]`)
	list.DataType = aws.String("String.Array")
	publish("a", map[string]types.MessageAttributeValue{"type": text("payment.confirmed"), "creditor": text("c1")})
	publish("b", map[string]types.MessageAttributeValue{"type": text("payment.confirmed.late")})
	publish("c", nil)
	publish("d", map[string]types.MessageAttributeValue{"type": list})
	if all, paid := c.bodies("all"), c.bodies("paid"); !reflect.DeepEqual(all, []string{"a", "b", "c", "d"}) ||
		!reflect.DeepEqual(paid, []string{"a", "d"}) {
		t.Errorf("all %q, paid %q", all, paid)
	}
	if got := c.Messages("paid")[0].Attributes; *got["creditor"].StringValue != "c1" {
		t.Errorf("raw delivery lost the attributes: %v", got)
	}
}

func TestNotificationDocument(t *testing.T) {
	c := withTopic(t, messaging.SubscriptionSpec{Queue: "all"})
	out, err := c.sns.Publish(t.Context(), &sns.PublishInput{TopicArn: aws.String(eventsARN), Message: aws.String(`{"a":"<&>"}`),
		MessageAttributes: map[string]types.MessageAttributeValue{"type": text("x")}})
	c.must(err)
	var got map[string]any
	c.must(json.Unmarshal([]byte(c.bodies("all")[0]), &got))
	if got["Type"] != "Notification" || got["Message"] != `{"a":"<&>"}` || got["MessageId"] != *out.MessageId ||
		got["TopicArn"] != eventsARN ||
		got["Timestamp"] != "2026-03-02T12:00:00.000Z" ||
		!reflect.DeepEqual(got["MessageAttributes"], map[string]any{"type": map[string]any{"Type": "String", "Value": "x"}}) {
		t.Errorf("document %v", got)
	}
}

func TestPublishBatch(t *testing.T) {
	c := withTopic(t, messaging.SubscriptionSpec{Queue: "paid", Raw: true, EventTypes: []string{"paid"}})
	entry := func(id, body, kind string) types.PublishBatchRequestEntry {
		return types.PublishBatchRequestEntry{Id: &id, Message: &body,
			MessageAttributes: map[string]types.MessageAttributeValue{"type": text(kind)}}
	}
	publish := func(entries ...types.PublishBatchRequestEntry) (*sns.PublishBatchOutput, error) {
		return c.sns.PublishBatch(t.Context(), &sns.PublishBatchInput{TopicArn: aws.String(eventsARN), PublishBatchRequestEntries: entries})
	}
	out, err := publish(entry("1", "a+b&c=ç", "paid"), entry("2", "b", "other"), entry("3", "c", "paid"))
	c.must(err)
	if len(out.Successful) != 3 || *out.Successful[2].Id != "3" || *out.Successful[0].MessageId == *out.Successful[1].MessageId {
		t.Errorf("got %+v", out.Successful)
	}
	if got := c.bodies("paid"); !reflect.DeepEqual(got, []string{"a+b&c=ç", "c"}) {
		t.Errorf("queue holds %q", got)
	}
	out, err = publish(entry("1", "", "paid"), entry("2", "d", "paid"))
	c.must(err)
	if len(out.Successful) != 1 || *out.Successful[0].Id != "2" || len(out.Failed) != 1 || *out.Failed[0].Id != "1" ||
		*out.Failed[0].Code != "InvalidParameter" || !out.Failed[0].SenderFault ||
		!reflect.DeepEqual(c.bodies("paid"), []string{"a+b&c=ç", "c", "d"}) {
		t.Errorf("got %+v, %+v, queue holds %q", out.Successful, out.Failed, c.bodies("paid"))
	}
	many := make([]types.PublishBatchRequestEntry, 11)
	for i := range many {
		many[i] = entry(strings.Repeat("x", i+1), "a", "paid")
	}
	if _, err := publish(many...); code(err) != "TooManyEntriesInBatchRequest" {
		t.Errorf("got %v", err)
	}
	if _, err := publish(entry("1", "a", "paid"), entry("1", "b", "paid")); code(err) != "BatchEntryIdsNotDistinct" {
		t.Errorf("got %v", err)
	}
	half := strings.Repeat("a", 140<<10)
	if _, err := publish(entry("1", half, "paid"), entry("2", half, "paid")); code(err) != "BatchRequestTooLong" {
		t.Errorf("got %v", err)
	}
}

func TestBadPublicationsAreRefused(t *testing.T) {
	c := withTopic(t, messaging.SubscriptionSpec{Queue: "all"})
	limit := strings.Repeat("a", 256<<10)
	for _, test := range []struct {
		name string
		in   sns.PublishInput
		want string
	}{
		{"largest", sns.PublishInput{Message: &limit}, ""},
		{"too large", sns.PublishInput{Message: aws.String(limit + "a")}, "InvalidParameter"},
		{"empty", sns.PublishInput{Message: aws.String("")}, "InvalidParameter"},
		{"unknown topic", sns.PublishInput{Message: aws.String("a"), TopicArn: aws.String(eventsARN + "2")}, "NotFound"},
		{"foreign topic", sns.PublishInput{Message: aws.String("a"), TopicArn: aws.String("events")}, "NotFound"},
		{"structure", sns.PublishInput{Message: aws.String("{}"), MessageStructure: aws.String("json")}, "InvalidParameter"},
		{"attribute without value", sns.PublishInput{Message: aws.String("a"),
			MessageAttributes: map[string]types.MessageAttributeValue{"type": {DataType: aws.String("String")}}}, "ParameterValueInvalid"},
	} {
		if test.in.TopicArn == nil {
			test.in.TopicArn = aws.String(eventsARN)
		}
		if _, err := c.sns.Publish(t.Context(), &test.in); code(err) != test.want || (test.want == "") != (err == nil) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
	if got := len(c.Messages("all")); got != 1 {
		t.Errorf("%d messages were delivered", got)
	}
}

func TestTextMessages(t *testing.T) {
	c := newCloud(t, store.Memory(), noon)
	publish := func(phone, body string) (*sns.PublishOutput, error) {
		return c.sns.Publish(t.Context(), &sns.PublishInput{PhoneNumber: &phone, Message: &body,
			MessageAttributes: map[string]types.MessageAttributeValue{"templateId": text("otp-code"), "AWS.SNS.SMS.SenderID": text("Regua")}})
	}
	if _, err := publish("+5511912345678", "x"); code(err) != "EndpointDisabled" {
		t.Errorf("without a mailbox: %v", err)
	}
	var got []string
	c.SMS = func(to, from, body, templateID string) (string, error) {
		got = []string{to, from, body, templateID}
		return "sms-1", nil
	}
	out, err := publish("+5511912345678", "código 123456")
	c.must(err)
	if *out.MessageId != "sms-1" || !reflect.DeepEqual(got, []string{"+5511912345678", "Regua", "código 123456", "otp-code"}) {
		t.Errorf("%s: %q", *out.MessageId, got)
	}
	for _, phone := range []string{"11912345678", "+0511912345678", "+55 11 91234"} {
		if _, err := publish(phone, "x"); code(err) != "InvalidParameter" || strings.Contains(err.Error(), phone) {
			t.Errorf("%s: got %v", phone, err)
		}
	}
	if _, err := publish("+5511912345678", strings.Repeat("é", 1601)); code(err) != "InvalidParameter" {
		t.Errorf("too long: got %v", err)
	}
}
