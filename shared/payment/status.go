package payment

import (
	"context"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
)

// Find returns an intent of the principal's case; collection.ErrNotFound for any other.
func Find(ctx context.Context, intents Intents, by collection.Principal, id collection.IntentID) (collection.Intent, error) {
	intent, err := intents.LoadIntent(ctx, by.Creditor, id)
	if err != nil {
		return collection.Intent{}, fmt.Errorf("find intent: %w", err)
	}
	if !by.MayTouch(intent.Creditor, intent.Case) {
		return collection.Intent{}, fmt.Errorf("find intent: %w", collection.ErrNotFound)
	}
	return intent, nil
}

// StatusAt is the status to show of an intent: a code whose time has passed cannot be paid, although the intent stays open for money on its
// way until the provider was asked.
func StatusAt(i collection.Intent, now time.Time) collection.IntentStatus {
	if !now.Before(i.ExpiresAt) && i.Status.Yields(collection.IntentExpired) {
		return collection.IntentExpired
	}
	if i.Status == collection.IntentNoticed && !now.Before(i.NoticedAt.Add(collection.NoticeLife)) {
		return collection.IntentExpired
	}
	return i.Status
}
