package vault

import (
	"crypto/cipher"
	"sync"
	"time"
)

const (
	// cacheLife bounds how long an unwrapped key stays in memory: a key that was revoked is useless after it.
	cacheLife = 5 * time.Minute
	// cacheSize bounds how many do.
	cacheSize = 1000
)

// cache holds unwrapped keys by the place that they are for and their wrapped form.
type cache struct {
	mu    sync.Mutex // guards known
	known map[string]cached
}

type cached struct {
	aead  cipher.AEAD
	until time.Time
}

func (k Key) cacheName() string {
	return string(k.Creditor) + "\n" + k.Scope + "\n" + string(k.Wrapped)
}

func (c *cache) get(key Key, now time.Time) (cipher.AEAD, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, ok := c.known[key.cacheName()]
	if !ok {
		return nil, false
	}
	if !now.Before(entry.until) {
		delete(c.known, key.cacheName())
		return nil, false
	}
	return entry.aead, true
}

// put keeps a key. A full cache first drops what has expired and then, if that was not enough, everything: a rare second unwrapping is
// cheaper than keeping an order.
func (c *cache) put(key Key, aead cipher.AEAD, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= cacheSize {
		for name, entry := range c.known {
			if !now.Before(entry.until) {
				delete(c.known, name)
			}
		}
	}
	if len(c.known) >= cacheSize {
		clear(c.known)
	}
	c.known[key.cacheName()] = cached{aead, now.Add(cacheLife)}
}
