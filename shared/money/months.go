package money

import (
	"fmt"
	"math/big"
)

// MonthShare is Days of a month that has Length of them, at the month's rate or factor.
type MonthShare struct {
	Rate         Rate
	Days, Length int
}

// SimpleInterest returns the interest on an amount over several months of different rates: amount × Σ rate × days / length, simple,
// rounded half-up once. A negative amount, or days outside a month, are ErrRange.
//
// Source: the legal rate accumulates as simple interest (CMN Resolution 5.171/2024); within a month it is shared out by calendar days.
func SimpleInterest(amount Centavos, months []MonthShare) (Centavos, error) {
	sum := new(big.Rat)
	for _, m := range months {
		if !m.valid() {
			return 0, fmt.Errorf("simple interest: %w: days outside a month", ErrRange)
		}
		sum.Add(sum, new(big.Rat).Mul(m.Rate.rat(), m.part()))
	}
	if amount < 0 {
		return 0, fmt.Errorf("simple interest: %w: negative amount", ErrRange)
	}
	interest, err := Round(sum.Mul(sum, amount.rat()))
	if err != nil {
		return 0, fmt.Errorf("simple interest: %w", err)
	}
	return interest, nil
}

// Correction returns what an index adds to an amount: amount × (Π (1 + (factor − 1) × days / length) − 1), rounded half-up once and never
// below 0: deflation lowers a correction and leaves the amount itself alone. A negative amount, or days outside a month, are ErrRange.
//
// Source: Código Civil art. 389; that deflation does not touch the nominal amount is the courts' rule (STJ, REsp 1.265.580/RS). Within a
// month the factor is shared out by calendar days, which is the project's convention.
func Correction(amount Centavos, months []MonthShare) (Centavos, error) {
	if amount < 0 {
		return 0, fmt.Errorf("correction: %w: negative amount", ErrRange)
	}
	// Fractions are brought to lowest terms once, at the end: doing so at each of hundreds of steps would cost more than the product.
	num, denom := big.NewInt(1), big.NewInt(1)
	for _, m := range months {
		if !m.valid() {
			return 0, fmt.Errorf("correction: %w: days outside a month", ErrRange)
		}
		growth := m.Rate.Rat()
		growth.Sub(growth, big.NewRat(1, 1)).Mul(growth, m.part()).Add(growth, big.NewRat(1, 1))
		num.Mul(num, growth.Num())
		denom.Mul(denom, growth.Denom())
	}
	added := new(big.Rat).SetFrac(num, denom)
	added.Sub(added, big.NewRat(1, 1))
	if added.Sign() <= 0 {
		return 0, nil
	}
	correction, err := Round(added.Mul(added, amount.rat()))
	if err != nil {
		return 0, fmt.Errorf("correction: %w", err)
	}
	return correction, nil
}

func (m MonthShare) valid() bool {
	return 0 <= m.Days && m.Days <= m.Length && m.Length >= 28 && m.Length <= 31
}

func (m MonthShare) part() *big.Rat { return big.NewRat(int64(m.Days), int64(m.Length)) }
