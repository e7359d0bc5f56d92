package messaging

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
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
