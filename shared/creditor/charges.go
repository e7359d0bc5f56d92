package creditor

import (
	"fmt"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

type chargesFile struct {
	FineRate            string       `json:"fineRate"`
	MonthlyInterestRate string       `json:"monthlyInterestRate"`
	LegalRate           []legalFile  `json:"legalRate"`
	Index               string       `json:"index"`
	IndexFactors        []factorFile `json:"indexFactors"`
}

// legalFile is what the legal rate of a month is made of: the factors of the month before, as the Banco Central publishes them.
type legalFile struct {
	Month       string `json:"month"`
	SelicFactor string `json:"selicFactor"`
	IPCAFactor  string `json:"ipcaFactor"`
}

type factorFile struct {
	Month  string `json:"month"`
	Factor string `json:"factor"`
}

// maxMonths is fifty years.
const maxMonths = 600

func (f chargesFile) domain(c *checker) collection.Charges {
	out := collection.Charges{
		Fine:  c.rate("charges.fineRate", f.FineRate, "0.02"), // Lei 8.078/1990 art. 52 par. 1
		Index: oneOf(c, "charges.index", f.Index, collection.IndexNone, collection.IndexIPCA, collection.IndexINPC, collection.IndexIGPM),
	}
	if len(f.LegalRate) == 0 {
		out.MonthlyInterest = c.rate("charges.monthlyInterestRate", f.MonthlyInterestRate, "0.2")
	} else {
		c.check(f.MonthlyInterestRate == "", "charges.monthlyInterestRate and charges.legalRate exclude each other")
	}
	c.between("number of charges.legalRate", len(f.LegalRate), 0, maxMonths)
	for i, row := range f.LegalRate {
		at := fmt.Sprintf("charges.legalRate[%d]", i)
		selic, ipca := c.factor(at+".selicFactor", row.SelicFactor), c.factor(at+".ipcaFactor", row.IPCAFactor)
		rate, err := money.LegalRate(selic, ipca)
		c.check(err == nil, at+" makes no legal rate")
		out.Legal = append(out.Legal, collection.MonthRate{Month: c.month(at+".month", row.Month, out.Legal), Rate: rate})
	}
	c.check((f.Index == "") == (len(f.IndexFactors) == 0), "charges.index and charges.indexFactors need each other")
	c.between("number of charges.indexFactors", len(f.IndexFactors), 0, maxMonths)
	for i, row := range f.IndexFactors {
		at := fmt.Sprintf("charges.indexFactors[%d]", i)
		out.IndexFactors = append(out.IndexFactors, collection.MonthRate{
			Month: c.month(at+".month", row.Month, out.IndexFactors), Rate: c.factor(at+".factor", row.Factor),
		})
	}
	return out
}

// factor reads a monthly factor, as "1.0042".
func (c *checker) factor(at, text string) money.Rate {
	rate, err := money.ParseRate(text)
	least, leastErr := money.ParseRate("0.5")
	most, mostErr := money.ParseRate("2")
	ok := err == nil && leastErr == nil && mostErr == nil && rate.Cmp(least) >= 0 && rate.Cmp(most) <= 0
	c.check(ok, at+` must be a factor from "0.5" to "2", as "1.0042"`)
	return rate
}

// month reads a month, as "2026-08", that follows the row before it.
func (c *checker) month(at, text string, before []collection.MonthRate) calendar.Date {
	month, err := calendar.ParseDate(text + "-01")
	c.check(err == nil && len(text) == 7, at+` must be a month, as "2026-08"`)
	if n := len(before); n > 0 && err == nil {
		c.check(before[n-1].Month.AddMonths(1, 1) == month, at+" must be the month after the row before it")
	}
	return month
}
