package simulation

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/regua/regua/infra/local/bank"
)

const (
	// maxInstalments is how many an agreement has at most here.
	maxInstalments = 6
	// window is how long each time of strikes is: sessions live longer, and no message is tried more often than its queue allows.
	window = 10 * time.Minute
	// calm is long enough for whatever was struck to be tried again.
	calm = 90 * time.Minute
)

// live goes through the whole story of a world.
func (w *world) live() {
	w.login()
	w.do(func() {
		for _, p := range w.people {
			w.sign(p)
		}
	})
	w.do(func() {
		for _, p := range w.people {
			for number := range p.instalments {
				w.within(window/2, func() { w.buy(p, number+1, 0) })
			}
		}
		w.strikes.set(true)
	})
	w.hostile()
	w.check("after the first payments", false)
	w.untilExpiry()
	w.hostile()
	w.check("after the codes expired", true)
	w.do(func() {
		w.network.strange()
		for _, c := range w.sorted() {
			if !c.silent && w.dice.IntN(4) == 0 {
				w.within(window, func() { w.pay(c, 0, true); w.tally.Late++ })
			}
			if w.dice.IntN(8) == 0 {
				w.within(window, func() { w.takeBack(c) })
			}
		}
	})
	w.hostile()
	w.check("after late money", true)
	w.do(w.network.replay)
	w.hostile()
	w.check("after everything was reported once more", true)
}

// hostile lets what is planned happen while everything breaks, and then lets everything heal.
func (w *world) hostile() {
	w.strikes.set(true)
	w.advance(window)
	w.strikes.set(false)
	w.advance(calm)
}

// untilExpiry goes to where the first codes are about to expire, and has some of them paid around that time.
func (w *world) untilExpiry() {
	var first time.Time
	for _, c := range w.sorted() {
		if first.IsZero() || c.expires.Before(first) {
			first = c.expires
		}
	}
	w.advance(first.Add(-window / 4).Sub(w.cloud.Clock.Now()))
	for _, c := range w.sorted() {
		if len(c.facts) == 0 && !c.silent && w.dice.IntN(2) == 0 {
			// The last minute of the code, the minute in which the provider is asked, and the one after.
			at := c.expires.Add(time.Duration(w.dice.IntN(150)-60) * time.Second)
			w.cloud.Clock.Schedule(at, "simulation/", func(context.Context) { w.pay(c, 0, true); w.tally.Racing++ })
		}
	}
}

// buy asks for a code and has it paid in one way or another.
func (w *world) buy(p *person, number, depth int) {
	c := w.request(p, number)
	if c == nil || len(c.facts) > 0 {
		return
	}
	soon := func(f func()) { w.within(window/3, f) }
	switch draw := w.dice.IntN(100); {
	case draw < 15:
		w.tally.NeverPaid++ // or at the very end
		return
	case draw < 20:
		c.silent = true
		w.tally.Unreported++
		soon(func() { w.pay(c, 0, false) })
		return
	case draw < 45 && depth < 3:
		w.tally.Partial++
		soon(func() {
			w.pay(c, 1+w.dice.Int64N(c.amount), false)
			w.within(window/3, func() { w.buy(p, number, depth+1) })
		})
	case draw < 55:
		w.tally.Over++
		soon(func() { w.pay(c, c.amount+1+w.dice.Int64N(c.amount), false) })
	default:
		w.tally.Exact++
		soon(func() { w.pay(c, 0, false) })
	}
	if w.dice.IntN(10) == 0 {
		soon(func() { w.takeBack(c) })
	}
	for range w.dice.IntN(6) {
		w.tally.Again++
		soon(func() { w.pay(c, w.dice.Int64N(2*c.amount), true) })
	}
}

// pay takes money at the bank, which then reports it. Forced, the bank takes what the rail would refuse: late money, or money once more.
func (w *world) pay(c *charge, amount int64, forced bool) {
	paid, err := w.cloud.Bank.Pay(w.t.Context(), bank.Payment{TxID: c.intent, AmountCentavos: amount, Force: forced})
	if errors.Is(err, bank.ErrNotPayable) && !forced {
		return
	}
	if err != nil {
		w.fail("pay: %w", err)
		return
	}
	for _, p := range paid {
		c.facts = append(c.facts, fact{p.EndToEndID, p.AmountCentavos})
		w.tally.Facts++
	}
}

// takeBack lets a payer's bank take back the last payment of a charge, all that is left of it or a part.
func (w *world) takeBack(c *charge) {
	if len(c.facts) == 0 || c.silent {
		return
	}
	last := c.facts[len(c.facts)-1]
	amount := int64(0)
	if w.dice.IntN(3) == 0 {
		amount = 1 + w.dice.Int64N(last.amount)
	}
	_, err := w.cloud.Bank.TakeBack(c.intent, last.name, amount)
	if err == nil {
		w.tally.TakenBack++
	} else if !errors.Is(err, bank.ErrPayment) { // it was sent back before
		w.fail("take back: %w", err)
	}
}

// sorted lists the charges in a fixed order.
func (w *world) sorted() []*charge {
	return slices.SortedFunc(maps.Values(w.charges), func(a, b *charge) int { return cmp.Compare(a.intent, b.intent) })
}
