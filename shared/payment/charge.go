package payment

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
)

const (
	// slipDays is how long after its due date a boleto, and, in business days, the answer to a debit, may still come.
	slipDays = 5
	// aheadDays is how far ahead a boleto or a debit is made: one that is due later is asked for nearer to its day.
	aheadDays = 60
)

// People opens and seals what is kept of a participant.
type People interface {
	OpenParticipant(ctx context.Context, c collection.Case) (collection.Participant, error)
	SealText(ctx context.Context, c collection.Case, attribute string, plain []byte) ([]byte, error)
	OpenText(ctx context.Context, c collection.Case, attribute string, sealed []byte) ([]byte, error)
}

// Mandates reads the sealed record of a mandate.
type Mandates interface {
	LoadMandate(ctx context.Context, creditor collection.CreditorID, id collection.CaseID, mandate string) ([]byte, error)
}

// DebitConsent is what a participant agrees to when an account is to be debited (CMN Resolution 4.790/2020 asks for each apart).
type DebitConsent struct {
	Bank     string // three digits
	Branch   string // four digits
	Account  string // up to 14 digits
	Document string // of the holder; empty: the participant's own
	// PartialDebit lets overdue amounts be debited in part, and Overdraft lets the debit use the account's overdraft.
	PartialDebit, Overdraft bool
}

// mandateRecord is what is kept sealed of a mandate.
type mandateRecord struct {
	Bank         string    `json:"bank"`
	Branch       string    `json:"branch"`
	Account      string    `json:"account"`
	Document     string    `json:"document"`
	Purpose      string    `json:"purpose"`
	Contract     string    `json:"contract"`
	PartialDebit bool      `json:"partialDebit"`
	Overdraft    bool      `json:"overdraft"`
	GivenAt      time.Time `json:"givenAt"`
}

func mandateAttribute(id string) string { return "mandate/" + id }

// sealMandate makes the record of a mandate that is given now.
func (i *Issuing) sealMandate(
	ctx context.Context, c collection.Case, id, contract string, consent DebitConsent, at time.Time,
) (collection.MandateRecord, error) {
	text, err := json.Marshal(mandateRecord{
		Bank: consent.Bank, Branch: consent.Branch, Account: consent.Account, Document: consent.Document,
		Purpose: "parcelas do acordo", Contract: contract, PartialDebit: consent.PartialDebit, Overdraft: consent.Overdraft, GivenAt: at.UTC(),
	})
	if err != nil {
		return collection.MandateRecord{}, fmt.Errorf("encode mandate: %w", err)
	}
	sealed, err := i.People.SealText(ctx, c, mandateAttribute(id), text)
	if err != nil {
		return collection.MandateRecord{}, fmt.Errorf("seal mandate: %w", err)
	}
	return collection.MandateRecord{Mandate: id, Sealed: sealed}, nil
}

// debit is the order of the mandate that an intent is under.
func (i *Issuing) debit(ctx context.Context, c collection.Case, intent collection.Intent) (*provider.DebitOrder, error) {
	sealed, err := i.Mandates.LoadMandate(ctx, c.Creditor, c.ID, intent.Mandate)
	if err != nil {
		return nil, fmt.Errorf("load mandate: %w", err)
	}
	text, err := i.People.OpenText(ctx, c, mandateAttribute(intent.Mandate), sealed)
	if err != nil {
		return nil, fmt.Errorf("open mandate: %w", err)
	}
	var record mandateRecord
	if err := json.Unmarshal(text, &record); err != nil {
		return nil, fmt.Errorf("read mandate: %w", err)
	}
	return &provider.DebitOrder{Mandate: intent.Mandate, Bank: record.Bank, Branch: record.Branch, Account: record.Account}, nil
}

// debitLead is how many business days after a request its debit is made at the earliest: a bank wants two between a file and its debits,
// and today's last file may have gone.
const debitLead = 3

// debitLasts is how long a debit that is asked for now may be answered, and at least until a time: slipDays business days after the day on
// which it can be made.
func debitLasts(i collection.Instalment, now, until time.Time) time.Time {
	debited := calendar.AddBusinessDays(offer.Today(now), debitLead)
	if due := dueDate(i, now); due.After(debited) {
		debited = due
	}
	if answered := midnight(calendar.AddBusinessDays(debited, slipDays).AddDays(1)); answered.After(until) {
		return answered
	}
	return until
}

// midnight is when a day begins all over Brazil.
func midnight(d calendar.Date) time.Time { return d.At(5, 0, time.UTC) }

// dated reports whether a charge names its due date and its payer: a boleto and a debit always, and a PIX over a later instalment at the
// API Pix, whose charges with a due date (cobv) are for that. The first payment of a deal is paid at once (cob).
func dated(method collection.Method, providerName string, instalment int) bool {
	return method != collection.MethodPix || (providerName == provider.Pix && instalment > 1)
}

// dueDate is the day by which a dated charge over an instalment is to be paid.
func dueDate(i collection.Instalment, requested time.Time) calendar.Date {
	latest := offer.Today(requested).AddDays(aheadDays)
	if latest.DaysUntil(i.DueDate) > 0 {
		return latest
	}
	return i.DueDate
}

// lasts is how long a code stands that is asked for now: as the policy says, and a dated one at least until slipDays after its due date and
// after today.
func lasts(isDated bool, i collection.Instalment, policy collection.OfferPolicy, now time.Time) time.Time {
	until := now.Add(policy.IntentLife)
	if isDated {
		days := max(0, offer.Today(now).DaysUntil(dueDate(i, now))) + slipDays
		if slip := now.AddDate(0, 0, days); slip.After(until) {
			until = slip
		}
	}
	return until.UTC().Truncate(time.Second)
}

// charge is what a provider is asked for. An immediate one names nobody; a dated one has the day from which late charges run, and the
// payer, who is opened for it alone.
func (i *Issuing) charge(
	ctx context.Context, c collection.Creditor, d *collection.Dossier, intent collection.Intent,
) (provider.Charge, error) {
	charge := provider.Charge{
		TxID: intent.ID.String(), Method: intent.Method, Amount: intent.Amount, ExpiresAt: intent.ExpiresAt,
		MerchantName: c.MerchantName, MerchantCity: c.MerchantCity,
	}
	if !dated(intent.Method, intent.Provider, intent.Instalment) {
		return charge, nil
	}
	agreement, ok := d.Agreement(intent.Agreement)
	if !ok || intent.Instalment < 1 || intent.Instalment > len(agreement.Instalments) {
		return charge, fmt.Errorf("%w: instalment of intent %s", collection.ErrNotFound, intent.ID)
	}
	charge.DueDate = dueDate(agreement.Instalments[intent.Instalment-1], intent.RequestedAt)
	charge.Description = fmt.Sprintf("Acordo %s, parcela %d de %d", agreement.ContractNumber, intent.Instalment, len(agreement.Instalments))
	var err error
	if charge.FineRate, err = rate(intent.FineRate); err != nil {
		return charge, err
	}
	if charge.MonthlyInterest, err = rate(intent.MonthlyInterest); err != nil {
		return charge, err
	}
	payer, err := i.People.OpenParticipant(ctx, d.Case)
	if err != nil {
		return charge, fmt.Errorf("open payer: %w", err)
	}
	charge.Payer = provider.Payer{
		Name: payer.Name, Document: payer.Document, Email: payer.Email, Address: payer.Address, City: payer.City, UF: d.Case.UF,
		CEP: payer.CEP,
	}
	if intent.Method == collection.MethodDebit {
		charge.Debit, err = i.debit(ctx, d.Case, intent)
	}
	return charge, err
}

func rate(text string) (money.Rate, error) {
	if text == "" {
		return money.Rate{}, nil
	}
	r, err := money.ParseRate(text)
	if err != nil {
		return r, fmt.Errorf("read rate: %w", err)
	}
	return r, nil
}
