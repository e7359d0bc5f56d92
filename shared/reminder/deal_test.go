package reminder

import (
	"fmt"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
)

// change loads a whole case, changes it and commits.
func (w *world) change(t testing.TB, id collection.CaseID, f func(d *collection.Dossier, meta collection.Meta) error) *collection.Dossier {
	t.Helper()
	d, err := w.fold(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := f(d, collection.Meta{At: w.Now(), By: collection.System("test", d.Case.Creditor)}); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

// agree signs a deal over debts of a case in so many instalments and asks for the money of the first.
func (w *world) agree(t testing.TB, id collection.CaseID, instalments int, debts ...collection.DebtID) collection.IntentID {
	t.Helper()
	intent := mint[collection.IntentNoun](t, w)
	w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error {
		total := money.Centavos(len(debts) * 45000)
		terms := collection.Terms{Kind: collection.OfferInstalments, Debts: debts, Principal: total, Total: total}
		for i := range instalments {
			terms.Schedule = append(terms.Schedule, collection.ScheduledPayment{
				Number: i + 1, DueDate: offer.Today(meta.At).AddDays(30 * i), Amount: total / money.Centavos(instalments),
			})
		}
		proposal := mint[collection.ProposalNoun](t, w)
		agreement := mint[collection.AgreementNoun](t, w)
		number := "RG-" + proposal.String()
		created := collection.ProposalCreated{
			Proposal: proposal, OfferHash: number, ContractNumber: number, TextHash: "hash", Terms: terms, ExpiresAt: meta.At.Add(time.Hour),
		}
		if err := d.Accept(meta, created); err != nil {
			return err
		}
		if err := d.Sign(meta, proposal, "hash", agreement, "evidence", collection.AftercareNone); err != nil {
			return err
		}
		_, err := d.RequestPayment(meta, collection.PaymentRequested{
			Intent: intent, Agreement: agreement, Instalment: 1, Method: collection.MethodPix, ExpiresAt: meta.At.Add(time.Hour),
		})
		return err
	})
	return intent
}

// pay posts money for an intent and returns what receipt-plan learns of it.
func (w *world) pay(t testing.TB, id collection.CaseID, intent collection.IntentID, amount money.Centavos) Paid {
	t.Helper()
	d := w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error {
		_, err := d.Post(meta, intent, collection.Money{
			Provider: "sandbox", Account: "a", Fact: fmt.Sprint("E", d.Case.Seq), Amount: amount, PaidAt: meta.At, PaidOn: offer.Today(meta.At),
		})
		return err
	})
	return Paid{
		Creditor: d.Case.Creditor, Case: id, Intent: intent, EventID: fmt.Sprintf("%s-%d", id, d.Case.Seq), OccurredAt: w.Now(),
	}
}
