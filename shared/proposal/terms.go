package proposal

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/deed"
)

// canonicalTerms is the form of a deal's terms that is hashed: members in this order, amounts in centavos, dates as YYYY-MM-DD.
type canonicalTerms struct {
	Kind          string             `json:"kind"`
	Debts         []string           `json:"debtIds"`
	Principal     int64              `json:"principalCentavos"`
	Fine          int64              `json:"fineCentavos"`
	Interest      int64              `json:"interestCentavos"`
	Discount      int64              `json:"discountCentavos"`
	Financing     int64              `json:"financingCentavos"`
	IOF           int64              `json:"iofCentavos"`
	Total         int64              `json:"totalCentavos"`
	MonthlyRate   string             `json:"monthlyRate"`
	CETAnnual     string             `json:"cetAnnual"`
	Schedule      []canonicalPayment `json:"schedule"`
	QuotedAt      time.Time          `json:"quotedAt"`
	PolicyVersion string             `json:"policyVersion"`
}

type canonicalPayment struct {
	Number  int    `json:"number"`
	DueDate string `json:"dueDate"`
	Amount  int64  `json:"amountCentavos"`
}

// hashTerms is the hex SHA-256 of the canonical JSON form of a deal's terms.
func hashTerms(t collection.Terms) (string, error) {
	c := canonicalTerms{
		Kind: string(t.Kind), Principal: int64(t.Principal), Fine: int64(t.Fine), Interest: int64(t.Interest), Discount: int64(t.Discount),
		Financing: int64(t.Financing), IOF: int64(t.IOF), Total: int64(t.Total), MonthlyRate: t.MonthlyRate, CETAnnual: t.CETAnnual,
		QuotedAt: t.QuotedAt.UTC(), PolicyVersion: t.PolicyVersion,
	}
	for _, id := range t.Debts {
		c.Debts = append(c.Debts, id.String())
	}
	for _, row := range t.Schedule {
		c.Schedule = append(c.Schedule, canonicalPayment{row.Number, row.DueDate.String(), int64(row.Amount)})
	}
	text, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("encode terms: %w", err)
	}
	return deed.Hash(text), nil
}
