package reminder

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
)

const (
	// lastAttempt is the delivery at which a message that fails is put back, before the queue sets it aside.
	lastAttempt = 4
	// roundWait is how long a message that is put back is held back, and maxRounds how often: for some five days in all.
	roundWait = 15 * time.Minute
	maxRounds = 300
)

// Patiently does what Do does and outlasts a table or a key that does not answer for days: a message that fails for the fourth time is put
// back anew, while the first of them goes on to the dead letters, where its alarm rings. Handing a contact over twice is impossible, for it
// is claimed. A message that makes no sense is never put back.
func (s *Sender) Patiently(ctx context.Context, msg Message, attempt int) error {
	failed := s.Do(ctx, msg)
	if failed == nil || attempt != lastAttempt || msg.Round >= maxRounds ||
		errors.Is(failed, collection.ErrInvalid) || errors.Is(failed, collection.ErrNotFound) {
		return failed
	}
	again := msg
	again.Round++
	if err := s.Again.SendAfter(ctx, again, roundWait); err != nil {
		return errors.Join(failed, fmt.Errorf("put contact back: %w", err))
	}
	if msg.Round == 0 {
		return failed
	}
	return nil
}
