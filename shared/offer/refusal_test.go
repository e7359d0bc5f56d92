package offer

import (
	"errors"
	"strings"
	"testing"

	"github.com/regua/regua/shared/collection"
)

// wantRule asks for a deal that breaks one rule.
func wantRule(t *testing.T, rule Rule, c collection.Creditor, d Deal) {
	t.Helper()
	terms, err := Terms(c, d)
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Rule != rule || !errors.Is(err, ErrNotOffered) || !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("got %+v, %v; want a refusal by %s", terms, err, rule)
		return
	}
	if refusal.Message == "" || strings.Contains(refusal.Message, "%!") {
		t.Errorf("%s says %q", rule, refusal.Message)
	}
}

func TestEveryRuleHasItsSentence(t *testing.T) {
	for _, rule := range Rules() {
		if sentences[rule] == "" {
			t.Errorf("%s has no sentence", rule)
		}
	}
	if len(sentences) != len(Rules()) {
		t.Errorf("%d sentences for %d rules", len(sentences), len(Rules()))
	}
}

func TestRefusalsNameTheRule(t *testing.T) {
	c := load(t, "lender.json") // at most 2 below 200.00, 48 above, each at least 25.00 and 50.00
	owed := debt(t, 1, 50000, 0)
	wantRule(t, RuleInstalments, c, deal(49, debt(t, 1, 5_000_000, 0)))
	wantRule(t, RuleInstalments, c, deal(3, debt(t, 1, 15000, 0)))
	wantRule(t, RuleInstalments, c, deal(0, owed))
	wantRule(t, RuleMinimum, c, deal(12, owed))
	wantRule(t, RuleMinimum, c, deal(2, debt(t, 1, 1, 0)))
	c.Policy.Limits = c.Policy.Limits[1:]
	wantRule(t, RuleAmount, c, deal(2, debt(t, 1, 15000, 0)))
	c.Policy.Cash = []collection.DiscountBand{{Amount: 99999999}}
	wantRule(t, RuleNothingOwed, c, deal(1, owed))
	for _, debts := range [][]collection.Debt{nil, make([]collection.Debt, MaxDebts+1)} {
		if _, err := Terms(c, deal(1, debts...)); !errors.Is(err, collection.ErrInvalid) || errors.Is(err, ErrNotOffered) {
			t.Errorf("%d debts: %v", len(debts), err)
		}
	}
}

func TestTheFirstDueDateHasItsWindow(t *testing.T) {
	c := lender(t) // cash 1 to 5 days from the quote, instalments 2 to 40
	for _, test := range []struct {
		payments, day int
		due           string // empty: refused
	}{
		{1, 0, ""}, {1, 1, "2026-11-24"}, {1, 5, "2026-11-30"}, {1, 6, ""}, // the 28th is a Saturday
		{3, 1, ""}, {3, 2, "2026-11-25"}, {3, 40, "2027-01-04"}, {3, 41, ""}, {3, -1, ""},
	} {
		d := deal(test.payments, debt(t, 1, 100000, 0))
		d.FirstDue = Today(at).AddDays(test.day)
		if test.due == "" {
			wantRule(t, RuleFirstDue, c, d)
			continue
		}
		terms, err := Terms(c, d)
		if err != nil || terms.Schedule[0].DueDate.String() != test.due {
			t.Errorf("%d days on in %d: %+v, %v; want %s", test.day, test.payments, terms.Schedule, err, test.due)
		}
	}
	d := deal(3, debt(t, 1, 100000, 0)) // the day of the month that was chosen stays, whatever day it moves to
	d.FirstDue = date(t, "2026-11-29")
	terms, err := Terms(c, d)
	if err != nil || terms.Schedule[0].DueDate.String() != "2026-11-30" || terms.Schedule[1].DueDate.String() != "2026-12-29" {
		t.Errorf("got %+v, %v", terms.Schedule, err)
	}
}

func TestProductsSayWhoMayNegotiateWhat(t *testing.T) {
	c := load(t, "lender.json")
	c.Policy.Products = []collection.Product{
		{ID: "emprestimo", Type: collection.ProductLoan},
		{ID: "ativos", Type: collection.ProductRenegotiation, Standings: []collection.Standing{collection.StandingActive},
			DebtProducts: []string{"cartao", "credito"}},
		{ID: "a-vista", Type: collection.ProductCaaS, MaxInstalments: 1, DebtProducts: []string{"cartao"}},
	}
	of := func(product string, standing collection.Standing, payments int, debtProducts ...string) Deal {
		var debts []collection.Debt
		for i, name := range debtProducts {
			one := debt(t, byte(i), 50000, 10)
			one.Product = name
			debts = append(debts, one)
		}
		d := deal(payments, debts...)
		d.Product, d.Standing = product, standing
		return d
	}
	const active, former = collection.StandingActive, collection.StandingFormer
	wantRule(t, RuleProductUnknown, c, of("novo", active, 1, "cartao"))
	wantRule(t, RuleProductType, c, of("emprestimo", active, 1, "cartao"))
	wantRule(t, RuleStanding, c, of("ativos", former, 1, "cartao"))
	wantRule(t, RuleProductDebts, c, of("ativos", active, 1, "cartao", "carro"))
	wantRule(t, RuleProductDebts, c, of("", former, 1, "credito"))
	wantRule(t, RuleInstalments, c, of("", former, 2, "cartao"))
	for _, test := range []struct {
		deal Deal
		want string
	}{
		{of("", active, 3, "cartao", "credito"), "ativos"}, {of("", former, 1, "cartao"), "a-vista"},
		{of("a-vista", active, 1, "cartao"), "a-vista"},
	} {
		if terms, err := Terms(c, test.deal); err != nil || terms.Product != test.want {
			t.Errorf("under %q, %v; want %q", terms.Product, err, test.want)
		}
	}
	all := of("", former, 1, "credito", "cartao", "carro").Debts
	if got := Negotiable(c, former, all); len(got) != 1 || got[0].Product != "cartao" {
		t.Errorf("a former participant may negotiate %+v", got)
	}
	if got := Negotiable(c, active, all); len(got) != 2 {
		t.Errorf("an active participant may negotiate %+v", got)
	}
	if got := Negotiable(c, active, all[2:]); got != nil {
		t.Errorf("nothing takes %+v", got)
	}
	wantRule(t, RuleProductUnknown, load(t, "lender.json"), of("ativos", active, 1, "cartao"))
}
