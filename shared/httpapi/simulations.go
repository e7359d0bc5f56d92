package httpapi

import (
	"context"
	"errors"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
)

type offerBody struct {
	OfferID      string         `json:"offerId"`
	Kind         string         `json:"kind"`
	Product      string         `json:"product,omitempty"`
	Instalments  int            `json:"instalments"`
	Principal    int64          `json:"principalCentavos"`
	Fine         int64          `json:"fineCentavos"`
	Interest     int64          `json:"interestCentavos"`
	Correction   int64          `json:"correctionCentavos"`
	Off          discountedBody `json:"discounts"`
	Discount     int64          `json:"discountCentavos"`
	Financing    int64          `json:"financingCentavos"`
	IOF          int64          `json:"iofCentavos"`
	Total        int64          `json:"totalCentavos"`
	Table        string         `json:"table,omitempty"`
	MonthlyRate  string         `json:"monthlyRate"`
	CETAnnual    string         `json:"cetAnnual"`
	FirstDueDate string         `json:"firstDueDate"`
	Schedule     []scheduleRow  `json:"schedule"`
	ExpiresAt    string         `json:"expiresAt"`
	Reason       string         `json:"reason"`
}

// discountedBody is the discount by component.
type discountedBody struct {
	Principal  int64 `json:"principalCentavos"`
	Fine       int64 `json:"fineCentavos"`
	Interest   int64 `json:"interestCentavos"`
	Correction int64 `json:"correctionCentavos"`
}

type offersBody struct {
	AsOf       string      `json:"asOf"`
	DebtIDs    []string    `json:"debtIds"`
	Original   int64       `json:"originalCentavos"`
	Offers     []offerBody `json:"offers"`
	Methods    []string    `json:"paymentMethods"`
	NextAction NextAction  `json:"nextAction"`
}

// list is the answer with some offers over the same debts.
func (o *Offers) list(r *Request, creditor collection.Creditor, debts []collection.Debt, deals []offer.Offer) offersBody {
	body := offersBody{
		AsOf: written(r.Now), DebtIDs: []string{}, Offers: []offerBody{}, Methods: methodsOf(creditor), NextAction: NextChooseOffer,
	}
	for _, debt := range debts {
		body.DebtIDs = append(body.DebtIDs, debt.ID.String())
	}
	for _, deal := range deals {
		body.Offers = append(body.Offers, o.seal(r.Dossier.Case, deal))
		t := deal.Terms
		body.Original = int64(t.Principal + t.Fine + t.Interest + t.Correction)
	}
	if len(deals) == 0 {
		if body.NextAction = nextOf(r.Dossier, r.Now); body.NextAction == NextChooseOffer { // what is open cannot be negotiated here
			body.NextAction = NextContactCreditor
		}
	}
	return body
}

func (o *Offers) seal(c collection.Case, deal offer.Offer) offerBody {
	t := deal.Terms
	body := offerBody{
		OfferID: deal.Seal(c, o.MAC), Kind: string(t.Kind), Product: t.Product, Instalments: len(t.Schedule), Principal: int64(t.Principal),
		Fine: int64(t.Fine), Interest: int64(t.Interest), Correction: int64(t.Correction),
		Off: discountedBody{
			Principal: int64(t.Off.Principal), Fine: int64(t.Off.Fine), Interest: int64(t.Off.Interest), Correction: int64(t.Off.Correction),
		},
		Discount: int64(t.Discount), Financing: int64(t.Financing), IOF: int64(t.IOF), Total: int64(t.Total), Table: string(t.Table),
		MonthlyRate: t.MonthlyRate, CETAnnual: t.CETAnnual, FirstDueDate: t.Schedule[0].DueDate.String(), ExpiresAt: written(deal.ExpiresAt),
		Reason: deal.Reason,
	}
	for _, row := range t.Schedule {
		body.Schedule = append(body.Schedule, scheduleRow{row.Number, row.DueDate.String(), int64(row.Amount)})
	}
	return body
}

// simulationBody is a deal that the participant puts together. What is left out is nil.
type simulationBody struct {
	DebtIDs      []string `json:"debtIds"`
	Instalments  *int     `json:"instalments"`
	FirstDueDate *string  `json:"firstDueDate"`
	Product      *string  `json:"product"`
	Monthly      *int64   `json:"monthlyCentavos"`
	Income       *int64   `json:"monthlyIncomeCentavos"`
}

// simulate answers with the one offer asked for, or says which rule it breaks. It stores nothing.
func (o *Offers) simulate(ctx context.Context, r *Request) (Reply, error) {
	in, err := Decode[simulationBody](r.Body)
	if err != nil {
		return Reply{}, err
	}
	deal, means, err := in.read()
	if err != nil {
		return Reply{}, err
	}
	if deal.Debts, err = chosenDebts(r.Dossier, in.DebtIDs); err != nil {
		return Reply{}, err
	}
	creditor, err := o.Creditors.Creditor(ctx, r.Dossier.Case.Creditor)
	if err != nil {
		return Reply{}, err
	}
	deal.Standing, deal.QuotedAt = r.Dossier.Case.Standing, quoteTime(r)
	found, err := offer.Simulate(creditor, deal, means)
	if err != nil {
		return Reply{}, o.refused(r, err)
	}
	return Reply{Body: o.list(r, creditor, deal.Debts, []offer.Offer{found})}, nil
}

// maxAsked bounds what a participant says that they earn or can pay: ten million reais a month.
const maxAsked = 1_000_000_000

// asked reads an amount that may be left out.
func asked(field string, given *int64) (money.Centavos, error) {
	if given == nil {
		return 0, nil
	}
	if *given < 1 || *given > maxAsked {
		return 0, Invalid(field, "Informe um valor em centavos, maior que zero.")
	}
	return money.Centavos(*given), nil
}

func (b simulationBody) read() (d offer.Deal, m offer.Means, err error) {
	switch {
	case b.Instalments != nil && (*b.Instalments < 1 || *b.Instalments > 10*offer.MaxPayments):
		return d, m, Invalid("instalments", "Informe um número de parcelas a partir de 1.")
	case b.Instalments == nil && b.Monthly == nil:
		return d, m, Invalid("instalments", "Informe o número de parcelas, ou quanto você pode pagar por mês.")
	case b.Instalments != nil:
		d.Payments = *b.Instalments
	}
	if m.Monthly, err = asked("monthlyCentavos", b.Monthly); err != nil {
		return d, m, err
	}
	if m.Income, err = asked("monthlyIncomeCentavos", b.Income); err != nil {
		return d, m, err
	}
	if b.Product != nil {
		if *b.Product == "" || len(*b.Product) > 30 {
			return d, m, Invalid("product", "O produto tem de 1 a 30 caracteres.")
		}
		d.Product = *b.Product
	}
	if b.FirstDueDate != nil {
		if d.FirstDue, err = calendar.ParseDate(*b.FirstDueDate); err != nil {
			return d, m, Invalid("firstDueDate", "Informe a data como AAAA-MM-DD.")
		}
	}
	return d, m, nil
}

// refused answers a deal that the policy does not allow with the rule that it breaks, and any other error as it is.
func (o *Offers) refused(r *Request, err error) error {
	var refusal *offer.Refusal
	if !errors.As(err, &refusal) {
		return err
	}
	p := &Problem{Code: contract.CodeDealNotOffered, Detail: refusal.Message, Rule: string(refusal.Rule), Cause: err}
	if refusal.Alternative != nil {
		alternative := o.seal(r.Dossier.Case, *refusal.Alternative)
		p.Alternative = &alternative
	}
	return p
}
