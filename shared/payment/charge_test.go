package payment

import (
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

func TestDatedCharges(t *testing.T) {
	for _, c := range []struct {
		method     collection.Method
		provider   string
		instalment int
		want       bool
	}{
		{collection.MethodPix, provider.Sandbox, 1, false},
		{collection.MethodPix, provider.Sandbox, 2, false}, // the sandbox bank has immediate charges only
		{collection.MethodPix, provider.Pix, 1, false},     // a cob: the down payment
		{collection.MethodPix, provider.Pix, 2, true},      // a cobv: an instalment with its day
		{collection.MethodBoleto, provider.Sandbox, 1, true},
		{collection.MethodDebit, "debit", 1, true},
	} {
		if got := dated(c.method, c.provider, c.instalment); got != c.want {
			t.Errorf("%s at %s, instalment %d: %t", c.method, c.provider, c.instalment, got)
		}
	}
}

func TestADatedCodeOutlivesItsDay(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	policy := collection.OfferPolicy{IntentLife: 24 * time.Hour}
	due, err := calendar.ParseDate("2026-12-10")
	if err != nil {
		t.Fatal(err)
	}
	far, past := due.AddDays(365), due.AddDays(-30)
	for name, c := range map[string]struct {
		dated bool
		due   calendar.Date
		days  int
	}{
		"an immediate one":            {false, due, 1},
		"one due in 17 days":          {true, due, 17 + slipDays},
		"one due in more than a year": {true, far, aheadDays + slipDays},
		"one past its day":            {true, past, slipDays},
	} {
		want := now.AddDate(0, 0, c.days)
		if got := lasts(c.dated, collection.Instalment{DueDate: c.due}, policy, now); !got.Equal(want) {
			t.Errorf("%s lasts until %s, want %s", name, got, want)
		}
	}
}

// The bank wants two business days before a debit, and its answer may come five after it.
func TestADebitLastsUntilItsAnswer(t *testing.T) {
	friday := time.Date(2026, 11, 27, 18, 0, 0, 0, time.UTC)
	for due, want := range map[string]string{"2026-11-27": "2026-12-10", "2026-12-02": "2026-12-10", "2026-12-14": "2026-12-22"} {
		day, err := calendar.ParseDate(due)
		if err != nil {
			t.Fatal(err)
		}
		got := debitLasts(collection.Instalment{DueDate: day}, friday, friday.Add(time.Hour))
		if got.Format(time.DateOnly) != want {
			t.Errorf("a debit due on %s may be answered until %s, want %s", due, got, want)
		}
		if late := got.AddDate(0, 1, 0); !debitLasts(collection.Instalment{DueDate: day}, friday, late).Equal(late) {
			t.Errorf("a debit due on %s ends before its policy says", due)
		}
	}
}
