package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
)

// Verdict says how a comparison ended.
type Verdict string

// How a comparison ended.
const (
	VerdictCompared Verdict = "COMPARED"
	// VerdictNoStatement is no fault: the provider tells no statements, or this deployment has no adapter of it.
	VerdictNoStatement Verdict = "NO_STATEMENT"
	// VerdictNoAccount is no fault: nobody has put the account's secret yet.
	VerdictNoAccount Verdict = "NO_ACCOUNT"
	VerdictFailed    Verdict = "FAILED"
)

// maxNamed is how many facts of a kind a report names; it counts and sums all. Names have at most 512 bytes, and a report six kinds, which
// is far from an item's 400 kB.
const maxNamed = 100

// Facts are facts of one kind: how many, what they sum up to, and the first hundred by name.
type Facts struct {
	Count int
	Sum   money.Centavos
	First []Fact
}

// factsOf sums up facts behind those of before.
func factsOf(before Facts, all []Fact) Facts {
	out := Facts{before.Count + len(all), before.Sum, before.First[:len(before.First):len(before.First)]}
	for _, f := range all {
		out.Sum += f.Amount
		if len(out.First) < maxNamed {
			out.First = append(out.First, f)
		}
	}
	return out
}

// Report is the stored comparison of an account's day. It holds no personal data.
//
// Stated = Booked + the sums of Missing, Refused and Differing - those of Awaited and Unstated.
type Report struct {
	Creditor   collection.CreditorID
	At         collection.ProviderAccount
	Day        calendar.Date // in Brasília
	ComparedAt time.Time
	Verdict    Verdict
	// Payments and Returns count what the provider states; Stated is its net sum, and Booked that of what was booked before.
	Payments, Returns int
	Stated, Booked    money.Centavos
	// Missing to Unstated are those of Reconciled. Earlier was missing in earlier comparisons of the day, and booked by them.
	Missing, Refused, Differing, Awaited, Unstated, Earlier Facts
	// Revision counts the comparisons of the day; 0 is a report that is not stored.
	Revision int64
}

// Clean reports whether the last comparison was made and nothing differed.
func (r *Report) Clean() bool {
	return r.Verdict == VerdictCompared && r.Missing.Count+r.Refused.Count+r.Differing.Count+r.Unstated.Count == 0
}

// Reports keeps one report of each account and day. PutReport stores it over the revision that was loaded, and is collection.ErrConflict
// when another comparison was stored in between.
type Reports interface {
	LoadReport(ctx context.Context, creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date) (Report, error)
	PutReport(ctx context.Context, report Report) error
}

// CreditorAccount is an account at a provider and whose it is.
type CreditorAccount struct {
	Creditor collection.CreditorID
	At       collection.ProviderAccount
}

// Registry lists the accounts of all creditors, those too that a creditor's file has ceased to name.
type Registry interface {
	RegisteredAccounts(ctx context.Context) ([]CreditorAccount, error)
}

const (
	// daysBack are compared each morning at least: a provider may tell of a day's end late.
	daysBack = 2
	// freshFor is how long a comparison stands: a run that ended early is carried on by its repetition.
	freshFor = time.Hour
)

// compared are the days that are compared on a morning, the oldest first: the last daysBack, and those whose next bank day was not over on
// the morning before, as a weekend's.
func compared(today calendar.Date) []calendar.Date {
	first := today.AddDays(-daysBack)
	for !nextBankDay(first.AddDays(-1)).Before(today.AddDays(-1)) {
		first = first.AddDays(-1)
	}
	var out []calendar.Date
	for day := first; day.DaysUntil(today) > 0; day = day.AddDays(1) {
		out = append(out, day)
	}
	return out
}

// Daily compares all accounts with their providers' statements and keeps what came out.
type Daily struct {
	Reconciler *Reconciler
	Registry   Registry
	Reports    Reports
	Now        func() time.Time
	Log        *slog.Logger
}

// Run compares every account's yesterday, the day before, and earlier days until their next bank day is over, but for what was compared
// within the hour. What fails does not stop the others.
func (d *Daily) Run(ctx context.Context) error {
	all, err := d.Registry.RegisteredAccounts(ctx)
	if err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	now := d.Now()
	var failures []error
	for _, day := range compared(offer.Today(now)) {
		for _, one := range all {
			if err := d.unlessFresh(ctx, one, day, now); err != nil {
				failures = append(failures, fmt.Errorf("%s at %s, %s: %w", one.At.Account, one.At.Provider, day, err))
			}
		}
	}
	return errors.Join(failures...)
}

func (d *Daily) unlessFresh(ctx context.Context, one CreditorAccount, day calendar.Date, now time.Time) error {
	last, err := d.Reports.LoadReport(ctx, one.Creditor, one.At, day)
	switch {
	case err != nil && !errors.Is(err, collection.ErrNotFound):
		return fmt.Errorf("load report: %w", err)
	case err == nil && last.Verdict != VerdictFailed && now.Sub(last.ComparedAt) < freshFor:
		return nil
	}
	_, err = d.Compare(ctx, one.Creditor, one.At, day)
	return err
}

// Compare compares an account's day and stores the report, also of a comparison that failed, whose error it returns.
func (d *Daily) Compare(
	ctx context.Context, creditor collection.CreditorID, at collection.ProviderAccount, day calendar.Date,
) (Report, error) {
	got, failed := d.Reconciler.Reconcile(ctx, creditor, at, day)
	r := Report{Creditor: creditor, At: at, Day: day, ComparedAt: d.Now(), Verdict: verdict(failed)}
	switch r.Verdict {
	case VerdictFailed: // the sums of half a day say nothing
		r.Missing = factsOf(Facts{}, got.Missing)
	default:
		failed = nil
		r.Payments, r.Returns, r.Stated, r.Booked = got.Payments, got.Returns, got.Stated, got.Booked
		r.Missing, r.Refused = factsOf(Facts{}, got.Missing), factsOf(Facts{}, got.Refused)
		r.Differing, r.Awaited, r.Unstated = factsOf(Facts{}, got.Differing), factsOf(Facts{}, got.Awaited), factsOf(Facts{}, got.Unstated)
	}
	stored := collection.Redo(func() error {
		last, err := d.Reports.LoadReport(ctx, creditor, at, day)
		if err != nil && !errors.Is(err, collection.ErrNotFound) {
			return fmt.Errorf("load report: %w", err)
		}
		r.Revision, r.Earlier = last.Revision, last.Earlier.and(last.Missing)
		if err := d.Reports.PutReport(ctx, r); err != nil {
			return fmt.Errorf("store report: %w", err)
		}
		r.Revision++
		return nil
	})
	if !r.Clean() {
		d.Log.WarnContext(ctx, "a day differs or was not compared", "creditorId", string(creditor), "provider", at.Provider,
			"account", at.Account, "day", day.String(), "verdict", string(r.Verdict), "missing", r.Missing.Count, "refused", r.Refused.Count,
			"differing", r.Differing.Count, "unstated", r.Unstated.Count)
	}
	return r, errors.Join(failed, stored)
}

// and joins facts with later ones.
func (f Facts) and(more Facts) Facts {
	out := factsOf(f, more.First)
	out.Count, out.Sum = f.Count+more.Count, f.Sum+more.Sum
	return out
}

func verdict(err error) Verdict {
	switch {
	case err == nil:
		return VerdictCompared
	case errors.Is(err, provider.ErrNoStatement):
		return VerdictNoStatement
	case errors.Is(err, errNoAccount):
		return VerdictNoAccount
	}
	return VerdictFailed
}
