package gateway

import (
	"sync"
	"time"
)

// Throttle is the limit of one route, a token bucket: so many requests at once (Burst), and so many a second for ever (Rate). The zero
// value lets every request through.
type Throttle struct {
	Rate, Burst int
}

func (l Throttle) negative() bool { return l.Rate < 0 || l.Burst < 0 }

// bucket holds what a route may still take.
type bucket struct {
	limit  Throttle
	mu     sync.Mutex
	tokens float64
	at     time.Time // when tokens was true
}

func newBucket(limit Throttle) *bucket { return &bucket{limit: limit, tokens: float64(limit.Burst)} }

// take uses up one token, if there is one.
func (b *bucket) take(now time.Time) bool {
	if b.limit == (Throttle{}) {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(b.tokens+passed.Seconds()*float64(b.limit.Rate), float64(b.limit.Burst))
		b.at = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
