package pix

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/regua/regua/shared/brcode"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

const (
	// maxFact and maxTxID are what the port keeps: more than the 35 characters that names of this rail have.
	maxFact = 64
	maxTxID = 64
)

var amountForm = form.New(`^[0-9]{1,10}\.[0-9]{2}$`)

// pixBody is a Pix received, alike in charges, statements and notices.
type pixBody struct {
	EndToEndID string  `json:"endToEndId"`
	TxID       string  `json:"txid"`
	Value      string  `json:"valor"`
	At         string  `json:"horario"`
	Returns    returns `json:"devolucoes"`
}

// returnBody is a refund of a Pix, or money taken back by the special return mechanism (MED).
type returnBody struct {
	ID     string `json:"id"`
	RtrID  string `json:"rtrId"`
	Value  string `json:"valor"`
	Nature string `json:"natureza"`
	Status string `json:"status"`
	At     struct {
		Asked   string `json:"solicitacao"`
		Settled string `json:"liquidacao"`
	} `json:"horario"`
}

// The states of a return.
const (
	returnUnderWay = "EM_PROCESSAMENTO"
	returnDone     = "DEVOLVIDO"
	returnNotDone  = "NAO_REALIZADO"
)

// returns reads an array of returns, and one that stands alone: the API's own document says the one and shows the other.
type returns []returnBody

// UnmarshalJSON reads an array or a single return.
func (r *returns) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("{")) {
		*r = make(returns, 1)
		return json.Unmarshal(text, &(*r)[0])
	}
	return json.Unmarshal(text, (*[]returnBody)(r))
}

// payment checks what is said of a Pix. The endToEndId's form is not checked: the API's own examples break it, and money must not be lost
// over a name.
func (p pixBody) payment() (provider.Payment, error) {
	amount, err := parseAmount(p.Value)
	at, wrong := parseTime(p.At)
	switch {
	case !printable(p.EndToEndID, maxFact):
		return provider.Payment{}, errors.New("endToEndId must be a short text")
	case p.TxID != "" && !printable(p.TxID, maxTxID):
		return provider.Payment{}, errors.New("txid must be a short text")
	case err != nil || amount == 0:
		return provider.Payment{}, errors.New("valor is no amount of money received")
	case wrong != nil:
		return provider.Payment{}, fmt.Errorf("horario: %w", wrong)
	}
	return provider.Payment{Fact: p.EndToEndID, TxID: p.TxID, Amount: amount, PaidAt: at}, nil
}

// settled lists what has left again for good.
func (p pixBody) settled() ([]provider.Return, error) {
	var out []provider.Return
	for _, r := range p.Returns {
		if err := r.check(); err != nil {
			return nil, err
		}
		if r.Status != returnDone {
			continue
		}
		amount, _ := parseAmount(r.Value) // check has read it
		when := r.At.Settled
		if when == "" {
			when = r.At.Asked
		}
		if when == "" {
			when = p.At
		}
		at, err := parseTime(when)
		if err != nil {
			return nil, fmt.Errorf("devolucoes: horario: %w", err)
		}
		out = append(out, provider.Return{
			Fact: r.fact(p.EndToEndID), Of: p.EndToEndID, TxID: p.TxID, Kind: r.kind(), Amount: amount, At: at,
		})
	}
	return out, nil
}

func (r returnBody) check() error {
	amount, err := parseAmount(r.Value)
	switch {
	case !printable(r.ID, maxFact) || (r.RtrID != "" && !printable(r.RtrID, maxFact)):
		return errors.New("devolucoes: id and rtrId must be short texts")
	case err != nil || amount == 0:
		return errors.New("devolucoes: valor is no amount of money returned")
	}
	return nil
}

// kind is a chargeback for what the payer's bank takes back by the special return mechanism.
func (r returnBody) kind() provider.ReturnKind {
	if strings.HasPrefix(r.Nature, "MED_") {
		return provider.ReturnChargeback
	}
	return provider.ReturnRefund
}

// fact is the rtrId, and where the provider gives none, what names the return beside the Pix that it returns.
func (r returnBody) fact(endToEndID string) string {
	if r.RtrID != "" {
		return r.RtrID
	}
	name := endToEndID + "/" + r.ID
	if len(name) > maxFact {
		sum := sha256.Sum256([]byte(name))
		name = hex.EncodeToString(sum[:])
	}
	return name
}

// state reads a charge with its money. A charge that is said to be paid and shows no payment is not believed: whoever did would give up on
// the money.
func (a chargeAnswer) state() (provider.State, error) {
	var state provider.State
	if _, err := brcode.Parse(a.Code); err == nil {
		state.Code.BRCode = a.Code
	}
	for _, p := range a.Pix {
		if p.TxID == "" {
			p.TxID = a.TxID
		}
		payment, err := p.payment()
		if err != nil {
			return provider.State{}, fmt.Errorf("%w: read a payment of the charge: %w", collection.ErrUnavailable, err)
		}
		if payment.TxID != a.TxID {
			return provider.State{}, fmt.Errorf("%w: the charge holds a payment of another", collection.ErrUnavailable)
		}
		settled, err := p.settled()
		if err != nil {
			return provider.State{}, fmt.Errorf("%w: read a refund of the charge: %w", collection.ErrUnavailable, err)
		}
		state.Payments = append(state.Payments, payment)
		state.Returns = append(state.Returns, settled...)
	}
	switch {
	case len(state.Payments) > 0:
		state.Status = provider.ChargePaid
	case a.Status == statusActive:
		state.Status = provider.ChargeActive
	case a.Status == statusRemoved, a.Status == statusRemovedBy:
		state.Status = provider.ChargeCancelled
	case a.Status == statusPaid:
		return provider.State{}, fmt.Errorf("%w: the charge is paid and shows no payment yet", collection.ErrUnavailable)
	default:
		return provider.State{}, fmt.Errorf("%w: the charge's state is not understood", collection.ErrUnavailable)
	}
	return state, nil
}

// parseAmount reads an amount of the API: one to ten digits, a point and two digits.
func parseAmount(text string) (money.Centavos, error) {
	if !amountForm.MatchString(text) {
		return 0, money.ErrSyntax
	}
	whole := strings.TrimLeft(text[:len(text)-3], "0")
	if whole == "" {
		whole = "0"
	}
	return money.Parse(whole + text[len(text)-3:])
}

// parseTime reads an instant since Pix began. A year of five digits would break RFC 3339 when it is written again.
func parseTime(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 2020 || at.Year() > 2200 {
		return time.Time{}, errors.New("no time of a Pix")
	}
	return at.UTC(), nil
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
