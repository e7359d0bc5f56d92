package proposal

import (
	"errors"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
)

func rate(t *testing.T, text string) money.Rate {
	t.Helper()
	r, err := money.ParseRate(text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatNeedsReview(t *testing.T) {
	deal := collection.Terms{Principal: 10000, Discount: 1000, Total: 9000, Product: "acordo"}
	for name, c := range map[string]struct {
		rule collection.ReviewRule
		want bool
	}{
		"no rule":               {collection.ReviewRule{}, false},
		"at the total":          {collection.ReviewRule{AboveTotal: 9000}, false},
		"above the total":       {collection.ReviewRule{AboveTotal: 8999}, true},
		"at the discount":       {collection.ReviewRule{DiscountAbove: rate(t, "0.1")}, false},
		"above the discount":    {collection.ReviewRule{DiscountAbove: rate(t, "0.0999")}, true},
		"another product":       {collection.ReviewRule{Products: []string{"caas"}}, false},
		"a product of the rule": {collection.ReviewRule{Products: []string{"caas", "acordo"}}, true},
	} {
		if got := ReviewReasons(c.rule, deal); (len(got) > 0) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestReviewUntil(t *testing.T) {
	first := offer.Today(at).AddDays(2)
	terms := collection.Terms{Schedule: []collection.ScheduledPayment{{DueDate: first}}}
	for days, want := range map[int]time.Time{1: at.Add(24 * time.Hour), 9: offer.Midnight(first)} {
		if got := reviewUntil(collection.ReviewRule{Days: days}, terms, at); !got.Equal(want.Truncate(time.Second)) {
			t.Errorf("%d days: until %s, want %s", days, got, want)
		}
	}
	terms.Schedule[0].DueDate = offer.Today(at)
	if got := reviewUntil(collection.ReviewRule{Days: 1}, terms, at); got.Sub(at.Truncate(time.Second)) != leastReview {
		t.Errorf("due today: until %s", got)
	}
}

func TestAReviewedContractIsSigned(t *testing.T) {
	k, m := newDesk(t, 1)
	m.creditor.Policy.Review = collection.ReviewRule{AboveTotal: 1, Days: 2}
	once := request("r", "1", "b")
	p, _, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 1), once)
	if err != nil || p.Status != collection.ProposalReview {
		t.Fatalf("%+v, %v", p, err)
	}
	replay, replayed, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 1), once)
	if err != nil || !replayed || replay.Status != collection.ProposalReview {
		t.Errorf("again: %+v, %v, %v", replay, replayed, err)
	}
	_, err = k.Sign(t.Context(), participant(m, at), load(t, m), p.ContractNumber, p.TextHash, Circumstances{})
	if !errors.Is(err, collection.ErrProposalNotOpen) {
		t.Errorf("signed while it waits: %v", err)
	}
	by := collection.Principal{Kind: collection.KindStaff, ID: "ana", Creditor: m.creditor.ID}
	came, err := k.Review(t.Context(), collection.Meta{At: at, By: by, Reason: "known"}, m.caseID, p.ID, collection.ChoiceApprove)
	decided, _ := load(t, m).Proposal(p.ID)
	if err != nil || came != collection.DecisionTaken || decided.Status != collection.ContractIssued || !decided.ExpiresAt.After(at) {
		t.Fatalf("%+v, %v", decided, err)
	}
	if _, err = k.Sign(t.Context(), participant(m, at), load(t, m), p.ContractNumber, p.TextHash, Circumstances{}); err != nil {
		t.Error(err)
	}
}
