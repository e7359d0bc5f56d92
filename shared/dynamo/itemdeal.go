package dynamo

import (
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// proposalBody is the JSON body of a proposal item; its terms have the form that events give them.
type proposalBody struct {
	Status         string       `json:"status"`
	OfferHash      string       `json:"offerHash"`
	ContractNumber string       `json:"contractNumber"`
	Template       string       `json:"template"`
	TextHash       string       `json:"textHash"`
	PDFHash        string       `json:"pdfHash"`
	Terms          events.Terms `json:"terms"`
	ExpiresAt      time.Time    `json:"expiresAt"`
	Agreement      string       `json:"agreementId"`
}

func proposalItem(c collection.Case, x collection.Proposal) (item, error) {
	body, err := document(proposalBody{
		Status: string(x.Status), OfferHash: x.OfferHash, ContractNumber: x.ContractNumber, Template: x.Template,
		TextHash: x.TextHash, PDFHash: x.PDFHash, Terms: wireTerms(x.Terms), ExpiresAt: utc(x.ExpiresAt), Agreement: x.Agreement.String(),
	})
	if err != nil {
		return nil, err
	}
	it := caseChild(c.Creditor, c.ID, proposalPrefix+x.ID.String()).new()
	it[attrRevision], it[attrDoc] = number(x.Revision), body
	return it, nil
}

func readProposal(it item) (collection.Proposal, error) {
	r, p := read(it), &parser{}
	var body proposalBody
	r.document(&body)
	x := collection.Proposal{
		Status: collection.ProposalStatus(body.Status), OfferHash: body.OfferHash, ContractNumber: body.ContractNumber,
		Template: body.Template, TextHash: body.TextHash, PDFHash: body.PDFHash, Terms: p.terms(body.Terms),
		ExpiresAt: utc(body.ExpiresAt), Revision: r.number(attrRevision),
	}
	parseInto(p, r.idInSort(proposalPrefix), &x.ID)
	parseInto(p, body.Agreement, &x.Agreement)
	return x, firstError(r.err, p.err)
}

// agreementBody is the JSON body of an agreement item. The instalments are a list inside it, so that a deal is one item.
type agreementBody struct {
	Proposal       string           `json:"proposalId"`
	ContractNumber string           `json:"contractNumber"`
	Status         string           `json:"status"`
	Debts          []string         `json:"debtIds"`
	Total          int64            `json:"totalCentavos"`
	Instalments    []instalmentBody `json:"instalments"`
	Excess         int64            `json:"excessCentavos"`
	Aftercare      string           `json:"aftercare"`
	AftercareAt    time.Time        `json:"aftercareAt,omitzero"`
	SignedAt       time.Time        `json:"signedAt"`
}

// instalmentBody leaves out what most of the 72 of an agreement do not have.
type instalmentBody struct {
	Number      int       `json:"number"`
	DueDate     string    `json:"dueDate"`
	Amount      int64     `json:"amountCentavos"`
	Paid        int64     `json:"paidCentavos,omitempty"`
	PaidOn      string    `json:"paidOn,omitempty"`
	Intent      string    `json:"paymentIntentId,omitempty"`
	IntentUntil time.Time `json:"intentUntil,omitzero"`
}

func wireInstalment(i collection.Instalment) instalmentBody {
	return instalmentBody{
		Number: i.Number, DueDate: dateText(i.DueDate), Amount: int64(i.Amount), Paid: int64(i.Paid), PaidOn: dateText(i.PaidOn),
		Intent: i.Intent.String(), IntentUntil: utc(i.IntentUntil),
	}
}

func (p *parser) instalment(b instalmentBody) collection.Instalment {
	i := collection.Instalment{
		Number: b.Number, DueDate: p.date(b.DueDate), Amount: money.Centavos(b.Amount), Paid: money.Centavos(b.Paid),
		PaidOn: p.date(b.PaidOn), IntentUntil: utc(b.IntentUntil),
	}
	parseInto(p, b.Intent, &i.Intent)
	return i
}

func agreementItem(c collection.Case, a collection.Agreement) (item, error) {
	body, err := document(agreementBody{
		Proposal: a.Proposal.String(), ContractNumber: a.ContractNumber, Status: string(a.Status), Debts: each(a.Debts, debtIDText),
		Total: int64(a.Total), Excess: int64(a.Excess), Aftercare: string(a.Aftercare), AftercareAt: utc(a.AftercareAt),
		SignedAt: utc(a.SignedAt), Instalments: each(a.Instalments, wireInstalment),
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
		Total: money.Centavos(body.Total), Excess: money.Centavos(body.Excess), Aftercare: collection.Aftercare(body.Aftercare),
		AftercareAt: utc(body.AftercareAt), SignedAt: utc(body.SignedAt), Revision: r.number(attrRevision),
		Instalments: back(body.Instalments, p.instalment),
	}
	parseInto(p, r.idInSort(agreementPrefix), &a.ID)
	parseInto(p, body.Proposal, &a.Proposal)
	return a, firstError(r.err, p.err)
}
