package reminder

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// Placed is what ruler-start learns of the event case.debts_placed, and of others that change what a ruler stands on.
type Placed struct {
	Creditor      collection.CreditorID
	Case          collection.CaseID
	Seq           int64  // of the event
	EventID       string // the cause of what follows
	CorrelationID string
	Debts         []collection.DebtID // that were placed; none when something else about the case changed
	Signed        bool                // what changed is that a contract was signed
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

// Starter is the consumer of ruler-start: it starts a generation of the ruler when debts are placed, and when what it stands on changes.
type Starter struct {
	Cases     Cases
	Creditors Creditors
	Machine   Machine
	Now       func() time.Time
}

// Do starts the next generation for debts that were placed unless one is running that still has a debt to stand on, or nothing is open; for
// any other change, when there is something to say. The same event again starts nothing new, and starts the execution again, which a crash
// may have left out. A zero Placed does nothing.
func (s *Starter) Do(ctx context.Context, placed Placed) error {
	if placed.Case.IsZero() {
		return nil
	}
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
			At: s.Now(), By: collection.System("ruler-start", placed.Creditor), Reason: cause(placed), CausationID: placed.EventID,
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

func cause(placed Placed) string {
	if len(placed.Debts) == 0 {
		return EndChanged
	}
	return "debts placed"
}

func (s *Starter) decide(meta collection.Meta, d *collection.Dossier, ruler collection.Ruler, placed Placed) error {
	state := d.Case.Ruler
	if state.StartedSeq > placed.Seq { // that generation has seen it
		return nil
	}
	if d.Case.Standing == collection.StandingDeceased { // debts that were placed just before the death was reported
		return nil
	}
	if placed.Signed && !inInstalments(d, ruler) {
		return nil
	}
	if len(placed.Debts) == 0 {
		return changed(meta, d, ruler)
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

// inInstalments reports whether an agreement is under way whose later instalments a ruler reminds of. The participant who has just signed
// goes on to pay: for a deal in one payment nothing is written beside them, and the ruler sees it when it wakes next.
func inInstalments(d *collection.Dossier, ruler collection.Ruler) bool {
	return hasInstalments(ruler) && slices.ContainsFunc(d.Agreements, func(a collection.Agreement) bool {
		return a.Live() && len(a.Instalments) > 1
	})
}

// changed begins anew because what the ruler stands on is another: a generation that sleeps knows nothing of a deal that was signed or
// broken, of a promise, of debts that are open again, of a pause that was lifted or of an address that is dead. While the oldest debt stays
// the same, or an agreement is under way, the anchor stays too, and with it what became of the rungs.
func changed(meta collection.Meta, d *collection.Dossier, ruler collection.Ruler) error {
	state := d.Case.Ruler
	stop := stopReason(d, ruler)
	if !state.Running && (stop != "" || !wanted(d, ruler, meta.At)) {
		return nil
	}
	if state.Running {
		reason := stop
		if reason == "" {
			reason = EndChanged
		}
		if err := d.Record(meta, collection.RulerEnded{Generation: state.Generation, Reason: reason}); err != nil {
			return err
		}
	}
	if stop != "" {
		return nil
	}
	anchor, open := d.OldestOpen()
	if agreementLive(d) || !open {
		anchor = state.Anchor
	}
	if anchor.IsZero() {
		anchor = oldest(d)
	}
	return d.Record(meta, collection.RulerStarted{
		Generation: state.Generation + 1, Version: ruler.Version, Anchor: anchor, Keeps: state.Generation > 0 && anchor == state.Anchor,
	})
}

// wanted reports whether a ruler that has ended has anything to say about a case as it stands now.
func wanted(d *collection.Dossier, ruler collection.Ruler, now time.Time) bool {
	if d.Case.Promise.Open() || agreementLive(d) {
		return true
	}
	if anchor, _ := d.OldestOpen(); anchor != d.Case.Ruler.Anchor {
		return true
	}
	return len(unsettled(d.Case, occasions(d, ruler, now))) > 0
}

// oldest is the due date of the oldest debt.
func oldest(d *collection.Dossier) calendar.Date {
	first := slices.MinFunc(d.Debts, func(a, b collection.Debt) int { return a.DueDate.Compare(b.DueDate) })
	return first.DueDate
}
