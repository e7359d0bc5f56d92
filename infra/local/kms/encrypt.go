package kms

import (
	"encoding/binary"
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
