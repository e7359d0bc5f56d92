package payment_test

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"sync"

	"github.com/regua/regua/shared/brcode"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/sandbox"
)

// rail is the sandbox bank's adapter with a bank in memory behind it.
type rail struct {
	*sandbox.Bank
	rig     *rig
	mu      sync.Mutex
	charges map[string]*charge
	events  map[string]provider.Event // what notices say that the bank cannot, by their names
	refuse  bool
	down    bool
}

type charge struct {
	provider.Charge
	cancelled bool
	noticed   bool
	payments  []provider.Payment
	returns   []provider.Return
}

func (b *rail) call(name string, effect func() error) error {
	if err := b.rig.die(name + " before"); err != nil {
		return err
	}
	b.mu.Lock()
	err := effect()
	if b.down {
		err = collection.ErrUnavailable
	}
	b.mu.Unlock()
	if err != nil {
		return err
	}
	return b.rig.die(name + " after")
}

func (b *rail) Issue(_ context.Context, _ provider.Account, c provider.Charge) (collection.PayCode, error) {
	err := b.call("issue", func() error {
		switch old, stands := b.charges[c.TxID]; {
		case b.refuse || (stands && !reflect.DeepEqual(old.Charge, c)):
			return collection.ErrRefused
		case !stands && !b.down:
			b.charges[c.TxID] = &charge{Charge: c}
		}
		return nil
	})
	if err != nil {
		return collection.PayCode{}, err
	}
	code, err := codeOf(c)
	return collection.PayCode{BRCode: code}, err
}

func codeOf(c provider.Charge) (string, error) {
	return brcode.Dynamic{
		Location: "pix.sandbox.invalid/qr/v2/" + c.TxID, MerchantName: c.MerchantName, City: c.MerchantCity, Amount: c.Amount,
	}.Encode()
}

func (b *rail) Fetch(_ context.Context, _ provider.Account, txID string) (s provider.State, err error) {
	err = b.call("fetch", func() error {
		c, ok := b.charges[txID]
		if !ok {
			return collection.ErrNotFound
		}
		s = c.state()
		return nil
	})
	return s, err
}

func (c *charge) state() provider.State {
	s := provider.State{
		Status: provider.ChargeActive, Payments: slices.Clone(c.payments), Returns: slices.Clone(c.returns),
	}
	if c.noticed && len(c.payments) == 0 {
		s.Status = provider.ChargeNoticed
	}
	return s
}

// Refund sends back under its id, once.
func (b *rail) Refund(_ context.Context, _ provider.Account, txID string, order provider.RefundOrder) (r provider.Refund, err error) {
	err = b.call("refund", func() error {
		c, ok := b.charges[txID]
		if !ok || b.refuse {
			return collection.ErrRefused
		}
		r = provider.Refund{ID: order.ID, Fact: "D" + order.ID, Amount: order.Amount}
		if !slices.ContainsFunc(c.returns, func(x provider.Return) bool { return x.Fact == r.Fact }) && !b.down {
			c.returns = append(c.returns, provider.Return{
				Fact: r.Fact, Of: order.Fact, TxID: txID, Kind: provider.ReturnRefund, Amount: order.Amount, At: b.rig.clock(),
			})
		}
		return nil
	})
	return r, err
}

// Parse reads a notice as the bank's; one whose kind is "unproven" is of a provider that proves nothing.
func (b *rail) Parse(body []byte) (provider.Event, error) {
	plain := bytes.Replace(body, []byte(`"unproven"`), []byte(`"payment.received"`), 1)
	event, err := b.Bank.Parse(plain)
	event.Unproven = len(plain) != len(body)
	if said, ok := b.events[event.Key]; ok && err == nil {
		said.Key, said.Kind = event.Key, provider.EventMoney
		return said, nil
	}
	return event, err
}

func (b *rail) Cancel(_ context.Context, _ provider.Account, txID string) (s provider.State, err error) {
	err = b.call("cancel", func() error {
		c, ok := b.charges[txID]
		if !ok {
			return collection.ErrNotFound
		}
		c.cancelled = !b.down && len(c.payments) == 0
		s = c.state()
		return nil
	})
	return s, err
}

// pay is somebody paying a charge; the rail refuses one that was paid or ended, unless forced to take late or double money.
func (b *rail) pay(txID, fact string, amount money.Centavos, force bool) (provider.Payment, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.charges[txID]
	p := provider.Payment{Fact: fact, TxID: txID, Amount: amount, PaidAt: b.rig.clock()}
	if !force && (c.cancelled || len(c.payments) > 0 || !p.PaidAt.Before(c.ExpiresAt)) {
		return p, false
	}
	c.payments = append(c.payments, p)
	return p, true
}

// returned is money that the payer's bank took back.
func (b *rail) returned(left provider.Return) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.charges[left.TxID].returns = append(b.charges[left.TxID].returns, left)
}

// say makes a notice say something by its name.
func (b *rail) say(id string, event provider.Event) {
	if b.events == nil {
		b.events = map[string]provider.Event{}
	}
	b.events[id] = event
}

func (b *rail) knows(txID string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.charges[txID] != nil
}
