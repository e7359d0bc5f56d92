package money

import (
	"fmt"
	"math/big"
)

// MaxIOFDays is how many days of a credit bear the daily rate of the tax on credit.
const MaxIOFDays = 365

// IOFRow is a payment of principal, so many days after the credit was made.
type IOFRow struct {
	Amortization Centavos
	Days         int
}

// IOFShare is the part of a credit that is taxed alike: Weight is its share of every row, against the sum of all weights. Days counts the
// days that may still be taxed, up to MaxIOFDays.
type IOFShare struct {
	Weight       Centavos
	Daily, Fixed Rate
	Days         int
}

// IOF returns the tax on credit: of each row, by share, amortization × daily rate × days, no more days than the share has left, and once
// the fixed rate on the amortization. The two parts are rounded half-up once each. A negative amount or number of days, more than
// MaxIOFDays in a share, and weights that add up to nothing are ErrRange.
//
// Source: Decreto 6.306/2007 art. 7, par. 1, 7 and 15: a credit of principal paid in parts is taxed part by part, for 365 days at most. A
// renegotiation without new money bears what its original left of those days, at the original's rates, and no second fixed part.
func IOF(rows []IOFRow, shares []IOFShare) (daily, fixed Centavos, err error) {
	weights := new(big.Rat)
	for _, s := range shares {
		if s.Weight < 0 || s.Days < 0 || s.Days > MaxIOFDays {
			return 0, 0, fmt.Errorf("iof: %w: a share's weight or days", ErrRange)
		}
		weights.Add(weights, s.Weight.rat())
	}
	if weights.Sign() == 0 {
		return 0, 0, fmt.Errorf("iof: %w: shares of nothing", ErrRange)
	}
	byDay, once := new(big.Rat), new(big.Rat)
	for _, s := range shares {
		// What the rates are taken of are whole numbers; fractions come in once a share, not once a row.
		amount, amountDays, err := taxable(rows, s.Days)
		if err != nil {
			return 0, 0, fmt.Errorf("iof: %w", err)
		}
		part := new(big.Rat).Quo(s.Weight.rat(), weights)
		once.Add(once, new(big.Rat).Mul(amount.rat(), new(big.Rat).Mul(part, s.Fixed.rat())))
		byDay.Add(byDay, part.Mul(part, s.Daily.rat()).Mul(part, amountDays.rat()))
	}
	if daily, err = Round(byDay); err != nil {
		return 0, 0, fmt.Errorf("iof: %w", err)
	}
	if fixed, err = Round(once); err != nil {
		return 0, 0, fmt.Errorf("iof: %w", err)
	}
	return daily, fixed, nil
}

// taxable adds up the rows, and the rows times their days, no more of them than most.
func taxable(rows []IOFRow, most int) (amount, amountDays Centavos, err error) {
	for _, row := range rows {
		if row.Amortization < 0 || row.Days < 0 {
			return 0, 0, fmt.Errorf("%w: a negative row", ErrRange)
		}
		if amount, err = amount.Add(row.Amortization); err != nil {
			return 0, 0, err
		}
		days, err := row.Amortization.Mul(int64(min(row.Days, most)))
		if err != nil {
			return 0, 0, err
		}
		if amountDays, err = amountDays.Add(days); err != nil {
			return 0, 0, err
		}
	}
	return amount, amountDays, nil
}
