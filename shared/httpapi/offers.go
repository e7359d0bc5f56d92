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
	a.Handle("POST", "/v1/me/simulations", o.simulate)
}

type debtBody struct {
	DebtID     string `json:"debtId"`
	Contract   string `json:"contract"`
	Creditor   payee  `json:"creditor"`
	Text       string `json:"description"`
	DueDate    string `json:"dueDate"`
	DaysLate   int    `json:"daysLate"`
	Principal  int64  `json:"principalCentavos"`
	Fine       int64  `json:"fineCentavos"`
	Interest   int64  `json:"interestCentavos"`
	Correction int64  `json:"correctionCentavos"`
	Total      int64  `json:"totalCentavos"`
	Status     string `json:"status"`
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
	charged := offer.Charged{Principal: debt.Outstanding(), Total: debt.Outstanding()}
	if debt.Status == collection.DebtOpen { // the charges of any other debt stand still, in its agreement or its end
		if charged, err = offer.Charge(c.Charges, debt, offer.Today(now)); err != nil {
			return debtBody{}, err
		}
	}
	return debtBody{
		DebtID: debt.ID.String(), Contract: details.Contract, Creditor: payee{c.Name, punctuated(c.Document)}, Text: details.Description,
		DueDate: debt.DueDate.String(), DaysLate: charged.DaysLate, Principal: int64(charged.Principal), Fine: int64(charged.Fine),
		Interest: int64(charged.Interest), Correction: int64(charged.Correction), Total: int64(charged.Total), Status: string(debt.Status),
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

func (o *Offers) offers(ctx context.Context, r *Request) (Reply, error) {
	creditor, err := o.Creditors.Creditor(ctx, r.Dossier.Case.Creditor)
	if err != nil {
		return Reply{}, err
	}
	standing := r.Dossier.Case.Standing
	debts := oldestFirst(offer.Negotiable(creditor, standing, r.Dossier.OpenDebts()))
	if list := r.Query["debtIds"]; list != "" {
		if debts, err = chosenDebts(r.Dossier, strings.Split(list, ",")); err != nil {
			return Reply{}, err
		}
	}
	deals, err := offer.Best(creditor, offer.Deal{Debts: debts, Standing: standing, QuotedAt: quoteTime(r)})
	if err != nil {
		return Reply{}, o.refused(r, err)
	}
	return Reply{Body: o.list(r, creditor, debts, deals)}, nil
}

// quoteTime is now in whole seconds, which is what an offer id can hold.
func quoteTime(r *Request) time.Time { return r.Now.Truncate(time.Second) }

// oldestFirst orders debts by their due date, as many as one deal takes.
func oldestFirst(debts []collection.Debt) []collection.Debt {
	debts = slices.Clone(debts)
	slices.SortStableFunc(debts, func(a, b collection.Debt) int { return a.DueDate.Compare(b.DueDate) })
	return debts[:min(len(debts), offer.MaxDebts)]
}

// chosenDebts finds the open debts of a list of ids.
func chosenDebts(d *collection.Dossier, names []string) ([]collection.Debt, error) {
	if len(names) == 0 || len(names) > offer.MaxDebts {
		return nil, Invalid("debtIds", fmt.Sprintf("Escolha de 1 a %d dívidas.", offer.MaxDebts))
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
		if err := debt.MayBeDealtAbout(); err != nil {
			return nil, err
		}
		out = append(out, *debt)
	}
	return out, nil
}
