// Package sandbox is the adapter of the sandbox bank: a provider of instant payments and boletos for development and demonstrations, with
// an HTTP API of charges and with notices signed after the Standard Webhooks specification.
package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/regua/regua/shared/boleto"
	"github.com/regua/regua/shared/brcode"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

const (
	// callTime is how long one call may take when the caller's context allows more.
	callTime = 5 * time.Second
	// maxAnswer is many times the largest answer: a charge with a hundred payments.
	maxAnswer = 64 << 10
)

// Bank calls the sandbox bank. All calls are idempotent.
type Bank struct {
	url    string
	client *http.Client
}

// New makes a Bank at an address without a trailing slash. Redirects are refused: a token goes to one address only.
func New(address string, transport http.RoundTripper) *Bank {
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Bank{url: strings.TrimSuffix(address, "/"), client: &http.Client{Transport: transport, CheckRedirect: refuse}}
}

type chargeBody struct {
	AmountCentavos int64     `json:"amountCentavos"`
	ExpiresAt      time.Time `json:"expiresAt"`
	MerchantName   string    `json:"merchantName"`
	City           string    `json:"city"`
	Boleto         *slipBody `json:"boleto,omitempty"`
}

// slipBody is what a boleto has beyond what every charge has. The bank adds no late charges.
type slipBody struct {
	DueDate       string `json:"dueDate"` // empty for none
	PayerName     string `json:"payerName"`
	PayerDocument string `json:"payerDocument"`
	Description   string `json:"description"`
}

type slipAnswer struct {
	Line        string `json:"line"`
	Barcode     string `json:"barcode"`
	DocumentURL string `json:"documentUrl"`
}

type chargeAnswer struct {
	TxID           string        `json:"txid"`
	Status         string        `json:"status"`
	AmountCentavos int64         `json:"amountCentavos"`
	ExpiresAt      time.Time     `json:"expiresAt"`
	BRCode         string        `json:"brCode"`
	Boleto         slipAnswer    `json:"boleto"`
	Payments       []paymentBody `json:"payments"`
	Refunds        []returnBody  `json:"refunds"`
}

type paymentBody struct {
	EndToEndID     string    `json:"endToEndId"`
	TxID           string    `json:"txid"`
	AmountCentavos int64     `json:"amountCentavos"`
	PaidAt         time.Time `json:"paidAt"`
}

type refundBody struct {
	ID             string `json:"id"`
	EndToEndID     string `json:"endToEndId"`
	AmountCentavos int64  `json:"amountCentavos"`
}

type refundAnswer struct {
	ID             string    `json:"id"`
	RtrID          string    `json:"rtrId"`
	EndToEndID     string    `json:"endToEndId"`
	AmountCentavos int64     `json:"amountCentavos"`
	At             time.Time `json:"at"`
}

// Issue makes the charge, or finds the one made before, and returns its code, checked. A BR Code: its CRC, its amount, and that it leads to
// this charge. A slip: that its line and barcode say the same, its amount and its due date.
func (b *Bank) Issue(ctx context.Context, account provider.Account, c provider.Charge) (collection.PayCode, error) {
	body := chargeBody{AmountCentavos: int64(c.Amount), ExpiresAt: c.ExpiresAt.UTC(), MerchantName: c.MerchantName, City: c.MerchantCity}
	switch c.Method {
	case collection.MethodPix, "":
	case collection.MethodBoleto:
		body.Boleto = &slipBody{PayerName: c.Payer.Name, PayerDocument: c.Payer.Document, Description: c.Description}
		if !c.DueDate.IsZero() {
			body.Boleto.DueDate = c.DueDate.String()
		}
	default:
		return collection.PayCode{}, fmt.Errorf("%w: issue charge: the bank has no such rail", collection.ErrRefused)
	}
	state, err := b.charge(ctx, account, http.MethodPut, c.TxID, body)
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("issue charge: %w", err)
	}
	if c.Method == collection.MethodBoleto {
		err = checkSlip(state.Code, c)
	} else {
		err = checkCode(state.Code.BRCode, c)
	}
	if err != nil {
		return collection.PayCode{}, fmt.Errorf("%w: issue charge: %w", collection.ErrUnavailable, err)
	}
	return state.Code, nil
}

// checkSlip refuses a slip that would not pay this charge, and an address that is none to lead a payer to.
func checkSlip(code collection.PayCode, c provider.Charge) error {
	if u := code.DocumentURL; u != "" && !strings.HasPrefix(u, "http://") && !strings.HasPrefix(u, "https://") {
		return errors.New("the bank's slip stands at no address")
	}
	if err := boleto.Check(code.Line, code.Barcode, c.Amount, c.DueDate, c.DueDate); err != nil {
		return fmt.Errorf("read the bank's slip: %w", err)
	}
	return nil
}

// checkCode refuses a code that would not pay this charge. A dynamic code names its charge by the location; its txid field stays empty,
// as a txid of 26 characters does not fit there.
func checkCode(code string, c provider.Charge) error {
	payload, err := brcode.Parse(code)
	switch {
	case err != nil:
		return fmt.Errorf("read the bank's code: %w", err)
	case !payload.HasAmount || payload.Amount != c.Amount:
		return fmt.Errorf("the bank's code is over another amount")
	case !strings.HasSuffix(payload.Location, "/"+c.TxID):
		return fmt.Errorf("the bank's code leads to another charge")
	case payload.TxID != brcode.NoTxID && payload.TxID != c.TxID:
		return fmt.Errorf("the bank's code carries another txid")
	}
	return nil
}

// Fetch asks what became of a charge.
func (b *Bank) Fetch(ctx context.Context, account provider.Account, txID string) (provider.State, error) {
	state, err := b.charge(ctx, account, http.MethodGet, txID, nil)
	if err != nil {
		return provider.State{}, fmt.Errorf("fetch charge: %w", err)
	}
	return state, nil
}

// Cancel makes a charge unpayable and returns what became of it: a charge that was paid first stays paid.
func (b *Bank) Cancel(ctx context.Context, account provider.Account, txID string) (provider.State, error) {
	state, err := b.charge(ctx, account, http.MethodDelete, txID, nil)
	if err != nil {
		return provider.State{}, fmt.Errorf("cancel charge: %w", err)
	}
	return state, nil
}

// Refund sends money back. It is collection.ErrRefused when the payment has not that much left.
func (b *Bank) Refund(ctx context.Context, account provider.Account, txID string, order provider.RefundOrder) (provider.Refund, error) {
	body := refundBody{ID: order.ID, EndToEndID: order.Fact, AmountCentavos: int64(order.Amount)}
	text, err := b.call(ctx, account, http.MethodPost, "/charges/"+url.PathEscape(txID)+"/refunds", body)
	if err != nil {
		return provider.Refund{}, fmt.Errorf("refund payment: %w", err)
	}
	answer, err := strictjson.Decode[refundAnswer](text)
	same := refundBody{answer.ID, answer.EndToEndID, answer.AmountCentavos} == body
	if err != nil || answer.RtrID == "" || !same {
		return provider.Refund{}, fmt.Errorf("%w: the bank's answer to a refund is not one", collection.ErrUnavailable)
	}
	return provider.Refund{ID: answer.ID, Fact: answer.RtrID, Amount: money.Centavos(answer.AmountCentavos)}, nil
}

// charge makes a call that answers a charge.
func (b *Bank) charge(ctx context.Context, account provider.Account, method, txID string, body any) (provider.State, error) {
	text, err := b.call(ctx, account, method, "/charges/"+url.PathEscape(txID), body)
	if err != nil {
		return provider.State{}, err
	}
	answer, err := strictjson.Decode[chargeAnswer](text)
	if err != nil {
		return provider.State{}, fmt.Errorf("%w: read the bank's answer: %w", collection.ErrUnavailable, err)
	}
	state := provider.State{Status: provider.ChargeStatus(answer.Status), Code: collection.PayCode{
		BRCode: answer.BRCode, Line: answer.Boleto.Line, Barcode: answer.Boleto.Barcode, DocumentURL: answer.Boleto.DocumentURL,
	}}
	for _, p := range answer.Payments {
		payment, err := p.payment()
		if err != nil || payment.TxID != txID {
			return provider.State{}, fmt.Errorf("%w: the bank's answer holds a payment that is not one of this charge", collection.ErrUnavailable)
		}
		state.Payments = append(state.Payments, payment)
	}
	if state.Returns, err = returned(answer.Refunds); err != nil {
		return provider.State{}, err
	}
	if answer.TxID != txID {
		return provider.State{}, fmt.Errorf("%w: the bank's answer is about another charge", collection.ErrUnavailable)
	}
	return state, nil
}

// call makes one call and returns the body of a success.
func (b *Bank) call(ctx context.Context, account provider.Account, method, path string, body any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode call: %w", err)
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, b.url+path, content)
	if err != nil {
		return nil, fmt.Errorf("make call: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+account.APIToken)
	request.Header.Set("Content-Type", "application/json")
	status, text, err := provider.Do(b.client, request, "the bank", maxAnswer)
	if err != nil {
		return nil, err
	}
	return text, outcome(status)
}

// outcome sorts the bank's statuses. A token that is not accepted is a fault of configuration, which somebody will mend: worth another try.
func outcome(status int) error {
	switch status {
	case http.StatusOK, http.StatusCreated:
		return nil
	case http.StatusNotFound:
		return fmt.Errorf("%w: the bank does not know it", collection.ErrNotFound)
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: the bank answered %d", collection.ErrRefused, status)
	}
	return fmt.Errorf("%w: the bank answered %d", collection.ErrUnavailable, status)
}
