package offer

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// Offer is one deal that the participant may accept until it expires.
type Offer struct {
	Terms     collection.Terms
	FirstDue  calendar.Date // as the participant chose it; zero: as the policy says
	ExpiresAt time.Time
	Reason    string // why it is shown, in the participant's language
}

// counts are the instalment counts that people recognise; those at which the policy changes, and the longest of all, are shown besides.
var counts = []int{2, 3, 6, 10, 12, 18, 24, 36, 48, 60, 72}

// maxShown keeps the choice readable on a phone.
const maxShown = 8

// Negotiable is the debts that one deal may cover: without products all of them, else those of the first product that takes any.
func Negotiable(c collection.Creditor, standing collection.Standing, debts []collection.Debt) []collection.Debt {
	if len(c.Policy.Products) == 0 {
		return debts
	}
	for _, p := range c.Policy.Products {
		taken := slices.DeleteFunc(slices.Clone(debts), func(debt collection.Debt) bool {
			_, err := productFor([]collection.Product{p}, Deal{Debts: []collection.Debt{debt}, Standing: standing})
			return err != nil
		})
		if len(taken) > 0 {
			return taken
		}
	}
	return nil
}

// Best lists the deals worth showing, best first: cash, then the longest one free of interest, then the others free of interest, then those
// with financing, the longest first. Without debts there is none; debts of which no deal is made at all are a *Refusal.
func Best(c collection.Creditor, d Deal) ([]Offer, error) {
	if len(d.Debts) == 0 {
		return nil, nil
	}
	q, err := newQuote(c, d)
	if err != nil {
		return nil, err
	}
	cash, err := q.plan(1)
	if err != nil {
		return nil, err
	}
	free, financed, err := q.worthShowing()
	if err != nil {
		return nil, err
	}
	plans := slices.Concat([]plan{cash}, longestFirst(free), longestFirst(financed))
	var out []Offer
	for _, p := range trim(plans, len(free)) {
		t, err := q.priced(p)
		if errors.Is(err, ErrNotOffered) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, q.offer(t, reason(t, len(free) > 0 && len(t.Schedule) == len(free[len(free)-1].terms.Schedule),
			len(financed) > 0 && len(t.Schedule) == len(financed[len(financed)-1].terms.Schedule))))
	}
	return out, nil
}

// longestFirst brings the last plan to the front.
func longestFirst(plans []plan) []plan {
	if len(plans) == 0 {
		return nil
	}
	last := len(plans) - 1
	return append([]plan{plans[last]}, plans[:last]...)
}

// trim drops the middle of the interest-free plans first: the ends of each range are the ones people choose between.
func trim(plans []plan, free int) []plan {
	for len(plans) > maxShown && free > 3 {
		plans = slices.Delete(plans, 3, 4)
		free--
	}
	return plans[:min(len(plans), maxShown)]
}

// worthShowing lays out the plans of the counts worth showing, in order.
func (q *quote) worthShowing() (free, financed []plan, err error) {
	for _, n := range q.countsShown() {
		p, err := q.plan(n)
		if errors.Is(err, ErrNotOffered) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("deal in %d instalments: %w", n, err)
		}
		if p.terms.Financing > 0 {
			financed = append(financed, p)
		} else {
			free = append(free, p)
		}
	}
	return free, financed, nil
}

// countsShown is counts with those at which the policy changes, and the longest that it allows.
func (q *quote) countsShown() []int {
	shown := append(slices.Clone(counts), q.policy.InterestFree)
	longest := 0
	for _, l := range q.policy.Limits {
		longest = max(longest, l.MaxInstalments)
	}
	for _, band := range q.policy.Instalments {
		shown = append(shown, band.ToInstalments)
	}
	for n := longest; n > 1; n-- {
		if _, err := q.plan(n); err == nil {
			shown = append(shown, n)
			break
		}
	}
	slices.Sort(shown)
	shown = slices.Compact(shown)
	return slices.DeleteFunc(shown, func(n int) bool { return n < 2 || n > longest })
}

func (q *quote) offer(t collection.Terms, reason string) Offer {
	return Offer{Terms: t, FirstDue: q.deal.FirstDue, ExpiresAt: q.deal.QuotedAt.Add(q.policy.OfferLifetime), Reason: reason}
}

// Seal makes the offer's id for a case.
func (o Offer) Seal(c collection.Case, mac MAC) string {
	t := o.Terms
	return Sealed{
		Creditor: c.Creditor, Case: c.ID, Debts: t.Debts, Payments: len(t.Schedule), FirstDue: o.FirstDue, Product: t.Product,
		QuotedAt: t.QuotedAt, ExpiresAt: o.ExpiresAt, PolicyVersion: t.PolicyVersion, Total: t.Total, Print: Fingerprint(t),
	}.Seal(mac)
}

// reason says why a deal is shown.
func reason(t collection.Terms, longestFree, longest bool) string {
	switch {
	case t.Kind == collection.OfferCash && t.Discount > 0:
		return fmt.Sprintf("Maior desconto: você economiza %s pagando à vista.", t.Discount)
	case t.Kind == collection.OfferCash:
		return "Quita tudo de uma vez, sem custo adicional."
	case t.Financing > 0 && longest:
		return "Menor parcela, com juros de parcelamento."
	case t.Financing > 0:
		return "Parcela menor, com juros de parcelamento."
	case longestFree && t.Discount > 0:
		return fmt.Sprintf("Maior prazo sem juros de parcelamento, com desconto de %s.", t.Discount)
	case longestFree:
		return "Maior prazo sem juros de parcelamento."
	case t.Discount > 0:
		return fmt.Sprintf("Sem juros de parcelamento, com desconto de %s.", t.Discount)
	}
	return "Sem juros de parcelamento."
}
