// Package offer works out what a participant may agree to: what the debts come to on a day, and the deals that the creditor's policy
// allows. Offers are not stored: an offer id seals the terms, and accepting works them out again.
package offer

import (
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// Charged is a debt with its late charges on a day.
type Charged struct {
	Debt     collection.Debt
	DaysLate int
	Fine     money.Centavos
	Interest money.Centavos
	Total    money.Centavos
}

// Today is the calendar day of an instant where the money's dates count: Brasília, the time of the country's banks.
func Today(at time.Time) calendar.Date {
	brasilia, ok := calendar.Zone("DF")
	if !ok {
		brasilia = time.UTC // not reached: the zone is compiled in, and a test says so
	}
	return calendar.Of(at, brasilia)
}

// Charge adds the late charges of a day to a debt: each component is rounded once.
func Charge(charges collection.Charges, debt collection.Debt, today calendar.Date) (Charged, error) {
	days := debt.DaysLate(today)
	fine, interest, err := money.LateCharges(debt.Principal, days, charges.Fine, charges.MonthlyInterest)
	if err != nil {
		return Charged{}, fmt.Errorf("charge debt %s: %w", debt.ID, err)
	}
	total, err := money.Sum(debt.Principal, fine, interest)
	if err != nil {
		return Charged{}, fmt.Errorf("charge debt %s: %w", debt.ID, err)
	}
	return Charged{Debt: debt, DaysLate: days, Fine: fine, Interest: interest, Total: total}, nil
}

// discount is what a policy's bands take off a charged debt, by component: each share is rounded by itself.
func discount(bands []collection.DiscountBand, payments int, c Charged) (off collection.Components, err error) {
	for _, band := range bands {
		if !covers(band.FromDays, band.ToDays, c.DaysLate) || (payments > 1 && !covers(band.FromInstalments, band.ToInstalments, payments)) {
			continue
		}
		owed := collection.Components{Principal: c.Debt.Outstanding(), Fine: c.Fine, Interest: c.Interest}
		if band.Amount > 0 {
			return owed.Take(band.Amount, collection.LegalDistribution()), nil
		}
		for _, part := range []struct {
			component collection.Component
			rate      money.Rate
		}{
			{collection.ComponentPrincipal, band.Principal}, {collection.ComponentFine, band.Fine},
			{collection.ComponentInterest, band.Interest},
		} {
			if *off.Of(part.component), err = money.Discount(*owed.Of(part.component), part.rate); err != nil {
				return off, fmt.Errorf("discount debt %s: %w", c.Debt.ID, err)
			}
		}
		return off, nil
	}
	return off, nil
}

// covers reports whether a row from one number to another, 0 being without end, holds n.
func covers(from, to, n int) bool { return n >= from && (to == 0 || n <= to) }
