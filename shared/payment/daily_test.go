package payment_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

// drawer keeps reports by account and day, and lists accounts.
type drawer struct {
	all     []payment.CreditorAccount
	reports map[string]payment.Report
	clashes int
}

func (d *drawer) RegisteredAccounts(context.Context) ([]payment.CreditorAccount, error) {
	return d.all, nil
}

func (d *drawer) LoadReport(
	_ context.Context, _ collection.CreditorID, at collection.ProviderAccount, day calendar.Date,
) (payment.Report, error) {
	r, ok := d.reports[at.Provider+day.String()]
	if !ok {
		return r, collection.ErrNotFound
	}
	return r, nil
}

func (d *drawer) PutReport(_ context.Context, r payment.Report) error {
	if d.clashes > 0 {
		d.clashes--
		return collection.ErrConflict
	}
	if r.Revision != d.reports[r.At.Provider+r.Day.String()].Revision {
		return collection.ErrConflict
	}
	r.Revision++
	d.reports[r.At.Provider+r.Day.String()] = r
	return nil
}

// mute tells no statements, and broken none today.
type (
	mute   struct{ payment.Rail }
	broken struct{ payment.Rail }
)

func (mute) Statement(context.Context, provider.Account, calendar.Date) (provider.Statement, error) {
	return provider.Statement{}, provider.ErrNoStatement
}

func (broken) Statement(context.Context, provider.Account, calendar.Date) (provider.Statement, error) {
	return provider.Statement{}, collection.ErrUnavailable
}

// anyAccount gives every provider the account of the rig.
type anyAccount struct{}

func (anyAccount) Account(_ context.Context, name, account string) (provider.Account, error) {
	if name == "unput" {
		return provider.Account{}, collection.ErrNotFound
	}
	return provider.Account{Provider: name, Name: account, Creditor: creditorID}, nil
}

// A notice is lost. The first run books the money though another provider is down; its repetition asks that one alone, and the next
// morning's run keeps what was found.
func TestEachMorningTheLastTwoDaysAreCompared(t *testing.T) {
	r := newRig(t, 10000)
	r.rail.pay(r.request(t, 1, "k1").ID.String(), "E1", 10000, false)
	now := start.Add(48 * time.Hour) // a Wednesday
	at := func(name string) payment.CreditorAccount {
		return payment.CreditorAccount{Creditor: creditorID, At: collection.ProviderAccount{Provider: name, Account: "vida"}}
	}
	keep := &drawer{reports: map[string]payment.Report{}, clashes: 1}
	keep.all = []payment.CreditorAccount{at("broken"), at("mute"), at("none"), at("unput"), at("sandbox")}
	clock := func() time.Time { return now }
	rails := payment.Rails{"sandbox": r.rail, "mute": mute{}, "broken": broken{}, "unput": r.rail}
	desk := &payment.Daily{
		Reconciler: &payment.Reconciler{Posting: r.taker.Posting, Books: books(nil), Accounts: anyAccount{}, Rails: rails, Now: clock},
		Registry:   keep, Reports: keep, Now: clock, Log: slog.New(slog.DiscardHandler),
	}
	err := desk.Run(t.Context())
	if !errors.Is(err, collection.ErrUnavailable) || strings.Count(err.Error(), "vida at ") != 2 {
		t.Fatalf("the run says %v", err)
	}
	if cash, _ := r.net(t); cash != 10000 {
		t.Fatalf("%d in cash", cash)
	}
	day := calendar.Of(now, time.UTC)
	told := func(name string, back int) payment.Report { return keep.reports[name+day.AddDays(-back).String()] }
	for name, want := range map[string]payment.Verdict{
		"broken": payment.VerdictFailed, "mute": payment.VerdictNoStatement, "none": payment.VerdictNoStatement,
		"unput": payment.VerdictNoAccount, "sandbox": payment.VerdictCompared,
	} {
		for back := 1; back <= 2; back++ {
			if got := told(name, back); got.Verdict != want || got.Revision != 1 {
				t.Errorf("%s, %d days ago: %+v", name, back, got)
			}
		}
	}
	// The rig's statement is the same on each day: the first that was compared booked the money.
	first := told("sandbox", 2)
	if first.Missing.Count != 1 || first.Missing.Sum != 10000 || first.Stated != first.Booked+first.Missing.Sum || first.Clean() {
		t.Errorf("the first report is %+v", first)
	}

	rails["broken"] = r.rail
	if err := desk.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if told("broken", 1).Revision != 2 || told("sandbox", 1).Revision != 1 {
		t.Error("the repetition asked for what was compared, or not for what was not")
	}
	now = now.Add(2 * time.Hour)
	if err := desk.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := told("sandbox", 2)
	if again.Earlier.Count != 1 || again.Earlier.Sum != 10000 || again.Missing.Count != 0 || again.Booked != 10000 || !again.Clean() {
		t.Errorf("the later report is %+v", again)
	}
	if cash, _ := r.net(t); cash != 10000 {
		t.Errorf("%d in cash", cash)
	}
}

// A provider dates a weekend's money, and a holiday's, on its next bank day. Until that day is over the days before it are compared again.
func TestDaysAreComparedUntilTheirNextBankDayIsOver(t *testing.T) {
	for today, want := range map[string]string{
		"2026-11-23": "2026-11-19 2026-11-20 2026-11-21 2026-11-22", // Monday after a Friday that is a holiday
		"2026-11-24": "2026-11-19 2026-11-20 2026-11-21 2026-11-22 2026-11-23",
		"2026-11-25": "2026-11-23 2026-11-24",
		"2026-11-29": "2026-11-27 2026-11-28",
		"2026-12-01": "2026-11-27 2026-11-28 2026-11-29 2026-11-30",
	} {
		t.Run(today, func(t *testing.T) {
			r := newRig(t, 10000)
			keep := &drawer{reports: map[string]payment.Report{}}
			keep.all = []payment.CreditorAccount{{Creditor: creditorID, At: collection.ProviderAccount{Provider: "sandbox", Account: "vida"}}}
			day, err := calendar.ParseDate(today)
			if err != nil {
				t.Fatal(err)
			}
			clock := func() time.Time { return day.At(9, 0, time.UTC) }
			desk := &payment.Daily{
				Reconciler: &payment.Reconciler{
					Posting: r.taker.Posting, Books: books(nil), Accounts: anyAccount{}, Rails: payment.Rails{"sandbox": r.rail}, Now: clock,
				},
				Registry: keep, Reports: keep, Now: clock, Log: slog.New(slog.DiscardHandler),
			}
			if err := desk.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, report := range keep.reports {
				got = append(got, report.Day.String())
			}
			slices.Sort(got)
			if strings.Join(got, " ") != want {
				t.Errorf("compared were %v", got)
			}
		})
	}
}
