package events

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// Type is one kind of event on the wire.
type Type struct {
	Name    string
	Version int
	payload reflect.Type
	open    func(json.RawMessage) (any, error)
}

// Payload is the Go type of the event's payload.
func (t Type) Payload() reflect.Type { return t.payload }

// Types lists every event, by name.
func Types() []Type {
	return []Type{
		first[AftercareAnswered]("aftercare.answered"),
		first[DebtsMoved]("case.debts_moved"),
		first[DecisionProposed]("decision.proposed"),
		first[DecisionAnswered]("decision.answered"),
		first[CasePaused]("case.paused"),
		first[PauseLifted]("case.pause_lifted"),
		first[ReviewRequested]("proposal.review_requested"),
		first[ProposalReviewed]("proposal.reviewed"),
		first[DebtsCredited]("agreement.debts_credited"),
		first[AgreementEnded]("agreement.ended"),
		first[ParticipantRevised]("case.participant_revised"),
		first[CaseOpened]("case.opened"),
		first[DebtsPlaced]("case.debts_placed"),
		first[DebtsRevised]("case.debts_revised"),
		first[ContactClaimed]("contact.claimed"),
		first[ContactClosed]("contact.closed"),
		first[ContactPlanned]("contact.planned"),
		first[ContactWithheld]("contact.withheld"),
		first[ContactPointChanged]("contact_point.changed"),
		first[ContractSigned]("contract.signed"),
		first[MandateGiven]("mandate.given"),
		first[ParticipantOptedIn]("participant.opted_in"),
		first[ParticipantOptedOut]("participant.opted_out"),
		first[PaymentClosed]("payment.closed"),
		first[PaymentIssued]("payment.issued"),
		first[PaymentNoticed]("payment.noticed"),
		first[PaymentPosted]("payment.posted"),
		first[PaymentRefused]("payment.refused"),
		first[RefundAnswered]("payment.refund_answered"),
		first[RefundRequested]("payment.refund_requested"),
		first[PaymentRequested]("payment.requested"),
		first[PaymentRerouted]("payment.rerouted"),
		first[PaymentReturned]("payment.returned"),
		first[PlanReactivationRequested]("plan.reactivation_requested"),
		first[PromiseBroken]("promise.broken"),
		first[PromiseKept]("promise.kept"),
		first[PromiseMade]("promise.made"),
		first[PromiseWithdrawn]("promise.withdrawn"),
		first[ProposalCreated]("proposal.created"),
		first[ProposalRefused]("proposal.refused"),
		first[RulerConcluded]("ruler.concluded"),
		first[RulerEnded]("ruler.ended"),
		first[RungSkipped]("ruler.rung_skipped"),
		first[RulerStarted]("ruler.started"),
		first[ServiceRestoreRequested]("service.restore_requested"),
	}
}

// first describes version 1 of an event whose payload is P.
func first[P any](name string) Type {
	return Type{name, 1, reflect.TypeFor[P](), func(body json.RawMessage) (any, error) {
		var p P
		if err := strict(body, &p); err != nil {
			return nil, fmt.Errorf("payload of %s: %w", name, err)
		}
		return p, nil
	}}
}

func lookup(name string, version int) (Type, bool) {
	for _, t := range Types() {
		if t.Name == name && t.Version == version {
			return t, true
		}
	}
	return Type{}, false
}

func typeOf(payload any) (Type, bool) {
	for _, t := range Types() {
		if t.payload == reflect.TypeOf(payload) {
			return t, true
		}
	}
	return Type{}, false
}
