package messaging

import (
	"cmp"
	"crypto/md5" //nolint:gosec // the checksum that SQS defines
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/wire"
)

// request has the members of all SQS operations: none of those that one of them takes means anything else in another.
type request struct {
	QueueURL                    string `json:"QueueUrl"`
	QueueName                   string
	QueueOwnerAWSAccountID      string `json:"QueueOwnerAWSAccountId"`
	MessageBody                 string
	DelaySeconds                *int
	MessageAttributes           map[string]Attribute
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             int
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
	ReceiptHandle               string
}

// on makes an operation on the queue that the request names.
func (e *Engines) on(answer func(q *queue, in request) (any, error)) func(wire.Call) (any, error) {
	return wire.JSON("UnsupportedOperation", func(in request) (any, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		name := in.QueueURL[strings.LastIndexByte(in.QueueURL, '/')+1:]
		q := e.queues[cmp.Or(in.QueueName, name)]
		if q == nil {
			return nil, wire.Errorf("QueueDoesNotExist", "The specified queue does not exist.")
		}
		return answer(q, in)
	})
}

func (e *Engines) sendMessage(q *queue, in request) (any, error) {
	switch {
	case in.MessageBody == "":
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter MessageBody.")
	case strings.ContainsFunc(in.MessageBody, forbidden):
		return nil, wire.Errorf("InvalidMessageContents", "The message contains characters outside the allowed set.")
	case messageSize(in.MessageBody, in.MessageAttributes) > maxMessage:
		return nil, invalid("Reason: Message must be shorter than %d bytes.", maxMessage)
	case len(in.MessageAttributes) > 10:
		return nil, invalid("Number of message attributes [%d] exceeds the allowed maximum [10].", len(in.MessageAttributes))
	}
	delay, err := within(in.DelaySeconds, 0, 900, int(q.Delay/time.Second))
	if err != nil {
		return nil, err
	}
	id, copies := e.arriveLocked(q, in.MessageBody, in.MessageAttributes, time.Duration(delay)*time.Second)
	return map[string]string{"MessageId": id, "MD5OfMessageBody": md5Hex(in.MessageBody)}, e.commitLocked(copies...)
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("InvalidParameterValue", format, args...)
}

// within gives a number of a request, or the fallback when it has none.
func within(n *int, low, high, fallback int) (int, error) {
	switch {
	case n == nil:
		return fallback, nil
	case *n < low || *n > high:
		return 0, invalid("Value %d is invalid. Reason: Must be between %d and %d.", *n, low, high)
	}
	return *n, nil
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

func (e *Engines) receiveMessage(q *queue, in request) (any, error) {
	limit, err := within(in.MaxNumberOfMessages, 1, maxBatch, 1)
	if err != nil {
		return nil, err
	}
	visibility, err := within(in.VisibilityTimeout, 0, 12*60*60, int(q.VisibilityTimeout/time.Second))
	if err != nil {
		return nil, err
	}
	batch, err := e.claimLocked(q, limit, time.Duration(visibility)*time.Second)
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

func (e *Engines) deleteMessage(q *queue, in request) (any, error) {
	key, _, _ := strings.Cut(in.ReceiptHandle, "-")
	sequence, err := strconv.ParseUint(key, 16, 64)
	if err != nil {
		return nil, wire.Errorf("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
	}
	return nil, e.commitLocked(q.handled(sequence, in.ReceiptHandle)...)
}

func (e *Engines) getQueueURL(q *queue, _ request) (any, error) {
	return map[string]string{"QueueUrl": queueURL + q.Name}, nil
}

func (e *Engines) getQueueAttributes(q *queue, in request) (any, error) {
	state := q.state(e.clk.Now())
	seconds := func(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
	attributes := map[string]string{
		"QueueArn":                              queueARN + q.Name,
		"ApproximateNumberOfMessages":           strconv.Itoa(state.Visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(state.InFlight),
		"ApproximateNumberOfMessagesDelayed":    strconv.Itoa(state.Delayed),
		"VisibilityTimeout":                     seconds(q.VisibilityTimeout),
		"DelaySeconds":                          seconds(q.Delay),
		"MessageRetentionPeriod":                seconds(q.Retention),
		"MaximumMessageSize":                    strconv.Itoa(maxMessage),
	}
	if q.DeadLetter != "" {
		attributes["RedrivePolicy"] = fmt.Sprintf(`{"deadLetterTargetArn":"%s","maxReceiveCount":%d}`, queueARN+q.DeadLetter, q.MaxReceive)
	}
	return map[string]any{"Attributes": pick(attributes, in.AttributeNames)}, nil
}

func md5Hex(text string) string {
	return fmt.Sprintf("%x", md5.Sum([]byte(text))) //nolint:gosec // the checksum that SQS defines
}
