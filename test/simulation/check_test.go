package simulation

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
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
	for _, o := range w.orphans {
		receipt, err := w.store.LoadReceipt(w.t.Context(), collection.CreditorID(o.account), provider.Sandbox, o.account, o.name)
		if err != nil || receipt.Status != collection.ReceiptOrphan || int64(receipt.Amount) != o.amount {
			w.fail("money of nobody, %d centavos, has the receipt %+v: %w", o.amount, receipt, err)
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
		if err := bank.add(w, i, expired); err != nil {
			return err
		}
	}
	err = w.store.Ledger(w.t.Context(), creditor, p.home, func(e collection.Entry) error {
		for _, l := range e.Lines {
			switch l.Account {
			case collection.AccountCash:
				ledger.payments, ledger.cash = ledger.payments+1, ledger.cash+int64(l.Amount)
			case collection.AccountReturned:
				ledger.returns, ledger.returned = ledger.returns+1, ledger.returned-int64(l.Amount)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if ledger != bank {
		return fmt.Errorf("the bank has %v, the ledger %v", bank, ledger)
	}
	for _, i := range events {
		if err := w.checkIntent(i, w.chargeOf(i), expired); err != nil {
			return fmt.Errorf("intent %s: %w", i.ID, err)
		}
	}
	_, err = audit.Case(w.t.Context(), w.store, creditor, p.home)
	return err
}

// books is how many payments and returns there are, and their sums in centavos.
type books struct {
	payments, returns int
	cash, returned    int64
}

func (b books) String() string {
	return fmt.Sprintf("%d payments of %d centavos in all and %d returns of %d", b.payments, b.cash, b.returns, b.returned)
}

// add adds what the bank has of an intent. Before the codes expire, money that nobody reported counts when it was found all the same.
func (b *books) add(w *world, i collection.Intent, expired bool) error {
	c := w.chargeOf(i)
	returns, err := w.returns(i)
	if err != nil {
		return err
	}
	for _, r := range returns {
		b.returns, b.returned = b.returns+1, b.returned+r.AmountCentavos
	}
	for _, f := range c.facts {
		if c.silent && !expired {
			_, err := w.store.LoadReceipt(w.t.Context(), i.Creditor, provider.Sandbox, i.Account, f.name)
			if errors.Is(err, collection.ErrNotFound) {
				continue
			}
		}
		b.payments, b.cash = b.payments+1, b.cash+f.amount
	}
	return nil
}

// sent is money that the bank has sent back.
type sent struct {
	RtrID, EndToEndID string
	AmountCentavos    int64
}

// returns asks the bank what it has sent back of a charge.
func (w *world) returns(i collection.Intent) ([]sent, error) {
	req := httptest.NewRequest(http.MethodGet, "/charges/"+i.ID.String(), http.NoBody)
	req.Header.Set("Authorization", "Bearer "+w.network.secrets[i.Account].APIToken)
	answer := httptest.NewRecorder()
	w.cloud.Bank.ServeHTTP(answer, req)
	var body struct{ Refunds []sent }
	if answer.Code == http.StatusNotFound { // it was never asked for the charge
		return nil, nil
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || answer.Code != http.StatusOK {
		return nil, fmt.Errorf("ask the bank: %d %s: %w", answer.Code, answer.Body, err)
	}
	return body.Refunds, nil
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
	returns, err := w.returns(i)
	if err != nil {
		return err
	}
	if !w.ends(c, returns, expired)[i.Status] {
		return fmt.Errorf("it is %s with %d payments and %d returns", i.Status, len(c.facts), len(returns))
	}
	return nil
}

// ends are the states in which an intent may be: money wins over everything, and a code is cancelled only when another one has taken its
// place or its instalment is paid.
func (w *world) ends(c *charge, returns []sent, expired bool) map[collection.IntentStatus]bool {
	left := int64(0)
	for _, f := range c.facts {
		left += f.amount
	}
	for _, r := range returns {
		left -= r.AmountCentavos
	}
	others := 0
	for _, other := range w.charges {
		if other != c && other.person == c.person && other.number == c.number {
			others++
		}
	}
	switch {
	case len(c.facts) > 0 && left == 0:
		return map[collection.IntentStatus]bool{collection.IntentRefunded: true}
	case len(c.facts) > 0: // once all of it had left, an intent stays REFUNDED although it is paid again
		return map[collection.IntentStatus]bool{collection.IntentConfirmed: true, collection.IntentRefunded: len(returns) > 0}
	}
	return map[collection.IntentStatus]bool{
		collection.IntentIssued: !expired, collection.IntentExpired: expired,
		collection.IntentCancelled: others > 0 || c.person == nil,
	}
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
