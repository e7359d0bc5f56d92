package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// maxDelay is the longest that SQS holds a message back.
const maxDelay = 15 * time.Minute

// Queue sends work to one queue.
type Queue struct {
	client *sqs.Client
	url    string
}

// NewQueue makes a sender to a queue.
func NewQueue(client *sqs.Client, url string) *Queue { return &Queue{client, url} }

// Send puts the JSON form of body on the queue. It must hold ids only, never personal data.
func (q *Queue) Send(ctx context.Context, body any) error { return q.SendAfter(ctx, body, 0) }

// SendAfter puts the JSON form of body on the queue, which holds it back for a time of whole seconds, at most 15 minutes. Body must hold
// ids only, never personal data.
func (q *Queue) SendAfter(ctx context.Context, body any, wait time.Duration) error {
	message, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("encode queue message: %w", err)
	}
	_, err = q.client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(q.url), MessageBody: aws.String(string(message)), DelaySeconds: int32(min(wait, maxDelay) / time.Second),
	})
	if err != nil {
		return translate("send to queue", err)
	}
	return nil
}
