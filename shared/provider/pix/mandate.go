package pix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

const (
	maxMandateText = 35
	maxMandateName = 140
	// mandatesSince is how far back a mandate that was asked for before is looked for.
	mandatesSince = 30 * 24 * time.Hour
)

// mandateForm is idRec: R, whether tries are repeated, who made it, the day, and eleven characters.
var mandateForm = form.New(`^R[RN][0-9A-Z]{8}[0-9]{8}[a-zA-Z0-9]{11}$`)

type mandateBody struct {
	Bond     bondBody        `json:"vinculo"`
	Calendar mandateCalendar `json:"calendario"`
	Value    *mandateValue   `json:"valor,omitempty"`
	Retries  string          `json:"politicaRetentativa"`
	Location int64           `json:"loc"`
	Journey  *mandateJourney `json:"ativacao,omitempty"`
}

type bondBody struct {
	Contract string `json:"contrato"`
	Debtor   person `json:"devedor"`
	Subject  string `json:"objeto,omitempty"`
}

type mandateCalendar struct {
	First string `json:"dataInicial"`
	Last  string `json:"dataFinal,omitempty"`
	Every string `json:"periodicidade"`
}

type mandateValue struct {
	Fixed string `json:"valorRec"`
}

type mandateJourney struct {
	Data struct {
		TxID string `json:"txid"`
	} `json:"dadosJornada"`
}

type mandateAnswer struct {
	ID       string          `json:"idRec"`
	Status   string          `json:"status"`
	Bond     bondBody        `json:"vinculo"`
	Calendar mandateCalendar `json:"calendario"`
	Value    mandateValue    `json:"valor"`
	Loc      locAnswer       `json:"loc"`
	Journey  mandateJourney  `json:"ativacao"`
	QR       struct {
		Code string `json:"pixCopiaECola"`
	} `json:"dadosQR"`
}

// offer makes the mandate, or finds the one made before, and returns the code that asks for both; the charge's own code when the provider
// refuses the mandate.
func (s *session) offer(ctx context.Context, now time.Time, which kind, c provider.Charge, charge chargeAnswer, alone string) (
	collection.PayCode, error,
) {
	code, err := s.composite(ctx, now, which, c, charge)
	var answered *problemError
	if errors.Is(err, collection.ErrRefused) || (errors.As(err, &answered) && answered.status == http.StatusForbidden) {
		return collection.PayCode{BRCode: alone}, nil
	}
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("offer mandate: %w", err)
	}
	return code, nil
}

func (s *session) composite(ctx context.Context, now time.Time, which kind, c provider.Charge, charge chargeAnswer) (
	collection.PayCode, error,
) {
	body, err := mandateOf(which, c)
	if err != nil {
		return collection.PayCode{}, err
	}
	id, err := s.earlier(ctx, now, body)
	if err == nil && id == "" {
		id, err = s.mandate(ctx, body)
	}
	if err != nil {
		return collection.PayCode{}, err
	}
	var shown mandateAnswer
	if err := s.call(ctx, http.MethodGet, "/rec/"+id+"?txid="+c.TxID, nil, &shown); err != nil {
		return collection.PayCode{}, err
	}
	if shown.ID != id || !shown.answers(body) {
		return collection.PayCode{}, fmt.Errorf("%w: the API's answer is about another mandate", collection.ErrUnavailable)
	}
	payload, err := readCode(shown.QR.Code, charge.location(), c)
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("%w: %w", collection.ErrUnavailable, err)
	}
	if payload.RecurrenceLocation == "" || payload.RecurrenceLocation != strings.TrimPrefix(shown.Loc.Location, "https://") {
		return collection.PayCode{}, fmt.Errorf("%w: the API's code leads to no such mandate", collection.ErrUnavailable)
	}
	return collection.PayCode{BRCode: shown.QR.Code, Mandate: id}, nil
}

func mandateOf(which kind, c provider.Charge) (mandateBody, error) {
	m := c.Mandate
	debtor, err := personOf(c.Payer)
	if err != nil {
		return mandateBody{}, err
	}
	debtor.Name = cut(debtor.Name, maxMandateName)
	switch {
	case m.Contract == "" || cut(m.Contract, maxMandateText) != m.Contract:
		return mandateBody{}, fmt.Errorf("%w: a mandate's contract has 1 to %d characters", collection.ErrRefused, maxMandateText)
	case m.First.IsZero() || m.Last.IsZero() || m.Last.Ordinal() < m.First.Ordinal():
		return mandateBody{}, fmt.Errorf("%w: a mandate ends before it begins", collection.ErrRefused)
	case m.Amount < 0 || m.Amount > money.MaxParsed:
		return mandateBody{}, fmt.Errorf("%w: the mandate's amount is outside 0 to %d centavos", collection.ErrRefused, money.MaxParsed)
	}
	body := mandateBody{
		Bond:     bondBody{Contract: m.Contract, Debtor: debtor, Subject: cut(m.Subject, maxMandateText)},
		Calendar: mandateCalendar{First: m.First.String(), Last: m.Last.String(), Every: "MENSAL"},
		Retries:  "NAO_PERMITE",
	}
	if m.Amount > 0 {
		body.Value = &mandateValue{m.Amount.Decimal()}
	}
	if m.Retry {
		body.Retries = "PERMITE_3R_7D"
	}
	if which == immediate { // journey 3: the payment of this charge is the first of the mandate
		body.Journey = &mandateJourney{}
		body.Journey.Data.TxID = c.TxID
	}
	return body, nil
}

// answers reports whether a mandate is the one that a body asks for.
func (a mandateAnswer) answers(b mandateBody) bool {
	fixed, journey := "", ""
	if b.Value != nil {
		fixed = b.Value.Fixed
	}
	if b.Journey != nil {
		journey = b.Journey.Data.TxID
	}
	sameDebtor := a.Bond.Debtor.CPF == b.Bond.Debtor.CPF && a.Bond.Debtor.CNPJ == b.Bond.Debtor.CNPJ
	return a.Bond.Contract == b.Bond.Contract && sameDebtor && a.Calendar == b.Calendar && a.Value.Fixed == fixed &&
		a.Journey.Data.TxID == journey
}

// earlier finds the mandate that was made for the same charge when the answer was lost: making one has no name of ours that would keep it
// from being made twice.
func (s *session) earlier(ctx context.Context, now time.Time, b mandateBody) (string, error) {
	query := url.Values{
		"inicio": {now.Add(-mandatesSince).UTC().Format(time.RFC3339)}, "fim": {now.Add(time.Minute).UTC().Format(time.RFC3339)},
		"status": {"CRIADA"},
	}
	if b.Bond.Debtor.CPF != "" {
		query.Set("cpf", b.Bond.Debtor.CPF)
	} else {
		query.Set("cnpj", b.Bond.Debtor.CNPJ)
	}
	var list struct {
		Mandates []mandateAnswer `json:"recs"`
	}
	if err := s.call(ctx, http.MethodGet, "/rec?"+query.Encode(), nil, &list); err != nil {
		return "", err
	}
	for _, m := range list.Mandates {
		if m.Status == "CRIADA" && mandateForm.MatchString(m.ID) && m.answers(b) {
			return m.ID, nil
		}
	}
	return "", nil
}

// mandate makes a mandate with a location of its own, without which there is no code that asks for it.
func (s *session) mandate(ctx context.Context, b mandateBody) (string, error) {
	var loc struct {
		ID int64 `json:"id"`
	}
	if err := s.call(ctx, http.MethodPost, "/locrec", nil, &loc); err != nil {
		return "", err
	}
	b.Location = loc.ID
	var made mandateAnswer
	if err := s.call(ctx, http.MethodPost, "/rec", b, &made); err != nil {
		return "", err
	}
	if !mandateForm.MatchString(made.ID) || !made.answers(b) {
		return "", fmt.Errorf("%w: the API's answer is about another mandate", collection.ErrUnavailable)
	}
	return made.ID, nil
}
