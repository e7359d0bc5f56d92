// Package kms is the key management of the local cloud: real AES-256-GCM and ECDSA on P-256, with keys made at the first start and kept in
// the store.
package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
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
	arnPrefix = "arn:aws:kms:" + wire.Region + ":" + wire.Account + ":"
	refusal   = "UnsupportedOperationException"
)

// algorithms and usages are what keys are for, by spec.
var (
	algorithms = map[string]string{Symmetric: Symmetric, ECCP256: "ECDSA_SHA_256"}
	usages     = map[string]string{Symmetric: "ENCRYPT_DECRYPT", ECCP256: "SIGN_VERIFY"}
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
	aead   cipher.AEAD       // of a symmetric key: nonce and ciphertext in one
	signer *ecdsa.PrivateKey // of an ECC key
}

// Engine answers KMS calls.
type Engine struct {
	wire.Operations
	st   *store.Store
	mu   sync.Mutex
	keys map[string]*key // by all their names: id, alias, and the ARN of either
}

// request has the members of all operations: none of those that one of them takes means anything else in another.
type request struct {
	KeyID               string `json:"KeyId"`
	Plaintext           []byte
	CiphertextBlob      []byte
	EncryptionContext   map[string]string
	EncryptionAlgorithm string
	KeySpec             string
	NumberOfBytes       int
	Message             []byte
	MessageType         string
	Signature           []byte
	SigningAlgorithm    string
}

// New reads the aliases' keys from the store and makes those that are not there. A stored key of another spec is an error.
func New(st *store.Store, aliases []Alias) (*Engine, error) {
	e := &Engine{st: st, keys: map[string]*key{}}
	e.Operations = wire.Operations{
		"Encrypt": e.with(Symmetric, encrypt), "GenerateDataKey": e.with(Symmetric, generateDataKey),
		"Decrypt": wire.JSON(refusal, e.decrypt),
		"Sign":    e.with(ECCP256, sign), "Verify": e.with(ECCP256, verify), "GetPublicKey": e.with(ECCP256, publicKey),
		"DescribeKey": e.with("", describe), "DisableKey": e.with("", e.disable(true)), "EnableKey": e.with("", e.disable(false)),
	}
	if err := store.Load(st, bucket, e.add); err != nil {
		return nil, err
	}
	for _, alias := range aliases {
		if k := e.keys[alias.Name]; k != nil {
			if k.Spec != alias.Spec {
				return nil, fmt.Errorf("key %s is stored as %s, wanted as %s", alias.Name, k.Spec, alias.Spec)
			}
			continue
		}
		k, err := newKey(alias)
		if err == nil {
			err = errors.Join(e.add(alias.Name, k), st.Write(store.Op{Bucket: bucket, Key: alias.Name, Value: k}))
		}
		if err != nil {
			return nil, fmt.Errorf("make key %s: %w", alias.Name, err)
		}
	}
	return e, nil
}

func newKey(alias Alias) (k key, err error) {
	if !strings.HasPrefix(alias.Name, "alias/") {
		return k, errors.New("an alias begins with alias/")
	}
	id := random(16)
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	k = key{ID: fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:]), Spec: alias.Spec, Material: random(32)}
	if alias.Spec == ECCP256 {
		var signer *ecdsa.PrivateKey
		if signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err == nil {
			k.Material, err = x509.MarshalPKCS8PrivateKey(signer)
		}
	}
	return k, err
}

// add makes a key known under its names, ready for use.
func (e *Engine) add(alias string, k key) (err error) {
	switch k.Spec {
	case Symmetric:
		var block cipher.Block
		if block, err = aes.NewCipher(k.Material); err == nil {
			k.aead, err = cipher.NewGCMWithRandomNonce(block)
		}
	case ECCP256:
		var parsed any
		parsed, err = x509.ParsePKCS8PrivateKey(k.Material)
		if signer, ok := parsed.(*ecdsa.PrivateKey); ok {
			k.signer = signer
		} else if err == nil {
			err = errors.New("it is of another kind")
		}
	default:
		err = fmt.Errorf("the local cloud has no spec %q", k.Spec)
	}
	if err != nil {
		return fmt.Errorf("key %s cannot be used: %w", alias, err)
	}
	k.alias = alias
	for _, name := range []string{k.ID, "key/" + k.ID, alias} {
		e.keys[name], e.keys[arnPrefix+name] = &k, &k
	}
	return nil
}

// with makes an operation on the key that the request names: one of the spec and enabled, unless the spec is empty.
func (e *Engine) with(spec string, answer func(k *key, in request) (any, error)) func(wire.Call) (any, error) {
	return wire.JSON(refusal, func(in request) (any, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		k, err := e.find(in, spec)
		if err != nil {
			return nil, err
		}
		return answer(k, in)
	})
}

func (e *Engine) find(in request, spec string) (*key, error) {
	k := e.keys[in.KeyID]
	algorithm := in.EncryptionAlgorithm + in.SigningAlgorithm // an operation has one of them
	switch {
	case k == nil:
		return nil, wire.Errorf("NotFoundException", "%s is not found.", in.KeyID)
	case spec != "" && k.Disabled:
		return nil, wire.Errorf("DisabledException", "%s is disabled.", k.arn())
	case spec != "" && k.Spec != spec:
		return nil, wire.Errorf("InvalidKeyUsageException", "%s key usage is %s which is not valid for this operation.", k.arn(), usages[k.Spec])
	case algorithm != "" && algorithm != algorithms[spec]:
		return nil, wire.Errorf("InvalidKeyUsageException", "Algorithm %s is incompatible with key spec %s.", algorithm, spec)
	}
	return k, nil
}

func (k *key) arn() string { return arnPrefix + "key/" + k.ID }

func describe(k *key, _ request) (any, error) {
	state := "Enabled"
	if k.Disabled {
		state = "Disabled"
	}
	return map[string]any{"KeyMetadata": map[string]any{"KeyId": k.ID, "Arn": k.arn(), "AWSAccountId": wire.Account,
		"Enabled": !k.Disabled, "KeyState": state, "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "MultiRegion": false, "KeySpec": k.Spec,
		"KeyUsage": usages[k.Spec]}}, nil
}

// disable takes a key out of use, or back into it.
func (e *Engine) disable(disabled bool) func(*key, request) (any, error) {
	return func(k *key, _ request) (any, error) {
		changed := *k
		changed.Disabled = disabled
		if err := e.st.Write(store.Op{Bucket: bucket, Key: k.alias, Value: changed}); err != nil {
			return nil, fmt.Errorf("store key %s: %w", k.alias, err)
		}
		k.Disabled = disabled
		return nil, nil
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, by its contract
	return b
}
