package dynamo_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/payment"
)

func dayOf(t *testing.T, text string) calendar.Date {
	t.Helper()
	day, err := calendar.ParseDate(text)
	must(t, err)
	return day
}

// What is booked is found by its day in Brasília, by its account alone, and stays found when it changes.
func TestBookedFactsAreListedByDay(t *testing.T) {
	s := newTable(t)
	at := collection.ProviderAccount{Provider: "sandbox", Account: "vida"}
	late := time.Date(2026, 11, 24, 2, 59, 59, 0, time.UTC) // still the 23rd in Brasília
	orphan := func(account, fact string, at time.Time) collection.Receipt {
		return collection.Receipt{
			Creditor: creditor, Provider: "sandbox", Account: account, Fact: fact, Amount: 5, PaidAt: at, Status: collection.ReceiptOrphan,
		}
	}
	for _, x := range []collection.Receipt{
		orphan("vida", "E#1", late), orphan("vida", "E2", late.Add(time.Second)), orphan("vida2", "E3", late),
	} {
		must(t, s.KeepOrphan(t.Context(), x))
	}
	changed, err := s.LoadReceipt(t.Context(), creditor, "sandbox", "vida", "E#1")
	must(t, err)
	changed.Returned = 2
	must(t, s.ChangeOrphan(t.Context(), changed, &collection.Return{
		Creditor: creditor, Provider: "sandbox", Account: "vida", Fact: "R1", Of: "E#1", Kind: collection.ReturnRefund, Amount: 2,
		At: late.Add(time.Second),
	}))
	for day, want := range map[string][]payment.BookedFact{
		"2026-11-22": nil, "2026-11-23": {{Name: "E#1"}}, "2026-11-24": {{Name: "E2"}, {Name: "R1", Return: true}},
	} {
		got, err := s.BookedOn(t.Context(), creditor, at, dayOf(t, day))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", day, got, err)
		}
	}
}

func TestReportsAreReplacedByVersion(t *testing.T) {
	s := newTable(t)
	day := dayOf(t, "2026-11-23")
	at := collection.ProviderAccount{Provider: "sandbox", Account: "vida"}
	if _, err := s.LoadReport(t.Context(), creditor, at, day); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("no report: %v", err)
	}
	fact := payment.Facts{Count: 101, Sum: -7, First: []payment.Fact{{Name: "E#1", Amount: -7}}}
	want := payment.Report{
		Creditor: creditor, At: at, Day: day, ComparedAt: noon, Verdict: payment.VerdictCompared, Payments: 3, Returns: 1, Stated: 10, Booked: 17,
		Missing: fact, Awaited: fact, Unstated: fact, Earlier: fact,
	}
	must(t, s.PutReport(t.Context(), want))
	if err := s.PutReport(t.Context(), want); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("over a version that has passed: %v", err)
	}
	want.Revision = 1
	got, err := s.LoadReport(t.Context(), creditor, at, day)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	must(t, s.PutReport(t.Context(), want))
}

func TestAccountsAreRegisteredOnce(t *testing.T) {
	s := newTable(t)
	at := collection.ProviderAccount{Provider: "sandbox", Account: "vida"}
	for range 2 {
		must(t, s.RegisterAccount(t.Context(), creditor, at))
	}
	if err := s.RegisterAccount(t.Context(), creditor, collection.ProviderAccount{Provider: "sand#box", Account: "vida"}); err == nil {
		t.Error("an ambiguous name was taken")
	}
	got, err := s.RegisteredAccounts(t.Context())
	if want := []payment.CreditorAccount{{Creditor: creditor, At: at}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}
