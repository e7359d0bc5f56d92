package debit_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

func TestIssuingTwiceMakesOneOrder(t *testing.T) {
	x := newRig(t)
	c := x.charge(1, day(t, "2026-12-10"))
	first, err := x.rail.Issue(t.Context(), x.account, c)
	must(t, err)
	if first.Mandate != c.Debit.Mandate || first.Reference != c.TxID {
		t.Errorf("the code is %+v", first)
	}
	x.restart()
	again, err := x.rail.Issue(t.Context(), x.account, c)
	if err != nil || again != first {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	for name, change := range map[string]func(*provider.Charge){
		"amount":  func(c *provider.Charge) { c.Amount++ },
		"day":     func(c *provider.Charge) { c.DueDate = c.DueDate.AddDays(1) },
		"mandate": func(c *provider.Charge) { c.Debit.Mandate = "OTHER" },
		"branch":  func(c *provider.Charge) { c.Debit.Branch = "4321" },
		"account": func(c *provider.Charge) { c.Debit.Account = "54321" },
	} {
		other := x.charge(1, day(t, "2026-12-10"))
		change(&other)
		if _, err := x.rail.Issue(t.Context(), x.account, other); !errors.Is(err, collection.ErrRefused) {
			t.Errorf("another %s under the same name: %v", name, err)
		}
	}
	x.run(t)
	x.wantSent(t, 1, "0001 0 2026-12-10")
}

func TestWhatAFileCannotCarryIsRefused(t *testing.T) {
	x := newRig(t)
	for name, spoil := range map[string]func(*provider.Charge){
		"method":   func(c *provider.Charge) { c.Method = collection.MethodPix },
		"no order": func(c *provider.Charge) { c.Debit = nil },
		"bank":     func(c *provider.Charge) { c.Debit.Bank = "237" },
		"amount":   func(c *provider.Charge) { c.Amount = 0 },
		"large":    func(c *provider.Charge) { c.Amount = 1_000_000_000_000_000 },
		"branch":   func(c *provider.Charge) { c.Debit.Branch = "12" },
		"account":  func(c *provider.Charge) { c.Debit.Account = strings.Repeat("1", 15) },
		"accent":   func(c *provider.Charge) { c.Debit.Mandate = "JOÃO" },
		"mandate":  func(c *provider.Charge) { c.Debit.Mandate = "" },
		"name":     func(c *provider.Charge) { c.TxID = "" },
	} {
		c := x.charge(1, calendar.Date{})
		spoil(&c)
		_, err := x.rail.Issue(t.Context(), x.account, c)
		if !errors.Is(err, collection.ErrRefused) || strings.Contains(err.Error(), "12345") {
			t.Errorf("%s: %v", name, err)
		}
	}
	bare := x.account
	bare.Debit = nil
	if _, err := x.rail.Issue(t.Context(), bare, x.charge(1, calendar.Date{})); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("without an agreement: %v", err)
	}
	x.run(t)
	if got := x.sent(t, 1); got != nil {
		t.Errorf("a file asks for %v", got)
	}
}

func TestTheRailTakesNoNoticesAndGivesNothingBack(t *testing.T) {
	x := newRig(t)
	if err := x.rail.Verify(x.account, provider.Delivery{Body: []byte(`{}`)}, start); !errors.Is(err, provider.ErrSignature) {
		t.Errorf("a posted notice: %v", err)
	}
	if _, err := x.rail.Refund(t.Context(), x.account, txID(1), provider.RefundOrder{}); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("a refund: %v", err)
	}
	if _, err := x.rail.Fetch(t.Context(), x.account, txID(1)); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("an order that was never made: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"key":"2026-11-30-000001-0","results":[{"fact":"2026-11-30-000001-000001","txid":"01JD9ZC0D1E2F3G4H5J6K70001",` +
		`"code":"00","amountCentavos":10001,"debitedOn":"2026-11-27"}]}`))
	f.Add([]byte(`{"key":"k","results":[{"fact":"f","txid":"","code":"30","amountCentavos":0,"debitedOn":"2026-11-27"}]}`))
	f.Add([]byte(`{"key":"","results":[]}`))
	x := newRig(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := x.rail.Parse(body)
		if err != nil {
			if !errors.Is(err, provider.ErrNotice) {
				t.Errorf("%q: %v", body, err)
			}
			return
		}
		if event.Key == "" || len(event.Payments)+len(event.Refusals) > 100 {
			t.Errorf("%q is %+v", body, event)
		}
		for _, p := range event.Payments {
			if p.Amount < 1 || p.Fact == "" || p.PaidAt.After(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("%q pays %+v", body, p)
			}
		}
	})
}
