package money

import (
	"fmt"
	"math/big"
)

// Price returns the schedule of n equal monthly payments (Tabela Price) of the
// amount pv at a monthly rate: PMT = pv·i·(1+i)^n / ((1+i)^n − 1), computed
// exactly and rounded half-up once. The interest of each month is that of the
// rounded balance, rounded half-up. The last payment is the balance plus its
// interest and absorbs all rounding. At rate 0 it is the Split of pv.
//
// It is ErrRange when pv is negative or too small for n instalments, or n is
// outside 1..MaxInstalments. Source: the French system as textbooks give it;
// rounding is the project's.
func Price(pv Centavos, monthly Rate, n int) (Schedule, error) {
	if err := checkTerms(pv, n); err != nil {
		return nil, fmt.Errorf("price: %w", err)
	}
	pmt := pv / Centavos(n)
	if !monthly.IsZero() {
		var err error
		if pmt, err = levelPayment(pv, monthly, n); err != nil {
			return nil, fmt.Errorf("price: %w", err)
		}
	}
	schedule, err := amortize(pv, monthly, n, func(interest Centavos) Centavos { return pmt - interest })
	if err != nil {
		return nil, fmt.Errorf("price: %w", err)
	}
	return schedule, nil
}

func levelPayment(pv Centavos, monthly Rate, n int) (Centavos, error) {
	one := big.NewRat(1, 1)
	base := new(big.Rat).Add(one, monthly.rat())
	exponent := big.NewInt(int64(n))
	// A power of a fraction in lowest terms is in lowest terms.
	growth := new(big.Rat).SetFrac(
		new(big.Int).Exp(base.Num(), exponent, nil),
		new(big.Int).Exp(base.Denom(), exponent, nil),
	)
	pmt := new(big.Rat).Mul(pv.rat(), monthly.rat())
	pmt.Mul(pmt, growth)
	return Round(pmt.Quo(pmt, growth.Sub(growth, one)))
}
