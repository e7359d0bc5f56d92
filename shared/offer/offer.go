package offer

import (
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
)

// Offer is one deal that the participant may accept until it expires.
type Offer struct {
	Terms     collection.Terms
	ExpiresAt time.Time
	Reason    string // why it is shown, in the participant's language
}

// counts are the instalment counts that people recognise; the longest interest-free one and the longest of all are shown besides.
var counts = []int{2, 3, 6, 10, 12, 18, 24, 36, 48, 60, 72}

// maxShown keeps the choice readable on a phone.
const maxShown = 8

// Best lists the deals worth showing, best first: cash, then the longest interest-free one, then the other interest-free ones, then those
// with financing.
func Best(c collection.Creditor, debts []collection.Debt, at time.Time) ([]Offer, error) {
	if len(debts) == 0 {
		return nil, nil
	}
	cash, err := Terms(c, debts, 1, at)
	if err != nil {
		return nil, err
	}
	out := []Offer{{Terms: cash, Reason: cashReason(cash)}}
	free, financed, err := instalmentDeals(c, debts, at)
	if err != nil {
		return nil, err
	}
	if n := len(free); n > 0 {
		out = append(out, Offer{Terms: free[n-1], Reason: "Maior prazo sem juros de parcelamento."})
		for _, t := range free[:n-1] {
			out = append(out, Offer{Terms: t, Reason: "Sem juros de parcelamento."})
		}
	}
	if n := len(financed); n > 0 {
		out = append(out, Offer{Terms: financed[n-1], Reason: "Menor parcela, com juros de parcelamento."})
		for _, t := range financed[:n-1] {
			out = append(out, Offer{Terms: t, Reason: "Parcela menor, com juros de parcelamento."})
		}
	}
	out = trim(out, len(free))
	for i := range out {
		out[i].ExpiresAt = at.Add(c.Policy.OfferLifetime)
	}
	return out, nil
}

// trim drops the middle of the interest-free deals first: the ends of each range are the ones people choose between.
func trim(out []Offer, free int) []Offer {
	for len(out) > maxShown && free > 3 {
		out = append(out[:3], out[4:]...)
		free--
	}
	return out[:min(len(out), maxShown)]
}

func instalmentDeals(c collection.Creditor, debts []collection.Debt, at time.Time) (free, financed []collection.Terms, err error) {
	for _, n := range append([]int{}, withLimits(c.Policy)...) {
		t, err := Terms(c, debts, n, at)
		if errors.Is(err, ErrNotOffered) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("deal in %d instalments: %w", n, err)
		}
		if t.Financing > 0 {
			financed = append(financed, t)
		} else {
			free = append(free, t)
		}
	}
	return free, financed, nil
}

// withLimits is counts with the policy's own interest-free count in its place.
func withLimits(p collection.OfferPolicy) []int {
	var out []int
	placed := p.InterestFree < 2
	for _, n := range counts {
		if !placed && n >= p.InterestFree {
			if n > p.InterestFree {
				out = append(out, p.InterestFree)
			}
			placed = true
		}
		out = append(out, n)
	}
	return out
}

func cashReason(t collection.Terms) string {
	if t.Discount > 0 {
		return fmt.Sprintf("Maior desconto: você economiza %s pagando à vista.", t.Discount)
	}
	return "Quita tudo de uma vez, sem custo adicional."
}
