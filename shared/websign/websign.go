// Package websign signs and verifies webhooks as the Standard Webhooks
// specification lays down: HMAC-SHA256 over id, timestamp and raw body.
package websign

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The three headers of a signed webhook.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// Tolerance is how far the timestamp may lie from now, either way. The
// specification leaves the figure open and its reference libraries take five
// minutes: more than clocks drift and a first delivery takes, and short enough that
// a captured request is of little use. A sender signs every retry anew.
const Tolerance = 5 * time.Minute

const (
	secretPrefix = "whsec_"
	version      = "v1,"
	// A sender signs with its current and its previous secret; ten leaves room.
	maxSignatures = 10
	maxHeader     = 1024
	minKey        = 16 // bytes; the specification asks for 24 to 64
)

var (
	// ErrSecret says that a secret is not "whsec_" and base64 of at least 16 bytes.
	ErrSecret = errors.New("websign: malformed secret")
	// ErrMissing says that a header is absent, malformed or too long.
	ErrMissing = errors.New("websign: header missing or malformed")
	// ErrStale says that the timestamp is more than Tolerance from now.
	ErrStale = errors.New("websign: timestamp too far from now")
	// ErrForged says that no signature matches under any secret.
	ErrForged = errors.New("websign: no signature matches")
)

// Sign returns the value of HeaderSignature for one delivery. HeaderID carries id
// and HeaderTimestamp the Unix seconds of at. The secret is "whsec_" followed by
// standard base64; it fails with ErrSecret for another, and with ErrMissing for an
// id that is empty, holds a point, or is not printable ASCII, since the point
// parts what is signed.
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := keyOf(secret)
	if err != nil {
		return "", err
	}
	if !validID(id) {
		return "", fmt.Errorf("%w: id", ErrMissing)
	}
	return version + base64.StdEncoding.EncodeToString(mac(key, id, strconv.FormatInt(at.Unix(), 10), body)), nil
}

// Verify checks one delivery against every secret that is in force: two while a
// secret is being rotated. The header function gives the value of a header by its
// lower-case name and "" when it is absent; body is the raw body as received. All
// secrets and signatures are tried in constant time. It returns ErrMissing,
// ErrStale or ErrForged for a delivery that must be refused, and ErrSecret for no
// or malformed secrets, which is a fault of this side.
func Verify(secrets []string, header func(string) string, body []byte, now time.Time) error {
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		var err error
		if keys[i], err = keyOf(secret); err != nil {
			return err
		}
	}
	if len(keys) == 0 {
		return fmt.Errorf("%w: none configured", ErrSecret)
	}
	id, timestamp, signatures := header(HeaderID), header(HeaderTimestamp), header(HeaderSignature)
	if !validID(id) {
		return fmt.Errorf("%w: %s", ErrMissing, HeaderID)
	}
	if err := checkTime(timestamp, now); err != nil {
		return err
	}
	if signatures == "" || len(signatures) > maxHeader {
		return fmt.Errorf("%w: %s", ErrMissing, HeaderSignature)
	}
	given := strings.SplitN(signatures, " ", maxSignatures+1)
	if len(given) > maxSignatures {
		return fmt.Errorf("%w: too many signatures", ErrMissing)
	}
	genuine := false
	for _, key := range keys {
		want := mac(key, id, timestamp, body)
		for _, signature := range given {
			genuine = matches(signature, want) || genuine
		}
	}
	if !genuine {
		return ErrForged
	}
	return nil
}

// VerifyHex checks signatures of another dialect: HMAC-SHA256 in hex, of either letter case, over any one of some texts, under the whole
// text of any one secret. It returns ErrForged when none matches, and ErrSecret for no or empty secrets, which is a fault of this side.
func VerifyHex(secrets []string, texts [][]byte, signatures []string) error {
	if len(secrets) == 0 || slices.Contains(secrets, "") {
		return ErrSecret
	}
	genuine := false
	for _, secret := range secrets {
		for _, text := range texts {
			hash := hmac.New(sha256.New, []byte(secret))
			hash.Write(text)
			want := hash.Sum(nil)
			for _, signature := range signatures {
				given, err := hex.DecodeString(signature)
				genuine = err == nil && hmac.Equal(given, want) || genuine
			}
		}
	}
	if !genuine {
		return ErrForged
	}
	return nil
}

// matches ignores signatures of other versions, as the specification asks.
func matches(signature string, want []byte) bool {
	encoded, ok := strings.CutPrefix(signature, version)
	if !ok {
		return false
	}
	got, err := base64.StdEncoding.DecodeString(encoded)
	return err == nil && hmac.Equal(got, want)
}

// checkTime takes plain decimal seconds only: the text itself is signed, and a
// second spelling of the same instant would be a second text.
func checkTime(timestamp string, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != timestamp {
		return fmt.Errorf("%w: %s", ErrMissing, HeaderTimestamp)
	}
	// Bounds in seconds: the difference of two instants saturates, these do not.
	limit := int64(Tolerance / time.Second)
	if seconds < now.Unix()-limit || seconds > now.Unix()+limit {
		return ErrStale
	}
	return nil
}

func mac(key []byte, id, timestamp string, body []byte) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write([]byte(id + "." + timestamp + "."))
	hash.Write(body)
	return hash.Sum(nil)
}

func keyOf(secret string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok {
		return nil, ErrSecret
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) < minKey {
		return nil, ErrSecret
	}
	return key, nil
}

func validID(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' || id[i] == '.' {
			return false
		}
	}
	return id != "" && len(id) <= maxHeader
}
