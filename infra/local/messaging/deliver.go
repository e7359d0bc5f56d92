package messaging

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/infra/local/wire"
)

// writeRetry is how long a delivery waits after the store has refused a write.
const writeRetry = time.Second

// arriveLocked makes a new message for a queue, in as many copies as Deliver wants. The caller commits them.
func (e *Engines) arriveLocked(q *queue, body string, attributes map[string]Attribute, delay time.Duration) (id string, copies []change) {
	lateness := []time.Duration{0}
	if e.Deliver != nil {
		lateness = e.Deliver(q.Name, body)
	}
	id, now := e.nextLocked(), e.clk.Now()
	for i, late := range lateness {
		if i > 0 {
			e.nextLocked() // the copies share their id, and each has a receipt of its own
		}
		copies = append(copies, change{queue: q, message: &Message{Sequence: e.sequence, ID: id, Body: body, Attributes: attributes,
			SentAt: now, VisibleAt: now.Add(delay + late)}})
	}
	return id, copies
}

// claimLocked receives up to limit visible messages: they are counted and hidden, durably. Those that were received too often go to
// the dead-letter queue instead, those older than the retention are dropped.
func (e *Engines) claimLocked(q *queue, limit int, visibility time.Duration) (claimed []*Message, err error) {
	now := e.clk.Now()
	var changes []change
	q.ready.Scan(func(m *Message) bool {
		if len(claimed) == limit || m.VisibleAt.After(now) {
			return false
		}
		next := *m
		switch {
		case q.expired(m, now):
			changes = append(changes, change{queue: q, message: m, gone: true})
		case q.MaxReceive > 0 && m.Receives >= q.MaxReceive:
			next.VisibleAt, next.Source = now, queueARN+q.Name
			changes = append(changes, change{queue: q, message: m, gone: true}, change{queue: e.queues[q.DeadLetter], message: &next})
		default:
			if next.Receives++; next.Receives == 1 {
				next.FirstReceived = now
			}
			next.VisibleAt = now.Add(visibility)
			claimed = append(claimed, &next)
			changes = append(changes, change{queue: q, message: &next})
		}
		return true
	})
	if err := e.commitLocked(changes...); err != nil {
		return nil, err
	}
	return claimed, nil
}

// handled is the removal of a message whose latest receipt is the given one; an older receipt removes nothing, as on SQS.
func (q *queue) handled(sequence uint64, receipt string) []change {
	if m := q.byKey[sequence]; m != nil && m.receipt() == receipt {
		return []change{{queue: q, message: m, gone: true}}
	}
	return nil
}

// wakeLocked has the queue's next delivery scheduled for the time when its first message is visible.
func (e *Engines) wakeLocked(q *queue) {
	first, ok := q.ready.Min()
	if ok && e.resumed && q.Function != "" && !q.busy {
		e.wakeAtLocked(q, first.VisibleAt)
	}
}

func (e *Engines) wakeAtLocked(q *queue, at time.Time) {
	if q.cancel != nil {
		if !q.wakeAt.After(at) {
			return
		}
		q.cancel()
	}
	q.wakeAt = at
	q.cancel = e.clk.Schedule(at, "sqs/"+q.Name, func(ctx context.Context) { e.deliver(ctx, q) })
}

// deliver is one run of a queue's event source mapping: one batch, or as many as AtOnce says.
func (e *Engines) deliver(ctx context.Context, q *queue) {
	e.mu.Lock()
	defer e.mu.Unlock()
	q.cancel, q.busy = nil, true
	claimed, err := e.claimLocked(q, q.BatchSize*max(1, e.AtOnce), q.VisibilityTimeout)
	if len(claimed) > 0 {
		e.mu.Unlock()
		taken := e.handAll(ctx, q, slices.Collect(slices.Chunk(claimed, q.BatchSize)))
		e.mu.Lock()
		var changes []change
		for _, m := range taken {
			changes = append(changes, q.handled(m.Sequence, m.receipt())...)
		}
		err = e.commitLocked(changes...) // what stays comes again after the visibility timeout, as at-least-once allows
	}
	q.busy = false
	if err != nil {
		slog.ErrorContext(ctx, "queue delivery waits for the store", "queue", q.Name, "error", err)
		e.wakeAtLocked(q, e.clk.Now().Add(writeRetry))
		return
	}
	e.wakeLocked(q)
}

// handAll hands over batches beside each other, and returns the messages that were taken in the batches' order.
func (e *Engines) handAll(ctx context.Context, q *queue, batches [][]*Message) []*Message {
	if len(batches) == 1 {
		return e.hand(ctx, q, batches[0])
	}
	taken := make([][]*Message, len(batches))
	var all sync.WaitGroup
	for i, batch := range batches {
		all.Go(func() { taken[i] = e.hand(ctx, q, batch) })
	}
	all.Wait()
	return slices.Concat(taken...)
}

// hand calls the function with a batch and returns the messages that it took. Lambda's rules: no answer, null or an empty list is success;
// one that is malformed or names a message that is not in the batch fails the whole batch, as an error does.
func (e *Engines) hand(ctx context.Context, q *queue, batch []*Message) (taken []*Message) {
	var answer []byte
	var response events.SQSEventResponse
	payload, err := json.Marshal(sqsEvent(q.Name, batch))
	if err == nil {
		answer, err = e.invoke(ctx, q.Function, payload)
	}
	if err == nil && len(answer) > 0 {
		err = json.Unmarshal(answer, &response)
	}
	if err != nil {
		return nil // the host has observed it; the messages are visible again after their timeout
	}
	failed, known := map[string]bool{}, map[string]bool{}
	for _, item := range response.BatchItemFailures {
		failed[item.ItemIdentifier] = true
	}
	for _, m := range batch {
		known[m.ID] = true
		if !failed[m.ID] {
			taken = append(taken, m)
		}
	}
	for id := range failed {
		if !known[id] {
			return nil
		}
	}
	return taken
}

func sqsEvent(queue string, batch []*Message) events.SQSEvent {
	event := events.SQSEvent{Records: make([]events.SQSMessage, 0, len(batch))}
	for _, m := range batch {
		record := events.SQSMessage{
			MessageId: m.ID, ReceiptHandle: m.receipt(), Body: m.Body, Md5OfBody: md5Hex(m.Body), Attributes: m.systemAttributes(),
			MessageAttributes: map[string]events.SQSMessageAttribute{},
			EventSourceARN:    queueARN + queue, EventSource: "aws:sqs", AWSRegion: wire.Region,
		}
		for name, a := range m.Attributes {
			record.MessageAttributes[name] = events.SQSMessageAttribute{DataType: a.DataType, StringValue: a.StringValue,
				BinaryValue: a.BinaryValue, StringListValues: []string{}, BinaryListValues: [][]byte{}}
		}
		event.Records = append(event.Records, record)
	}
	return event
}
