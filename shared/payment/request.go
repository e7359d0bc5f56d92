package payment

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/money"
)

const (
	// providerTime is how long a participant waits for the provider; the state machine takes over from there.
	providerTime = 5 * time.Second
)

var (
	// ErrMethodNotAvailable says that the creditor takes no money in this way.
	ErrMethodNotAvailable = errors.New("payment method not available")
	// ErrMandateNeeded says that a debit was asked for without an account that the participant authorised.
	ErrMandateNeeded = errors.New("no mandate to debit an account")
)

// Starter starts a state machine; starting the same name twice starts one.
type Starter interface {
	Start(ctx context.Context, machine, name string, input any) error
}

// Requests takes participants' requests for payment codes.
type Requests struct {
	Issuing *Issuing
	Once    idempotency.Keeper
	Starter Starter
	Wakes   Sender
	Machine string // the payment machine, in the form that Starter takes
	Chance  io.Reader
	Log     *slog.Logger
}

// Ask is a request for the money of one instalment.
type Ask struct {
	Agreement  collection.AgreementID
	Instalment int
	Method     collection.Method
	// Debit authorises the debit of an account, for collection.MethodDebit; nil leaves it to the agreement's mandate.
	Debit *DebitConsent
	Once  idempotency.Request
}

// Asked is what became of a request: the intent as it stands, the case that it belongs to, and whether an earlier request made it.
type Asked struct {
	Intent   collection.Intent
	Dossier  *collection.Dossier
	Replayed bool

	// replaced is the request whose place this one took, and with what goes into its transaction.
	replaced collection.IntentID
	with     []collection.Companion
}

// Request makes a payment intent, or finds the instalment's one that is still payable, and asks the provider for its code. The intent stays
// REQUESTED when the provider is late; the state machine then issues it. A request under the key of an earlier one gets that one's
// intent as it stands now, or idempotency.ErrKeyReused when it asks for something else. When the state machine cannot be started it is
// collection.ErrUnavailable, and the same request again goes on from there.
func (r *Requests) Request(ctx context.Context, meta collection.Meta, d *collection.Dossier, ask Ask) (Asked, error) {
	id, err := collection.Mint[collection.IntentNoun](meta.At, r.Chance)
	if err != nil {
		return Asked{}, err
	}
	asked, stale := Asked{}, false
	err = collection.Redo(func() error {
		if stale {
			if d, err = r.Issuing.Cases.Load(ctx, d.Case.Creditor, d.Case.ID); err != nil {
				return fmt.Errorf("load case: %w", err)
			}
		}
		stale = true
		asked, err = r.reserve(ctx, meta, d, id, ask)
		return err
	})
	if err != nil {
		return Asked{}, err
	}
	if !asked.replaced.IsZero() {
		// Its time ends it all the same: a wake-up that is lost leaves a code that can be paid a little longer.
		if err := wakeOne(ctx, r.Wakes, asked.Intent.Creditor, asked.replaced); err != nil {
			r.Log.WarnContext(ctx, "replaced request not woken", "correlationId", meta.CorrelationID, "error", err)
		}
	}
	return r.carryOn(ctx, meta, asked)
}

// reserve finds the intent that the request is about, or commits a new one.
func (r *Requests) reserve(ctx context.Context, meta collection.Meta, d *collection.Dossier, id collection.IntentID, ask Ask) (
	Asked, error,
) {
	live, err := r.live(ctx, meta.At, d, ask)
	if err != nil {
		return Asked{}, err
	}
	asked := live
	if live.Intent.ID.IsZero() {
		asked, err = r.record(ctx, meta, d, id, ask)
	} else {
		id = live.Intent.ID
	}
	if err != nil {
		return r.replay(ctx, d, ask.Once, err)
	}
	answer, err := r.Once.Answer(ctx, d.Case, ask.Once, id.String(), meta.At)
	if err != nil {
		return Asked{}, err
	}
	err = r.Issuing.Cases.Commit(ctx, d, append(asked.with, answer)...)
	if replay, ok := errors.AsType[*collection.ReplayError](err); ok {
		return r.replay(ctx, d, ask.Once, replay)
	}
	if err != nil {
		return Asked{}, fmt.Errorf("commit request: %w", err)
	}
	return asked, nil
}

// live finds the instalment's intent that can still be paid for exactly what is left of it; zero when there is none.
func (r *Requests) live(ctx context.Context, now time.Time, d *collection.Dossier, ask Ask) (Asked, error) {
	agreement, ok := d.Agreement(ask.Agreement)
	if !ok || !agreement.Live() || ask.Instalment < 1 || ask.Instalment > len(agreement.Instalments) {
		return Asked{}, nil // record says what is wrong
	}
	if !agreement.Live() { // its codes are about to be ended, and must not be handed out meanwhile
		return Asked{}, nil
	}
	instalment := agreement.Instalments[ask.Instalment-1]
	code, ok := instalment.Code(ask.Method)
	if !ok || !now.Before(code.Until) {
		return Asked{}, nil
	}
	intent, err := r.Issuing.Intents.LoadIntent(ctx, d.Case.Creditor, code.Intent)
	if err != nil {
		return Asked{}, fmt.Errorf("load live intent: %w", err)
	}
	if intent.Ended() {
		return Asked{}, fmt.Errorf("%w: the intent ended just now", collection.ErrConflict)
	}
	if intent.Amount != instalment.Amount-instalment.Paid && intent.Status != collection.IntentNoticed {
		return Asked{}, nil
	}
	if intent.Method == collection.MethodDebit && ask.Debit != nil {
		return Asked{}, nil // another account
	}
	d.Intents = append(d.Intents, intent)
	return Asked{Intent: intent, Dossier: d}, nil
}

// record makes a new intent on the dossier.
func (r *Requests) record(ctx context.Context, meta collection.Meta, d *collection.Dossier, id collection.IntentID, ask Ask) (
	Asked, error,
) {
	creditor, err := r.Issuing.Creditors.Creditor(ctx, d.Case.Creditor)
	if err != nil {
		return Asked{}, fmt.Errorf("find creditor: %w", err)
	}
	at, ok := r.first(creditor, ask.Method)
	if !ok {
		return Asked{}, ErrMethodNotAvailable
	}
	agreement, ok := d.Agreement(ask.Agreement)
	if !ok || ask.Instalment < 1 || ask.Instalment > len(agreement.Instalments) {
		_, err := d.RequestPayment(meta, collection.PaymentRequested{Agreement: ask.Agreement, Instalment: ask.Instalment})
		return Asked{}, err
	}
	instalment := agreement.Instalments[ask.Instalment-1]
	isDated := dated(ask.Method, at.Provider, ask.Instalment)
	request := collection.PaymentRequested{
		Intent: id, Agreement: ask.Agreement, Instalment: ask.Instalment, Method: ask.Method,
		ExpiresAt: lasts(isDated, instalment, creditor.Policy, meta.At), Provider: at.Provider, Account: at.Account,
	}
	asked := Asked{Dossier: d}
	if before, ok := instalment.Code(ask.Method); ok {
		asked.replaced = before.Intent
	}
	if isDated {
		request.FineRate, request.MonthlyInterest = rateText(creditor.Charges.Fine), rateText(creditor.Charges.MonthlyInterest)
	}
	if ask.Method == collection.MethodDebit {
		request.ExpiresAt = debitLasts(instalment, meta.At, request.ExpiresAt)
		if asked.with, err = r.mandate(ctx, meta, d, &request, *agreement, ask); err != nil {
			return Asked{}, err
		}
	}
	intent, err := d.RequestPayment(meta, request)
	if err != nil {
		return Asked{}, err
	}
	asked.Intent = *intent
	return asked, nil
}

// first is the preferred account that this deployment can ask.
func (r *Requests) first(creditor collection.Creditor, method collection.Method) (collection.ProviderAccount, bool) {
	for _, route := range creditor.Routes(method) {
		if _, ok := r.Issuing.Rails[route.Provider]; ok {
			return collection.ProviderAccount{Provider: route.Provider, Account: route.Account}, true
		}
	}
	return collection.ProviderAccount{}, false
}

// mandate puts a debit under the mandate that the participant gives now, or else under the agreement's.
func (r *Requests) mandate(
	ctx context.Context, meta collection.Meta, d *collection.Dossier, request *collection.PaymentRequested, agreement collection.Agreement,
	ask Ask,
) ([]collection.Companion, error) {
	if ask.Debit == nil {
		if agreement.Mandate.Status != collection.MandateActive {
			return nil, ErrMandateNeeded
		}
		request.Mandate = agreement.Mandate.ID
		return nil, nil
	}
	request.Mandate = request.Intent.String()[1:] // 25 characters is what banks keep; the first of an id is 0 until the year 3084
	record, err := r.Issuing.sealMandate(ctx, d.Case, request.Mandate, agreement.ContractNumber, *ask.Debit, meta.At)
	if err != nil {
		return nil, err
	}
	given := collection.MandateGiven{
		Mandate: request.Mandate, Agreement: agreement.ID, PartialDebit: ask.Debit.PartialDebit, Overdraft: ask.Debit.Overdraft,
	}
	if err := d.GiveMandate(meta, given); err != nil {
		return nil, err
	}
	return []collection.Companion{record}, nil
}

// rateText writes a rate, and none as an empty text.
func rateText(r money.Rate) string {
	if r.IsZero() {
		return ""
	}
	return r.String()
}

// replay answers with the intent of an earlier request under the same key. Without one, cause is the answer.
func (r *Requests) replay(ctx context.Context, d *collection.Dossier, once idempotency.Request, cause error) (Asked, error) {
	made, err := r.Once.Earlier(ctx, d.Case, once, cause)
	if err != nil {
		return Asked{}, err
	}
	id, err := collection.ParseID[collection.IntentNoun](made)
	if err != nil {
		return Asked{}, fmt.Errorf("read earlier answer: %w", err)
	}
	d, err = load(ctx, r.Issuing.Cases, r.Issuing.Intents, d.Case.Creditor, id)
	if err != nil {
		return Asked{}, fmt.Errorf("load the intent of an earlier answer: %w", err)
	}
	intent, _ := d.Intent(id)
	return Asked{Intent: *intent, Dossier: d, Replayed: true}, nil
}

// carryOn starts what waits for the money, and asks the provider for the code while the participant waits. Both were perhaps done before.
func (r *Requests) carryOn(ctx context.Context, meta collection.Meta, asked Asked) (Asked, error) {
	if asked.Intent.Status != collection.IntentRequested || !meta.At.Before(asked.Intent.ExpiresAt) {
		return asked, nil
	}
	if err := r.Starter.Start(ctx, r.Machine, asked.Intent.ID.String(), refOf(asked.Intent)); err != nil {
		return Asked{}, fmt.Errorf("start payment machine: %w", err)
	}
	short, cancel := context.WithTimeout(ctx, providerTime)
	defer cancel()
	issued, d, err := r.Issuing.issue(ctx, short, meta, asked.Dossier, asked.Intent.ID)
	asked.Intent, asked.Dossier = issued, d
	if err != nil { // the machine issues it
		r.Log.WarnContext(ctx, "payment not issued at once", "correlationId", meta.CorrelationID, "paymentIntentId", asked.Intent.ID.String(),
			"creditorId", string(asked.Intent.Creditor), "caseId", asked.Intent.Case.String(), "error", err)
	}
	return asked, nil
}
