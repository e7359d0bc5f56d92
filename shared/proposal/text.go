package proposal

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/deed"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/taxid"
)

// contract is a contract as it was written.
type contract struct {
	template  string
	text, pdf []byte
}

// write makes a contract of a deal: its text, and the document set from it.
func (k *Desk) write(
	ctx context.Context, c collection.Creditor, cs collection.Case, debts []collection.Debt, number string, t collection.Terms,
) (contract, error) {
	v, err := k.view(ctx, c, cs, debts, number, t)
	if err != nil {
		return contract{}, err
	}
	text, err := deed.Write(v)
	if err != nil {
		return contract{}, err
	}
	pdf, err := deed.PDF(number, text, t.QuotedAt)
	if err != nil {
		return contract{}, err
	}
	return contract{template: v.Template, text: []byte(text), pdf: pdf}, nil
}

func (k *Desk) view(
	ctx context.Context, c collection.Creditor, cs collection.Case, debts []collection.Debt, number string, t collection.Terms,
) (deed.View, error) {
	person, err := k.Vault.OpenParticipant(ctx, cs)
	if err != nil {
		return deed.View{}, fmt.Errorf("open participant: %w", err)
	}
	today := offer.Today(t.QuotedAt)
	v := deed.View{
		Template: templateOf(c), Number: number, Creditor: c.LegalName, CreditorDocument: format(c.Document),
		CreditorAddress: c.Address,
		CreditorPhone:   c.Contacts.Phone, CreditorEmail: c.Contacts.Email,
		Name: person.Name, Document: format(person.Document), Address: person.Address,
		Principal: t.Principal.String(), Fine: t.Fine.String(), Interest: t.Interest.String(), Discount: t.Discount.String(),
		Balance: (t.Total - t.Financing - t.IOF).String(), Financing: t.Financing.String(), Total: t.Total.String(),
		HasDiscount: t.Discount > 0, HasFinancing: t.Financing > 0, Cash: t.Kind == collection.OfferCash,
		MonthlyRate: percent(c.Policy.MonthlyRate), FineRate: percent(c.Charges.Fine),
		ArrearsRate: percent(c.Charges.MonthlyInterest) + "% ao mês",
		CET:         strings.Replace(t.CETAnnual, ".", ",", 1), Count: len(t.Schedule),
		Table: "Price", Confessed: (t.Principal + t.Fine + t.Interest).String(), Methods: "por PIX", ToleranceDays: 10, WithdrawalDays: 7,
		DiscountsLost: true, Place: c.Payment.MerchantCity, Date: written(today), Deadline: instant(t.QuotedAt.Add(c.Policy.OfferLifetime)),
	}
	if t.IOF > 0 {
		v.IOF = t.IOF.String()
	}
	for _, debt := range debts {
		details, err := k.Vault.OpenDebt(ctx, cs, debt)
		if err != nil {
			return deed.View{}, fmt.Errorf("open debt %s: %w", debt.ID, err)
		}
		charged, err := offer.Charge(c.Charges, debt, today)
		if err != nil {
			return deed.View{}, err
		}
		v.Debts = append(v.Debts, deed.Debt{
			Contract: details.Contract, Description: details.Description, DueDate: written(debt.DueDate),
			Principal: debt.Principal.String(), Fine: charged.Fine.String(), Interest: charged.Interest.String(),
			Total: charged.Total.String(),
		})
	}
	for _, row := range t.Schedule {
		v.Rows = append(v.Rows, deed.Row{Number: row.Number, DueDate: written(row.DueDate), Amount: row.Amount.String()})
	}
	return v, nil
}

// templateOf is the template of a creditor's contracts.
func templateOf(collection.Creditor) string { return "confissao-2026-11" }

func written(d calendar.Date) string {
	return fmt.Sprintf("%02d/%02d/%04d", d.Day(), d.Month(), d.Year())
}

// instant writes a time on the clock of Brasília.
func instant(at time.Time) string {
	brasilia, ok := calendar.Zone("DF")
	if !ok {
		return at.UTC().Format("02/01/2006 15:04 UTC")
	}
	return at.In(brasilia).Format("02/01/2006 às 15:04 (horário de Brasília)")
}

// percent writes a rate as people read it: "1,49".
func percent(rate money.Rate) string {
	hundred := rate.Rat()
	text := hundred.Mul(hundred, big.NewRat(100, 1)).FloatString(4)
	return strings.Replace(strings.TrimSuffix(strings.TrimRight(text, "0"), "."), ".", ",", 1)
}

// format writes a document with its punctuation, or as it stands when it is no valid one.
func format(document string) string {
	id, err := taxid.Parse(document)
	if err != nil {
		return document
	}
	return id.Format()
}
