package messaging

import (
	"context"
	"crypto/md5" //nolint:gosec // the checksum that SQS defines
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/wire"
)

type sqsEngine struct{ *Engines }

// Serve answers an SQS call.
func (e sqsEngine) Serve(_ context.Context, call wire.Call) (any, error) {
	switch call.Operation {
	case "SendMessage":
		return wire.Answer(call, "UnsupportedOperation", e.sendMessage)
	case "ReceiveMessage":
		return wire.Answer(call, "UnsupportedOperation", e.receiveMessage)
	case "DeleteMessage":
		return wire.Answer(call, "UnsupportedOperation", e.deleteMessage)
	case "GetQueueUrl":
		return wire.Answer(call, "UnsupportedOperation", e.getQueueURL)
	case "GetQueueAttributes":
		return wire.Answer(call, "UnsupportedOperation", e.getQueueAttributes)
	}
	return nil, wire.Unknown(call)
}

func (e *Engines) byURL(url string) (*queue, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if q := e.queues[url[strings.LastIndexByte(url, '/')+1:]]; q != nil {
		return q, nil
	}
	return nil, wire.Errorf("QueueDoesNotExist", "The specified queue does not exist.")
}

type sendRequest struct {
	QueueURL          string `json:"QueueUrl"`
	MessageBody       string
	DelaySeconds      *int
	MessageAttributes map[string]Attribute
}

func (e *Engines) sendMessage(in sendRequest) (any, error) {
	q, err := e.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	out, err := in.outgoing(q)
	if err != nil {
		return nil, err
	}
	ids, err := e.enqueue([]outgoing{out})
	if err != nil {
		return nil, err
	}
	return map[string]string{"MessageId": ids[0], "MD5OfMessageBody": md5Hex(in.MessageBody)}, nil
}

func (in sendRequest) outgoing(q *queue) (outgoing, error) {
	out := outgoing{queue: q, body: in.MessageBody, attributes: in.MessageAttributes, delay: q.spec.Delay}
	switch {
	case in.MessageBody == "":
		return out, wire.Errorf("MissingParameter", "The request must contain the parameter MessageBody.")
	case strings.ContainsFunc(in.MessageBody, forbidden):
		return out, wire.Errorf("InvalidMessageContents", "The message contains characters outside the allowed set.")
	case messageSize(out.body, out.attributes) > maxMessage:
		return out, wire.Errorf("InvalidParameterValue",
			"One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", maxMessage)
	case len(in.MessageAttributes) > 10:
		return out, wire.Errorf("InvalidParameterValue", "Number of message attributes [%d] exceeds the allowed maximum [10].",
			len(in.MessageAttributes))
	}
	if in.DelaySeconds != nil {
		if *in.DelaySeconds < 0 || *in.DelaySeconds > 900 {
			return out, wire.Errorf("InvalidParameterValue", "Value %d for parameter DelaySeconds is invalid.", *in.DelaySeconds)
		}
		out.delay = time.Duration(*in.DelaySeconds) * time.Second
	}
	return out, nil
}

// forbidden holds bodies to the XML characters that SQS allows.
func forbidden(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

func messageSize(body string, attributes map[string]Attribute) int {
	size := len(body)
	for name, a := range attributes {
		size += len(name) + len(a.DataType) + len(a.BinaryValue)
		if a.StringValue != nil {
			size += len(*a.StringValue)
		}
	}
	return size
}

func (e *Engines) receiveMessage(in struct {
	QueueURL                    string `json:"QueueUrl"`
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             int
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
}) (any, error) {
	q, err := e.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	limit, visibility := 1, q.spec.VisibilityTimeout
	if in.MaxNumberOfMessages != nil {
		if limit = *in.MaxNumberOfMessages; limit < 1 || limit > maxBatch {
			return nil, wire.Errorf("InvalidParameterValue", "Value %d for parameter MaxNumberOfMessages is invalid.", limit)
		}
	}
	if in.VisibilityTimeout != nil {
		visibility = time.Duration(*in.VisibilityTimeout) * time.Second
		if visibility < 0 || visibility > 12*time.Hour {
			return nil, wire.Errorf("InvalidParameterValue", "Value %d for parameter VisibilityTimeout is invalid.", *in.VisibilityTimeout)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	batch, err := e.claimLocked(q, limit, visibility)
	if err != nil {
		return nil, err
	}
	messages := make([]map[string]any, 0, len(batch))
	for _, m := range batch {
		messages = append(messages, map[string]any{
			"MessageId": m.ID, "ReceiptHandle": m.receipt(), "Body": m.Body, "MD5OfBody": md5Hex(m.Body),
			"Attributes":        pick(m.systemAttributes(), append(in.AttributeNames, in.MessageSystemAttributeNames...)),
			"MessageAttributes": pick(m.Attributes, in.MessageAttributeNames),
		})
	}
	return map[string]any{"Messages": messages}, nil
}

// pick keeps the attributes that were asked for by name, by "All", or by the prefix "name.*".
func pick[V any](attributes map[string]V, names []string) map[string]V {
	picked := map[string]V{}
	for name, value := range attributes {
		if slices.ContainsFunc(names, func(asked string) bool {
			prefix, wildcard := strings.CutSuffix(asked, ".*")
			return asked == "All" || asked == name || wildcard && strings.HasPrefix(name, prefix)
		}) {
			picked[name] = value
		}
	}
	return picked
}

// receipt names the message and the one time it was received.
func (m *Message) receipt() string { return fmt.Sprintf("%x-%d", m.Sequence, m.Receives) }

func (e *Engines) deleteMessage(in struct {
	QueueURL      string `json:"QueueUrl"`
	ReceiptHandle string
}) (any, error) {
	q, err := e.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	key, count, _ := strings.Cut(in.ReceiptHandle, "-")
	sequence, keyErr := strconv.ParseUint(key, 16, 64)
	receives, countErr := strconv.Atoi(count)
	if keyErr != nil || countErr != nil {
		return nil, wire.Errorf("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return nil, e.deleteLocked(q, []*Message{{Sequence: sequence, Receives: receives}})
}

func (e *Engines) getQueueURL(in struct {
	QueueName              string
	QueueOwnerAWSAccountID string `json:"QueueOwnerAWSAccountId"`
}) (any, error) {
	if _, err := e.byURL(in.QueueName); err != nil {
		return nil, err
	}
	return map[string]string{"QueueUrl": queueURL + in.QueueName}, nil
}

func (e *Engines) getQueueAttributes(in struct {
	QueueURL       string `json:"QueueUrl"`
	AttributeNames []string
}) (any, error) {
	q, err := e.byURL(in.QueueURL)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	state := q.state(e.clk.Now())
	e.mu.Unlock()
	seconds := func(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
	attributes := map[string]string{
		"QueueArn":                              queueARN + q.spec.Name,
		"ApproximateNumberOfMessages":           strconv.Itoa(state.Visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(state.InFlight),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(state.Delayed),
		"VisibilityTimeout":                     seconds(q.spec.VisibilityTimeout),
		"DelaySeconds":                          seconds(q.spec.Delay),
		"MessageRetentionPeriod":                seconds(q.spec.Retention),
		"MaximumMessageSize":                    strconv.Itoa(maxMessage),
	}
	if q.spec.DeadLetter != "" {
		attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":"%s","maxReceiveCount":%d}`,
			queueARN+q.spec.DeadLetter, q.spec.MaxReceive)
	}
	return map[string]any{"Attributes": pick(attributes, in.AttributeNames)}, nil
}

func md5Hex(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // the checksum that SQS defines
	return hex.EncodeToString(sum[:])
}
