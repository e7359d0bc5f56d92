package money

import "fmt"

// SAC returns the schedule of n monthly payments of constant amortization: each
// pays off the floor of pv / n, the rest on the last, plus the interest of the
// balance before it, rounded half-up. It is ErrRange when pv is negative or too
// small for n instalments, or n is outside 1..MaxInstalments.
//
// Source: sistema de amortização constante as textbooks give it; rounding is
// the project's.
func SAC(pv Centavos, monthly Rate, n int) (Schedule, error) {
	if err := checkTerms(pv, n); err != nil {
		return nil, fmt.Errorf("sac: %w", err)
	}
	part := pv / Centavos(n)
	schedule, err := amortize(pv, monthly, n, func(Centavos) Centavos { return part })
	if err != nil {
		return nil, fmt.Errorf("sac: %w", err)
	}
	return schedule, nil
}
