package mailbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/regua/regua/infra/local/store"
)

// keyBucket holds the mailbox's own key. It lies in the same file as what it seals, like the keys of the local KMS: it keeps personal data
// from lying about in plain text, and from nobody who has the whole file.
const (
	keyBucket = "mailbox/key"
	keyName   = "1"
	keyBytes  = 32
)

// seal is how messages are stored.
type seal struct{ aead cipher.AEAD }

// openSeal reads the mailbox's key, or makes it.
func openSeal(st *store.Store) (seal, error) {
	var key []byte
	err := st.Each(keyBucket, func(_ string, value []byte) error {
		key = append([]byte(nil), value...)
		return nil
	})
	if err != nil {
		return seal{}, fmt.Errorf("read mailbox key: %w", err)
	}
	if key == nil {
		key = make([]byte, keyBytes)
		_, _ = rand.Read(key) // never fails, by its contract
		if err := st.Write(store.Op{Bucket: keyBucket, Key: keyName, Value: key}); err != nil {
			return seal{}, fmt.Errorf("store mailbox key: %w", err)
		}
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return seal{}, fmt.Errorf("use mailbox key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return seal{aead}, err
}

func (s seal) close(plain []byte, name string) []byte {
	return s.aead.Seal(nil, nil, plain, []byte(name))
}

func (s seal) open(sealed []byte, name string) ([]byte, error) {
	plain, err := s.aead.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return nil, errors.New("stored message is damaged or not this mailbox's")
	}
	return plain, nil
}
