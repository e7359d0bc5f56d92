package payment_test

import (
	"context"
	"errors"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

// Above the creditor's limit an orphan needs two members of staff, for either way that its money may go.
func TestOrphansAboveTheLimitNeedTwo(t *testing.T) {
	r := newRig(t, 10000)
	r.store.creditor.Policy.Decisions.SecondAbove = 9999
	intent := r.request(t, 1, "k1")
	r.rail.charges["nobody"] = &charge{}
	for _, fact := range []string{"E1", "E2"} {
		r.receive(t, r.notice(t, "evt_"+fact, provider.Payment{Fact: fact, TxID: "nobody", Amount: 10000, PaidAt: r.clock()}))
	}
	r.drain(t)
	say := func(who, fact string, choice collection.OrphanChoice) (collection.Decision, error) {
		word := payment.OrphanWord{Choice: choice, Reason: "said " + who}
		if choice == collection.OrphanApply {
			word.To = intent.ID
		}
		by := collection.Principal{Kind: collection.KindStaff, ID: who, Creditor: creditorID}
		of := payment.Payment{At: collection.ProviderAccount{Provider: "sandbox", Account: "vida"}, Fact: fact}
		return r.refunds.DecideOrphan(context.Background(), by, of, word)
	}
	for n, step := range []struct {
		who, fact string
		choice    collection.OrphanChoice
		want      collection.Decision
		err       error
	}{
		{"ana", "E1", collection.OrphanConfirm, "", collection.ErrNotFound},
		{"ana", "E1", collection.OrphanApply, collection.DecisionProposed, nil},
		{"ana", "E1", collection.OrphanConfirm, "", collection.ErrForbidden},
		{"ana", "E1", collection.OrphanRefund, "", collection.ErrInvalid},
		{"bia", "E1", collection.OrphanRefund, "", collection.ErrInvalid},
		{"bia", "E1", collection.OrphanRefuse, collection.DecisionRefused, nil},
		{"bia", "E1", collection.OrphanApply, collection.DecisionProposed, nil},
		{"ana", "E1", collection.OrphanConfirm, collection.DecisionTaken, nil},
		{"caio", "E1", collection.OrphanConfirm, "", collection.ErrInvalid},
		{"ana", "E2", collection.OrphanRefund, collection.DecisionProposed, nil},
		{"bia", "E2", collection.OrphanConfirm, collection.DecisionTaken, nil},
		{"", "E2", collection.OrphanConfirm, "", collection.ErrForbidden},
		{"ana", "none", collection.OrphanRefund, "", collection.ErrNotFound},
	} {
		came, err := say(step.who, step.fact, step.choice)
		if !errors.Is(err, step.err) || (step.err == nil && came != step.want) {
			t.Errorf("step %d, %s says %s of %s: %q, %v", n, step.who, step.choice, step.fact, came, err)
		}
	}
	first, second := r.store.receipts["E1"], r.store.receipts["E2"]
	if r.cash(t) != 10000 || first.DecidedBy != "staff:ana" || len(first.Said) != 4 || first.Said[3].Choice != collection.OrphanConfirm {
		t.Errorf("applied %+v", first)
	}
	if second.Status != collection.ReceiptRefunded || second.DecidedBy != "staff:bia" || len(r.rail.charges["nobody"].returns) != 1 {
		t.Errorf("refunded %+v", second)
	}
}

// A refund that is ordered in parts is as much as its parts together.
func TestRefundsAboveTheLimitNeedTwo(t *testing.T) {
	r := newRig(t, 10000)
	r.store.creditor.Policy.Decisions.SecondAbove = 5000
	intent := r.request(t, 1, "k1")
	p, _ := r.rail.pay(intent.ID.String(), "E1", 10000, false)
	r.receive(t, r.notice(t, "evt", p))
	r.drain(t)
	of := payment.Payment{At: collection.ProviderAccount{Provider: "sandbox", Account: "vida"}, Fact: "E1"}
	order := func(who string, amount int, choice collection.Choice, want collection.Decision, wantErr error) {
		t.Helper()
		by := collection.Principal{Kind: collection.KindStaff, ID: who, Creditor: creditorID}
		came, err := r.refunds.Order(context.Background(), by, of, money.Centavos(amount), choice, "said "+who)
		if !errors.Is(err, wantErr) || (wantErr == nil && came != want) {
			t.Errorf("%s: %q, %v", who, came, err)
		}
	}
	order("ana", 4000, collection.ChoiceDone, collection.DecisionTaken, nil)
	order("ana", 1001, collection.ChoiceDone, collection.DecisionProposed, nil)
	order("bia", 1, "nonsense", "", collection.ErrInvalid)
	order("ana", 0, collection.ChoiceConfirm, "", collection.ErrForbidden)
	order("bia", 0, collection.ChoiceConfirm, collection.DecisionTaken, nil)
	order("bia", 5000, collection.ChoiceDone, "", collection.ErrInvalid)
	if made := r.dossier(t).Agreements[0].Refunds; len(made) != 2 || made[1].Amount != 1001 {
		t.Errorf("orders %+v", made)
	}
}
