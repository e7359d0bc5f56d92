package offer

import (
	"fmt"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// iof is the tax on credit of an instalment deal. A cash deal is no credit and bears none. A debt that was taxed when it was made bears the
// days that its original left of a year, at the rates of that day, and the fixed part no more; any other debt is taxed as of the quote.
func (q *quote) iof(
	schedule []collection.ScheduledPayment, rows money.Schedule, balance money.Centavos, balances []money.Centavos,
) (money.Centavos, error) {
	profile := q.policy.IOF
	if len(rows) == 1 || profile.Kind == collection.IOFNone || profile.Kind == "" {
		return 0, nil
	}
	kind := profile.Kind
	if kind == collection.IOFSimples && balance > profile.SimplesUpTo {
		kind = collection.IOFCompany
	}
	taxed := make([]money.IOFRow, len(rows))
	for i, row := range rows {
		taxed[i] = money.IOFRow{Amortization: row.Amortization, Days: max(0, q.today.DaysUntil(schedule[i].DueDate))}
	}
	var shares []money.IOFShare
	for i, debt := range q.debts {
		days := debt.Debt.TaxedDays
		rate := rateOn(profile.Rates, kind, q.today)
		if days > 0 { // the taxed days ran from the original's day to its due date
			rate = rateOn(profile.Rates, kind, debt.Debt.DueDate.AddDays(-days))
			rate.Fixed = money.Rate{}
		}
		shares = append(shares, money.IOFShare{
			Weight: balances[i], Daily: rate.Daily, Fixed: rate.Fixed, Days: max(0, money.MaxIOFDays-days),
		})
	}
	daily, fixed, err := money.IOF(taxed, shares)
	if err != nil {
		return 0, err
	}
	sum, err := daily.Add(fixed)
	if err != nil {
		return 0, fmt.Errorf("iof: %w", err)
	}
	return sum, nil
}

// rateOn is the row of a kind that holds on a day; the first row holds for the days before it as well.
func rateOn(rates []collection.IOFRate, kind collection.IOFKind, on calendar.Date) collection.IOFRate {
	var found collection.IOFRate
	seen := false
	for _, row := range rates {
		if row.Kind == kind && (!seen || !on.Before(row.From)) {
			found, seen = row, true
		}
	}
	return found
}
