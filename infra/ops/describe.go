package main

import (
	"fmt"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// describe tells an event in a few words. Events hold no personal data, and so does this.
func describe(event collection.Event) string {
	switch e := event.(type) {
	case collection.CaseOpened:
		return fmt.Sprintf("%s participant in %s", e.Standing, orNone(e.UF))
	case collection.ParticipantRevised:
		return fmt.Sprintf("now %s participant in %s", e.Standing, orNone(e.UF))
	case collection.DebtsPlaced:
		return fmt.Sprintf("%d debts, %s", len(e.Debts), principal(e.Debts))
	case collection.DebtsRevised:
		return fmt.Sprintf("%d debts, now %s", len(e.Debts), principal(e.Debts))
	case collection.ServiceRestoreRequested:
		return "for agreement " + e.Agreement.String()
	case collection.PlanReactivationRequested:
		return "for agreement " + e.Agreement.String()
	}
	if said := describeDeal(event) + describePayment(event); said != "" {
		return said
	}
	if said := describePromise(event); said != "" {
		return said
	}
	return describeContact(event)
}

func describePromise(event collection.Event) string {
	switch e := event.(type) {
	case collection.ReminderPaused:
		return fmt.Sprintf("pause %s by %s from %s until %s", e.Pause.ID, e.Pause.Source, e.Pause.From.UTC(), e.Pause.Until.UTC())
	case collection.PauseLifted:
		return fmt.Sprintf("pause %s ended at %s", e.ID, e.Until.UTC())
	case collection.PromiseMade:
		return fmt.Sprintf("promise %s of %s on %s", e.Promise, e.Amount, e.Day)
	case collection.PromiseFulfilled:
		return "promise " + e.Promise.String()
	case collection.PromiseFailed:
		return "promise " + e.Promise.String()
	case collection.PromiseTakenBack:
		return "promise " + e.Promise.String()
	}
	return ""
}

func describeDeal(event collection.Event) string {
	switch e := event.(type) {
	case collection.ProposalCreated:
		return fmt.Sprintf("contract %s, %s in %d, open until %s", e.ContractNumber, e.Terms.Total, len(e.Terms.Schedule), e.ExpiresAt.UTC())
	case collection.ProposalRefused:
		return "proposal " + e.Proposal.String()
	case collection.SignedContract:
		return fmt.Sprintf("agreement %s, evidence %.12s…", e.Agreement, e.EvidenceHash)
	case collection.AgreementEnded:
		return fmt.Sprintf("agreement %s %s: %s; %d debts credited, %s owed back", e.Agreement, e.Reason.Status(), e.Reason,
			len(e.Credits), e.Excess)
	case collection.ReviewRequested:
		return fmt.Sprintf("proposal %s, to be decided until %s", e.Proposal, e.Until.UTC())
	case collection.ProposalReviewed:
		return fmt.Sprintf("proposal %s %s", e.Proposal, e.Outcome)
	case collection.DebtsMoved:
		return fmt.Sprintf("%d debts now %s", len(e.Debts), e.Status)
	case collection.DecisionPut:
		return fmt.Sprintf("%s %s about %s, to be confirmed by another operator than %s", e.Kind, e.Outcome, e.Amount, e.By)
	case collection.DecisionAnswered:
		if e.Confirmed {
			return fmt.Sprintf("%s of event %d confirmed", e.Kind, e.Put)
		}
		return fmt.Sprintf("%s of event %d refused", e.Kind, e.Put)
	case collection.AftercareAnswered:
		return fmt.Sprintf("agreement %s: %s %s", e.Agreement, e.Outcome, e.Reason)
	case collection.DebtsCredited:
		return fmt.Sprintf("%s after the end of agreement %s, to %d debts", e.Amount, e.Agreement, len(e.Credits))
	}
	return ""
}

func describeContact(event collection.Event) string {
	switch e := event.(type) {
	case collection.RulerStarted:
		return fmt.Sprintf("generation %d of %s, anchored on %s", e.Generation, e.Version, e.Anchor)
	case collection.RungPassed:
		return fmt.Sprintf("rung %s: %s", e.Rung, e.Reason)
	case collection.RulerEnded:
		return fmt.Sprintf("generation %d: %s", e.Generation, e.Reason)
	case collection.RulerConcluded:
		return fmt.Sprintf("generation %d: %s", e.Generation, e.Action)
	case collection.ContactPlan:
		return fmt.Sprintf("%s by %s, %s %s, law %s", e.Purpose, e.Channel, e.Template, e.Rung, e.Verdict.PackVersion)
	case collection.ContactWithheld:
		return fmt.Sprintf("%s by %s, %s: %s by %v", e.Purpose, e.Channel, e.Rung, e.Verdict.Outcome, e.Verdict.Rules)
	case collection.ContactClaim:
		return "contact " + e.Contact.String()
	case collection.ContactClosed:
		return fmt.Sprintf("contact %s %s %s", e.Contact, e.Status, e.Reason)
	case collection.ContactPointChanged:
		return fmt.Sprintf("%s: on file %t, %s, consent %t", e.Channel, e.OnFile, e.Quality, e.Consent)
	case collection.ParticipantOptedOut:
		return fmt.Sprintf("no more by %v, said by %s", e.Channels, e.Source)
	case collection.ParticipantOptedIn:
		return fmt.Sprintf("again by %v", e.Channels)
	}
	return ""
}

func principal(debts []collection.PlacedDebt) money.Centavos {
	var sum money.Centavos
	for _, d := range debts {
		sum += d.Principal
	}
	return sum
}
