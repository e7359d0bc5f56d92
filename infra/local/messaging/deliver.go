package messaging

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/infra/local/store"
)

// writeRetry is how long a delivery waits after the store has refused a write.
const writeRetry = time.Second

// outgoing is a message on its way into a queue.
type outgoing struct {
	queue      *queue
	body       string
	attributes map[string]Attribute
	delay      time.Duration
}

// AtLeastOnce gives a Deliver by which every fourth message or so comes twice and every copy is late by less than the given time (more than
// zero), so that messages overtake each other as they may on a standard queue. The seed, the queue and the body decide, so that a run can
// be repeated.
func AtLeastOnce(seed uint64, late time.Duration) func(queue, body string) []time.Duration {
	return func(queue, body string) []time.Duration {
		hash := sha256.Sum256(fmt.Appendf(nil, "%d\x00%s\x00%s", seed, queue, body))
		word := func(i int) uint64 { return binary.BigEndian.Uint64(hash[8*i:]) }
		delays := []time.Duration{time.Duration(word(0) % uint64(late))}
		if word(1)%4 == 0 {
			delays = append(delays, time.Duration(word(2)%uint64(late)))
		}
		return delays
	}
}

// enqueue puts messages into their queues, all or none, and durably before it returns their ids.
func (e *Engines) enqueue(messages []outgoing) ([]string, error) {
	copies := make([][]time.Duration, len(messages))
	for i, out := range messages {
		copies[i] = []time.Duration{0}
		if e.Deliver != nil {
			copies[i] = e.Deliver(out.queue.spec.Name, out.body)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	type arrival struct {
		queue   *queue
		message *Message
	}
	now := e.clk.Now()
	ids := make([]string, 0, len(messages))
	var arrivals []arrival
	var ops []store.Op
	for n, out := range messages {
		sequence, id := e.nextIDLocked()
		ids = append(ids, id)
		for i, late := range copies[n] {
			if i > 0 {
				sequence, _ = e.nextIDLocked()
			}
			m := &Message{Sequence: sequence, ID: id, Body: out.body, Attributes: out.attributes, SentAt: now, VisibleAt: now.Add(out.delay + late)}
			op, err := putOp(out.queue.spec.Name, m)
			if err != nil {
				return nil, err
			}
			ops = append(ops, op)
			arrivals = append(arrivals, arrival{out.queue, m})
		}
	}
	if err := e.st.Write(append(ops, e.sequenceOpLocked())...); err != nil {
		return nil, fmt.Errorf("store messages: %w", err)
	}
	for _, a := range arrivals {
		a.queue.put(a.message)
		e.wakeLocked(a.queue)
	}
	return ids, nil
}

// claimLocked receives up to limit visible messages: they are counted and hidden, durably. Those that were received too often go to
// the dead-letter queue instead, those older than the retention are dropped.
func (e *Engines) claimLocked(q *queue, limit int, visibility time.Duration) ([]*Message, error) {
	now := e.clk.Now()
	var ops []store.Op
	var claimed, moved []*Message
	var gone []uint64
	var failure error
	q.ready.Scan(func(m *Message) bool {
		if len(claimed) == limit || m.VisibleAt.After(now) {
			return false
		}
		next, home := *m, q.spec.Name
		switch {
		case q.expired(m, now):
			gone = append(gone, m.Sequence)
			ops = append(ops, deleteOp(home, m.Sequence))
			return true
		case q.spec.MaxReceive > 0 && m.Receives >= q.spec.MaxReceive:
			gone = append(gone, m.Sequence)
			ops = append(ops, deleteOp(home, m.Sequence))
			next.VisibleAt, next.Source, home = now, queueARN+home, q.spec.DeadLetter
			moved = append(moved, &next)
		default:
			if next.Receives++; next.Receives == 1 {
				next.FirstReceived = now
			}
			next.VisibleAt = now.Add(visibility)
			claimed = append(claimed, &next)
		}
		op, err := putOp(home, &next)
		ops, failure = append(ops, op), err
		return err == nil
	})
	if failure != nil {
		return nil, failure
	}
	if err := e.st.Write(ops...); err != nil {
		return nil, fmt.Errorf("receive from queue %s: %w", q.spec.Name, err)
	}
	for _, sequence := range gone {
		q.remove(sequence)
	}
	for _, m := range claimed {
		q.put(m)
	}
	if len(moved) > 0 {
		deadLetter := e.queues[q.spec.DeadLetter]
		for _, m := range moved {
			deadLetter.put(m)
		}
		e.wakeLocked(deadLetter)
	}
	return claimed, nil
}

// deleteLocked removes messages whose latest receipt is the given one; an older receipt deletes nothing, as on SQS.
func (e *Engines) deleteLocked(q *queue, received []*Message) error {
	var ops []store.Op
	var gone []uint64
	for _, m := range received {
		if now := q.byKey[m.Sequence]; now != nil && now.Receives == m.Receives {
			gone = append(gone, m.Sequence)
			ops = append(ops, deleteOp(q.spec.Name, m.Sequence))
		}
	}
	if err := e.st.Write(ops...); err != nil {
		return fmt.Errorf("delete from queue %s: %w", q.spec.Name, err)
	}
	for _, sequence := range gone {
		q.remove(sequence)
	}
	return nil
}

// wakeLocked has the queue's next delivery scheduled for the time when its first message is visible.
func (e *Engines) wakeLocked(q *queue) {
	first, ok := q.ready.Min()
	if !ok || !e.resumed || q.mapping == nil || q.busy {
		return
	}
	e.wakeAtLocked(q, first.VisibleAt)
}

func (e *Engines) wakeAtLocked(q *queue, at time.Time) {
	if q.cancel != nil {
		if !q.wakeAt.After(at) {
			return
		}
		q.cancel()
	}
	q.wakeAt = at
	q.cancel = e.clk.Schedule(at, "sqs/"+q.spec.Name, func(ctx context.Context) { e.deliver(ctx, q) })
}

// deliver is one run of a queue's event source mapping: one batch.
func (e *Engines) deliver(ctx context.Context, q *queue) {
	e.mu.Lock()
	q.cancel = nil
	batch, err := e.claimLocked(q, q.mapping.BatchSize, q.spec.VisibilityTimeout)
	if err != nil {
		slog.ErrorContext(ctx, "queue delivery waits for the store", "queue", q.spec.Name, "error", err)
		e.wakeAtLocked(q, e.clk.Now().Add(writeRetry))
	}
	if len(batch) == 0 {
		if err == nil {
			e.wakeLocked(q)
		}
		e.mu.Unlock()
		return
	}
	q.busy = true
	e.mu.Unlock()

	handled := e.hand(ctx, q, batch)

	e.mu.Lock()
	defer e.mu.Unlock()
	q.busy = false
	if err := e.deleteLocked(q, handled); err != nil { // they come again after the visibility timeout, as at-least-once allows
		slog.ErrorContext(ctx, "handled messages stay in the queue", "queue", q.spec.Name, "error", err)
	}
	e.wakeLocked(q)
}

// hand calls the function with a batch and returns the messages that it took.
func (e *Engines) hand(ctx context.Context, q *queue, batch []*Message) []*Message {
	payload, err := json.Marshal(sqsEvent(q.spec.Name, batch))
	if err != nil {
		slog.ErrorContext(ctx, "batch cannot be encoded", "queue", q.spec.Name, "error", err)
		return nil
	}
	answer, err := e.invoke(ctx, q.mapping.Function, payload)
	if err != nil {
		return nil // the host has observed it; the messages are visible again after their timeout
	}
	failed, ok := failures(answer, batch)
	if !ok {
		return nil
	}
	handled := make([]*Message, 0, len(batch))
	for _, m := range batch {
		if !failed[m.ID] {
			handled = append(handled, m)
		}
	}
	return handled
}

// failures reads a batch answer by Lambda's rules: nothing, null or an empty list is success; what is malformed, an empty or an unknown
// identifier fails the whole batch.
func failures(answer []byte, batch []*Message) (failed map[string]bool, ok bool) {
	var response *struct {
		BatchItemFailures []struct {
			ItemIdentifier *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(answer) == 0 {
		return nil, true
	}
	if err := json.Unmarshal(answer, &response); err != nil {
		return nil, false
	}
	if response == nil {
		return nil, true
	}
	known := map[string]bool{}
	for _, m := range batch {
		known[m.ID] = true
	}
	failed = map[string]bool{}
	for _, item := range response.BatchItemFailures {
		if item.ItemIdentifier == nil || !known[*item.ItemIdentifier] {
			return nil, false
		}
		failed[*item.ItemIdentifier] = true
	}
	return failed, true
}

func sqsEvent(queue string, batch []*Message) events.SQSEvent {
	event := events.SQSEvent{Records: make([]events.SQSMessage, 0, len(batch))}
	for _, m := range batch {
		record := events.SQSMessage{
			MessageId: m.ID, ReceiptHandle: m.receipt(), Body: m.Body, Md5OfBody: md5Hex(m.Body), Attributes: m.systemAttributes(),
			MessageAttributes: map[string]events.SQSMessageAttribute{},
			EventSourceARN:    queueARN + queue, EventSource: "aws:sqs", AWSRegion: region,
		}
		for name, a := range m.Attributes {
			record.MessageAttributes[name] = events.SQSMessageAttribute{DataType: a.DataType, StringValue: a.StringValue,
				BinaryValue: a.BinaryValue, StringListValues: []string{}, BinaryListValues: [][]byte{}}
		}
		event.Records = append(event.Records, record)
	}
	return event
}

func (m *Message) systemAttributes() map[string]string {
	attributes := map[string]string{
		"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
		"SentTimestamp":                    strconv.FormatInt(m.SentAt.UnixMilli(), 10),
		"SenderId":                         account,
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.FirstReceived.UnixMilli(), 10),
	}
	if m.Source != "" {
		attributes["DeadLetterQueueSourceArn"] = m.Source
	}
	return attributes
}
