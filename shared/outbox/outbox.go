// Package outbox carries the events of a case on to the topic: right after they were committed, and by a sweep when that failed. Every
// event is published at least once; its readers dedupe by its id.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

const (
	// publishTimeout bounds what a slow topic may cost whoever committed; the sweep does the rest.
	publishTimeout = 2 * time.Second
	// sweepAge leaves markers alone that their own commit is about to drop.
	sweepAge = 60 * time.Second
	// sweepPage is how many markers of a shard one look takes.
	sweepPage = 100
)

// Store commits cases and keeps a marker of each commit until its events are out.
type Store interface {
	Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error)
	Append(
		ctx context.Context, d *collection.Dossier, with ...collection.Companion,
	) (collection.Marker, []collection.Message, error)
	DropMarkers(ctx context.Context, markers ...collection.Marker) error
}

// Publisher puts messages on the topic: all of them, or an error.
type Publisher interface {
	Publish(ctx context.Context, messages []collection.Message) error
}

// Committer commits cases and publishes what happened.
type Committer struct {
	Store     Store
	Publisher Publisher
	Log       *slog.Logger
}

// Load reads a case.
func (c *Committer) Load(
	ctx context.Context, creditor collection.CreditorID, id collection.CaseID,
) (*collection.Dossier, error) {
	return c.Store.Load(ctx, creditor, id)
}

// Commit commits a case with its companions, publishes its events and drops their marker. Its errors are those of the store's Append: what
// fails after the commit is logged and left to the sweep.
func (c *Committer) Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error {
	marker, messages, err := c.Store.Append(ctx, d, with...)
	if err != nil || len(messages) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	if err := c.Publisher.Publish(ctx, messages); err != nil {
		c.warn(ctx, "publish events", marker, err)
		return nil
	}
	if err := c.Store.DropMarkers(ctx, marker); err != nil {
		c.warn(ctx, "drop marker of published events", marker, err)
	}
	return nil
}

func (c *Committer) warn(ctx context.Context, what string, m collection.Marker, err error) {
	c.Log.WarnContext(ctx, what, "creditorId", string(m.Creditor), "caseId", m.Case.String(), "firstSeq", m.First, "lastSeq", m.Last,
		"error", err.Error())
}

// Backlog finds what was committed and not published.
type Backlog interface {
	PendingMarkers(ctx context.Context, shard int, before time.Time, limit int) ([]collection.Marker, error)
	Messages(ctx context.Context, m collection.Marker) ([]collection.Message, error)
	DropMarkers(ctx context.Context, markers ...collection.Marker) error
}

// Sweeper publishes what was missed.
type Sweeper struct {
	Backlog   Backlog
	Publisher Publisher
	Log       *slog.Logger
}

// Sweep publishes the events of every marker that is older than 60 s and drops it. It returns how many markers it cleared. One that fails
// does not stop the others: all failures are logged, and joined in the error. It ends early when the context does.
func (s *Sweeper) Sweep(ctx context.Context, now time.Time) (cleared int, err error) {
	var failures []error
	for shard := range contract.PendingShards {
		n, err := s.sweepShard(ctx, shard, now.Add(-sweepAge))
		cleared += n
		if err != nil {
			failures = append(failures, err)
		}
	}
	return cleared, errors.Join(failures...)
}

// sweepShard goes on while it clears whole pages: a page with a failure would come again.
func (s *Sweeper) sweepShard(ctx context.Context, shard int, before time.Time) (cleared int, err error) {
	for {
		markers, err := s.Backlog.PendingMarkers(ctx, shard, before, sweepPage)
		if err != nil {
			return cleared, fmt.Errorf("sweep shard %d: %w", shard, err)
		}
		var failures []error
		for _, m := range markers {
			if err := s.clear(ctx, m); err != nil {
				s.Log.WarnContext(ctx, "sweep marker", "creditorId", string(m.Creditor), "caseId", m.Case.String(), "error", err.Error())
				failures = append(failures, err)
				continue
			}
			cleared++
		}
		if len(failures) > 0 {
			return cleared, fmt.Errorf("sweep shard %d: %d of %d markers failed: %w", shard, len(failures), len(markers), failures[0])
		}
		if len(markers) < sweepPage {
			return cleared, nil
		}
	}
}

func (s *Sweeper) clear(ctx context.Context, m collection.Marker) error {
	messages, err := s.Backlog.Messages(ctx, m)
	if err != nil {
		return err
	}
	if err := s.Publisher.Publish(ctx, messages); err != nil {
		return err
	}
	return s.Backlog.DropMarkers(ctx, m)
}
