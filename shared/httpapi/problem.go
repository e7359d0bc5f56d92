package httpapi

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/session"
)

// NextAction is what the participant can do next; every answer with a body names one.
type NextAction string

// The closed vocabulary of next actions.
const (
	NextLogIn           NextAction = "log_in"
	NextVerifyCode      NextAction = "verify_code"
	NextSeeDebts        NextAction = "see_debts"
	NextChooseOffer     NextAction = "choose_offer"
	NextSignContract    NextAction = "sign_contract"
	NextWaitReview      NextAction = "wait_review"
	NextPay             NextAction = "pay"
	NextPoll            NextAction = "poll"
	NextWaitDueDate     NextAction = "wait_due_date"
	NextDone            NextAction = "done"
	NextRetry           NextAction = "retry"
	NextContactCreditor NextAction = "contact_creditor"
)

// FieldError is one thing wrong with a request: the field, header or query parameter, and what is wrong in the participant's language.
type FieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Problem is an error that the API answers in its own words. Anything else that a handler returns is answered as its domain error is
// translated, or as an internal fault with constant text.
type Problem struct {
	Code       string // one of contract's problem codes
	Detail     string // one sentence in Portuguese for the participant; empty takes the code's own
	Fields     []FieldError
	RetryAfter time.Duration // rounded up to whole seconds; 0 takes the code's own
	Next       NextAction    // empty takes the code's own
	Cause      error         // logged, never answered
	// Rule names the rule of a creditor's policy that a deal breaks, and Alternative is the nearest deal that keeps it, where there is one.
	Rule        string
	Alternative *offerBody
}

// Error implements error; it holds no text from outside.
func (p *Problem) Error() string {
	if p.Cause != nil {
		return p.Code + ": " + p.Cause.Error()
	}
	return p.Code
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Cause }

// Option adds to a problem.
type Option func(*Problem)

// WithDetail says more to the participant than the code's title.
func WithDetail(detail string) Option { return func(p *Problem) { p.Detail = detail } }

// WithField names a field that is wrong, and why.
func WithField(field, message string) Option {
	return func(p *Problem) { p.Fields = append(p.Fields, FieldError{fieldName(field), message}) }
}

// WithRetryAfter says when it may be worth trying again.
func WithRetryAfter(d time.Duration) Option { return func(p *Problem) { p.RetryAfter = d } }

// WithNextAction replaces the code's own next action.
func WithNextAction(next NextAction) Option { return func(p *Problem) { p.Next = next } }

// WithCause keeps the cause for the log.
func WithCause(err error) Option { return func(p *Problem) { p.Cause = err } }

// NewProblem makes a problem of one of contract's codes.
func NewProblem(code string, options ...Option) error {
	p := &Problem{Code: code}
	for _, option := range options {
		option(p)
	}
	return p
}

// Invalid is invalid_request for one field.
func Invalid(field, message string) error {
	return NewProblem(contract.CodeInvalidRequest, WithField(field, message))
}

// fieldName bounds a name that the caller may have made up.
func fieldName(name string) string {
	const longest = 80
	if name == "" {
		return "(sem nome)"
	}
	if utf8.RuneCountInString(name) > longest {
		return string([]rune(name)[:longest])
	}
	return name
}

// refusals translates the domain's closed vocabulary. The first that matches counts.
var refusals = []struct {
	err  error
	code string
}{
	{session.ErrUnknown, contract.CodeNotAuthenticated},
	{session.ErrExpired, contract.CodeSessionExpired},
	{collection.ErrInvalid, contract.CodeInvalidRequest},
	{collection.ErrNotFound, contract.CodeNotFound},
	{collection.ErrForbidden, contract.CodeForbidden},
	{collection.ErrConflict, contract.CodeConflict},
	{collection.ErrDebtsNotOpen, contract.CodeDebtsNotOpen},
	{collection.ErrProposalNotOpen, contract.CodeProposalNotOpen},
	{collection.ErrContractExpired, contract.CodeContractExpired},
	{collection.ErrContractChanged, contract.CodeContractChanged},
	{collection.ErrOfferExpired, contract.CodeOfferExpired},
	{collection.ErrOfferTaken, contract.CodeOfferTaken},
	{collection.ErrTooManyProposals, contract.CodeTooManyRequests},
	{collection.ErrInstalmentNotPayable, contract.CodeInstalmentNotPayable},
	{collection.ErrAgreementEnded, contract.CodeAgreementEnded},
	{collection.ErrTooLate, contract.CodeTooLate},
	{collection.ErrAnsweredOtherwise, contract.CodeAnsweredOtherwise},
	{collection.ErrUnavailable, contract.CodeTemporarilyUnavailable},
	{context.DeadlineExceeded, contract.CodeTemporarilyUnavailable},
}

// asProblem turns any error into the problem to answer.
func asProblem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	if errors.Is(err, collection.ErrDebtsInAgreement) {
		return &Problem{Code: contract.CodeDebtsNotOpen, Cause: err, Detail: "Há um acordo em andamento sobre esta dívida. Termine-o antes de " +
			"negociar de novo."}
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return &Problem{Code: r.code, Cause: err}
		}
	}
	return &Problem{Code: contract.CodeInternal, Cause: err}
}

// manner is what a code's answers have in common beside status and title.
type manner struct {
	next   NextAction
	retry  time.Duration
	detail string
}

var manners = map[string]manner{
	contract.CodeInvalidRequest:        {next: NextRetry},
	contract.CodeMalformedJSON:         {next: NextRetry},
	contract.CodeIdempotencyKeyMissing: {next: NextRetry, detail: "Envie o cabeçalho Idempotency-Key."},
	contract.CodeNotAuthenticated:      {next: NextLogIn},
	contract.CodeSessionExpired: {
		next: NextLogIn, detail: "Por segurança, a sessão termina depois de 15 minutos sem uso. Entre de novo para continuar de onde parou.",
	},
	contract.CodeCodeRejected:     {next: NextVerifyCode, detail: "Confira os 8 números ou peça um novo código."},
	contract.CodeSignatureInvalid: {next: NextRetry},
	contract.CodeForbidden:        {next: NextLogIn},
	contract.CodeEntryLinkInvalid: {
		next: NextLogIn, detail: "Entre com seu CPF e o número do contrato, ou use o link da mensagem mais recente.",
	},
	contract.CodeNotFound:              {next: NextSeeDebts},
	contract.CodeOfferExpired:          {next: NextChooseOffer, detail: "Os valores mudam com o tempo. Veja as ofertas de agora."},
	contract.CodeOfferTaken:            {next: NextSeeDebts, detail: "Continue de onde parou na proposta que já existe."},
	contract.CodeDebtsNotOpen:          {next: NextSeeDebts, detail: "Veja a situação atual das suas dívidas."},
	contract.CodeContractExpired:       {next: NextChooseOffer},
	contract.CodeContractChanged:       {next: NextSignContract, detail: "Leia o texto atual antes de assinar."},
	contract.CodeProposalNotOpen:       {next: NextSeeDebts},
	contract.CodeInstalmentNotPayable:  {next: NextSeeDebts},
	contract.CodeAgreementEnded:        {next: NextSeeDebts, detail: "Veja a situação atual das suas dívidas."},
	contract.CodeTooLate:               {next: NextSeeDebts},
	contract.CodeAnsweredOtherwise:     {next: NextDone, detail: "Vale a primeira resposta."},
	contract.CodeIdempotencyInProgress: {next: NextRetry, retry: 2 * time.Second},
	contract.CodeConflict:              {next: NextRetry, retry: time.Second},
	contract.CodeBodyTooLarge:          {next: NextRetry},
	contract.CodeUnsupportedMediaType:  {next: NextRetry, detail: "Envie application/json."},
	contract.CodeIdempotencyMismatch:   {next: NextSeeDebts},
	contract.CodeDealNotOffered:        {next: NextChooseOffer},
	contract.CodeMethodNotAvailable:    {next: NextPay, detail: "Pague por PIX."},
	contract.CodeTooManyRequests:       {next: NextRetry, retry: time.Minute},
	contract.CodeInternal:              {next: NextRetry, detail: "Nada foi alterado sem registro. Tente de novo em instantes."},
	contract.CodeProviderUnavailable:   {next: NextRetry, retry: 10 * time.Second},
	contract.CodeTemporarilyUnavailable: {
		next: NextRetry, retry: 5 * time.Second,
	},
}

// problemBody is the form of RFC 9457.
type problemBody struct {
	Type              string       `json:"type"`
	Title             string       `json:"title"`
	Status            int          `json:"status"`
	Code              string       `json:"code"`
	Detail            string       `json:"detail,omitempty"`
	Rule              string       `json:"rule,omitempty"`
	Alternative       *offerBody   `json:"alternative,omitempty"`
	Errors            []FieldError `json:"errors,omitempty"`
	RetryAfterSeconds int          `json:"retryAfterSeconds,omitempty"`
	CorrelationID     string       `json:"correlationId"`
	NextAction        NextAction   `json:"nextAction"`
}

// maxRetryAfter is the longest wait that the API document allows.
const maxRetryAfter = 24 * time.Hour

// body fills in what the problem leaves to its code. A code outside the tables is a programming fault and answered as internal.
func (p *Problem) body(correlationID string) problemBody {
	for _, known := range contract.Problems() {
		if known.Code != p.Code {
			continue
		}
		m := manners[p.Code]
		b := problemBody{
			Type: "/docs#" + p.Code, Title: known.Title, Status: known.Status, Code: p.Code, Detail: m.detail, Errors: p.Fields,
			Rule: p.Rule, Alternative: p.Alternative,
			RetryAfterSeconds: seconds(m.retry), CorrelationID: correlationID, NextAction: m.next,
		}
		if p.Detail != "" {
			b.Detail = p.Detail
		}
		if p.RetryAfter > 0 {
			b.RetryAfterSeconds = seconds(min(p.RetryAfter, maxRetryAfter))
		}
		if p.Next != "" {
			b.NextAction = p.Next
		}
		return b
	}
	return (&Problem{Code: contract.CodeInternal}).body(correlationID)
}

// seconds rounds up, so that nobody comes back too early.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }
