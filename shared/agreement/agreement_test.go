package agreement

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/strictjson"
)

var signedAt = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)

// world is one case in memory with the ports of this package around it.
type world struct {
	mu       sync.Mutex
	events   []collection.Recorded
	creditor collection.Creditor
	caseID   collection.CaseID
	now      time.Time
	started  map[string]Execution
	wakes    []payment.WakeMessage
	receipts []collection.Receipt
	rival    func(w *world) // acts once between a load and the next commit
}

func (w *world) Load(context.Context, collection.CreditorID, collection.CaseID) (*collection.Dossier, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return collection.Fold(w.creditor.ID, w.caseID, w.events)
}

func (w *world) Commit(_ context.Context, d *collection.Dossier, _ ...collection.Companion) error {
	if rival := w.rival; rival != nil {
		w.rival = nil
		rival(w)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if d.LoadedSeq() != int64(len(w.events)) {
		return collection.ErrConflict
	}
	w.events = append(w.events, d.Recorded()...)
	d.Loaded()
	return nil
}

func (w *world) Creditor(context.Context, collection.CreditorID) (collection.Creditor, error) {
	return w.creditor, nil
}

func (w *world) Start(_ context.Context, _, name string, input any) error {
	if x, ok := input.(Execution); ok {
		if _, there := w.started[name]; !there {
			w.started[name] = x
		}
	}
	return nil
}

func (w *world) Send(_ context.Context, body any) error {
	if m, ok := body.(payment.WakeMessage); ok {
		w.wakes = append(w.wakes, m)
	}
	return nil
}

func (w *world) PaymentsOf(ctx context.Context, c collection.CreditorID, id collection.CaseID, _ collection.AgreementID) (
	[]collection.Receipt, []collection.Intent, error,
) {
	d, err := w.Load(ctx, c, id)
	return w.receipts, d.Intents, err
}

type seed struct{ n byte }

func (s *seed) Read(p []byte) (int, error) {
	for i := range p {
		s.n++
		p[i] = s.n
	}
	return len(p), nil
}

func mint[N any](t *testing.T, s *seed) collection.ID[N] {
	t.Helper()
	id, err := collection.Mint[N](signedAt, s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// newWorld is a case of one debt of R$ 100,00 with a signed deal over R$ 100,00 and R$ 2,00 of fine in two instalments of R$ 51,00, due on
// 2026-03-10 and 2026-04-10, within a tolerance of ten days.
func newWorld(t *testing.T) (*world, collection.AgreementID) {
	t.Helper()
	s := &seed{}
	w := &world{
		creditor: collection.Creditor{ID: "vida-plena"}, caseID: mint[collection.CaseNoun](t, s), now: signedAt,
		started: map[string]Execution{},
	}
	w.creditor.Policy.Refunds.Excess = collection.ExcessRefund
	d, err := w.Load(t.Context(), "", w.caseID)
	if err != nil {
		t.Fatal(err)
	}
	debt, proposal, agreement := mint[collection.DebtNoun](t, s), mint[collection.ProposalNoun](t, s), mint[collection.AgreementNoun](t, s)
	due := func(n int, date calendar.Date) collection.ScheduledPayment {
		return collection.ScheduledPayment{Number: n, DueDate: date, Amount: 5100}
	}
	first := offer.Today(signedAt).AddDays(8)
	made := collection.ProposalCreated{
		Proposal: proposal, TextHash: "text", ExpiresAt: signedAt.Add(time.Hour), Terms: collection.Terms{
			Debts: []collection.DebtID{debt}, Principal: 10000, Fine: 200, Total: 10200,
			Schedule: []collection.ScheduledPayment{due(1, first), due(2, first.AddMonths(1, 10))},
		},
		Rules: collection.DealRules{ToleranceDays: 10, WithdrawalDays: 7},
	}
	err = errors.Join(
		d.Place(w.meta(), &collection.CaseOpened{}, []collection.PlacedDebt{{ID: debt, DueDate: first.AddDays(-60), Principal: 10000}}),
		d.Accept(w.meta(), made), d.Sign(w.meta(), proposal, "text", agreement, "evidence", collection.AftercareNone),
		w.Commit(t.Context(), d))
	if err != nil {
		t.Fatal(err)
	}
	return w, agreement
}

func (w *world) meta() collection.Meta {
	return collection.Meta{At: w.now, By: collection.System("test", w.creditor.ID)}
}

func (w *world) state(t *testing.T, id collection.AgreementID) (*collection.Dossier, collection.Agreement) {
	t.Helper()
	d, err := w.Load(t.Context(), "", w.caseID)
	if err != nil {
		t.Fatal(err)
	}
	books := collection.NewDossier(w.caseID, w.creditor.ID)
	for _, e := range w.events {
		if err := books.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := collection.CheckLedger(books, books.Entries(), w.receipts); err != nil {
		t.Fatal(err)
	}
	a, _ := d.Agreement(id)
	return d, *a
}

func (w *world) ask(t *testing.T, id collection.AgreementID, n byte, instalment int) collection.IntentID {
	t.Helper()
	intent := mint[collection.IntentNoun](t, &seed{n})
	d, _ := w.state(t, id)
	_, err := d.RequestPayment(w.meta(), collection.PaymentRequested{
		Intent: intent, Agreement: id, Instalment: instalment, ExpiresAt: w.now.Add(24 * time.Hour), Provider: "sandbox", Account: "a",
	})
	if err := errors.Join(err, w.Commit(t.Context(), d)); err != nil {
		t.Fatal(err)
	}
	return intent
}

func (w *world) pay(t *testing.T, id collection.AgreementID, intent collection.IntentID, amount money.Centavos) {
	t.Helper()
	d, _ := w.state(t, id)
	receipt, err := d.Post(w.meta(), intent, collection.Money{
		Provider: "sandbox", Account: "a", Fact: "F" + intent.String(), Amount: amount, PaidOn: offer.Today(w.now),
	})
	if err := errors.Join(err, w.Commit(t.Context(), d)); err != nil {
		t.Fatal(err)
	}
	w.receipts = append(w.receipts, receipt)
}

func (w *world) stepper() *Stepper {
	return &Stepper{
		Cases: w, Creditors: w, Payments: w, Wakes: w, Machine: Machine{Executions: w, ARN: "arn"}, Now: func() time.Time { return w.now },
	}
}

func (w *world) step(t *testing.T, kind Kind, id collection.AgreementID) Step {
	t.Helper()
	step, err := w.stepper().Do(t.Context(), w.execution(kind, id))
	if err != nil {
		t.Fatal(err)
	}
	return step
}

func (w *world) execution(kind Kind, id collection.AgreementID) Execution {
	return Execution{
		Creditor: "vida-plena", CaseID: w.caseID.String(), Kind: kind, SubjectID: id.String(), Generation: 1, StartedAt: signedAt,
	}
}

// TestDecisions decides about all debts of a case at once, and about what there is none of.
func TestDecisions(t *testing.T) {
	w, id := newWorld(t)
	desk := &Desk{Cases: w, Creditors: w}
	meta := w.meta()
	meta.By, meta.Reason = collection.Principal{Kind: collection.KindStaff, ID: "ana", Creditor: w.creditor.ID}, "creditor asked for it"
	if _, err := desk.WriteOff(t.Context(), meta, w.caseID, nil, collection.ChoiceDone); !errors.Is(err, collection.ErrDebtsNotOpen) {
		t.Errorf("debts of a live agreement were written off: %v", err)
	}
	if _, err := desk.Recall(t.Context(), meta, w.caseID, nil, "perhaps"); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("a recall that is none: %v", err)
	}
	came, err := desk.Recall(t.Context(), meta, w.caseID, nil, collection.ChoiceDone)
	d, a := w.state(t, id)
	debt := d.Debts[0].Status
	if err != nil || came != collection.DecisionTaken || a.Status != collection.AgreementWithdrawn || debt != collection.DebtRecalled {
		t.Fatalf("%q, %v: agreement %s, debts %+v", came, err, a.Status, d.Debts)
	}
	if _, err := desk.Recall(t.Context(), meta, w.caseID, nil, collection.ChoiceDone); !errors.Is(err, collection.ErrDebtsNotOpen) {
		t.Errorf("recalled twice: %v", err)
	}
	if _, err := desk.DecideDispute(t.Context(), meta, w.caseID, nil, "OPEN"); !errors.Is(err, collection.ErrDebtsNotOpen) {
		t.Errorf("no dispute: %v", err)
	}
}

func TestKeptTaskInputsDecode(t *testing.T) {
	want := Execution{
		"vida-plena", "01JD9Z6A0B1C2D3E4F5G6H7J8K", KindPayments, "01JD9Z9B0C1D2E3F4G5H6J7K8M", 1,
		time.Date(2026, 11, 22, 12, 0, 0, 123456789, time.UTC),
	}
	text, err := os.ReadFile("../../statemachines/testdata/case-deadlines/Step.in.json")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := strictjson.Decode[Execution](text); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}
