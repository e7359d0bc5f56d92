// Package asaas is the adapter of Asaas (API v3) for boletos: charges of billing type BOLETO, named by Regua's own txid as their
// externalReference. Asaas keeps no idempotency key, so every charge is looked for before it is made and counted after.
package asaas

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/boleto"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
)

// Name is the provider's name.
const Name = "asaas"

// Address is that of the API.
const Address = "https://api.asaas.com/v3"

// operationTime is how long Issue, Fetch, Cancel and Refund may take when the caller's context allows more: they make up to seven calls,
// and what one of them has not finished the next try finds.
const operationTime = 5 * time.Second

// maxDocumentURL bounds the address of the printable slip.
const maxDocumentURL = 512

// Asaas calls the API of Asaas. All operations may be repeated.
type Asaas struct {
	url    string
	client *http.Client
	now    func() time.Time
}

// New makes an Asaas at an address, Address but for tests. Redirects are refused: a token goes to one address only.
func New(address string, transport http.RoundTripper, now func() time.Time) *Asaas {
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Asaas{strings.TrimSuffix(address, "/"), &http.Client{Transport: transport, CheckRedirect: refuse}, now}
}

// chargeBody is a charge as Asaas is asked for it. Amounts and rates are written as exact decimals.
type chargeBody struct {
	Customer          string  `json:"customer"`
	BillingType       string  `json:"billingType"`
	Value             decimal `json:"value"`
	DueDate           string  `json:"dueDate"`
	Description       string  `json:"description,omitempty"`
	ExternalReference string  `json:"externalReference"`
	// DaysAfterDue is how long after the due date the bank takes the slip.
	DaysAfterDue  int       `json:"daysAfterDueDateToRegistrationCancellation"`
	Interest      *rateBody `json:"interest,omitempty"`
	Fine          *rateBody `json:"fine,omitempty"`
	PostalService bool      `json:"postalService"`
}

// rateBody is a share of the amount in percent: interest by the month, a fine once.
type rateBody struct {
	Value decimal `json:"value"`
	Type  string  `json:"type,omitempty"`
}

// decimal is the text of a JSON number.
type decimal string

// MarshalJSON writes the number as it stands.
func (d decimal) MarshalJSON() ([]byte, error) { return []byte(d), nil }

func percent(r money.Rate) decimal {
	text := new(big.Rat).Mul(r.Rat(), big.NewRat(100, 1)).FloatString(10)
	return decimal(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}

// slipBody is what Asaas says of a charge's slip.
type slipBody struct {
	IdentificationField string `json:"identificationField"`
	BarCode             string `json:"barCode"`
}

// Issue makes the charge, or finds the one made before, and returns its slip: its typed line and barcode say the same, and its amount and
// due date are the charge's. Another slip is withdrawn and collection.ErrRefused. Asaas takes no due date that has passed: such a charge
// falls due on the day it is made, so what the delay costs before that day has to stand in its amount.
func (a *Asaas) Issue(ctx context.Context, account provider.Account, c provider.Charge) (collection.PayCode, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	if c.Method != collection.MethodBoleto {
		return collection.PayCode{}, fmt.Errorf("%w: issue charge: Asaas is asked for boletos only", collection.ErrRefused)
	}
	today, err := a.today()
	if err != nil {
		return collection.PayCode{}, err
	}
	found, err := a.find(ctx, account, c.TxID)
	if errors.Is(err, collection.ErrNotFound) {
		found, err = a.create(ctx, account, c, today)
	}
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("issue charge: %w", err)
	}
	charge := found[0]
	if charge.Deleted {
		return collection.PayCode{}, fmt.Errorf("%w: issue charge: it was withdrawn", collection.ErrRefused)
	}
	slip, err := ask[slipBody](ctx, a, account, http.MethodGet, "/payments/"+charge.ID+"/identificationField", nil)
	if errors.Is(err, collection.ErrNotFound) || errors.Is(err, collection.ErrRefused) {
		err = fmt.Errorf("%w: its slip is not registered yet", collection.ErrUnavailable)
	}
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("issue charge: %w", err)
	}
	code, wrong := charge.code(c, slip, today)
	if wrong == nil {
		return code, nil
	}
	if charge.open() {
		if err := a.withdraw(ctx, account, charge.ID); err != nil {
			return collection.PayCode{}, fmt.Errorf("withdraw slip of another charge: %w", err)
		}
	}
	return collection.PayCode{}, fmt.Errorf("%w: issue charge: %w", collection.ErrRefused, wrong)
}

// create makes a charge and looks whether somebody else did at the same time. Then it takes its own back and asks for another try: no
// charge whose slip was given to anybody is ever withdrawn by this.
func (a *Asaas) create(ctx context.Context, account provider.Account, c provider.Charge, today calendar.Date) ([]payment, error) {
	zone, err := bankZone()
	if err != nil {
		return nil, err
	}
	customer, err := a.customer(ctx, account, c.Payer)
	if err != nil {
		return nil, err
	}
	due := c.DueDate
	if due.Before(today) {
		due = today
	}
	body := chargeBody{
		Customer: customer, BillingType: "BOLETO", Value: decimal(c.Amount.Decimal()), DueDate: due.String(), Description: c.Description,
		ExternalReference: c.TxID, DaysAfterDue: max(0, due.DaysUntil(calendar.Of(c.ExpiresAt, zone))),
	}
	if !c.MonthlyInterest.IsZero() {
		body.Interest = &rateBody{Value: percent(c.MonthlyInterest)}
	}
	if !c.FineRate.IsZero() {
		body.Fine = &rateBody{percent(c.FineRate), "PERCENTAGE"}
	}
	made, err := ask[payment](ctx, a, account, http.MethodPost, "/payments", body)
	if err != nil {
		return nil, err
	}
	if err := made.sound(c.TxID); err != nil {
		return nil, err
	}
	all, err := a.find(ctx, account, c.TxID)
	if err != nil && !errors.Is(err, collection.ErrNotFound) { // a list may lag behind
		return nil, err
	}
	if !slices.ContainsFunc(all, func(p payment) bool { return !p.Deleted && p.ID != made.ID }) {
		return []payment{made}, nil
	}
	if err := a.withdraw(ctx, account, made.ID); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%w: the charge was made twice at once", collection.ErrUnavailable)
}

// code checks a charge and its slip against what was asked for.
func (p payment) code(c provider.Charge, slip slipBody, today calendar.Date) (collection.PayCode, error) {
	due, err := calendar.ParseDate(p.DueDate)
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("%w: no due date", boleto.ErrCharge)
	}
	face, err := p.face()
	if err != nil || face != c.Amount {
		return collection.PayCode{}, fmt.Errorf("%w: another amount", boleto.ErrCharge)
	}
	moved := c.DueDate.Before(due) && !due.After(today) // its due date had passed when it was made
	if due != c.DueDate && !moved {
		return collection.PayCode{}, fmt.Errorf("%w: another due date", boleto.ErrCharge)
	}
	if err := boleto.Check(slip.IdentificationField, slip.BarCode, c.Amount, due, today); err != nil {
		return collection.PayCode{}, fmt.Errorf("check slip: %w", err)
	}
	read, err := boleto.ParseBarcode(slip.BarCode)
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("check slip: %w", err)
	}
	return collection.PayCode{Line: read.Line(), Barcode: read.Barcode(), DocumentURL: p.documentURL(), Reference: p.ID}, nil
}

// documentURL is the address of the printable slip, or nothing where it is none to lead a payer to: the line pays without it.
func (p payment) documentURL() string {
	at, err := url.Parse(p.BankSlipURL)
	if err != nil || at.Scheme != "https" || at.Host == "" || at.User != nil || len(p.BankSlipURL) > maxDocumentURL {
		return ""
	}
	return p.BankSlipURL
}

// Fetch asks what became of a charge.
func (a *Asaas) Fetch(ctx context.Context, account provider.Account, txID string) (provider.State, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	all, err := a.find(ctx, account, txID)
	if err != nil {
		return provider.State{}, fmt.Errorf("fetch charge: %w", err)
	}
	return stateOf(all)
}

// Cancel makes a charge unpayable and returns what became of it: a charge that was paid first stays paid, settled or not.
func (a *Asaas) Cancel(ctx context.Context, account provider.Account, txID string) (provider.State, error) {
	ctx, cancel := context.WithTimeout(ctx, operationTime)
	defer cancel()
	all, err := a.find(ctx, account, txID)
	if err != nil {
		return provider.State{}, fmt.Errorf("cancel charge: %w", err)
	}
	for i, p := range all {
		if !p.open() {
			continue
		}
		err := a.withdraw(ctx, account, p.ID)
		if errors.Is(err, collection.ErrRefused) { // paid in between
			return a.Fetch(ctx, account, txID)
		}
		if err != nil {
			return provider.State{}, fmt.Errorf("cancel charge: %w", err)
		}
		all[i].Deleted = true
	}
	return stateOf(all)
}

// withdraw deletes a charge that nobody has paid.
func (a *Asaas) withdraw(ctx context.Context, account provider.Account, id string) error {
	type deleted struct {
		ID      string `json:"id"`
		Deleted bool   `json:"deleted"`
	}
	answer, err := ask[deleted](ctx, a, account, http.MethodDelete, "/payments/"+id, nil)
	if err != nil && !errors.Is(err, collection.ErrNotFound) {
		return err
	}
	if err == nil && (answer.ID != id || !answer.Deleted) {
		return fmt.Errorf("%w: Asaas did not say that the charge is deleted", collection.ErrUnavailable)
	}
	return nil
}

func (a *Asaas) today() (calendar.Date, error) {
	zone, err := bankZone()
	if err != nil {
		return calendar.Date{}, err
	}
	return calendar.Of(a.now(), zone), nil
}

// bankZone is where the banks' days begin.
func bankZone() (*time.Location, error) {
	zone, ok := calendar.Zone("SP")
	if !ok {
		return nil, errors.New("time zone of São Paulo is missing")
	}
	return zone, nil
}
