package offer

import (
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// ErrNotOffered says that the creditor's policy does not allow the deal asked for.
var ErrNotOffered = fmt.Errorf("%w: the creditor's policy does not allow this deal", collection.ErrInvalid)

// MaxDebts is the most debts that one deal may cover: with them, signing and settling each fit into one transaction.
const MaxDebts = 50

// Terms works out the deal over these debts in the given number of payments, as quoted at an instant: 1 is the cash deal, more are
// instalments. A deal that the policy does not allow is ErrNotOffered.
func Terms(c collection.Creditor, debts []collection.Debt, payments int, quotedAt time.Time) (collection.Terms, error) {
	if len(debts) == 0 || len(debts) > MaxDebts {
		return collection.Terms{}, fmt.Errorf("%w: a deal covers 1 to %d debts", collection.ErrInvalid, MaxDebts)
	}
	today := Today(quotedAt)
	t := collection.Terms{
		Kind: collection.OfferCash, QuotedAt: quotedAt, PolicyVersion: c.Policy.Version, MonthlyRate: "0", Distribution: c.Policy.Distribution,
	}
	bands := c.Policy.Cash
	if payments > 1 {
		t.Kind, bands = collection.OfferInstalments, c.Policy.Instalments
	}
	for _, debt := range debts {
		charged, err := Charge(c.Charges, debt, today)
		if err != nil {
			return collection.Terms{}, err
		}
		off, err := discount(bands, payments, charged)
		if err != nil {
			return collection.Terms{}, err
		}
		if t.Off, err = t.Off.Add(off); err != nil {
			return collection.Terms{}, fmt.Errorf("discount of the deal: %w", err)
		}
		t.Debts = append(t.Debts, debt.ID)
		t.Principal += charged.Debt.Outstanding()
		t.Fine += charged.Fine
		t.Interest += charged.Interest
	}
	var err error
	if t.Discount, err = t.Off.Total(); err != nil {
		return collection.Terms{}, fmt.Errorf("discount of the deal: %w", err)
	}
	return schedule(c.Policy, t, payments, today)
}

// schedule lays the balance after discount out over the payments.
func schedule(p collection.OfferPolicy, t collection.Terms, payments int, today calendar.Date) (collection.Terms, error) {
	balance, err := money.Sum(t.Principal, t.Fine, t.Interest, -t.Discount)
	if err != nil {
		return collection.Terms{}, fmt.Errorf("balance of the deal: %w", err)
	}
	if balance <= 0 {
		return collection.Terms{}, ErrNotOffered
	}
	amounts, rate, err := amounts(p, balance, payments)
	if err != nil {
		return collection.Terms{}, err
	}
	t.MonthlyRate = rate
	first := today.AddDays(p.CashDueDays)
	if payments > 1 {
		first = today.AddDays(p.FirstDueDays)
	}
	flows := make([]money.Flow, len(amounts))
	for i, amount := range amounts {
		due := calendar.NextBusinessDay(first.AddMonths(i, first.Day()))
		t.Schedule = append(t.Schedule, collection.ScheduledPayment{Number: i + 1, DueDate: due, Amount: amount})
		flows[i] = money.Flow{Day: due.Ordinal(), Amount: amount}
	}
	if t.Total, err = money.Sum(amounts...); err != nil {
		return collection.Terms{}, fmt.Errorf("total of the deal: %w", err)
	}
	t.Financing = t.Total - balance
	t.CETAnnual = "0.00"
	if t.Financing > 0 {
		if t.CETAnnual, err = money.CET(balance, today.Ordinal(), flows); err != nil {
			return collection.Terms{}, fmt.Errorf("cost of the deal: %w", err)
		}
	}
	return t, nil
}

// amounts splits the balance: evenly and free of interest up to the policy's count, by Price beyond it.
func amounts(p collection.OfferPolicy, balance money.Centavos, payments int) (out []money.Centavos, rate string, err error) {
	if payments == 1 {
		return []money.Centavos{balance}, "0", nil
	}
	limit, ok := limitFor(p, balance)
	if !ok || payments < 1 || payments > limit.MaxInstalments {
		return nil, "", ErrNotOffered
	}
	rate = "0"
	if payments <= p.InterestFree || p.MonthlyRate.IsZero() {
		out, err = money.Split(balance, payments)
	} else {
		var rows money.Schedule
		rate = p.MonthlyRate.String()
		rows, err = money.Price(balance, p.MonthlyRate, payments)
		out = rows.Payments()
	}
	if errors.Is(err, money.ErrRange) {
		return nil, "", ErrNotOffered
	}
	if err != nil {
		return nil, "", fmt.Errorf("instalments of the deal: %w", err)
	}
	if out[0] < limit.Minimum {
		return nil, "", ErrNotOffered
	}
	return out, rate, nil
}

func limitFor(p collection.OfferPolicy, balance money.Centavos) (collection.AmountLimit, bool) {
	for _, l := range p.Limits {
		if balance >= l.From && (l.To == 0 || balance <= l.To) {
			return l, true
		}
	}
	return collection.AmountLimit{}, false
}
