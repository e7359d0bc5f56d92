// Package money holds amounts in integer centavos, exact decimal rates and the
// credit formulas of Regua. No amount and no rate is ever a binary float: the
// formulas work in exact fractions and round once, where each says so.
package money

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// Centavos is an amount in hundredths of a real. It may be negative: a credit
// or a ledger line. The zero value is R$ 0,00.
type Centavos int64

// MaxParsed is the largest amount Parse accepts, R$ 9.999.999.999,99: the ten
// integer digits of the amount field of the Pix API.
const MaxParsed Centavos = 999_999_999_999

var (
	// ErrOverflow says that a result does not fit in 64 bits of centavos.
	ErrOverflow = errors.New("money: amount overflows")
	// ErrSyntax says that a text is not a plain decimal of the documented form.
	ErrSyntax = errors.New("money: not a plain decimal")
	// ErrRange says that an argument is outside its documented range.
	ErrRange = errors.New("money: argument out of range")
)

// Add returns c + d, or ErrOverflow.
func (c Centavos) Add(d Centavos) (Centavos, error) {
	sum := c + d
	if (d > 0 && sum < c) || (d < 0 && sum > c) {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Sub returns c - d, or ErrOverflow.
func (c Centavos) Sub(d Centavos) (Centavos, error) {
	diff := c - d
	if (d > 0 && diff > c) || (d < 0 && diff < c) {
		return 0, ErrOverflow
	}
	return diff, nil
}

// Mul returns c × n, or ErrOverflow.
func (c Centavos) Mul(n int64) (Centavos, error) {
	high, low := bits.Mul64(magnitude(int64(c)), magnitude(n))
	negative := (c < 0) != (n < 0)
	limit := uint64(math.MaxInt64)
	if negative {
		limit++
	}
	if high != 0 || low > limit {
		return 0, ErrOverflow
	}
	if negative {
		return Centavos(-low), nil
	}
	return Centavos(low), nil
}

// Sum returns the total of all amounts, 0 for none, or ErrOverflow.
func Sum(amounts ...Centavos) (Centavos, error) {
	var total Centavos
	for _, amount := range amounts {
		var err error
		if total, err = total.Add(amount); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Percent returns the share p of c, rounded half-up (away from zero) once. The
// rate is a fraction: ParseRate("0.02") is 2 %. It fails with ErrOverflow only.
func (c Centavos) Percent(p Rate) (Centavos, error) {
	return Round(new(big.Rat).Mul(c.rat(), p.rat()))
}

// String writes the amount as people in Brazil read it: R$ 1.234,56, and
// -R$ 0,05 below zero.
func (c Centavos) String() string {
	reais, cents := split(c)
	var b strings.Builder
	if c < 0 {
		b.WriteByte('-')
	}
	b.WriteString("R$ ")
	for i, digit := range reais {
		if i > 0 && (len(reais)-i)%3 == 0 {
			b.WriteByte('.')
		}
		b.WriteRune(digit)
	}
	b.WriteByte(',')
	b.WriteString(cents)
	return b.String()
}

// Decimal writes the amount with a point and two decimals, as payment providers
// take it: "1234.56", and "-0.05" below zero.
func (c Centavos) Decimal() string {
	reais, cents := split(c)
	if c < 0 {
		return "-" + reais + "." + cents
	}
	return reais + "." + cents
}

// Parse reads a plain decimal of at most two decimals, such as "1234.56",
// "1234.5" or "1234", from 0 to MaxParsed. Signs, exponents, spaces, group
// separators, leading zeros and a bare point are ErrSyntax; a larger amount is
// ErrRange. The text itself is never part of the error.
func Parse(s string) (Centavos, error) {
	whole, fraction, err := plainDecimal(s, 2)
	if err != nil {
		return 0, err
	}
	if len(whole) > 10 {
		return 0, fmt.Errorf("%w: more than ten digits before the point", ErrRange)
	}
	n, err := strconv.ParseInt(whole+(fraction + "00")[:2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	return Centavos(n), nil
}

// Round returns the exact fraction r, in centavos, as whole centavos, rounded
// half-up (away from zero), or ErrOverflow. Formulas outside this package use
// it as their one rounding step.
func Round(r *big.Rat) (Centavos, error) {
	// floor((2|a| + b) / 2b) is |a/b| rounded half-up.
	num := new(big.Int).Abs(r.Num())
	num.Lsh(num, 1).Add(num, r.Denom())
	num.Quo(num, new(big.Int).Lsh(r.Denom(), 1))
	if r.Sign() < 0 {
		num.Neg(num)
	}
	if !num.IsInt64() {
		return 0, ErrOverflow
	}
	return Centavos(num.Int64()), nil
}

func (c Centavos) rat() *big.Rat { return new(big.Rat).SetInt64(int64(c)) }

// magnitude is |n| without the overflow of -MinInt64.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// split returns the digits before and the two digits after the separator.
func split(c Centavos) (reais, cents string) {
	abs := magnitude(int64(c))
	return strconv.FormatUint(abs/100, 10), fmt.Sprintf("%02d", abs%100)
}

// plainDecimal splits an unsigned decimal text with at most maxDecimals digits
// after the point.
func plainDecimal(s string, maxDecimals int) (whole, fraction string, err error) {
	if len(s) > 32 {
		return "", "", fmt.Errorf("%w: too long", ErrSyntax)
	}
	whole, fraction, point := strings.Cut(s, ".")
	switch {
	case whole == "" || !digits(whole) || !digits(fraction):
		return "", "", fmt.Errorf("%w: only digits and one point", ErrSyntax)
	case point && fraction == "":
		return "", "", fmt.Errorf("%w: nothing after the point", ErrSyntax)
	case len(whole) > 1 && whole[0] == '0':
		return "", "", fmt.Errorf("%w: leading zero", ErrSyntax)
	case len(fraction) > maxDecimals:
		return "", "", fmt.Errorf("%w: more than %d decimals", ErrSyntax, maxDecimals)
	}
	return whole, fraction, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
