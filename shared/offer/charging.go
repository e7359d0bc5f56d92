package offer

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// Charging is Charge at a creditor's charges, by component.
func Charging(c collection.Creditor) collection.Charging {
	return func(debt collection.Debt, on calendar.Date) (collection.Components, error) {
		charged, err := Charge(c.Charges, debt, on)
		if err != nil {
			return collection.Components{}, err
		}
		return charged.components(), nil
	}
}

// Midnight is when a day begins where the money's dates count.
func Midnight(day calendar.Date) time.Time {
	brasilia, ok := calendar.Zone("DF")
	if !ok {
		brasilia = time.UTC // not reached: see Today
	}
	return day.At(0, 0, brasilia)
}
