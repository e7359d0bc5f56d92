package pix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

var refundForm = form.New(`^[a-zA-Z0-9]{1,35}$`)

// refund asks for a refund and reads what became of it. Its ID is taken once at a payment, so a refusal is read back: it may be this very
// refund that stands there.
func (s *session) refund(ctx context.Context, order provider.RefundOrder) (provider.Refund, error) {
	switch {
	case !refundForm.MatchString(order.ID):
		return provider.Refund{}, fmt.Errorf("%w: a refund's ID has 1 to 35 letters and digits", collection.ErrRefused)
	case !printable(order.Fact, maxFact):
		return provider.Refund{}, fmt.Errorf("%w: no payment has such an endToEndId", collection.ErrRefused)
	case order.Amount < 1 || order.Amount > money.MaxParsed:
		return provider.Refund{}, fmt.Errorf("%w: the amount is outside 1 to %d centavos", collection.ErrRefused, money.MaxParsed)
	}
	path := "/pix/" + url.PathEscape(order.Fact) + "/devolucao/" + order.ID
	var made returnBody
	err := s.call(ctx, http.MethodPut, path, map[string]string{"valor": order.Amount.Decimal()}, &made)
	if err == nil {
		return made.refund(order, collection.ErrUnavailable)
	}
	if !errors.Is(err, collection.ErrRefused) {
		return provider.Refund{}, err
	}
	failed := s.call(ctx, http.MethodGet, path, nil, &made)
	if errors.Is(failed, collection.ErrNotFound) {
		return provider.Refund{}, err
	}
	if failed != nil {
		return provider.Refund{}, failed
	}
	return made.refund(order, collection.ErrRefused)
}

// refund reads a return as the answer to an order. One that differs from it is the given error.
func (r returnBody) refund(order provider.RefundOrder, class error) (provider.Refund, error) {
	if err := r.check(); err != nil {
		return provider.Refund{}, fmt.Errorf("%w: read refund: %w", collection.ErrUnavailable, err)
	}
	if amount, err := parseAmount(r.Value); err != nil || amount != order.Amount || r.ID != order.ID {
		return provider.Refund{}, fmt.Errorf("%w: the API's refund is another one", class)
	}
	switch r.Status {
	case returnDone:
		return provider.Refund{ID: order.ID, Fact: r.fact(order.Fact), Amount: order.Amount}, nil
	case returnUnderWay:
		return provider.Refund{}, fmt.Errorf("%w: %w", collection.ErrUnavailable, provider.ErrRefundPending)
	case returnNotDone:
		return provider.Refund{}, fmt.Errorf("%w: the provider could not carry the refund out", collection.ErrRefused)
	}
	return provider.Refund{}, fmt.Errorf("%w: the refund's state is not understood", collection.ErrUnavailable)
}
