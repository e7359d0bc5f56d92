package creditor

import (
	"slices"

	"github.com/regua/regua/shared/collection"
)

// breachTolerance is the tolerance in days of a policy that does not say: a month's salary cycle.
const breachTolerance = 30

type breachFile struct {
	ToleranceDays int    `json:"toleranceDays"`
	Discounts     string `json:"discounts"`
	FeeRate       string `json:"feeRate"`
}

func (f *breachFile) domain(c *checker) collection.BreachPolicy {
	if f == nil {
		return collection.BreachPolicy{ToleranceDays: breachTolerance, Discounts: collection.DiscountsLost}
	}
	c.between("policy.breach.toleranceDays", f.ToleranceDays, 1, 180)
	return collection.BreachPolicy{
		ToleranceDays: f.ToleranceDays,
		Discounts:     oneOf(c, "policy.breach.discounts", f.Discounts, collection.DiscountsLost, collection.DiscountsProportional),
		FeeRate:       c.rate("policy.breach.feeRate", f.FeeRate, "0.1"),
	}
}

type reviewFile struct {
	AboveTotalCentavos int64    `json:"aboveTotalCentavos"`
	DiscountAboveRate  string   `json:"discountAboveRate"`
	Products           []string `json:"products"`
	Days               int      `json:"days"`
}

func (f *reviewFile) domain(c *checker, known []collection.Product) collection.ReviewRule {
	if f == nil {
		return collection.ReviewRule{}
	}
	for _, id := range f.Products {
		c.check(slices.ContainsFunc(known, func(p collection.Product) bool { return p.ID == id }),
			"policy.review.products names one that policy.products has not")
	}
	c.between("policy.review.days", f.Days, 1, 30)
	return collection.ReviewRule{
		AboveTotal:    c.amount("policy.review.aboveTotalCentavos", f.AboveTotalCentavos),
		DiscountAbove: c.rate("policy.review.discountAboveRate", or(f.DiscountAboveRate, "0"), "1"), Products: f.Products, Days: f.Days,
	}
}

type refundsFile struct {
	Excess                string `json:"excess"`
	AutomaticUpToCentavos int64  `json:"automaticUpToCentavos"`
}

func (f *refundsFile) domain(c *checker) collection.RefundPolicy {
	if f == nil {
		return collection.RefundPolicy{Excess: collection.ExcessRefund}
	}
	return collection.RefundPolicy{
		Excess:        oneOf(c, "policy.refunds.excess", f.Excess, collection.ExcessRefund, collection.ExcessHold),
		AutomaticUpTo: c.amount("policy.refunds.automaticUpToCentavos", f.AutomaticUpToCentavos),
	}
}

type decisionFile struct {
	SecondAboveCentavos int64 `json:"secondAboveCentavos"`
}

func (f *decisionFile) domain(c *checker) collection.DecisionPolicy {
	if f == nil {
		return collection.DecisionPolicy{}
	}
	c.check(f.SecondAboveCentavos > 0, "policy.decisions.secondAboveCentavos must be positive: leave decisions out for no second operator")
	return collection.DecisionPolicy{SecondAbove: c.amount("policy.decisions.secondAboveCentavos", f.SecondAboveCentavos)}
}

// distribution reads the order of components, which must name each of them once.
func distribution(c *checker, names []string) []collection.Component {
	legal := collection.LegalDistribution()
	if len(names) == 0 {
		return legal
	}
	var out []collection.Component
	for _, name := range names {
		out = append(out, oneOf(c, "policy.distribution", name, legal...))
	}
	each := slices.Clone(out)
	slices.Sort(each)
	c.check(len(slices.Compact(each)) == len(legal) && len(out) == len(legal), "policy.distribution must name each component once")
	return out
}
