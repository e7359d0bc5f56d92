package payment_test

import (
	"context"
	"errors"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

// twoBanks makes a rig whose PIX may come in at a second bank, which is asked when the first does not issue.
func twoBanks(t *testing.T) (r *rig, second *rail) {
	t.Helper()
	r = newRig(t, 10000)
	second = &rail{Bank: r.rail.Bank, rig: r, charges: map[string]*charge{}}
	r.store.creditor.Payments = append(r.store.creditor.Payments, collection.PaymentRoute{
		Method: collection.MethodPix, Provider: "second", Account: "vida",
	})
	r.requests.Issuing.Rails["second"] = second
	known := r.requests.Issuing.Accounts
	both := anyBank{known}
	r.requests.Issuing.Accounts, r.expire.Closing.Accounts, r.webhooks.Accounts, r.taker.Accounts = both, both, both, both
	return r, second
}

// anyBank knows the account at the second bank too.
type anyBank struct{ payment.Accounts }

func (a anyBank) Account(ctx context.Context, name, account string) (provider.Account, error) {
	if name != "second" {
		return a.Accounts.Account(ctx, name, account)
	}
	found, err := a.Accounts.Account(ctx, "sandbox", account)
	found.Provider = name
	return found, err
}

func TestASecondBankIssues(t *testing.T) {
	for name, fail := range map[string]func(*rail){
		"the first is down": func(b *rail) { b.down = true }, "the first refuses": func(b *rail) { b.refuse = true },
	} {
		r, second := twoBanks(t)
		fail(r.rail)
		intent := r.request(t, 1, "k1")
		if intent.Status != collection.IntentIssued || intent.Provider != "second" || len(intent.Tried) != 1 {
			t.Fatalf("%s: %+v", name, intent)
		}
		if !second.knows(intent.ID.String()) {
			t.Errorf("%s: nothing was asked for at the second", name)
		}
		// Money through the first, which may have made the charge all the same, is the intent's.
		r.rail.down, r.rail.refuse = false, false
		r.rail.charges[intent.ID.String()] = &charge{Charge: second.charges[intent.ID.String()].Charge}
		r.paid(t, intent, "E1")
		r.drain(t)
		if r.cash(t) != 10000 || r.intent(intent.ID).Status != collection.IntentConfirmed {
			t.Errorf("%s: cash %d", name, r.cash(t))
		}
	}
}

func TestClosingEndsAllCharges(t *testing.T) {
	r, second := twoBanks(t)
	r.rail.down = true
	intent := r.request(t, 1, "k1")
	r.rail.down = false
	r.rail.charges[intent.ID.String()] = &charge{}
	r.advance(intentLife + 1)
	if out, err := r.expire.Do(context.Background(), r.started[intent.ID.String()]); err != nil || out.Status != "EXPIRED" {
		t.Fatalf("got %+v, %v", out, err)
	}
	if !r.rail.charges[intent.ID.String()].cancelled || !second.charges[intent.ID.String()].cancelled {
		t.Error("a charge stays payable")
	}
}

// Both are down: the machine goes on with whichever answers first, and a charge that all refuse ends.
func TestTheMachineTriesAllBanks(t *testing.T) {
	ctx := context.Background()
	r, second := twoBanks(t)
	r.rail.down, second.down = true, true
	intent := r.request(t, 1, "k1")
	ref := r.started[intent.ID.String()]
	if _, err := r.issue.Do(ctx, ref); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	r.rail.down = false
	seq := r.dossier(t).Case.Seq
	if out, err := r.issue.Do(ctx, ref); err != nil || out.Status != "ISSUED" || r.intent(intent.ID).Provider != "sandbox" {
		t.Fatalf("got %+v, %v", out, err)
	}
	if got := r.dossier(t).Case.Seq; got != seq+2 { // back to the first, and issued
		t.Errorf("%d events", got-seq)
	}
	r, second = twoBanks(t)
	r.rail.refuse, second.refuse = true, true
	refused := r.request(t, 1, "k1")
	if _, err := r.issue.Do(ctx, r.started[refused.ID.String()]); !errors.Is(err, collection.ErrRefused) {
		t.Fatalf("got %v", err)
	}
	if r.intent(refused.ID).Status != collection.IntentCancelled {
		t.Errorf("intent %+v", r.intent(refused.ID))
	}
}
