package money

import (
	"fmt"
	"math/big"
)

// LateCharges returns the fine (multa) and the interest on arrears (juros de
// mora) of one overdue debt. The fine is principal × fine, once. The interest
// is simple: principal × monthlyInterest × daysLate / 30, over calendar days, on
// the principal only; the fine bears no interest. Each component is rounded
// half-up once. With daysLate of 0 or less both are 0. A negative principal is
// ErrRange.
//
// Source: CDC (Lei 8.078/1990) art. 52 §1 caps the fine of consumer credit at
// 2 %; the caller's policy holds that cap. The day count is the contract
// convention of calendar days over months of thirty.
func LateCharges(principal Centavos, daysLate int, fine, monthlyInterest Rate) (fineDue, interestDue Centavos, err error) {
	if principal < 0 {
		return 0, 0, fmt.Errorf("late charges: %w: negative principal", ErrRange)
	}
	if daysLate <= 0 {
		return 0, 0, nil
	}
	if fineDue, err = principal.Percent(fine); err != nil {
		return 0, 0, fmt.Errorf("late charges: fine: %w", err)
	}
	interest := new(big.Rat).Mul(principal.rat(), monthlyInterest.rat())
	interest.Mul(interest, big.NewRat(int64(daysLate), 30))
	if interestDue, err = Round(interest); err != nil {
		return 0, 0, fmt.Errorf("late charges: interest: %w", err)
	}
	return fineDue, interestDue, nil
}
