package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/websign"
)

const (
	// kindPayment is the notice of money received, kindNoticed of a boleto that was paid and whose money is on its way.
	kindPayment = "payment.received"
	kindNoticed = "payment.noticed"
	// kindReturned is the notice of money that left again, and kindChanged of charges of which it says no more than that there is news.
	kindReturned = "payment.returned"
	kindChanged  = "charge.changed"
	// maxPayments is how many payments one notice may hold; each is posted in a transaction of its own within the intake's time.
	maxPayments = 100
	maxKey      = 128
	maxKind     = 64
	// maxFact leaves room beyond the 35 characters that PIX names have.
	maxFact = 64
	maxTxID = 64
)

type notice[T any] struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Data []T    `json:"data"`
}

type noticedBody struct {
	TxID string `json:"txid"`
}

// anyNotice reads what every notice has, whatever its kind.
type anyNotice struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// Verify proves a notice by its signature over the raw body, within five minutes of now. It is provider.ErrSignature for one that is
// forged, stale or not signed.
func (b *Bank) Verify(account provider.Account, d provider.Delivery, now time.Time) error {
	err := websign.Verify(account.SigningSecrets, d.Header, d.Body, now)
	if errors.Is(err, websign.ErrMissing) || errors.Is(err, websign.ErrStale) || errors.Is(err, websign.ErrForged) {
		return fmt.Errorf("%w: %w", provider.ErrSignature, err)
	}
	if err != nil {
		return fmt.Errorf("verify notice: %w", err)
	}
	return nil
}

// Parse reads a notice; provider.ErrNotice when it is not one. A notice of an unknown kind is read as far as its id.
func (b *Bank) Parse(body []byte) (provider.Event, error) {
	if err := strictjson.Unambiguous(body); err != nil {
		return provider.Event{}, fmt.Errorf("%w: %w", provider.ErrNotice, err)
	}
	var some anyNotice
	if err := json.Unmarshal(body, &some); err != nil {
		return provider.Event{}, fmt.Errorf("%w: id and type must be texts", provider.ErrNotice)
	}
	if !printable(some.ID, maxKey) || !printable(some.Type, maxKind) {
		return provider.Event{}, fmt.Errorf("%w: id and type must be short texts", provider.ErrNotice)
	}
	event := provider.Event{Key: some.ID, Kind: provider.EventOther}
	var err error
	switch some.Type {
	case kindPayment:
		event.Kind = provider.EventMoney
		event.Payments, err = readAll(body, paymentBody.payment)
	case kindNoticed:
		event.Kind = provider.EventMoney
		event.Noticed, err = readAll(body, noticedBody.noticed)
	case kindReturned:
		event.Kind = provider.EventMoney
		event.Returns, err = readAll(body, returnBody.returned)
	case kindChanged:
		event.Kind, event.Unproven = provider.EventMoney, true
		event.Noticed, err = readAll(body, noticedBody.noticed)
	}
	if err != nil {
		return provider.Event{}, err
	}
	return event, nil
}

// readAll reads what a notice holds.
func readAll[T, P any](body []byte, read func(T) (P, error)) ([]P, error) {
	known, err := strictjson.Decode[notice[T]](body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", provider.ErrNotice, err)
	}
	if len(known.Data) == 0 || len(known.Data) > maxPayments {
		return nil, fmt.Errorf("%w: it must hold 1 to %d payments", provider.ErrNotice, maxPayments)
	}
	var all []P
	for _, one := range known.Data {
		p, err := read(one)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

func (n noticedBody) noticed() (provider.Noticed, error) {
	if !printable(n.TxID, maxTxID) {
		return provider.Noticed{}, fmt.Errorf("%w: txid must be a short text", provider.ErrNotice)
	}
	return provider.Noticed{TxID: n.TxID}, nil
}

// payment checks what the bank says of a payment. The endToEndId's form is not checked: names that break the rail's own rule occur, and
// money must not be lost over one.
func (p paymentBody) payment() (provider.Payment, error) {
	switch {
	case !printable(p.EndToEndID, maxFact):
		return provider.Payment{}, fmt.Errorf("%w: endToEndId must be a short text", provider.ErrNotice)
	case p.TxID != "" && !printable(p.TxID, maxTxID):
		return provider.Payment{}, fmt.Errorf("%w: txid must be a short text", provider.ErrNotice)
	case p.AmountCentavos < 1 || p.AmountCentavos > int64(money.MaxParsed):
		return provider.Payment{}, fmt.Errorf("%w: amountCentavos is outside 1 to %d", provider.ErrNotice, money.MaxParsed)
	case p.PaidAt.Year() < 2020 || p.PaidAt.Year() > 2200: // PIX began in 2020; a year of five digits breaks RFC 3339
		return provider.Payment{}, fmt.Errorf("%w: paidAt is no time of a payment", provider.ErrNotice)
	}
	return provider.Payment{Fact: p.EndToEndID, TxID: p.TxID, Amount: money.Centavos(p.AmountCentavos), PaidAt: p.PaidAt.UTC()}, nil
}

// printable reports whether s is 1 to limit printable ASCII characters without blanks.
func printable(s string, limit int) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= limit
}
