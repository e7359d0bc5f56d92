package money

import "fmt"

// Discount returns what is taken off one component (principal, fine or
// interest) of a debt: amount × percent, rounded half-up once. The percent is a
// fraction from 0 to 1; it is ErrRange above 1 or when amount is negative, so
// that a discount never exceeds its component.
//
// Source: project rule; discounts are applied and rounded per component and
// then added, so that a receipt reconciles with each ledger account.
func Discount(amount Centavos, percent Rate) (Centavos, error) {
	if amount < 0 {
		return 0, fmt.Errorf("discount: %w: negative amount", ErrRange)
	}
	if percent.rat().Cmp(Centavos(1).rat()) > 0 {
		return 0, fmt.Errorf("discount: %w: more than the whole amount", ErrRange)
	}
	return amount.Percent(percent)
}
