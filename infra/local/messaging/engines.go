// Package messaging is the SNS, SQS and EventBridge of the local cloud: topics that fan out to queues, queues that feed functions, and
// rules that call functions at their times. All deliveries are tasks of the clock.
package messaging

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

const (
	place        = wire.Region + ":" + wire.Account + ":"
	queueURL     = "http://sqs." + wire.Region + ".localhost/" + wire.Account + "/"
	queueARN     = "arn:aws:sqs:" + place
	topicARN     = "arn:aws:sns:" + place
	ruleARN      = "arn:aws:events:" + place + "rule/"
	maxMessage   = 256 << 10 // bytes of body and attributes
	maxBatch     = 10
	metaBucket   = "messaging"
	queueBucket  = "sqs/"
	sequenceName = "sequence"
)

// Invoke calls a function.
type Invoke = func(ctx context.Context, function string, payload []byte) ([]byte, error)

// Engines holds all queues, topics and rules. The hooks are set, if at all, before the first call.
type Engines struct {
	// Deliver decides how late a queue gets each copy of a message: tests duplicate, delay, reorder and lose (no copies) with it. Nil is
	// one copy, at once. It must not call the engines.
	Deliver func(queue string, body string) []time.Duration
	// AtOnce is how many batches of a queue its function is handed at the same time, as Lambda does with a standard queue; 0 and 1 are one
	// after the other, so that a run can be repeated.
	AtOnce int
	// SMS takes the messages published to a phone number (E.164). Nil refuses them.
	SMS func(to, from, body, templateID string) (id string, err error)
	// Published, when set, sees each message that a topic has taken. It must not call the engines.
	Published func(message string)
	// Event takes the invocations by rules, which are asynchronous on AWS. At first it invokes once.
	Event Invoke

	clk    *clock.Clock
	st     *store.Store
	invoke Invoke

	mu       sync.Mutex
	queues   map[string]*queue
	topics   map[string][]SubscriptionSpec
	rules    map[string]bool
	sequence uint64
	stored   uint64 // the sequence that the store holds
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
	// Function, when set, is fed the messages, BatchSize (1 to 10, 0 is 10) at a time, with ReportBatchItemFailures.
	Function  string
	BatchSize int
}

// SubscriptionSpec sends a topic's messages to a queue. EventTypes is a filter policy on the message attribute "type": empty lets all pass.
// Raw delivers the message itself, with its attributes, instead of the notification document around it.
type SubscriptionSpec struct {
	Topic, Queue string
	EventTypes   []string
	Raw          bool
}

// New gives engines without queues, topics or rules. They are defined next, and Resume starts the deliveries.
func New(clk *clock.Clock, st *store.Store, invoke Invoke) (*Engines, error) {
	e := &Engines{clk: clk, st: st, invoke: invoke, Event: invoke,
		queues: map[string]*queue{}, topics: map[string][]SubscriptionSpec{}, rules: map[string]bool{}}
	return e, store.Load(st, metaBucket, func(_ string, sequence uint64) error {
		e.sequence, e.stored = sequence, sequence
		return nil
	})
}

// SNS answers the calls of SNS clients.
func (e *Engines) SNS() wire.Engine {
	return wire.Operations{"Publish": wire.Query(invalidParameter, e.publish), "PublishBatch": wire.Query(invalidParameter, e.publishBatch)}
}

// SQS answers the calls of SQS clients.
func (e *Engines) SQS() wire.Engine {
	return wire.Operations{
		"SendMessage": e.on(e.sendMessage), "ReceiveMessage": e.on(e.receiveMessage), "DeleteMessage": e.on(e.deleteMessage),
		"GetQueueUrl": e.on(e.getQueueURL), "GetQueueAttributes": e.on(e.getQueueAttributes),
	}
}

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
	e.queues[spec.Name] = q
	return store.Load(e.st, queueBucket+spec.Name, func(_ string, m *Message) error {
		q.put(m)
		return nil
	})
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

// Resume starts the deliveries, after all definitions: those that the store holds, and new ones. It fails when a dead-letter queue is not
// defined.
func (e *Engines) Resume() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for name, q := range e.queues {
		if q.DeadLetter != "" && e.queues[q.DeadLetter] == nil {
			return fmt.Errorf("queue %s: its dead-letter queue %q is not defined", name, q.DeadLetter)
		}
	}
	e.resumed = true
	for _, q := range e.queues {
		e.wakeLocked(q)
	}
	return nil
}

// nextLocked counts messages and publications, and gives the next one's id: a UUID in form, never given twice in the life of a store.
func (e *Engines) nextLocked() (id string) {
	e.sequence++
	return fmt.Sprintf("00000000-0000-4000-a000-%012x", e.sequence)
}
