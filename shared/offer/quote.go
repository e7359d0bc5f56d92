// Package offer works out what a participant may agree to: what the debts come to on a day, and the deals that the creditor's policy
// allows. Offers are not stored: an offer id seals what was asked for, and accepting works the terms out again.
package offer

import (
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// Charged is a debt with its late charges on a day. Principal is what is still owed of it, and Total adds up the four.
type Charged struct {
	Debt       collection.Debt
	DaysLate   int
	Principal  money.Centavos
	Fine       money.Centavos
	Interest   money.Centavos
	Correction money.Centavos
	Total      money.Centavos
}

// Today is the calendar day of an instant where the money's dates count: Brasília, the time of the country's banks.
func Today(at time.Time) calendar.Date {
	brasilia, ok := calendar.Zone("DF")
	if !ok {
		brasilia = time.UTC // not reached: the zone is compiled in, and a test says so
	}
	return calendar.Of(at, brasilia)
}

// Charge adds the late charges of a day to a debt: each component is rounded once. Of a debt that comes out of a broken deal the charges
// of before stand as they were fixed, and interest and correction run on from that day, on the principal that is left.
func Charge(charges collection.Charges, debt collection.Debt, today calendar.Date) (Charged, error) {
	out := Charged{Debt: debt, DaysLate: debt.DaysLate(today), Principal: debt.Outstanding()}
	since, fine := debt.DueDate, charges.Fine
	carried := debt.Carried
	if carried == nil {
		carried = &collection.Carried{}
	} else {
		since, fine = carried.On, money.Rate{}
	}
	wrap := func(err error) error { return fmt.Errorf("charge debt %s: %w", debt.ID, err) }
	var err error
	if out.Fine, out.Interest, err = late(charges, debt, fine, since, today); err != nil {
		return Charged{}, wrap(err)
	}
	if out.Correction, err = money.Correction(out.Principal, monthsOf(charges.IndexFactors, since, today)); err != nil {
		return Charged{}, wrap(err)
	}
	for _, sum := range []struct {
		into *money.Centavos
		more money.Centavos
	}{{&out.Fine, carried.Fine}, {&out.Interest, carried.Interest}, {&out.Correction, carried.Correction}} {
		if *sum.into, err = sum.into.Add(sum.more); err != nil {
			return Charged{}, wrap(err)
		}
	}
	if out.Total, err = money.Sum(out.Principal, out.Fine, out.Interest, out.Correction); err != nil {
		return Charged{}, wrap(err)
	}
	return out, nil
}

// late is the fine and the interest of the days from one day to another: at the debt's own rate, at the legal one when the creditor's
// contracts agreed none, else at the creditor's.
func late(charges collection.Charges, debt collection.Debt, fine money.Rate, since, today calendar.Date) (
	fineDue, interest money.Centavos, err error,
) {
	monthly := charges.MonthlyInterest
	if debt.MonthlyRate != "" {
		if monthly, err = money.ParseRate(debt.MonthlyRate); err != nil {
			return 0, 0, fmt.Errorf("monthly rate: %w", err)
		}
	} else if len(charges.Legal) > 0 {
		monthly = money.Rate{}
		if interest, err = money.SimpleInterest(debt.Outstanding(), monthsOf(charges.Legal, since, today)); err != nil {
			return 0, 0, err
		}
	}
	fineDue, agreed, err := money.LateCharges(debt.Outstanding(), since.DaysUntil(today), fine, monthly)
	return fineDue, interest + agreed, err
}

// monthsOf cuts the days after since, up to today, into the months of a table. Months that the table does not have are left out.
func monthsOf(table []collection.MonthRate, since, today calendar.Date) []money.MonthShare {
	var out []money.MonthShare
	for _, row := range table {
		if row.Month.After(today) || row.Month.DaysUntil(since) >= 31 { // most of a long table
			continue
		}
		next := row.Month.AddMonths(1, 1)
		first, last := later(row.Month, since.AddDays(1)), earlier(next.AddDays(-1), today)
		if days := first.DaysUntil(last) + 1; days > 0 {
			out = append(out, money.MonthShare{Rate: row.Rate, Days: days, Length: row.Month.DaysUntil(next)})
		}
	}
	return out
}

func later(a, b calendar.Date) calendar.Date {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b calendar.Date) calendar.Date {
	if a.Before(b) {
		return a
	}
	return b
}

// charges before the principal: in this order a discount by amount is taken off.
func waived() []collection.Component {
	return []collection.Component{
		collection.ComponentInterest, collection.ComponentFine, collection.ComponentCorrection, collection.ComponentPrincipal,
	}
}

// discount is what a policy's bands take off a charged debt, by component: each share is rounded by itself.
func discount(bands []collection.DiscountBand, payments int, c Charged) (off collection.Components, err error) {
	i := slices.IndexFunc(bands, func(b collection.DiscountBand) bool {
		return covers(b.FromDays, b.ToDays, c.DaysLate) && (payments == 1 || covers(b.FromInstalments, b.ToInstalments, payments))
	})
	if i < 0 {
		return off, nil
	}
	band, owed := bands[i], c.components()
	if band.Amount > 0 {
		return owed.Take(band.Amount, waived()), nil
	}
	for _, part := range []struct {
		component collection.Component
		rate      money.Rate
	}{
		{collection.ComponentPrincipal, band.Principal}, {collection.ComponentFine, band.Fine},
		{collection.ComponentInterest, band.Interest}, {collection.ComponentCorrection, band.Correction},
	} {
		if *off.Of(part.component), err = money.Discount(*owed.Of(part.component), part.rate); err != nil {
			return off, fmt.Errorf("discount debt %s: %w", c.Debt.ID, err)
		}
	}
	return off, nil
}

func (c Charged) components() collection.Components {
	return collection.Components{Principal: c.Principal, Fine: c.Fine, Interest: c.Interest, Correction: c.Correction}
}

// covers reports whether a row from one number to another, 0 being without end, holds n.
func covers(from, to, n int) bool { return n >= from && (to == 0 || n <= to) }
