package dynamo

import (
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// agreementBody is the JSON body of an agreement item. The instalments are a list inside it, so that a deal is one item.
type agreementBody struct {
	Proposal       string            `json:"proposalId"`
	ContractNumber string            `json:"contractNumber"`
	Status         string            `json:"status"`
	Debts          []string          `json:"debtIds"`
	Total          int64             `json:"totalCentavos"`
	Owed           events.Components `json:"owed"`
	PaidParts      events.Components `json:"paidParts"`
	Distribution   []string          `json:"distribution,omitempty"`
	Instalments    []instalmentBody  `json:"instalments"`
	Excess         int64             `json:"excessCentavos"`
	Late           events.Components `json:"late"`
	Rules          events.DealRules  `json:"rules"`
	Restructures   []string          `json:"restructures,omitempty"`
	EndReason      string            `json:"endReason,omitempty"`
	EndedAt        time.Time         `json:"endedAt,omitzero"`
	EndedOn        string            `json:"endedOn,omitempty"`
	Credits        []creditBody      `json:"credits,omitempty"`
	Aftercare      string            `json:"aftercare"`
	AftercareAt    time.Time         `json:"aftercareAt,omitzero"`
	Care           careBody          `json:"care,omitzero"`
	SignedAt       time.Time         `json:"signedAt"`
	Mandate        mandateBody       `json:"mandate,omitzero"`
	Refunds        []refundBody      `json:"refunds,omitempty"`
}

// creditBody is what the deal took off a debt after its end.
type creditBody struct {
	Debt string            `json:"debtId"`
	Paid events.Components `json:"paid"`
	Kept events.Components `json:"kept"`
}

type careBody struct {
	Attempts       int       `json:"attempts"`
	Repeats        int       `json:"repeats,omitempty"`
	Until          time.Time `json:"until"`
	Outcome        string    `json:"outcome,omitempty"`
	Reason         string    `json:"reason,omitempty"`
	Benefit        string    `json:"benefit,omitempty"`
	BenefitUntil   string    `json:"benefitUntil,omitempty"`
	BenefitVersion string    `json:"benefitVersion,omitempty"`
	AnsweredAt     time.Time `json:"answeredAt,omitzero"`
}

type mandateBody struct {
	ID           string    `json:"mandateId"`
	Status       string    `json:"status"`
	Code         string    `json:"code,omitempty"`
	PartialDebit bool      `json:"partialDebit"`
	Overdraft    bool      `json:"overdraft"`
	GivenAt      time.Time `json:"givenAt"`
}

type refundBody struct {
	ID       string `json:"refundId"`
	Intent   string `json:"paymentIntentId"`
	Provider string `json:"provider"`
	Account  string `json:"account"`
	Of       string `json:"of"`
	Fact     string `json:"fact,omitempty"`
	Amount   int64  `json:"amountCentavos"`
	Status   string `json:"status"`
}

// instalmentBody leaves out what most of the 72 of an agreement do not have.
type instalmentBody struct {
	Number  int        `json:"number"`
	DueDate string     `json:"dueDate"`
	Amount  int64      `json:"amountCentavos"`
	Paid    int64      `json:"paidCentavos,omitempty"`
	PaidOn  string     `json:"paidOn,omitempty"`
	Codes   []codeBody `json:"codes,omitempty"`
}

type codeBody struct {
	Intent string    `json:"paymentIntentId"`
	Method string    `json:"method"`
	Until  time.Time `json:"until"`
}

func wireInstalment(i collection.Instalment) instalmentBody {
	return instalmentBody{
		Number: i.Number, DueDate: dateText(i.DueDate), Amount: int64(i.Amount), Paid: int64(i.Paid), PaidOn: dateText(i.PaidOn),
		Codes: each(i.Codes, func(c collection.LiveCode) codeBody {
			return codeBody{c.Intent.String(), string(c.Method), utc(c.Until)}
		}),
	}
}

func (p *parser) instalment(b instalmentBody) collection.Instalment {
	return collection.Instalment{
		Number: b.Number, DueDate: p.date(b.DueDate), Amount: money.Centavos(b.Amount), Paid: money.Centavos(b.Paid),
		PaidOn: p.date(b.PaidOn), Codes: back(b.Codes, func(c codeBody) collection.LiveCode {
			code := collection.LiveCode{Method: collection.Method(c.Method), Until: utc(c.Until)}
			parseInto(p, c.Intent, &code.Intent)
			return code
		}),
	}
}

func wireRefund(r collection.Refund) refundBody {
	return refundBody{r.ID, r.Intent.String(), r.Provider, r.Account, r.Of, r.Fact, int64(r.Amount), string(r.Status)}
}

func (p *parser) refund(b refundBody) collection.Refund {
	r := collection.Refund{
		ID: b.ID, Provider: b.Provider, Account: b.Account, Of: b.Of, Fact: b.Fact, Amount: money.Centavos(b.Amount),
		Status: collection.RefundStatus(b.Status),
	}
	parseInto(p, b.Intent, &r.Intent)
	return r
}

func agreementItem(c collection.Case, a collection.Agreement) (item, error) {
	body, err := document(agreementBody{
		Proposal: a.Proposal.String(), ContractNumber: a.ContractNumber, Status: string(a.Status), Debts: each(a.Debts, debtIDText),
		Total: int64(a.Total), Owed: wireComponents(a.Owed), PaidParts: wireComponents(a.PaidParts),
		Distribution: each(a.Distribution, asText[collection.Component]), Excess: int64(a.Excess), Aftercare: string(a.Aftercare),
		AftercareAt: utc(a.AftercareAt), SignedAt: utc(a.SignedAt), Instalments: each(a.Instalments, wireInstalment),
		Mandate: mandateBody{
			a.Mandate.ID, string(a.Mandate.Status), a.Mandate.Code, a.Mandate.PartialDebit, a.Mandate.Overdraft, utc(a.Mandate.GivenAt),
		},
		Care: careBody{
			a.Care.Attempts, a.Care.Repeats, utc(a.Care.Until), string(a.Care.Outcome), a.Care.Reason, string(a.Care.Benefit.Kind),
			dateText(a.Care.Benefit.Until), a.Care.Benefit.Version, utc(a.Care.AnsweredAt),
		},
		Refunds: each(a.Refunds, wireRefund), Late: wireComponents(a.Late), Rules: wireRules(a.Rules),
		Restructures: each(a.Restructures, agreementIDText), EndReason: string(a.EndReason), EndedAt: utc(a.EndedAt),
		EndedOn: dateText(a.EndedOn),
		Credits: each(a.Credits, func(c collection.Credit) creditBody {
			return creditBody{c.Debt.String(), wireComponents(c.Paid), wireComponents(c.Kept)}
		}),
	})
	if err != nil {
		return nil, err
	}
	it := caseChild(c.Creditor, c.ID, agreementPrefix+a.ID.String()).new()
	it[attrRevision], it[attrDoc] = number(a.Revision), body
	return it, nil
}

func readAgreement(it item) (collection.Agreement, error) {
	r, p := read(it), &parser{}
	var body agreementBody
	r.document(&body)
	a := collection.Agreement{
		ContractNumber: body.ContractNumber, Status: collection.AgreementStatus(body.Status), Debts: back(body.Debts, p.debtID),
		Total: money.Centavos(body.Total), Owed: domainComponents(body.Owed), PaidParts: domainComponents(body.PaidParts),
		Distribution: back(body.Distribution, fromText[collection.Component]), Excess: money.Centavos(body.Excess),
		Aftercare: collection.Aftercare(body.Aftercare), AftercareAt: utc(body.AftercareAt), SignedAt: utc(body.SignedAt),
		Revision: r.number(attrRevision), Instalments: back(body.Instalments, p.instalment), Refunds: back(body.Refunds, p.refund),
		Care: collection.Care{
			Attempts: body.Care.Attempts, Repeats: body.Care.Repeats, Until: utc(body.Care.Until),
			Outcome: collection.AftercareOutcome(body.Care.Outcome), Reason: body.Care.Reason, AnsweredAt: utc(body.Care.AnsweredAt),
			Benefit: collection.GrantedBenefit{
				Kind: collection.BenefitKind(body.Care.Benefit), Until: p.date(body.Care.BenefitUntil), Version: body.Care.BenefitVersion,
			},
		},
		Late: domainComponents(body.Late), Rules: domainRules(body.Rules), Restructures: back(body.Restructures, p.agreementID),
		EndReason: collection.EndReason(body.EndReason), EndedAt: utc(body.EndedAt), EndedOn: p.date(body.EndedOn),
		Credits: back(body.Credits, func(c creditBody) collection.Credit {
			return collection.Credit{Debt: p.debtID(c.Debt), Paid: domainComponents(c.Paid), Kept: domainComponents(c.Kept)}
		}),
		Mandate: collection.Mandate{
			ID: body.Mandate.ID, Status: collection.MandateStatus(body.Mandate.Status), Code: body.Mandate.Code,
			PartialDebit: body.Mandate.PartialDebit, Overdraft: body.Mandate.Overdraft, GivenAt: utc(body.Mandate.GivenAt),
		},
	}
	parseInto(p, r.idInSort(agreementPrefix), &a.ID)
	parseInto(p, body.Proposal, &a.Proposal)
	return a, firstError(r.err, p.err)
}
