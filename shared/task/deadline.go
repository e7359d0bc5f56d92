package task

import (
	"slices"

	"fmt"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/collection"
)

// Deadline reads the events that start a deadline.
func Deadline(e events.Envelope) (agreement.Subject, error) {
	subject := agreement.Subject{Generation: 1, At: e.OccurredAt}
	payload, err := e.Open()
	if err != nil {
		return subject, err
	}
	switch p := payload.(type) {
	case events.ContractSigned:
		subject.Kind, subject.ID = agreement.KindPayments, p.AgreementID
	case events.PaymentReturned:
		// What left is owed again: the execution of a fulfilled deal has ended, and any other sleeps too long. The number of the event makes
		// a name that no earlier one has.
		live := []string{string(collection.AgreementPendingFirstPayment), string(collection.AgreementActive)}
		if p.UnappliedCentavos > 0 && slices.Contains(live, p.AgreementStatus) {
			subject.Kind, subject.ID, subject.Generation = agreement.KindPayments, p.AgreementID, int(e.Seq)
		}
	case events.AgreementEnded:
		subject.Kind, subject.ID = agreement.KindEnding, p.AgreementID
	case events.ReviewRequested:
		subject.Kind, subject.ID = agreement.KindReview, p.ProposalID
	case events.ServiceRestoreRequested:
		subject.Kind, subject.ID, subject.Generation = agreement.KindAftercare, p.AgreementID, 1+p.Repeat
	case events.PlanReactivationRequested:
		subject.Kind, subject.ID, subject.Generation = agreement.KindAftercare, p.AgreementID, 1+p.Repeat
	default:
		return subject, fmt.Errorf("%w: event of type %s", collection.ErrInvalid, e.Type)
	}
	if subject.Creditor, err = collection.ParseCreditorID(e.CreditorID); err != nil {
		return subject, err
	}
	subject.Case, err = collection.ParseID[collection.CaseNoun](e.CaseID)
	return subject, err
}
