package dynamo

import (
	"fmt"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
)

// eventOf maps a payload of the wire to the domain event. What cannot be read is in p.err.
func eventOf(p *parser, payload any) collection.Event {
	switch e := payload.(type) {
	case events.CaseOpened:
		return collection.CaseOpened{
			Standing: collection.Standing(e.Standing), UF: e.UF, PersonKey: e.PersonKey, HasEmail: e.HasEmail, HasPhone: e.HasPhone,
			Score: e.Score, Segment: e.Segment,
		}
	case events.ParticipantRevised:
		return collection.ParticipantRevised{
			Standing: collection.Standing(e.Standing), UF: e.UF, HasEmail: e.HasEmail, HasPhone: e.HasPhone,
			Renewed: back(e.Renewed, channelOf), Score: e.Score, Segment: e.Segment,
		}
	case events.DebtsPlaced:
		return collection.DebtsPlaced{Debts: back(e.Debts, p.debt), Lines: back(e.Lines, domainLine)}
	case events.DebtsRevised:
		return collection.DebtsRevised{Debts: back(e.Debts, p.debt), Lines: back(e.Lines, domainLine)}
	case events.ProposalCreated:
		out := collection.ProposalCreated{
			OfferHash: e.OfferHash, ContractNumber: e.ContractNumber, Template: e.Template, TextHash: e.TextHash, PDFHash: e.PDFHash,
			Terms: p.terms(e.Terms), Rules: domainRules(e.Rules), ExpiresAt: utc(e.ExpiresAt),
		}
		parseInto(p, e.ProposalID, &out.Proposal)
		return out
	case events.ProposalRefused:
		var out collection.ProposalRefused
		parseInto(p, e.ProposalID, &out.Proposal)
		return out
	case events.ContractSigned:
		out := collection.SignedContract{
			EvidenceHash: e.EvidenceHash, Aftercare: collection.Aftercare(e.Aftercare),
			Restructures: back(e.Restructures, p.agreementID), Lines: back(e.Lines, domainLine),
		}
		parseInto(p, e.ProposalID, &out.Proposal)
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	case events.ServiceRestoreRequested:
		out := collection.ServiceRestoreRequested{
			Debts: back(e.DebtIDs, p.debtID), Attempt: e.Attempt, Repeat: e.Repeat, Until: utc(e.Until),
		}
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	case events.PlanReactivationRequested:
		out := collection.PlanReactivationRequested{
			Debts: back(e.DebtIDs, p.debtID), Attempt: e.Attempt, Repeat: e.Repeat, Until: utc(e.Until),
			Benefit: domainBenefit(e.Benefit),
		}
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	}
	if event := decisionEvent(p, payload); event != nil {
		return event
	}
	if event := agreementEvent(p, payload); event != nil {
		return event
	}
	if event := paymentEvent(p, payload); event != nil {
		return event
	}
	if event := pointEvent(payload); event != nil {
		return event
	}
	if event := promiseEvent(p, payload); event != nil {
		return event
	}
	return contactEvent(p, payload)
}

func contactEvent(p *parser, payload any) collection.Event {
	switch e := payload.(type) {
	case events.RulerStarted:
		return collection.RulerStarted{Generation: e.Generation, Version: e.Version, Anchor: p.date(e.Anchor), Keeps: e.Keeps}
	case events.RungSkipped:
		return collection.RungPassed{Generation: e.Generation, Rung: e.Rung, Reason: e.Reason}
	case events.RulerEnded:
		return collection.RulerEnded{Generation: e.Generation, Reason: e.Reason}
	case events.ContactPlanned:
		out := collection.ContactPlan{
			Purpose: collection.Purpose(e.Purpose), Channel: collection.Channel(e.Channel), Template: e.Template,
			Generation: e.Generation, Rung: e.Rung, Verdict: domainVerdict(e.Verdict), Passed: domainPassed(e.Passed),
		}
		parseInto(p, e.ContactID, &out.Contact)
		parseInto(p, e.PaymentIntentID, &out.Intent)
		return out
	case events.ContactWithheld:
		return collection.ContactWithheld{
			Purpose: collection.Purpose(e.Purpose), Channel: collection.Channel(e.Channel), Generation: e.Generation, Rung: e.Rung,
			Verdict: domainVerdict(e.Verdict), Passed: domainPassed(e.Passed),
		}
	case events.ContactClaimed:
		out := collection.ContactClaim{Verdict: domainVerdict(e.Verdict)}
		parseInto(p, e.ContactID, &out.Contact)
		return out
	case events.ContactClosed:
		out := collection.ContactClosed{Status: collection.ContactStatus(e.Status), Reason: e.Reason}
		if e.Verdict != nil {
			out.Verdict = domainVerdict(*e.Verdict)
		}
		parseInto(p, e.ContactID, &out.Contact)
		return out
	}
	p.fail("payload", fmt.Errorf("%T has no domain event", payload))
	return nil
}
