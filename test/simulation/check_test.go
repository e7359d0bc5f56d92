package simulation

import (
	"fmt"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/test/audit"
)

// check holds everything to the bank's own books. Money that nobody reported is known once the codes have expired.
func (w *world) check(when string, expired bool) {
	w.t.Helper()
	for _, p := range w.people {
		if err := w.checkCase(p, expired); err != nil {
			w.fail("case %s of %s: %w", p.home, p.creditor, err)
		}
	}
	if left := w.backlog(); left != "" {
		w.fail("queues hold %s", left)
	}
	w.checkPending()
	if expired {
		w.checkExecutions()
	}
	for _, err := range w.wrong {
		w.t.Errorf("%s: %v", when, err)
	}
	if w.t.Failed() {
		w.t.FailNow()
	}
}

func (w *world) checkCase(p *person, expired bool) error {
	creditor := collection.CreditorID(p.creditor)
	events, err := w.intents(creditor, p.home)
	if err != nil {
		return err
	}
	var bank, ledger books
	for _, i := range events {
		if c := w.chargeOf(i); expired || !c.silent {
			for _, f := range c.facts {
				bank.payments, bank.cash = bank.payments+1, bank.cash+f.amount
			}
		}
	}
	err = w.store.Ledger(w.t.Context(), creditor, p.home, func(e collection.Entry) error {
		for _, l := range e.Lines {
			if l.Account == collection.AccountCash {
				ledger.payments, ledger.cash = ledger.payments+1, ledger.cash+int64(l.Amount)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if ledger != bank {
		return fmt.Errorf("the bank has %d payments of %d centavos in all, the ledger %d of %d", bank.payments, bank.cash, ledger.payments,
			ledger.cash)
	}
	for _, i := range events {
		if err := w.checkIntent(i, w.chargeOf(i), expired); err != nil {
			return fmt.Errorf("intent %s: %w", i.ID, err)
		}
	}
	_, err = audit.Case(w.t.Context(), w.store, creditor, p.home)
	return err
}

// books is how many payments there are, and their sum.
type books struct {
	payments int
	cash     int64
}

// chargeOf is the charge of an intent; one without money when the participant never saw the answer to the request.
func (w *world) chargeOf(i collection.Intent) *charge {
	if c, ok := w.charges[i.ID.String()]; ok {
		return c
	}
	return &charge{}
}

// intents lists the intents of a case as they are stored: those that its events name.
func (w *world) intents(creditor collection.CreditorID, id collection.CaseID) ([]collection.Intent, error) {
	_, recorded, err := audit.History(w.t.Context(), w.store, creditor, id)
	var out []collection.Intent
	for _, r := range recorded {
		asked, ok := r.Event.(collection.PaymentRequested)
		if !ok || err != nil {
			continue
		}
		var i collection.Intent
		i, err = w.store.LoadIntent(w.t.Context(), creditor, asked.Intent)
		out = append(out, i)
	}
	return out, err
}

// checkIntent holds one intent to its charge: its money is posted fact by fact, and it has ended as the lattice says.
func (w *world) checkIntent(i collection.Intent, c *charge, expired bool) error {
	if c.silent && !expired {
		return nil
	}
	for _, f := range c.facts {
		receipt, err := w.store.LoadReceipt(w.t.Context(), i.Creditor, provider.Sandbox, i.Account, f.name)
		if err != nil {
			return fmt.Errorf("payment %s: %w", f.name, err)
		}
		if receipt.Status != collection.ReceiptApplied || int64(receipt.Amount) != f.amount || receipt.Intent != i.ID {
			return fmt.Errorf("payment %s of %d centavos has the receipt %+v", f.name, f.amount, receipt)
		}
	}
	paid := len(c.facts) > 0
	ends := map[collection.IntentStatus]bool{collection.IntentConfirmed: paid, collection.IntentExpired: !paid && expired}
	if !paid && !expired {
		ends[collection.IntentIssued] = true
	}
	if !ends[i.Status] {
		return fmt.Errorf("it is %s with %d payments", i.Status, len(c.facts))
	}
	return nil
}

// checkPending wants nothing left lying in the index of pending work.
func (w *world) checkPending() {
	now := w.cloud.Clock.Now()
	for shard := range contract.PendingShards {
		notices, err := w.store.PendingRaw(w.t.Context(), shard, now, 5)
		if err != nil || len(notices) > 0 {
			w.fail("notices were not taken in: %v, %v", notices, err)
		}
		markers, err := w.store.PendingMarkers(w.t.Context(), shard, now, 5)
		if err != nil || len(markers) > 0 {
			w.fail("events were not published: %v, %v", markers, err)
		}
	}
}

// checkExecutions wants each intent's execution to have succeeded.
func (w *world) checkExecutions() {
	found := map[string]bool{}
	for _, x := range w.cloud.Machines.Executions() {
		if !strings.HasSuffix(x.Machine, contract.MachinePayment) {
			continue
		}
		if found[x.Name] = true; x.Status != "SUCCEEDED" {
			w.fail("execution %s is %s in %s at %s: %s %s", x.Name, x.Status, x.State, w.cloud.Clock.Now().Format(time.RFC3339), x.Error, x.Cause)
		}
	}
	for id := range w.charges {
		if !found[id] {
			w.fail("intent %s has no execution", id)
		}
	}
}
