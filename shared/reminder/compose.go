package reminder

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/message"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/otp"
)

const (
	// linkLife is how long a link opens the portal with the contract at hand. It lets nobody in: the code does.
	linkLife = 30 * 24 * time.Hour
	// tokenBytes is the entropy of a link: 256 bits.
	tokenBytes = 32
	// shownEnd is how much of a contract number a link gives away; shorter numbers stay hidden.
	shownEnd      = 3
	hiddenMark    = "•••••••••••"
	shortContract = 2 * shownEnd
)

// errNoAddress says that the address was taken off the file since.
var errNoAddress = errors.New("no address on file")

// Vault opens personal data of a case, and seals what a link may tell.
type Vault interface {
	OpenParticipant(ctx context.Context, c collection.Case) (collection.Participant, error)
	OpenDebt(ctx context.Context, c collection.Case, d collection.Debt) (collection.DebtDetails, error)
	SealText(ctx context.Context, c collection.Case, attribute string, plain []byte) ([]byte, error)
}

// Intents finds payment intents.
type Intents interface {
	LoadIntent(ctx context.Context, creditor collection.CreditorID, id collection.IntentID) (collection.Intent, error)
}

// compose writes the message of a contact, and what must be stored with its claim.
func (s *Sender) compose(ctx context.Context, h handing, creditor collection.Creditor) (message.Email, []collection.Companion, error) {
	person, err := s.Vault.OpenParticipant(ctx, h.dossier.Case)
	if err != nil {
		return message.Email{}, nil, fmt.Errorf("open participant: %w", err)
	}
	if person.Email == "" {
		return message.Email{}, nil, errNoAddress
	}
	var data message.Data
	var with []collection.Companion
	if h.contact.Purpose == collection.PurposeReceipt {
		data, err = s.receipt(ctx, h, creditor, person)
	} else {
		data, with, err = s.reminder(ctx, h, creditor, person)
	}
	if err != nil {
		return message.Email{}, nil, err
	}
	m, err := message.Render(h.contact.Template, data)
	return message.Email{To: person.Email, From: creditor.Name, ReplyTo: creditor.Contacts.Email, Message: m}, with, err
}

// reminder lists the open debts, oldest first, with their charges as of today.
func (s *Sender) reminder(
	ctx context.Context, h handing, creditor collection.Creditor, person collection.Participant,
) (message.Reminder, []collection.Companion, error) {
	today := offer.Today(h.meta.At)
	r := message.Reminder{
		Creditor: creditor, Name: person.Name, AsOf: today, Until: offer.Today(h.meta.At.Add(linkLife)),
	}
	debts := h.dossier.OpenDebts()
	slices.SortStableFunc(debts, func(a, b collection.Debt) int { return a.DueDate.Compare(b.DueDate) })
	for _, debt := range debts {
		details, err := s.Vault.OpenDebt(ctx, h.dossier.Case, debt)
		if err != nil {
			return r, nil, fmt.Errorf("open debt %s: %w", debt.ID, err)
		}
		charged, err := offer.Charge(creditor.Charges, debt, today)
		if err != nil {
			return r, nil, err
		}
		r.Debts = append(r.Debts, message.Debt{
			Contract: details.Contract, Description: details.Description, DueDate: debt.DueDate, Principal: debt.Principal,
			Fine: charged.Fine, Interest: charged.Interest, Total: charged.Total,
		})
	}
	if h.contact.Purpose == collection.PurposeInstalment {
		var err error
		if r.Debts, err = s.instalments(ctx, h.dossier, today); err != nil {
			return r, nil, err
		}
	}
	if len(r.Debts) == 0 { // contact law has refused it before
		return r, nil, collection.ErrDebtsNotOpen
	}
	token, err := s.token(creditor.ID)
	if err != nil {
		return r, nil, err
	}
	r.Link = s.PortalURL + "/#e=" + token
	sealed, err := s.Vault.SealText(ctx, h.dossier.Case, otp.EntryAttribute, []byte(contractHint(r.Debts[0].Contract)))
	if err != nil {
		return r, nil, fmt.Errorf("seal contract hint: %w", err)
	}
	link := collection.EntryLink{Hash: otp.EntryHash(token), Sealed: sealed, ExpiresAt: h.meta.At.Add(linkLife)}
	return r, []collection.Companion{link}, nil
}

// token makes "{creditor}.{43 characters}".
func (s *Sender) token(creditor collection.CreditorID) (string, error) {
	secret := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.Chance, secret); err != nil {
		return "", fmt.Errorf("draw link token: %w", err)
	}
	return string(creditor) + "." + base64.RawURLEncoding.EncodeToString(secret), nil
}

// contractHint shows of a contract number what lets its owner recognise it.
func contractHint(contract string) string {
	letters := []rune(strings.TrimSpace(contract))
	if len(letters) < shortContract {
		return hiddenMark
	}
	return hiddenMark + string(letters[len(letters)-shownEnd:])
}

// comesBack is what the agreement's payments bring back, as far as it has come; nothing for a deal that ended without them.
func comesBack(a collection.Agreement) message.Aftercare {
	if a.Aftercare == collection.AftercareNone || !a.Live() && a.Status != collection.AgreementFulfilled {
		return message.Aftercare{}
	}
	out := message.Aftercare{Kind: a.Aftercare, On: a.Rules.AftercareOn, Care: a.Care}
	if !a.AftercareAt.IsZero() {
		out.Asked, out.Until = offer.Today(a.AftercareAt), offer.Today(a.Care.Until)
	}
	return out
}

// receipt tells where the agreement stands after a payment.
func (s *Sender) receipt(
	ctx context.Context, h handing, creditor collection.Creditor, person collection.Participant,
) (message.Receipt, error) {
	intent, err := s.Intents.LoadIntent(ctx, h.dossier.Case.Creditor, h.contact.Intent)
	if err != nil {
		return message.Receipt{}, fmt.Errorf("load intent: %w", err)
	}
	agreement, ok := h.dossier.Agreement(intent.Agreement)
	if !ok || intent.Instalment < 1 || intent.Instalment > len(agreement.Instalments) {
		return message.Receipt{}, fmt.Errorf("%w: instalment of intent %s", collection.ErrNotFound, intent.ID)
	}
	paid := agreement.Instalments[intent.Instalment-1]
	r := message.Receipt{
		Creditor: creditor, Name: person.Name, Contract: agreement.ContractNumber, Instalment: intent.Instalment,
		Instalments: len(agreement.Instalments), Amount: paid.Amount, Paid: paid.Paid, PaidOn: paid.PaidOn,
		Balance: agreement.Total - agreement.Paid(), Excess: agreement.Excess, Link: s.PortalURL + "/?c=" + string(creditor.ID),
		Received: intent.Received, Method: intent.Method, Aftercare: comesBack(*agreement),
	}
	if r.Parts, err = agreement.PaidParts.Add(agreement.Late); err != nil {
		return message.Receipt{}, fmt.Errorf("add up what was paid: %w", err)
	}
	if r.PaidOn == (calendar.Date{}) { // paid in part
		r.PaidOn = offer.Today(h.contact.PlannedAt)
	}
	for _, next := range agreement.Instalments {
		if next.Paid < next.Amount {
			r.Next, r.NextAmount = next.DueDate, next.Amount-next.Paid
			break
		}
	}
	return r, nil
}
