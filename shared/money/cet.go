package money

import (
	"errors"
	"fmt"
	"math/big"
)

// ErrNoRate says that no annual rate between -100 % and 1,000,000 % makes the
// payments worth the amount financed.
var ErrNoRate = errors.New("money: no annual rate fits the payments")

// Flow is one payment by the debtor. Day is an ordinal: a count of days on the
// same scale as the day of the financing, whatever its origin.
type Flow struct {
	Day    int
	Amount Centavos
}

const (
	cetPrecision = 160 // bits; about 48 decimal digits
	cetMaxRounds = 500
	// cetNoise is the decimal place past which the root is solver noise; it is
	// dropped before the rounding that ties matter to.
	cetNoise     = 20
	cetDecimals  = 2
	maxAnnualCET = 10_000 // as a fraction: 1,000,000 %
)

// CET returns the annual total effective cost (custo efetivo total) in percent
// with two decimals, such as "26.80": the rate at which the sum over all flows of
// FCj / (1+CET)^((dj−d0)/365) equals net, rounded half-to-even (ABNT NBR 5891).
// Net is FC0, the amount financed; in a renegotiation, where no money changes
// hands, it is the balance after the discount, so that an interest-free schedule
// costs "0.00". Flows are everything the debtor pays, none of them negative, none
// before d0 nor past 60 years after it: otherwise, and when net is not positive,
// it is ErrRange. ErrNoRate means that no sensible rate exists.
//
// Source: CMN Resolution 4.881/2020.
func CET(net Centavos, d0 int, flows []Flow) (string, error) {
	percent, err := annualRate(net, d0, flows, 365)
	if err != nil {
		return "", fmt.Errorf("cet: %w", err)
	}
	return percent, nil
}

// annualRate solves for the yearly percentage when flows are dated in periods
// of which a year has perYear.
func annualRate(net Centavos, start int, flows []Flow, perYear int) (string, error) {
	if net <= 0 || len(flows) == 0 || len(flows) > MaxInstalments+1 {
		return "", fmt.Errorf("%w: nothing financed, or too few or many payments", ErrRange)
	}
	for _, flow := range flows {
		if flow.Amount < 0 || flow.Day < start || flow.Day-start > 60*366 {
			return "", fmt.Errorf("%w: a payment is negative or out of time", ErrRange)
		}
	}
	factor, err := discountFactor(net, start, flows)
	if err != nil {
		return "", err
	}
	growth := new(big.Float).SetPrec(cetPrecision).Quo(floatOf(1), power(factor, perYear))
	if growth.Cmp(floatOf(maxAnnualCET+1)) > 0 {
		return "", ErrNoRate
	}
	annual, _ := growth.Sub(growth, floatOf(1)).Rat(nil)
	percent := annual.Mul(annual, big.NewRat(100, 1))
	clean, _ := new(big.Rat).SetString(percent.FloatString(cetNoise))
	return roundHalfEven(clean, cetDecimals), nil
}

// discountFactor finds v, the value today of one real paid one period later, as
// the positive root of f(v) = Σ FCj·v^(dj−d0) − FC0. With no negative flow f
// rises and is convex, so Newton's method from the right of the root falls
// steadily onto it, and a first step from its left lands on its right.
func discountFactor(net Centavos, start int, flows []Flow) (*big.Float, error) {
	v := floatOf(1)
	epsilon := new(big.Float).SetMantExp(floatOf(1), -(cetPrecision - 20))
	for range cetMaxRounds {
		value, slope := presentValue(v, start, flows)
		value.Sub(value, floatOf(int64(net)))
		if value.Sign() == 0 {
			return v, nil
		}
		if slope.Sign() == 0 {
			return nil, ErrNoRate
		}
		step := value.Quo(value, slope)
		v.Sub(v, step)
		if v.Sign() <= 0 {
			return nil, ErrNoRate
		}
		if step.Abs(step).Cmp(epsilon) < 0 {
			return v, nil
		}
	}
	return nil, ErrNoRate
}

// presentValue returns Σ FC·v^k and its derivative Σ k·FC·v^(k−1). Payments come
// a month apart, so the powers of the few different gaps are worth keeping.
func presentValue(v *big.Float, start int, flows []Flow) (value, slope *big.Float) {
	value, slope = floatOf(0), floatOf(0)
	gaps := map[int]*big.Float{}
	day, discount := start, floatOf(1)
	for _, flow := range flows {
		if flow.Day < day {
			day, discount = start, floatOf(1)
		}
		gap := flow.Day - day
		if gaps[gap] == nil {
			gaps[gap] = power(v, gap)
		}
		discount.Mul(discount, gaps[gap])
		day = flow.Day
		term := floatOf(int64(flow.Amount))
		value.Add(value, term.Mul(term, discount))
		slope.Add(slope, term.Mul(term, floatOf(int64(day-start))))
	}
	return value, slope.Quo(slope, v)
}

// power returns base^exponent for an exponent of 0 or more.
func power(base *big.Float, exponent int) *big.Float {
	result, square := floatOf(1), new(big.Float).Set(base)
	for ; exponent > 0; exponent >>= 1 {
		if exponent&1 == 1 {
			result.Mul(result, square)
		}
		square.Mul(square, square)
	}
	return result
}

func floatOf(n int64) *big.Float { return new(big.Float).SetPrec(cetPrecision).SetInt64(n) }

// roundHalfEven writes r with the given decimals, ties to the even digit, as
// ABNT NBR 5891 rounds.
func roundHalfEven(r *big.Rat, decimals int64) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(decimals), nil)
	scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt(scale))
	quotient, rest := new(big.Int).QuoRem(scaled.Num(), scaled.Denom(), new(big.Int))
	rest.Abs(rest).Lsh(rest, 1)
	if c := rest.Cmp(scaled.Denom()); c > 0 || (c == 0 && quotient.Bit(0) == 1) {
		quotient.Add(quotient, big.NewInt(int64(r.Sign())))
	}
	return new(big.Rat).SetFrac(quotient, scale).FloatString(int(decimals))
}
