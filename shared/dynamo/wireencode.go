package dynamo

import (
	"fmt"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
)

// payloadOf maps a domain event to its payload on the wire.
func payloadOf(event collection.Event) (any, error) {
	switch e := event.(type) {
	case collection.CaseOpened:
		return events.CaseOpened{
			Standing: string(e.Standing), UF: e.UF, PersonKey: e.PersonKey, HasEmail: e.HasEmail, HasPhone: e.HasPhone,
			Score: e.Score, Segment: e.Segment,
		}, nil
	case collection.ParticipantRevised:
		return events.ParticipantRevised{
			Standing: string(e.Standing), UF: e.UF, HasEmail: e.HasEmail, HasPhone: e.HasPhone, Renewed: back(e.Renewed, channelText),
			Score: e.Score, Segment: e.Segment,
		}, nil
	case collection.DebtsPlaced:
		return events.DebtsPlaced{Debts: each(e.Debts, wireDebt), Lines: each(e.Lines, wireLine)}, nil
	case collection.DebtsRevised:
		return events.DebtsRevised{Debts: each(e.Debts, wireDebt), Lines: each(e.Lines, wireLine)}, nil
	case collection.ProposalCreated:
		return events.ProposalCreated{
			ProposalID: e.Proposal.String(), OfferHash: e.OfferHash, ContractNumber: e.ContractNumber, Template: e.Template,
			TextHash: e.TextHash, PDFHash: e.PDFHash, Terms: wireTerms(e.Terms), Rules: wireRules(e.Rules), ExpiresAt: utc(e.ExpiresAt),
		}, nil
	case collection.ProposalRefused:
		return events.ProposalRefused{ProposalID: e.Proposal.String()}, nil
	case collection.SignedContract:
		return events.ContractSigned{
			ProposalID: e.Proposal.String(), AgreementID: e.Agreement.String(), EvidenceHash: e.EvidenceHash,
			Aftercare: string(e.Aftercare), Restructures: each(e.Restructures, agreementIDText), Lines: each(e.Lines, wireLine),
		}, nil
	case collection.ServiceRestoreRequested:
		return events.ServiceRestoreRequested{
			AgreementID: e.Agreement.String(), DebtIDs: each(e.Debts, debtIDText), Attempt: e.Attempt, Repeat: e.Repeat,
			Until: utc(e.Until),
		}, nil
	case collection.PlanReactivationRequested:
		return events.PlanReactivationRequested{
			AgreementID: e.Agreement.String(), DebtIDs: each(e.Debts, debtIDText), Attempt: e.Attempt, Repeat: e.Repeat,
			Until: utc(e.Until), Benefit: wireBenefit(e.Benefit),
		}, nil
	}
	for _, kinds := range []func(collection.Event) (any, bool){
		agreementPayload, decisionPayload, paymentPayload, contactPayload, pointPayload, promisePayload,
	} {
		if payload, ok := kinds(event); ok {
			return payload, nil
		}
	}
	return nil, fmt.Errorf("event %T has no wire form", event)
}

func contactPayload(event collection.Event) (any, bool) {
	switch e := event.(type) {
	case collection.RulerStarted:
		return events.RulerStarted{Generation: e.Generation, Version: e.Version, Anchor: dateText(e.Anchor), Keeps: e.Keeps}, true
	case collection.RungPassed:
		return events.RungSkipped{Generation: e.Generation, Rung: e.Rung, Reason: e.Reason}, true
	case collection.RulerEnded:
		return events.RulerEnded{Generation: e.Generation, Reason: e.Reason}, true
	case collection.ContactPlan:
		return events.ContactPlanned{
			ContactID: e.Contact.String(), Purpose: string(e.Purpose), Channel: string(e.Channel), Template: e.Template,
			Generation: e.Generation, Rung: e.Rung, PaymentIntentID: e.Intent.String(), Verdict: wireVerdict(e.Verdict),
			Passed: wirePassed(e.Passed),
		}, true
	case collection.ContactWithheld:
		return events.ContactWithheld{
			Purpose: string(e.Purpose), Channel: string(e.Channel), Generation: e.Generation, Rung: e.Rung, Verdict: wireVerdict(e.Verdict),
			Passed: wirePassed(e.Passed),
		}, true
	case collection.ContactClaim:
		return events.ContactClaimed{ContactID: e.Contact.String(), Verdict: wireVerdict(e.Verdict)}, true
	case collection.ContactClosed:
		closed := events.ContactClosed{ContactID: e.Contact.String(), Status: string(e.Status), Reason: e.Reason}
		if e.Verdict.Outcome != "" {
			verdict := wireVerdict(e.Verdict)
			closed.Verdict = &verdict
		}
		return closed, true
	}
	return nil, false
}
