package reminder

import (
	"context"
	"fmt"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/message"
)

// instalments are what a live agreement expects: the instalments that are overdue, or else the next one.
func (s *Sender) instalments(ctx context.Context, d *collection.Dossier, today calendar.Date) (out []message.Debt, err error) {
	for _, a := range d.Agreements {
		if !a.Live() {
			continue
		}
		contract := a.ContractNumber
		if debt, ok := d.Debt(a.Debts[0]); ok { // by which the participant knows the portal
			details, err := s.Vault.OpenDebt(ctx, d.Case, *debt)
			if err != nil {
				return nil, fmt.Errorf("open debt %s: %w", debt.ID, err)
			}
			contract = details.Contract
		}
		for _, i := range a.Instalments {
			left := i.Amount - i.Paid
			if left <= 0 {
				continue
			}
			if i.DueDate.After(today) && len(out) > 0 {
				break
			}
			out = append(out, message.Debt{
				Contract: contract, Description: fmt.Sprintf("Parcela %d de %d do acordo %s", i.Number, len(a.Instalments), a.ContractNumber),
				DueDate: i.DueDate, Principal: left, Total: left,
			})
		}
	}
	return out, nil
}
