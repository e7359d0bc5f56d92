package asaas

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

const (
	pageSize = 100
	// maxPages bounds a day's statement; a creditor with more payments a day than they hold is told so.
	maxPages = 100
)

type refundBody struct {
	Value       decimal `json:"value"`
	Description string  `json:"description"`
}

// Refund asks for a payment to be sent back. One that was made by PIX on the slip's code goes back at once, in part or whole. A boleto goes
// back whole or not at all, and only when its payer has given Asaas an account to send it to: until then, and for as long as any refund is
// under way, the answer is collection.ErrUnavailable, and asking again finds what became of it. It is collection.ErrRefused when the
// payment has not that much left.
func (a *Asaas) Refund(ctx context.Context, account provider.Account, txID string, order provider.RefundOrder) (provider.Refund, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	if !orderForm.MatchString(order.ID) || order.Amount < 1 {
		return provider.Refund{}, fmt.Errorf("%w: refund payment: no such order", collection.ErrRefused)
	}
	p, paid, err := a.settled(ctx, account, txID, order.Fact)
	if err != nil {
		return provider.Refund{}, fmt.Errorf("refund payment: %w", err)
	}
	boleto := p.BillingType == "BOLETO"
	if order.Amount > paid.Amount || boleto && order.Amount != paid.Amount {
		return provider.Refund{}, fmt.Errorf("%w: refund payment: it cannot be sent back in that amount", collection.ErrRefused)
	}
	done, under := p.refundOf(order, paid)
	if done == nil && !under {
		path, body := "/payments/"+p.ID+"/refund", any(refundBody{decimal(order.Amount.Decimal()), order.ID})
		if boleto {
			path, body = "/payments/"+p.ID+"/bankSlip/refund", nil
		}
		if _, err := a.call(ctx, account, http.MethodPost, path, body); err != nil {
			return provider.Refund{}, fmt.Errorf("refund payment: %w", err)
		}
		if p, paid, err = a.settled(ctx, account, txID, order.Fact); err != nil {
			return provider.Refund{}, fmt.Errorf("refund payment: %w", err)
		}
		done, _ = p.refundOf(order, paid)
	}
	if done == nil {
		return provider.Refund{}, fmt.Errorf("%w: refund payment: it is under way at Asaas", collection.ErrUnavailable)
	}
	return *done, nil
}

// settled finds a charge whose money came, by the fact of its payment.
func (a *Asaas) settled(ctx context.Context, account provider.Account, txID, fact string) (payment, provider.Payment, error) {
	all, err := a.find(ctx, account, txID)
	if err != nil {
		return payment{}, provider.Payment{}, err
	}
	at := slices.IndexFunc(all, func(p payment) bool { return p.ID == fact })
	if at < 0 {
		return payment{}, provider.Payment{}, fmt.Errorf("%w: no such payment", collection.ErrNotFound)
	}
	if status, err := all[at].chargeStatus(); err != nil || status != provider.ChargePaid {
		return payment{}, provider.Payment{}, fmt.Errorf("%w: no money came by it", collection.ErrRefused)
	}
	paid, err := all[at].paid()
	return all[at], paid, err
}

// refundOf finds an order among a charge's refunds: done, or under way. A boleto's refunds carry no order: there is only one.
func (p payment) refundOf(order provider.RefundOrder, paid provider.Payment) (done *provider.Refund, under bool) {
	for _, r := range p.Refunds {
		value, err := amount(r.Value)
		if err != nil || value != order.Amount || r.Description != order.ID && p.BillingType != "BOLETO" {
			continue
		}
		switch r.Status {
		case "DONE":
			return &provider.Refund{ID: order.ID, Fact: p.refundFact(r, value == paid.Amount), Amount: value}, false
		case "CANCELLED":
		default:
			under = true
		}
	}
	if p.BillingType == "BOLETO" && p.Status == "REFUNDED" {
		return &provider.Refund{ID: order.ID, Fact: p.refundFact(refund{}, true), Amount: paid.Amount}, false
	}
	return nil, under || p.Status == "REFUND_REQUESTED" || p.Status == "REFUND_IN_PROGRESS"
}

// movement is a line of the account's own statement.
type movement struct {
	Type      string `json:"type"`
	PaymentID string `json:"paymentId"`
}

// Statement is what came in and went out on a day through charges that Regua made: what Asaas credited that day, and every return of the
// charges that the account's own statement names as taken back that day.
func (a *Asaas) Statement(ctx context.Context, account provider.Account, day calendar.Date) (provider.Statement, error) {
	var out provider.Statement
	received, err := pages[payment](ctx, a, account, "/payments", url.Values{
		"paymentDate[ge]": {day.String()}, "paymentDate[le]": {day.String()},
	})
	if err != nil {
		return out, fmt.Errorf("list day's payments: %w", err)
	}
	for _, p := range received {
		if !txIDForm.MatchString(p.ExternalReference) || p.Status == "RECEIVED_IN_CASH" {
			continue
		}
		state, err := stateOf([]payment{p})
		if err != nil {
			return provider.Statement{}, fmt.Errorf("read day's payments: %w", err)
		}
		out.Payments = append(out.Payments, state.Payments...)
	}
	movements, err := pages[movement](ctx, a, account, "/financialTransactions", url.Values{
		"startDate": {day.String()}, "finishDate": {day.String()},
	})
	if err != nil {
		return provider.Statement{}, fmt.Errorf("list day's movements: %w", err)
	}
	seen := map[string]bool{}
	for _, m := range movements {
		if !takenBack(m.Type) || !idForm.MatchString(m.PaymentID) || seen[m.PaymentID] {
			continue
		}
		seen[m.PaymentID] = true
		p, err := ask[payment](ctx, a, account, http.MethodGet, "/payments/"+m.PaymentID, nil)
		if err != nil {
			return provider.Statement{}, fmt.Errorf("read payment taken back: %w", err)
		}
		if !txIDForm.MatchString(p.ExternalReference) {
			continue
		}
		state, err := stateOf([]payment{p})
		if err != nil {
			return provider.Statement{}, fmt.Errorf("read payment taken back: %w", err)
		}
		out.Returns = append(out.Returns, state.Returns...)
	}
	return out, nil
}

// takenBack names the movements by which a payment leaves the account again; fees, transfers and the rest are the creditor's own.
func takenBack(kind string) bool {
	switch kind {
	case "REVERSAL", "PAYMENT_REVERSAL", "REFUND_REQUEST", "CHARGEBACK", "PIX_TRANSACTION_CREDIT_REFUND":
		return true
	}
	return false
}

// pages reads a list to its end.
func pages[T any](ctx context.Context, a *Asaas, account provider.Account, path string, query url.Values) ([]T, error) {
	var all []T
	query.Set("limit", strconv.Itoa(pageSize))
	for n := range maxPages {
		query.Set("offset", strconv.Itoa(n*pageSize))
		page, err := ask[list[T]](ctx, a, account, http.MethodGet, path+"?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Data...)
		if !page.HasMore {
			return all, nil
		}
	}
	return nil, fmt.Errorf("%w: more than %d entries on one day", collection.ErrUnavailable, maxPages*pageSize)
}
