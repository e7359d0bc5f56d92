package task

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/shared/strictjson"
)

// Delivery is what a queue says about one delivery of a message.
type Delivery struct {
	MessageID string
	// Attempt counts the deliveries of this message, from 1; 0 when the queue does not say.
	Attempt int
}

// Queue makes a function that an SQS queue feeds. Each message's body decodes strictly; a message that cannot be decoded, or whose f
// fails, is reported as failed by itself, so that the queue gives it again and at last sets it aside as dead.
func Queue[Msg any](name string, log *slog.Logger, f func(ctx context.Context, msg Msg, delivery Delivery) error) lambda.Handler {
	return handler(func(ctx context.Context, payload []byte) ([]byte, error) {
		var batch events.SQSEvent
		if err := json.Unmarshal(payload, &batch); err != nil { // SQS's own envelope, which grows
			log.ErrorContext(ctx, "queue batch", "function", name, "error", err)
			return nil, named(fmt.Errorf("decode batch: %w", err))
		}
		answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for _, record := range batch.Records {
			if !deliver(ctx, name, log, record, f) {
				answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
			}
		}
		return json.Marshal(answer)
	})
}

// deliver hands one message over and reports whether the queue may forget it.
func deliver[Msg any](
	ctx context.Context, name string, log *slog.Logger, record events.SQSMessage, f func(context.Context, Msg, Delivery) error,
) bool {
	delivery := Delivery{MessageID: record.MessageId}
	delivery.Attempt, _ = strconv.Atoi(record.Attributes["ApproximateReceiveCount"]) // 0 when absent, as documented
	log = log.With("function", name, "messageId", record.MessageId, "attempt", delivery.Attempt)
	msg, err := strictjson.Decode[Msg]([]byte(record.Body))
	if err != nil {
		log.ErrorContext(ctx, "message not understood", "correlationId", record.MessageId, "error", err)
		return false
	}
	log = log.With("correlationId", correlation(msg, record.MessageId))
	if err := f(ctx, msg, delivery); err != nil {
		log.WarnContext(ctx, "message failed", "error", err)
		return false
	}
	log.InfoContext(ctx, "message done")
	return true
}
