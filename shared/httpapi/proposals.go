package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"unicode/utf8"

	"github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/proposal"
)

// Proposals lets participants accept offers, read and sign contracts, and see their agreements.
type Proposals struct {
	Desk  *proposal.Desk
	Deals *agreement.Desk
}

// Register gives the routes their handlers.
func (p *Proposals) Register(a *API) {
	a.Handle("POST", "/v1/me/proposals", p.accept)
	a.Handle("GET", "/v1/me/proposals/{id}", p.show)
	a.Handle("DELETE", "/v1/me/proposals/{id}", p.refuse)
	a.Handle("GET", "/v1/me/contracts/{number}", p.contract)
	a.Handle("GET", "/v1/me/contracts/{number}/pdf", p.document)
	a.Handle("POST", "/v1/me/contracts/{number}/signature", p.sign)
	a.Handle("GET", "/v1/me/agreements/{id}", p.agreement)
	a.Handle("POST", "/v1/me/agreements/{id}/withdrawal", p.withdraw)
}

type proposalBody struct {
	ProposalID     string     `json:"proposalId"`
	Status         string     `json:"status"`
	ContractNumber string     `json:"contractNumber"`
	ExpiresAt      string     `json:"expiresAt"`
	NextAction     NextAction `json:"nextAction"`
}

// offerIDForm leaves the length to offer.MaxIDLength.
var offerIDForm = form.New(`^[A-Za-z0-9._-]{16,}$`)

func (p *Proposals) accept(ctx context.Context, r *Request) (Reply, error) {
	in, err := Decode[struct {
		OfferID string `json:"offerId"`
	}](r.Body)
	if err != nil {
		return Reply{}, err
	}
	if len(in.OfferID) > offer.MaxIDLength || !offerIDForm.MatchString(in.OfferID) {
		return Reply{}, Invalid("offerId", "Use o identificador de uma oferta.")
	}
	once := idempotency.Request{Route: r.Route.Method + " " + r.Route.Path, KeyHash: sha256Hex([]byte(r.IdempotencyKey)),
		BodyHash: offer.Hash(in.OfferID)}
	made, replayed, err := p.Desk.Accept(ctx, r.Meta("offer accepted"), r.Dossier, in.OfferID, once)
	if errors.Is(err, idempotency.ErrKeyReused) {
		return Reply{}, NewProblem(contract.CodeIdempotencyMismatch, WithCause(err))
	}
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{Status: http.StatusCreated, Body: encodeProposal(made, made.Status)}
	if replayed {
		reply.Header = http.Header{"Idempotency-Replayed": {"true"}}
	}
	return reply, nil
}

func encodeProposal(p collection.Proposal, status collection.ProposalStatus) proposalBody {
	return proposalBody{p.ID.String(), string(status), p.ContractNumber, written(p.ExpiresAt), nextOfProposal(status)}
}

func nextOfProposal(status collection.ProposalStatus) NextAction {
	switch status {
	case collection.ContractIssued:
		return NextSignContract
	case collection.ContractSigned:
		return NextPay
	case collection.ProposalReview:
		return NextWaitReview
	case collection.ContractExpired, collection.ContractRefused, collection.ProposalDenied:
	}
	return NextChooseOffer
}

func (p *Proposals) show(_ context.Context, r *Request) (Reply, error) {
	id, err := collection.ParseID[collection.ProposalNoun](r.Params["id"])
	if err != nil {
		return Reply{}, collection.ErrNotFound
	}
	found, ok := r.Dossier.Proposal(id)
	if !ok {
		return Reply{}, collection.ErrNotFound
	}
	return Reply{Body: encodeProposal(*found, found.StatusAt(r.Now))}, nil
}

func (p *Proposals) refuse(ctx context.Context, r *Request) (Reply, error) {
	id, err := collection.ParseID[collection.ProposalNoun](r.Params["id"])
	if err != nil {
		return Reply{}, collection.ErrNotFound
	}
	refused, err := p.Desk.Refuse(ctx, r.Meta("participant refused"), r.Dossier, id)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Body: encodeProposal(refused, refused.Status)}, nil
}

type contractBody struct {
	ContractNumber string     `json:"contractNumber"`
	ProposalID     string     `json:"proposalId"`
	Status         string     `json:"status"`
	Text           string     `json:"text"`
	SHA256         string     `json:"sha256"`
	ExpiresAt      string     `json:"expiresAt"`
	AgreementID    string     `json:"agreementId,omitempty"`
	NextAction     NextAction `json:"nextAction"`
}

func (p *Proposals) contract(ctx context.Context, r *Request) (Reply, error) {
	c, err := p.Desk.Contract(ctx, r.Dossier, r.Params["number"])
	if err != nil {
		return Reply{}, err
	}
	status := c.Proposal.StatusAt(r.Now)
	return Reply{Body: contractBody{
		ContractNumber: c.Proposal.ContractNumber, ProposalID: c.Proposal.ID.String(), Status: string(status), Text: c.Text,
		SHA256:    c.Proposal.TextHash,
		ExpiresAt: written(c.Proposal.ExpiresAt), AgreementID: c.Proposal.Agreement.String(), NextAction: nextOfProposal(status),
	}}, nil
}

// document answers the contract's PDF. Its name is the contract's number, which says nothing about the participant.
func (p *Proposals) document(ctx context.Context, r *Request) (Reply, error) {
	pdf, err := p.Desk.Document(ctx, r.Dossier, r.Params["number"])
	if err != nil {
		return Reply{}, err
	}
	return Reply{Raw: pdf, ContentType: contract.MediaPDF, Header: http.Header{
		"Content-Disposition": {`attachment; filename="` + r.Params["number"] + `.pdf"`},
	}}, nil
}

var sha256Form = form.New(`^[0-9a-f]{64}$`)

type signatureBody struct {
	Status      string     `json:"status"`
	AgreementID string     `json:"agreementId"`
	NextAction  NextAction `json:"nextAction"`
}

func (p *Proposals) sign(ctx context.Context, r *Request) (Reply, error) {
	in, err := Decode[struct {
		SHA256   string `json:"sha256"`
		Accepted *bool  `json:"accepted"`
	}](r.Body)
	if err != nil {
		return Reply{}, err
	}
	if !sha256Form.MatchString(in.SHA256) {
		return Reply{}, Invalid("sha256", "Envie o resumo SHA-256 do texto lido, em 64 dígitos hexadecimais.")
	}
	if in.Accepted == nil || !*in.Accepted {
		return Reply{}, Invalid("accepted", "Para assinar é preciso aceitar o contrato.")
	}
	signed, err := p.Desk.Sign(ctx, r.Meta("contract signed"), r.Dossier, r.Params["number"], in.SHA256, proposal.Circumstances{
		IP: r.SourceIP, UserAgent: clipped(r.Header("User-Agent")), Locale: clipped(r.Header("Accept-Language")),
		LoginID: r.Session.Challenge.String(), LoginChannel: string(r.Session.Channel), LoginAt: r.Session.OpenedAt,
	})
	if err != nil {
		return Reply{}, err
	}
	return Reply{Body: signatureBody{string(collection.ContractSigned), signed.ID.String(), nextOfAgreement(signed, r.Now)}}, nil
}

// maxCircumstance bounds what a browser says of itself in a signature's evidence.
const maxCircumstance = 256

func clipped(text string) string {
	for len(text) > maxCircumstance || !utf8.ValidString(text) {
		text = text[:min(maxCircumstance, len(text)-1)]
	}
	return text
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
