package dynamo

import (
	"fmt"
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// parser reads the texts of wire and item bodies. Its first failure stays in err, so that a caller checks once at the end.
type parser struct{ err error }

func (p *parser) fail(what string, err error) {
	if p.err == nil {
		p.err = fmt.Errorf("%s: %w", what, err)
	}
}

// parseInto reads an id into its place; an empty text is no id.
func parseInto[N any](p *parser, text string, into *collection.ID[N]) {
	if text == "" {
		return
	}
	id, err := collection.ParseID[N](text)
	if err != nil {
		p.fail("id", err)
		return
	}
	*into = id
}

// date reads a date; an empty text is no date.
func (p *parser) date(text string) calendar.Date {
	if text == "" {
		return calendar.Date{}
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		p.fail("date", err)
	}
	return d
}

// dateText writes a date, and no date as an empty text.
func dateText(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// utc normalises an instant for the wire.
func utc(t time.Time) time.Time { return t.UTC() }

// each maps a list; none becomes an empty list, as the wire has no null.
func each[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, a := range in {
		out[i] = f(a)
	}
	return out
}

// back maps a list of the wire; an empty one becomes nil.
func back[A, B any](in []A, f func(A) B) []B {
	if len(in) == 0 {
		return nil
	}
	return each(in, f)
}

func debtIDText(id collection.DebtID) string { return id.String() }

func (p *parser) debtID(text string) (id collection.DebtID) {
	parseInto(p, text, &id)
	return id
}

func wireLine(l collection.Line) events.Line {
	return events.Line{Account: string(l.Account), AmountCentavos: int64(l.Amount)}
}

func domainLine(l events.Line) collection.Line {
	return collection.Line{Account: collection.Account(l.Account), Amount: money.Centavos(l.AmountCentavos)}
}

func wireDebt(d collection.PlacedDebt) events.Debt {
	return events.Debt{
		DebtID: d.ID.String(), Product: d.Product, DueDate: dateText(d.DueDate), PrincipalCentavos: int64(d.Principal),
		MonthlyRate: d.MonthlyRate, TaxedDays: d.TaxedDays,
	}
}

func (p *parser) debt(d events.Debt) collection.PlacedDebt {
	return collection.PlacedDebt{
		ID: p.debtID(d.DebtID), Product: d.Product, DueDate: p.date(d.DueDate), Principal: money.Centavos(d.PrincipalCentavos),
		MonthlyRate: d.MonthlyRate, TaxedDays: d.TaxedDays,
	}
}

func wireComponents(c collection.Components) events.Components {
	return events.Components{
		PrincipalCentavos: int64(c.Principal), FineCentavos: int64(c.Fine), InterestCentavos: int64(c.Interest),
		CorrectionCentavos: int64(c.Correction), FinancingCentavos: int64(c.Financing), IOFCentavos: int64(c.IOF),
	}
}

func domainComponents(c events.Components) collection.Components {
	return collection.Components{
		Principal: money.Centavos(c.PrincipalCentavos), Fine: money.Centavos(c.FineCentavos), Interest: money.Centavos(c.InterestCentavos),
		Correction: money.Centavos(c.CorrectionCentavos), Financing: money.Centavos(c.FinancingCentavos), IOF: money.Centavos(c.IOFCentavos),
	}
}

func wireTerms(t collection.Terms) events.Terms {
	return events.Terms{
		Kind: string(t.Kind), DebtIDs: each(t.Debts, debtIDText), Product: t.Product, PrincipalCentavos: int64(t.Principal),
		FineCentavos: int64(t.Fine), InterestCentavos: int64(t.Interest), CorrectionCentavos: int64(t.Correction),
		Off:              wireComponents(t.Off),
		DiscountCentavos: int64(t.Discount), FinancingCentavos: int64(t.Financing), IOFCentavos: int64(t.IOF), TotalCentavos: int64(t.Total),
		Table: string(t.Table), MonthlyRate: t.MonthlyRate, CETAnnual: t.CETAnnual,
		Schedule: each(t.Schedule, func(s collection.ScheduledPayment) events.ScheduledPayment {
			return events.ScheduledPayment{Number: s.Number, DueDate: dateText(s.DueDate), AmountCentavos: int64(s.Amount)}
		}),
		QuotedAt: utc(t.QuotedAt), PolicyVersion: t.PolicyVersion, Distribution: each(t.Distribution, asText[collection.Component]),
	}
}

func (p *parser) terms(t events.Terms) collection.Terms {
	return collection.Terms{
		Kind: collection.OfferKind(t.Kind), Debts: back(t.DebtIDs, p.debtID), Product: t.Product, Principal: money.Centavos(t.PrincipalCentavos),
		Fine: money.Centavos(t.FineCentavos), Interest: money.Centavos(t.InterestCentavos), Correction: money.Centavos(t.CorrectionCentavos),
		Off:      domainComponents(t.Off),
		Discount: money.Centavos(t.DiscountCentavos), Financing: money.Centavos(t.FinancingCentavos), IOF: money.Centavos(t.IOFCentavos),
		Total: money.Centavos(t.TotalCentavos), Table: collection.Table(t.Table), MonthlyRate: t.MonthlyRate, CETAnnual: t.CETAnnual,
		Schedule: back(t.Schedule, func(s events.ScheduledPayment) collection.ScheduledPayment {
			return collection.ScheduledPayment{Number: s.Number, DueDate: p.date(s.DueDate), Amount: money.Centavos(s.AmountCentavos)}
		}),
		QuotedAt: utc(t.QuotedAt), PolicyVersion: t.PolicyVersion, Distribution: back(t.Distribution, fromText[collection.Component]),
	}
}

func asText[T ~string](x T) string { return string(x) }

func fromText[T ~string](x string) T { return T(x) }

func same(s string) string { return s }

func wireVerdict(v collection.Verdict) events.Verdict {
	return events.Verdict{
		Outcome: v.Outcome, NotBefore: utc(v.NotBefore), Rules: each(v.Rules, same), PackVersion: v.PackVersion,
		InputsHash: v.InputsHash, Inputs: v.Inputs, At: utc(v.At), WindowEnd: utc(v.WindowEnd), RequiredNotices: each(v.RequiredNotices, same),
	}
}

func domainVerdict(v events.Verdict) collection.Verdict {
	return collection.Verdict{
		Outcome: v.Outcome, NotBefore: utc(v.NotBefore), Rules: back(v.Rules, same), PackVersion: v.PackVersion,
		InputsHash: v.InputsHash, Inputs: v.Inputs, At: utc(v.At), WindowEnd: utc(v.WindowEnd), RequiredNotices: back(v.RequiredNotices, same),
	}
}
