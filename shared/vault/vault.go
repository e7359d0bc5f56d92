// Package vault seals personal data: AES-256-GCM under a data key per case (or per provider account), which is itself wrapped by a
// customer key that never leaves its service. What is sealed opens only in the place that it was sealed for.
package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/regua/regua/shared/collection"
)

// Keys makes and unwraps data keys under a customer key. The encryption context is bound to the wrapped key: unwrapping with another fails.
type Keys interface {
	NewDataKey(ctx context.Context, encryptionContext map[string]string) (plain, wrapped []byte, err error)
	Unwrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) ([]byte, error)
}

const (
	// version is the first byte of everything sealed and part of what is authenticated.
	version = 1
	// keyBytes is the length of an AES-256 key.
	keyBytes = 32
	// nonceBytes is GCM's standard nonce. Drawn at random it is safe for 2^32 seals under one key (NIST SP 800-38D, 8.3); a case has dozens.
	nonceBytes = 12
)

// ErrSealed says that a sealed text does not open: it was altered, or sealed for another place.
var ErrSealed = errors.New("sealed text does not open")

// Vault seals and opens. It is safe for concurrent use as far as its source of chance is.
type Vault struct {
	keys   Keys
	chance io.Reader
	now    func() time.Time
	cache  cache
}

// New makes a vault. chance must be a cryptographic source.
func New(keys Keys, chance io.Reader, now func() time.Time) *Vault {
	return &Vault{keys: keys, chance: chance, now: now, cache: cache{known: map[string]cached{}}}
}

// Key is a wrapped data key with the place that it is for.
type Key struct {
	Creditor collection.CreditorID
	Scope    string // "case/{id}" or "account/{provider}/{account}"
	Wrapped  []byte
}

// CaseKey is the key of a case.
func CaseKey(c collection.Case) Key { return Key{c.Creditor, "case/" + c.ID.String(), c.WrappedKey} }

// AccountScope is the scope of the key that raw notifications of a provider account are sealed under.
func AccountScope(provider, account string) string { return "account/" + provider + "/" + account }

// context is what the customer key binds the data key to.
func (k Key) context() map[string]string {
	return map[string]string{"creditor": string(k.Creditor), "scope": k.Scope}
}

// NewKey makes a data key for a scope of a creditor. Its plain form stays in the cache, so that sealing at once costs no second call.
func (v *Vault) NewKey(ctx context.Context, creditor collection.CreditorID, scope string) (Key, error) {
	key := Key{Creditor: creditor, Scope: scope}
	plain, wrapped, err := v.keys.NewDataKey(ctx, key.context())
	if err != nil {
		return Key{}, fmt.Errorf("make data key: %w", err)
	}
	key.Wrapped = wrapped
	if _, err := v.hold(key, plain); err != nil {
		return Key{}, err
	}
	return key, nil
}

// Seal encrypts an attribute of the key's scope.
func (v *Vault) Seal(ctx context.Context, key Key, attribute string, plain []byte) ([]byte, error) {
	aead, err := v.aead(ctx, key)
	if err != nil {
		return nil, err
	}
	out := make([]byte, 1+nonceBytes, 1+nonceBytes+len(plain)+aead.Overhead())
	out[0] = version
	if _, err := io.ReadFull(v.chance, out[1:]); err != nil {
		return nil, fmt.Errorf("draw nonce: %w", err)
	}
	return aead.Seal(out, out[1:], plain, key.bound(attribute, version)), nil
}

// Open decrypts what Seal made for the same creditor, scope and attribute; anything else is ErrSealed.
func (v *Vault) Open(ctx context.Context, key Key, attribute string, sealed []byte) ([]byte, error) {
	if len(sealed) < 1+nonceBytes || sealed[0] != version {
		return nil, fmt.Errorf("%w: not of this form", ErrSealed)
	}
	aead, err := v.aead(ctx, key)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, sealed[1:1+nonceBytes], sealed[1+nonceBytes:], key.bound(attribute, sealed[0]))
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrSealed, attribute)
	}
	return plain, nil
}

// bound is the additional data that ties a sealed text to its place. Its parts hold no line feed, so that no two places have one form.
func (k Key) bound(attribute string, version byte) []byte {
	return append([]byte(string(k.Creditor)+"\n"+k.Scope+"\n"+attribute+"\n"), version)
}

func (v *Vault) aead(ctx context.Context, key Key) (cipher.AEAD, error) {
	if aead, ok := v.cache.get(key, v.now()); ok {
		return aead, nil
	}
	if len(key.Wrapped) == 0 {
		return nil, errors.New("no data key")
	}
	plain, err := v.keys.Unwrap(ctx, key.Wrapped, key.context())
	if err != nil {
		return nil, fmt.Errorf("unwrap data key: %w", err)
	}
	return v.hold(key, plain)
}

// hold makes a cipher of a plain key and keeps it for a while.
func (v *Vault) hold(key Key, plain []byte) (cipher.AEAD, error) {
	if len(plain) != keyBytes {
		return nil, fmt.Errorf("a data key has %d bytes, not %d", keyBytes, len(plain))
	}
	block, err := aes.NewCipher(plain)
	if err != nil {
		return nil, fmt.Errorf("use data key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("use data key: %w", err)
	}
	clear(plain)
	v.cache.put(key, aead, v.now())
	return aead, nil
}
