package kms

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/regua/regua/infra/local/wire"
)

const (
	maxPlaintext = 4096 // bytes, KMS's limit
	idLength     = 36
)

func encrypt(k *key, in request) (any, error) {
	if len(in.Plaintext) == 0 || len(in.Plaintext) > maxPlaintext {
		return nil, wire.Errorf("ValidationException", "Member plaintext must have length from 1 to %d", maxPlaintext)
	}
	return map[string]any{"CiphertextBlob": k.seal(in.Plaintext, in.EncryptionContext), "KeyId": k.arn(),
		"EncryptionAlgorithm": Symmetric}, nil
}

func (e *Engine) decrypt(in request) (any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	invalid := &wire.Error{Code: "InvalidCiphertextException"}
	length := min(idLength, len(in.CiphertextBlob))
	k := e.keys[string(in.CiphertextBlob[:length])]
	if k == nil || k.Spec != Symmetric {
		return nil, invalid
	}
	if in.KeyID == "" {
		in.KeyID = k.ID
	}
	switch named, err := e.find(in, Symmetric); {
	case err != nil:
		return nil, err
	case named != k:
		return nil, wire.Errorf("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
	}
	plaintext, err := k.aead.Open(nil, nil, in.CiphertextBlob[length:], additionalData(k.ID, in.EncryptionContext))
	if err != nil {
		return nil, invalid
	}
	return map[string]any{"Plaintext": plaintext, "KeyId": k.arn(), "EncryptionAlgorithm": Symmetric}, nil
}

func generateDataKey(k *key, in request) (any, error) {
	length := in.NumberOfBytes
	switch {
	case in.KeySpec == "AES_256" && length == 0:
		length = 32
	case in.KeySpec == "AES_128" && length == 0:
		length = 16
	case in.KeySpec != "" || length < 1 || length > 1024:
		return nil, wire.Errorf("ValidationException", "Please specify either number of bytes (1 to 1024) or key spec.")
	}
	plaintext := random(length)
	return map[string]any{"Plaintext": plaintext, "CiphertextBlob": k.seal(plaintext, in.EncryptionContext), "KeyId": k.arn()}, nil
}

// seal gives key id, nonce and sealed text, in one.
func (k *key) seal(plaintext []byte, context map[string]string) []byte {
	return k.aead.Seal([]byte(k.ID), nil, plaintext, additionalData(k.ID, context))
}

// additionalData binds a ciphertext to its key and context. Names and values carry their lengths, so that no two contexts look alike.
func additionalData(id string, context map[string]string) []byte {
	data := []byte(id)
	for _, name := range slices.Sorted(maps.Keys(context)) {
		for _, text := range []string{name, context[name]} {
			data = binary.BigEndian.AppendUint32(data, uint32(len(text))) // bounded by the request
			data = append(data, text...)
		}
	}
	return data
}

func digest(in request) ([]byte, error) {
	switch {
	case in.SigningAlgorithm == "":
		return nil, wire.Errorf("ValidationException", "Member signingAlgorithm must not be null")
	case in.MessageType == "DIGEST" && len(in.Message) == sha256.Size:
		return in.Message, nil
	case (in.MessageType == "" || in.MessageType == "RAW") && len(in.Message) > 0 && len(in.Message) <= maxPlaintext:
		sum := sha256.Sum256(in.Message)
		return sum[:], nil
	}
	return nil, wire.Errorf("ValidationException", "Message of %d bytes is not valid as %q.", len(in.Message), in.MessageType)
}

func sign(k *key, in request) (any, error) {
	sum, err := digest(in)
	if err != nil {
		return nil, err
	}
	signature, err := ecdsa.SignASN1(rand.Reader, k.signer, sum)
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", k.ID, err)
	}
	return map[string]any{"Signature": signature, "SigningAlgorithm": in.SigningAlgorithm, "KeyId": k.arn()}, nil
}

func verify(k *key, in request) (any, error) {
	sum, err := digest(in)
	if err != nil {
		return nil, err
	}
	if !ecdsa.VerifyASN1(&k.signer.PublicKey, sum, in.Signature) {
		return nil, &wire.Error{Code: "KMSInvalidSignatureException"}
	}
	return map[string]any{"SignatureValid": true, "SigningAlgorithm": in.SigningAlgorithm, "KeyId": k.arn()}, nil
}

func publicKey(k *key, _ request) (any, error) {
	public, err := x509.MarshalPKIXPublicKey(&k.signer.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("encode public key %s: %w", k.ID, err)
	}
	return map[string]any{"PublicKey": public, "KeyId": k.arn(), "KeySpec": k.Spec, "KeyUsage": usages[k.Spec],
		"SigningAlgorithms": []string{algorithms[k.Spec]}}, nil
}
