package collection_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
)

// askedBack is a deal over a plan with its first instalment paid, whose creditor has three days to answer.
func askedBack(t *testing.T, on collection.AftercareMoment) *deal {
	t.Helper()
	d := newDeal(t)
	p := d.offered()
	p.Rules = collection.DealRules{AftercareOn: on, Benefit: collection.Benefit{Kind: collection.BenefitReduced, Days: 3, Version: "b"}}
	must(t, d.Accept(meta(noon), p))
	must(t, d.Sign(meta(noon), d.proposal, "text", d.agreement, "evidence", collection.AftercareReactivation))
	d.pay(t, d.request(t, 40, 1), 6000)
	return d
}

func TestAftercareIsAskedAgainUntilItIsAnswered(t *testing.T) {
	if a, _ := askedBack(t, collection.AftercareOnSettled).Agreement(id[collection.AgreementNoun](3)); !a.AftercareAt.IsZero() {
		t.Error("asked before the deal was settled")
	}
	d := askedBack(t, collection.AftercareOnFirst)
	a, _ := d.Agreement(d.agreement)
	var waits []time.Duration
	for {
		next, open := a.NextAftercare()
		if !open {
			break
		}
		waits = append(waits, next.Sub(noon))
		if gone, err := d.KeepAftercare(meta(next.Add(-time.Second)), d.agreement); gone || err != nil {
			t.Fatalf("early: %v, %v", gone, err)
		}
		if _, err := d.KeepAftercare(meta(next), d.agreement); err != nil {
			t.Fatal(err)
		}
	}
	want := []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 48 * time.Hour, 72 * time.Hour}
	if !slices.Equal(waits, want) || a.Care.Outcome != collection.AftercareUnanswered || a.Care.Attempts != 5 || !a.AftercareAt.Equal(noon) {
		t.Errorf("asked after %v, %+v", waits, a.Care)
	}
	yes := collection.AftercareAnswered{Agreement: d.agreement, Outcome: collection.AftercareConfirmed}
	for range 2 { // late, and then once more
		must(t, d.AnswerAftercare(meta(noon), yes))
	}
	granted := collection.GrantedBenefit{Kind: collection.BenefitReduced, Version: "b"}
	if a.Care.Outcome != collection.AftercareConfirmed || a.Care.Benefit != granted {
		t.Errorf("answered %+v", a.Care)
	}
	no := collection.AftercareAnswered{Agreement: d.agreement, Outcome: collection.AftercareRefused}
	if err := d.AnswerAftercare(meta(noon), no); !errors.Is(err, collection.ErrAnsweredOtherwise) {
		t.Errorf("answered otherwise: %v", err)
	}
	none := newDeal(t).sign(t, collection.AftercareService)
	if err := none.AnswerAftercare(meta(noon), yes); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("answered what nobody asked: %v", err)
	}
}

// TestARefusalAfterTheMoneyIsForPeople: staff have the creditor's system asked anew, or settle it, and only where it failed.
func TestARefusalAfterTheMoneyIsForPeople(t *testing.T) {
	d := askedBack(t, collection.AftercareOnFirst)
	a, _ := d.Agreement(d.agreement)
	for name, act := range map[string]error{
		"repeat": d.RepeatAftercare(staff(noon), d.agreement),
		"close":  d.CloseAftercare(staff(noon), d.agreement, collection.AftercareClosed),
	} {
		if !errors.Is(act, collection.ErrInvalid) {
			t.Errorf("%s of an open request: %v", name, act)
		}
	}
	no := collection.AftercareAnswered{Agreement: d.agreement, Outcome: collection.AftercareRefused, Reason: "contract_gone"}
	must(t, d.AnswerAftercare(meta(noon), no))
	later := noon.Add(48 * time.Hour)
	must(t, d.RepeatAftercare(staff(later), d.agreement))
	if next, open := a.NextAftercare(); !open || !next.Equal(later.Add(time.Hour)) || a.Care.Repeats != 1 || a.Care.Attempts != 1 ||
		a.Care.Reason != "" || !a.Care.Until.Equal(later.Add(72*time.Hour)) {
		t.Errorf("asked anew: %+v, next at %s", a.Care, next)
	}
	if _, err := d.KeepAftercare(meta(later.Add(time.Hour)), d.agreement); err != nil || a.Care.Attempts != 2 || a.Care.Repeats != 1 {
		t.Errorf("asked again: %+v, %v", a.Care, err)
	}
	must(t, d.AnswerAftercare(meta(later), no))
	if err := d.CloseAftercare(staff(later), d.agreement, collection.AftercareRefused); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("closed as refused: %v", err)
	}
	must(t, d.CloseAftercare(staff(later), d.agreement, collection.AftercareClosed))
	yes := collection.AftercareAnswered{Agreement: d.agreement, Outcome: collection.AftercareConfirmed}
	err := d.AnswerAftercare(meta(later), yes)
	if !errors.Is(err, collection.ErrAnsweredOtherwise) || a.Care.Outcome != collection.AftercareClosed {
		t.Errorf("answered once it was closed: %v, %+v", err, a.Care)
	}

	d = askedBack(t, collection.AftercareOnFirst)
	a, _ = d.Agreement(d.agreement)
	must(t, d.AnswerAftercare(meta(noon), no))
	must(t, d.CloseAftercare(staff(noon), d.agreement, collection.AftercareConfirmed))
	if a.Care.Benefit.Kind != collection.BenefitReduced || a.AftercareFailed() {
		t.Errorf("brought back by hand: %+v", a.Care)
	}
	d = askedBack(t, collection.AftercareOnFirst)
	must(t, d.AnswerAftercare(meta(noon), no))
	must(t, d.Recall(staff(noon), nil, day("2026-03-20"), plain))
	if err := d.RepeatAftercare(staff(noon), d.agreement); !errors.Is(err, collection.ErrAgreementEnded) {
		t.Errorf("asked anew for a deal that ended: %v", err)
	}
}
