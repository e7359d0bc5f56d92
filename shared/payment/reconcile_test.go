package payment_test

import (
	"context"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

// Statement is everything that the charges hold, whatever the day.
func (b *rail) Statement(context.Context, provider.Account, calendar.Date) (s provider.Statement, err error) {
	err = b.call("statement", func() error {
		for _, c := range b.charges {
			s.Payments, s.Returns = append(s.Payments, c.payments...), append(s.Returns, c.returns...)
		}
		return nil
	})
	return s, err
}

// books is what is booked of any day.
type books []payment.BookedFact

func (b books) BookedOn(
	context.Context, collection.CreditorID, collection.ProviderAccount, calendar.Date,
) ([]payment.BookedFact, error) {
	return b, nil
}

// A day in which a notice was lost, money came for nobody, a return was not told and a booked payment is not stated.
func TestReconcilingADay(t *testing.T) {
	r := newRig(t, 10000, 20000)
	one, two := r.request(t, 1, "k1"), r.request(t, 2, "k2")
	r.paid(t, one, "E1")
	r.drain(t)
	r.rail.pay(two.ID.String(), "E2", 20000, false)
	r.rail.charges["nobody"] = &charge{payments: []provider.Payment{{Fact: "E3", TxID: "nobody", Amount: 70, PaidAt: start}}}
	back := func(fact, of string, amount money.Centavos) {
		r.rail.returned(provider.Return{Fact: fact, Of: of, TxID: two.ID.String(), Kind: provider.ReturnChargeback, Amount: amount, At: start})
	}
	back("R1", "E2", 500)
	back("R2", "E9", 1)
	r.store.keep(collection.Receipt{
		Creditor: creditorID, Provider: "sandbox", Account: "vida", Fact: "E8", Amount: 33, Status: collection.ReceiptOrphan,
	})
	r.store.returns["R8"] = collection.Return{Creditor: creditorID, Provider: "sandbox", Account: "vida", Fact: "R8", Amount: 3}
	desk := &payment.Reconciler{
		Posting: r.taker.Posting, Books: books{{Name: "E1"}, {Name: "E8"}, {"R8", true}}, Accounts: r.taker.Accounts, Rails: r.taker.Rails,
		Now: func() time.Time { return start.AddDate(0, 0, 7) },
	}
	at := collection.ProviderAccount{Provider: "sandbox", Account: "vida"}
	day := calendar.Of(start, time.UTC)
	got, err := desk.Reconcile(context.Background(), creditorID, at, day)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Missing) != 3 || len(got.Refused) != 1 || len(got.Unstated) != 2 || len(got.Differing) != 0 {
		t.Fatalf("got %+v", got)
	}
	if explained(got) != got.Stated || got.Stated != 10000+20000+70-500-1 {
		t.Errorf("stated %d, explained %d", got.Stated, explained(got))
	}
	if cash, net := r.net(t); cash != 30000 || net != 29500 || r.orphans != 1 {
		t.Errorf("cash %d, net %d, %d orphans", cash, net, r.orphans)
	}
	again, err := desk.Reconcile(context.Background(), creditorID, at, day)
	if err != nil || len(again.Missing) != 0 || again.Clean() { // what cannot be booked stays named
		t.Errorf("again %+v, %v", again, err)
	}
	if _, err := desk.Reconcile(context.Background(), "other", at, day); err == nil {
		t.Error("an account of another creditor was compared")
	}
}

// explained is what the provider must state by what is booked and by every difference that was named.
func explained(r payment.Reconciled) money.Centavos {
	sum := r.Booked
	for _, facts := range [][]payment.Fact{r.Missing, r.Refused, r.Differing} {
		for _, f := range facts {
			sum += f.Amount
		}
	}
	for _, facts := range [][]payment.Fact{r.Awaited, r.Unstated} {
		for _, f := range facts {
			sum -= f.Amount
		}
	}
	return sum
}

// dated states facts day by day, and counts how often it was asked.
type dated struct {
	payment.Rail

	days  map[calendar.Date][]provider.Payment
	asked int
}

func (d *dated) Statement(_ context.Context, _ provider.Account, day calendar.Date) (provider.Statement, error) {
	d.asked++
	return provider.Statement{Payments: d.days[day]}, nil
}

// A payment of Friday's last minute is the provider's on Friday, on Saturday, on Monday, which is its next bank day, or on Thursday, when
// its clock is behind. Only what stands on none of them is a difference, and not before Monday is over.
func TestProvidersDateMoneyOnOtherDays(t *testing.T) {
	friday := calendar.Of(time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC), time.UTC)
	monday, tuesday := friday.AddDays(3), friday.AddDays(4)
	for name, c := range map[string]struct {
		stated            calendar.Date // zero for nowhere
		compared          calendar.Date
		on                calendar.Date // compared with
		amount            money.Centavos
		awaited, unstated int
		differing         money.Centavos
		booked            money.Centavos
	}{
		"on the day":                      {stated: friday, compared: friday, on: tuesday, amount: 10000, booked: 10000},
		"on the day before":               {stated: friday.AddDays(-1), compared: friday, on: tuesday, amount: 10000},
		"on Saturday":                     {stated: friday.AddDays(1), compared: friday, on: tuesday, amount: 10000},
		"on the next bank day":            {stated: monday, compared: friday, on: tuesday, amount: 10000},
		"on the next bank day, by itself": {stated: monday, compared: monday, on: tuesday, amount: 10000, booked: 10000},
		"on Monday, asked on Sunday":      {stated: monday, compared: friday, on: monday.AddDays(-1), amount: 10000, awaited: 1, booked: 10000},
		"nowhere, and Monday is not over": {compared: friday, on: monday, awaited: 1, booked: 10000},
		"nowhere":                         {compared: friday, on: tuesday, unstated: 1, booked: 10000},
		"a day too late":                  {stated: tuesday, compared: friday, on: tuesday.AddDays(1), amount: 10000, unstated: 1, booked: 10000},
		"with a centavo more":             {stated: friday, compared: friday, on: tuesday, amount: 10001, differing: 1, booked: 10000},
		"with less, on the next bank day": {stated: monday, compared: monday, on: tuesday, amount: 9000, differing: -1000, booked: 10000},
		"beside its day":                  {stated: monday, compared: friday.AddDays(1), on: tuesday, amount: 10000},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, 10000)
			r.paid(t, r.request(t, 1, "k1"), "E1")
			r.drain(t)
			rail := &dated{days: map[calendar.Date][]provider.Payment{}}
			if !c.stated.IsZero() {
				rail.days[c.stated] = []provider.Payment{{Fact: "E1", TxID: "x", Amount: c.amount, PaidAt: start}}
			}
			desk := &payment.Reconciler{
				Posting: r.taker.Posting, Books: booksOf{friday: {{Name: "E1"}}}, Accounts: r.taker.Accounts,
				Rails: payment.Rails{"sandbox": rail}, Now: func() time.Time { return c.on.At(12, 0, time.UTC) },
			}
			got, err := desk.Reconcile(t.Context(), creditorID, collection.ProviderAccount{Provider: "sandbox", Account: "vida"}, c.compared)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Awaited) != c.awaited || len(got.Unstated) != c.unstated || sumOf(got.Differing) != c.differing ||
				got.Booked != c.booked {
				t.Errorf("got %+v", got)
			}
			if explained(got) != got.Stated || got.Clean() != (c.unstated == 0 && c.differing == 0) || len(got.Missing) != 0 {
				t.Errorf("explained are %d of %d: %+v", explained(got), got.Stated, got)
			}
			if c.stated == c.compared && rail.asked != 1 {
				t.Errorf("asked %d times although nothing was missing", rail.asked)
			}
		})
	}
}

func sumOf(facts []payment.Fact) (sum money.Centavos) {
	for _, f := range facts {
		sum += f.Amount
	}
	return sum
}

// booksOf is what is booked by day.
type booksOf map[calendar.Date][]payment.BookedFact

func (b booksOf) BookedOn(
	_ context.Context, _ collection.CreditorID, _ collection.ProviderAccount, day calendar.Date,
) ([]payment.BookedFact, error) {
	return b[day], nil
}
