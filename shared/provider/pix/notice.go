package pix

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

const (
	// maxNotice is more than the largest batch seen needs, in bytes.
	maxNotice = 256 << 10
	// maxPayments is how many Pix one notice may hold; the charge of each is asked for within the intake's time.
	maxPayments = 250
)

// notice is what the provider delivers at "/pix", "/rec" and "/cobr" below the registered address. One of "/rec" says what became of a
// mandate, and one of "/cobr" of a charge under a mandate, with the money that it brought.
type notice struct {
	Pix      []pixBody       `json:"pix"`
	Mandates json.RawMessage `json:"recs"`
	Charges  []struct {
		TxID string    `json:"txid"`
		Pix  []pixBody `json:"pix"`
	} `json:"cobsr"`
}

// Verify refuses, as provider.ErrSignature, a notice that came without a client certificate that the gateway verified, and one with
// another certificate than the account names. The rail signs nothing: Parse says so by Unproven.
func (r *Rail) Verify(account provider.Account, d provider.Delivery, _ time.Time) error {
	if account.Pix == nil {
		return fmt.Errorf("account %s has no access to an API Pix", account.Name)
	}
	want := account.Pix.NoticeSubject
	switch {
	case d.ClientCertificate == "":
		return fmt.Errorf("%w: it came without a client certificate", provider.ErrSignature)
	case want != "" && d.ClientCertificate != want:
		return fmt.Errorf("%w: its client certificate is another's", provider.ErrSignature)
	}
	return nil
}

// Parse reads a notice. Members that are not known are left. What reports no money is provider.EventOther. Notices have no name, so the
// key is made of the facts that are reported: the same facts in any order are the same notice, and a refund that has become final is
// another one than when it was under way.
func (r *Rail) Parse(body []byte) (provider.Event, error) {
	if len(body) > maxNotice {
		return provider.Event{}, fmt.Errorf("%w: more than %d bytes", provider.ErrNotice, maxNotice)
	}
	if err := strictjson.Unambiguous(body); err != nil {
		return provider.Event{}, fmt.Errorf("%w: %w", provider.ErrNotice, err)
	}
	var n notice
	if err := json.Unmarshal(body, &n); err != nil {
		return provider.Event{}, fmt.Errorf("%w: it is of another form", provider.ErrNotice)
	}
	for _, charge := range n.Charges {
		for _, p := range charge.Pix {
			if p.TxID == "" {
				p.TxID = charge.TxID
			}
			n.Pix = append(n.Pix, p)
		}
	}
	if len(n.Pix) > maxPayments {
		return provider.Event{}, fmt.Errorf("%w: more than %d Pix", provider.ErrNotice, maxPayments)
	}
	if len(n.Pix) == 0 {
		return provider.Event{Key: keyOf(body), Kind: provider.EventOther, Unproven: true}, nil
	}
	event := provider.Event{Kind: provider.EventMoney, Unproven: true}
	var facts []string
	for _, p := range n.Pix {
		payment, err := p.payment()
		if err != nil {
			return provider.Event{}, fmt.Errorf("%w: pix: %w", provider.ErrNotice, err)
		}
		settled, err := p.settled()
		if err != nil {
			return provider.Event{}, fmt.Errorf("%w: pix: %w", provider.ErrNotice, err)
		}
		event.Payments, event.Returns = append(event.Payments, payment), append(event.Returns, settled...)
		facts = append(facts, p.facts(payment)...)
	}
	slices.Sort(facts)
	event.Key = keyOf([]byte(strings.Join(slices.Compact(facts), "\n")))
	return event, nil
}

// facts writes what a Pix reports, a line for the payment and one for each of its returns. Texts are printable and without blanks, but for
// the state, which is quoted.
func (p pixBody) facts(payment provider.Payment) []string {
	out := []string{fmt.Sprintf("pix %s %s %d %d", p.EndToEndID, p.TxID, payment.Amount, payment.PaidAt.UnixNano())}
	for _, r := range p.Returns {
		amount, _ := parseAmount(r.Value) // settled has read it
		out = append(out, fmt.Sprintf("devolucao %s %s %s %d %q", p.EndToEndID, r.ID, r.RtrID, amount, r.Status))
	}
	return out
}

func keyOf(content []byte) string {
	sum := sha256.Sum256(content)
	return "pix-" + hex.EncodeToString(sum[:])
}
