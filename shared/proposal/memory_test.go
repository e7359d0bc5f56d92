package proposal

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
)

var at = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

// memory is a store of one case: it keeps the events and folds them on every load, with the conditions of the real one.
type memory struct {
	mu       sync.Mutex
	events   []collection.Recorded
	texts    map[string][]byte
	answers  map[string]collection.Answer
	pdfs     map[string][]byte
	key      signingKey
	evidence map[collection.AgreementID]collection.SignatureEvidence
	creditor collection.Creditor
	caseID   collection.CaseID
}

func (m *memory) Load(context.Context, collection.CreditorID, collection.CaseID) (*collection.Dossier, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := collection.NewDossier(m.caseID, m.creditor.ID)
	for _, e := range m.events {
		if err := d.Apply(e); err != nil {
			return nil, err
		}
	}
	d.Loaded()
	return d, nil
}

func (m *memory) Commit(_ context.Context, d *collection.Dossier, with ...collection.Companion) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range with {
		if a, ok := c.(collection.Answer); ok {
			if old, exists := m.answers[a.Route+a.KeyHash]; exists {
				return &collection.ReplayError{Answer: old}
			}
		}
	}
	if d.LoadedSeq() != int64(len(m.events)) {
		return fmt.Errorf("commit: %w", collection.ErrConflict)
	}
	for _, c := range with {
		switch c := c.(type) {
		case collection.Answer:
			m.answers[c.Route+c.KeyHash] = c
		case collection.ContractText:
			m.texts[c.Number] = c.Sealed
		case collection.ContractPDF:
			m.pdfs[c.Number] = c.Sealed
		case collection.SignatureEvidence:
			m.evidence[c.Agreement] = c
		default:
			return fmt.Errorf("unexpected companion %T", c)
		}
	}
	m.events = append(m.events, d.Recorded()...)
	d.Loaded()
	return nil
}

func (m *memory) ContractPDF(_ context.Context, _ collection.CreditorID, _ collection.CaseID, number string) ([]byte, error) {
	pdf, ok := m.pdfs[number]
	if !ok {
		return nil, collection.ErrNotFound
	}
	return pdf, nil
}

func (m *memory) ContractText(_ context.Context, _ collection.CreditorID, _ collection.CaseID, number string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, ok := m.texts[number]
	if !ok {
		return nil, collection.ErrNotFound
	}
	return text, nil
}

func (m *memory) LoadAnswer(
	_ context.Context, _ collection.CreditorID, _ collection.CaseID, route, keyHash string,
) (collection.Answer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, ok := m.answers[route+keyHash]
	if !ok {
		return a, collection.ErrNotFound
	}
	return a, nil
}

func (m *memory) Creditor(context.Context, collection.CreditorID) (collection.Creditor, error) {
	return m.creditor, nil
}

// plainVault seals by prefixing the attribute, so that a test sees a wrong one.
type plainVault struct{}

func (plainVault) OpenParticipant(context.Context, collection.Case) (collection.Participant, error) {
	return collection.Participant{
		Document: "52998224725", Name: "Maria da Silva", Address: "Rua das Flores, 10, São Paulo - SP", CEP: "01310100",
	}, nil
}

func (plainVault) OpenDebt(context.Context, collection.Case, collection.Debt) (collection.DebtDetails, error) {
	return collection.DebtDetails{Contract: "CT-1", Description: "Mensalidade"}, nil
}

func (plainVault) SealText(_ context.Context, _ collection.Case, attribute string, plain []byte) ([]byte, error) {
	return append([]byte(attribute+"="), plain...), nil
}

func (plainVault) OpenText(_ context.Context, _ collection.Case, attribute string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(attribute+"="))
	if !ok {
		return nil, fmt.Errorf("sealed as something else")
	}
	return plain, nil
}

type chance struct {
	mu  sync.Mutex
	src *rand.ChaCha8
}

func (c *chance) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.src.Read(p)
}

func newDesk(t *testing.T, debts int) (*Desk, *memory) {
	t.Helper()
	doc, err := os.ReadFile("testdata/creditor.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := creditor.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	dice := &chance{src: rand.NewChaCha8([32]byte{1})}
	caseID, err := collection.Mint[collection.CaseNoun](at, dice)
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{
		texts: map[string][]byte{}, pdfs: map[string][]byte{}, answers: map[string]collection.Answer{},
		evidence: map[collection.AgreementID]collection.SignatureEvidence{},
		creditor: c, caseID: caseID, key: newSigningKey(t),
	}
	d, err := m.Load(t.Context(), c.ID, caseID)
	if err != nil {
		t.Fatal(err)
	}
	var placed []collection.PlacedDebt
	for range debts {
		id, err := collection.Mint[collection.DebtNoun](at, dice)
		if err != nil {
			t.Fatal(err)
		}
		placed = append(placed, collection.PlacedDebt{ID: id, Product: "plano", DueDate: offer.Today(at).AddDays(-40), Principal: 50000})
	}
	meta := collection.Meta{At: at, By: collection.System("import", c.ID)}
	if err := d.Place(meta, &collection.CaseOpened{Standing: collection.StandingFormer, UF: "SP"}, placed); err != nil {
		t.Fatal(err)
	}
	if err := m.Commit(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return &Desk{
		Cases: m, Archive: m, Creditors: m, Vault: plainVault{}, MAC: testMAC, Chance: dice,
		Once: idempotency.Keeper{Answers: m, Vault: plainVault{}}, Signer: m.key,
	}, m
}

func participant(m *memory, when time.Time) collection.Meta {
	by := collection.Principal{Kind: collection.KindParticipant, ID: "s", Creditor: m.creditor.ID, Case: m.caseID}
	return collection.Meta{At: when, By: by}
}

// offerID seals the deal of all open debts in the given number of payments.
func offerID(t *testing.T, m *memory, payments int) string {
	t.Helper()
	d, err := m.Load(t.Context(), m.creditor.ID, m.caseID)
	if err != nil {
		t.Fatal(err)
	}
	terms, err := offer.Terms(m.creditor, offer.Deal{Debts: d.OpenDebts(), Payments: payments, QuotedAt: at})
	if err != nil {
		t.Fatal(err)
	}
	s := sealed(m, terms.Debts, payments, terms.Total, m.creditor.Policy.Version)
	s.Print = offer.Fingerprint(terms)
	return s.Seal(testMAC)
}

func sealed(m *memory, debts []collection.DebtID, payments int, total money.Centavos, version string) offer.Sealed {
	return offer.Sealed{
		Creditor: m.creditor.ID, Case: m.caseID, Debts: debts, Payments: payments, QuotedAt: at, ExpiresAt: at.Add(time.Hour),
		PolicyVersion: version, Total: total,
	}
}
