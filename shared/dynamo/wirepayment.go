package dynamo

import (
	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

func paymentPayload(event collection.Event) (any, bool) {
	switch e := event.(type) {
	case collection.MandateGiven:
		return events.MandateGiven{
			MandateID: e.Mandate, AgreementID: e.Agreement.String(), PartialDebit: e.PartialDebit, Overdraft: e.Overdraft,
		}, true
	case collection.PaymentRequested:
		return events.PaymentRequested{
			PaymentIntentID: e.Intent.String(), AgreementID: e.Agreement.String(), Instalment: e.Instalment, Method: string(e.Method),
			AmountCentavos: int64(e.Amount), ExpiresAt: utc(e.ExpiresAt), Provider: e.Provider, Account: e.Account,
			FineRate: e.FineRate, MonthlyInterest: e.MonthlyInterest, MandateID: e.Mandate,
		}, true
	case collection.PaymentIssued:
		return events.PaymentIssued{PaymentIntentID: e.Intent.String(), Code: events.PayCode(e.Code)}, true
	case collection.PaymentRerouted:
		return events.PaymentRerouted{
			PaymentIntentID: e.Intent.String(), Provider: e.Provider, Account: e.Account, Reason: e.Reason,
		}, true
	case collection.PaymentNoticed:
		return events.PaymentNoticed{PaymentIntentID: e.Intent.String(), Until: utc(e.Until)}, true
	case collection.PaymentRefused:
		return events.PaymentRefused{
			PaymentIntentID: e.Intent.String(), Code: e.Code, Retry: e.Retry, MandateBroken: e.MandateBroken,
		}, true
	case collection.PaymentClosed:
		return events.PaymentClosed{PaymentIntentID: e.Intent.String(), Status: string(e.Status), Reason: e.Reason}, true
	}
	return moneyPayload(event)
}

// moneyPayload maps the events of money that came or left.
func moneyPayload(event collection.Event) (any, bool) {
	switch e := event.(type) {
	case collection.PaymentPosted:
		return events.PaymentPosted{
			PaymentIntentID: e.Intent.String(), AgreementID: e.Agreement.String(), Instalment: e.Instalment, Provider: e.Provider,
			Fact: e.Fact, AmountCentavos: int64(e.Amount), AppliedCentavos: int64(e.Applied), Parts: wireComponents(e.Parts),
			Late: wireComponents(e.Late), ExcessCentavos: int64(e.Excess), PaidOn: dateText(e.PaidOn),
			AgreementStatus: string(e.AgreementStatus), SettledDebtIDs: each(e.Settled, debtIDText), Lines: each(e.Lines, wireLine),
		}, true
	case collection.PaymentReturned:
		return events.PaymentReturned{
			PaymentIntentID: e.Intent.String(), AgreementID: e.Agreement.String(), Instalment: e.Instalment, Provider: e.Provider,
			Fact: e.Fact, Of: e.Of, Kind: string(e.Kind), RefundID: e.Refund, AmountCentavos: int64(e.Amount),
			ExcessCentavos: int64(e.Excess), Late: wireComponents(e.Late), UnappliedCentavos: int64(e.Unapplied),
			Parts: wireComponents(e.Parts), Undone: each(e.Undone, wireUndone), Full: e.Full, AgreementStatus: string(e.AgreementStatus),
			ReopenedDebtIDs: each(e.Reopened, debtIDText), Lines: each(e.Lines, wireLine),
		}, true
	case collection.RefundWanted:
		return events.RefundRequested{
			RefundID: e.Refund, PaymentIntentID: e.Intent.String(), AgreementID: e.Agreement.String(), Provider: e.Provider,
			Account: e.Account, Of: e.Of, AmountCentavos: int64(e.Amount),
		}, true
	case collection.RefundAnswered:
		return events.RefundAnswered{
			RefundID: e.Refund, AgreementID: e.Agreement.String(), Status: string(e.Status), Fact: e.Fact,
		}, true
	}
	return nil, false
}

func paymentEvent(p *parser, payload any) collection.Event {
	switch e := payload.(type) {
	case events.MandateGiven:
		out := collection.MandateGiven{Mandate: e.MandateID, PartialDebit: e.PartialDebit, Overdraft: e.Overdraft}
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	case events.PaymentRequested:
		out := collection.PaymentRequested{
			Instalment: e.Instalment, Method: collection.Method(e.Method), Amount: money.Centavos(e.AmountCentavos),
			ExpiresAt: utc(e.ExpiresAt), Provider: e.Provider, Account: e.Account, FineRate: e.FineRate,
			MonthlyInterest: e.MonthlyInterest, Mandate: e.MandateID,
		}
		parseInto(p, e.PaymentIntentID, &out.Intent)
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	case events.PaymentIssued:
		out := collection.PaymentIssued{Code: collection.PayCode(e.Code)}
		parseInto(p, e.PaymentIntentID, &out.Intent)
		return out
	case events.PaymentRerouted:
		out := collection.PaymentRerouted{Provider: e.Provider, Account: e.Account, Reason: e.Reason}
		parseInto(p, e.PaymentIntentID, &out.Intent)
		return out
	case events.PaymentNoticed:
		out := collection.PaymentNoticed{Until: utc(e.Until)}
		parseInto(p, e.PaymentIntentID, &out.Intent)
		return out
	case events.PaymentRefused:
		out := collection.PaymentRefused{Code: e.Code, Retry: e.Retry, MandateBroken: e.MandateBroken}
		parseInto(p, e.PaymentIntentID, &out.Intent)
		return out
	case events.PaymentClosed:
		out := collection.PaymentClosed{Status: collection.IntentStatus(e.Status), Reason: e.Reason}
		parseInto(p, e.PaymentIntentID, &out.Intent)
		return out
	}
	return moneyEvent(p, payload)
}

func moneyEvent(p *parser, payload any) collection.Event {
	switch e := payload.(type) {
	case events.PaymentPosted:
		out := collection.PaymentPosted{
			Instalment: e.Instalment, Provider: e.Provider, Fact: e.Fact, Amount: money.Centavos(e.AmountCentavos),
			Applied: money.Centavos(e.AppliedCentavos), Parts: domainComponents(e.Parts), Late: domainComponents(e.Late),
			Excess: money.Centavos(e.ExcessCentavos), PaidOn: p.date(e.PaidOn),
			AgreementStatus: collection.AgreementStatus(e.AgreementStatus), Settled: back(e.SettledDebtIDs, p.debtID),
			Lines: back(e.Lines, domainLine),
		}
		parseInto(p, e.PaymentIntentID, &out.Intent)
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	case events.PaymentReturned:
		out := collection.PaymentReturned{
			Instalment: e.Instalment, Provider: e.Provider, Fact: e.Fact, Of: e.Of, Kind: collection.ReturnKind(e.Kind),
			Refund: e.RefundID, Amount: money.Centavos(e.AmountCentavos), Excess: money.Centavos(e.ExcessCentavos),
			Late: domainComponents(e.Late), Unapplied: money.Centavos(e.UnappliedCentavos), Parts: domainComponents(e.Parts),
			Undone: back(e.Undone, p.undone), Full: e.Full, AgreementStatus: collection.AgreementStatus(e.AgreementStatus),
			Reopened: back(e.ReopenedDebtIDs, p.debtID), Lines: back(e.Lines, domainLine),
		}
		parseInto(p, e.PaymentIntentID, &out.Intent)
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	case events.RefundRequested:
		out := collection.RefundWanted{
			Refund: e.RefundID, Provider: e.Provider, Account: e.Account, Of: e.Of, Amount: money.Centavos(e.AmountCentavos),
		}
		parseInto(p, e.PaymentIntentID, &out.Intent)
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	case events.RefundAnswered:
		out := collection.RefundAnswered{Refund: e.RefundID, Status: collection.RefundStatus(e.Status), Fact: e.Fact}
		parseInto(p, e.AgreementID, &out.Agreement)
		return out
	}
	return nil
}
