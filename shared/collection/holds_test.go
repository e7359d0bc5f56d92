package collection_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

func staff(at time.Time) collection.Meta {
	return collection.Meta{At: at, By: collection.Principal{Kind: collection.KindStaff, ID: "ana", Creditor: "vivamais"}, Reason: "said so"}
}

func plain(debt collection.Debt, _ calendar.Date) (collection.Components, error) {
	return collection.Components{Principal: debt.Outstanding()}, nil
}

func statuses(d *deal) []collection.DebtStatus {
	var out []collection.DebtStatus
	for _, debt := range d.Debts {
		out = append(out, debt.Status)
	}
	return out
}

func TestReview(t *testing.T) {
	waiting := func() *deal {
		d := newDeal(t)
		must(t, d.Accept(meta(noon), d.offered()))
		must(t, d.RequestReview(meta(noon), d.proposal, noon.Add(24*time.Hour)))
		return d
	}
	sign := func(d *deal, at time.Time) error {
		return d.Sign(meta(at), d.proposal, "text", d.agreement, "e", collection.AftercareNone)
	}
	d := waiting()
	if err := sign(d, noon); !errors.Is(err, collection.ErrProposalNotOpen) {
		t.Errorf("signed while it waits: %v", err)
	}
	if err := d.Review(meta(noon), d.proposal, true, noon); !errors.Is(err, collection.ErrForbidden) {
		t.Errorf("decided by nobody: %v", err)
	}
	mute := staff(noon)
	mute.Reason = ""
	if err := d.Review(mute, d.proposal, true, noon); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("decided without a reason: %v", err)
	}
	must(t, d.Review(staff(noon), d.proposal, true, noon.Add(2*time.Hour)))
	if err := d.Review(staff(noon), d.proposal, false, noon); !errors.Is(err, collection.ErrProposalNotOpen) {
		t.Errorf("decided twice: %v", err)
	}
	must(t, sign(d, noon.Add(time.Hour)))

	d = waiting()
	must(t, d.Review(staff(noon), d.proposal, false, time.Time{}))
	p, _ := d.Proposal(d.proposal)
	if err := sign(d, noon); p.Status != collection.ProposalDenied || !errors.Is(err, collection.ErrProposalNotOpen) {
		t.Errorf("a denied proposal is %s: %v", p.Status, err)
	}

	d = waiting()
	must(t, d.ExpireReview(meta(noon), d.proposal))
	p, _ = d.Proposal(d.proposal)
	late := noon.Add(24 * time.Hour)
	if p.Status != collection.ProposalReview || p.StatusAt(late) != collection.ProposalDenied {
		t.Errorf("before and after its time: %s, %s", p.Status, p.StatusAt(late))
	}
	if err := d.Review(staff(late), d.proposal, true, late.Add(time.Hour)); !errors.Is(err, collection.ErrProposalNotOpen) {
		t.Errorf("decided after its time: %v", err)
	}
	for range 2 {
		must(t, d.ExpireReview(meta(late), d.proposal))
	}
	if p, _ = d.Proposal(d.proposal); p.Status != collection.ProposalDenied {
		t.Errorf("nobody decided: %s", p.Status)
	}
}

func TestDisputes(t *testing.T) {
	one := []collection.DebtID{id[collection.DebtNoun](10)}
	d := newDeal(t)
	must(t, d.Accept(meta(noon), d.offered()))
	must(t, d.Dispute(staff(noon), one))
	err := d.Sign(meta(noon), d.proposal, "text", d.agreement, "e", collection.AftercareNone)
	if p, _ := d.Proposal(d.proposal); p.Status != collection.ContractRefused || !errors.Is(err, collection.ErrProposalNotOpen) {
		t.Errorf("the contract over a disputed debt is %s: %v", p.Status, err)
	}
	for name, err := range map[string]error{
		"disputed twice":   d.Dispute(staff(noon), one),
		"decided as dealt": d.DecideDispute(staff(noon), one, collection.DebtInAgreement),
		"without a reason": d.Dispute(collection.Meta{At: noon, By: staff(noon).By}, one),
		"no debts":         d.Dispute(staff(noon), nil),
		"the same twice":   d.WriteOff(staff(noon), append(one, one...)),
		"another's debt":   d.WriteOff(staff(noon), []collection.DebtID{id[collection.DebtNoun](99)}),
	} {
		if !errors.Is(err, collection.ErrInvalid) && !errors.Is(err, collection.ErrDebtsNotOpen) && !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, d.DecideDispute(staff(noon), one, collection.DebtOpen))
	must(t, d.Dispute(staff(noon), one))
	must(t, d.DecideDispute(staff(noon), one, collection.DebtWrittenOff))
	if got := d.Case.Balances[collection.AccountReceivable]; got != 5000 || statuses(d)[0] != collection.DebtWrittenOff {
		t.Errorf("%s are still claimed, debts %v", got, statuses(d))
	}
	must(t, collection.CheckLedger(d.Dossier, d.Entries(), nil))

	signed := newDeal(t).sign(t, collection.AftercareNone)
	if err := signed.Dispute(staff(noon), one); !errors.Is(err, collection.ErrDebtsNotOpen) {
		t.Errorf("a debt of a signed agreement: %v", err)
	}
}

func TestSuspension(t *testing.T) {
	d := newDeal(t)
	for range 2 {
		must(t, d.Suspend(staff(noon)))
	}
	if got := statuses(d); slices.Contains(got, collection.DebtOpen) {
		t.Errorf("suspended: %v", got)
	}
	for range 2 {
		must(t, d.Resume(staff(noon)))
	}
	if got := statuses(d); slices.Contains(got, collection.DebtSuspended) {
		t.Errorf("resumed: %v", got)
	}
}

// TestRecallWithALiveCode: the agreement ends, what was paid counts, the discounts are kept in that share, and later money is owed back.
func TestRecallWithALiveCode(t *testing.T) {
	d := newDeal(t).sign(t, collection.AftercareNone)
	receipt := d.pay(t, d.request(t, 40, 1), 6000)
	code := d.request(t, 41, 2)
	must(t, d.Recall(staff(noon), nil, day("2026-03-20"), plain))
	a, _ := d.Agreement(d.agreement)
	if a.Status != collection.AgreementWithdrawn || a.EndReason != collection.EndRecall || len(d.Surplus(a.ID)) != 1 {
		t.Errorf("agreement %s for %s, codes %v", a.Status, a.EndReason, d.Surplus(a.ID))
	}
	// R$ 150,00 less R$ 60,00 paid and R$ 15,00 of R$ 30,00 kept.
	both := []collection.DebtStatus{collection.DebtRecalled, collection.DebtRecalled}
	if got := d.Case.Balances[collection.AccountPlaced]; got != -7500 || !slices.Equal(statuses(d), both) {
		t.Errorf("%s were given back, debts %v", -got, statuses(d))
	}
	late := d.pay(t, code, 6000)
	late, err := d.CountTowards(meta(noon), late, day("2026-03-21"), plain)
	must(t, err)
	if late.Excess != 6000 || a.Excess != 6000 {
		t.Errorf("late money: %+v, excess %s", late, a.Excess)
	}
	must(t, collection.CheckLedger(d.Dossier, d.Entries(), []collection.Receipt{receipt, late}))
	err = d.Recall(staff(noon), []collection.DebtID{id[collection.DebtNoun](10)}, day("2026-03-22"), plain)
	if !errors.Is(err, collection.ErrDebtsNotOpen) {
		t.Errorf("recalled again: %v", err)
	}
}
