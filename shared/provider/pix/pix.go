// Package pix is the adapter of the Brazilian Central Bank's API Pix, version 2.9.0 (github.com/bacen/pix-api), which the payment service
// providers of Brazil offer to whoever receives Pix: charges with and without a due date, Pix Automático mandates offered with them,
// received Pix and their refunds.
package pix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// Rail calls the API Pix of each account's provider. It is safe for concurrent use and keeps each account's connections and token.
type Rail struct {
	now           func() time.Time
	plainLoopback bool

	mu       sync.Mutex
	sessions map[string]*session
}

// Option changes a Rail.
type Option func(*Rail)

// PlainLoopback lets addresses be plain HTTP on this machine's loopback interface, for tests.
func PlainLoopback(r *Rail) { r.plainLoopback = true }

// New makes a Rail that reads the time from now.
func New(now func() time.Time, options ...Option) *Rail {
	r := &Rail{now: now, sessions: map[string]*session{}}
	for _, option := range options {
		option(r)
	}
	return r
}

// callTime is how long one operation may take, of however many calls it is made, when the caller's context allows more. A page of a
// statement has it for itself.
const callTime = 5 * time.Second

// zone is where the rail's days begin and end.
func zone() (*time.Location, error) {
	at, ok := calendar.Zone("SP")
	if !ok {
		return nil, errors.New("the zone of São Paulo is not known")
	}
	return at, nil
}

// Issue makes the charge under its own TxID, or finds the one made before, and returns its code, checked: its CRC, its amount where it
// carries one, and that it leads where the API says. A charge whose due date is today or later becomes a cobv, to which the provider adds
// the late charges; any other becomes a cob over exactly Amount. With a mandate offer the code also asks for the mandate: journey 3 of
// Pix Automático with a cob, journey 4 with a cobv. When the provider refuses that, the code is that of the charge alone and its Mandate
// is empty. It is collection.ErrRefused for what the provider refuses and for a charge that is paid or removed, collection.ErrUnavailable
// when it does not answer, or not in a way that can be trusted.
func (r *Rail) Issue(ctx context.Context, account provider.Account, c provider.Charge) (collection.PayCode, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	s, err := r.session(account)
	if err != nil {
		return collection.PayCode{}, err
	}
	code, err := s.issue(ctx, r.now(), c)
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("issue charge: %w", err)
	}
	return code, nil
}

// Fetch asks what became of a charge. It is collection.ErrNotFound only when the API itself says so, of both kinds of charge.
func (r *Rail) Fetch(ctx context.Context, account provider.Account, txID string) (provider.State, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	s, err := r.session(account)
	if err != nil {
		return provider.State{}, err
	}
	state, err := s.fetch(ctx, txID)
	if err != nil {
		return provider.State{}, fmt.Errorf("fetch charge: %w", err)
	}
	return state, nil
}

// Cancel removes a charge and returns what became of it, read after the removal: a charge that was paid first stays paid.
func (r *Rail) Cancel(ctx context.Context, account provider.Account, txID string) (provider.State, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	s, err := r.session(account)
	if err != nil {
		return provider.State{}, err
	}
	state, err := s.cancel(ctx, txID)
	if err != nil {
		return provider.State{}, fmt.Errorf("cancel charge: %w", err)
	}
	return state, nil
}

// Refund sends money back, within 90 days of the payment, which is the provider's to hold to. Asking again under the same ID reads what
// became of it. A refund that the provider has taken and not settled is provider.ErrRefundPending; one that it refused, or could not carry
// out, is collection.ErrRefused.
func (r *Rail) Refund(ctx context.Context, account provider.Account, _ string, order provider.RefundOrder) (provider.Refund, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	s, err := r.session(account)
	if err != nil {
		return provider.Refund{}, err
	}
	refund, err := s.refund(ctx, order)
	if err != nil {
		return provider.Refund{}, fmt.Errorf("refund payment: %w", err)
	}
	return refund, nil
}

// Statement lists the Pix received on a day of São Paulo's clocks, and the refunds settled on it. A day that is not over is listed as far
// as it is known.
func (r *Rail) Statement(ctx context.Context, account provider.Account, day calendar.Date) (provider.Statement, error) {
	s, err := r.session(account)
	if err != nil {
		return provider.Statement{}, err
	}
	statement, err := s.statement(ctx, day)
	if err != nil {
		return provider.Statement{}, fmt.Errorf("read statement: %w", err)
	}
	return statement, nil
}

// RegisterWebhook makes the provider deliver notices of the account's Pix key to an https address, to which it appends "/pix". Doing it
// again replaces the address. Before it answers, the provider may call the address to see that it refuses whoever shows no certificate.
func (r *Rail) RegisterWebhook(ctx context.Context, account provider.Account, address string) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%w: a webhook's address begins with https://", collection.ErrInvalid)
	}
	s, err := r.session(account)
	if err != nil {
		return err
	}
	body := map[string]string{"webhookUrl": address}
	if err := s.call(ctx, http.MethodPut, "/webhook/"+url.PathEscape(s.access.Key), body, nil); err != nil {
		return fmt.Errorf("register webhook: %w", err)
	}
	return nil
}
