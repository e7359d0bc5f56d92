package history

import (
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// Charge is what a debt comes to in these histories: 2 % of fine once, 1 % of interest by 30 days, and what was carried over.
func Charge(debt collection.Debt, on calendar.Date) (collection.Components, error) {
	out, since := collection.Components{Principal: debt.Outstanding()}, debt.DueDate
	if carried := debt.Carried; carried != nil {
		out.Fine, out.Interest, out.Correction, since = carried.Fine, carried.Interest, carried.Correction, carried.On
	} else {
		out.Fine = out.Principal / 50
	}
	out.Interest += out.Principal * money.Centavos(max(0, since.DaysUntil(on))) / 3000
	return out, nil
}

func (w *Walk) rules() collection.DealRules {
	return collection.DealRules{
		ToleranceDays: w.chance.Intn(60), AccelerationMissed: w.chance.Intn(4), WithdrawalDays: 7, FeeRate: w.one("", "0.02", "0.1"),
		Discounts:   collection.BreachDiscounts(w.one(string(collection.DiscountsLost), string(collection.DiscountsProportional))),
		AftercareOn: collection.AftercareMoment(w.one(string(collection.AftercareOnFirst), string(collection.AftercareOnSettled))),
		Benefit:     collection.Benefit{Kind: collection.BenefitKept, Days: 1 + w.chance.Intn(9), Version: "b1"},
	}
}

func (w *Walk) end() error {
	a, ok := pick(w, w.Dossier.Agreements)
	if !ok {
		return nil
	}
	reason := collection.EndReason(w.one(string(collection.EndUnpaid), string(collection.EndBreach), string(collection.EndWithdrawal),
		string(collection.EndRecall)))
	return w.Dossier.End(w.meta("deadline-step"), a.ID, reason, w.today(), Charge)
}
