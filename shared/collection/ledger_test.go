package collection_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

func drawComponents(t *rapid.T) collection.Components {
	var c collection.Components
	for _, part := range collection.LegalDistribution() {
		*c.Of(part) = money.Centavos(rapid.Int64Range(0, 5000).Draw(t, string(part)))
	}
	return c
}

// TestDistribute: what is spread adds up, no part is negative or more than is owed of it, and no component gets a centavo while an
// earlier one still wants.
func TestDistribute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		owed := drawComponents(t)
		whole, err := owed.Total()
		if err != nil {
			t.Fatal(err)
		}
		amount := money.Centavos(rapid.Int64Range(0, int64(whole)).Draw(t, "amount"))
		order := rapid.Permutation(collection.LegalDistribution()).Draw(t, "order")
		named := order[:rapid.IntRange(0, len(order)).Draw(t, "named")]
		parts, err := collection.Distribute(named, owed, amount)
		if err != nil {
			t.Fatal(err)
		}
		sum, full := money.Centavos(0), true
		for _, part := range inOrder(named) {
			got, want := *parts.Of(part), *owed.Of(part)
			if got < 0 || got > want || (got > 0 && !full) {
				t.Fatalf("%s of %s in %v: %+v", amount, part, named, parts)
			}
			sum, full = sum+got, got == want
		}
		if sum != amount {
			t.Fatalf("%s became %s", amount, sum)
		}
		for _, bad := range []money.Centavos{whole + 1, -1} {
			if _, err := collection.Distribute(named, owed, bad); !errors.Is(err, collection.ErrInvalid) {
				t.Fatalf("%s of %s were spread: %v", bad, whole, err)
			}
		}
	})
}

// inOrder is the named components and then the others in the legal order.
func inOrder(named []collection.Component) []collection.Component {
	out := slices.Clone(named)
	for _, part := range collection.LegalDistribution() {
		if !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return out
}

// TestCheckLedgerBites falsifies sound books in every way that the check is there for.
func TestCheckLedgerBites(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(d *collection.Dossier, entries []collection.Entry, receipts []collection.Receipt)
		want  string
	}{
		"nothing": {func(*collection.Dossier, []collection.Entry, []collection.Receipt) {}, ""},
		"a line": {func(_ *collection.Dossier, e []collection.Entry, _ []collection.Receipt) { e[0].Lines[0].Amount++ },
			"does not balance"},
		"a balance": {func(d *collection.Dossier, _ []collection.Entry, _ []collection.Receipt) {
			d.Case.Balances[collection.AccountCash]++
		}, "balance of cash"},
		"a receipt": {func(_ *collection.Dossier, _ []collection.Entry, r []collection.Receipt) { r[0].Amount++ }, "receipt of"},
		"a receipt that vanished": {func(_ *collection.Dossier, _ []collection.Entry, r []collection.Receipt) {
			r[0].Status = collection.ReceiptOrphan
		}, "balance of cash"},
		"a return of more than came": {func(_ *collection.Dossier, _ []collection.Entry, r []collection.Receipt) {
			r[0].Returned = r[0].Amount + 1
		}, "left again"},
		"a component": {func(d *collection.Dossier, _ []collection.Entry, _ []collection.Receipt) {
			d.Agreements[0].PaidParts.Principal++
		}, "sum of components paid"},
		"what is owed": {func(d *collection.Dossier, _ []collection.Entry, _ []collection.Receipt) {
			d.Agreements[0].Owed.Principal++
		}, "sum of components is"},
		"an instalment": {func(d *collection.Dossier, _ []collection.Entry, _ []collection.Receipt) {
			d.Agreements[0].Instalments[0].Paid = -1
		}, "has -1 paid"},
		"a date": {func(d *collection.Dossier, _ []collection.Entry, _ []collection.Receipt) {
			d.Agreements[0].Instalments[0].PaidOn = day("2026-03-01")
			d.Agreements[0].Instalments[0].Paid--
		}, "wrong date"},
		"a status": {func(d *collection.Dossier, _ []collection.Entry, _ []collection.Receipt) {
			d.Agreements[0].Status = collection.AgreementFulfilled
		}, "is FULFILLED with"},
		"a debt": {func(d *collection.Dossier, _ []collection.Entry, _ []collection.Receipt) {
			d.Debts[0].Status = collection.DebtSettled
		}, "is not IN_AGREEMENT"},
		"the excess": {func(d *collection.Dossier, _ []collection.Entry, _ []collection.Receipt) { d.Agreements[0].Excess++ },
			"balance of excess"},
		"two codes": {func(d *collection.Dossier, _ []collection.Entry, _ []collection.Receipt) {
			i := &d.Agreements[0].Instalments[1]
			i.Codes = append(i.Codes, i.Codes...)
		}, "two live codes"},
	} {
		d := newDeal(t).sign(t, collection.AftercareNone)
		first, second := d.request(t, 40, 1), d.request(t, 41, 2)
		receipts := []collection.Receipt{d.pay(t, first, 6500)}
		_ = second
		entries := slices.Clone(d.Entries())
		entries[0].Lines = slices.Clone(entries[0].Lines)
		c.spoil(d.Dossier, entries, receipts)
		err := collection.CheckLedger(d.Dossier, entries, receipts)
		if (err == nil) != (c.want == "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestReturns takes a payment back piece by piece: the excess first, then late charges, then what was applied, the last component first.
func TestReturns(t *testing.T) {
	d := newDeal(t)
	p := d.offered()
	p.Terms.Off, p.Terms.Fine, p.Terms.Interest = collection.Components{Principal: 3300}, 200, 100
	p.Terms.Distribution = []collection.Component{collection.ComponentInterest, collection.ComponentPrincipal}
	must(t, d.Accept(meta(noon), p))
	must(t, d.Sign(meta(noon), d.proposal, "text", d.agreement, "evidence", collection.AftercareNone))
	ask := collection.PaymentRequested{
		Intent: id[collection.IntentNoun](40), Agreement: d.agreement, Instalment: 1, ExpiresAt: noon, FineRate: "0.02", MonthlyInterest: "0.01",
	}
	_, err := d.RequestPayment(meta(noon), ask)
	must(t, err)
	receipt, err := d.Post(meta(noon), ask.Intent, collection.Money{
		Provider: "sandbox", Account: "a", Fact: "f", Amount: 6700, PaidOn: day("2026-04-09"), // a month late: 120 of fine and 60 of interest
	})
	must(t, err)
	if receipt.Applied != 6000 || receipt.Late != (collection.Components{Fine: 120, Interest: 60}) || receipt.Excess != 520 {
		t.Fatalf("receipt %+v", receipt)
	}
	agreement := func() collection.Agreement { a, _ := d.Agreement(d.agreement); return *a }
	for n, step := range []struct {
		amount money.Centavos
		want   collection.Components // still paid
		status collection.AgreementStatus
	}{
		{520, collection.Components{Interest: 100, Principal: 5900}, collection.AgreementActive},
		{180, collection.Components{Interest: 100, Principal: 5900}, collection.AgreementActive},
		{5950, collection.Components{Interest: 50}, collection.AgreementPendingFirstPayment},
		{50, collection.Components{}, collection.AgreementPendingFirstPayment},
	} {
		left := collection.Return{Fact: "r", Of: "f", Amount: step.amount, Kind: collection.ReturnChargeback}
		receipt, err = d.Return(meta(noon), receipt, left)
		must(t, err)
		if got := agreement(); got.PaidParts != step.want || got.Status != step.status || got.Excess != 0 {
			t.Fatalf("step %d: %+v", n, got)
		}
		if err := collection.CheckLedger(d.Dossier, d.Entries(), []collection.Receipt{receipt}); err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
	}
	if intent, _ := d.Intent(ask.Intent); intent.Status != collection.IntentRefunded || receipt.Returned != 6700 {
		t.Errorf("intent %+v, receipt %+v", intent, receipt)
	}
	if _, err := d.Return(meta(noon), receipt, collection.Return{Amount: 1}); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("more than came left again: %v", err)
	}
}

// TestAReturnReopensTheDebts: a deal that was paid is owed again.
func TestAReturnReopensTheDebts(t *testing.T) {
	d := newDeal(t).sign(t, collection.AftercareNone)
	receipts := []collection.Receipt{d.pay(t, d.request(t, 40, 1), 6000), d.pay(t, d.request(t, 41, 2), 6000)}
	after, err := d.Return(meta(noon), receipts[1], collection.Return{Fact: "r", Of: "f", Amount: 1, Kind: collection.ReturnRefund})
	must(t, err)
	a, _ := d.Agreement(d.agreement)
	if a.Status != collection.AgreementActive || d.Debts[0].Status != collection.DebtInAgreement || a.Instalments[1].Paid != 5999 {
		t.Errorf("agreement %+v, debts %+v", a, d.Debts)
	}
	if err := collection.CheckLedger(d.Dossier, d.Entries(), []collection.Receipt{receipts[0], after}); err != nil {
		t.Error(err)
	}
}
