// Package blind makes the keyed hashes by which people and contracts are found, and the MACs of the deployment. A plain hash would not do:
// all documents of the country can be hashed in minutes.
package blind

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/strictjson"
)

// keyBytes is the length of each key: that of the hash.
const keyBytes = 32

// Keys are the keyed-hash and MAC keys of a deployment, one for each use.
type Keys struct {
	index, person, pepper, offer, mask []byte
}

// ErrKeys says that a secret does not hold the keys of a deployment. It never quotes them.
var ErrKeys = errors.New("keys secret is malformed")

type keysSecret struct {
	Index  string `json:"index"`
	Person string `json:"person"`
	Pepper string `json:"pepper"`
	Offer  string `json:"offer"`
	Mask   string `json:"mask"`
}

// ParseKeys reads the deployment's secret: a JSON object with the members index, person, pepper, offer and mask, each 32 bytes in standard
// base64 and each different from the others. Anything else is ErrKeys.
func ParseKeys(secretJSON []byte) (Keys, error) {
	secret, err := strictjson.Decode[keysSecret](secretJSON)
	if err != nil {
		return Keys{}, fmt.Errorf("%w: %w", ErrKeys, err)
	}
	var k Keys
	var seen [][]byte
	for _, member := range []struct {
		name string
		from string
		into *[]byte
	}{
		{"index", secret.Index, &k.index}, {"person", secret.Person, &k.person}, {"pepper", secret.Pepper, &k.pepper},
		{"offer", secret.Offer, &k.offer}, {"mask", secret.Mask, &k.mask},
	} {
		key, err := base64.StdEncoding.Strict().DecodeString(member.from)
		if err != nil || len(key) != keyBytes {
			return Keys{}, fmt.Errorf("%w: %s must be %d bytes in base64", ErrKeys, member.name, keyBytes)
		}
		for _, other := range seen {
			if bytes.Equal(key, other) {
				return Keys{}, fmt.Errorf("%w: %s repeats another key", ErrKeys, member.name)
			}
		}
		seen, *member.into = append(seen, key), key
	}
	return k, nil
}

// Document is the keyed hash of a participant's document at one creditor, in hex. Punctuation and case do not matter.
func (k Keys) Document(creditor collection.CreditorID, document string) string {
	return sum(k.index, "document", []byte(creditor), []byte(normalDocument(document)))
}

// Contract is the keyed hash of a contract number at one creditor, in hex. Case and white space around it do not matter.
func (k Keys) Contract(creditor collection.CreditorID, contract string) string {
	return sum(k.index, "contract", []byte(creditor), []byte(strings.ToUpper(strings.TrimSpace(contract))))
}

// Email is the keyed hash of an e-mail address at one creditor, in hex. Case and white space around it do not matter.
func (k Keys) Email(creditor collection.CreditorID, email string) string {
	return sum(k.index, "email", []byte(creditor), []byte(strings.ToLower(strings.TrimSpace(email))))
}

// Phone is the keyed hash of a phone number at one creditor, in hex. Only its digits matter.
func (k Keys) Phone(creditor collection.CreditorID, phone string) string {
	return sum(k.index, "phone", []byte(creditor), []byte(keep(phone, unicode.IsDigit)))
}

// Person is the keyed hash of a document that is equal across creditors, in hex: it serves contact caps only and is never shown.
func (k Keys) Person(document string) string {
	return sum(k.person, "person", []byte(normalDocument(document)))
}

// GuardKey names the counters of login attempts for one pair of hashes, whether or not they belong to a case.
func (k Keys) GuardKey(creditor collection.CreditorID, contractHash, documentHash string) string {
	return sum(k.index, "guard", []byte(creditor), []byte(contractHash), []byte(documentHash))
}

// Purposes of MAC. Each has a key of its own.
const (
	PurposeCode  = "code"  // one-time codes, under the pepper
	PurposeOffer = "offer" // offer ids
	PurposeMask  = "mask"  // masks of addresses that do not exist
)

// MAC is the HMAC-SHA-256 of data for a purpose. The purpose, and where one part of data ends and the next begins, are part of what is
// authenticated. Offers and masks have keys of their own; every other purpose is under the pepper.
func (k Keys) MAC(purpose string, data ...[]byte) []byte {
	key := k.pepper
	switch purpose {
	case PurposeOffer:
		key = k.offer
	case PurposeMask:
		key = k.mask
	}
	return mac(key, purpose, data...)
}

func sum(key []byte, purpose string, data ...[]byte) string {
	return hex.EncodeToString(mac(key, purpose, data...))
}

// mac authenticates the purpose and each part with its length before it.
func mac(key []byte, purpose string, data ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	write := func(part []byte) {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write(part)
	}
	write([]byte(purpose))
	for _, part := range data {
		write(part)
	}
	return h.Sum(nil)
}

// normalDocument keeps letters and digits, upper-case: company documents may hold letters.
func normalDocument(document string) string {
	return strings.ToUpper(keep(document, func(r rune) bool { return unicode.IsDigit(r) || unicode.IsLetter(r) }))
}

func keep(s string, wanted func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if wanted(r) {
			return r
		}
		return -1
	}, s)
}
