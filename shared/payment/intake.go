package payment

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// Raws reads stored notices and marks those that reported nothing new as taken in.
type Raws interface {
	LoadRaw(ctx context.Context, ref collection.RawRef) (collection.RawEvent, error)
	TakeIn(ctx context.Context, ref collection.RawRef) error
}

// fetchesAtOnce is how many charges of one notice a provider is asked about at a time.
const fetchesAtOnce = 8

// Intake is the consumer of payment-intake: it posts what stored notices report.
type Intake struct {
	Posting  *Posting
	Raws     Raws
	Rails    Rails
	Accounts Accounts
	Vault    AccountVault
	Now      func() time.Time
}

// posting is one thing to post, with what is to be written in its transaction; written says whether it was.
type posting func(ctx context.Context, with ...collection.Companion) (written bool, err error)

// TakeIn posts each payment and each return of a notice in a transaction of its own; the last one also marks the notice as taken in. Doing
// it again, wherever it ended before, posts nothing twice and repeats wake-ups that may have been lost. A notice of an unknown kind is only
// marked. Of a notice that nothing in it proves, only which charges it is about is believed: the provider is asked about each.
func (i *Intake) TakeIn(ctx context.Context, msg IntakeMessage) error {
	ref, err := msg.ref()
	if err != nil {
		return err
	}
	raw, event, err := i.read(ctx, ref)
	if err != nil {
		return err
	}
	s := i.source(ref)
	if !raw.TakenInAt.IsZero() {
		return i.wakeAll(ctx, s, event)
	}
	if event.Unproven {
		if event, err = i.prove(ctx, s, event); err != nil {
			return err
		}
	}
	all := i.postings(s, event)
	marked := false
	var failures []error
	for n, post := range all {
		var with []collection.Companion
		if n == len(all)-1 && len(failures) == 0 {
			with = append(with, collection.TakenIn{Provider: ref.Provider, Account: ref.Account, Key: ref.Key})
		}
		written, err := post(ctx, with...)
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

func (i *Intake) source(ref collection.RawRef) source {
	return source{
		creditor: ref.Creditor, at: collection.ProviderAccount{Provider: ref.Provider, Account: ref.Account}, meta: collection.Meta{
			At:     i.Now(),
			By:     collection.Principal{Kind: collection.KindProvider, ID: ref.Provider + "/" + ref.Account, Creditor: ref.Creditor},
			Reason: "provider reported", CausationID: ref.Key,
		},
	}
}

// prove asks the provider about each charge that a notice names, and returns what it says. What it does not know is left out.
func (i *Intake) prove(ctx context.Context, s source, event provider.Event) (provider.Event, error) {
	rail, account, err := i.Rails.at(ctx, i.Accounts, s.at.Provider, s.at.Account)
	if err != nil {
		return event, err
	}
	ids := event.TxIDs()
	states, failures := make([]provider.State, len(ids)), make([]error, len(ids))
	var all sync.WaitGroup
	places := make(chan struct{}, fetchesAtOnce)
	for n, id := range ids {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			states[n], failures[n] = rail.Fetch(ctx, account, id)
			if errors.Is(failures[n], collection.ErrNotFound) {
				failures[n] = nil
			}
		})
	}
	all.Wait()
	if err := errors.Join(failures...); err != nil {
		return event, fmt.Errorf("ask provider about a notice: %w", err)
	}
	proven := provider.Event{Key: event.Key, Kind: event.Kind}
	for n, state := range states {
		proven.Payments = append(proven.Payments, state.Payments...)
		proven.Returns = append(proven.Returns, state.Returns...)
		if state.Status == provider.ChargeNoticed {
			proven.Noticed = append(proven.Noticed, provider.Noticed{TxID: ids[n]})
		}
	}
	return proven, nil
}

// postings are the things that a notice reports, those that move money last.
func (i *Intake) postings(s source, event provider.Event) []posting {
	var all []posting
	for _, n := range event.Noticed {
		all = append(all, func(ctx context.Context, _ ...collection.Companion) (bool, error) {
			return false, i.Posting.notice(ctx, s.about(n.TxID), n.TxID)
		})
	}
	for _, r := range event.Refusals {
		all = append(all, func(ctx context.Context, _ ...collection.Companion) (bool, error) {
			return false, i.Posting.refuse(ctx, s.about(r.TxID), r)
		})
	}
	for _, m := range event.Payments {
		all = append(all, func(ctx context.Context, with ...collection.Companion) (bool, error) {
			return i.Posting.post(ctx, s.about(m.TxID), m, with...)
		})
	}
	for _, r := range event.Returns {
		all = append(all, func(ctx context.Context, with ...collection.Companion) (bool, error) {
			return i.takeBack(ctx, s.about(r.TxID), r, with...)
		})
	}
	return all
}

// takeBack books a return. One that came before its payment makes the provider tell of the payment first.
func (i *Intake) takeBack(ctx context.Context, s source, r provider.Return, with ...collection.Companion) (bool, error) {
	written, err := i.Posting.takeBack(ctx, s, r, with...)
	if !errors.Is(err, errNoPayment) {
		return written, err
	}
	rail, account, failed := i.Rails.at(ctx, i.Accounts, s.at.Provider, s.at.Account)
	if failed != nil {
		return false, failed
	}
	state, failed := rail.Fetch(ctx, account, r.TxID)
	if failed != nil {
		return false, fmt.Errorf("ask provider about a return: %w", failed)
	}
	for _, m := range state.Payments {
		if _, err := i.Posting.post(ctx, s, m); err != nil {
			return false, err
		}
	}
	return i.Posting.takeBack(ctx, s, r, with...)
}

// wakeAll repeats the wake-ups of a notice that was taken in: the process may have died between the posting and the wake-up.
func (i *Intake) wakeAll(ctx context.Context, s source, event provider.Event) error {
	var failures []error
	for _, id := range event.TxIDs() {
		failures = append(failures, i.Posting.wakeAgain(ctx, s.about(id), id))
	}
	return errors.Join(failures...)
}
