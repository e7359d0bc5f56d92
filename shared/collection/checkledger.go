package collection

import (
	"errors"
	"fmt"
	"slices"

	"github.com/regua/regua/shared/money"
)

// CheckLedger holds a case to the invariants of its books: entries are all of its ledger, receipts all those of its money. Every entry
// balances; the balances are the sums of the lines and add up to zero; what is owed and paid under agreements stands in the accounts
// component by component; receipts are the cash, what left again and the excess; a deal is fulfilled, and its debts settled, just when it
// is paid. The error names everything that is wrong, and nil says that nothing is.
func CheckLedger(d *Dossier, entries []Entry, receipts []Receipt) error {
	c := &audit{d: d}
	c.entries(entries)
	for _, a := range d.Agreements {
		c.agreement(a)
	}
	c.debts()
	c.receipts(receipts)
	c.balances()
	return errors.Join(c.wrong...)
}

// audit collects what is wrong, and what the accounts must hold.
type audit struct {
	d     *Dossier
	want  map[Account]money.Centavos
	late  Components // late charges of all deals
	wrong []error
}

func (c *audit) fail(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Errorf(format, args...))
}

func (c *audit) equal(what string, got, want money.Centavos) {
	if got != want {
		c.fail("%s is %d centavos, not %d", what, got, want)
	}
}

func (c *audit) expect(account Account, amount money.Centavos) {
	if c.want == nil {
		c.want = map[Account]money.Centavos{}
	}
	c.want[account] += amount
}

// entries checks the ledger against the balances.
func (c *audit) entries(entries []Entry) {
	sums := map[Account]money.Centavos{}
	for _, e := range entries {
		if !e.Balanced() {
			c.fail("entry %d does not balance", e.Seq)
		}
		for _, l := range e.Lines {
			sums[l.Account] += l.Amount
		}
	}
	var total money.Centavos
	for account, balance := range c.d.Case.Balances {
		c.equal("balance of "+string(account), balance, sums[account])
		delete(sums, account)
		total += balance
	}
	for account, sum := range sums {
		if sum != 0 {
			c.fail("account %s has entries and no balance", account)
		}
	}
	c.equal("sum of all accounts", total, 0)
}

// agreement checks one deal and adds up what the accounts hold of it.
func (c *audit) agreement(a Agreement) {
	at := "agreement " + a.ID.String()
	stands := !ended(a)
	var due, paid money.Centavos
	for _, i := range a.Instalments {
		due, paid = due+i.Amount, paid+i.Paid
		if i.Paid < 0 || i.Paid > i.Amount {
			c.fail("%s: instalment %d of %d centavos has %d paid", at, i.Number, i.Amount, i.Paid)
		}
		if (i.Paid == i.Amount) == i.PaidOn.IsZero() {
			c.fail("%s: instalment %d has %d of %d centavos paid and a wrong date", at, i.Number, i.Paid, i.Amount)
		}
		c.codes(at, i)
	}
	owed, err1 := a.Owed.Total()
	parts, err2 := a.PaidParts.Total()
	left, err3 := a.Outstanding()
	if err := errors.Join(err1, err2, err3); err != nil {
		c.fail("%s: %w", at, err)
	}
	c.equal(at+": sum of instalments", due, a.Total)
	c.equal(at+": sum of components", owed, a.Total)
	c.equal(at+": sum of components paid", parts, paid)
	if stands && (a.Status == AgreementFulfilled) != (paid == a.Total) {
		c.fail("%s is %s with %d of %d centavos paid", at, a.Status, paid, a.Total)
	}
	c.expect(AccountExcess, -a.Excess)
	c.late.Fine, c.late.Interest = c.late.Fine+a.Late.Fine, c.late.Interest+a.Late.Interest
	c.expect(AccountCharges(ComponentFine), -a.Late.Fine)
	c.expect(AccountCharges(ComponentInterest), -a.Late.Interest)
	for _, part := range LegalDistribution() {
		if *left.Of(part) < 0 || *a.PaidParts.Of(part) < 0 {
			c.fail("%s: %d of %d centavos of %s are paid", at, *a.PaidParts.Of(part), *a.Owed.Of(part), part)
		}
		if stands {
			c.expect(AccountAgreement(part), *left.Of(part))
		}
	}
	c.dealt(a, stands)
}

func (c *audit) codes(at string, i Instalment) {
	for n, code := range i.Codes {
		if slices.ContainsFunc(i.Codes[:n], func(x LiveCode) bool { return x.Method == code.Method }) {
			c.fail("%s: instalment %d has two live codes by %s", at, i.Number, code.Method)
		}
	}
}

// dealt checks the debts of a deal, and what its signature posted.
func (c *audit) dealt(a Agreement, stands bool) {
	if !stands {
		c.credits(a)
		return
	}
	want := DebtInAgreement
	if a.Status == AgreementFulfilled {
		want = DebtSettled
	}
	for _, id := range a.Debts {
		if debt, ok := c.d.Debt(id); !ok || debt.Status != want || debt.Agreement != a.ID {
			c.fail("debt %s of a %s agreement is not %s in it", id, a.Status, want)
		}
	}
	if p, ok := c.d.Proposal(a.Proposal); ok {
		for _, l := range signedLines(p.Terms) {
			if _, of := slices.BinarySearch(agreementAccounts(), l.Account); !of && l.Account != AccountReceivable {
				c.expect(l.Account, l.Amount)
			}
		}
	}
}

// credits adds up what a deal that is over took off its debts.
func (c *audit) credits(a Agreement) {
	for _, credit := range a.Credits {
		for _, part := range LegalDistribution() {
			paid, kept := *credit.Paid.Of(part), *credit.Kept.Of(part)
			if paid < 0 || kept < 0 {
				c.fail("agreement %s credits debt %s %d and %d centavos of %s", a.ID, credit.Debt, paid, kept, part)
			}
			c.expect(AccountDiscount(part), kept)
			if part != ComponentPrincipal {
				c.expect(AccountCharges(part), -paid-kept)
			}
		}
	}
}

func agreementAccounts() []Account {
	var out []Account
	for _, part := range LegalDistribution() {
		out = append(out, AccountAgreement(part))
	}
	slices.Sort(out)
	return out
}

// debts adds up what is owed outside agreements.
func (c *audit) debts() {
	for _, debt := range c.d.Debts {
		switch debt.Status {
		case DebtOpen, DebtDisputed, DebtSuspended:
			c.expect(AccountReceivable, debt.Outstanding())
		case DebtInAgreement, DebtSettled:
			if a, ok := c.d.Agreement(debt.Agreement); !ok || !slices.Contains(a.Debts, debt.ID) {
				c.fail("debt %s is %s in no agreement of the case", debt.ID, debt.Status)
			}
		case DebtRecalled, DebtWrittenOff:
		}
	}
}

// receipts adds up the money.
func (c *audit) receipts(receipts []Receipt) {
	var late Components
	for _, r := range receipts {
		if r.Status != ReceiptApplied {
			continue
		}
		of, err := r.Late.Total()
		if err != nil || r.Applied+of+r.Excess != r.Amount || r.Applied < 0 || of < 0 || r.Excess < 0 {
			c.fail("receipt of %d centavos has %d applied, %d late and %d in excess", r.Amount, r.Applied, of, r.Excess)
		}
		if r.Returned < 0 || r.Returned > r.Amount {
			c.fail("%d of a receipt of %d centavos left again", r.Returned, r.Amount)
		}
		c.expect(AccountCash, r.Amount)
		c.expect(AccountReturned, -r.Returned)
		left := max(0, r.Returned-r.Excess)
		interest := min(r.Late.Interest, left)
		late.Interest += r.Late.Interest - interest
		late.Fine += r.Late.Fine - min(r.Late.Fine, left-interest)
	}
	if !slices.ContainsFunc(c.d.Agreements, ended) { // money that left an ended deal is not traced to its receipt
		c.equal("late fines of receipts", late.Fine, c.late.Fine)
		c.equal("late interest of receipts", late.Interest, c.late.Interest)
	}
}

// ended reports whether a deal is over otherwise than by payment.
func ended(a Agreement) bool { return !a.Live() && a.Status != AgreementFulfilled }

// balances compares the accounts with what they must hold.
func (c *audit) balances() {
	accounts := append(agreementAccounts(), AccountCash, AccountReturned, AccountExcess, AccountReceivable, AccountFinancing, AccountIOF,
		AccountDiscount(ComponentPrincipal))
	for _, part := range lateCharges() {
		accounts = append(accounts, AccountCharges(part), AccountDiscount(part))
	}
	for _, account := range accounts {
		c.equal("balance of "+string(account), c.d.Case.Balances[account], c.want[account])
	}
}
