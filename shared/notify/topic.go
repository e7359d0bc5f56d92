// Package notify sends messages: events to the topic and work to the queues.
package notify

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/regua/regua/shared/cloudfault"
	"github.com/regua/regua/shared/collection"
)

const (
	// maxEntries and maxBytes are SNS's bounds on one PublishBatch; a quarter of the bytes is left to attributes.
	maxEntries = 10
	maxBytes   = 192 << 10
)

// Topic publishes events.
type Topic struct {
	client *sns.Client
	arn    string
}

// NewTopic makes a publisher to a topic.
func NewTopic(client *sns.Client, arn string) *Topic { return &Topic{client, arn} }

// Publish puts all messages on the topic, in batches, with their type and creditor as message attributes that subscriptions filter on.
// When any is refused it returns an error, though others may be out; publishing all of them again is harmless, since readers dedupe.
func (t *Topic) Publish(ctx context.Context, messages []collection.Message) error {
	for len(messages) > 0 {
		n := batchLength(messages)
		if err := t.publishBatch(ctx, messages[:n]); err != nil {
			return err
		}
		messages = messages[n:]
	}
	return nil
}

// batchLength is how many messages fit into the next batch, at least one.
func batchLength(messages []collection.Message) int {
	size := 0
	for i, m := range messages {
		size += len(m.Body)
		if i > 0 && (i == maxEntries || size > maxBytes) {
			return i
		}
	}
	return len(messages)
}

func (t *Topic) publishBatch(ctx context.Context, messages []collection.Message) error {
	in := &sns.PublishBatchInput{TopicArn: aws.String(t.arn)}
	for i, m := range messages {
		in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, types.PublishBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), Message: aws.String(string(m.Body)),
			MessageAttributes: map[string]types.MessageAttributeValue{
				"type": attribute(m.Type), "creditorId": attribute(string(m.Creditor)),
			},
		})
	}
	out, err := t.client.PublishBatch(ctx, in)
	if err != nil {
		return translate("publish events", err)
	}
	if len(out.Failed) > 0 {
		return fmt.Errorf("%w: publish events: %d of %d refused, first with %s", collection.ErrUnavailable, len(out.Failed), len(messages),
			aws.ToString(out.Failed[0].Code))
	}
	return nil
}

func attribute(value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
}

// translate marks what another try may cure with ErrUnavailable: no answer, a fault of the service, too much to do.
func translate(what string, err error) error {
	if cloudfault.Passing(err, "Throttled", "Throttling", "ThrottlingException", "RequestThrottled") {
		return fmt.Errorf("%w: %s: %w", collection.ErrUnavailable, what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
