package kms

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/regua/regua/infra/local/wire"
)

const (
	maxPlaintext = 4096 // bytes, KMS's limit
	idLength     = 36
	nonceLength  = 12
)

type encryptRequest struct {
	KeyID               string `json:"KeyId"`
	Plaintext           []byte
	EncryptionAlgorithm string
	EncryptionContext   map[string]string
}

func (e *Engine) encrypt(in encryptRequest) (any, error) {
	k, err := e.find(in.KeyID, Symmetric)
	if err != nil {
		return nil, err
	}
	if err := symmetricOnly(in.EncryptionAlgorithm); err != nil {
		return nil, err
	}
	if len(in.Plaintext) == 0 || len(in.Plaintext) > maxPlaintext {
		return nil, wire.Errorf("ValidationException", "Member plaintext must have length from 1 to %d", maxPlaintext)
	}
	blob, err := k.seal(in.Plaintext, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	return map[string]any{"CiphertextBlob": blob, "KeyId": k.arn(), "EncryptionAlgorithm": Symmetric}, nil
}

func (e *Engine) decrypt(in struct {
	KeyID               string `json:"KeyId"`
	CiphertextBlob      []byte
	EncryptionAlgorithm string
	EncryptionContext   map[string]string
}) (any, error) {
	if err := symmetricOnly(in.EncryptionAlgorithm); err != nil {
		return nil, err
	}
	invalid := &wire.Error{Code: "InvalidCiphertextException"}
	if len(in.CiphertextBlob) < idLength+nonceLength {
		return nil, invalid
	}
	k := e.byID[string(in.CiphertextBlob[:idLength])]
	if k == nil || k.Spec != Symmetric {
		return nil, invalid
	}
	if in.KeyID == "" {
		in.KeyID = k.ID
	}
	switch named, err := e.find(in.KeyID, Symmetric); {
	case err != nil:
		return nil, err
	case named != k:
		return nil, wire.Errorf("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
	}
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	nonce, sealed := in.CiphertextBlob[idLength:idLength+nonceLength], in.CiphertextBlob[idLength+nonceLength:]
	plaintext, err := gcm.Open(nil, nonce, sealed, additionalData(k.ID, in.EncryptionContext))
	if err != nil {
		return nil, invalid
	}
	return map[string]any{"Plaintext": plaintext, "KeyId": k.arn(), "EncryptionAlgorithm": Symmetric}, nil
}

func (e *Engine) generateDataKey(in struct {
	KeyID             string `json:"KeyId"`
	KeySpec           string
	NumberOfBytes     int
	EncryptionContext map[string]string
}) (any, error) {
	k, err := e.find(in.KeyID, Symmetric)
	if err != nil {
		return nil, err
	}
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
	blob, err := k.seal(plaintext, in.EncryptionContext)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Plaintext": plaintext, "CiphertextBlob": blob, "KeyId": k.arn()}, nil
}

func symmetricOnly(algorithm string) error {
	if algorithm != "" && algorithm != Symmetric {
		return wire.Errorf("InvalidKeyUsageException", "Algorithm %s is incompatible with key spec %s.", algorithm, Symmetric)
	}
	return nil
}

// seal gives key id, nonce and sealed text, in one.
func (k *key) seal(plaintext []byte, context map[string]string) ([]byte, error) {
	gcm, err := k.gcm()
	if err != nil {
		return nil, err
	}
	nonce := random(nonceLength)
	return gcm.Seal(append([]byte(k.ID), nonce...), nonce, plaintext, additionalData(k.ID, context)), nil
}

func (k *key) gcm() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.Material)
	if err != nil {
		return nil, fmt.Errorf("use key %s: %w", k.ID, err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("use key %s: %w", k.ID, err)
	}
	return gcm, nil
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
