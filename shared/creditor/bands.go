package creditor

import (
	"fmt"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// bandFile is a discount by rates or by an amount, never both.
type bandFile struct {
	FromDays        int    `json:"fromDays"`
	ToDays          int    `json:"toDays"`
	FromInstalments int    `json:"fromInstalments"`
	ToInstalments   int    `json:"toInstalments"`
	PrincipalRate   string `json:"principalRate"`
	FineRate        string `json:"fineRate"`
	InterestRate    string `json:"interestRate"`
	CorrectionRate  string `json:"correctionRate"`
	AmountCentavos  *int64 `json:"amountCentavos"`
}

func bands(c *checker, at string, rows []bandFile, cash bool) []collection.DiscountBand {
	c.between("number of "+at, len(rows), 0, maxRows)
	var out []collection.DiscountBand
	for i, f := range rows[:min(len(rows), maxRows)] {
		at := fmt.Sprintf("%s[%d]", at, i)
		b := f.domain(c, at)
		c.check(b.FromDays >= 0 && (b.ToDays == 0 || b.ToDays >= b.FromDays), at+" needs 0 <= fromDays <= toDays (0: without end)")
		if cash {
			c.check(f.FromInstalments == 0 && f.ToInstalments == 0, at+" is for cash and names no instalments")
		} else {
			c.check(b.FromInstalments >= 2 && b.FromInstalments <= maxInstalments && b.ToInstalments <= maxInstalments &&
				(b.ToInstalments == 0 || b.ToInstalments >= b.FromInstalments),
				fmt.Sprintf("%s needs 2 <= fromInstalments <= toInstalments <= %d (0: without end)", at, maxInstalments))
		}
		if before, ok := sameRange(out, b); ok {
			c.check(before.ToDays != 0 && b.FromDays == before.ToDays+1, at+" must begin the day after the row before it ends")
		}
		for j, other := range out {
			c.check(!overlap(other, b), fmt.Sprintf("%s overlaps row %d", at, j))
		}
		out = append(out, b)
	}
	return out
}

func (f bandFile) domain(c *checker, at string) collection.DiscountBand {
	b := collection.DiscountBand{
		FromDays: f.FromDays, ToDays: f.ToDays, FromInstalments: f.FromInstalments, ToInstalments: f.ToInstalments,
	}
	if b.FromInstalments == 0 {
		b.FromInstalments = 2
	}
	if f.AmountCentavos != nil {
		c.check(f.PrincipalRate+f.FineRate+f.InterestRate+f.CorrectionRate == "",
			at+" sets a discount by amountCentavos and by rates: only one of them")
		c.check(*f.AmountCentavos > 0, at+".amountCentavos must be positive")
		b.Amount = c.amount(at+".amountCentavos", *f.AmountCentavos)
		return b
	}
	b.Principal, b.Fine = c.rate(at+".principalRate", f.PrincipalRate, "0.99"), c.rate(at+".fineRate", f.FineRate, "1")
	b.Interest, b.Correction = c.rate(at+".interestRate", f.InterestRate, "1"), money.Rate{}
	if f.CorrectionRate != "" {
		b.Correction = c.rate(at+".correctionRate", f.CorrectionRate, "1")
	}
	return b
}

// sameRange finds the last row of the same numbers of instalments.
func sameRange(rows []collection.DiscountBand, b collection.DiscountBand) (collection.DiscountBand, bool) {
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].FromInstalments == b.FromInstalments && rows[i].ToInstalments == b.ToInstalments {
			return rows[i], true
		}
	}
	return collection.DiscountBand{}, false
}

// overlap reports whether a debt and a number of instalments could be under both rows.
func overlap(a, b collection.DiscountBand) bool {
	meets := func(from, to, otherFrom, otherTo int) bool {
		return (to == 0 || otherFrom <= to) && (otherTo == 0 || from <= otherTo)
	}
	return meets(a.FromDays, a.ToDays, b.FromDays, b.ToDays) &&
		meets(a.FromInstalments, a.ToInstalments, b.FromInstalments, b.ToInstalments)
}
