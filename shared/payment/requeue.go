package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/regua/regua/shared/collection"
)

// MetricParked counts notices that were parked: each reports money that nobody could take in, and needs somebody to look at it.
const MetricParked = "parkedNotices"

// Pending finds stored notices of a shard that were not taken in, stored before a time; oldest first.
type Pending interface {
	PendingRaw(ctx context.Context, shard int, before time.Time, limit int) ([]collection.RawRef, error)
	LoadRaw(ctx context.Context, ref collection.RawRef) (collection.RawEvent, error)
	// DeferRaw lets PendingRaw find a notice as if it had been stored at a time, and ParkRaw lets it find the notice no more. Both are
	// collection.ErrFactPosted when it is pending no more.
	DeferRaw(ctx context.Context, ref collection.RawRef, since time.Time) error
	ParkRaw(ctx context.Context, ref collection.RawRef) error
}

const (
	// staleAfter is how long a notice may lie before it counts as lost on the way to its queue.
	staleAfter = time.Minute
	// staleAtOnce is how many notices of a shard one run queues again.
	staleAtOnce = 100
	// longestWait is how long a notice waits for its next turn at most: each turn waits as long as the notice is old.
	longestWait = time.Hour
	// parkAfter is how old a notice grows before it is left to people. A day is about thirty turns, each with the queue's own tries.
	parkAfter = 24 * time.Hour
)

// Requeue queues notices again that were stored but not taken in.
type Requeue struct {
	Pending Pending
	Queue   Sender
	Shards  int
	// Count adds one to a metric.
	Count func(ctx context.Context, metric string)
	Log   *slog.Logger
}

// RequeueStale queues what has lain for a minute, up to a hundred notices of each shard, and again and again ever more rarely. One that
// is not taken in within a day is queued for the last time and parked: it stays stored, and a further delivery or its message in the
// dead-letter queue still takes it in, but no longer comes back by itself. What fails does not stop the others.
func (r *Requeue) RequeueStale(ctx context.Context, now time.Time) error {
	var failures []error
	for shard := range r.Shards {
		refs, err := r.Pending.PendingRaw(ctx, shard, now.Add(-staleAfter), staleAtOnce)
		if err != nil {
			failures = append(failures, fmt.Errorf("find stale notices of shard %d: %w", shard, err))
		}
		for _, ref := range refs {
			if err := r.again(ctx, ref, now); err != nil && !errors.Is(err, collection.ErrFactPosted) {
				failures = append(failures, err)
			}
		}
	}
	return errors.Join(failures...)
}

// again queues a notice and then says when its next turn is: a crash in between queues it once more, never less.
func (r *Requeue) again(ctx context.Context, ref collection.RawRef, now time.Time) error {
	raw, err := r.Pending.LoadRaw(ctx, ref)
	if err != nil {
		return fmt.Errorf("load stale notice: %w", err)
	}
	if !raw.TakenInAt.IsZero() { // the index was behind
		return nil
	}
	if err := r.Queue.Send(ctx, intakeOf(ref)); err != nil {
		return fmt.Errorf("queue stale notice: %w", err)
	}
	age := now.Sub(raw.ReceivedAt)
	if age < parkAfter {
		next := now.Add(min(age, longestWait))
		if err := r.Pending.DeferRaw(ctx, ref, next.Add(-staleAfter)); err != nil {
			return fmt.Errorf("defer stale notice: %w", err)
		}
		return nil
	}
	if err := r.Pending.ParkRaw(ctx, ref); err != nil {
		return fmt.Errorf("park notice: %w", err)
	}
	r.Count(ctx, MetricParked)
	r.Log.ErrorContext(ctx, "notice parked: it was not taken in for a day", "creditorId", string(ref.Creditor), "provider", ref.Provider,
		"account", ref.Account, "correlationId", ref.Key, "receivedAt", raw.ReceivedAt)
	return nil
}
