// Package stripe reads Stripe's notices about boletos that carry Regua's txid in their metadata. It makes no charges.
package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/websign"
)

// Name is the provider's name.
const Name = "stripe"

// Tolerance is how far the signature's time may lie from now: what Stripe's own libraries take. Each delivery is signed anew.
const Tolerance = 5 * time.Minute

const (
	maxHeader     = 4096
	maxSignatures = 20
)

var (
	idForm   = form.New(`^[A-Za-z0-9_]{1,64}$`)
	txIDForm = form.New(`^[0-9A-Z]{26}$`)
)

// Notices reads notices.
type Notices struct{}

// Verify proves a notice by Stripe-Signature: one of its v1 values is HMAC-SHA256 in hex over "<t>.<raw body>" under one of the account's
// secrets, the whole text of the secret being the key, and t is within Tolerance of now. The error is provider.ErrSignature.
func (Notices) Verify(account provider.Account, d provider.Delivery, now time.Time) error {
	stamp, signatures, err := signature(d.Header("stripe-signature"))
	if err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || strconv.FormatInt(seconds, 10) != stamp {
		return fmt.Errorf("%w: its time is none", provider.ErrSignature)
	}
	if limit := int64(Tolerance / time.Second); seconds < now.Unix()-limit || seconds > now.Unix()+limit {
		return fmt.Errorf("%w: signed too far from now", provider.ErrSignature)
	}
	err = websign.VerifyHex(account.SigningSecrets, [][]byte{append([]byte(stamp+"."), d.Body...)}, signatures)
	if errors.Is(err, websign.ErrForged) {
		return fmt.Errorf("%w: no signature matches", provider.ErrSignature)
	}
	if err != nil {
		return fmt.Errorf("verify notice: %w", err)
	}
	return nil
}

// signature parts a header as "t=1700000000,v1=d95c…,v1=…"; other schemes are passed over.
func signature(header string) (stamp string, v1 []string, err error) {
	if len(header) > maxHeader {
		return "", nil, fmt.Errorf("%w: its signature is too long", provider.ErrSignature)
	}
	for _, part := range strings.Split(header, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "t":
			stamp = value
		case "v1":
			v1 = append(v1, value)
		}
	}
	if stamp == "" || v1 == nil || len(v1) > maxSignatures {
		return "", nil, fmt.Errorf("%w: its signature is missing or malformed", provider.ErrSignature)
	}
	return stamp, v1, nil
}

type notice struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Created int64  `json:"created"`
	Data    struct {
		Object intent `json:"object"`
	} `json:"data"`
}

// intent is a payment intent of Stripe; amounts are in the currency's smallest unit.
type intent struct {
	ID             string            `json:"id"`
	AmountReceived json.Number       `json:"amount_received"`
	Currency       string            `json:"currency"`
	Metadata       map[string]string `json:"metadata"`
}

// Parse reads a notice; provider.ErrNotice when it is not one, or reports money of Regua's that cannot be read. A payment intent that
// carries a txid is noticed when it is processing, which for a boleto is paid and not settled, and money when it succeeded. All else is
// EventOther.
func (Notices) Parse(body []byte) (provider.Event, error) {
	if err := strictjson.Unambiguous(body); err != nil {
		return provider.Event{}, fmt.Errorf("%w: %w", provider.ErrNotice, err)
	}
	var head struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	}
	if json.Unmarshal(body, &head) != nil || !idForm.MatchString(head.ID) {
		return provider.Event{}, fmt.Errorf("%w: its id is no short text", provider.ErrNotice)
	}
	event := provider.Event{Key: head.ID, Kind: provider.EventOther}
	if head.Type != "payment_intent.processing" && head.Type != "payment_intent.succeeded" {
		return event, nil
	}
	var n notice
	if json.Unmarshal(body, &n) != nil {
		return provider.Event{}, fmt.Errorf("%w: its payment intent is of another form", provider.ErrNotice)
	}
	txID := n.Data.Object.Metadata["txid"]
	if !txIDForm.MatchString(txID) {
		return event, nil
	}
	event.Kind = provider.EventMoney
	if n.Type == "payment_intent.processing" {
		event.Noticed = []provider.Noticed{{TxID: txID}}
		return event, nil
	}
	paid, err := n.paid(txID)
	if err != nil {
		return provider.Event{}, err
	}
	event.Payments = []provider.Payment{paid}
	return event, nil
}

func (n notice) paid(txID string) (provider.Payment, error) {
	received, err := n.Data.Object.AmountReceived.Int64()
	at := time.Unix(n.Created, 0).UTC()
	switch {
	case err != nil || received < 1 || received > int64(money.MaxParsed) || n.Data.Object.Currency != "brl":
		return provider.Payment{}, fmt.Errorf("%w: its amount is none in real", provider.ErrNotice)
	case !idForm.MatchString(n.Data.Object.ID) || at.Year() < 2020 || at.Year() > 2200:
		return provider.Payment{}, fmt.Errorf("%w: its payment has no name or time", provider.ErrNotice)
	}
	return provider.Payment{Fact: n.Data.Object.ID, TxID: txID, Amount: money.Centavos(received), PaidAt: at}, nil
}
