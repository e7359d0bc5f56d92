package payment_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

// schedule is one random run: what is still to happen, in an order that the seed decides, with a process that dies at any port call.
type schedule struct {
	*rig
	t      *rapid.T
	rng    *rand.Rand
	deaths float64
	// actions are what may happen next; each runs until it succeeds once.
	actions  []func() error
	payments map[string]provider.Payment
	silent   map[string]bool // charges whose payment is not reported
	waits    map[string]int  // tokens made per execution
	machines map[string]string
	returned money.Centavos
}

func (s *schedule) add(action func() error) { s.actions = append(s.actions, action) }

// run takes actions in random order. One that fails stays, as the queue, the machine or the sender would try it again.
func (s *schedule) run() {
	for steps := 0; len(s.actions) > 0 || len(s.intake) > 0 || len(s.wakes) > 0; steps++ {
		if steps > 20000 {
			s.t.Fatalf("no end: %d actions, %d raw, %d wakes", len(s.actions), len(s.intake), len(s.wakes))
		}
		if steps > 2000 {
			s.deaths = 0 // whatever dies, comes back at last
		}
		if n := s.rng.IntN(len(s.actions) + 3); n < len(s.actions) {
			if err := s.actions[n](); err == nil {
				s.actions[n] = s.actions[len(s.actions)-1]
				s.actions = s.actions[:len(s.actions)-1]
			}
			continue
		}
		s.rng.Shuffle(len(s.intake), func(i, j int) { s.intake[i], s.intake[j] = s.intake[j], s.intake[i] })
		if len(s.intake) > 0 && s.rng.IntN(5) == 0 {
			s.intake = append(s.intake, s.intake[0]) // at least once means sometimes twice
		}
		s.deliver()
	}
}

// ask is a participant who asks for an instalment's money until the answer comes, and then perhaps pays.
func (s *schedule) ask(instalment int, key string, amounts []money.Centavos) {
	s.add(func() error {
		asked, err := s.requests.Request(context.Background(), s.meta(), s.dossier(s.t), s.rig.ask(instalment, key))
		if errors.Is(err, collection.ErrInstalmentNotPayable) {
			return nil
		}
		if err != nil {
			return err
		}
		for n, amount := range amounts {
			s.pay(asked.Intent.ID.String(), fmt.Sprint("E", key, n), amount)
		}
		return nil
	})
}

// pay is a payment with its notices: two ids, the first delivered twice. A payment that the rail refuses may come late all the same. A
// charge whose payment is never reported gets no second one: only a comparison of accounts would find the first then.
func (s *schedule) pay(txID, fact string, amount money.Centavos) {
	s.add(func() error {
		if s.silent[txID] {
			return nil
		}
		if !s.rail.knows(txID) { // nobody pays what was not issued, and nobody waits for ever
			if s.rng.IntN(20) == 0 {
				return nil
			}
			return errDied
		}
		reported := true
		p, ok := s.rail.pay(txID, fact, amount, false)
		switch {
		case ok:
			reported = s.rng.IntN(4) > 0
			s.silent[txID] = !reported
		case s.rng.IntN(2) == 0:
			return nil
		default:
			p, _ = s.rail.pay(txID, fact, amount, true)
		}
		s.payments[fact] = p
		if !reported && txID != "nobody" {
			return nil // the rail knows, and tells when it is asked
		}
		batch := []provider.Payment{p}
		for _, other := range s.payments {
			if s.rng.IntN(3) == 0 && other.Fact != fact {
				batch = append(batch, other)
			}
		}
		for _, id := range []string{"evt_" + fact, "evt_" + fact, "again_" + fact} {
			s.add(func() error { return s.webhooks.Receive(context.Background(), s.notice(s.t, id, batch...)) })
		}
		s.takeBack(p)
		return nil
	})
}

// takeBack sometimes returns a part of a payment, and reports that twice, perhaps before the payment itself.
func (s *schedule) takeBack(p provider.Payment) {
	if s.rng.IntN(3) > 0 || p.TxID == "nobody" {
		return
	}
	left := provider.Return{
		Fact: "R-" + p.Fact, Of: p.Fact, TxID: p.TxID, Kind: provider.ReturnChargeback, Amount: 1 + money.Centavos(s.rng.Int64N(int64(p.Amount))),
		At: s.clock(),
	}
	s.rail.returned(left)
	s.returned += left.Amount
	for _, id := range []string{"back_" + p.Fact, "back_" + p.Fact, "back_again_" + p.Fact} {
		s.rail.say(id, provider.Event{Returns: []provider.Return{left}})
		body := fmt.Appendf(nil, `{"id":%q,"type":"x"}`, id)
		s.add(func() error { return s.webhooks.Receive(context.Background(), s.signed(s.t, id, body)) })
	}
}

// machine plays the executions: issue, wait for a token's answer or its time, ask the provider. A step that fails is tried again.
func (s *schedule) machine() error {
	for name, ref := range s.started {
		switch s.machines[name] {
		case "":
			issued, err := s.issue.Do(context.Background(), ref)
			switch {
			case err != nil:
			case issued.Status == "ISSUED":
				s.machines[name] = "wait"
			default:
				s.machines[name] = "expire"
			}
		case "wait":
			s.waits[name]++
			token := fmt.Sprint(name, "/", s.waits[name])
			in := payment.Waiting{Creditor: ref.Creditor, CaseID: ref.CaseID, IntentID: ref.IntentID, Token: token}
			if _, err := s.wait.Do(context.Background(), in); err == nil {
				s.machines[name] = "waits"
			}
		case "waits":
			outcome, woken := s.done[fmt.Sprint(name, "/", s.waits[name])]
			id, err := collection.ParseID[collection.IntentNoun](name)
			if err != nil {
				return err
			}
			if woken && outcome.Status != payment.Superseded {
				s.machines[name] = "done"
			} else if woken || !s.clock().Before(s.intent(id).ExpiresAt.Add(time.Minute)) {
				s.machines[name] = "expire"
			}
		case "expire":
			if _, err := s.expire.Do(context.Background(), ref); err == nil {
				s.machines[name] = "done"
			}
		}
	}
	return errors.New("again") // it is there to the end
}

// settle ends the run without further deaths: time passes, the sweep runs, and all machines end.
func (s *schedule) settle() {
	s.deaths = 0
	for range 20 {
		s.advance(20 * time.Minute)
		if err := s.requeue.RequeueStale(context.Background(), s.clock()); err != nil {
			s.t.Fatal(err)
		}
		s.drain(s.t)
		_ = s.machine()
		s.drain(s.t)
	}
}

// Whatever is delivered twice, out of order, late or not at all, and wherever the process dies, the ledger's cash is the money, once.
func TestTheLedgerEqualsTheMoney(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		amounts := rapid.SliceOfN(rapid.Int64Range(1, 50000), 1, 3).Draw(rt, "instalments")
		due := make([]money.Centavos, len(amounts))
		for i, a := range amounts {
			due[i] = money.Centavos(a)
		}
		s := &schedule{
			rig: newRig(t, due...), t: rt, rng: rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)),
			deaths:   rapid.SampledFrom([]float64{0, 0.02, 0.1, 0.3}).Draw(rt, "deaths"),
			payments: map[string]provider.Payment{}, silent: map[string]bool{}, waits: map[string]int{}, machines: map[string]string{},
		}
		s.store.fault = func(string) error {
			if s.rng.Float64() < s.deaths {
				return errDied
			}
			return nil
		}
		for n := range rapid.IntRange(1, 5).Draw(rt, "requests") {
			instalment := rapid.IntRange(1, len(due)).Draw(rt, "instalment")
			paid := rapid.SliceOfN(rapid.Int64Range(1, 60000), 0, 2).Draw(rt, "paid")
			var parts []money.Centavos
			for i, p := range paid {
				if parts = append(parts, money.Centavos(p)); i == 0 && p%2 == 0 {
					parts[0] = due[instalment-1] // as asked
				}
			}
			s.ask(instalment, fmt.Sprint("k", n), parts)
		}
		s.rail.charges["nobody"] = &charge{Charge: provider.Charge{ExpiresAt: start.Add(time.Hour)}}
		s.pay("nobody", "E-orphan", 123)
		for range 4 {
			s.add(func() error { s.advance(time.Duration(s.rng.IntN(40)) * time.Minute); return nil })
			s.add(func() error { return s.requeue.RequeueStale(context.Background(), s.clock()) })
		}
		for range 30 {
			s.add(func() error { _ = s.machine(); return nil })
		}
		s.run()
		s.settle()
		s.check()
	})
}

func (s *schedule) check() {
	var want money.Centavos
	for fact, p := range s.payments {
		receipt, ok := s.store.receipts[fact]
		switch {
		case !ok:
			s.t.Fatalf("payment %s was dropped", fact)
		case receipt.Amount != p.Amount:
			s.t.Fatalf("payment %s of %d has a receipt of %d", fact, p.Amount, receipt.Amount)
		case p.TxID == "nobody" && receipt.Status != collection.ReceiptOrphan:
			s.t.Fatalf("receipt %+v", receipt)
		case p.TxID != "nobody":
			want += p.Amount
			if receipt.Applied+receipt.Excess != p.Amount || receipt.Status != collection.ReceiptApplied {
				s.t.Fatalf("receipt %+v", receipt)
			}
		}
	}
	if len(s.store.receipts) != len(s.payments) || s.cash(s.t) != want {
		s.t.Fatalf("cash %d, money %d; %d receipts of %d payments", s.cash(s.t), want, len(s.store.receipts), len(s.payments))
	}
	a := s.dossier(s.t).Agreements[0]
	paid := money.Centavos(0)
	for _, i := range a.Instalments {
		if paid += i.Paid; i.Paid > i.Amount || i.Paid < 0 {
			s.t.Fatalf("instalment %+v", i)
		}
	}
	if left := s.dossier(s.t).Case.Balances[collection.AccountReturned]; left != -s.returned {
		s.t.Fatalf("%d left again, the ledger says %d", s.returned, left)
	}
	if paid+a.Excess != want-s.returned || (a.Status == collection.AgreementFulfilled) != (paid == a.Total) {
		s.t.Fatalf("agreement %+v of %d", a, want)
	}
	for key, raw := range s.store.raws {
		if raw.TakenInAt.IsZero() {
			s.t.Fatalf("notice %s was never taken in", key)
		}
	}
	for id, i := range s.store.intents {
		_, started := s.started[id.String()]
		open := i.Status == collection.IntentRequested || i.Status == collection.IntentIssued
		if started && (open || s.machines[id.String()] != "done") {
			s.t.Fatalf("intent %+v, its execution %q", i, s.machines[id.String()])
		}
	}
}
