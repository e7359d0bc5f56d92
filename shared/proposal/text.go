package proposal

import (
	"context"
	_ "embed"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/stencil"
	"github.com/regua/regua/shared/taxid"
)

//go:embed contract.txt
var contractSource string

// contractPart is the contract's name in its own stencil.
const contractPart = "contract"

var contractStencil = sync.OnceValue(func() *stencil.Set {
	return stencil.Must(stencil.Text(map[string]string{contractPart: contractSource}))
})

// contractView is what the contract's template may say; all amounts and dates are written as people read them.
type contractView struct {
	Number, Creditor, CreditorDocument, CreditorAddress, CreditorPhone, CreditorEmail string
	Name, Document, Address                                                           string
	Debts                                                                             []debtView
	Principal, Fine, Interest, Discount, Balance, Financing, Total                    string
	HasDiscount, HasFinancing, Cash                                                   bool
	MonthlyRate, FineRate, ArrearsRate, CET                                           string
	Rows                                                                              []rowView
	Count                                                                             int
	Date, Deadline                                                                    string
}

type debtView struct{ Contract, Description, DueDate, Principal, Fine, Interest, Total string }

type rowView struct {
	Number          int
	DueDate, Amount string
}

func (k *Desk) contractText(
	ctx context.Context, c collection.Creditor, cs collection.Case, debts []collection.Debt, number string, t collection.Terms,
) (string, error) {
	person, err := k.Vault.OpenParticipant(ctx, cs)
	if err != nil {
		return "", fmt.Errorf("open participant: %w", err)
	}
	today := offer.Today(t.QuotedAt)
	v := contractView{
		Number: number, Creditor: c.LegalName, CreditorDocument: format(c.Document), CreditorAddress: c.Address,
		CreditorPhone: c.Contacts.Phone, CreditorEmail: c.Contacts.Email,
		Name: person.Name, Document: format(person.Document), Address: person.Address,
		Principal: t.Principal.String(), Fine: t.Fine.String(), Interest: t.Interest.String(), Discount: t.Discount.String(),
		Balance: (t.Total - t.Financing - t.IOF).String(), Financing: t.Financing.String(), Total: t.Total.String(),
		HasDiscount: t.Discount > 0, HasFinancing: t.Financing > 0, Cash: t.Kind == collection.OfferCash,
		MonthlyRate: percent(c.Policy.MonthlyRate), FineRate: percent(c.Charges.Fine), ArrearsRate: percent(c.Charges.MonthlyInterest),
		CET: strings.Replace(t.CETAnnual, ".", ",", 1), Count: len(t.Schedule),
		Date: written(today), Deadline: instant(t.QuotedAt.Add(c.Policy.OfferLifetime)),
	}
	for _, debt := range debts {
		details, err := k.Vault.OpenDebt(ctx, cs, debt)
		if err != nil {
			return "", fmt.Errorf("open debt %s: %w", debt.ID, err)
		}
		charged, err := offer.Charge(c.Charges, debt, today)
		if err != nil {
			return "", err
		}
		v.Debts = append(v.Debts, debtView{
			Contract: details.Contract, Description: details.Description, DueDate: written(debt.DueDate),
			Principal: debt.Principal.String(), Fine: charged.Fine.String(), Interest: charged.Interest.String(), Total: charged.Total.String(),
		})
	}
	for _, row := range t.Schedule {
		v.Rows = append(v.Rows, rowView{row.Number, written(row.DueDate), row.Amount.String()})
	}
	text, err := contractStencil().Write(contractPart, v)
	if err != nil {
		return "", fmt.Errorf("write contract: %w", err)
	}
	return text, nil
}

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
