package money

import (
	"fmt"
	"math/big"
)

// LegalRate is the legal rate (taxa legal) of a month as a fraction, made of the Selic factor and the price-index factor of the month
// before: selic / ipca − 1, never below 0, its percentage rounded to six decimals half-to-even (ABNT NBR 5891). A factor of 0 is ErrRange.
// The rate is applied simply: the rates of several months are added.
//
// Source: Código Civil art. 406 as amended by Lei 14.905/2024; CMN Resolution 5.171/2024.
func LegalRate(selic, ipca Rate) (Rate, error) {
	if selic.IsZero() || ipca.IsZero() {
		return Rate{}, fmt.Errorf("legal rate: %w: a factor is zero", ErrRange)
	}
	percent := new(big.Rat).Quo(selic.rat(), ipca.rat())
	percent.Sub(percent, big.NewRat(1, 1)).Mul(percent, big.NewRat(100, 1))
	if percent.Sign() < 0 {
		return Rate{}, nil
	}
	rounded, ok := new(big.Rat).SetString(roundHalfEven(percent, 6))
	if !ok {
		return Rate{}, ErrSyntax // not reached: the text is a decimal
	}
	return Rate{r: rounded.Quo(rounded, big.NewRat(100, 1))}, nil
}
