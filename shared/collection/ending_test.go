package collection_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/collection/history"
	"github.com/regua/regua/shared/money"
)

// owedOn is what debts of a case come to on a day, in the charges of package history.
func owedOn(t fataler, d *collection.Dossier, debts []collection.DebtID, on calendar.Date) money.Centavos {
	var sum money.Centavos
	for _, id := range debts {
		debt, ok := d.Debt(id)
		if !ok {
			t.Fatal("debt", id)
		}
		owed, err := history.Charge(*debt, on)
		if err != nil {
			t.Fatal(err)
		}
		total, err := owed.Total()
		if err != nil {
			t.Fatal(err)
		}
		sum += total
	}
	return sum
}

type fataler interface{ Fatal(args ...any) }

// TestEndings ends any deal after any payments: the books stand, and what is owed after it is what was owed before it, less what was paid
// and the discounts kept, with the fee, to the centavo. The reopened debts can be dealt about again, and that deal can end as well.
func TestEndings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := history.New(t, "vivamais", nil)
		ended := 0
		for range steps {
			before := slices.Clone(w.Dossier.Recorded())
			owed := map[collection.AgreementID]money.Centavos{}
			agreements := slices.Clone(w.Dossier.Agreements)
			w.Step()
			last := w.Dossier.Recorded()[len(w.Dossier.Recorded())-1]
			e, isEnd := last.Event.(collection.AgreementEnded)
			if !isEnd || len(before) == len(w.Dossier.Recorded()) {
				continue
			}
			ended++
			folded, err := collection.Fold("vivamais", w.Dossier.Case.ID, before)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(agreements, func(a collection.Agreement) bool { return a.ID == e.Agreement })
			owed[e.Agreement] = owedOn(t, folded, agreements[i].Debts, e.On)
			checkEnding(t, w.Dossier, agreements[i], e, owed[e.Agreement])
			if err := collection.CheckLedger(w.Dossier, w.Dossier.Entries(), w.Receipts); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func checkEnding(t *rapid.T, d *collection.Dossier, before collection.Agreement, e collection.AgreementEnded, owed money.Centavos) {
	var paid, kept, fee money.Centavos
	for _, c := range e.Credits {
		p, err1 := c.Paid.Total()
		k, err2 := c.Kept.Total()
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		paid, kept, fee = paid+p, kept+k, fee+c.Fee
	}
	a, _ := d.Agreement(e.Agreement)
	if paid+e.Excess != before.Paid()+e.Late.Fine+e.Late.Interest {
		t.Fatalf("%s were paid; %s count against debts and %s are owed back", before.Paid(), paid, e.Excess)
	}
	if after := owedOn(t, d, a.Debts, e.On); after != owed-paid-kept+fee {
		t.Fatalf("%s after the end; %s before it, %s paid, %s kept, %s of fee", after, owed, paid, kept, fee)
	}
	if e.Reason != collection.EndBreach && fee != 0 {
		t.Fatalf("%s costs %s", e.Reason, fee)
	}
	if e.Reason == collection.EndWithdrawal && (paid != 0 || e.Excess != before.Paid()+before.Late.Fine+before.Late.Interest) {
		t.Fatalf("of %s paid, %s are owed back after a withdrawal", before.Paid(), e.Excess)
	}
	if a.Live() || a.Status != e.Reason.Status() {
		t.Fatalf("status %s", a.Status)
	}
	for _, id := range a.Debts {
		if debt, _ := d.Debt(id); debt.Status != collection.DebtOpen && debt.Status != collection.DebtSettled {
			t.Fatalf("a debt is %s", debt.Status)
		}
	}
}

// TestBreachByHand is worked out by hand: of R$ 120,00 for debts of R$ 100,00 and R$ 50,00 with R$ 3,00 of fine, R$ 60,00 were paid.
func TestBreachByHand(t *testing.T) {
	charge := func(debt collection.Debt, _ calendar.Date) (collection.Components, error) {
		return collection.Components{Principal: debt.Outstanding(), Fine: debt.Outstanding() / 50, Interest: 100}, nil
	}
	for name, c := range map[string]struct {
		rules collection.DealRules
		want  []collection.Credited
	}{
		"discounts lost, no fee": {collection.DealRules{}, []collection.Credited{{
			Credit: collection.Credit{Debt: id[collection.DebtNoun](10), Paid: collection.Components{Interest: 100, Fine: 200, Principal: 5700}},
			Left:   collection.Components{Principal: 4300},
		}}},
		"discounts in proportion, and a fee of 2 %": {
			collection.DealRules{Discounts: collection.DiscountsProportional, FeeRate: "0.02"}, []collection.Credited{{
				Credit: collection.Credit{
					Debt: id[collection.DebtNoun](10), Paid: collection.Components{Interest: 100, Fine: 50, Principal: 5850},
					Kept: collection.Components{Principal: 1500, Fine: 150},
				},
				Fee: 120, Left: collection.Components{Principal: 2650, Fine: 120},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeal(t)
			p := d.offered()
			p.Rules = c.rules
			must(t, d.Accept(meta(noon), p))
			must(t, d.Sign(meta(noon), d.proposal, "text", d.agreement, "evidence", collection.AftercareNone))
			receipt := d.pay(t, d.request(t, 40, 1), 6000)
			must(t, d.End(meta(noon), d.agreement, collection.EndBreach, day("2026-06-01"), charge))
			got, _ := d.Recorded()[len(d.Recorded())-1].Event.(collection.AgreementEnded)
			if !slices.Equal(got.Credits, c.want) || got.Excess != 0 {
				t.Errorf("credits %+v, excess %s", got.Credits, got.Excess)
			}
			must(t, collection.CheckLedger(d.Dossier, d.Entries(), []collection.Receipt{receipt}))
			err := d.End(meta(noon), d.agreement, collection.EndBreach, day("2026-06-01"), charge)
			if !errors.Is(err, collection.ErrAgreementEnded) {
				t.Errorf("ending again: %v", err)
			}
		})
	}
}

// TestMoneyAfterTheEnd: late money of a broken deal counts against its debts and, taken back, is owed again; that of a deal that was
// withdrawn from is owed to the participant.
func TestMoneyAfterTheEnd(t *testing.T) {
	for _, c := range []struct {
		reason           collection.EndReason
		applied, excess  money.Centavos
		owed, afterwards money.Centavos
	}{
		{collection.EndUnpaid, 6000, 0, 9300, 15300},
		{collection.EndWithdrawal, 0, 6000, 15300, 15300},
	} {
		d := newDeal(t).sign(t, collection.AftercareNone)
		intent := d.request(t, 40, 1)
		at := day("2026-06-01")
		flat := func(debt collection.Debt, _ calendar.Date) (collection.Components, error) {
			out := collection.Components{Principal: debt.Outstanding()}
			if out.Fine = debt.Principal / 50; debt.Carried != nil {
				out.Fine = debt.Carried.Fine
			}
			return out, nil
		}
		must(t, d.End(meta(noon), d.agreement, c.reason, at, flat))
		receipt := d.pay(t, intent, 6000)
		receipt, err := d.CountTowards(meta(noon), receipt, at, flat)
		must(t, err)
		if receipt.Applied != c.applied || receipt.Excess != c.excess {
			t.Errorf("%s: receipt %+v", c.reason, receipt)
		}
		owed := func() (sum money.Centavos) {
			for _, debt := range d.Debts {
				parts, err := flat(debt, at)
				must(t, err)
				total, err := parts.Total()
				must(t, err)
				sum += total
			}
			return sum
		}
		if got := owed(); got != c.owed {
			t.Errorf("%s: %s are owed", c.reason, got)
		}
		receipt, err = d.Return(meta(noon), receipt, collection.Return{Fact: "r", Of: "f", Kind: collection.ReturnChargeback, Amount: 6000})
		must(t, err)
		if got := owed(); got != c.afterwards {
			t.Errorf("%s: %s are owed after the money left", c.reason, got)
		}
		must(t, collection.CheckLedger(d.Dossier, d.Entries(), []collection.Receipt{receipt}))
	}
}

func TestEndsOn(t *testing.T) {
	instalment := func(due string, paid money.Centavos) collection.Instalment {
		return collection.Instalment{DueDate: day(due), Amount: 100, Paid: paid}
	}
	for name, c := range map[string]struct {
		status      collection.AgreementStatus
		rules       collection.DealRules
		instalments []collection.Instalment
		want        string
		reason      collection.EndReason
	}{
		"unpaid": {collection.AgreementPendingFirstPayment, collection.DealRules{ToleranceDays: 5},
			[]collection.Instalment{instalment("2026-03-10", 40)}, "2026-03-16", collection.EndUnpaid},
		"second missing": {collection.AgreementActive, collection.DealRules{ToleranceDays: 5},
			[]collection.Instalment{instalment("2026-03-10", 100), instalment("2026-04-10", 99)}, "2026-04-16", collection.EndBreach},
		"two missed of two": {collection.AgreementActive, collection.DealRules{ToleranceDays: 90, AccelerationMissed: 2},
			[]collection.Instalment{instalment("2026-03-10", 100), instalment("2026-04-10", 0), instalment("2026-05-10", 0)}, "2026-05-11",
			collection.EndBreach},
		"fulfilled": {collection.AgreementFulfilled, collection.DealRules{}, []collection.Instalment{instalment("2026-03-10", 100)}, "", ""},
		"broken":    {collection.AgreementBreached, collection.DealRules{}, []collection.Instalment{instalment("2026-03-10", 0)}, "", ""},
	} {
		a := collection.Agreement{Status: c.status, Rules: c.rules, Instalments: c.instalments}
		on, reason, ok := a.EndsOn()
		if ok != (c.want != "") || ok && on != day(c.want) || reason != c.reason {
			t.Errorf("%s: %s, %s, %v", name, on, reason, ok)
		}
	}
}

// TestLineage: a deal over debts that came out of another names it, and a contract of before that is no longer signed.
func TestLineage(t *testing.T) {
	d := newDeal(t)
	old := d.offered()
	old.Proposal, old.OfferHash = id[collection.ProposalNoun](70), "old"
	must(t, d.Accept(meta(noon), old))
	d.sign(t, collection.AftercareNone)
	receipt := d.pay(t, d.request(t, 40, 1), 1000)
	charge := func(debt collection.Debt, _ calendar.Date) (collection.Components, error) {
		return collection.Components{Principal: debt.Outstanding(), Interest: 2000}, nil
	}
	must(t, d.End(meta(noon), d.agreement, collection.EndUnpaid, day("2026-06-01"), charge))
	err := d.Sign(meta(noon), old.Proposal, "text", id[collection.AgreementNoun](71), "e", collection.AftercareNone)
	if !errors.Is(err, collection.ErrContractExpired) {
		t.Errorf("a contract over charges that were paid since: %v", err)
	}
	next := d.offered()
	next.Proposal, next.OfferHash = id[collection.ProposalNoun](72), "next"
	must(t, d.Accept(meta(noon.Add(time.Minute)), next))
	must(t, d.Sign(meta(noon.Add(time.Minute)), next.Proposal, "text", id[collection.AgreementNoun](73), "e", collection.AftercareNone))
	if a, _ := d.Agreement(id[collection.AgreementNoun](73)); !slices.Equal(a.Restructures, []collection.AgreementID{d.agreement}) {
		t.Errorf("lineage %v", a.Restructures)
	}
	must(t, collection.CheckLedger(d.Dossier, d.Entries(), []collection.Receipt{receipt}))
}
