package messaging

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/btree"

	"github.com/regua/regua/infra/local/store"
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
	spec    QueueSpec
	mapping *MappingSpec
	ready   *btree.BTreeG[*Message] // by VisibleAt, then Sequence: an entry's order never changes while it is in the tree
	byKey   map[uint64]*Message
	wakeAt  time.Time
	cancel  func() bool // of the delivery task that waits, nil without one
	busy    bool        // a delivery runs
}

func newQueue(spec QueueSpec) (*queue, error) {
	if spec.VisibilityTimeout == 0 {
		spec.VisibilityTimeout = 30 * time.Second
	}
	if spec.Retention == 0 {
		spec.Retention = 4 * 24 * time.Hour
	}
	switch {
	case spec.Name == "" || len(spec.Name) > 80:
		return nil, fmt.Errorf("queue name %q is not one of SQS", spec.Name)
	case (spec.DeadLetter == "") != (spec.MaxReceive == 0) || spec.MaxReceive < 0 || spec.DeadLetter == spec.Name:
		return nil, fmt.Errorf("queue %s: redrive to %q after %d receives is not possible", spec.Name, spec.DeadLetter, spec.MaxReceive)
	case spec.VisibilityTimeout < 0 || spec.VisibilityTimeout > 12*time.Hour, spec.Delay < 0 || spec.Delay > 15*time.Minute,
		spec.Retention < time.Minute || spec.Retention > 14*24*time.Hour:
		return nil, fmt.Errorf("queue %s: a duration is out of SQS's range", spec.Name)
	}
	earlier := func(a, b *Message) bool {
		if !a.VisibleAt.Equal(b.VisibleAt) {
			return a.VisibleAt.Before(b.VisibleAt)
		}
		return a.Sequence < b.Sequence
	}
	return &queue{spec: spec, ready: btree.NewBTreeGOptions(earlier, btree.Options{NoLocks: true}), byKey: map[uint64]*Message{}}, nil
}

func (q *queue) load(st *store.Store) error {
	err := st.Each(queueBucket+q.spec.Name, func(_ string, value []byte) error {
		m := new(Message)
		if err := json.Unmarshal(value, m); err != nil {
			return err
		}
		q.put(m)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read queue %s: %w", q.spec.Name, err)
	}
	return nil
}

func (q *queue) put(m *Message) {
	if old := q.byKey[m.Sequence]; old != nil {
		q.ready.Delete(old)
	}
	q.byKey[m.Sequence] = m
	q.ready.Set(m)
}

func (q *queue) remove(sequence uint64) {
	if m := q.byKey[sequence]; m != nil {
		q.ready.Delete(m)
		delete(q.byKey, sequence)
	}
}

func (q *queue) expired(m *Message, now time.Time) bool { return now.Sub(m.SentAt) >= q.spec.Retention }

func (q *queue) state(now time.Time) QueueState {
	s := QueueState{Name: q.spec.Name}
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

func putOp(queue string, m *Message) (store.Op, error) {
	value, err := json.Marshal(m)
	if err != nil {
		return store.Op{}, fmt.Errorf("encode message of queue %s: %w", queue, err)
	}
	return store.Op{Bucket: queueBucket + queue, Key: messageKey(m.Sequence), Value: value}, nil
}

func deleteOp(queue string, sequence uint64) store.Op {
	return store.Op{Bucket: queueBucket + queue, Key: messageKey(sequence)}
}

func messageKey(sequence uint64) string { return fmt.Sprintf("%016x", sequence) }

// Queues counts the messages of all queues, by name.
func (e *Engines) Queues() []QueueState {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.clk.Now()
	states := make([]QueueState, 0, len(e.queues))
	for _, q := range e.queues {
		states = append(states, q.state(now))
	}
	slices.SortFunc(states, func(a, b QueueState) int { return strings.Compare(a.Name, b.Name) })
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
