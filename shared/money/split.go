package money

import "fmt"

// MaxInstalments bounds every schedule: forty years of monthly instalments.
const MaxInstalments = 480

// Split divides total into n interest-free parts: each the floor of total / n,
// the remainder on the last, so that the parts always add up to total. It is
// ErrRange when n is outside 1..MaxInstalments or total is negative. Parts are
// zero when total < n; whoever offers a plan holds it to a least instalment.
//
// Source: project rule; instalments shown to a person differ in the last only.
func Split(total Centavos, n int) ([]Centavos, error) {
	if err := checkTerms(total, n); err != nil {
		return nil, fmt.Errorf("split: %w", err)
	}
	parts := make([]Centavos, n)
	part := total / Centavos(n)
	for i := range parts {
		parts[i] = part
	}
	parts[n-1] = total - part*Centavos(n-1)
	return parts, nil
}

func checkTerms(amount Centavos, n int) error {
	if amount < 0 {
		return fmt.Errorf("%w: negative amount", ErrRange)
	}
	if n < 1 || n > MaxInstalments {
		return fmt.Errorf("%w: number of instalments not in 1..%d", ErrRange, MaxInstalments)
	}
	return nil
}
