package history

import (
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
)

func (w *Walk) pause() error {
	from := w.At.Add(time.Duration(w.chance.Intn(200)-100) * time.Hour)
	p := collection.Pause{ID: fmt.Sprint("p", w.chance.Intn(5)), Source: collection.PauseParticipant, From: from}
	if w.chance.Intn(3) > 0 {
		p.Until = from.Add(time.Duration(1+w.chance.Intn(300)) * time.Hour)
	}
	return w.Dossier.Pause(w.staff(), p)
}

func (w *Walk) liftPause() error {
	p, ok := pick(w, w.Dossier.Case.Pauses)
	if !ok || p.Source == collection.PausePromise {
		return nil
	}
	return w.Dossier.LiftPause(w.staff(), p.ID)
}

func (w *Walk) promise() error {
	debt, ok := pick(w, w.Dossier.Debts)
	if !ok {
		return nil
	}
	days := 1 + w.chance.Intn(10)
	return w.Dossier.Promise(w.meta("participant"), collection.PromiseMade{
		Promise: mint[collection.PromiseNoun](w), Amount: w.amount(), Day: w.today().AddDays(days), Debts: []collection.DebtID{debt.ID},
		Until: w.today().AddDays(days+3).At(3, 0, time.UTC),
	})
}

func (w *Walk) breakPromise() error { return w.Dossier.BreakPromise(w.meta("ruler-step")) }

func (w *Walk) withdrawPromise() error {
	if p := w.Dossier.Case.Promise; p.Open() {
		return w.Dossier.WithdrawPromise(w.staff(), p.ID)
	}
	return nil
}

func (w *Walk) conclude() error {
	if !w.Dossier.Case.Ruler.Running {
		return nil
	}
	return w.Dossier.Record(w.meta("ruler-step"), collection.RulerConcluded{
		Generation: w.Dossier.Case.Ruler.Generation, Action: collection.TerminalAssign,
	})
}
