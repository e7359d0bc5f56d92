package debit

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

// maxResults is how many results one notice holds: as many as the intake posts in one go.
const maxResults = 100

// notice is a part of a bank's file as it is handed to the intake of notices.
type notice struct {
	Key     string   `json:"key"`
	Results []result `json:"results"`
}

// result is what a bank said of one debit. Fact names the line: the file's date and number, and the result's place in it.
type result struct {
	Fact           string `json:"fact"`
	TxID           string `json:"txid"`
	Code           string `json:"code"`
	AmountCentavos int64  `json:"amountCentavos"`
	DebitedOn      string `json:"debitedOn"`
}

// notices are the results of a file in parts, in the file's order. They are the same whenever they are made.
func notices(f febraban.File) []notice {
	var out []notice
	for i, r := range f.Results {
		if i%maxResults == 0 {
			out = append(out, notice{Key: fmt.Sprintf("%s-%06d-%d", f.Date, f.Number, i/maxResults)})
		}
		last := &out[len(out)-1]
		last.Results = append(last.Results, result{
			Fact: factOf(f.Header, i), TxID: txIDOf(r), Code: r.Code, AmountCentavos: int64(r.Amount), DebitedOn: r.Due.String(),
		})
	}
	return out
}

// factOf names the result at a place of a file.
func factOf(h febraban.Header, place int) string {
	return fmt.Sprintf("%s-%06d-%06d", h.Date, h.Number, place+1)
}

// txIDOf is the order that a result echoes, as far as it can be the name of one.
func txIDOf(r febraban.Result) string {
	if _, err := collection.ParseID[collection.IntentNoun](r.Reference); err != nil {
		return ""
	}
	return r.Reference
}

func parse(body []byte) (provider.Event, error) {
	n, err := strictjson.Decode[notice](body)
	if err != nil {
		return provider.Event{}, fmt.Errorf("%w: %w", provider.ErrNotice, err)
	}
	if n.Key == "" || len(n.Results) == 0 || len(n.Results) > maxResults {
		return provider.Event{}, fmt.Errorf("%w: a notice has a key and 1 to %d results", provider.ErrNotice, maxResults)
	}
	event := provider.Event{Key: n.Key, Kind: provider.EventOther}
	for _, r := range n.Results {
		if err := r.into(&event); err != nil {
			return provider.Event{}, err
		}
	}
	return event, nil
}

// into adds what a result means to an event. Cancellations and codes that nobody knows say nothing to the payment.
func (r result) into(event *provider.Event) error {
	payment, err := r.payment()
	if err != nil {
		return err
	}
	outcome := febraban.Result{Code: r.Code}.Outcome()
	switch outcome {
	case febraban.OutcomePaid:
		if payment.Amount == 0 { // an answer to a debit of nothing, by which a mandate is kept alive
			return nil
		}
		event.Payments = append(event.Payments, payment)
	case febraban.OutcomeRetry, febraban.OutcomeMandate, febraban.OutcomeFault:
		if r.TxID == "" {
			return nil
		}
		event.Refusals = append(event.Refusals, provider.Refusal{
			TxID: r.TxID, Code: r.Code, Retry: outcome == febraban.OutcomeRetry, Mandate: outcome == febraban.OutcomeMandate,
		})
	case febraban.OutcomeCancelled, febraban.OutcomeUnknown:
		return nil
	}
	event.Kind = provider.EventMoney
	return nil
}

func (r result) payment() (provider.Payment, error) {
	on, err := calendar.ParseDate(r.DebitedOn)
	if err != nil || r.Fact == "" || r.AmountCentavos < 0 || r.AmountCentavos > int64(money.MaxParsed) {
		return provider.Payment{}, fmt.Errorf("%w: a result has a fact, an amount and a day", provider.ErrNotice)
	}
	return provider.Payment{Fact: r.Fact, TxID: r.TxID, Amount: money.Centavos(r.AmountCentavos), PaidAt: midday(on)}, nil
}

// midday is the instant that stands for a day of which the bank tells no time: it is the same day all over Brazil.
func midday(d calendar.Date) time.Time { return d.At(15, 0, time.UTC) }

func (n notice) text() ([]byte, error) {
	text, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("encode notice: %w", err)
	}
	return text, nil
}
