package asaas

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

// headerToken carries the token that the creditor chose for the webhook at Asaas: one of the account's signing secrets.
const headerToken = "asaas-access-token"

const maxKey = 128

var errNoSecret = errors.New("account has no webhook token")

type notice struct {
	ID      string  `json:"id"`
	Event   string  `json:"event"`
	Payment payment `json:"payment"`
}

// Verify compares the token in constant time with each of the account's: two while one is being replaced. It is provider.ErrSignature when
// none is equal. Nothing is signed, so a notice that passes is confirmed by Fetch before it counts.
func (a *Asaas) Verify(account provider.Account, d provider.Delivery, _ time.Time) error {
	if len(account.SigningSecrets) == 0 {
		return fmt.Errorf("verify notice: %w", errNoSecret)
	}
	given := sha256.Sum256([]byte(d.Header(headerToken)))
	equal := 0
	for _, secret := range account.SigningSecrets {
		if secret == "" {
			return fmt.Errorf("verify notice: %w", errNoSecret)
		}
		want := sha256.Sum256([]byte(secret))
		equal |= subtle.ConstantTimeCompare(given[:], want[:])
	}
	if equal == 0 {
		return fmt.Errorf("%w: its token is another", provider.ErrSignature)
	}
	return nil
}

// Parse reads a notice; provider.ErrNotice when it is not one. Every notice about money of one of Regua's charges is Unproven. One of an
// unknown kind, of a charge that Regua did not make, or that changes nothing is EventOther. What such a notice says of money is read
// strictly: where it cannot be, the notice still names the charge to ask about, since Asaas stops its queue over notices that are refused.
func (a *Asaas) Parse(body []byte) (provider.Event, error) {
	if err := strictjson.Unambiguous(body); err != nil {
		return provider.Event{}, fmt.Errorf("%w: %w", provider.ErrNotice, err)
	}
	var n notice
	var head struct {
		ID    string `json:"id"`
		Event string `json:"event"`
	}
	if json.Unmarshal(body, &head) != nil || !printable(head.Event) {
		return provider.Event{}, fmt.Errorf("%w: id and event must be short texts", provider.ErrNotice)
	}
	event := provider.Event{Key: head.ID, Kind: provider.EventOther}
	if head.ID == "" { // so it was before March 2024
		sum := sha256.Sum256(body)
		event.Key = "sha256-" + hex.EncodeToString(sum[:])
	}
	if !printable(event.Key) {
		return provider.Event{}, fmt.Errorf("%w: its id is no short text", provider.ErrNotice)
	}
	if json.Unmarshal(body, &n) != nil || !txIDForm.MatchString(n.Payment.ExternalReference) {
		return event, nil
	}
	n.report(&event)
	return event, nil
}

// report says what a notice of a known kind is about.
func (n notice) report(event *provider.Event) {
	p := n.Payment
	noticed := []provider.Noticed{{TxID: p.ExternalReference}}
	switch n.Event {
	case "PAYMENT_RECEIVED":
		paid, err := p.paid()
		if err != nil || !idForm.MatchString(p.ID) {
			event.Noticed = noticed
			break
		}
		event.Payments = []provider.Payment{paid}
	case "PAYMENT_CONFIRMED":
		event.Noticed = noticed
	case "PAYMENT_REFUNDED", "PAYMENT_PARTIALLY_REFUNDED", "PAYMENT_CHARGEBACK_REQUESTED", "PAYMENT_CHARGEBACK_DISPUTE",
		"PAYMENT_AWAITING_CHARGEBACK_REVERSAL":
		p.Status = "" // what is final says the charge itself, when it is fetched
		paid, err := p.paid()
		returns, failed := p.returns(paid)
		if err != nil || failed != nil || returns == nil {
			event.Noticed = noticed
			break
		}
		event.Returns = returns
	default:
		return
	}
	event.Kind, event.Unproven = provider.EventMoney, true
}

// printable reports whether s is 1 to maxKey printable ASCII characters without blanks.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= maxKey
}
