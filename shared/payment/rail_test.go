package payment_test

import (
	"context"
	"reflect"
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
	refuse  bool
	down    bool
}

type charge struct {
	provider.Charge
	cancelled bool
	payments  []provider.Payment
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
		s = provider.State{Payments: append([]provider.Payment(nil), c.payments...)}
		return nil
	})
	return s, err
}

func (b *rail) Cancel(_ context.Context, _ provider.Account, txID string) (s provider.State, err error) {
	err = b.call("cancel", func() error {
		c, ok := b.charges[txID]
		if !ok {
			return collection.ErrNotFound
		}
		c.cancelled = !b.down && len(c.payments) == 0
		s = provider.State{Payments: append([]provider.Payment(nil), c.payments...)}
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

func (b *rail) knows(txID string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.charges[txID] != nil
}
