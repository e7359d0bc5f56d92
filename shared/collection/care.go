package collection

import (
	"fmt"
	"time"
)

// AftercareOutcome is what became of a request to restore a service or to reactivate a plan.
type AftercareOutcome string

// The outcomes. One that the creditor's system did not give in time is unanswered, and can still be given.
const (
	AftercareConfirmed  AftercareOutcome = "confirmed"
	AftercareRefused    AftercareOutcome = "refused"
	AftercareUnanswered AftercareOutcome = "unanswered"
)

// Care is how far an agreement's aftercare has come. Until is when the creditor's system has to have answered.
type Care struct {
	Attempts   int
	Until      time.Time
	Outcome    AftercareOutcome // empty while it is open
	Reason     string           // the creditor's own code of a refusal; never personal data
	Benefit    BenefitKind      // of a plan that came back
	AnsweredAt time.Time
}

// AftercareAnswered says what the creditor's system answered, or that it did not in time.
type AftercareAnswered struct {
	Agreement AgreementID
	Outcome   AftercareOutcome
	Reason    string
	Benefit   BenefitKind
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
	days := a.Rules.Benefit.Days
	if days == 0 {
		days = answerDays
	}
	return d.requestCare(meta, *a, meta.At.Add(time.Duration(days)*24*time.Hour).UTC())
}

func (d *Dossier) requestCare(meta Meta, a Agreement, until time.Time) error {
	switch attempt := a.Care.Attempts + 1; a.Aftercare {
	case AftercareService:
		return d.Record(meta, ServiceRestoreRequested{Agreement: a.ID, Debts: a.Debts, Attempt: attempt, Until: until})
	case AftercareReactivation:
		return d.Record(meta, PlanReactivationRequested{
			Agreement: a.ID, Debts: a.Debts, Attempt: attempt, Until: until, Benefit: a.Rules.Benefit,
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

// AnswerAftercare records what the creditor's system answered. The same answer again changes nothing; another one after the first is
// ErrConflict, and an answer to nothing that was asked ErrNotFound. A benefit other than the rules' is the creditor's to give.
func (d *Dossier) AnswerAftercare(meta Meta, answer AftercareAnswered) error {
	a, ok := d.Agreement(answer.Agreement)
	if !ok || a.AftercareAt.IsZero() {
		return fmt.Errorf("%w: aftercare", ErrNotFound)
	}
	switch a.Care.Outcome {
	case answer.Outcome:
		return nil
	case AftercareConfirmed, AftercareRefused:
		return fmt.Errorf("%w: the request was answered otherwise", ErrConflict)
	case AftercareUnanswered:
	}
	if answer.Outcome == AftercareConfirmed && answer.Benefit == "" && a.Aftercare == AftercareReactivation {
		answer.Benefit = a.Rules.Benefit.Kind
	}
	return d.Record(meta, answer)
}
