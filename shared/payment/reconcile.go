package payment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

// MetricUnreconciled counts facts of a statement that were not booked before, and facts booked that no statement has.
const MetricUnreconciled = "unreconciledFacts"

// Reconciler compares what a provider says of a day with what is booked.
type Reconciler struct {
	Posting  *Posting
	Accounts Accounts
	Rails    Rails
	Now      func() time.Time
}

// Fact is money of a statement, or booked money, by its names. It holds no personal data.
type Fact struct {
	Name   string
	Amount money.Centavos // negative: it left
}

// Reconciled is the comparison of one account's day.
//
// Stated = Booked + the sums of Missing, Refused and Differing - that of Unstated: every
// centavo of difference has a name.
type Reconciled struct {
	At  collection.ProviderAccount
	Day calendar.Date
	// Stated is the provider's net sum of the day and Booked that of what was booked before.
	Stated, Booked money.Centavos
	// Missing was not booked before and is now; Refused could not be; Differing is booked with another amount, by how much; Unstated is
	// booked, and the provider does not state it.
	Missing, Refused, Differing, Unstated []Fact
}

// Clean reports whether nothing differed.
func (r *Reconciled) Clean() bool {
	return len(r.Missing)+len(r.Refused)+len(r.Differing)+len(r.Unstated) == 0
}

// Booked is what is booked of an account's day: receipts by the day on which they were paid, returns by that on which they left.
type Booked struct {
	Receipts []collection.Receipt
	Returns  []collection.Return
}

// Reconcile asks the provider for an account's statement of a day, books what is missing as the intake would, and says what differs. Money
// that came and belongs to no intent counts as booked once it is an orphan. Doing it again finds nothing missing.
func (r *Reconciler) Reconcile(
	ctx context.Context, creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date, booked Booked,
) (Reconciled, error) {
	out := Reconciled{At: at, Day: day}
	rail, account, err := r.Rails.at(ctx, r.Accounts, at.Provider, at.Account)
	if err != nil {
		return out, err
	}
	if account.Creditor != creditor {
		return out, fmt.Errorf("%w: account of another creditor", collection.ErrNotFound)
	}
	stated, err := rail.Statement(ctx, account, day)
	if err != nil {
		return out, fmt.Errorf("ask provider for a statement: %w", err)
	}
	s := source{creditor: creditor, at: at, meta: collection.Meta{
		At: r.Now(), By: collection.System("reconcile", creditor), Reason: "found in the statement of " + day.String(),
	}}
	for _, m := range stated.Payments {
		if err := r.payment(ctx, s, m, &out); err != nil {
			return out, err
		}
	}
	for _, left := range stated.Returns {
		if err := r.left(ctx, s, left, &out); err != nil {
			return out, err
		}
	}
	out.unstated(stated, booked)
	for range len(out.Missing) + len(out.Refused) + len(out.Differing) + len(out.Unstated) {
		r.Posting.Count(ctx, MetricUnreconciled)
	}
	return out, nil
}

// payment compares one payment and books it when it is missing.
func (r *Reconciler) payment(ctx context.Context, s source, m provider.Payment, out *Reconciled) error {
	out.Stated += m.Amount
	receipt, err := r.Posting.Receipts.LoadReceipt(ctx, s.creditor, s.at.Provider, s.at.Account, m.Fact)
	switch {
	case err == nil:
		out.Booked += receipt.Amount
		if receipt.Amount != m.Amount {
			out.Differing = append(out.Differing, Fact{m.Fact, m.Amount - receipt.Amount})
		}
		return nil
	case !errors.Is(err, collection.ErrNotFound):
		return fmt.Errorf("load receipt: %w", err)
	}
	if _, err := r.Posting.post(ctx, s.about(m.TxID), m); err != nil {
		return err
	}
	out.Missing = append(out.Missing, Fact{m.Fact, m.Amount})
	return nil
}

// left compares one return and books it when it is missing. One that cannot be booked is left to people.
func (r *Reconciler) left(ctx context.Context, s source, left provider.Return, out *Reconciled) error {
	out.Stated -= left.Amount
	posted, err := r.Posting.Receipts.LoadReturn(ctx, s.creditor, s.at.Provider, s.at.Account, left.Fact)
	switch {
	case err == nil:
		out.Booked -= posted.Amount
		if posted.Amount != left.Amount {
			out.Differing = append(out.Differing, Fact{left.Fact, posted.Amount - left.Amount})
		}
		return nil
	case !errors.Is(err, collection.ErrNotFound):
		return fmt.Errorf("load return: %w", err)
	}
	_, err = r.Posting.takeBack(ctx, s.about(left.TxID), left)
	switch {
	case errors.Is(err, collection.ErrInvalid), errors.Is(err, errNoPayment):
		out.Refused = append(out.Refused, Fact{left.Fact, -left.Amount})
		return nil
	case err != nil:
		return err
	}
	out.Missing = append(out.Missing, Fact{left.Fact, -left.Amount})
	return nil
}

// unstated finds what is booked and not stated.
func (r *Reconciled) unstated(stated provider.Statement, booked Booked) {
	names := map[string]bool{}
	for _, m := range stated.Payments {
		names[m.Fact] = true
	}
	for _, left := range stated.Returns {
		names["return/"+left.Fact] = true
	}
	for _, receipt := range booked.Receipts {
		if !names[receipt.Fact] {
			r.Booked += receipt.Amount
			r.Unstated = append(r.Unstated, Fact{receipt.Fact, receipt.Amount})
		}
	}
	for _, left := range booked.Returns {
		if !names["return/"+left.Fact] {
			r.Booked -= left.Amount
			r.Unstated = append(r.Unstated, Fact{left.Fact, -left.Amount})
		}
	}
}
