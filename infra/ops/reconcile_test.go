package main

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

// What the last comparison found is shown as it stands, and nothing is compared for it.
func TestAStoredComparisonIsShown(t *testing.T) {
	d := patient(t, nil)
	day, err := calendar.ParseDate("2026-11-20")
	if err != nil {
		t.Fatal(err)
	}
	show := func() (int, string) {
		return d.ops(t, "", "reconcile", "-creditor", "vida-plena", "-day", day.String(), "-stored")
	}
	code, out := show()
	wantSaid(t, code, out, exitFailed, "vida-plena at sandbox, 2026-11-20: not compared yet")

	one := func(name string, amount money.Centavos) payment.Facts {
		return payment.Facts{Count: 1, Sum: amount, First: []payment.Fact{{Name: name, Amount: amount}}}
	}
	report := payment.Report{
		Creditor: "vida-plena", At: collection.ProviderAccount{Provider: provider.Sandbox, Account: "vida-plena"}, Day: day,
		ComparedAt: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Verdict: payment.VerdictCompared, Payments: 2, Returns: 1, Stated: 12346,
		Booked: 12345, Differing: one("E1", 1),
	}
	put := func() {
		if err := d.Parts.Store().PutReport(t.Context(), report); err != nil {
			t.Fatal(err)
		}
		report.Revision++
	}
	put()
	for range 2 {
		code, out = show()
		wantSaid(t, code, out, exitFailed, "states R$ 123,46, booked before were R$ 123,45",
			"2 payments, 1 returns; comparison 1, 2026-11-23T09:00:00Z", "booked with another amount  R$ 0,01  \"E1\"", "the day differed")
	}
	report.Stated, report.Differing, report.Awaited = 0, payment.Facts{}, one("E2\x1b", 12345)
	put()
	code, out = show()
	wantSaid(t, code, out, 0, "booked, not stated yet  R$ 123,45  \"E2\\x1b\"", "comparison 2")
	report.Awaited, report.Unstated = payment.Facts{}, one("E2", 12345)
	report.Unstated.Count = 101
	put()
	code, out = show()
	wantSaid(t, code, out, exitFailed, "booked, not stated  R$ 123,45", "and 100 more")
	report.Verdict, report.Unstated = payment.VerdictNoStatement, payment.Facts{}
	put()
	code, out = show()
	wantSaid(t, code, out, 0, "the provider tells no statements")
	report.Verdict = payment.VerdictFailed
	put()
	code, out = show()
	wantSaid(t, code, out, exitFailed, "the comparison failed")
}

// Money that was notified and that the bank does not state is awaited until the bank's next day is over, and a difference then.
func TestMoneyThatTheBankDoesNotState(t *testing.T) {
	d := patient(t, nil)
	var kept struct{ SigningSecrets []string }
	if err := json.Unmarshal([]byte(d.secret(t, accountName("vida-plena"))), &kept); err != nil || len(kept.SigningSecrets) == 0 {
		t.Fatalf("the account's secret: %v", err)
	}
	if status := d.notify(t, kept.SigningSecrets[0], "vida-plena", "E-NOBODY", 12345); status != http.StatusOK {
		t.Fatalf("notice: %d", status)
	}
	compare := func() (int, string) {
		return d.ops(t, "", "reconcile", "-creditor", "vida-plena", "-day", "2026-11-23")
	}
	code, out := compare()
	wantSaid(t, code, out, 0, "states R$ 0,00, booked before were R$ 123,45", "booked, not stated yet  R$ 123,45  \"E-NOBODY\"")
	if err := d.Advance(t.Context(), d.Clock.Now().AddDate(0, 0, 2)); err != nil {
		t.Fatal(err)
	}
	code, out = compare()
	wantSaid(t, code, out, exitFailed, "booked, not stated  R$ 123,45  \"E-NOBODY\"")
}
