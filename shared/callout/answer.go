package callout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/form"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/websign"
)

// The types of answers: to service.restore_requested and to plan.reactivation_requested.
const (
	TypeServiceAnswered = "service.restore_answered"
	TypePlanAnswered    = "plan.reactivation_answered"
)

// Metrics of answers that people must look at: a participant paid and does not get back what the payment was to bring back, and an answer
// says the opposite of the one that stands.
const (
	MetricRefused      = "aftercareRefused"
	MetricContradicted = "aftercareContradicted"
)

// MaxAnswer is the longest answer in bytes, ten times the largest legal one.
const MaxAnswer = 4 << 10

// answerRoute names the answers among what is kept of requests that come once, and keepAnswer is how long: a creditor's system may deliver
// as long as this one does, and be down for weeks.
const (
	answerRoute = "creditor answer"
	keepAnswer  = 30 * 24 * time.Hour
)

var (
	// ErrSignature says that an answer is not proven to be of the creditor's system, or is too old to be taken.
	ErrSignature = errors.New("answer not signed as it must be")
	// ErrAnswer says that a proven answer is not of the form that is agreed; the *FieldError beneath names the member.
	ErrAnswer = errors.New("answer of another form")
)

// FieldError names the member of an answer that breaks its rule, and says the rule in Portuguese, for whoever wrote the creditor's system.
type FieldError struct{ Member, Rule string }

// Error implements error. It tells no value.
func (e *FieldError) Error() string { return e.Member + ": " + e.Rule }

// Unwrap makes every FieldError an ErrAnswer.
func (e *FieldError) Unwrap() error { return ErrAnswer }

// Cases loads and commits cases.
type Cases interface {
	Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error)
	Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error
}

// CallbackSecrets finds the secrets that a creditor's system signs its answers with; collection.ErrNotFound when there are none.
type CallbackSecrets interface {
	Callback(ctx context.Context, creditor collection.CreditorID) ([]string, error)
}

// Delivery is one delivery of an answer to a creditor's address. Creditor is as the address names it.
type Delivery struct {
	Creditor string
	Header   func(name string) string
	Body     []byte // as it came
	// CorrelationID is the request's, for logs.
	CorrelationID string
}

// Answers takes in what creditors' systems answer to requests for aftercare.
type Answers struct {
	Secrets CallbackSecrets
	Cases   Cases
	Now     func() time.Time
	Count   func(ctx context.Context, metric string)
	Log     *slog.Logger
}

// answer is the body of an answer.
type answer struct {
	Type        string   `json:"type"`
	CaseID      string   `json:"caseId"`
	AgreementID string   `json:"agreementId"`
	Outcome     string   `json:"outcome"`
	Reason      string   `json:"reason"`
	Benefit     *benefit `json:"benefit"`
}

type benefit struct {
	Kind    string `json:"kind"`
	Until   string `json:"until"`
	Version string `json:"version"`
}

var (
	reasonForm  = form.New(`^[a-z0-9_]{1,40}$`)
	versionForm = form.New(`^[A-Za-z0-9._-]{1,40}$`)
)

// Take verifies an answer over its raw bytes and records it. The same delivery again, by its webhook-id, changes nothing, and neither does
// the same outcome in another one; the opposite of an answer that stands is collection.ErrAnsweredOtherwise. The other errors are
// ErrSignature, strictjson.ErrSyntax and ErrShape, ErrAnswer, collection.ErrNotFound for a creditor without secret and for what is not the
// creditor's or was not asked, collection.ErrInvalid for a webhook-id that came with another body, and collection.ErrConflict and
// collection.ErrUnavailable, after which the creditor's system delivers again.
func (a *Answers) Take(ctx context.Context, d Delivery) error {
	creditor, err := collection.ParseCreditorID(d.Creditor)
	if err != nil {
		return fmt.Errorf("%w: no such creditor", collection.ErrNotFound)
	}
	secrets, err := a.Secrets.Callback(ctx, creditor)
	if err != nil {
		return fmt.Errorf("find secret: %w", err)
	}
	now := a.Now()
	err = websign.Verify(secrets, d.Header, d.Body, now)
	switch {
	case errors.Is(err, websign.ErrSecret): // a fault of this side
		return fmt.Errorf("verify answer: %w", err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrSignature, err)
	}
	in, err := strictjson.Decode[answer](d.Body)
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	id, said, err := in.read()
	if err != nil {
		return err
	}
	meta := collection.Meta{
		At: now, By: collection.Principal{Kind: collection.KindCreditor, ID: string(creditor), Creditor: creditor},
		CorrelationID: d.CorrelationID,
	}
	key := collection.Answer{
		Route: answerRoute, KeyHash: hash([]byte(d.Header(websign.HeaderID))), BodyHash: hash(d.Body), ExpiresAt: now.Add(keepAnswer),
	}
	return a.record(ctx, meta, id, in.Type, said, key)
}

// record writes an answer down with the id that it came under, so that the id counts once, whatever staff have asked since.
func (a *Answers) record(
	ctx context.Context, meta collection.Meta, id collection.CaseID, kind string, said collection.AftercareAnswered, key collection.Answer,
) error {
	recorded := false
	err := collection.Redo(func() error {
		d, err := a.Cases.Load(ctx, meta.By.Creditor, id)
		if err != nil {
			return fmt.Errorf("load case: %w", err)
		}
		if agreement, ok := d.Agreement(said.Agreement); ok && kind != answerTo(agreement.Aftercare) {
			return &FieldError{"type", "Não é o que foi pedido para este acordo."}
		}
		if err := d.AnswerAftercare(meta, said); err != nil {
			return err
		}
		if len(d.Recorded()) == 0 {
			return nil
		}
		recorded = true
		return a.Cases.Commit(ctx, d, key)
	})
	if replay, ok := errors.AsType[*collection.ReplayError](err); ok {
		if replay.Answer.BodyHash != key.BodyHash {
			return fmt.Errorf("%w: this webhook-id came with another body", collection.ErrInvalid)
		}
		return nil
	}
	switch {
	case errors.Is(err, collection.ErrAnsweredOtherwise):
		a.Count(ctx, MetricContradicted)
		a.Log.WarnContext(ctx, "aftercare answered otherwise", "correlationId", meta.CorrelationID,
			"creditorId", string(meta.By.Creditor), "caseId", id.String(), "agreementId", said.Agreement.String())
	case err == nil && recorded && said.Outcome == collection.AftercareRefused:
		a.Count(ctx, MetricRefused)
	}
	return err
}

// answerTo is the type of answer to a kind of aftercare.
func answerTo(asked collection.Aftercare) string {
	switch asked {
	case collection.AftercareService:
		return TypeServiceAnswered
	case collection.AftercareReactivation:
		return TypePlanAnswered
	case collection.AftercareNone:
	}
	return ""
}

// read checks what an answer says.
func (in answer) read() (collection.CaseID, collection.AftercareAnswered, error) {
	said := collection.AftercareAnswered{Outcome: collection.AftercareOutcome(in.Outcome), Reason: in.Reason}
	wrong := func(member, rule string) (collection.CaseID, collection.AftercareAnswered, error) {
		return collection.CaseID{}, said, &FieldError{member, rule}
	}
	if in.Type != TypeServiceAnswered && in.Type != TypePlanAnswered {
		return wrong("type", "Use "+TypeServiceAnswered+" ou "+TypePlanAnswered+".")
	}
	id, err := collection.ParseID[collection.CaseNoun](in.CaseID)
	if err != nil {
		return wrong("caseId", "Use o do pedido.")
	}
	if said.Agreement, err = collection.ParseID[collection.AgreementNoun](in.AgreementID); err != nil {
		return wrong("agreementId", "Use o do pedido.")
	}
	confirmed := said.Outcome == collection.AftercareConfirmed
	switch {
	case !confirmed && said.Outcome != collection.AftercareRefused:
		return wrong("outcome", "Use confirmed ou refused.")
	case in.Reason != "" && (confirmed || !reasonForm.MatchString(in.Reason)):
		return wrong("reason", "Só ao lado de refused: de 1 a 40 letras minúsculas, algarismos e sublinhados.")
	case in.Benefit == nil:
		return id, said, nil
	case !confirmed || in.Type != TypePlanAnswered:
		return wrong("benefit", "Só ao lado de um plano confirmado.")
	}
	said.Benefit, err = in.Benefit.read()
	return id, said, err
}

func (b benefit) read() (collection.GrantedBenefit, error) {
	out := collection.GrantedBenefit{Kind: collection.BenefitKind(b.Kind), Version: b.Version}
	switch out.Kind {
	case collection.BenefitKept, collection.BenefitReduced, collection.BenefitNone:
	default:
		return out, &FieldError{"benefit.kind", "Use kept, reduced ou none."}
	}
	if b.Version != "" && !versionForm.MatchString(b.Version) {
		return out, &FieldError{"benefit.version", "Use de 1 a 40 letras, algarismos, pontos, hifens e sublinhados."}
	}
	if b.Until == "" {
		return out, nil
	}
	until, err := calendar.ParseDate(b.Until)
	if err != nil {
		return out, &FieldError{"benefit.until", "Use uma data, como 2027-01-31."}
	}
	out.Until = until
	return out, nil
}

func hash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
