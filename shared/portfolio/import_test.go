package portfolio

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

const (
	maria = "52998224725"
	joana = "11144477735"
)

// cells is one line by column; what is left out is as in good.
type cells map[string]string

var good = cells{
	"creditor_id": "vida-plena", "contract_number": "VP-1", "participant_document": maria, "participant_name": "Maria da Silva",
	"birth_date": "1980-02-29", "email": "maria@correio.example", "phone": "+5511987654321", "participant_status": "active",
	"product": "Plano Família", "debt_id": "D1", "description": "Mensalidade de maio", "due_date": "2026-05-10",
	"principal_centavos": "71650", "state": "SP", "city": "São Paulo",
}

// file writes lines under the header of all columns that good and the lines name.
func file(lines ...cells) string {
	columns := slices.Clone(required)
	for _, l := range lines {
		for name := range l {
			if !slices.Contains(columns, name) {
				columns = append(columns, name)
			}
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	records := [][]string{columns}
	for _, l := range lines {
		var record []string
		for _, name := range columns {
			value, ok := l[name]
			if !ok {
				value = good[name]
			}
			record = append(record, value)
		}
		records = append(records, record)
	}
	if err := w.WriteAll(records); err != nil {
		panic(err)
	}
	return b.String()
}

// with is a line like this one with some cells changed.
func (c cells) with(changes cells) cells {
	out := maps.Clone(c)
	maps.Copy(out, changes)
	return out
}

// take imports a file that ends without an error and checks that every line is counted once.
func (w *world) take(t *testing.T, text string) Report {
	t.Helper()
	report, err := w.Import(t.Context(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if sum := report.Placed + report.Revised + report.Unchanged + len(report.Rejected); sum != report.Lines {
		t.Errorf("%d lines, but %d are accounted for: %+v", report.Lines, sum, report)
	}
	return report
}

func (w *world) dossier(t *testing.T, document string) *collection.Dossier {
	t.Helper()
	id, err := w.Finder.FindCase(t.Context(), "vida-plena", w.Index.Document("vida-plena", document))
	if err != nil {
		t.Fatal(err)
	}
	d, err := w.keep.Load(t.Context(), "vida-plena", id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func wantReport(t *testing.T, got Report, opened, placed, revised, unchanged int, reasons ...string) {
	t.Helper()
	numbers := []int{got.Opened, got.Placed, got.Revised, got.Unchanged}
	if want := []int{opened, placed, revised, unchanged}; !slices.Equal(numbers, want) || len(got.Rejected) != len(reasons) {
		t.Fatalf("got %+v, want opened, placed, revised, unchanged %v and %d rejections", got, want, len(reasons))
	}
	for i, r := range got.Rejected {
		if !strings.Contains(r.Reason, reasons[i]) {
			t.Errorf("line %d is rejected for %q, want %q", r.Line, r.Reason, reasons[i])
		}
	}
}

func TestAGoodFileOpensCases(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		report := w.take(t, file(
			good.with(cells{"postal_code": "01310-100"}),
			good.with(cells{"postal_code": "01310100", "debt_id": "D2", "principal_centavos": "350"}),
			good.with(cells{"participant_document": joana, "contract_number": "VP-2", "participant_name": "Joana Reis"}),
		))
		wantReport(t, report, 2, 3, 0, 0)
		d := w.dossier(t, maria)
		if d.Case.Balances[collection.AccountReceivable] != 72000 || d.Case.UF != "SP" || !d.Case.HasEmail || d.Case.Standing != "active" {
			t.Errorf("case %+v", d.Case)
		}
		person, err := w.Vault.OpenParticipant(t.Context(), d.Case)
		if want := (collection.Participant{
			Document: maria, Name: "Maria da Silva", Email: "maria@correio.example", Phone: "+5511987654321", BirthDate: "1980-02-29",
			City: "São Paulo", CEP: "01310100",
		}); err != nil || person != want {
			t.Errorf("participant %+v, %v", person, err)
		}
		var references []string
		for _, debt := range d.Debts {
			details, err := w.Vault.OpenDebt(t.Context(), d.Case, debt)
			if err != nil || details.Contract != "VP-1" || details.Description != "Mensalidade de maio" || debt.Status != collection.DebtOpen {
				t.Errorf("debt %+v, %+v, %v", debt, details, err)
			}
			references = append(references, details.Reference)
		}
		if slices.Sort(references); !slices.Equal(references, []string{"D1", "D2"}) {
			t.Errorf("debts %v", references)
		}
	})
}

func TestTheSameFileAgainWritesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		today, err := calendar.ParseDate("2026-11-23")
		if err != nil {
			t.Fatal(err)
		}
		sample, _, err := demo.Portfolio(1, today, 60)
		if err != nil {
			t.Fatal(err)
		}
		first := w.take(t, string(sample))
		if len(first.Rejected) != 0 || first.Placed < 60 {
			t.Fatalf("first import: %+v", first)
		}
		w.commits = 0
		again := w.take(t, string(sample))
		wantReport(t, again, 0, 0, 0, first.Placed)
		if w.commits != 0 {
			t.Errorf("%d commits", w.commits)
		}
	})
}

func TestARevisedPrincipalIsPosted(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		w.take(t, file(good, good.with(cells{"debt_id": "D2"})))
		revised := good.with(cells{"principal_centavos": "70000", "description": "Mensalidade corrigida"})
		report := w.take(t, file(revised, good.with(cells{"debt_id": "D2"})))
		wantReport(t, report, 0, 0, 1, 1)
		d := w.dossier(t, maria)
		if d.Case.Balances[collection.AccountReceivable] != 70000+71650 || len(d.Debts) != 2 {
			t.Errorf("balances %v, %d debts", d.Case.Balances, len(d.Debts))
		}
		wantReport(t, w.take(t, file(revised)), 0, 0, 0, 1)
	})
}

func TestAChangedParticipantIsRevisedUnderEveryContract(t *testing.T) {
	m := newMemory(t)
	w := newWorld(t, m, m, m)
	w.take(t, file(good, good.with(cells{"debt_id": "D2", "contract_number": "VP-2"})))
	changes := cells{"email": "silva@outro.example", "participant_status": "former", "phone": "+5521912345678"}
	wantReport(t, w.take(t, file(good.with(changes))), 0, 0, 0, 1)
	d := w.dossier(t, maria)
	person, err := w.Vault.OpenParticipant(t.Context(), d.Case)
	if err != nil || person.Email != "silva@outro.example" || d.Case.Standing != collection.StandingFormer {
		t.Errorf("participant %+v of %+v, %v", person, d.Case, err)
	}
	for _, contract := range []string{"VP-1", "VP-2"} {
		lookup := m.contracts[w.Index.Contract("vida-plena", contract)]
		if !strings.HasPrefix(lookup.EmailMask, "s") || !strings.HasSuffix(lookup.PhoneMask, "78") {
			t.Errorf("the masks of %s are %q and %q", contract, lookup.EmailMask, lookup.PhoneMask)
		}
	}
	w.commits = 0
	if w.take(t, file(good.with(changes))); w.commits != 0 {
		t.Error("the same again was written")
	}
}

func TestADeathEndsTheReminders(t *testing.T) {
	const said = "deceased: debts of the deceased"
	everywhere(t, func(t *testing.T, w *world) {
		dead, alive := cells{"deceased": "true"}, cells{"deceased": "false"}
		wantReport(t, w.take(t, file(good.with(dead))), 0, 0, 0, 0, said) // no case is opened for it
		w.take(t, file(good))
		d := w.dossier(t, maria)
		meta := collection.Meta{At: noon, By: collection.System("ruler-start", d.Case.Creditor), Reason: "debts placed"}
		started := collection.RulerStarted{Generation: 1, Version: "1", Anchor: d.Debts[0].DueDate}
		if err := errors.Join(d.Record(meta, started), w.Commit(t.Context(), d)); err != nil {
			t.Fatal(err)
		}
		// One line that says so is enough, whatever the others of the participant say.
		wantReport(t, w.take(t, file(good.with(alive), good.with(dead).with(cells{"debt_id": "D2"}))), 0, 0, 0, 0, said, said)
		d = w.dossier(t, maria)
		if d.Case.Standing != collection.StandingDeceased || d.Case.Ruler.Running || d.Case.Ruler.EndReason != "deceased" || len(d.Debts) != 1 {
			t.Errorf("case %+v, %d debts", d.Case, len(d.Debts))
		}
		w.commits = 0
		wantReport(t, w.take(t, file(good.with(dead))), 0, 0, 0, 0, said)
		wantReport(t, w.take(t, file(good.with(cells{"debt_id": "D3"}))), 0, 0, 0, 0, said) // a line that does not say changes nothing
		if w.commits != 0 {
			t.Errorf("%d commits for what was known", w.commits)
		}
		wantReport(t, w.take(t, file(good.with(alive))), 0, 0, 0, 1)
		if d = w.dossier(t, maria); d.Case.Standing != collection.StandingActive || d.Case.Ruler.Running {
			t.Errorf("after a mistaken report: %+v", d.Case)
		}
	})
}

// A participant's rows go into several commits: one that reports the death holds for those before and after it.
func TestADeathHoldsForAllLinesOfTheParticipant(t *testing.T) {
	w := inMemory(t)
	w.take(t, file(good))
	var lines []cells
	for i := range 2*debtsPerCommit + 1 {
		lines = append(lines, good.with(cells{"debt_id": fmt.Sprintf("N%d", i), "deceased": "false"}))
	}
	lines[debtsPerCommit] = lines[debtsPerCommit].with(cells{"deceased": "true"})
	report := w.take(t, file(lines...))
	if d := w.dossier(t, maria); len(report.Rejected) != len(lines) || len(d.Debts) != 1 || d.Case.Standing != collection.StandingDeceased {
		t.Errorf("%d of %d lines rejected, %d debts, standing %s", len(report.Rejected), len(lines), len(d.Debts), d.Case.Standing)
	}
}

func TestLinesOfOneFileAgree(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		report := w.take(t, file(
			good,
			good, // the same debt
			good.with(cells{"principal_centavos": "1"}),                                                        // the same debt at another price
			good.with(cells{"debt_id": "D2", "participant_name": "Mara da Silva"}),                             // another name
			good.with(cells{"debt_id": "D3", "participant_document": joana, "participant_name": "Joana Reis"}), // another's contract
			good.with(cells{"debt_id": "D4", "participant_document": joana, "participant_name": "Joana Reis", "contract_number": "VP-9"}),
		))
		wantReport(t, report, 2, 2, 0, 0,
			"debt_id: stands twice", "debt_id: stands twice", "participant_document: an earlier", "contract_number: belongs to another")
		if report.Rejected[3].Line != 6 {
			t.Errorf("rejected line %d", report.Rejected[3].Line)
		}
		if d := w.dossier(t, joana); len(d.Debts) != 1 {
			t.Errorf("%d debts beside the contract of another", len(d.Debts))
		}
	})
}

func TestFiftyDebtsOfOneParticipant(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		var lines []cells
		for i := range 50 {
			lines = append(lines, good.with(cells{"debt_id": fmt.Sprintf("D%d", i), "contract_number": fmt.Sprintf("VP-%d", i%7)}))
		}
		wantReport(t, w.take(t, file(lines...)), 1, 50, 0, 0)
		if d := w.dossier(t, maria); len(d.Debts) != 50 || d.Case.Balances[collection.AccountReceivable] != 50*71650 || w.commits != 2 {
			t.Errorf("%d debts, %v, %d commits", len(d.Debts), d.Case.Balances, w.commits)
		}
		for i := range lines {
			lines[i] = lines[i].with(cells{"email": "nova@correio.example"})
		}
		w.commits = 0
		if wantReport(t, w.take(t, file(lines...)), 0, 0, 0, 50); w.commits != 1 {
			t.Errorf("one change of the participant took %d commits", w.commits)
		}
	})
}

func TestTooManyContractsAreRejected(t *testing.T) {
	w := inMemory(t)
	var lines []cells
	for i := range maxContracts + 1 {
		lines = append(lines, good.with(cells{"debt_id": fmt.Sprintf("D%d", i), "contract_number": fmt.Sprintf("VP-%d", i)}))
	}
	w.take(t, file(lines...))
	lines[0] = lines[0].with(cells{"city": "Campinas"})
	wantReport(t, w.take(t, file(lines[0])), 0, 0, 0, 0, "more than 60 contracts")
}

func TestADebtThatIsNotOpenCannotChange(t *testing.T) {
	m := newMemory(t)
	w := newWorld(t, m, m, m)
	w.take(t, file(good))
	d := w.dossier(t, maria)
	m.cases[d.Case.ID].Debts[0].Status = collection.DebtSettled
	wantReport(t, w.take(t, file(good)), 0, 0, 0, 1)
	wantReport(t, w.take(t, file(good.with(cells{"principal_centavos": "1"}))), 0, 0, 0, 0, "debt_id: the debt is not open")
}

func TestConflictsAreTriedAgain(t *testing.T) {
	w := inMemory(t)
	fails := collection.MaxTries - 1
	w.before = func() error {
		if fails--; fails >= 0 {
			return collection.ErrConflict
		}
		return nil
	}
	wantReport(t, w.take(t, file(good)), 1, 1, 0, 0)
	w.before = func() error { return collection.ErrConflict }
	wantReport(t, w.take(t, file(good.with(cells{"debt_id": "D2"}))), 0, 0, 0, 0, "kept changing")
}

func TestAFaultEndsTheImportAndKeepsWhatWasDone(t *testing.T) {
	w := inMemory(t)
	fault := errors.New("the table is on fire")
	w.before = func() error {
		if w.commits == 1 {
			return fault
		}
		return nil
	}
	text := file(good, good.with(cells{"participant_document": joana, "contract_number": "VP-2"}))
	report, err := w.Import(t.Context(), strings.NewReader(text))
	if !errors.Is(err, fault) || report.Placed != 1 || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("got %+v, %v", report, err)
	}
	w.before = nil
	wantReport(t, w.take(t, text), 1, 1, 0, 1)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Import(ctx, strings.NewReader(text)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled import ended with %v", err)
	}
}
