// Package mercadopago reads Mercado Pago's notices. It makes no charges: it is the half of an adapter that a creditor with charges there
// needs first, and its signature is the one of the field's that is easiest to get wrong.
package mercadopago

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/websign"
)

// Name is the provider's name.
const Name = "mercadopago"

// Tolerance is how far the signature's time may lie from now. Mercado Pago repeats a notice every 15 minutes and does not say whether it
// signs anew; a replay has no effect, as every notice is confirmed by Fetch.
const Tolerance = time.Hour

const (
	maxHeader = 1024
	maxKey    = 128
	// milliseconds are what a timestamp from here on counts: the number of seconds is reached in the year 5138.
	milliseconds = 100_000_000_000
)

var txIDForm = form.New(`^[0-9A-Z]{26}$`)

// Notices reads notices.
type Notices struct{}

// Verify proves a notice by x-signature: HMAC-SHA256 in hex over "id:<data.id>;request-id:<x-request-id>;ts:<ts>;", of which a part that
// the delivery does not have is left out, with each of the account's secrets. The documentation has data.id in lower case and the
// reference library as it came: either passes. The body is not signed, so every notice is Unproven. The error is provider.ErrSignature.
func (Notices) Verify(account provider.Account, d provider.Delivery, now time.Time) error {
	stamp, signatures, err := signature(d.Header("x-signature"))
	if err != nil {
		return err
	}
	if err := checkTime(stamp, now); err != nil {
		return err
	}
	id, request := d.Query("data.id"), d.Header("x-request-id")
	if len(id) > maxHeader || len(request) > maxHeader || strings.Contains(id+request, ";") {
		return fmt.Errorf("%w: what is signed cannot be told apart", provider.ErrSignature)
	}
	texts := [][]byte{manifest(id, request, stamp), manifest(strings.ToLower(id), request, stamp)}
	err = websign.VerifyHex(account.SigningSecrets, texts, signatures)
	if errors.Is(err, websign.ErrForged) {
		return fmt.Errorf("%w: no signature matches", provider.ErrSignature)
	}
	if err != nil {
		return fmt.Errorf("verify notice: %w", err)
	}
	return nil
}

// signature parts a header as "ts=1742505638683,v1=633f…".
func signature(header string) (stamp string, v1 []string, err error) {
	if len(header) > maxHeader {
		return "", nil, fmt.Errorf("%w: x-signature is too long", provider.ErrSignature)
	}
	for _, part := range strings.Split(header, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "ts":
			stamp = value
		case "v1":
			v1 = append(v1, value)
		}
	}
	if stamp == "" || v1 == nil {
		return "", nil, fmt.Errorf("%w: x-signature is missing or malformed", provider.ErrSignature)
	}
	return stamp, v1, nil
}

func checkTime(stamp string, now time.Time) error {
	n, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != stamp {
		return fmt.Errorf("%w: its time is none", provider.ErrSignature)
	}
	if n >= milliseconds {
		n /= 1000
	}
	if limit := int64(Tolerance / time.Second); n < now.Unix()-limit || n > now.Unix()+limit {
		return fmt.Errorf("%w: signed too far from now", provider.ErrSignature)
	}
	return nil
}

func manifest(id, request, stamp string) []byte {
	var out bytes.Buffer
	for _, part := range [][2]string{{"id", id}, {"request-id", request}, {"ts", stamp}} {
		if part[1] != "" {
			out.WriteString(part[0] + ":" + part[1] + ";")
		}
	}
	return out.Bytes()
}

type notice struct {
	ID   json.RawMessage `json:"id"` // a number or a text
	Type string          `json:"type"`
	Data struct {
		ExternalReference string `json:"external_reference"`
	} `json:"data"`
}

// Parse reads a notice; provider.ErrNotice when it is not one. A notice that names one of Regua's charges asks for a look at it; most name
// Mercado Pago's own payment alone and are EventOther.
func (Notices) Parse(body []byte) (provider.Event, error) {
	if err := strictjson.Unambiguous(body); err != nil {
		return provider.Event{}, fmt.Errorf("%w: %w", provider.ErrNotice, err)
	}
	var n notice
	if json.Unmarshal(body, &n) != nil || n.Type == "" {
		return provider.Event{}, fmt.Errorf("%w: it has no type", provider.ErrNotice)
	}
	event := provider.Event{Key: strings.Trim(string(n.ID), `"`), Kind: provider.EventOther}
	if event.Key == "" || event.Key == "null" {
		sum := sha256.Sum256(body)
		event.Key = "sha256-" + hex.EncodeToString(sum[:])
	}
	if len(event.Key) > maxKey || strings.ContainsFunc(event.Key, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
		return provider.Event{}, fmt.Errorf("%w: its id is no short text", provider.ErrNotice)
	}
	if txIDForm.MatchString(n.Data.ExternalReference) {
		event.Kind, event.Unproven = provider.EventMoney, true
		event.Noticed = []provider.Noticed{{TxID: n.Data.ExternalReference}}
	}
	return event, nil
}
