package money

import "fmt"

// Row is one instalment of a schedule, all in centavos: Payment = Interest +
// Amortization, and Balance is what is owed after it.
type Row struct {
	Payment      Centavos
	Interest     Centavos
	Amortization Centavos
	Balance      Centavos
}

// Schedule is the instalments of a financed amount in order. Its amortizations
// add up to the amount and its last balance is 0.
type Schedule []Row

// Payments returns the payment of each instalment in order.
func (s Schedule) Payments() []Centavos {
	payments := make([]Centavos, len(s))
	for i, row := range s {
		payments[i] = row.Payment
	}
	return payments
}

// Total returns the sum of all payments, or ErrOverflow.
func (s Schedule) Total() (Centavos, error) { return Sum(s.Payments()...) }

// amortize lays out n rows. The interest of each month is the rounded balance
// before it × the rate, rounded half-up; amortization gives what a row pays off,
// and the last row always pays off the rest. Terms under which rounding would
// make a payment zero or push the balance below zero are ErrRange.
func amortize(pv Centavos, monthly Rate, n int, amortization func(interest Centavos) Centavos) (Schedule, error) {
	schedule := make(Schedule, n)
	balance := pv
	for i := range schedule {
		interest, err := balance.Percent(monthly)
		if err != nil {
			return nil, err
		}
		paidOff := balance
		if i < n-1 {
			paidOff = amortization(interest)
		}
		payment, err := interest.Add(paidOff)
		if err != nil {
			return nil, err
		}
		balance -= paidOff
		if payment <= 0 || paidOff < 0 || balance < 0 {
			return nil, fmt.Errorf("%w: amount too small for %d instalments", ErrRange, n)
		}
		schedule[i] = Row{Payment: payment, Interest: interest, Amortization: paidOff, Balance: balance}
	}
	return schedule, nil
}
