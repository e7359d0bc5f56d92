package reminder

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/regua/regua/shared/collection"
)

// maxDecisions bounds the decisions of one step: twice the rungs of the longest ruler, for each may be passed over or withheld.
const maxDecisions = 100

// Step is what the machine learns from its task: whether the generation has ended, and if not, when to ask again.
type Step struct {
	Done   bool      `json:"done"`
	WakeAt time.Time `json:"wakeAt"`
}

// Stepper is the task of ruler-step.
type Stepper struct {
	Cases     Cases
	Creditors Creditors
	Contacts  Contacts
	Caps      Caps
	Queue     Queue
	Machine   Machine
	// Carried reports whether messages leave by a channel here: a ruler may name more of them.
	Carried func(collection.Channel) bool
	Now     func() time.Time
	Chance  io.Reader
}

// Do decides what is due, stores each decision and then carries it out: at most one contact is planned and queued at a time. However often
// it runs at one instant, it decides the same once.
func (s *Stepper) Do(ctx context.Context, in Execution) (Step, error) {
	creditorID, caseID, err := parseCase(in.Creditor, in.CaseID)
	if err != nil {
		return Step{}, err
	}
	creditor, err := s.Creditors.Creditor(ctx, creditorID)
	if err != nil {
		return Step{}, fmt.Errorf("find creditor: %w", err)
	}
	now := s.Now()
	var step Step
	err = collection.Redo(func() error {
		d, err := s.Cases.Load(ctx, creditorID, caseID)
		if err != nil {
			return err
		}
		if d.Case.Ruler.Generation != in.Generation || !d.Case.Ruler.Running {
			step = Step{Done: true, WakeAt: now}
			return s.startNext(ctx, d.Case, in.Generation)
		}
		run := run{Stepper: s, dossier: d, creditor: creditor, ruler: creditor.Ruler, now: now, meta: collection.Meta{
			At: now, By: collection.System("ruler-step", creditorID), CorrelationID: in.Correlation(),
		}}
		step, err = run.steps(ctx)
		return err
	})
	return step, err
}

// startNext makes sure that the generation which took this one's place has its execution.
func (s *Stepper) startNext(ctx context.Context, c collection.Case, generation int) error {
	if c.Ruler.Generation <= generation || !c.Ruler.Running {
		return nil
	}
	return s.Machine.start(ctx, c)
}

// run is one run of the task over one loaded case.
type run struct {
	*Stepper
	dossier  *collection.Dossier
	creditor collection.Creditor
	ruler    collection.Ruler
	now      time.Time
	meta     collection.Meta
	// planned is the contact that this run has queued.
	planned collection.ContactID
}

// steps decides until there is nothing left to do but wait.
func (r *run) steps(ctx context.Context) (Step, error) {
	for range maxDecisions {
		next := decide(r.dossier, r.ruler, r.now)
		switch {
		case len(next.Passed) > 0:
			if err := r.pass(next.Passed); err != nil {
				return Step{}, err
			}
		case next.Promise:
			if err := r.dossier.BreakPromise(r.because("the promised day is over")); err != nil {
				return Step{}, err
			}
		case next.End != "":
			return Step{Done: true, WakeAt: r.now}, r.end(ctx, next.End)
		case next.Renew != "":
			return Step{Done: true, WakeAt: r.now}, r.renew(ctx, next.Renew)
		case next.Waiting != nil:
			return r.await(ctx, *next.Waiting, next)
		case next.Plan != nil:
			if err := r.plan(ctx, *next.Plan); err != nil {
				return Step{}, err
			}
		case next.Conclude:
			if err := r.record("terminal step", collection.RulerConcluded{
				Generation: r.generation(), Action: r.ruler.Terminal.Action,
			}); err != nil {
				return Step{}, err
			}
		default:
			return Step{WakeAt: wakeTime(next.Wake)}, r.commit(ctx)
		}
	}
	return Step{}, fmt.Errorf("ruler of case %s does not come to rest", r.dossier.Case.ID)
}

func (r *run) generation() int { return r.dossier.Case.Ruler.Generation }

func (r *run) because(reason string) collection.Meta {
	meta := r.meta
	meta.Reason = reason
	return meta
}

func (r *run) record(reason string, e collection.Event) error {
	return r.dossier.Record(r.because(reason), e)
}

func (r *run) pass(rungs []skip) error {
	for _, s := range rungs {
		if err := r.record(s.reason, collection.RungPassed{Generation: r.generation(), Rung: s.key, Reason: s.reason}); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) commit(ctx context.Context) error {
	if len(r.dossier.Recorded()) == 0 {
		return nil
	}
	if err := r.Cases.Commit(ctx, r.dossier); err != nil {
		return fmt.Errorf("commit step of ruler: %w", err)
	}
	return nil
}

func (r *run) end(ctx context.Context, reason string) error {
	if err := r.record(reason, collection.RulerEnded{Generation: r.generation(), Reason: reason}); err != nil {
		return err
	}
	return r.commit(ctx)
}

// renew lets the next generation follow without a gap: it keeps the anchor, so that no rung moves, and what became of the rungs.
func (r *run) renew(ctx context.Context, reason string) error {
	if err := follow(r.dossier, r.because(reason), r.ruler.Version); err != nil {
		return err
	}
	if err := r.commit(ctx); err != nil {
		return err
	}
	return r.Machine.start(ctx, r.dossier.Case)
}

// follow ends the running generation for the reason of meta and starts the next one, which keeps the anchor and what became of the rungs.
func follow(d *collection.Dossier, meta collection.Meta, version string) error {
	old := d.Case.Ruler
	if err := d.Record(meta, collection.RulerEnded{Generation: old.Generation, Reason: meta.Reason}); err != nil {
		return err
	}
	return d.Record(meta, collection.RulerStarted{Generation: old.Generation + 1, Version: version, Anchor: old.Anchor, Keeps: true})
}

// await sleeps while a planned contact is being handed over: until what is due next, and behind the last rung until the day after. A
// contact that still waits at a later visit has lost its message: it is queued again, which is harmless, and less and less often. A
// deferral at the hand-over starts another generation, which looks at it in its time.
func (r *run) await(ctx context.Context, state collection.RungState, next decision) (Step, error) {
	if err := r.commit(ctx); err != nil {
		return Step{}, err
	}
	lain := r.now.Sub(state.At)
	wake := next.Wake
	if r.planned == state.Contact {
		switch {
		case next.Plan != nil: // another waits for its turn
			wake = state.At.Add(retryAfter)
		case wake.IsZero():
			wake = state.At.Add(lookDaily)
		}
		return Step{WakeAt: wakeTime(wake)}, nil
	}
	contact, err := r.Contacts.LoadContact(ctx, r.dossier.Case.Creditor, r.dossier.Case.ID, state.Contact)
	if err != nil {
		return Step{}, fmt.Errorf("load planned contact: %w", err)
	}
	return Step{WakeAt: wakeTime(r.now.Add(min(max(retryAfter, lain), lookDaily)))}, r.queue(ctx, contact)
}

func (r *run) queue(ctx context.Context, c collection.Contact) error {
	if err := r.Queue.Send(ctx, messageOf(c)); err != nil {
		return fmt.Errorf("queue contact: %w", err)
	}
	return nil
}

// wakeTime is a time in the form that a machine waits for: whole seconds, never too early.
func wakeTime(at time.Time) time.Time {
	whole := at.UTC().Truncate(time.Second)
	if whole.Before(at) {
		whole = whole.Add(time.Second)
	}
	return whole
}
