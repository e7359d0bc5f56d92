package dynamo

import (
	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// agreementPayload maps the events of a deal's life after its signature.
func agreementPayload(event collection.Event) (any, bool) {
	switch e := event.(type) {
	case collection.AgreementEnded:
		return events.AgreementEnded{
			AgreementID: e.Agreement.String(), Status: string(e.Reason.Status()), Reason: string(e.Reason), On: dateText(e.On),
			Credits: each(e.Credits, wireCredited), Late: wireComponents(e.Late), ExcessCentavos: int64(e.Excess),
			Lines: each(e.Lines, wireLine),
		}, true
	case collection.DebtsCredited:
		return events.DebtsCredited{
			AgreementID: e.Agreement.String(), PaymentIntentID: e.Intent.String(), AmountCentavos: int64(e.Amount), On: dateText(e.On),
			Credits: each(e.Credits, wireCredited), Lines: each(e.Lines, wireLine),
		}, true
	case collection.ReviewRequested:
		return events.ReviewRequested{ProposalID: e.Proposal.String(), Until: utc(e.Until)}, true
	case collection.ProposalReviewed:
		return events.ProposalReviewed{ProposalID: e.Proposal.String(), Outcome: string(e.Outcome), ExpiresAt: utc(e.ExpiresAt)}, true
	case collection.DebtsMoved:
		return events.DebtsMoved{DebtIDs: each(e.Debts, debtIDText), Status: string(e.Status), Lines: each(e.Lines, wireLine)}, true
	case collection.AftercareAnswered:
		return events.AftercareAnswered{
			AgreementID: e.Agreement.String(), Outcome: string(e.Outcome), Reason: e.Reason, Benefit: string(e.Benefit.Kind),
			BenefitUntil: dateText(e.Benefit.Until), BenefitVersion: e.Benefit.Version,
		}, true
	}
	return nil, false
}

func agreementEvent(p *parser, payload any) collection.Event {
	switch e := payload.(type) {
	case events.AgreementEnded:
		out := collection.AgreementEnded{
			Reason: collection.EndReason(e.Reason), On: p.date(e.On), Credits: back(e.Credits, p.credited), Late: domainComponents(e.Late),
			Excess: money.Centavos(e.ExcessCentavos), Lines: back(e.Lines, domainLine),
		}
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	case events.DebtsCredited:
		out := collection.DebtsCredited{
			Amount: money.Centavos(e.AmountCentavos), On: p.date(e.On), Credits: back(e.Credits, p.credited),
			Lines: back(e.Lines, domainLine),
		}
		parseInto(p, e.AgreementID, &out.Agreement)
		parseInto(p, e.PaymentIntentID, &out.Intent)
		return out
	case events.ReviewRequested:
		out := collection.ReviewRequested{Until: utc(e.Until)}
		parseInto(p, e.ProposalID, &out.Proposal)
		return out
	case events.ProposalReviewed:
		out := collection.ProposalReviewed{Outcome: collection.ReviewOutcome(e.Outcome), ExpiresAt: utc(e.ExpiresAt)}
		parseInto(p, e.ProposalID, &out.Proposal)
		return out
	case events.DebtsMoved:
		return collection.DebtsMoved{
			Debts: back(e.DebtIDs, p.debtID), Status: collection.DebtStatus(e.Status), Lines: back(e.Lines, domainLine),
		}
	case events.AftercareAnswered:
		out := collection.AftercareAnswered{
			Outcome: collection.AftercareOutcome(e.Outcome), Reason: e.Reason, Benefit: collection.GrantedBenefit{
				Kind: collection.BenefitKind(e.Benefit), Until: p.date(e.BenefitUntil), Version: e.BenefitVersion,
			},
		}
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	}
	return nil
}

func wireBenefit(b collection.Benefit) events.Benefit {
	return events.Benefit{Kind: string(b.Kind), Days: b.Days, Version: b.Version}
}

func domainBenefit(b events.Benefit) collection.Benefit {
	return collection.Benefit{Kind: collection.BenefitKind(b.Kind), Days: b.Days, Version: b.Version}
}

func agreementIDText(id collection.AgreementID) string { return id.String() }

func (p *parser) agreementID(text string) (id collection.AgreementID) {
	parseInto(p, text, &id)
	return id
}

func wireCredited(c collection.Credited) events.Credit {
	return events.Credit{
		DebtID: c.Debt.String(), Paid: wireComponents(c.Paid), Kept: wireComponents(c.Kept), FeeCentavos: int64(c.Fee),
		Left: wireComponents(c.Left),
	}
}

func (p *parser) credited(c events.Credit) collection.Credited {
	return collection.Credited{
		Credit: collection.Credit{Debt: p.debtID(c.DebtID), Paid: domainComponents(c.Paid), Kept: domainComponents(c.Kept)},
		Fee:    money.Centavos(c.FeeCentavos), Left: domainComponents(c.Left),
	}
}

func wireUndone(c collection.Undone) events.Undone {
	return events.Undone{DebtID: c.Debt.String(), Paid: wireComponents(c.Paid)}
}

func (p *parser) undone(c events.Undone) collection.Undone {
	return collection.Undone{Debt: p.debtID(c.DebtID), Paid: domainComponents(c.Paid)}
}

func wireRules(r collection.DealRules) events.DealRules {
	return events.DealRules{
		ToleranceDays: r.ToleranceDays, Discounts: string(r.Discounts), FeeRate: r.FeeRate, AccelerationMissed: r.AccelerationMissed,
		WithdrawalDays: r.WithdrawalDays, AftercareOn: string(r.AftercareOn),
		Benefit: wireBenefit(r.Benefit),
	}
}

func domainRules(r events.DealRules) collection.DealRules {
	return collection.DealRules{
		ToleranceDays: r.ToleranceDays, Discounts: collection.BreachDiscounts(r.Discounts), FeeRate: r.FeeRate,
		AccelerationMissed: r.AccelerationMissed, WithdrawalDays: r.WithdrawalDays,
		AftercareOn: collection.AftercareMoment(r.AftercareOn),
		Benefit:     domainBenefit(r.Benefit),
	}
}
