package httpapi

import (
	"context"
	"errors"
	"time"

	"github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/offer"
)

type agreementBody struct {
	AgreementID    string           `json:"agreementId"`
	ContractNumber string           `json:"contractNumber"`
	Status         string           `json:"status"`
	Total          int64            `json:"totalCentavos"`
	Paid           int64            `json:"paidCentavos"`
	Excess         int64            `json:"excessCentavos"`
	DebtIDs        []string         `json:"debtIds"`
	Instalments    []instalmentBody `json:"instalments"`
	Refunds        []refundBody     `json:"refunds,omitempty"`
	Restructures   []string         `json:"restructures,omitempty"`
	EndReason      string           `json:"endReason,omitempty"`
	EndedAt        string           `json:"endedAt,omitempty"`
	Withdrawable   string           `json:"withdrawableUntil,omitempty"`
	Aftercare      *aftercareBody   `json:"aftercare,omitempty"`
	NextAction     NextAction       `json:"nextAction"`
}

type instalmentBody struct {
	Number  int    `json:"number"`
	DueDate string `json:"dueDate"`
	Amount  int64  `json:"amountCentavos"`
	Paid    int64  `json:"paidCentavos"`
	Status  string `json:"status"`
}

// refundBody is money that goes back to the participant.
type refundBody struct {
	Amount int64  `json:"amountCentavos"`
	Status string `json:"status"`
}

type aftercareBody struct {
	Kind        string `json:"kind"`
	Status      string `json:"status"`
	RequestedAt string `json:"requestedAt"`
	AnswerBy    string `json:"answerBy,omitempty"`
	Reason      string `json:"reason,omitempty"`
	Benefit     string `json:"benefit,omitempty"`
	Until       string `json:"benefitUntil,omitempty"`
}

func (p *Proposals) agreement(_ context.Context, r *Request) (Reply, error) {
	id, err := collection.ParseID[collection.AgreementNoun](r.Params["id"])
	if err != nil {
		return Reply{}, collection.ErrNotFound
	}
	a, ok := r.Dossier.Agreement(id)
	if !ok {
		return Reply{}, collection.ErrNotFound
	}
	return Reply{Body: encodeAgreement(*a, r.Now)}, nil
}

func encodeAgreement(a collection.Agreement, now time.Time) agreementBody {
	body := agreementBody{
		AgreementID: a.ID.String(), ContractNumber: a.ContractNumber, Status: string(a.Status), Total: int64(a.Total), Paid: int64(a.Paid()),
		Excess: int64(a.Excess), NextAction: nextOfAgreement(a, now), EndReason: string(a.EndReason),
	}
	for _, debt := range a.Debts {
		body.DebtIDs = append(body.DebtIDs, debt.String())
	}
	today := offer.Today(now)
	for _, i := range a.Instalments {
		body.Instalments = append(body.Instalments, instalmentBody{i.Number, i.DueDate.String(), int64(i.Amount), int64(i.Paid),
			string(a.InstalmentStatus(i, today))})
	}
	for _, r := range a.Refunds {
		body.Refunds = append(body.Refunds, refundBody{int64(r.Amount), string(r.Status)})
	}
	if !a.AftercareAt.IsZero() {
		body.Aftercare = encodeAftercare(a)
	}
	for _, old := range a.Restructures {
		body.Restructures = append(body.Restructures, old.String())
	}
	if !a.EndedAt.IsZero() {
		body.EndedAt = written(a.EndedAt)
	}
	if last, ok := agreement.WithdrawableUntil(a); ok && !now.After(last) {
		body.Withdrawable = written(last)
	}
	return body
}

func encodeAftercare(a collection.Agreement) *aftercareBody {
	asked := map[collection.AftercareOutcome]string{
		"": "RESTORE_REQUESTED", collection.AftercareConfirmed: "RESTORED", collection.AftercareRefused: "RESTORE_FAILED",
		collection.AftercareUnanswered: "RESTORE_FAILED", collection.AftercareClosed: "RESTORE_CLOSED",
	}
	body := &aftercareBody{Kind: "service", RequestedAt: written(a.AftercareAt), Reason: a.Care.Reason}
	if a.Aftercare == collection.AftercareReactivation {
		asked = map[collection.AftercareOutcome]string{
			"": "REACTIVATION_REQUESTED", collection.AftercareConfirmed: "REACTIVATION_CONFIRMED",
			collection.AftercareRefused: "REACTIVATION_REFUSED", collection.AftercareUnanswered: "REACTIVATION_FAILED",
			collection.AftercareClosed: "REACTIVATION_CLOSED",
		}
		body.Kind, body.Benefit = "plan", string(a.Care.Benefit.Kind)
		if until := a.Care.Benefit.Until; !until.IsZero() {
			body.Until = until.String()
		}
	}
	if a.Care.Outcome == "" {
		body.AnswerBy = written(a.Care.Until)
	}
	body.Status = asked[a.Care.Outcome]
	return body
}

// withdraw ends an agreement for a participant who has thought better of it.
func (p *Proposals) withdraw(ctx context.Context, r *Request) (Reply, error) {
	id, err := collection.ParseID[collection.AgreementNoun](r.Params["id"])
	if err != nil {
		return Reply{}, collection.ErrNotFound
	}
	in, err := Decode[struct {
		Confirmed *bool `json:"confirmed"`
	}](r.Body)
	if err != nil {
		return Reply{}, err
	}
	if in.Confirmed == nil || !*in.Confirmed {
		return Reply{}, Invalid("confirmed", "Para desistir do acordo é preciso confirmar.")
	}
	ended, err := p.Deals.Withdraw(ctx, r.Meta("participant withdrew"), r.Dossier, id)
	if errors.Is(err, collection.ErrTooLate) {
		return Reply{}, NewProblem(contract.CodeTooLate, WithDetail("O prazo para desistir deste acordo já passou."), WithCause(err))
	}
	if err != nil {
		return Reply{}, err
	}
	return Reply{Body: encodeAgreement(ended, r.Now)}, nil
}

// nextOfAgreement is paying while something is due or the first payment is missing, and waiting for the next due date otherwise.
func nextOfAgreement(a collection.Agreement, now time.Time) NextAction {
	next, open := a.Next()
	switch {
	case a.Status == collection.AgreementFulfilled:
		return NextDone
	case !a.Live():
		return NextSeeDebts
	case !open:
		return NextContactCreditor
	case a.Status == collection.AgreementPendingFirstPayment || next.StatusOn(offer.Today(now)) != collection.InstalmentScheduled:
		return NextPay
	}
	return NextWaitDueDate
}
