package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// Raws reads stored notices and marks those that reported nothing new as taken in.
type Raws interface {
	LoadRaw(ctx context.Context, ref collection.RawRef) (collection.RawEvent, error)
	TakeIn(ctx context.Context, ref collection.RawRef) error
}

// Intake is the consumer of payment-intake: it posts what stored notices report.
type Intake struct {
	Posting *Posting
	Raws    Raws
	Rails   Rails
	Vault   AccountVault
	Now     func() time.Time
}

// TakeIn posts each payment of a notice in a transaction of its own; the last one also marks the notice as taken in. Doing it again,
// wherever it ended before, posts nothing twice and repeats wake-ups that may have been lost. A notice of an unknown kind is only marked.
func (i *Intake) TakeIn(ctx context.Context, msg IntakeMessage) error {
	ref, err := msg.ref()
	if err != nil {
		return err
	}
	raw, event, err := i.read(ctx, ref)
	if err != nil {
		return err
	}
	if !raw.TakenInAt.IsZero() {
		return i.wakeAll(ctx, ref, event)
	}
	marked := false
	var failures []error
	for n, payment := range event.Payments {
		var with []collection.Companion
		if n == len(event.Payments)-1 && len(failures) == 0 {
			with = append(with, collection.TakenIn{Provider: ref.Provider, Account: ref.Account, Key: ref.Key})
		}
		written, err := i.Posting.post(ctx, i.report(ref, payment), with...)
		if err != nil {
			failures = append(failures, err)
		}
		marked = written && len(with) > 0
	}
	if len(failures) > 0 || marked {
		return errors.Join(failures...)
	}
	if err := i.Raws.TakeIn(ctx, ref); err != nil {
		return fmt.Errorf("mark notice: %w", err)
	}
	return nil
}

// read loads a stored notice. It was verified before it was stored.
func (i *Intake) read(ctx context.Context, ref collection.RawRef) (collection.RawEvent, provider.Event, error) {
	raw, err := i.Raws.LoadRaw(ctx, ref)
	if err != nil {
		return raw, provider.Event{}, fmt.Errorf("load notice: %w", err)
	}
	rail, ok := i.Rails[ref.Provider]
	if !ok {
		return raw, provider.Event{}, fmt.Errorf("%w: payment provider %q", collection.ErrNotFound, ref.Provider)
	}
	body, err := i.Vault.Open(ctx, rawKey(ref, raw.WrappedKey), rawAttribute(ref), raw.Sealed)
	if err != nil {
		return raw, provider.Event{}, fmt.Errorf("open notice: %w", err)
	}
	event, err := rail.Parse(body)
	if err != nil {
		return raw, event, fmt.Errorf("read notice: %w", err)
	}
	return raw, event, nil
}

func (i *Intake) report(ref collection.RawRef, payment provider.Payment) report {
	return report{
		creditor: ref.Creditor, provider: ref.Provider, account: ref.Account, payment: payment, meta: collection.Meta{
			At:     i.Now(),
			By:     collection.Principal{Kind: collection.KindProvider, ID: ref.Provider + "/" + ref.Account, Creditor: ref.Creditor},
			Reason: "provider reported money", CausationID: ref.Key, CorrelationID: payment.TxID,
		},
	}
}

// wakeAll repeats the wake-ups of a notice that was taken in: the process may have died between the posting and the wake-up.
func (i *Intake) wakeAll(ctx context.Context, ref collection.RawRef, event provider.Event) error {
	var failures []error
	for _, payment := range event.Payments {
		failures = append(failures, i.Posting.wakeAgain(ctx, i.report(ref, payment)))
	}
	return errors.Join(failures...)
}
