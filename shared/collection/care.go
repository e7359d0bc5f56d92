package collection

import (
	"cmp"
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
)

// AftercareOutcome is what became of a request to restore a service or to reactivate a plan.
type AftercareOutcome string

// The outcomes. One that the creditor's system did not give in time is unanswered, and can still be given. One that staff settled by other
// means than the service or plan is closed.
const (
	AftercareConfirmed  AftercareOutcome = "confirmed"
	AftercareRefused    AftercareOutcome = "refused"
	AftercareUnanswered AftercareOutcome = "unanswered"
	AftercareClosed     AftercareOutcome = "closed"
)

// Care is how far an agreement's aftercare has come. Until is when the creditor's system has to have answered.
type Care struct {
	Attempts   int
	Repeats    int // how often staff had it asked anew after it had ended without the service or plan
	Until      time.Time
	Outcome    AftercareOutcome // empty while it is open
	Reason     string           // the creditor's own code of a refusal; never personal data
	Benefit    GrantedBenefit   // of a plan that came back
	AnsweredAt time.Time
}

// GrantedBenefit is the waiting-period benefit with which a plan came back. Until is the last day on which it can be used, zero without
// one; Version names the creditor's rule. Both are the creditor's to give.
type GrantedBenefit struct {
	Kind    BenefitKind
	Until   calendar.Date
	Version string
}

// AftercareAnswered says what the creditor's system answered, or that it did not in time.
type AftercareAnswered struct {
	Agreement AgreementID
	Outcome   AftercareOutcome
	Reason    string
	Benefit   GrantedBenefit
}

// Type implements Event.
func (AftercareAnswered) Type() string { return "aftercare.answered" }

func (e AftercareAnswered) apply(d *Dossier, seq int64, at time.Time) error {
	a, ok := d.Agreement(e.Agreement)
	if !ok {
		return fmt.Errorf("%w: agreement %s", ErrNotFound, e.Agreement)
	}
	a.Care.Outcome, a.Care.Reason, a.Care.Benefit, a.Care.AnsweredAt, a.Revision = e.Outcome, e.Reason, e.Benefit, at, seq
	return nil
}

// answerDays is how long a creditor's system has to answer when the rules do not say.
const answerDays = 5

// NextAftercare is when the creditor's system is asked again, or, at Care.Until, asked no more: an hour, six hours and a day after the
// first request, then daily. It is false when nothing is asked, or an answer came.
func (a Agreement) NextAftercare() (time.Time, bool) {
	if a.AftercareAt.IsZero() || a.Care.Outcome != "" || ended(a) {
		return time.Time{}, false
	}
	var after time.Duration
	switch n := a.Care.Attempts; {
	case n <= 1:
		after = time.Hour
	case n == 2:
		after = 6 * time.Hour
	default:
		after = time.Duration(n-2) * 24 * time.Hour
	}
	at := a.AftercareAt.Add(after)
	if at.After(a.Care.Until) {
		at = a.Care.Until
	}
	return at, true
}

// askAftercare asks the creditor's system once: when the first instalment is fully paid, or the whole deal, as its rules say.
func (d *Dossier) askAftercare(meta Meta, id AgreementID) error {
	a, _ := d.Agreement(id)
	if ended(*a) || a.Status == AgreementPendingFirstPayment || !a.AftercareAt.IsZero() {
		return nil
	}
	if a.Rules.AftercareOn == AftercareOnSettled && a.Status != AgreementFulfilled {
		return nil
	}
	return d.requestCare(meta, *a, careUntil(*a, meta.At))
}

func careUntil(a Agreement, asked time.Time) time.Time {
	return asked.Add(time.Duration(cmp.Or(a.Rules.Benefit.Days, answerDays)) * 24 * time.Hour).UTC()
}

func (d *Dossier) requestCare(meta Meta, a Agreement, until time.Time) error {
	switch attempt := a.Care.Attempts + 1; a.Aftercare {
	case AftercareService:
		return d.Record(meta, ServiceRestoreRequested{
			Agreement: a.ID, Debts: a.Debts, Attempt: attempt, Repeat: a.Care.Repeats, Until: until,
		})
	case AftercareReactivation:
		return d.Record(meta, PlanReactivationRequested{
			Agreement: a.ID, Debts: a.Debts, Attempt: attempt, Repeat: a.Care.Repeats, Until: until, Benefit: a.Rules.Benefit,
		})
	case AftercareNone:
	}
	return nil
}

// KeepAftercare asks the creditor's system again once the time has come, and gives up at the end: then it records that no answer came and
// reports true.
func (d *Dossier) KeepAftercare(meta Meta, id AgreementID) (unanswered bool, err error) {
	a, ok := d.Agreement(id)
	if !ok {
		return false, fmt.Errorf("%w: agreement", ErrNotFound)
	}
	next, open := a.NextAftercare()
	if !open || meta.At.Before(next) {
		return false, nil
	}
	if !meta.At.Before(a.Care.Until) {
		return true, d.Record(meta, AftercareAnswered{Agreement: id, Outcome: AftercareUnanswered})
	}
	return false, d.requestCare(meta, *a, a.Care.Until)
}

// AnswerAftercare records what the creditor's system answered. The first answer stands: the same outcome again changes nothing, another one
// is ErrAnsweredOtherwise, and an answer to nothing that was asked ErrNotFound. A benefit other than the rules' is the creditor's to give.
func (d *Dossier) AnswerAftercare(meta Meta, answer AftercareAnswered) error {
	a, ok := d.Agreement(answer.Agreement)
	if !ok || a.AftercareAt.IsZero() {
		return fmt.Errorf("%w: aftercare", ErrNotFound)
	}
	switch a.Care.Outcome {
	case answer.Outcome:
		return nil
	case AftercareConfirmed, AftercareRefused, AftercareClosed:
		return ErrAnsweredOtherwise
	case AftercareUnanswered:
	}
	return d.Record(meta, a.granting(answer))
}

// granting gives a confirmed plan the benefit of the deal's rules when the answer names none.
func (a Agreement) granting(answer AftercareAnswered) AftercareAnswered {
	if answer.Outcome == AftercareConfirmed && answer.Benefit == (GrantedBenefit{}) && a.Aftercare == AftercareReactivation {
		answer.Benefit = GrantedBenefit{Kind: a.Rules.Benefit.Kind, Version: a.Rules.Benefit.Version}
	}
	return answer
}

// AftercareFailed reports whether the participant paid and the creditor's system did not bring back what the payment was to bring back,
// which is for people to settle.
func (a Agreement) AftercareFailed() bool {
	return a.Care.Outcome == AftercareRefused || a.Care.Outcome == AftercareUnanswered
}

// RepeatAftercare asks the creditor's system anew after a refusal or none in time, with the whole time to answer. It is ErrInvalid when the
// request is open or was met, and without a reason, and ErrAgreementEnded for a deal that ended without payment.
func (d *Dossier) RepeatAftercare(meta Meta, id AgreementID) error {
	a, err := d.failedCare(meta, id)
	if err != nil {
		return err
	}
	if ended(*a) {
		return ErrAgreementEnded
	}
	again := *a
	again.Care.Attempts, again.Care.Repeats = 0, a.Care.Repeats+1
	return d.requestCare(meta, again, careUntil(again, meta.At))
}

// CloseAftercare records what staff found out or settled about a request that was refused or not answered in time: confirmed, when the
// service or plan is back after all, or closed. It is ErrInvalid when the request is open or was met, and without a reason.
func (d *Dossier) CloseAftercare(meta Meta, id AgreementID, outcome AftercareOutcome) error {
	if outcome != AftercareConfirmed && outcome != AftercareClosed {
		return fmt.Errorf("%w: outcome", ErrInvalid)
	}
	a, err := d.failedCare(meta, id)
	if err != nil {
		return err
	}
	return d.Record(meta, a.granting(AftercareAnswered{Agreement: id, Outcome: outcome}))
}

func (d *Dossier) failedCare(meta Meta, id AgreementID) (*Agreement, error) {
	if err := mustSayWhy(meta); err != nil {
		return nil, err
	}
	a, ok := d.Agreement(id)
	if !ok || a.AftercareAt.IsZero() {
		return nil, fmt.Errorf("%w: aftercare", ErrNotFound)
	}
	if !a.AftercareFailed() {
		return nil, fmt.Errorf("%w: the request for aftercare has not failed", ErrInvalid)
	}
	return a, nil
}
