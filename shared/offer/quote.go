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

// discount is what a policy's bands take off a charged debt: each component's share is rounded by itself and the three are added.
func discount(bands []collection.DiscountBand, c Charged) (money.Centavos, error) {
	for _, band := range bands {
		if c.DaysLate < band.FromDays || (band.ToDays != 0 && c.DaysLate > band.ToDays) {
			continue
		}
		var parts [3]money.Centavos
		for i, component := range []struct {
			amount money.Centavos
			rate   money.Rate
		}{{c.Debt.Principal, band.Principal}, {c.Fine, band.Fine}, {c.Interest, band.Interest}} {
			var err error
			if parts[i], err = money.Discount(component.amount, component.rate); err != nil {
				return 0, fmt.Errorf("discount debt %s: %w", c.Debt.ID, err)
			}
		}
		return money.Sum(parts[:]...)
	}
	return 0, nil
}
