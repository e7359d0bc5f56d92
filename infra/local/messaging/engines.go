// Package messaging is the SNS, SQS and EventBridge of the local cloud: topics that fan out to queues, queues that feed functions, and
// rules that call functions at intervals. All deliveries are tasks of the clock.
package messaging

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

const (
	account      = "000000000000"
	region       = "us-east-1"
	queueURL     = "http://sqs.us-east-1.localhost/" + account + "/"
	queueARN     = "arn:aws:sqs:" + region + ":" + account + ":"
	topicARN     = "arn:aws:sns:" + region + ":" + account + ":"
	ruleARN      = "arn:aws:events:" + region + ":" + account + ":rule/"
	maxMessage   = 256 << 10 // bytes of body and attributes
	maxBatch     = 10
	metaBucket   = "messaging"
	queueBucket  = "sqs/"
	sequenceName = "sequence"
)

// Engines holds all queues, topics and rules. Deliver, SMS and Event are set, if at all, before the first call.
type Engines struct {
	// Deliver decides how late a queue gets each copy of a message: tests duplicate, delay, reorder and lose (no copies) with it. Nil is
	// one copy, at once. It is called with no lock held.
	Deliver func(queue string, body string) []time.Duration
	// SMS takes the messages published to a phone number (E.164). Nil refuses them.
	SMS func(to, from, body, templateID string) (id string, err error)
	// Event takes the invocations by rules, which are asynchronous on AWS. Nil invokes once.
	Event func(ctx context.Context, function string, payload []byte) ([]byte, error)

	clk    *clock.Clock
	st     *store.Store
	invoke func(ctx context.Context, function string, payload []byte) ([]byte, error)

	mu       sync.Mutex
	queues   map[string]*queue
	topics   map[string][]SubscriptionSpec
	rules    map[string]bool
	sequence uint64
	resumed  bool
}

// QueueSpec defines a standard queue. Zero values are those of SQS: 30 s visibility timeout, no delay, 4 days of retention, no dead-letter
// queue. MaxReceive is how often a message may be received before it goes to DeadLetter; both or neither are given.
type QueueSpec struct {
	Name              string
	VisibilityTimeout time.Duration
	MaxReceive        int
	DeadLetter        string
	Delay             time.Duration
	Retention         time.Duration
}

// MappingSpec feeds a queue's messages to a function, BatchSize (1 to 10, 0 is 10) at a time, one batch after the other, with
// ReportBatchItemFailures.
type MappingSpec struct {
	Queue, Function string
	BatchSize       int
}

// SubscriptionSpec sends a topic's messages to a queue. EventTypes is a filter policy on the message attribute "type": empty lets all pass.
// Raw delivers the message itself, with its attributes, instead of the notification document around it.
type SubscriptionSpec struct {
	Topic, Queue string
	EventTypes   []string
	Raw          bool
}

// RuleSpec calls a function at the times of Expression, as ParseSchedule reads it, or at each multiple of Every: one of the two. While the
// clock is being moved, it is not called as long as Idle, when set, says that it would find nothing to do.
type RuleSpec struct {
	Name       string
	Every      time.Duration
	Expression string
	Function   string
	Idle       func() bool
}

// New gives engines without queues, topics or rules. They are defined next, and Resume starts the deliveries.
func New(clk *clock.Clock, st *store.Store,
	invoke func(ctx context.Context, function string, payload []byte) ([]byte, error)) (*Engines, error) {
	e := &Engines{clk: clk, st: st, invoke: invoke,
		queues: map[string]*queue{}, topics: map[string][]SubscriptionSpec{}, rules: map[string]bool{}}
	err := st.Each(metaBucket, func(key string, value []byte) (err error) {
		if key == sequenceName {
			e.sequence, err = strconv.ParseUint(string(value), 10, 64)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read message sequence: %w", err)
	}
	return e, nil
}

// SNS answers the calls of SNS clients.
func (e *Engines) SNS() wire.Engine { return snsEngine{e} }

// SQS answers the calls of SQS clients.
func (e *Engines) SQS() wire.Engine { return sqsEngine{e} }

// CreateQueue defines a queue and reads what the store holds of it.
func (e *Engines) CreateQueue(spec QueueSpec) error {
	q, err := newQueue(spec)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.queues[spec.Name] != nil {
		return fmt.Errorf("queue %s is there already", spec.Name)
	}
	if err := q.load(e.st); err != nil {
		return err
	}
	e.queues[spec.Name] = q
	return nil
}

// CreateTopic defines a topic without subscriptions.
func (e *Engines) CreateTopic(name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, twice := e.topics[name]; twice || name == "" {
		return fmt.Errorf("topic %q has no name or is there already", name)
	}
	e.topics[name] = nil
	return nil
}

// Subscribe sends a topic's messages to a queue; both must be there.
func (e *Engines) Subscribe(spec SubscriptionSpec) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	subscriptions, ok := e.topics[spec.Topic]
	if !ok || e.queues[spec.Queue] == nil {
		return fmt.Errorf("subscription of queue %q to topic %q: one of them is not there", spec.Queue, spec.Topic)
	}
	e.topics[spec.Topic] = append(subscriptions, spec)
	return nil
}

// Map feeds a queue, which must be there, to a function. A queue has one mapping at most.
func (e *Engines) Map(spec MappingSpec) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	q := e.queues[spec.Queue]
	if q == nil || q.mapping != nil || spec.Function == "" || spec.BatchSize < 0 || spec.BatchSize > maxBatch {
		return fmt.Errorf("event source mapping of queue %q to function %q is not possible", spec.Queue, spec.Function)
	}
	if spec.BatchSize == 0 {
		spec.BatchSize = maxBatch
	}
	q.mapping = &spec
	return nil
}

// Resume starts the deliveries, after all definitions: those that the store holds, and new ones. It fails when a dead-letter queue is not
// defined.
func (e *Engines) Resume() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for name, q := range e.queues {
		if q.spec.DeadLetter != "" && e.queues[q.spec.DeadLetter] == nil {
			return fmt.Errorf("queue %s: its dead-letter queue %q is not defined", name, q.spec.DeadLetter)
		}
	}
	e.resumed = true
	for _, q := range e.queues {
		e.wakeLocked(q)
	}
	return nil
}

// nextIDLocked gives the next message id: a UUID in form, a count in fact, never given twice in the life of a store.
func (e *Engines) nextIDLocked() (sequence uint64, id string) {
	e.sequence++
	return e.sequence, fmt.Sprintf("00000000-0000-4000-a000-%012x", e.sequence)
}

func (e *Engines) sequenceOpLocked() store.Op {
	return store.Op{Bucket: metaBucket, Key: sequenceName, Value: strconv.AppendUint(nil, e.sequence, 10)}
}
