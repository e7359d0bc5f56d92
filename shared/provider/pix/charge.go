package pix

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/regua/regua/shared/brcode"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/taxid"
)

// kind is one of the two resources that a charge can be.
type kind string

const (
	immediate kind = "cob"  // paid in one sum within seconds, hours or days
	dated     kind = "cobv" // with a due date, after which the provider adds late charges
)

// The states of a charge. A state says nothing of time: a charge that nobody can pay any more because it has expired is still ATIVA.
const (
	statusActive    = "ATIVA"
	statusPaid      = "CONCLUIDA"
	statusRemoved   = "REMOVIDA_PELO_USUARIO_RECEBEDOR"
	statusRemovedBy = "REMOVIDA_PELO_PSP"
)

const (
	maxMessage = 140
	maxName    = 200
	percent    = 2 // modality of a fine: percent of the amount
	byMonth    = 3 // modality of interest: percent by the month, by calendar days
)

var txIDForm = form.New(`^[a-zA-Z0-9]{26,35}$`)

type person struct {
	CPF  string `json:"cpf,omitempty"`
	CNPJ string `json:"cnpj,omitempty"`
	Name string `json:"nome"`
}

type chargeBody struct {
	Calendar calendarBody `json:"calendario"`
	Debtor   *person      `json:"devedor,omitempty"`
	Value    valueBody    `json:"valor"`
	Key      string       `json:"chave"`
	Message  string       `json:"solicitacaoPagador,omitempty"`
}

type calendarBody struct {
	Expiry  int64  `json:"expiracao,omitempty"` // seconds after the charge was made
	DueDate string `json:"dataDeVencimento,omitempty"`
	// ValidAfter is for how many calendar days after the due date the charge can be paid; its absence would be 30.
	ValidAfter *int `json:"validadeAposVencimento,omitempty"`
}

type valueBody struct {
	Original string    `json:"original"`
	Fine     *rateBody `json:"multa,omitempty"`
	Interest *rateBody `json:"juros,omitempty"`
}

type rateBody struct {
	Modality int    `json:"modalidade"`
	Percent  string `json:"valorPerc"`
}

// chargeAnswer is what is read of a cob or a cobv.
type chargeAnswer struct {
	TxID     string `json:"txid"`
	Status   string `json:"status"`
	Calendar struct {
		DueDate string `json:"dataDeVencimento"`
	} `json:"calendario"`
	Value struct {
		Original string `json:"original"`
	} `json:"valor"`
	Key      string    `json:"chave"`
	Location string    `json:"location"`
	Loc      locAnswer `json:"loc"`
	Code     string    `json:"pixCopiaECola"`
	Pix      []pixBody `json:"pix"`
}

type locAnswer struct {
	Location string `json:"location"`
}

// location is where the charge's code leads, without scheme; empty when the API did not say.
func (a chargeAnswer) location() string {
	where := a.Location
	if where == "" {
		where = a.Loc.Location
	}
	return strings.TrimPrefix(where, "https://")
}

func (s *session) issue(ctx context.Context, now time.Time, c provider.Charge) (collection.PayCode, error) {
	which, body, err := s.request(now, c)
	if err != nil {
		return collection.PayCode{}, err
	}
	charge, err := s.make(ctx, which, c, body)
	if err != nil {
		return collection.PayCode{}, err
	}
	if charge.Status != statusActive {
		return collection.PayCode{}, fmt.Errorf("%w: the charge is paid or removed", collection.ErrRefused)
	}
	code := charge.Code
	if code == "" { // the API may leave the text to whoever asked
		code, err = brcode.Dynamic{Location: charge.location(), MerchantName: c.MerchantName, City: c.MerchantCity}.Encode()
		if err != nil {
			return collection.PayCode{}, fmt.Errorf("%w: write the code of the charge's location: %w", collection.ErrUnavailable, err)
		}
	}
	if _, err := readCode(code, charge.location(), c); err != nil {
		return collection.PayCode{}, fmt.Errorf("%w: %w", collection.ErrUnavailable, err)
	}
	if c.Mandate == nil || !s.access.Mandates {
		return collection.PayCode{BRCode: code}, nil
	}
	return s.offer(ctx, now, which, c, charge, code)
}

// request makes the charge's body, or is collection.ErrRefused for what the API could only refuse.
func (s *session) request(now time.Time, c provider.Charge) (kind, chargeBody, error) {
	at, err := zone()
	if err != nil {
		return "", chargeBody{}, err
	}
	switch {
	case c.Method != collection.MethodPix:
		return "", chargeBody{}, fmt.Errorf("%w: charges by %s are not made here", collection.ErrRefused, c.Method)
	case !txIDForm.MatchString(c.TxID):
		return "", chargeBody{}, fmt.Errorf("%w: a txid has 26 to 35 letters and digits", collection.ErrRefused)
	case c.Amount < 1 || c.Amount > money.MaxParsed:
		return "", chargeBody{}, fmt.Errorf("%w: the amount is outside 1 to %d centavos", collection.ErrRefused, money.MaxParsed)
	}
	body := chargeBody{Value: valueBody{Original: c.Amount.Decimal()}, Key: s.access.Key, Message: cut(c.Description, maxMessage)}
	if c.DueDate.IsZero() || c.DueDate.Ordinal() < calendar.Of(now, at).Ordinal() {
		if body.Calendar.Expiry = int64(c.ExpiresAt.Sub(now) / time.Second); body.Calendar.Expiry < 1 {
			return "", chargeBody{}, fmt.Errorf("%w: the charge's time has passed", collection.ErrRefused)
		}
		return immediate, body, nil
	}
	debtor, err := personOf(c.Payer)
	if err != nil {
		return "", chargeBody{}, err
	}
	days := max(0, calendar.Of(c.ExpiresAt, at).Ordinal()-c.DueDate.Ordinal())
	body.Debtor, body.Calendar = &debtor, calendarBody{DueDate: c.DueDate.String(), ValidAfter: &days}
	body.Value.Fine, body.Value.Interest = rateOf(percent, c.FineRate), rateOf(byMonth, c.MonthlyInterest)
	return dated, body, nil
}

// personOf names who owes by number and name; nothing else of the payer is needed.
func personOf(p provider.Payer) (person, error) {
	id, err := taxid.Parse(p.Document)
	name := cut(p.Name, maxName)
	if err != nil || name == "" {
		return person{}, fmt.Errorf("%w: the payer's document or name is no such thing", collection.ErrRefused)
	}
	if id.Kind() == taxid.CPF {
		return person{CPF: id.String(), Name: name}, nil
	}
	return person{CNPJ: id.String(), Name: name}, nil
}

// rateOf writes a rate in percent with two decimals, as the API takes it; what is finer is cut off, so that nobody is charged more than
// was agreed. It is nil for nothing.
func rateOf(modality int, rate money.Rate) *rateBody {
	hundredths := new(big.Rat).Mul(rate.Rat(), big.NewRat(100*100, 1))
	whole := new(big.Int).Quo(hundredths.Num(), hundredths.Denom())
	if whole.Sign() == 0 {
		return nil
	}
	return &rateBody{modality, new(big.Rat).SetFrac(whole, big.NewInt(100)).FloatString(2)}
}

// make puts the charge and checks that the API now holds it. One that stands there already is read back and compared. A charge that was
// perhaps put before its due date passed is looked for first: it must not be made a second time as another kind.
func (s *session) make(ctx context.Context, which kind, c provider.Charge, body chargeBody) (chargeAnswer, error) {
	if which == immediate && !c.DueDate.IsZero() {
		found, err := s.get(ctx, dated, c.TxID)
		if err == nil {
			return found, s.same(found, dated, c, collection.ErrRefused)
		}
		if !errors.Is(err, collection.ErrNotFound) {
			return chargeAnswer{}, err
		}
	}
	var made chargeAnswer
	err := s.call(ctx, http.MethodPut, "/"+string(which)+"/"+c.TxID, body, &made)
	if err == nil {
		return made, s.same(made, which, c, collection.ErrUnavailable)
	}
	if !errors.Is(err, collection.ErrRefused) {
		return chargeAnswer{}, err
	}
	found, at, failed := s.find(ctx, c.TxID)
	if errors.Is(failed, collection.ErrNotFound) {
		return chargeAnswer{}, err
	}
	if failed != nil {
		return chargeAnswer{}, failed
	}
	return found, s.same(found, at, c, collection.ErrRefused)
}

// same refuses, as the given error, an answer about another charge than the one asked for.
func (s *session) same(a chargeAnswer, which kind, c provider.Charge, class error) error {
	amount, err := parseAmount(a.Value.Original)
	switch {
	case a.TxID != c.TxID:
		return fmt.Errorf("%w: the API's answer is about another charge", class)
	case err != nil || amount != c.Amount:
		return fmt.Errorf("%w: the API's charge is over another amount", class)
	case a.Key != s.access.Key:
		return fmt.Errorf("%w: the API's charge pays another key", class)
	case which == dated && a.Calendar.DueDate != c.DueDate.String():
		return fmt.Errorf("%w: the API's charge is due on another day", class)
	}
	return nil
}

// readCode reads a code and refuses one that would not pay this charge: it must be dynamic and lead to the given location, and an amount
// and a txid, where it carries them, must be the charge's.
func readCode(code, location string, c provider.Charge) (brcode.Payload, error) {
	payload, err := brcode.Parse(code)
	switch {
	case err != nil:
		return payload, fmt.Errorf("read the API's code: %w", err)
	case payload.Location == "" || payload.Key != "":
		return payload, errors.New("the API's code leads to no charge")
	case location != "" && payload.Location != location:
		return payload, errors.New("the API's code leads to another charge")
	case payload.HasAmount && payload.Amount != c.Amount:
		return payload, errors.New("the API's code is over another amount")
	case payload.TxID != "" && payload.TxID != brcode.NoTxID && payload.TxID != c.TxID:
		return payload, errors.New("the API's code carries another txid")
	}
	return payload, nil
}

func (s *session) get(ctx context.Context, which kind, txID string) (chargeAnswer, error) {
	if !txIDForm.MatchString(txID) {
		return chargeAnswer{}, fmt.Errorf("%w: no charge has such a txid", collection.ErrNotFound)
	}
	var found chargeAnswer
	if err := s.call(ctx, http.MethodGet, "/"+string(which)+"/"+txID, nil, &found); err != nil {
		return chargeAnswer{}, err
	}
	if found.TxID != txID {
		return chargeAnswer{}, fmt.Errorf("%w: the API's answer is about another charge", collection.ErrUnavailable)
	}
	return found, nil
}

// find reads a charge whose kind is not known.
func (s *session) find(ctx context.Context, txID string) (chargeAnswer, kind, error) {
	found, err := s.get(ctx, dated, txID)
	if err == nil || !errors.Is(err, collection.ErrNotFound) {
		return found, dated, err
	}
	found, err = s.get(ctx, immediate, txID)
	return found, immediate, err
}

func (s *session) fetch(ctx context.Context, txID string) (provider.State, error) {
	found, _, err := s.find(ctx, txID)
	if err != nil {
		return provider.State{}, err
	}
	return found.state()
}

// cancel removes whatever kind of charge stands under the txid, and reads it afterwards.
func (s *session) cancel(ctx context.Context, txID string) (provider.State, error) {
	found, which, err := s.find(ctx, txID)
	if err != nil {
		return provider.State{}, err
	}
	var refused error
	if found.Status == statusActive {
		refused = s.call(ctx, http.MethodPatch, "/"+string(which)+"/"+txID, map[string]string{"status": statusRemoved}, nil)
		if refused != nil && !errors.Is(refused, collection.ErrRefused) {
			return provider.State{}, refused
		}
		if found, err = s.get(ctx, which, txID); err != nil {
			return provider.State{}, err
		}
	}
	if found.Status == statusActive {
		return provider.State{}, errors.Join(fmt.Errorf("%w: the charge is not removed", collection.ErrUnavailable), refused)
	}
	return found.state()
}

// cut ends a text after so many characters, without blanks around it.
func cut(text string, limit int) string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, ""))
	if utf8.RuneCountInString(text) > limit {
		text = strings.TrimSpace(string([]rune(text)[:limit]))
	}
	return text
}
