package collection

import (
	"time"

	"github.com/regua/regua/shared/money"
)

// Account is a ledger account of a case. Debit is positive, credit negative.
type Account string

// The accounts of a case. What is owed under signed agreements, what was earned and what was given away stand by component: the account
// "agreement" has one part for each, as AccountAgreement(ComponentFine) is "agreement.fine".
const (
	AccountReceivable Account = "receivable" // principal owed under the original debts
	AccountPlaced     Account = "placed"     // counterpart of what the creditor placed for collection
	AccountFinancing  Account = "financing"  // interest of the new schedule, earned by agreement
	AccountIOF        Account = "iof"        // tax of the new schedule, to be passed on
	AccountCash       Account = "cash"       // money received through providers
	AccountReturned   Account = "returned"   // money that left again; cash and returned together are what is left
	AccountExcess     Account = "excess"     // received beyond what was due, owed to the participant
)

// AccountAgreement is what is owed of a component under signed agreements.
func AccountAgreement(part Component) Account { return Account("agreement." + string(part)) }

// AccountCharges is what was earned of a late charge: fine, interest or correction.
func AccountCharges(part Component) Account { return Account("charges." + string(part)) }

// AccountDiscount is what was given away of a component by agreement.
func AccountDiscount(part Component) Account { return Account("discount." + string(part)) }

// lateCharges are the components that a debt gains by being late.
func lateCharges() []Component {
	return []Component{ComponentFine, ComponentInterest, ComponentCorrection}
}

// Line is one side of a ledger entry.
type Line struct {
	Account Account
	Amount  money.Centavos // positive debit, negative credit
}

// Entry is one balanced posting. It is never changed; a mistake is corrected by a further entry.
type Entry struct {
	Seq   int64 // the event that posted it
	At    time.Time
	Cause string // "placed", "revised", "signed", "payment", "return"
	Lines []Line
}

// Balanced reports whether the entry's lines add up to zero and none is empty.
func (e Entry) Balanced() bool {
	var sum money.Centavos
	for _, l := range e.Lines {
		if l.Amount == 0 {
			return false
		}
		sum += l.Amount
	}
	return sum == 0 && len(e.Lines) > 1
}

// posting collects the lines of an entry; empty ones are left out.
type posting []Line

func (p *posting) add(account Account, amount money.Centavos) {
	if amount != 0 {
		*p = append(*p, Line{account, amount})
	}
}

// parts adds a line for each component, times sign, on the account that of names for it.
func (p *posting) parts(of func(Component) Account, amounts Components, sign money.Centavos) {
	for _, part := range LegalDistribution() {
		p.add(of(part), sign*(*amounts.Of(part)))
	}
}

// signedLines moves the debts' principal, the charges agreed and the cost of the new schedule, less the discount, to what is owed under
// the agreement: each component by its gross amount, its discount and its rest.
func signedLines(t Terms) []Line {
	var p posting
	p.parts(AccountAgreement, t.Net(), 1)
	p.parts(AccountDiscount, t.Off, 1)
	p.add(AccountReceivable, -t.Principal)
	p.add(AccountCharges(ComponentFine), -t.Fine)
	p.add(AccountCharges(ComponentInterest), -t.Interest)
	p.add(AccountCharges(ComponentCorrection), -t.Correction)
	p.add(AccountFinancing, -t.Financing)
	p.add(AccountIOF, -t.IOF)
	return p
}
