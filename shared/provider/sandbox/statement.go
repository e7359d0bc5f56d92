package sandbox

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

type statementAnswer struct {
	Day      string        `json:"day"`
	Payments []paymentBody `json:"payments"`
	Refunds  []returnBody  `json:"refunds"`
}

type returnBody struct {
	ID             string    `json:"id"`
	RtrID          string    `json:"rtrId"`
	EndToEndID     string    `json:"endToEndId"`
	TxID           string    `json:"txid"`
	AmountCentavos int64     `json:"amountCentavos"`
	At             time.Time `json:"at"`
	Chargeback     bool      `json:"chargeback"`
}

// Statement tells what came in and went out on a day of São Paulo's clocks: a slip's money on the day on which it settled.
func (b *Bank) Statement(ctx context.Context, account provider.Account, day calendar.Date) (provider.Statement, error) {
	text, err := b.call(ctx, account, http.MethodGet, "/statements/"+day.String(), nil)
	if err != nil {
		return provider.Statement{}, fmt.Errorf("fetch statement: %w", err)
	}
	answer, err := strictjson.Decode[statementAnswer](text)
	if err != nil || answer.Day != day.String() {
		return provider.Statement{}, fmt.Errorf("%w: the bank's answer is no statement of that day", collection.ErrUnavailable)
	}
	var out provider.Statement
	for _, p := range answer.Payments {
		payment, err := p.payment()
		if err != nil {
			return provider.Statement{}, fmt.Errorf("%w: the bank's statement holds a payment that is none", collection.ErrUnavailable)
		}
		out.Payments = append(out.Payments, payment)
	}
	if out.Returns, err = returned(answer.Refunds); err != nil {
		return provider.Statement{}, err
	}
	return out, nil
}

// returned reads what the bank says of refunds.
func returned(all []returnBody) ([]provider.Return, error) {
	var out []provider.Return
	for _, r := range all {
		one, err := r.returned()
		if err != nil {
			return nil, fmt.Errorf("%w: the bank's answer holds a refund that is none", collection.ErrUnavailable)
		}
		out = append(out, one)
	}
	return out, nil
}

// returned checks what the bank says of money that left again, by the rules of a payment.
func (r returnBody) returned() (provider.Return, error) {
	as := paymentBody{r.RtrID, r.TxID, r.AmountCentavos, r.At}
	if _, err := as.payment(); err != nil {
		return provider.Return{}, err
	}
	if !printable(r.EndToEndID, maxFact) {
		return provider.Return{}, fmt.Errorf("%w: endToEndId must be a short text", provider.ErrNotice)
	}
	kind := provider.ReturnRefund
	if r.Chargeback {
		kind = provider.ReturnChargeback
	}
	return provider.Return{
		Fact: r.RtrID, Of: r.EndToEndID, TxID: r.TxID, Kind: kind, Amount: money.Centavos(r.AmountCentavos), At: r.At.UTC(),
	}, nil
}
