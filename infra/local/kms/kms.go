// Package kms is the key management of the local cloud: real AES-256-GCM and ECDSA on P-256, with keys made at the first start and kept in
// the store.
package kms

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// The key specs that the engine knows, in KMS's names.
const (
	Symmetric = "SYMMETRIC_DEFAULT"
	ECCP256   = "ECC_NIST_P256"
)

const (
	bucket    = "kms"
	keyARN    = "arn:aws:kms:us-east-1:000000000000:key/"
	aliasARN  = "arn:aws:kms:us-east-1:000000000000:alias/"
	aliasName = "alias/"
)

// Alias names a key that is there from the start: "alias/…" and one of the key specs.
type Alias struct{ Name, Spec string }

// key is one key as the store holds it.
type key struct {
	ID       string
	Spec     string
	Material []byte // 32 random bytes, or the PKCS 8 form of an ECC key
	Disabled bool

	alias  string
	signer *ecdsa.PrivateKey // of an ECC key
}

// Engine answers KMS calls. Nothing of its keys but Disabled changes after New.
type Engine struct {
	st      *store.Store
	mu      sync.RWMutex // guards Disabled of all keys
	byID    map[string]*key
	byAlias map[string]*key
}

// New reads the aliases' keys from the store and makes those that are not there. A stored key of another spec is an error.
func New(st *store.Store, aliases []Alias) (*Engine, error) {
	e := &Engine{st: st, byID: map[string]*key{}, byAlias: map[string]*key{}}
	err := st.Each(bucket, func(alias string, value []byte) error {
		k := new(key)
		if err := json.Unmarshal(value, k); err != nil {
			return err
		}
		return e.add(alias, k)
	})
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	for _, alias := range aliases {
		if k := e.byAlias[alias.Name]; k != nil {
			if k.Spec != alias.Spec {
				return nil, fmt.Errorf("key %s is stored as %s, wanted as %s", alias.Name, k.Spec, alias.Spec)
			}
			continue
		}
		k, err := newKey(alias)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(e.add(alias.Name, k), e.write(*k)); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *Engine) write(k key) error {
	value, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("encode key %s: %w", k.alias, err)
	}
	if err := e.st.Write(store.Op{Bucket: bucket, Key: k.alias, Value: value}); err != nil {
		return fmt.Errorf("store key %s: %w", k.alias, err)
	}
	return nil
}

func newKey(alias Alias) (*key, error) {
	if !strings.HasPrefix(alias.Name, aliasName) {
		return nil, fmt.Errorf("key alias %q does not begin with %s", alias.Name, aliasName)
	}
	k := &key{ID: newID(), Spec: alias.Spec, Material: random(32)}
	switch alias.Spec {
	case Symmetric:
		return k, nil
	case ECCP256:
		signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make key %s: %w", alias.Name, err)
		}
		k.Material, err = x509.MarshalPKCS8PrivateKey(signer)
		return k, err
	}
	return nil, fmt.Errorf("key %s: the local cloud has no spec %q", alias.Name, alias.Spec)
}

func (e *Engine) add(alias string, k *key) error {
	if k.Spec == ECCP256 {
		parsed, err := x509.ParsePKCS8PrivateKey(k.Material)
		signer, ok := parsed.(*ecdsa.PrivateKey)
		if err != nil || !ok {
			return fmt.Errorf("key %s is damaged in the store", alias)
		}
		k.signer = signer
	}
	k.alias = alias
	e.byAlias[alias], e.byID[k.ID] = k, k
	return nil
}

// find takes an alias, a key id, or the ARN of either. It wants the key to be of a spec and enabled, unless the spec is empty.
func (e *Engine) find(id, spec string) (*key, error) {
	name := id
	if rest, ok := strings.CutPrefix(id, keyARN); ok {
		name = rest
	} else if rest, ok := strings.CutPrefix(id, aliasARN); ok {
		name = aliasName + rest
	}
	k := e.byID[name]
	if k == nil {
		k = e.byAlias[name]
	}
	if k == nil {
		return nil, wire.Errorf("NotFoundException", "%s is not found.", id)
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if spec != "" && k.Disabled {
		return nil, wire.Errorf("DisabledException", "%s is disabled.", k.arn())
	}
	if spec != "" && k.Spec != spec {
		return nil, wire.Errorf("InvalidKeyUsageException", "%s key usage is %s which is not valid for this operation.", k.arn(), k.usage())
	}
	return k, nil
}

func (k *key) arn() string { return keyARN + k.ID }

func (k *key) usage() string {
	if k.Spec == ECCP256 {
		return "SIGN_VERIFY"
	}
	return "ENCRYPT_DECRYPT"
}

// Serve answers a KMS call.
func (e *Engine) Serve(_ context.Context, call wire.Call) (any, error) {
	switch call.Operation {
	case "Encrypt":
		return wire.Answer(call, "UnsupportedOperationException", e.encrypt)
	case "Decrypt":
		return wire.Answer(call, "UnsupportedOperationException", e.decrypt)
	case "GenerateDataKey":
		return wire.Answer(call, "UnsupportedOperationException", e.generateDataKey)
	case "DisableKey", "EnableKey":
		return wire.Answer(call, "UnsupportedOperationException", func(in keyRequest) (any, error) {
			return nil, e.disable(in, call.Operation == "DisableKey")
		})
	case "Sign":
		return wire.Answer(call, "UnsupportedOperationException", e.sign)
	case "Verify":
		return wire.Answer(call, "UnsupportedOperationException", e.verify)
	case "GetPublicKey":
		return wire.Answer(call, "UnsupportedOperationException", e.getPublicKey)
	case "DescribeKey":
		return wire.Answer(call, "UnsupportedOperationException", e.describeKey)
	}
	return nil, wire.Unknown(call)
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, by its contract
	return b
}

func newID() string {
	b := random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
