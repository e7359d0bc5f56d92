package reminder

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/collection"
)

// Placed is what ruler-start learns of the event case.debts_placed.
type Placed struct {
	Creditor      collection.CreditorID
	Case          collection.CaseID
	Seq           int64  // of the event
	EventID       string // the cause of what follows
	CorrelationID string
	Debts         []collection.DebtID // that were placed
}

// Execution is the input of an execution of the reminder machine, and of its task.
type Execution struct {
	Creditor   string `json:"creditor"`
	CaseID     string `json:"caseId"`
	Generation int    `json:"generation"`
}

// Correlation is what log lines are found by: the execution's name.
func (e Execution) Correlation() string { return fmt.Sprintf("%s-g%d", e.CaseID, e.Generation) }

// Machine starts executions of the reminder machine.
type Machine struct {
	Executions Executions
	ARN        string
}

// start starts the execution of a case's running generation. It may be repeated: the name is the generation's.
func (m Machine) start(ctx context.Context, c collection.Case) error {
	x := Execution{Creditor: string(c.Creditor), CaseID: c.ID.String(), Generation: c.Ruler.Generation}
	if err := m.Executions.Start(ctx, m.ARN, x.Correlation(), x); err != nil {
		return fmt.Errorf("start reminder execution: %w", err)
	}
	return nil
}

// Starter is the consumer of ruler-start: it starts a generation of the ruler when debts are placed.
type Starter struct {
	Cases     Cases
	Creditors Creditors
	Machine   Machine
	Now       func() time.Time
}

// Do starts the next generation unless one is running that still has a debt to stand on, or nothing is open. The same event again starts
// nothing new, and starts the execution again, which a crash may have left out.
func (s *Starter) Do(ctx context.Context, placed Placed) error {
	creditor, err := s.Creditors.Creditor(ctx, placed.Creditor)
	if err != nil {
		return fmt.Errorf("find creditor: %w", err)
	}
	return collection.Redo(func() error {
		d, err := s.Cases.Load(ctx, placed.Creditor, placed.Case)
		if err != nil {
			return err
		}
		meta := collection.Meta{
			At: s.Now(), By: collection.System("ruler-start", placed.Creditor), Reason: "debts placed", CausationID: placed.EventID,
			CorrelationID: placed.CorrelationID,
		}
		if err := s.decide(meta, d, creditor.Ruler, placed); err != nil {
			return err
		}
		if len(d.Recorded()) > 0 {
			if err := s.Cases.Commit(ctx, d); err != nil {
				return fmt.Errorf("commit start of ruler: %w", err)
			}
		}
		if !d.Case.Ruler.Running {
			return nil
		}
		return s.Machine.start(ctx, d.Case)
	})
}

func (s *Starter) decide(meta collection.Meta, d *collection.Dossier, ruler collection.Ruler, placed Placed) error {
	state := d.Case.Ruler
	if state.StartedSeq > placed.Seq { // that generation has seen these debts
		return nil
	}
	if d.Case.Standing == collection.StandingDeceased { // debts that were placed just before the death was reported
		return nil
	}
	if state.Running {
		before := d.OpenDebts()
		before = slices.DeleteFunc(before, func(x collection.Debt) bool { return slices.Contains(placed.Debts, x.ID) })
		if len(before) > 0 || agreementLive(d) {
			return nil
		}
		// What it was anchored on was paid while it slept: it would remind of the new debts by the old ones' days.
		if err := d.Record(meta, collection.RulerEnded{Generation: state.Generation, Reason: EndPaid}); err != nil {
			return err
		}
	}
	anchor, open := d.OldestOpen()
	if !open || agreementLive(d) {
		return nil
	}
	return d.Record(meta, collection.RulerStarted{Generation: state.Generation + 1, Version: ruler.Version, Anchor: anchor})
}
