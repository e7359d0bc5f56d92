package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/regua/regua/shared/boleto"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/qr"
	"github.com/regua/regua/shared/taxid"
)

// maxInstalments is the longest schedule that the API document allows.
const maxInstalments = 72

// Payments gives participants payment codes and tells them what became of them.
type Payments struct {
	Requests *payment.Requests
}

// Register gives the routes their handlers.
func (p *Payments) Register(a *API) {
	a.Handle("POST", "/v1/me/payment-intents", p.request)
	a.Handle("GET", "/v1/me/payment-intents/{id}", p.show)
}

type intentRequest struct {
	AgreementID string     `json:"agreementId"`
	Instalment  int        `json:"instalment"`
	Method      string     `json:"method"`
	Debit       *debitBody `json:"debit"`
}

// debitBody is the account that the participant authorises to be debited, and what they agree to.
type debitBody struct {
	Bank         string `json:"bank"`
	Branch       string `json:"branch"`
	Account      string `json:"account"`
	Document     string `json:"document"`
	PartialDebit bool   `json:"partialDebit"`
	Overdraft    bool   `json:"overdraft"`
}

var (
	bankForm    = form.New(`^[0-9]{3}$`)
	branchForm  = form.New(`^[0-9]{4}$`)
	accountForm = form.New(`^[0-9]{1,14}$`)
)

func (b debitBody) consent() (*payment.DebitConsent, error) {
	switch {
	case !bankForm.MatchString(b.Bank):
		return nil, Invalid("debit.bank", "Use o código do banco, com 3 dígitos.")
	case !branchForm.MatchString(b.Branch):
		return nil, Invalid("debit.branch", "Use a agência, com 4 dígitos.")
	case !accountForm.MatchString(b.Account):
		return nil, Invalid("debit.account", "Use a conta com o dígito, só números, até 14.")
	}
	document := ""
	if b.Document != "" {
		id, err := taxid.Parse(b.Document)
		if err != nil {
			return nil, Invalid("debit.document", "Use o CPF ou CNPJ do titular da conta.")
		}
		document = id.String()
	}
	return &payment.DebitConsent{
		Bank: b.Bank, Branch: b.Branch, Account: b.Account, Document: document, PartialDebit: b.PartialDebit, Overdraft: b.Overdraft,
	}, nil
}

func (b intentRequest) ask(r *Request) (payment.Ask, error) {
	agreement, err := collection.ParseID[collection.AgreementNoun](b.AgreementID)
	if err != nil {
		return payment.Ask{}, Invalid("agreementId", "Use o identificador do acordo.")
	}
	if b.Instalment < 1 || b.Instalment > maxInstalments {
		return payment.Ask{}, Invalid("instalment", "Use o número da parcela, de 1 a "+strconv.Itoa(maxInstalments)+".")
	}
	method := collection.Method(b.Method)
	switch method {
	case collection.MethodPix, collection.MethodBoleto, collection.MethodDebit:
	default:
		return payment.Ask{}, Invalid("method", "Use pix, boleto ou debit.")
	}
	canonical := fmt.Sprintf("%s\n%d\n%s", agreement, b.Instalment, method)
	var consent *payment.DebitConsent
	if b.Debit != nil {
		if method != collection.MethodDebit {
			return payment.Ask{}, Invalid("debit", "Só para o pagamento por débito em conta.")
		}
		if consent, err = b.Debit.consent(); err != nil {
			return payment.Ask{}, err
		}
		canonical += fmt.Sprintf("\n%+v", *consent)
	}
	return payment.Ask{Agreement: agreement, Instalment: b.Instalment, Method: method, Debit: consent, Once: idempotency.Request{
		Route: r.Route.Method + " " + r.Route.Path, KeyHash: sha256Hex([]byte(r.IdempotencyKey)), BodyHash: sha256Hex([]byte(canonical)),
	}}, nil
}

type intentBody struct {
	PaymentIntentID string     `json:"paymentIntentId"`
	AgreementID     string     `json:"agreementId"`
	Instalment      int        `json:"instalment"`
	Method          string     `json:"method"`
	Status          string     `json:"status"`
	Amount          int64      `json:"amountCentavos"`
	ExpiresAt       string     `json:"expiresAt"`
	Pix             *pixBody   `json:"pix,omitempty"`
	Boleto          *slipBody  `json:"boleto,omitempty"`
	Debit           *debitView `json:"debit,omitempty"`
	ConfirmedAt     string     `json:"confirmedAt,omitempty"`
	NextAction      NextAction `json:"nextAction"`
}

type pixBody struct {
	BRCode string `json:"brCode"`
	QRSVG  string `json:"qrSvg"`
}

type slipBody struct {
	Line       string `json:"line"`
	Barcode    string `json:"barcode"`
	BarcodeSVG string `json:"barcodeSvg"`
	PDFURL     string `json:"pdfUrl,omitempty"`
}

type debitView struct {
	MandateStatus string `json:"mandateStatus"`
}

func (p *Payments) request(ctx context.Context, r *Request) (Reply, error) {
	in, err := Decode[intentRequest](r.Body)
	if err != nil {
		return Reply{}, err
	}
	ask, err := in.ask(r)
	if err != nil {
		return Reply{}, err
	}
	asked, err := p.Requests.Request(ctx, r.Meta("payment requested"), r.Dossier, ask)
	switch {
	case errors.Is(err, payment.ErrMethodNotAvailable):
		return Reply{}, NewProblem(contract.CodeMethodNotAvailable, WithCause(err))
	case errors.Is(err, payment.ErrMandateNeeded):
		return Reply{}, Invalid("debit", "Informe a conta a debitar e autorize o débito.")
	case errors.Is(err, idempotency.ErrKeyReused):
		return Reply{}, NewProblem(contract.CodeIdempotencyMismatch, WithCause(err))
	case err != nil:
		return Reply{}, err
	}
	body, err := encodeIntent(asked.Intent, asked.Dossier, r.Now)
	if err != nil {
		return Reply{}, err
	}
	reply := Reply{Status: http.StatusCreated, Body: body}
	if asked.Intent.Status == collection.IntentRequested {
		reply.Status = http.StatusAccepted
	}
	if asked.Replayed {
		reply.Header = http.Header{"Idempotency-Replayed": {"true"}}
	}
	return reply, nil
}

func (p *Payments) show(ctx context.Context, r *Request) (Reply, error) {
	id, err := collection.ParseID[collection.IntentNoun](r.Params["id"])
	if err != nil {
		return Reply{}, collection.ErrNotFound
	}
	intent, err := payment.Find(ctx, p.Requests.Issuing.Intents, r.Principal, id)
	if err != nil {
		return Reply{}, err
	}
	d := r.Dossier
	if intent.Revision > d.Case.Seq { // the money came between the two reads: the agreement must not seem unpaid beside it
		if d, err = p.Requests.Issuing.Cases.Load(ctx, intent.Creditor, intent.Case); err != nil {
			return Reply{}, fmt.Errorf("load case: %w", err)
		}
	}
	body, err := encodeIntent(intent, d, r.Now)
	if err != nil {
		return Reply{}, err
	}
	return Reply{Body: body}, nil
}

func encodeIntent(i collection.Intent, d *collection.Dossier, now time.Time) (intentBody, error) {
	agreement, ok := d.Agreement(i.Agreement)
	if !ok || i.Instalment < 1 || i.Instalment > len(agreement.Instalments) {
		return intentBody{}, fmt.Errorf("intent %s has no instalment", i.ID)
	}
	instalment := agreement.Instalments[i.Instalment-1]
	payable := agreement.Live() && instalment.Paid < instalment.Amount
	status := payment.StatusAt(i, now)
	body := intentBody{
		PaymentIntentID: i.ID.String(), AgreementID: i.Agreement.String(), Instalment: i.Instalment, Method: string(i.Method),
		Status: string(status), Amount: int64(i.Amount), ExpiresAt: written(i.ExpiresAt),
	}
	if !i.ConfirmedAt.IsZero() {
		body.ConfirmedAt = written(i.ConfirmedAt)
	}
	body.NextAction = nextOfIntent(status, payable, *agreement, now)
	if i.Method == collection.MethodDebit && payable && (status == collection.IntentIssued || status == collection.IntentCancelled) {
		body.Debit = &debitView{MandateStatus: string(agreement.Mandate.Status)} // also after a refusal: whether another account is wanted
	}
	if status != collection.IntentIssued || !payable {
		return body, nil
	}
	if err := body.show(i); err != nil {
		return intentBody{}, err
	}
	return body, nil
}

// nextOfIntent is what a participant with a request for money in this status would do next.
func nextOfIntent(status collection.IntentStatus, payable bool, a collection.Agreement, now time.Time) NextAction {
	switch status {
	case collection.IntentRequested, collection.IntentNoticed:
		return NextPoll
	case collection.IntentIssued, collection.IntentExpired, collection.IntentCancelled:
		if payable {
			return NextPay
		}
	case collection.IntentConfirmed, collection.IntentRefunded:
	}
	return nextOfAgreement(a, now)
}

// show adds that by which an intent can be paid. A boleto may carry a BR Code beside its bars.
func (b *intentBody) show(i collection.Intent) error {
	if i.Code.BRCode != "" {
		svg, err := qr.SVG(i.Code.BRCode)
		if err != nil {
			return fmt.Errorf("draw payment code of intent %s: %w", i.ID, err)
		}
		b.Pix = &pixBody{BRCode: i.Code.BRCode, QRSVG: svg}
	}
	if i.Code.Line != "" {
		slip, err := boleto.ParseBarcode(i.Code.Barcode)
		if err != nil {
			return fmt.Errorf("draw bars of intent %s: %w", i.ID, err)
		}
		b.Boleto = &slipBody{Line: i.Code.Line, Barcode: i.Code.Barcode, BarcodeSVG: slip.SVG(), PDFURL: i.Code.DocumentURL}
	}
	return nil
}
