package messaging

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tidwall/btree"

	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// Attribute is a message attribute. Exactly one value is given, by the data type.
type Attribute struct {
	DataType    string
	StringValue *string `json:",omitempty"`
	BinaryValue []byte  `json:",omitempty"`
}

// Message is a message in a queue.
type Message struct {
	Sequence      uint64
	ID            string
	Body          string
	Attributes    map[string]Attribute `json:",omitempty"`
	SentAt        time.Time
	VisibleAt     time.Time // not received before
	FirstReceived time.Time
	Receives      int
	Source        string `json:",omitempty"` // ARN of the queue that gave up on it, in a dead-letter queue
}

// QueueState counts a queue's messages.
type QueueState struct {
	Name                       string
	Visible, InFlight, Delayed int
}

type queue struct {
	QueueSpec
	ready  *btree.BTreeG[*Message] // by VisibleAt, then Sequence: an entry's order never changes while it is in the tree
	byKey  map[uint64]*Message
	wakeAt time.Time
	cancel func() bool // of the delivery task that waits, nil without one
	busy   bool        // a delivery runs
}

func newQueue(spec QueueSpec) (*queue, error) {
	spec.VisibilityTimeout = cmp.Or(spec.VisibilityTimeout, 30*time.Second)
	spec.Retention = cmp.Or(spec.Retention, 4*24*time.Hour)
	spec.BatchSize = cmp.Or(spec.BatchSize, maxBatch)
	switch {
	case spec.Name == "" || len(spec.Name) > 80:
		return nil, fmt.Errorf("queue name %q is not one of SQS", spec.Name)
	case (spec.DeadLetter == "") != (spec.MaxReceive == 0) || spec.MaxReceive < 0 || spec.DeadLetter == spec.Name:
		return nil, fmt.Errorf("queue %s: redrive to %q after %d receives is not possible", spec.Name, spec.DeadLetter, spec.MaxReceive)
	case spec.VisibilityTimeout < 0 || spec.VisibilityTimeout > 12*time.Hour, spec.Delay < 0 || spec.Delay > 15*time.Minute,
		spec.Retention < time.Minute || spec.Retention > 14*24*time.Hour, spec.BatchSize < 1 || spec.BatchSize > maxBatch:
		return nil, fmt.Errorf("queue %s: a duration or the batch size is out of SQS's range", spec.Name)
	}
	earlier := func(a, b *Message) bool {
		return cmp.Or(a.VisibleAt.Compare(b.VisibleAt), cmp.Compare(a.Sequence, b.Sequence)) < 0
	}
	return &queue{QueueSpec: spec, ready: btree.NewBTreeGOptions(earlier, btree.Options{NoLocks: true}), byKey: map[uint64]*Message{}}, nil
}

func (q *queue) put(m *Message) {
	q.remove(m)
	q.byKey[m.Sequence] = m
	q.ready.Set(m)
}

func (q *queue) remove(m *Message) {
	if old := q.byKey[m.Sequence]; old != nil {
		q.ready.Delete(old)
		delete(q.byKey, m.Sequence)
	}
}

// change puts a message into a queue, in its earlier state's place if there is one, or removes it.
type change struct {
	queue   *queue
	message *Message
	gone    bool
}

// commitLocked makes the changes, all or none: durably first, then for whoever receives.
func (e *Engines) commitLocked(changes ...change) error {
	var ops []store.Op
	if e.sequence != e.stored {
		ops = append(ops, store.Op{Bucket: metaBucket, Key: sequenceName, Value: e.sequence})
	}
	for _, c := range changes {
		op := store.Op{Bucket: queueBucket + c.queue.Name, Key: fmt.Sprintf("%016x", c.message.Sequence)}
		if !c.gone {
			op.Value = c.message
		}
		ops = append(ops, op)
	}
	if err := e.st.Write(ops...); err != nil {
		return fmt.Errorf("store messages: %w", err)
	}
	e.stored = e.sequence
	for _, c := range changes {
		if c.gone {
			c.queue.remove(c.message)
		} else {
			c.queue.put(c.message)
		}
		e.wakeLocked(c.queue)
	}
	return nil
}

func (q *queue) expired(m *Message, now time.Time) bool { return now.Sub(m.SentAt) >= q.Retention }

func (q *queue) state(now time.Time) QueueState {
	s := QueueState{Name: q.Name}
	for _, m := range q.byKey {
		switch {
		case q.expired(m, now):
		case !m.VisibleAt.After(now):
			s.Visible++
		case m.Receives > 0:
			s.InFlight++
		default:
			s.Delayed++
		}
	}
	return s
}

// receipt names the message and the one time it was received.
func (m *Message) receipt() string { return fmt.Sprintf("%x-%d", m.Sequence, m.Receives) }

func (m *Message) systemAttributes() map[string]string {
	attributes := map[string]string{
		"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
		"SentTimestamp":                    strconv.FormatInt(m.SentAt.UnixMilli(), 10),
		"SenderId":                         wire.Account,
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.FirstReceived.UnixMilli(), 10),
	}
	if m.Source != "" {
		attributes["DeadLetterQueueSourceArn"] = m.Source
	}
	return attributes
}

// Queues counts the messages of all queues, by name.
func (e *Engines) Queues() []QueueState {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.clk.Now()
	states := make([]QueueState, 0, len(e.queues))
	for _, q := range e.queues {
		states = append(states, q.state(now))
	}
	slices.SortFunc(states, func(a, b QueueState) int { return cmp.Compare(a.Name, b.Name) })
	return states
}

// Messages lists a queue's messages, in flight and delayed ones too, oldest first; nil when there is no such queue.
func (e *Engines) Messages(name string) []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	q := e.queues[name]
	if q == nil {
		return nil
	}
	now := e.clk.Now()
	messages := make([]Message, 0, len(q.byKey))
	for _, m := range q.byKey {
		if !q.expired(m, now) {
			messages = append(messages, *m)
		}
	}
	slices.SortFunc(messages, func(a, b Message) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return messages
}
