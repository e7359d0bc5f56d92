package collection

import (
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// DealRules are the creditor's rules for a deal, as they stood when its contract was issued.
type DealRules struct {
	ToleranceDays      int // days after the due date of the oldest unpaid instalment
	Discounts          BreachDiscounts
	FeeRate            string // of what is still owed when the deal is broken, as "0.02"; empty for none
	AccelerationMissed int    // this many missed instalments break the deal; 0: any number within the tolerance is forgiven
	WithdrawalDays     int    // days after signing in which the participant may withdraw
	AftercareOn        AftercareMoment
	Benefit            Benefit
}

// RulesOf are the rules that a creditor makes deals under now.
func RulesOf(c Creditor) DealRules {
	b := c.Policy.Breach
	rules := DealRules{
		ToleranceDays: b.ToleranceDays, Discounts: b.Discounts, AccelerationMissed: c.Contract.AccelerationMissed,
		WithdrawalDays: c.Policy.WithdrawalDays, AftercareOn: c.Aftercare.On, Benefit: c.Aftercare.Benefit,
	}
	if !b.FeeRate.IsZero() {
		rules.FeeRate = b.FeeRate.String()
	}
	return rules
}

// EndReason says why an agreement ended otherwise than by payment.
type EndReason string

// The reasons. A deal that ends for the first is LAPSED, for the second BREACHED, for the others WITHDRAWN.
const (
	EndUnpaid     EndReason = "first_payment_missing"
	EndBreach     EndReason = "instalment_overdue"
	EndWithdrawal EndReason = "withdrawal" // the participant's, within the days that the law or the creditor gives
	EndRecall     EndReason = "recall"     // the creditor's
)

// Status is the state of a deal that ends for the reason.
func (r EndReason) Status() AgreementStatus {
	switch r {
	case EndUnpaid:
		return AgreementLapsed
	case EndBreach:
		return AgreementBreached
	case EndWithdrawal, EndRecall:
	}
	return AgreementWithdrawn
}

// Credit is what the money of an ended deal took off one of its debts, and what of the deal's discounts the debt kept.
type Credit struct {
	Debt       DebtID
	Paid, Kept Components
}

// Undone is what was credited to a debt and is owed again.
type Undone struct {
	Debt DebtID
	Paid Components
}

// Credited is a credit with what is owed of the debt from then on; Fee is the part of Left.Fine that the breach costs. A debt of which
// nothing is left is settled.
type Credited struct {
	Credit
	Fee  money.Centavos
	Left Components
}

// AgreementEnded says that a deal ended otherwise than by payment: its signature is posted back, its debts are open again, and what was
// paid counts against them. Debts that are not in Credits are owed as if there had been no deal.
type AgreementEnded struct {
	Agreement AgreementID
	Reason    EndReason
	On        calendar.Date // the day of the charges in Credits
	Credits   []Credited
	Late      Components     // late charges that are given back
	Excess    money.Centavos // of the money paid, late charges included, what the participant has a claim to
	Lines     []Line
}

// DebtsCredited says that money which came after the end of a deal counts against its debts.
type DebtsCredited struct {
	Agreement AgreementID
	Intent    IntentID
	Amount    money.Centavos
	On        calendar.Date
	Credits   []Credited
	Lines     []Line
}

// Type implements Event.
func (AgreementEnded) Type() string { return "agreement.ended" }

// Type implements Event.
func (DebtsCredited) Type() string { return "agreement.debts_credited" }

// EndsOn is the first day on which an agreement is over for want of money, if none comes until then; false when it is not under way.
func (a Agreement) EndsOn() (day calendar.Date, reason EndReason, ok bool) {
	next, open := a.Next()
	if !a.Live() || !open {
		return calendar.Date{}, "", false
	}
	if a.Status == AgreementPendingFirstPayment {
		reason = EndUnpaid
	} else {
		reason = EndBreach
	}
	day = next.DueDate.AddDays(a.Rules.ToleranceDays + 1)
	missed := 0
	for _, i := range a.Instalments {
		if i.Paid >= i.Amount {
			continue
		}
		if missed++; missed == a.Rules.AccelerationMissed && i.DueDate.Before(day) {
			day = i.DueDate.AddDays(1)
		}
	}
	return day, reason, true
}

// CodesOpen is until when the requests for money that is due before a day can still be paid; zero when there are none.
func (a Agreement) CodesOpen(before calendar.Date) time.Time {
	var until time.Time
	for _, i := range a.Instalments {
		if i.Paid >= i.Amount || !i.DueDate.Before(before) {
			continue
		}
		for _, c := range i.Codes {
			if c.Until.After(until) {
				until = c.Until
			}
		}
	}
	return until
}

// InstalmentStatus is the state of an instalment of the agreement on a day: what was not paid of an ended agreement is cancelled.
func (a Agreement) InstalmentStatus(i Instalment, today calendar.Date) InstalmentStatus {
	if i.Paid < i.Amount && !a.Live() {
		return InstalmentCancelled
	}
	return i.StatusOn(today)
}

// WithdrawableUntil is the last day on which the participant may withdraw from the agreement, of one signed on a day.
func (a Agreement) WithdrawableUntil(signed calendar.Date) calendar.Date {
	return signed.AddDays(a.Rules.WithdrawalDays)
}
