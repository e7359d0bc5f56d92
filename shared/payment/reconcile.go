package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
)

// MetricUnreconciled counts facts of a statement that were not booked before or differ, and facts booked that no statement has.
const MetricUnreconciled = "unreconciledFacts"

// Reconciler compares what a provider says of a day with what is booked.
type Reconciler struct {
	Posting  *Posting
	Books    Books
	Accounts Accounts
	Rails    Rails
	Now      func() time.Time
}

// Fact is money of a statement, or booked money, by its names. It holds no personal data.
type Fact struct {
	Name   string
	Amount money.Centavos // negative: it left
}

// Reconciled is the comparison of one account's day. A fact is of the day on which the provider states it, whatever day it is booked under:
// the two differ around midnight, and where a provider dates money on its next bank day.
//
// Stated = Booked + the sums of Missing, Refused and Differing - those of Awaited and Unstated: every centavo of difference has a name.
type Reconciled struct {
	At  collection.ProviderAccount
	Day calendar.Date
	// Payments and Returns count what the provider states.
	Payments, Returns int
	// Stated is the provider's net sum of the day and Booked that of what was booked before.
	Stated, Booked money.Centavos
	// Missing was not booked before and is now; Refused could not be; Differing is booked with another amount, by how much; Unstated is
	// booked, and the provider states it neither on the day nor on one beside it. Awaited is booked and not stated so far, while the
	// provider may still date it on its next bank day: that is no difference yet.
	Missing, Refused, Differing, Awaited, Unstated []Fact
}

// Clean reports whether nothing differs.
func (r *Reconciled) Clean() bool {
	return len(r.Missing)+len(r.Refused)+len(r.Differing)+len(r.Unstated) == 0
}

// BookedFact names money that is booked: a payment's or a return's provider's name.
type BookedFact struct {
	Name   string
	Return bool
}

// Books lists what is booked of an account's day in Brasília: receipts by when they were paid, orphans among them, and returns by when they
// left. What was booked a moment ago may be missing.
type Books interface {
	BookedOn(ctx context.Context, creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date) ([]BookedFact, error)
}

// errNoAccount says that an account has no secret.
var errNoAccount = errors.New("no account")

// Reconcile asks the provider for an account's statement of a day, books what is missing as the intake would, and says what differs. Money
// that came and belongs to no intent counts as booked once it is an orphan. Doing it again finds nothing missing.
// provider.ErrNoStatement says that nobody can tell; with every other error, Missing still names what was booked before it.
func (r *Reconciler) Reconcile(
	ctx context.Context, creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date,
) (Reconciled, error) {
	out := Reconciled{At: at, Day: day}
	if _, ok := r.Rails[at.Provider]; !ok {
		return out, fmt.Errorf("%w: no adapter of %s here", provider.ErrNoStatement, at.Provider)
	}
	rail, account, err := r.Rails.at(ctx, r.Accounts, at.Provider, at.Account)
	if errors.Is(err, collection.ErrNotFound) {
		return out, fmt.Errorf("%w: %w", errNoAccount, err)
	}
	if err != nil {
		return out, err
	}
	if account.Creditor != creditor {
		return out, fmt.Errorf("%w: account of another creditor", collection.ErrNotFound)
	}
	booked, err := r.Books.BookedOn(ctx, creditor, at, day) // before the statement, so that what is booked in between is not missed in it
	if err != nil {
		return out, fmt.Errorf("list what is booked: %w", err)
	}
	stated, err := rail.Statement(ctx, account, day)
	if err != nil {
		return out, fmt.Errorf("ask provider for a statement: %w", err)
	}
	out.Payments, out.Returns = len(stated.Payments), len(stated.Returns)
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
	if err := r.unstated(ctx, s, account, stated, booked, &out); err != nil {
		return out, err
	}
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

// unstated finds what is booked and not stated on the day. What the provider states on a day beside it is of that day.
func (r *Reconciler) unstated(
	ctx context.Context, s source, account provider.Account, stated provider.Statement, booked []BookedFact, out *Reconciled,
) error {
	names := namesOf(stated)
	here := func(fact BookedFact) bool { return names[fact] }
	if booked = slices.DeleteFunc(slices.Clone(booked), here); len(booked) == 0 {
		return nil
	}
	today := offer.Today(r.Now())
	for _, day := range beside(out.Day) {
		if day.After(today) || len(booked) == 0 {
			continue
		}
		other, err := r.Rails[s.at.Provider].Statement(ctx, account, day)
		if err != nil {
			return fmt.Errorf("ask provider for the statement of %s too: %w", day, err)
		}
		names = namesOf(other)
		booked = slices.DeleteFunc(booked, here)
	}
	for _, fact := range booked {
		amount, err := r.amount(ctx, s, fact)
		if err != nil {
			return err
		}
		out.Booked += amount
		if named := (Fact{fact.Name, amount}); !nextBankDay(out.Day).Before(today) {
			out.Awaited = append(out.Awaited, named)
		} else {
			out.Unstated = append(out.Unstated, named)
		}
	}
	return nil
}

func namesOf(stated provider.Statement) map[BookedFact]bool {
	names := map[BookedFact]bool{}
	for _, m := range stated.Payments {
		names[BookedFact{Name: m.Fact}] = true
	}
	for _, left := range stated.Returns {
		names[BookedFact{left.Fact, true}] = true
	}
	return names
}

// nextBankDay is the last day on which a provider may date what came or left on a day.
func nextBankDay(day calendar.Date) calendar.Date { return calendar.AddBusinessDays(day, 1) }

// beside are the other days on which a provider may date what is booked on a day: that before, as its clock may differ, and those after it
// up to the next bank day.
func beside(day calendar.Date) []calendar.Date {
	out := []calendar.Date{day.AddDays(-1)}
	for next := day.AddDays(1); !next.After(nextBankDay(day)); next = next.AddDays(1) {
		out = append(out, next)
	}
	return out
}

// amount is the money of a booked fact, negative when it left.
func (r *Reconciler) amount(ctx context.Context, s source, fact BookedFact) (money.Centavos, error) {
	if fact.Return {
		left, err := r.Posting.Receipts.LoadReturn(ctx, s.creditor, s.at.Provider, s.at.Account, fact.Name)
		if err != nil {
			return 0, fmt.Errorf("load return: %w", err)
		}
		return -left.Amount, nil
	}
	receipt, err := r.Posting.Receipts.LoadReceipt(ctx, s.creditor, s.at.Provider, s.at.Account, fact.Name)
	if err != nil {
		return 0, fmt.Errorf("load receipt: %w", err)
	}
	return receipt.Amount, nil
}
