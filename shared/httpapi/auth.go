package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/session"
	"github.com/regua/regua/shared/taxid"
)

// Issuer makes login challenges.
type Issuer interface {
	Request(ctx context.Context, claim otp.Claim) (otp.Issued, error)
	Resend(ctx context.Context, creditor collection.CreditorID, id collection.ChallengeID) (otp.Issued, error)
}

// Verifier takes codes.
type Verifier interface {
	Verify(ctx context.Context, guess otp.Guess) (token string, opened session.Session, err error)
}

// Entries reads the links of messages.
type Entries interface {
	Open(ctx context.Context, token string) (otp.Entry, error)
}

// Logout ends sessions.
type Logout interface {
	End(ctx context.Context, s session.Session) error
}

// Auth lets participants in and out.
type Auth struct {
	Issuer   Issuer
	Verifier Verifier
	Entries  Entries
	Logout   Logout
	Cookie   Cookie
}

// Register gives the routes their handlers.
func (h *Auth) Register(a *API) {
	a.Handle("POST", "/v1/auth/challenges", h.challenge)
	a.Handle("POST", "/v1/auth/challenges/{id}/resend", h.resend)
	a.Handle("POST", "/v1/auth/challenges/{id}/verify", h.verify)
	a.Handle("POST", "/v1/auth/entries", h.entry)
	a.Handle("POST", "/v1/auth/logout", h.logout)
}

type challengeRequest struct {
	Creditor string `json:"creditor"`
	Document string `json:"document"`
	Contract string `json:"contract"`
	Channel  string `json:"channel"`
}

// claim checks the request and names everything that is wrong with it.
func (b challengeRequest) claim() (otp.Claim, error) {
	p := &Problem{Code: contract.CodeInvalidRequest}
	creditor, err := collection.ParseCreditorID(b.Creditor)
	if err != nil {
		WithField("creditor", "A identificação do credor não é válida.")(p)
	}
	document, err := taxid.Parse(b.Document)
	if err != nil || document.String() != b.Document {
		WithField("document", "Informe o CPF (11 números) ou o CNPJ (14 caracteres), sem pontos nem traços.")(p)
	}
	if !collection.ValidContract(b.Contract) {
		WithField("contract", "O número do contrato tem de 1 a 40 letras, números, pontos, barras e traços.")(p)
	}
	channel := collection.Channel(b.Channel)
	if channel != collection.ChannelEmail && channel != collection.ChannelSMS {
		WithField("channel", "Escolha email ou sms.")(p)
	}
	if len(p.Fields) > 0 {
		return otp.Claim{}, p
	}
	return otp.Claim{Creditor: creditor, Document: document.String(), Contract: b.Contract, Channel: channel}, nil
}

type challengeBody struct {
	ChallengeID        string     `json:"challengeId"`
	Channel            string     `json:"channel"`
	Destination        string     `json:"destination"`
	ExpiresAt          string     `json:"expiresAt"`
	ResendAfterSeconds int        `json:"resendAfterSeconds"`
	NextAction         NextAction `json:"nextAction"`
}

func (h *Auth) challenge(ctx context.Context, r *Request) (Reply, error) {
	body, err := Decode[challengeRequest](r.Body)
	if err != nil {
		return Reply{}, err
	}
	claim, err := body.claim()
	if err != nil {
		return Reply{}, err
	}
	issued, err := h.Issuer.Request(ctx, claim)
	if errors.Is(err, collection.ErrNotFound) {
		return Reply{}, NewProblem(contract.CodeNotFound, WithDetail("Não conhecemos este credor."), WithNextAction(NextLogIn))
	}
	return accepted(issued, err)
}

func (h *Auth) resend(ctx context.Context, r *Request) (Reply, error) {
	if err := DecodeNothing(r.Body); err != nil {
		return Reply{}, err
	}
	creditor, id, err := challengeOf(r.Params["id"])
	if err != nil {
		return Reply{}, err
	}
	return accepted(h.Issuer.Resend(ctx, creditor, id))
}

func accepted(issued otp.Issued, err error) (Reply, error) {
	if err != nil {
		return Reply{}, refusal(err)
	}
	return Reply{Status: http.StatusAccepted, Body: challengeBody{
		ChallengeID: string(issued.Creditor) + "." + issued.Challenge.String(), Channel: string(issued.Channel),
		Destination: issued.Destination, ExpiresAt: written(issued.ExpiresAt), ResendAfterSeconds: seconds(issued.ResendAfter),
		NextAction: NextVerifyCode,
	}}, nil
}

// refusal translates what the login refuses.
func refusal(err error) error {
	var many *otp.TooManyError
	switch {
	case errors.As(err, &many):
		return NewProblem(contract.CodeTooManyRequests, WithRetryAfter(many.RetryAfter),
			WithDetail("Por segurança, há um limite de códigos. Aguarde e tente de novo."))
	case errors.Is(err, otp.ErrRejected):
		return NewProblem(contract.CodeCodeRejected)
	case errors.Is(err, otp.ErrEntryInvalid):
		return NewProblem(contract.CodeEntryLinkInvalid)
	}
	return err
}

// challengeOf reads a challenge's public id, "{creditor}.{id}".
func challengeOf(public string) (collection.CreditorID, collection.ChallengeID, error) {
	name, text, _ := strings.Cut(public, ".")
	creditor, err := collection.ParseCreditorID(name)
	if err == nil {
		var id collection.ChallengeID
		if id, err = collection.ParseID[collection.ChallengeNoun](text); err == nil {
			return creditor, id, nil
		}
	}
	return "", collection.ChallengeID{}, Invalid("id", "A identificação do pedido de código não é válida.")
}

type verifyRequest struct {
	Code    string  `json:"code"`
	Session *string `json:"session"`
}

type sessionBody struct {
	ExpiresAt    string     `json:"expiresAt"`
	SessionToken string     `json:"sessionToken,omitempty"`
	NextAction   NextAction `json:"nextAction"`
}

func (h *Auth) verify(ctx context.Context, r *Request) (Reply, error) {
	body, err := Decode[verifyRequest](r.Body)
	if err != nil {
		return Reply{}, err
	}
	if !otp.WellFormed(body.Code) {
		return Reply{}, Invalid("code", "O código tem 8 números.")
	}
	bearer := body.Session != nil && *body.Session == "bearer"
	if body.Session != nil && !bearer && *body.Session != "cookie" {
		return Reply{}, Invalid("session", "Escolha cookie ou bearer.")
	}
	creditor, id, err := challengeOf(r.Params["id"])
	if err != nil {
		return Reply{}, err
	}
	token, opened, err := h.Verifier.Verify(ctx, otp.Guess{Creditor: creditor, Challenge: id, Code: body.Code})
	if err != nil {
		return Reply{}, refusal(err)
	}
	answer := sessionBody{ExpiresAt: written(opened.ExpiresAt()), NextAction: NextSeeDebts}
	if bearer {
		answer.SessionToken = token
		return Reply{Body: answer}, nil
	}
	return Reply{Body: answer, Header: http.Header{"Set-Cookie": {h.Cookie.Set(token)}}}, nil
}

// entryToken is the form that the API document gives to the token of a link.
var entryToken = form.New(`^[A-Za-z0-9._-]{20,512}$`)

type entryRequest struct {
	Token string `json:"token"`
}

type entryBody struct {
	Creditor     publicCreditor `json:"creditor"`
	ContractHint string         `json:"contractHint"`
	NextAction   NextAction     `json:"nextAction"`
}

func (h *Auth) entry(ctx context.Context, r *Request) (Reply, error) {
	body, err := Decode[entryRequest](r.Body)
	if err != nil {
		return Reply{}, err
	}
	if !entryToken.MatchString(body.Token) {
		return Reply{}, Invalid("token", "O link não está completo.")
	}
	entry, err := h.Entries.Open(ctx, body.Token)
	if err != nil {
		return Reply{}, refusal(err)
	}
	return Reply{Body: entryBody{
		Creditor: publicly(entry.Creditor), ContractHint: entry.ContractHint, NextAction: NextLogIn,
	}}, nil
}

func (h *Auth) logout(ctx context.Context, r *Request) (Reply, error) {
	if err := DecodeNothing(r.Body); err != nil {
		return Reply{}, err
	}
	if err := h.Logout.End(ctx, r.Session); err != nil {
		return Reply{}, err
	}
	return Reply{Status: http.StatusNoContent, Header: http.Header{"Set-Cookie": {h.Cookie.Clear()}}}, nil
}
