package simulation

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/shared/collection"
)

const (
	// maxInstalments is how many an agreement has at most here.
	maxInstalments = 6
	// window is how long each time of strikes is: sessions live longer, and no message is tried more often than its queue allows.
	window = 10 * time.Minute
	// calm is long enough for whatever was struck to be tried again.
	calm = 90 * time.Minute
	// noticeEnd is how long after its code's time a payment is given up at last that was seen and not settled: it is asked for once a day.
	noticeEnd = collection.NoticeLife + 2*24*time.Hour
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
	})
	w.hostile()
	w.check("after the first payments", false)
	w.untilExpiry()
	w.hostile()
	w.check("after the first codes expired", false)
	w.untilExchange()
	w.do(w.afterwards)
	w.hostile()
	w.check("after late money", false)
	w.do(w.network.replay)
	w.hostile()
	w.check("after everything was reported once more", true)
	if w.long {
		w.untilTheEnd()
		w.check("after everything has ended", true)
	}
}

// untilTheEnd goes to where the last code has expired, and the last payment is given up that was seen and never settled.
func (w *world) untilTheEnd() {
	end := w.cloud.Clock.Now()
	for _, c := range w.charges {
		if until := c.expires.Add(noticeEnd); until.After(end) {
			end = until
		}
	}
	w.advance(end.Add(calm).Sub(w.cloud.Clock.Now()))
}

// hostile lets what is planned happen while everything breaks, and then lets everything heal.
func (w *world) hostile() {
	w.strikes.set(true)
	w.do(func() { w.unsettle(window) })
	w.advance(window)
	w.strikes.set(false)
	w.jump.Store(0)
	w.advance(calm)
}

// untilExpiry goes to where the first codes are about to expire, and has some of them paid around that time. It is also when the money of
// slips is there that were paid on the day before.
func (w *world) untilExpiry() {
	var first time.Time
	for _, c := range w.sorted() {
		if c.method == byPix && (first.IsZero() || c.expires.Before(first)) {
			first = c.expires
		}
	}
	if first.IsZero() {
		return
	}
	w.advance(first.Add(-window / 4).Sub(w.cloud.Clock.Now()))
	w.do(func() {
		for _, c := range w.sorted() {
			if c.method == byPix && !c.paid && !c.silent && w.dice.IntN(2) == 0 {
				// The last minute of the code, the minute in which the provider is asked, and the one after.
				at := c.expires.Add(time.Duration(w.dice.IntN(150)-60) * time.Second)
				w.at(at, "simulation/", func() { w.pay(c, bank.Payment{Force: true}); w.tally.Racing++ })
			}
		}
	})
}

// afterwards lets the bank answer debits, money of nobody come, and some be paid late, once more, or taken back.
func (w *world) afterwards() {
	if w.debits {
		w.answerDebits()
	}
	w.network.strange()
	for _, c := range w.sorted() {
		if c.method == byDebit {
			continue
		}
		if !c.silent && w.dice.IntN(4) == 0 {
			w.within(window, func() { w.pay(c, bank.Payment{Force: true, Settle: w.dice.IntN(2) == 0}); w.tally.Late++ })
		}
		if w.dice.IntN(8) == 0 {
			w.within(window, func() { w.takeBack(c) })
		}
	}
}

// buy asks for a code and has it paid in one way or another.
func (w *world) buy(p *person, number, depth int) {
	c := w.request(p, number, w.rail(p))
	if c == nil || c.paid || c.method == byDebit {
		return
	}
	soon := func(f func()) { w.within(window/3, f) }
	pay := func(amount int64) { soon(func() { w.pay(c, bank.Payment{AmountCentavos: amount}) }) }
	switch draw := w.dice.IntN(100); {
	case draw < 15:
		w.tally.NeverPaid++ // or at the very end
		return
	case draw < 20:
		c.silent = true
		w.tally.Unreported++
		pay(0)
		return
	case draw < 45 && depth < 3:
		w.tally.Partial++
		pay(1 + w.dice.Int64N(c.amount))
		soon(func() { w.within(window/3, func() { w.buy(p, number, depth+1) }) })
	case draw < 55:
		w.tally.Over++
		pay(c.amount + 1 + w.dice.Int64N(c.amount))
	default:
		w.tally.Exact++
		pay(0)
	}
	if w.dice.IntN(10) == 0 {
		soon(func() { w.takeBack(c) })
	}
	for range w.dice.IntN(6) {
		w.tally.Again++
		soon(func() { w.pay(c, bank.Payment{AmountCentavos: w.dice.Int64N(2 * c.amount), Force: true, Settle: true}) })
	}
}

// pay takes money at the bank, which then reports it. Forced, the bank takes what the rail would refuse: late money, or money once more. A
// slip that is not settled at once is seen first: most are settled soon or on the next morning, and some never.
func (w *world) pay(c *charge, p bank.Payment) {
	p.TxID = c.intent
	if c.method == bySlip && !p.Settle {
		w.tally.Slips++
		if p.Bounce = w.dice.IntN(8) == 0; p.Bounce {
			w.tally.Bounced++
		} else if w.dice.IntN(2) == 0 {
			w.tally.Settled++
			w.within(window/3, func() { w.pay(c, bank.Payment{Settle: true}) })
		}
	}
	_, err := w.cloud.Bank.Pay(w.t.Context(), p)
	switch {
	case err == nil:
		c.paid = true
	case !errors.Is(err, bank.ErrNotPayable) || p.Force:
		w.fail("pay: %w", err)
	}
}

// takeBack lets a payer's bank take back the last payment of a charge, all that is left of it or a part.
func (w *world) takeBack(c *charge) {
	if c.silent {
		return
	}
	amount := int64(0)
	if w.dice.IntN(3) == 0 {
		amount = 1 + w.dice.Int64N(c.amount)
	}
	_, err := w.cloud.Bank.TakeBack(c.intent, "", amount)
	if err == nil {
		w.tally.TakenBack++
	} else if !errors.Is(err, bank.ErrPayment) { // nothing is there, or it was sent back before
		w.fail("take back: %w", err)
	}
}

// sorted lists the charges in a fixed order.
func (w *world) sorted() []*charge {
	return slices.SortedFunc(maps.Values(w.charges), func(a, b *charge) int { return cmp.Compare(a.intent, b.intent) })
}
