package decision

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

func TestReasons(t *testing.T) {
	for reason, fits := range map[string]bool{
		"óbito confirmado pelo credor": true, "ok, pago em 2026-11-23 10:15": true, "R$ 12.345.678,90 a mais": true,
		"pagamento E00000000202611231200abcdefghij1": true, "acordo 01KJQ6PSG0CCCCCCCCCCCCCCCC": true, "processo 123/2026": true,
		"": false, "ok": false, "   ": false, " pago": false, "pago ": false, "duas\nlinhas": false, "zero\u200blargura": false,
		strings.Repeat("a", 301): false, "\xff\xfe\xfd": false,
		"CPF 529.982.247-25": false, "cpf 52998224725 faleceu": false, "CNPJ 12.345.678/0001-95": false, "ligar (11) 98765-4321": false,
		"+55 11 98765 4321": false, "falou por ana@example.com": false,
	} {
		err := CheckReason(reason)
		if (err == nil) != fits || (err != nil && !errors.Is(err, collection.ErrInvalid)) {
			t.Errorf("%q: %v", reason, err)
		}
		if err != nil && len(reason) > 5 && strings.Contains(err.Error(), reason) {
			t.Errorf("the error repeats %q", reason)
		}
	}
}

// FuzzReason looks for a reason that is taken and cannot be stored or read in a line.
func FuzzReason(f *testing.F) {
	for _, seed := range []string{"pago", "CPF 529.982.247-25", "a@b", "é\u0301", "1 2 3 4 5 6 7 8 9 0 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, reason string) {
		if CheckReason(reason) == nil && (len(reason) > 4*maxReason || strings.ContainsAny(reason, "\n\r\t\x00")) {
			t.Errorf("%q was taken", reason)
		}
	})
}

const creditor = "vida-plena"

// bench is a store of one case with two debts of R$ 100,00.
type bench struct {
	t      *testing.T
	events []collection.Recorded
	id     collection.CaseID
	debts  []collection.DebtID
	// before, when set, runs once before the next commit.
	before func()
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t}
	var err error
	if b.id, err = collection.Mint[collection.CaseNoun](time.Unix(1_800_000_000, 0), strings.NewReader(strings.Repeat("c", 16))); err != nil {
		t.Fatal(err)
	}
	var placed []collection.PlacedDebt
	for _, letter := range []string{"d", "e"} {
		debt, err := collection.Mint[collection.DebtNoun](time.Unix(1_800_000_000, 0), strings.NewReader(strings.Repeat(letter, 16)))
		if err != nil {
			t.Fatal(err)
		}
		b.debts = append(b.debts, debt)
		placed = append(placed, collection.PlacedDebt{ID: debt, Principal: 10000})
	}
	d := collection.NewDossier(b.id, creditor)
	if err := d.Place(collection.Meta{By: collection.System("import", creditor)}, &collection.CaseOpened{}, placed); err != nil {
		t.Fatal(err)
	}
	b.events = d.Recorded()
	return b
}

func (b *bench) load() (*collection.Dossier, error) { return collection.Fold(creditor, b.id, b.events) }

func (b *bench) state() *collection.Dossier {
	b.t.Helper()
	d, err := b.load()
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (b *bench) commit(d *collection.Dossier) error {
	if before := b.before; before != nil {
		b.before = nil
		before()
	}
	if d.LoadedSeq() != int64(len(b.events)) {
		return collection.ErrConflict
	}
	b.events = append(b.events, d.Recorded()...)
	return nil
}

// writeOff lets somebody decide about debts under a limit.
func (b *bench) writeOff(
	who string, choice collection.Choice, limit money.Centavos, debts ...collection.DebtID,
) (collection.Decision, error) {
	by := collection.Principal{Kind: collection.KindStaff, ID: who, Creditor: creditor}
	meta := collection.Meta{At: time.Unix(1_800_000_000, 0), Reason: "as " + who + " said", By: by}
	return Take(meta, limit, choice, Affair{
		Load: b.load, Commit: b.commit,
		About: func(d *collection.Dossier) (collection.Matter, money.Centavos, error) {
			m := collection.Matter{Kind: collection.MatterWriteOff, Debts: debts, Amount: d.Owed(debts)}
			return m, m.Amount + d.Owed(d.DebtsIn(collection.DebtWrittenOff)), nil
		},
		Carry: func(d *collection.Dossier, m collection.Matter) error { return d.WriteOff(meta, m.Debts) },
	})
}

func (b *bench) want(what string, came collection.Decision, err error, want collection.Decision, wantErr error, open int) {
	b.t.Helper()
	if !errors.Is(err, wantErr) || (wantErr == nil && came != want) {
		b.t.Errorf("%s: %q, %v", what, came, err)
	}
	if got := len(b.state().OpenDebts()); got != open {
		b.t.Errorf("%s: %d debts are open, want %d", what, got, open)
	}
}

func TestOneOperatorUpToTheLimitTwoAbove(t *testing.T) {
	b := newBench(t)
	came, err := b.writeOff("ana", collection.ChoiceDone, 10000, b.debts[0])
	b.want("at the limit", came, err, collection.DecisionTaken, nil, 1)
	came, err = b.writeOff("ana", collection.ChoiceDone, 10000, b.debts[0])
	b.want("again", came, err, "", collection.ErrDebtsNotOpen, 1)
	came, err = b.writeOff("ana", collection.ChoiceDone, 10000, b.debts[1])
	b.want("in parts", came, err, collection.DecisionProposed, nil, 1)
	came, err = b.writeOff("ana", collection.ChoiceConfirm, 10000)
	b.want("by the same", came, err, "", collection.ErrForbidden, 1)
	came, err = b.writeOff("ana", collection.ChoiceDone, 10000, b.debts[1])
	b.want("proposed twice", came, err, "", collection.ErrInvalid, 1)
	came, err = b.writeOff("bia", collection.ChoiceRefuse, 10000)
	b.want("refused", came, err, collection.DecisionRefused, nil, 1)
	came, err = b.writeOff("bia", collection.ChoiceConfirm, 10000)
	b.want("confirmed after that", came, err, "", collection.ErrNotFound, 1)
	came, err = b.writeOff("bia", collection.ChoiceDone, 10000, b.debts[1])
	b.want("proposed by the other", came, err, collection.DecisionProposed, nil, 1)
	came, err = b.writeOff("ana", collection.ChoiceConfirm, 10000)
	b.want("confirmed", came, err, collection.DecisionTaken, nil, 0)
	last := b.events[len(b.events)-2:]
	if last[0].Event.Type() != "decision.answered" || last[1].Event.Type() != "case.debts_moved" || last[1].By.ID != "ana" ||
		last[1].Reason != "as ana said" {
		t.Errorf("the last events are %+v", last)
	}
	b = newBench(t)
	came, err = b.writeOff("ana", collection.ChoiceDone, 0, b.debts...)
	b.want("without a limit", came, err, collection.DecisionTaken, nil, 0)
	came, err = b.writeOff("", collection.ChoiceDone, 0, b.debts...)
	b.want("nobody", came, err, "", collection.ErrForbidden, 0)
	came, err = b.writeOff("a@b.example", collection.ChoiceDone, 0, b.debts...)
	b.want("a reason with an address", came, err, "", collection.ErrInvalid, 0)
}

func TestOfTwoAtOnceOneWins(t *testing.T) {
	b := newBench(t)
	b.before = func() {
		if came, err := b.writeOff("bia", collection.ChoiceDone, 1, b.debts...); came != collection.DecisionProposed || err != nil {
			t.Errorf("bia: %q, %v", came, err)
		}
	}
	came, err := b.writeOff("ana", collection.ChoiceDone, 1, b.debts...)
	b.want("two proposals", came, err, "", collection.ErrInvalid, 2)
	b.before = func() {
		if came, err := b.writeOff("caio", collection.ChoiceConfirm, 1); came != collection.DecisionTaken || err != nil {
			t.Errorf("caio: %q, %v", came, err)
		}
	}
	came, err = b.writeOff("ana", collection.ChoiceRefuse, 1)
	b.want("two answers", came, err, "", collection.ErrNotFound, 0)
}
