package httpapi

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/offer"
)

// Vault opens the personal data that a participant's own pages show.
type Vault interface {
	OpenParticipant(ctx context.Context, c collection.Case) (collection.Participant, error)
	OpenDebt(ctx context.Context, c collection.Case, d collection.Debt) (collection.DebtDetails, error)
}

// Creditors finds creditors.
type Creditors interface {
	Creditor(ctx context.Context, id collection.CreditorID) (collection.Creditor, error)
}

// Offers shows participants what they owe and what they may agree to.
type Offers struct {
	Creditors Creditors
	Vault     Vault
	MAC       offer.MAC
}

// Register gives the routes their handlers.
func (o *Offers) Register(a *API) {
	a.Handle("GET", "/v1/me/debts", o.debts)
	a.Handle("GET", "/v1/me/offers", o.offers, "debtIds")
}

type debtBody struct {
	DebtID    string `json:"debtId"`
	Contract  string `json:"contract"`
	Creditor  payee  `json:"creditor"`
	Text      string `json:"description"`
	DueDate   string `json:"dueDate"`
	DaysLate  int    `json:"daysLate"`
	Principal int64  `json:"principalCentavos"`
	Fine      int64  `json:"fineCentavos"`
	Interest  int64  `json:"interestCentavos"`
	Total     int64  `json:"totalCentavos"`
	Status    string `json:"status"`
}

type payee struct {
	Name     string `json:"name"`
	Document string `json:"document"`
}

type overviewBody struct {
	AsOf        string             `json:"asOf"`
	Participant firstName          `json:"participant"`
	CaseStatus  string             `json:"caseStatus"`
	Debts       []debtBody         `json:"debts"`
	Total       int64              `json:"totalCentavos"`
	Proposals   []proposalSummary  `json:"proposals"`
	Agreements  []agreementSummary `json:"agreements"`
	NextAction  NextAction         `json:"nextAction"`
}

type firstName struct {
	FirstName string `json:"firstName"`
}

type proposalSummary struct {
	ProposalID     string `json:"proposalId"`
	ContractNumber string `json:"contractNumber"`
	Status         string `json:"status"`
	ExpiresAt      string `json:"expiresAt"`
}

type agreementSummary struct {
	AgreementID    string       `json:"agreementId"`
	ContractNumber string       `json:"contractNumber"`
	Status         string       `json:"status"`
	Total          int64        `json:"totalCentavos"`
	Paid           int64        `json:"paidCentavos"`
	Next           *scheduleRow `json:"nextInstalment,omitempty"`
}

type scheduleRow struct {
	Number  int    `json:"number"`
	DueDate string `json:"dueDate"`
	Amount  int64  `json:"amountCentavos"`
}

// maxSummaries is how many proposals and how many agreements an overview shows.
const maxSummaries = 50

func (o *Offers) debts(ctx context.Context, r *Request) (Reply, error) {
	d := r.Dossier
	creditor, err := o.Creditors.Creditor(ctx, d.Case.Creditor)
	if err != nil {
		return Reply{}, err
	}
	person, err := o.Vault.OpenParticipant(ctx, d.Case)
	if err != nil {
		return Reply{}, fmt.Errorf("open participant: %w", err)
	}
	first, _, _ := strings.Cut(person.Name, " ")
	body := overviewBody{
		AsOf: written(r.Now), Participant: firstName{first}, CaseStatus: string(d.Status(r.Now)), Debts: []debtBody{},
		Proposals: proposalSummaries(d, r.Now), Agreements: agreementSummaries(d), NextAction: nextOf(d, r.Now),
	}
	for _, debt := range d.Debts {
		b, err := o.debt(ctx, creditor, d.Case, debt, r.Now)
		if err != nil {
			return Reply{}, err
		}
		if debt.Status == collection.DebtOpen {
			body.Total += b.Total
		}
		body.Debts = append(body.Debts, b)
	}
	slices.SortStableFunc(body.Debts, func(a, b debtBody) int { return strings.Compare(a.DueDate, b.DueDate) })
	return Reply{Body: body}, nil
}

func (o *Offers) debt(
	ctx context.Context, c collection.Creditor, cs collection.Case, debt collection.Debt, now time.Time,
) (debtBody, error) {
	details, err := o.Vault.OpenDebt(ctx, cs, debt)
	if err != nil {
		return debtBody{}, fmt.Errorf("open debt %s: %w", debt.ID, err)
	}
	charged := offer.Charged{Total: debt.Principal}
	if debt.Status == collection.DebtOpen { // the charges of any other debt stand still, in its agreement or its end
		if charged, err = offer.Charge(c.Charges, debt, offer.Today(now)); err != nil {
			return debtBody{}, err
		}
	}
	return debtBody{
		DebtID: debt.ID.String(), Contract: details.Contract, Creditor: payee{c.Name, punctuated(c.Document)}, Text: details.Description,
		DueDate: debt.DueDate.String(), DaysLate: charged.DaysLate, Principal: int64(debt.Principal), Fine: int64(charged.Fine),
		Interest: int64(charged.Interest), Total: int64(charged.Total), Status: string(debt.Status),
	}, nil
}

func proposalSummaries(d *collection.Dossier, now time.Time) []proposalSummary {
	out := []proposalSummary{}
	for _, p := range newestFirst(d.Proposals, func(p collection.Proposal) string { return p.ID.String() }) {
		out = append(out, proposalSummary{p.ID.String(), p.ContractNumber, string(p.StatusAt(now)), written(p.ExpiresAt)})
	}
	return out
}

func agreementSummaries(d *collection.Dossier) []agreementSummary {
	out := []agreementSummary{}
	for _, a := range newestFirst(d.Agreements, func(a collection.Agreement) string { return a.ID.String() }) {
		s := agreementSummary{
			AgreementID: a.ID.String(), ContractNumber: a.ContractNumber, Status: string(a.Status), Total: int64(a.Total), Paid: int64(a.Paid()),
		}
		if next, ok := a.Next(); ok && a.Live() {
			s.Next = &scheduleRow{next.Number, next.DueDate.String(), int64(next.Amount)}
		}
		out = append(out, s)
	}
	return out
}

// newestFirst orders by id, which orders by time.
func newestFirst[T any](in []T, id func(T) string) []T {
	out := slices.Clone(in)
	slices.SortFunc(out, func(a, b T) int { return strings.Compare(id(b), id(a)) })
	return out[:min(len(out), maxSummaries)]
}

// nextOf is what a participant with this case would do next.
func nextOf(d *collection.Dossier, now time.Time) NextAction {
	switch d.Status(now) {
	case collection.CaseInNegotiation:
		return NextSignContract
	case collection.CaseOpen:
		return NextChooseOffer
	case collection.CaseAgreementActive:
		for _, a := range d.Agreements {
			if a.Live() {
				return nextOfAgreement(a, now)
			}
		}
	case collection.CaseSettled:
		return NextDone
	case collection.CaseRecalled, collection.CaseWrittenOff:
	}
	return NextContactCreditor
}

type offerBody struct {
	OfferID      string        `json:"offerId"`
	Kind         string        `json:"kind"`
	Instalments  int           `json:"instalments"`
	Principal    int64         `json:"principalCentavos"`
	Fine         int64         `json:"fineCentavos"`
	Interest     int64         `json:"interestCentavos"`
	Discount     int64         `json:"discountCentavos"`
	Financing    int64         `json:"financingCentavos"`
	IOF          int64         `json:"iofCentavos"`
	Total        int64         `json:"totalCentavos"`
	MonthlyRate  string        `json:"monthlyRate"`
	CETAnnual    string        `json:"cetAnnual"`
	FirstDueDate string        `json:"firstDueDate"`
	Schedule     []scheduleRow `json:"schedule"`
	ExpiresAt    string        `json:"expiresAt"`
	Reason       string        `json:"reason"`
}

type offersBody struct {
	AsOf       string      `json:"asOf"`
	DebtIDs    []string    `json:"debtIds"`
	Original   int64       `json:"originalCentavos"`
	Offers     []offerBody `json:"offers"`
	NextAction NextAction  `json:"nextAction"`
}

func (o *Offers) offers(ctx context.Context, r *Request) (Reply, error) {
	debts, err := chosenDebts(r.Dossier, r.Query["debtIds"])
	if err != nil {
		return Reply{}, err
	}
	creditor, err := o.Creditors.Creditor(ctx, r.Dossier.Case.Creditor)
	if err != nil {
		return Reply{}, err
	}
	quotedAt := r.Now.Truncate(time.Second) // what the offer id can hold
	deals, err := offer.Best(creditor, debts, quotedAt)
	if err != nil {
		return Reply{}, err
	}
	body := offersBody{AsOf: written(r.Now), DebtIDs: []string{}, Offers: []offerBody{}, NextAction: NextChooseOffer}
	for _, debt := range debts {
		body.DebtIDs = append(body.DebtIDs, debt.ID.String())
	}
	for _, deal := range deals {
		body.Offers = append(body.Offers, o.seal(r.Dossier.Case, deal))
		t := deal.Terms
		body.Original = int64(t.Principal + t.Fine + t.Interest)
	}
	if len(deals) == 0 {
		body.NextAction = nextOf(r.Dossier, r.Now)
	}
	return Reply{Body: body}, nil
}

func (o *Offers) seal(c collection.Case, deal offer.Offer) offerBody {
	t := deal.Terms
	sealed := offer.Sealed{
		Creditor: c.Creditor, Case: c.ID, Debts: t.Debts, Payments: len(t.Schedule), QuotedAt: t.QuotedAt, ExpiresAt: deal.ExpiresAt,
		PolicyVersion: t.PolicyVersion, Total: t.Total,
	}
	body := offerBody{
		OfferID: sealed.Seal(o.MAC), Kind: string(t.Kind), Instalments: len(t.Schedule), Principal: int64(t.Principal), Fine: int64(t.Fine),
		Interest: int64(t.Interest), Discount: int64(t.Discount), Financing: int64(t.Financing), IOF: int64(t.IOF), Total: int64(t.Total),
		MonthlyRate: t.MonthlyRate, CETAnnual: t.CETAnnual, FirstDueDate: t.Schedule[0].DueDate.String(), ExpiresAt: written(deal.ExpiresAt),
		Reason: deal.Reason,
	}
	for _, row := range t.Schedule {
		body.Schedule = append(body.Schedule, scheduleRow{row.Number, row.DueDate.String(), int64(row.Amount)})
	}
	return body
}

// chosenDebts reads a list of debt ids; without one it is every open debt, the oldest first, as many as one deal takes.
func chosenDebts(d *collection.Dossier, list string) ([]collection.Debt, error) {
	if list == "" {
		open := d.OpenDebts()
		slices.SortStableFunc(open, func(a, b collection.Debt) int { return a.DueDate.Compare(b.DueDate) })
		return open[:min(len(open), offer.MaxDebts)], nil
	}
	names := strings.Split(list, ",")
	if len(names) > offer.MaxDebts {
		return nil, Invalid("debtIds", fmt.Sprintf("Escolha no máximo %d dívidas.", offer.MaxDebts))
	}
	var out []collection.Debt
	for i, name := range names {
		id, err := collection.ParseID[collection.DebtNoun](name)
		if err != nil || slices.Contains(names[:i], name) {
			return nil, Invalid("debtIds", "Há um identificador de dívida inválido ou repetido.")
		}
		debt, ok := d.Debt(id)
		if !ok {
			return nil, fmt.Errorf("%w: debt", collection.ErrNotFound)
		}
		if debt.Status != collection.DebtOpen {
			return nil, collection.ErrDebtsNotOpen
		}
		out = append(out, *debt)
	}
	return out, nil
}
