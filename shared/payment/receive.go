package payment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/vault"
)

// MaxNotice is the longest notice in bytes: what the largest provider batch seen needs, with room.
const MaxNotice = 256 << 10

// AccountVault seals and opens what is kept of an account.
type AccountVault interface {
	Seal(ctx context.Context, key vault.Key, attribute string, plain []byte) ([]byte, error)
	Open(ctx context.Context, key vault.Key, attribute string, sealed []byte) ([]byte, error)
}

// RawStore stores notices as they came, each once.
type RawStore interface {
	PutRaw(ctx context.Context, e collection.RawEvent) (collection.RawState, error)
}

// Webhooks takes in what providers report, and does nothing with it but keep it and queue it.
type Webhooks struct {
	Accounts Accounts
	Rails    Rails
	Vault    AccountVault
	Raws     RawStore
	Queue    Sender
	Now      func() time.Time
}

// Notice is one delivery of a provider's notice to an account's address.
type Notice struct {
	Provider, Account string
	provider.Delivery
}

// Probe answers whether there is such an account, for providers that ask before they register an address.
func (w *Webhooks) Probe(ctx context.Context, providerName, account string) error {
	_, _, err := w.find(ctx, providerName, account)
	return err
}

// Receive verifies a notice over its raw bytes, stores it sealed under its account's key, and queues it unless it was taken in before; a
// repeated delivery is queued again, as the first may have been lost in between. The errors are collection.ErrNotFound for an
// unknown account, provider.ErrSignature, provider.ErrNotice, and collection.ErrUnavailable, after which the provider delivers again.
func (w *Webhooks) Receive(ctx context.Context, n Notice) error {
	rail, account, err := w.find(ctx, n.Provider, n.Account)
	if err != nil {
		return err
	}
	if len(n.Body) > MaxNotice {
		return fmt.Errorf("%w: more than %d bytes", provider.ErrNotice, MaxNotice)
	}
	now := w.Now()
	if err := rail.Verify(account, n.Delivery, now); err != nil {
		return fmt.Errorf("verify notice: %w", err)
	}
	return w.keep(ctx, rail, account, n, now)
}

// Keep stores and queues a notice as Receive does, without a proof: what it says was read from where the provider alone can write.
func (w *Webhooks) Keep(ctx context.Context, providerName, account string, body []byte) error {
	rail, found, err := w.find(ctx, providerName, account)
	if err != nil {
		return err
	}
	n := Notice{Provider: providerName, Account: account, Delivery: provider.Delivery{Body: body}}
	return w.keep(ctx, rail, found, n, w.Now())
}

func (w *Webhooks) keep(ctx context.Context, rail Rail, account provider.Account, n Notice, now time.Time) error {
	event, err := rail.Parse(n.Body)
	if err != nil {
		return fmt.Errorf("read notice: %w", err)
	}
	ref := collection.RawRef{Creditor: account.Creditor, Provider: n.Provider, Account: n.Account, Key: NoticeKey(event.Key, n.Body)}
	sealed, err := w.Vault.Seal(ctx, rawKey(ref, account.WrappedKey), rawAttribute(ref), n.Body)
	if err != nil {
		return fmt.Errorf("seal notice: %w", err)
	}
	state, err := w.Raws.PutRaw(ctx, collection.RawEvent{RawRef: ref, Sealed: sealed, WrappedKey: account.WrappedKey, ReceivedAt: now})
	if err != nil {
		return fmt.Errorf("store notice: %w", err)
	}
	if state == collection.RawTakenIn {
		return nil
	}
	if err := w.Queue.Send(ctx, intakeOf(ref)); err != nil {
		return fmt.Errorf("queue notice: %w", err)
	}
	return nil
}

func (w *Webhooks) find(ctx context.Context, providerName, account string) (Rail, provider.Account, error) {
	if !provider.ValidName(providerName) || !provider.ValidAccount(account) {
		return nil, provider.Account{}, fmt.Errorf("%w: no such account", collection.ErrNotFound)
	}
	return w.Rails.at(ctx, w.Accounts, providerName, account)
}

// NoticeKey is the key under which a notice is kept: the provider's name of it, and a hash of its bytes. A provider that gives two reports
// one name would have the second taken for a repetition of the first otherwise; what either says is posted once, by its business fact.
func NoticeKey(name string, body []byte) string {
	sum := sha256.Sum256(body)
	return name + "." + hex.EncodeToString(sum[:8])
}

func rawKey(ref collection.RawRef, wrapped []byte) vault.Key {
	return vault.Key{Creditor: ref.Creditor, Scope: vault.AccountScope(ref.Provider, ref.Account), Wrapped: wrapped}
}

func rawAttribute(ref collection.RawRef) string { return "raw/" + ref.Key }
