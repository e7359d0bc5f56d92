package history

import (
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

func (w *Walk) place() error {
	return w.Dossier.Place(w.meta("import"), nil, w.placed(1+w.chance.Intn(2)))
}

func (w *Walk) revise() error {
	debt, ok := pick(w, w.Dossier.OpenDebts())
	if !ok {
		return nil
	}
	revised := collection.PlacedDebt{ID: debt.ID, Product: debt.Product, DueDate: debt.DueDate.AddDays(-1), Principal: debt.Principal}
	if w.chance.Intn(2) == 0 {
		revised.Principal = debt.Credited + w.amount()
	}
	return w.Dossier.Revise(w.meta("import"), []collection.PlacedDebt{revised})
}

func (w *Walk) reviseParticipant() error {
	return w.Dossier.Record(w.meta("import"), collection.ParticipantRevised{
		Standing: w.revisedStanding(), UF: w.one("SP", "RJ"), HasEmail: w.chance.Intn(2) == 0, HasPhone: w.chance.Intn(2) == 0,
		Renewed: collection.SameAddress(w.channel()),
	})
}

// terms are those of a deal over some of the open debts, in one to six instalments.
func (w *Walk) terms(debts []collection.Debt) collection.Terms {
	t := collection.Terms{
		Kind: collection.OfferCash, QuotedAt: w.At, PolicyVersion: "v1", MonthlyRate: "0.005", CETAnnual: "6.17",
		Fine: w.amount() / 50, Interest: w.amount() / 20, Financing: w.amount() / 30 * money.Centavos(w.chance.Intn(2)),
	}
	for _, debt := range debts {
		t.Debts = append(t.Debts, debt.ID)
		t.Principal += debt.Outstanding()
	}
	if w.chance.Intn(2) == 0 {
		t.Distribution = []collection.Component{collection.ComponentPrincipal, collection.ComponentFine}
	}
	t.Correction, t.Product, t.Table = w.amount()/40, w.one("", "acordo"), collection.Table(w.one("", "price", "sac"))
	share := money.Centavos(w.chance.Intn(80))
	t.Off = collection.Components{
		Principal: t.Principal * share / 100, Fine: t.Fine * share / 100, Interest: t.Interest * share / 100,
		Correction: t.Correction * share / 100,
	}
	t.Discount = t.Off.Principal + t.Off.Fine + t.Off.Interest + t.Off.Correction
	t.Total = t.Principal + t.Fine + t.Interest + t.Correction - t.Discount + t.Financing
	n := money.Centavos(1)
	if w.chance.Intn(2) == 0 && t.Total > 10 {
		t.Kind, n = collection.OfferInstalments, money.Centavos(2+w.chance.Intn(5))
	}
	for i := range int(n) {
		amount := t.Total / n
		if i == 0 {
			amount += t.Total % n
		}
		t.Schedule = append(t.Schedule, collection.ScheduledPayment{Number: i + 1, DueDate: w.today().AddDays(5 + 30*i), Amount: amount})
	}
	return t
}

func (w *Walk) accept() error {
	open := w.Dossier.OpenDebts()
	if len(open) == 0 {
		return nil
	}
	open = open[:1+w.chance.Intn(len(open))]
	return w.Dossier.Accept(w.meta("participant"), collection.ProposalCreated{
		Proposal: mint[collection.ProposalNoun](w), OfferHash: w.hash(), ContractNumber: fmt.Sprintf("2026-%08d", w.chance.Intn(1e8)),
		Template: "confissao-1", TextHash: w.hash(), PDFHash: w.hash(), Terms: w.terms(open), Rules: w.rules(),
		ExpiresAt: w.At.Add(48 * time.Hour),
	})
}

func (w *Walk) refuse() error {
	p, ok := pick(w, w.Dossier.Proposals)
	if !ok {
		return nil
	}
	return w.Dossier.Refuse(w.meta("participant"), p.ID)
}

func (w *Walk) sign() error {
	p, ok := pick(w, w.Dossier.Proposals)
	if !ok {
		return nil
	}
	aftercare := collection.Aftercare(w.one(
		string(collection.AftercareNone), string(collection.AftercareService), string(collection.AftercareReactivation)))
	return w.Dossier.Sign(w.meta("participant"), p.ID, p.TextHash, mint[collection.AgreementNoun](w), w.hash(), aftercare)
}
