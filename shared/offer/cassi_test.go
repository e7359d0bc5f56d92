package offer

import (
	"errors"
	"math"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// cassi is the published policy of 2025-04-01 worked out by itself, in whole centavos: the payments of a deal of so much in n payments, or
// the rule that refuses it.
func cassi(total money.Centavos, n int) ([]money.Centavos, Rule) {
	const least = 15000
	switch {
	case n == 1:
		return []money.Centavos{total - (total*85+500)/1000}, ""
	case total <= 15000 || n > 72 || (total < 30000 && n > 2):
		return nil, RuleInstalments
	case total < 30000:
		return []money.Centavos{total / 2, total - total/2}, ""
	case n <= 12 && total/money.Centavos(n) < least:
		return nil, RuleMinimum
	case n <= 12:
		return even(total, n), ""
	}
	rows := price(total, n)
	for _, row := range rows {
		if row < least {
			return nil, RuleMinimum
		}
	}
	return rows, ""
}

// even has the rest on the last.
func even(total money.Centavos, n int) []money.Centavos {
	out := make([]money.Centavos, n)
	for i := range out {
		out[i] = total / money.Centavos(n)
	}
	out[n-1] += total % money.Centavos(n)
	return out
}

// price is the French table at 0.5 % a month. Whole centavos stay far below the precision of a float64, and no payment here comes near a
// half.
func price(total money.Centavos, n int) []money.Centavos {
	payment := money.Centavos(math.Round(float64(total) * 0.005 / (1 - math.Pow(1.005, -float64(n)))))
	out := make([]money.Centavos, n)
	balance := total
	for i := range out {
		interest := (balance*5 + 500) / 1000
		out[i] = payment
		if i == n-1 {
			out[i] = balance + interest
		}
		balance -= out[i] - interest
	}
	return out
}

func TestTheCASSIPolicyAtEveryCentavo(t *testing.T) {
	c := load(t, "health-plan.json")
	var amounts []money.Centavos
	for a := money.Centavos(14900); a <= 30100; a++ {
		amounts = append(amounts, a)
	}
	for k := money.Centavos(1); k <= 72; k++ {
		amounts = append(amounts, k*15000-1, k*15000, k*15000+1)
	}
	offered := 0
	for _, a := range amounts {
		q, err := newQuote(c, deal(0, debt(t, 1, a, 0)))
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 73; n++ {
			p, err := q.plan(n)
			if checkCASSI(t, a, n, p.terms, err) {
				offered++
			}
		}
	}
	if offered < 15000 {
		t.Errorf("only %d deals were offered", offered)
	}
}

// checkCASSI compares one deal with the expectation; it reports whether the deal is offered.
func checkCASSI(t *testing.T, total money.Centavos, n int, got collection.Terms, err error) bool {
	t.Helper()
	want, rule := cassi(total, n)
	if rule != "" {
		var refusal *Refusal
		if !errors.As(err, &refusal) || refusal.Rule != rule {
			t.Fatalf("%v in %d: %+v, %v; want a refusal by %s", total, n, got, err, rule)
		}
		return false
	}
	if err != nil || len(got.Schedule) != n {
		t.Fatalf("%v in %d: %+v, %v; want %v", total, n, got, err, want)
	}
	var sum money.Centavos
	for i, row := range got.Schedule {
		sum += want[i]
		if row.Amount != want[i] {
			t.Fatalf("%v in %d: payment %d is %v, want %v", total, n, i+1, row.Amount, want[i])
		}
	}
	financing := max(0, sum-total)
	if n == 1 {
		financing = 0
	}
	if got.Total != sum || got.Financing != financing || (got.Table == collection.TablePrice) != (n > 12) {
		t.Fatalf("%v in %d: %+v, want %v in all", total, n, got, sum)
	}
	return true
}

// TestTheCASSIPolicyToldWithItsCost goes through the whole way, to the cost by the year, for each count of one amount.
func TestTheCASSIPolicyToldWithItsCost(t *testing.T) {
	c := load(t, "health-plan.json")
	for n := 1; n <= 72; n++ {
		terms, err := Terms(c, deal(n, debt(t, 1, 72*15000, 0)))
		checkCASSI(t, 72*15000, n, terms, err)
		if (terms.CETAnnual == "0.00") != (n <= 12) {
			t.Errorf("in %d the deal costs %s %% a year", n, terms.CETAnnual)
		}
	}
}
