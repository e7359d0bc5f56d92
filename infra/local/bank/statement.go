package bank

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
)

// sentBack is a refund beside the charge that it is of.
type sentBack struct {
	refund

	TxID string `json:"txid"`
}

type statementAnswer struct {
	Day      string     `json:"day"`
	Payments []Paid     `json:"payments"`
	Refunds  []sentBack `json:"refunds"`
}

// statement lists what came to an account and left it on a day of São Paulo's clocks: a slip's money on the day on which it settled.
func (b *Bank) statement(in call) (int, any, error) {
	day, err := calendar.ParseDate(in.day)
	zone, ok := calendar.Zone("SP")
	if err != nil || !ok {
		return 0, nil, refusal{http.StatusBadRequest, "the day must be as 2006-01-02"}
	}
	on := func(t time.Time) bool { return calendar.Of(t, zone) == day }
	out := statementAnswer{in.day, []Paid{}, []sentBack{}}
	for _, c := range b.charges {
		if c.Account != in.account {
			continue
		}
		for _, r := range c.Payments {
			if on(r.SettledAt) {
				out.Payments = append(out.Payments, r.Paid)
			}
		}
		for _, r := range c.Refunds {
			if on(r.At) {
				out.Refunds = append(out.Refunds, sentBack{r, c.TxID})
			}
		}
	}
	slices.SortFunc(out.Payments, func(x, y Paid) int { return cmp.Compare(x.EndToEndID, y.EndToEndID) })
	slices.SortFunc(out.Refunds, func(x, y sentBack) int { return cmp.Compare(x.RtrID, y.RtrID) })
	return http.StatusOK, out, nil
}
