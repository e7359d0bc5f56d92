package dynamo

import (
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
)

// proposalBody is the JSON body of a proposal item; its terms have the form that events give them.
type proposalBody struct {
	Status         string           `json:"status"`
	OfferHash      string           `json:"offerHash"`
	ContractNumber string           `json:"contractNumber"`
	Template       string           `json:"template"`
	TextHash       string           `json:"textHash"`
	PDFHash        string           `json:"pdfHash"`
	Terms          events.Terms     `json:"terms"`
	Rules          events.DealRules `json:"rules"`
	ExpiresAt      time.Time        `json:"expiresAt"`
	ReviewUntil    time.Time        `json:"reviewUntil,omitzero"`
	Agreement      string           `json:"agreementId"`
}

func proposalItem(c collection.Case, x collection.Proposal) (item, error) {
	body, err := document(proposalBody{
		Status: string(x.Status), OfferHash: x.OfferHash, ContractNumber: x.ContractNumber, Template: x.Template,
		TextHash: x.TextHash, PDFHash: x.PDFHash, Terms: wireTerms(x.Terms), Rules: wireRules(x.Rules),
		ExpiresAt: utc(x.ExpiresAt), Agreement: x.Agreement.String(), ReviewUntil: utc(x.ReviewUntil),
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
		Rules: domainRules(body.Rules), ReviewUntil: utc(body.ReviewUntil),
		ExpiresAt: utc(body.ExpiresAt), Revision: r.number(attrRevision),
	}
	parseInto(p, r.idInSort(proposalPrefix), &x.ID)
	parseInto(p, body.Agreement, &x.Agreement)
	return x, firstError(r.err, p.err)
}
