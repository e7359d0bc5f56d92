package money

import (
	"fmt"
	"math/big"
	"strings"
)

// maxRateDecimals is enough for every published rate and factor (the most
// precise, the daily Selic factor, has eight) with room for a daily fraction.
const maxRateDecimals = 12

// Rate is an exact, immutable, non-negative decimal fraction: 0.02 is 2 %. The
// zero value is 0. Rates are compared with Cmp; the language's == is refused by
// the compiler, because it would compare addresses.
type Rate struct {
	_ [0]func()
	r *big.Rat
}

// ParseRate reads a plain decimal such as "0.0199": at most six digits before
// and twelve after the point, no sign, exponent, space or leading zero. Anything
// else is ErrSyntax or ErrRange.
func ParseRate(s string) (Rate, error) {
	whole, _, err := plainDecimal(s, maxRateDecimals)
	if err != nil {
		return Rate{}, err
	}
	if len(whole) > 6 {
		return Rate{}, fmt.Errorf("%w: more than six digits before the point", ErrRange)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return Rate{}, ErrSyntax
	}
	return Rate{r: r}, nil
}

// String writes the rate as ParseRate reads it, without needless zeros: "0.005".
func (p Rate) String() string {
	s := p.rat().FloatString(maxRateDecimals)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// Cmp returns -1, 0 or +1 as p is less than, equal to or greater than q.
func (p Rate) Cmp(q Rate) int { return p.rat().Cmp(q.rat()) }

// IsZero reports whether the rate is 0.
func (p Rate) IsZero() bool { return p.rat().Sign() == 0 }

// Rat returns a copy of the exact value, for formulas outside this package.
func (p Rate) Rat() *big.Rat { return new(big.Rat).Set(p.rat()) }

// rat returns the value to be read only.
func (p Rate) rat() *big.Rat {
	if p.r == nil {
		return new(big.Rat)
	}
	return p.r
}
