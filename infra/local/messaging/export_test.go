package messaging

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

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
