// Package bank is the sandbox bank: a provider of instant payments and boletos that keeps charges, takes payments that a developer makes
// up, and reports them by signed notices, late, twice and out of order if asked to.
package bank

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/brcode"
	"github.com/regua/regua/shared/money"
)

const (
	chargeBucket = "bank/charges"
	noticeBucket = "bank/notices"
	// location is where a payer's bank would read the charge; the name cannot exist (RFC 2606).
	location = "pix.sandbox.invalid/qr/v2/"
)

// Account is one creditor's account at the bank.
type Account struct {
	Name           string
	APIToken       string
	SigningSecrets []string // notices are signed with each
}

// Deliver posts a notice to the webhook of an account and returns the HTTP status that it answered.
type Deliver func(ctx context.Context, account string, header http.Header, body []byte) (status int, err error)

// Bank is the sandbox bank. It is an http.Handler of its charges API.
type Bank struct {
	// Slips is where Slip is served, ahead of a charge's txid; empty where it is not. It is set before the first charge.
	Slips string

	clk      *clock.Clock
	st       *store.Store
	deliver  Deliver
	accounts []Account
	mux      *http.ServeMux

	mu      sync.Mutex
	charges map[string]*charge // by txid
	notices map[string]*notice // by name, those not yet delivered
	paid    int                // payments made so far
	outage  bool
	down    []string // accounts that the API does not serve
}

// charge is what the bank keeps of one charge.
type charge struct {
	Account   string
	TxID      string
	Amount    money.Centavos
	ExpiresAt time.Time
	Name      string
	City      string
	Slip      *slip // of a boleto
	CreatedAt time.Time
	Cancelled bool
	Pending   []pending // paid and not settled
	Payments  []receipt
	Refunds   []refund
}

// Paid is one payment that the bank took.
type Paid struct {
	EndToEndID     string    `json:"endToEndId"`
	TxID           string    `json:"txid"`
	AmountCentavos int64     `json:"amountCentavos"`
	PaidAt         time.Time `json:"paidAt"`
}

// receipt is a payment and when its money was there.
type receipt struct {
	Paid

	SettledAt time.Time
}

type refund struct {
	ID             string    `json:"id"`
	RtrID          string    `json:"rtrId"`
	EndToEndID     string    `json:"endToEndId"`
	AmountCentavos int64     `json:"amountCentavos"`
	At             time.Time `json:"at"`
	Chargeback     bool      `json:"chargeback,omitempty"` // the payer's bank took it, and nobody sent it
}

// New opens the bank of a store. It delivers nothing before Resume.
func New(clk *clock.Clock, st *store.Store, deliver Deliver, accounts ...Account) (*Bank, error) {
	b := &Bank{clk: clk, st: st, deliver: deliver, accounts: accounts, charges: map[string]*charge{}, notices: map[string]*notice{}}
	err := st.Each(chargeBucket, func(_ string, value []byte) error {
		var c charge
		if err := json.Unmarshal(value, &c); err != nil {
			return fmt.Errorf("read charge: %w", err)
		}
		b.charges[c.TxID], b.paid = &c, b.paid+len(c.Payments)+len(c.Pending)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = st.Each(noticeBucket, func(_ string, value []byte) error {
		var n notice
		if err := json.Unmarshal(value, &n); err != nil {
			return fmt.Errorf("read notice: %w", err)
		}
		b.notices[n.Name] = &n
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.routes()
	return b, nil
}

// Resume goes on with the settlements and notices that were still to come when the store was closed. It is called once, when deliveries
// can arrive.
func (b *Bank) Resume() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.charges {
		for _, p := range c.Pending {
			if !p.At.IsZero() {
				b.settleLater(c.TxID, p)
			}
		}
	}
	for _, n := range b.notices {
		b.schedule(n)
	}
}

// Outage makes the API answer 503, or ends that.
func (b *Bank) Outage(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.outage = on
}

// OutageOf makes the API answer 503 to these accounts alone; none ends that.
func (b *Bank) OutageOf(accounts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = accounts
}

// Charge is a charge as the bank's page shows it.
type Charge struct {
	Account        string    `json:"account"`
	TxID           string    `json:"txid"`
	Method         string    `json:"method"` // pix or boleto
	Status         string    `json:"status"` // ACTIVE, NOTICED, PAID, EXPIRED or CANCELLED
	AmountCentavos int64     `json:"amountCentavos"`
	ExpiresAt      time.Time `json:"expiresAt"`
	BRCode         string    `json:"brCode"`
	Payments       []Paid    `json:"payments"`
	// Undelivered counts its notices that have not been answered with 200 yet.
	Undelivered int `json:"undelivered"`
}

// Charges lists all charges, the newest first.
func (b *Bank) Charges() ([]Charge, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]*charge, 0, len(b.charges))
	for _, c := range b.charges {
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y *charge) int {
		return cmp.Or(y.CreatedAt.Compare(x.CreatedAt), cmp.Compare(y.TxID, x.TxID))
	})
	out := make([]Charge, 0, len(all))
	for _, c := range all {
		code, err := c.code()
		if err != nil {
			return nil, err
		}
		shown := Charge{
			Account: c.Account, TxID: c.TxID, Method: c.method(), Status: c.status(b.clk.Now()), AmountCentavos: int64(c.Amount),
			ExpiresAt: c.ExpiresAt, BRCode: code, Payments: c.paid(),
		}
		for _, n := range b.notices {
			if n.TxID == c.TxID {
				shown.Undelivered++
			}
		}
		out = append(out, shown)
	}
	return out, nil
}

func (c *charge) status(now time.Time) string {
	switch {
	case len(c.Payments) > 0:
		return "PAID"
	case len(c.Pending) > 0:
		return "NOTICED"
	case c.Cancelled:
		return "CANCELLED"
	case !now.Before(c.ExpiresAt):
		return "EXPIRED"
	}
	return "ACTIVE"
}

func (c *charge) paid() []Paid {
	all := []Paid{}
	for _, r := range c.Payments {
		all = append(all, r.Paid)
	}
	return all
}

func (c *charge) method() string {
	if c.Slip != nil {
		return methodBoleto
	}
	return methodPix
}

// code is the BR Code of a charge that is paid by PIX, and empty for a boleto.
func (c *charge) code() (string, error) {
	if c.Slip != nil {
		return "", nil
	}
	code, err := brcode.Dynamic{Location: location + c.TxID, MerchantName: c.Name, City: c.City, Amount: c.Amount}.Encode()
	if err != nil {
		return "", fmt.Errorf("write BR Code of charge %s: %w", c.TxID, err)
	}
	return code, nil
}

var errUnknownCharge = errors.New("no such charge")

// change replaces a charge by what f makes of a copy, together with further writes, durably. The caller holds the lock.
func (b *Bank) change(c charge, with ...store.Op) error {
	value, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode charge: %w", err)
	}
	if err := b.st.Write(append(with, store.Op{Bucket: chargeBucket, Key: c.TxID, Value: value})...); err != nil {
		return fmt.Errorf("keep charge: %w", err)
	}
	b.charges[c.TxID] = &c
	return nil
}
