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
		Now: func() time.Time { return start },
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
	explained := got.Booked
	for _, facts := range [][]payment.Fact{got.Missing, got.Refused, got.Differing} {
		for _, f := range facts {
			explained += f.Amount
		}
	}
	for _, f := range got.Unstated {
		explained -= f.Amount
	}
	if explained != got.Stated || got.Stated != 10000+20000+70-500-1 {
		t.Errorf("stated %d, explained %d", got.Stated, explained)
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
