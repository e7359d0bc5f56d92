package asaas

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

var (
	// An id leaves room in the 64 characters of a fact for the name of a refund.
	idForm    = form.New(`^[A-Za-z0-9_-]{1,28}$`)
	txIDForm  = form.New(`^[0-9A-Z]{26}$`)
	orderForm = form.New(`^[A-Za-z0-9]{1,35}$`)
)

// payment is a charge as Asaas knows it. Its value is what was paid once it is paid, and originalValue then its face value, where it
// differs.
type payment struct {
	ID                string      `json:"id"`
	ExternalReference string      `json:"externalReference"`
	Status            string      `json:"status"`
	BillingType       string      `json:"billingType"`
	Value             json.Number `json:"value"`
	OriginalValue     json.Number `json:"originalValue"`
	DueDate           string      `json:"dueDate"`
	ClientPaymentDate string      `json:"clientPaymentDate"`
	PaymentDate       string      `json:"paymentDate"`
	BankSlipURL       string      `json:"bankSlipUrl"`
	Deleted           bool        `json:"deleted"`
	// CanBePaidAfterDueDate is absent from older answers, which means yes.
	CanBePaidAfterDueDate *bool       `json:"canBePaidAfterDueDate"`
	Refunds               []refund    `json:"refunds"`
	Chargeback            *chargeback `json:"chargeback"`
}

type refund struct {
	DateCreated string      `json:"dateCreated"`
	Status      string      `json:"status"`
	Value       json.Number `json:"value"`
	Description string      `json:"description"`
}

type chargeback struct {
	Status string      `json:"status"`
	Value  json.Number `json:"value"`
}

// find lists the charges of a txid, those that stand before those that were deleted, and each group in one order for whoever asks.
func (a *Asaas) find(ctx context.Context, account provider.Account, txID string) ([]payment, error) {
	if !txIDForm.MatchString(txID) {
		return nil, fmt.Errorf("%w: a txid has 26 capitals and digits", collection.ErrNotFound)
	}
	query := url.Values{"externalReference": {txID}, "limit": {"20"}}
	page, err := ask[list[payment]](ctx, a, account, http.MethodGet, "/payments?"+query.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("find charge: %w", err)
	}
	if page.HasMore {
		return nil, fmt.Errorf("%w: more charges of one txid than can be", collection.ErrUnavailable)
	}
	for _, p := range page.Data {
		if err := p.sound(txID); err != nil {
			return nil, err
		}
	}
	if len(page.Data) == 0 {
		return nil, fmt.Errorf("%w: no charge of that txid", collection.ErrNotFound)
	}
	slices.SortFunc(page.Data, func(x, y payment) int {
		if x.Deleted != y.Deleted {
			return map[bool]int{false: -1, true: 1}[x.Deleted]
		}
		return cmp.Compare(x.ID, y.ID)
	})
	return page.Data, nil
}

// sound refuses an answer about another charge.
func (p payment) sound(txID string) error {
	if p.ExternalReference != txID || !idForm.MatchString(p.ID) {
		return fmt.Errorf("%w: Asaas's answer is about another charge", collection.ErrUnavailable)
	}
	return nil
}

// open reports whether the charge can still be paid or withdrawn.
func (p payment) open() bool {
	status, err := p.chargeStatus()
	return err == nil && (status == provider.ChargeActive || status == provider.ChargeExpired)
}

// face is the amount that was asked for.
func (p payment) face() (money.Centavos, error) {
	if p.OriginalValue != "" {
		return amount(p.OriginalValue)
	}
	return amount(p.Value)
}

// amount reads a JSON number as it is written: digits and at most two decimals, never a fraction of a centavo and never through a float.
func amount(n json.Number) (money.Centavos, error) {
	c, err := money.Parse(n.String())
	if err != nil || c < 1 {
		return 0, fmt.Errorf("%w: an amount of Asaas is none", collection.ErrUnavailable)
	}
	return c, nil
}

// chargeStatus sorts the statuses of Asaas. CONFIRMED is paid and not settled. One that is received in cash was paid outside of Asaas, as
// the creditor told it there: no money came through it, and none will. One that Asaas adds is not guessed at.
func (p payment) chargeStatus() (provider.ChargeStatus, error) {
	switch p.Status {
	case "RECEIVED", "DUNNING_RECEIVED", "REFUND_REQUESTED", "REFUND_IN_PROGRESS", "REFUNDED", "CHARGEBACK_REQUESTED",
		"CHARGEBACK_DISPUTE", "AWAITING_CHARGEBACK_REVERSAL":
		return provider.ChargePaid, nil
	case "CONFIRMED", "AUTHORIZED", "AWAITING_RISK_ANALYSIS":
		return provider.ChargeNoticed, nil
	case "RECEIVED_IN_CASH":
		return provider.ChargeCancelled, nil
	case "PENDING", "OVERDUE", "DUNNING_REQUESTED":
		switch {
		case p.Deleted:
			return provider.ChargeCancelled, nil
		case p.Status == "OVERDUE" && p.CanBePaidAfterDueDate != nil && !*p.CanBePaidAfterDueDate:
			return provider.ChargeExpired, nil
		}
		return provider.ChargeActive, nil
	}
	return "", fmt.Errorf("%w: a status of Asaas is not known", collection.ErrUnavailable)
}

// stateOf puts the charges of one txid together: one that has money counts for more than one that waits for it.
func stateOf(all []payment) (provider.State, error) {
	weight := []provider.ChargeStatus{
		provider.ChargeCancelled, provider.ChargeExpired, provider.ChargeActive, provider.ChargeNoticed, provider.ChargePaid,
	}
	var state provider.State
	for _, p := range all {
		status, err := p.chargeStatus()
		if err != nil {
			return provider.State{}, err
		}
		if slices.Index(weight, status) > slices.Index(weight, state.Status) {
			state.Status, state.Code = status, collection.PayCode{DocumentURL: p.documentURL(), Reference: p.ID}
		}
		if status != provider.ChargePaid {
			continue
		}
		paid, err := p.paid()
		if err != nil {
			return provider.State{}, err
		}
		returns, err := p.returns(paid)
		if err != nil {
			return provider.State{}, err
		}
		state.Payments, state.Returns = append(state.Payments, paid), append(state.Returns, returns...)
	}
	return state, nil
}

// paid is the money of a charge. Asaas tells the day on which it was paid, not the hour: it is noon there, which is that day in every zone
// of Brazil.
func (p payment) paid() (provider.Payment, error) {
	value, err := amount(p.Value)
	if err != nil {
		return provider.Payment{}, err
	}
	at, err := noon(cmp.Or(p.ClientPaymentDate, p.PaymentDate))
	if err != nil {
		return provider.Payment{}, err
	}
	return provider.Payment{Fact: p.ID, TxID: p.ExternalReference, Amount: value, PaidAt: at}, nil
}

func noon(day string) (time.Time, error) {
	zone, err := bankZone()
	if err != nil {
		return time.Time{}, err
	}
	date, err := calendar.ParseDate(day)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: a day of Asaas is none", collection.ErrUnavailable)
	}
	return date.At(12, 0, zone).UTC(), nil
}

// returns is the money that left again for good: refunds that are done, and a chargeback that was not or no longer disputed.
func (p payment) returns(paid provider.Payment) ([]provider.Return, error) {
	var out []provider.Return
	add := func(fact string, kind provider.ReturnKind, value money.Centavos, at time.Time) {
		out = append(out, provider.Return{Fact: fact, Of: p.ID, TxID: p.ExternalReference, Kind: kind, Amount: value, At: at})
	}
	for _, r := range p.Refunds {
		if r.Status != "DONE" {
			continue
		}
		value, err := amount(r.Value)
		if err != nil {
			return nil, err
		}
		at, err := moment(r.DateCreated)
		if err != nil {
			return nil, err
		}
		add(p.refundFact(r, value == paid.Amount), provider.ReturnRefund, value, at)
	}
	if c := p.Chargeback; c != nil && (c.Status == "DONE" || c.Status == "DISPUTE_LOST") {
		value := paid.Amount
		if c.Value != "" {
			var err error
			if value, err = amount(c.Value); err != nil {
				return nil, err
			}
		}
		add(p.ID+"/chargeback", provider.ReturnChargeback, value, paid.PaidAt)
	}
	if p.Status == "REFUNDED" && out == nil { // told by its status alone
		add(p.refundFact(refund{}, true), provider.ReturnRefund, paid.Amount, paid.PaidAt)
	}
	return out, nil
}

// refundFact names a refund, which has no id at Asaas: by Regua's order that stands in its description; else a refund of everything is the
// only one there can be, and one of a part is named by its second.
func (p payment) refundFact(r refund, whole bool) string {
	switch {
	case orderForm.MatchString(r.Description):
		return p.ID + "/" + r.Description
	case whole:
		return p.ID + "/refund"
	}
	return p.ID + "/" + strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, r.DateCreated)
}

// moment reads an instant as Asaas writes it, on the clocks of São Paulo.
func moment(text string) (time.Time, error) {
	zone, err := bankZone()
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.ParseInLocation(time.DateTime, text, zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: an instant of Asaas is none", collection.ErrUnavailable)
	}
	return at.UTC(), nil
}
