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
	"github.com/regua/regua/shared/deed/pdf"
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
	document, err := pdf.Set(number, text, t.QuotedAt)
	if err != nil {
		return contract{}, err
	}
	return contract{template: v.Template, text: []byte(text), pdf: document}, nil
}

// addressed is a participant's address as contracts name it, with its CEP.
func addressed(p collection.Participant) string {
	if p.Address == "" || len(p.CEP) != 8 {
		return p.Address
	}
	return p.Address + ", CEP " + p.CEP[:5] + "-" + p.CEP[5:]
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
		Template: string(c.Contract.Kind) + "-" + c.Contract.TemplateVersion, Number: number,
		Creditor: c.LegalName, CreditorDocument: format(c.Document), CreditorAddress: c.Address, CreditorPhone: c.Contacts.Phone,
		CreditorEmail: c.Contacts.Email, Name: person.Name, Document: format(person.Document), Address: addressed(person),
		Principal: t.Principal.String(), Fine: t.Fine.String(), Interest: t.Interest.String(), Correction: unlessZero(t.Correction),
		Confessed:   (t.Principal + t.Fine + t.Interest + t.Correction).String(),
		HasDiscount: t.Discount > 0, Discount: t.Discount.String(), DiscountPrincipal: t.Off.Principal.String(),
		DiscountFine:     t.Off.Fine.String(),
		DiscountInterest: t.Off.Interest.String(), DiscountCorrection: unlessZero(t.Off.Correction),
		Balance: (t.Total - t.Financing - t.IOF).String(), HasFinancing: t.Financing > 0, Financing: t.Financing.String(),
		IOF: unlessZero(t.IOF), Total: t.Total.String(), Cash: t.Kind == collection.OfferCash, Count: len(t.Schedule),
		Table: tables[t.Table], MonthlyRate: percent(c.Policy.MonthlyRate), CET: strings.Replace(t.CETAnnual, ".", ",", 1),
		Methods: methods(c), Place: c.MerchantCity, Date: written(today), Deadline: instant(t.QuotedAt.Add(c.Policy.OfferLifetime)),
	}
	charges(&v, c)
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
			Principal: charged.Principal.String(), Fine: charged.Fine.String(), Interest: charged.Interest.String(),
			Correction: unlessZero(charged.Correction), Total: charged.Total.String(),
		})
	}
	for _, row := range t.Schedule {
		v.Rows = append(v.Rows, deed.Row{Number: row.Number, DueDate: written(row.DueDate), Amount: row.Amount.String()})
	}
	return v, nil
}

// charges says what late and broken deals cost.
func charges(v *deed.View, c collection.Creditor) {
	v.FineRate, v.ArrearsRate = percent(c.Charges.Fine), percent(c.Charges.MonthlyInterest)+"% ao mês"
	if len(c.Charges.Legal) > 0 {
		v.ArrearsRate = "taxa legal (Lei 14.905/2024)"
	}
	v.Index = indices[c.Charges.Index]
	v.Acceleration, v.AccelerationMany = c.Contract.AccelerationMissed, c.Contract.AccelerationMissed > 1
	v.ToleranceDays, v.WithdrawalDays, v.Forum = c.Policy.Breach.ToleranceDays, c.Policy.WithdrawalDays, c.Contract.Forum
	v.DiscountsLost = c.Policy.Breach.Discounts != collection.DiscountsProportional
	if !c.Policy.Breach.FeeRate.IsZero() {
		v.BreachFee = percent(c.Policy.Breach.FeeRate)
	}
}

var (
	tables  = map[collection.Table]string{collection.TablePrice: "Price", collection.TableSAC: "SAC"}
	indices = map[collection.Index]string{collection.IndexIPCA: "IPCA", collection.IndexINPC: "INPC", collection.IndexIGPM: "IGP-M"}
)

// methods says how a creditor takes money, in words.
func methods(c collection.Creditor) string {
	var ways []string
	for _, way := range []struct {
		method collection.Method
		name   string
	}{{collection.MethodPix, "PIX"}, {collection.MethodBoleto, "boleto"}, {collection.MethodDebit, "débito em conta"}} {
		if len(c.Routes(way.method)) > 0 {
			ways = append(ways, way.name)
		}
	}
	if last := len(ways) - 1; last > 0 {
		return "por " + strings.Join(ways[:last], ", ") + " ou " + ways[last]
	}
	return "por " + strings.Join(ways, "")
}

// unlessZero writes an amount, and nothing for none.
func unlessZero(amount money.Centavos) string {
	if amount == 0 {
		return ""
	}
	return amount.String()
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
