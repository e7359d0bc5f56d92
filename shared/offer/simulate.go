package offer

import (
	"errors"
	"fmt"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// Means is what a participant says about their money; 0 is nothing said.
type Means struct {
	Monthly money.Centavos // what they can pay in a month
	Income  money.Centavos // what they earn in a month
}

// MaxPayments is the longest schedule that any policy may offer.
const MaxPayments = 72

// Simulate works out the one deal asked for. With Means.Monthly it is the nearest legal plan: of those whose largest payment is within it
// the one nearest to the number of payments asked for, or the shortest when none is; when even the smallest payment is above it, the plan
// with the smallest. A number of payments that the policy does not allow is a *Refusal with the nearest plan that it does. With
// Means.Income a plan that would leave less than the policy's existential minimum is a *Refusal of RuleExistential, with the nearest plan
// that leaves enough.
func Simulate(c collection.Creditor, d Deal, m Means) (Offer, error) {
	q, err := newQuote(c, d)
	if err != nil {
		return Offer{}, err
	}
	if m.Monthly > 0 {
		return q.within(m)
	}
	p, err := q.plan(d.Payments)
	if err != nil {
		return Offer{}, q.instead(err, d.Payments, m)
	}
	if q.harmless(p, m) {
		return q.simulated(p, why(p.terms))
	}
	return Offer{}, q.harmful(p, m)
}

// within finds the plan that fits what the participant can pay in a month.
func (q *quote) within(m Means) (Offer, error) {
	plans, err := q.all()
	if err != nil {
		return Offer{}, err
	}
	fits := func(p plan) bool { return p.largest() <= m.Monthly && q.harmless(p, m) }
	if best, ok := nearest(plans, q.deal.Payments, fits); ok {
		return q.simulated(best, fmt.Sprintf("Cabe no que você pode pagar por mês: a maior parcela é de %s.", best.largest()))
	}
	least := plans[0]
	for _, p := range plans {
		if p.largest() < least.largest() {
			least = p
		}
	}
	if !q.harmless(least, m) {
		return Offer{}, q.harmful(least, m)
	}
	return q.simulated(least, fmt.Sprintf("É o mais perto do que você pode pagar por mês: a menor parcela possível é de %s.", least.largest()))
}

// all lays out every plan that the policy allows, the shortest first. When there is none, the refusal of the cash deal is the error.
func (q *quote) all() ([]plan, error) {
	var plans []plan
	var refused error
	for n := range MaxPayments {
		p, err := q.plan(n + 1)
		switch {
		case errors.Is(err, ErrNotOffered):
			if refused == nil {
				refused = err
			}
		case err != nil:
			return nil, fmt.Errorf("deal in %d instalments: %w", n+1, err)
		default:
			plans = append(plans, p)
		}
	}
	if len(plans) == 0 {
		return nil, refused
	}
	return plans, nil
}

// nearest is the plan that fits whose number of payments is nearest to the one asked for; of two as near it is the shorter.
func nearest(plans []plan, payments int, fits func(plan) bool) (plan, bool) {
	var best plan
	found := false
	for _, p := range plans {
		if fits(p) && (!found || away(p, payments) < away(best, payments)) {
			best, found = p, true
		}
	}
	return best, found
}

func away(p plan, payments int) int {
	n := len(p.terms.Schedule) - payments
	return max(n, -n)
}

// harmless reports whether enough of the month's income stays after the largest payment (Decreto 11.150/2022, art. 3).
func (q *quote) harmless(p plan, m Means) bool {
	return m.Income <= 0 || q.policy.ExistentialMinimum <= 0 || m.Income-p.largest() >= q.policy.ExistentialMinimum
}

// instead adds to a refusal for the number of payments the nearest plan that the policy allows and that harms nobody.
func (q *quote) instead(err error, payments int, m Means) error {
	refusal, ok := errors.AsType[*Refusal](err)
	if !ok || refusal.Rule != RuleMinimum && refusal.Rule != RuleInstalments {
		return err
	}
	plans, failure := q.all()
	if errors.Is(failure, ErrNotOffered) {
		return refusal
	}
	if failure != nil {
		return failure
	}
	return q.suggest(refusal, plans, payments, m, "É o plano mais próximo que o credor aceita.")
}

// harmful refuses a plan and looks for the nearest one that harms nobody.
func (q *quote) harmful(p plan, m Means) error {
	refusal := refuse(RuleExistential, max(0, m.Income-p.largest()), q.policy.ExistentialMinimum)
	plans, err := q.all()
	if err != nil {
		return err
	}
	return q.suggest(refusal, plans, len(p.terms.Schedule), m, "É o plano mais próximo que preserva o mínimo existencial da sua renda.")
}

// suggest adds to a refusal the plan nearest to a number of payments that harms nobody, where there is one, and says why it is that.
func (q *quote) suggest(refusal *Refusal, plans []plan, payments int, m Means, reason string) error {
	other, ok := nearest(plans, payments, func(p plan) bool { return q.harmless(p, m) })
	if !ok {
		return refusal
	}
	alternative, err := q.simulated(other, reason)
	if errors.Is(err, ErrNotOffered) {
		return refusal
	}
	if err != nil {
		return err
	}
	refusal.Alternative = &alternative
	return refusal
}

func (q *quote) simulated(p plan, reason string) (Offer, error) {
	t, err := q.priced(p)
	if err != nil {
		return Offer{}, err
	}
	return q.offer(t, reason), nil
}

// why describes a deal that was asked for.
func why(t collection.Terms) string {
	if t.Kind == collection.OfferInstalments && t.Financing == 0 && t.IOF > 0 {
		return "Sem juros de parcelamento; há IOF na primeira parcela."
	}
	return reason(t, false, false)
}
