package cloud

import (
	"encoding/json"
	"slices"
	"sync"
)

// maxSignals is how many published events are kept to be looked at.
const maxSignals = 5000

// Signals keeps the newest events published on the events topic, for the local page and for tests.
type Signals struct {
	mu     sync.Mutex
	events []json.RawMessage
}

// Events returns the wire form of the events published since the start, the oldest first.
func (s *Signals) Events() []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events)
}

func (s *Signals) keep(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, json.RawMessage(message))
	s.events = s.events[max(0, len(s.events)-maxSignals):]
}
