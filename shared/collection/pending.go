package collection

import "time"

// RawEvent is a provider's notification as it came, stored before anything is done with it. Sealed is its body and headers, under the
// provider account's key.
type RawEvent struct {
	RawRef
	Sealed     []byte
	WrappedKey []byte
	ReceivedAt time.Time
	TakenInAt  time.Time // zero while it is pending
}

// RawRef names a raw event.
type RawRef struct {
	Creditor CreditorID
	Provider string
	Account  string
	Key      string // the provider's event key
}

// Marker says that the events First to Last of a case wait to be published.
type Marker struct {
	Creditor    CreditorID
	Case        CaseID
	First, Last int64
}

// Message is one event as it is published: its canonical wire form and what subscribers filter on.
type Message struct {
	Type     string
	Creditor CreditorID
	Body     []byte
}

// RawState says how a raw event stands.
type RawState string

// The states of a raw event.
const (
	RawNew     RawState = "NEW"      // stored just now
	RawPending RawState = "PENDING"  // stored before and not taken in yet: it may have been lost on its way
	RawTakenIn RawState = "TAKEN_IN" // nothing is left to do
)
