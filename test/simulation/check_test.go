package simulation

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/test/audit"
)

// checked is what was found of a case when it was last checked in full.
type checked struct {
	head    string
	dossier *collection.Dossier
}

// check holds everything to the bank's own books. A case to which nothing has happened since it was checked in full keeps its verdict on
// what is stored of it, but for the last check; its ledger is held to the bank each time.
func (w *world) check(when string, last bool) {
	w.t.Helper()
	w.facts = 0
	debits := w.debited()
	for _, p := range w.people {
		if err := w.checkCase(p, debits, last); err != nil {
			w.fail("case %s of %s: %w", p.home, p.creditor, err)
		}
	}
	for _, o := range w.orphans {
		receipt, err := w.store.LoadReceipt(w.t.Context(), collection.CreditorID(o.account), provider.Sandbox, o.account, o.Name)
		if err != nil || receipt.Status != collection.ReceiptOrphan || int64(receipt.Amount) != o.Amount {
			w.fail("money of nobody, %d centavos, has the receipt %+v: %w", o.Amount, receipt, err)
		}
	}
	if left := w.backlog(); left != "" {
		w.fail("queues hold %s", left)
	}
	w.checkPending()
	w.checkExecutions()
	for _, err := range w.wrong {
		w.t.Errorf("%s: %v", when, err)
	}
	if w.t.Failed() {
		w.t.FailNow()
	}
}

func (w *world) checkCase(p *person, debits map[string]atBank, full bool) error {
	creditor := collection.CreditorID(p.creditor)
	stored, err := w.store.Load(w.t.Context(), creditor, p.home)
	if err != nil {
		return err
	}
	var broken error
	if full = full || stored.Case.Head != p.checked.head; full {
		p.checked.head = stored.Case.Head
		if p.checked.dossier, broken = audit.Case(w.t.Context(), w.store, creditor, p.home); p.checked.dossier == nil {
			return broken
		}
	}
	all, err := w.compare(p, debits)
	if err = errors.Join(err, broken); err != nil {
		return err
	}
	for n, i := range p.checked.dossier.Intents {
		if err := w.checkIntent(p.checked.dossier, i, all[n], full); err != nil {
			return fmt.Errorf("intent %s: %w", i.ID, err)
		}
	}
	return nil
}

// compare holds a case's ledger to what the bank has of its intents, and returns the latter.
func (w *world) compare(p *person, debits map[string]atBank) ([]atBank, error) {
	var bank, ledger books
	var all []atBank
	for _, i := range p.checked.dossier.Intents {
		has, err := w.bankOf(i, debits)
		if err != nil {
			return nil, err
		}
		all = append(all, has)
		bank.add(has)
	}
	err := w.store.Ledger(w.t.Context(), collection.CreditorID(p.creditor), p.home, func(e collection.Entry) error {
		ledger.post(e)
		return nil
	})
	if err == nil && ledger != bank {
		err = fmt.Errorf("the bank has %v, the ledger %v", bank, ledger)
	}
	w.facts += bank.payments
	return all, err
}

// books is how many payments and returns there are, and their sums in centavos.
type books struct {
	payments, returns int
	cash, returned    int64
}

func (b books) String() string {
	return fmt.Sprintf("%d payments of %d centavos in all and %d returns of %d", b.payments, b.cash, b.returns, b.returned)
}

func (b *books) add(has atBank) {
	for _, r := range has.Refunds {
		b.returns, b.returned = b.returns+1, b.returned+r.Amount
	}
	for _, f := range has.Payments {
		b.payments, b.cash = b.payments+1, b.cash+f.Amount
	}
}

func (b *books) post(e collection.Entry) {
	for _, l := range e.Lines {
		switch l.Account {
		case collection.AccountCash:
			b.payments, b.cash = b.payments+1, b.cash+int64(l.Amount)
		case collection.AccountReturned:
			b.returns, b.returned = b.returns+1, b.returned-int64(l.Amount)
		}
	}
}

// atBank is what the bank has of a charge.
type atBank struct {
	Status            string
	Payments, Refunds []fact
	refused           bool // by a file
}

// left is how much of the money is still there.
func (b atBank) left() (sum int64) {
	for _, f := range b.Payments {
		sum += f.Amount
	}
	for _, r := range b.Refunds {
		sum -= r.Amount
	}
	return sum
}

// bankOf asks the bank what it has of an intent's charge. Before the product has asked, when the code expires or on the next morning, money
// that nobody reported counts when it was found all the same.
func (w *world) bankOf(i collection.Intent, debits map[string]atBank) (has atBank, err error) {
	if i.Method == collection.MethodDebit {
		return debits[i.ID.String()], nil
	}
	req := httptest.NewRequest(http.MethodGet, "/charges/"+i.ID.String(), http.NoBody)
	req.Header.Set("Authorization", "Bearer "+w.network.secrets[i.Account].APIToken)
	answer := httptest.NewRecorder()
	w.cloud.Bank.ServeHTTP(answer, req)
	if answer.Code == http.StatusNotFound { // it was never asked for the charge
		return has, nil
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &has); err != nil || answer.Code != http.StatusOK {
		return has, fmt.Errorf("ask the bank: %d %s: %w", answer.Code, answer.Body, err)
	}
	if w.chargeOf(i).silent && !w.over(i) {
		has.Payments = slices.DeleteFunc(has.Payments, func(f fact) bool {
			_, err := w.store.LoadReceipt(w.t.Context(), i.Creditor, i.Provider, i.Account, f.Name)
			return errors.Is(err, collection.ErrNotFound)
		})
	}
	return has, nil
}

// over reports whether an intent's time has passed so long ago that whatever was to come of it has come.
func (w *world) over(i collection.Intent) bool {
	return w.cloud.Clock.Now().Sub(i.ExpiresAt) > calm-window
}

// chargeOf is the charge of an intent; one of nobody when the participant never saw the answer to the request.
func (w *world) chargeOf(i collection.Intent) *charge {
	if c, ok := w.charges[i.ID.String()]; ok {
		return c
	}
	return &charge{}
}

// checkIntent holds one intent to its charge: its money is posted fact by fact, and it has ended as the lattice says.
func (w *world) checkIntent(d *collection.Dossier, i collection.Intent, has atBank, full bool) error {
	for _, f := range has.Payments {
		if !full {
			break
		}
		receipt, err := w.store.LoadReceipt(w.t.Context(), i.Creditor, i.Provider, i.Account, f.Name)
		if err != nil {
			return fmt.Errorf("payment %s: %w", f.Name, err)
		}
		if receipt.Status != collection.ReceiptApplied || int64(receipt.Amount) != f.Amount || receipt.Intent != i.ID {
			return fmt.Errorf("payment %s of %d centavos has the receipt %+v", f.Name, f.Amount, receipt)
		}
	}
	if !slices.Contains(w.ends(d, i, has), i.Status) {
		return fmt.Errorf("by %s it is %s with %d payments and %d returns, and %q at the bank", i.Method, i.Status, len(has.Payments),
			len(has.Refunds), has.Status)
	}
	return nil
}

// ends are the states in which an intent may be: money wins over everything, and a code is cancelled only when another one has taken its
// place, its instalment is paid, the payer's bank refused it, or the agreement has ended.
func (w *world) ends(d *collection.Dossier, i collection.Intent, has atBank) []collection.IntentStatus {
	c := w.chargeOf(i)
	switch {
	case len(has.Payments) > 0 && has.left() == 0:
		return []collection.IntentStatus{collection.IntentRefunded}
	case len(has.Payments) > 0:
		return []collection.IntentStatus{collection.IntentConfirmed}
	}
	var out []collection.IntentStatus
	now := w.cloud.Clock.Now()
	if has.Status == "NOTICED" && !c.silent && now.Before(i.NoticedAt.Add(collection.NoticeLife)) {
		return append(out, collection.IntentNoticed)
	}
	if !w.over(i) {
		out = append(out, collection.IntentIssued)
	}
	if !now.Before(i.ExpiresAt) {
		out = append(out, collection.IntentExpired)
	}
	// Nobody told, and whoever asks sees it; or it is seen once the execution has ended; or it was seen, and nobody told that it settled.
	if has.Status == "NOTICED" || has.Status == "PAID" {
		out = append(out, collection.IntentNoticed)
	}
	others := slices.ContainsFunc(w.sorted(), func(o *charge) bool { return o != c && o.person == c.person && o.number == c.number })
	agreement, ok := d.Agreement(i.Agreement)
	if others || c.person == nil || has.refused || (ok && !agreement.Live()) {
		out = append(out, collection.IntentCancelled)
	}
	return out
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

// checkExecutions wants each intent to have an execution, which has succeeded or waits for what may still come.
func (w *world) checkExecutions() {
	found := map[string]bool{}
	for _, x := range w.cloud.Machines.Executions() {
		if !strings.HasSuffix(x.Machine, contract.MachinePayment) {
			continue
		}
		found[x.Name] = true
		slack := calm - window
		c := w.charges[x.Name]
		if c != nil && c.method == bySlip {
			slack = noticeEnd
		}
		waits := x.Status == "RUNNING" && (c == nil || w.cloud.Clock.Now().Sub(c.expires) <= slack)
		if x.Status != "SUCCEEDED" && !waits {
			w.fail("execution %s is %s in %s at %s: %s %s", x.Name, x.Status, x.State, w.cloud.Clock.Now().Format(time.RFC3339), x.Error, x.Cause)
		}
	}
	for id := range w.charges {
		if !found[id] {
			w.fail("intent %s has no execution", id)
		}
	}
}
