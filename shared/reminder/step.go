package reminder

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
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
	Now       func() time.Time
	Chance    io.Reader
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
			return s.follow(ctx, d.Case, in.Generation)
		}
		run := run{Stepper: s, dossier: d, creditor: creditor, ruler: creditor.Ruler, now: now, meta: collection.Meta{
			At: now, By: collection.System("ruler-step", creditorID), CorrelationID: in.Correlation(),
		}}
		step, err = run.steps(ctx)
		return err
	})
	return step, err
}

// follow makes sure that the generation which took this one's place has its execution.
func (s *Stepper) follow(ctx context.Context, c collection.Case, generation int) error {
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
}

// steps decides until there is nothing left to do but wait.
func (r *run) steps(ctx context.Context) (Step, error) {
	for range maxDecisions {
		next := decide(r.dossier, r.ruler, r.now)
		switch {
		case len(next.Passed) > 0:
			if err := r.pass(next.Passed, "superseded"); err != nil {
				return Step{}, err
			}
		case next.End != "":
			return Step{Done: true, WakeAt: r.now}, r.end(ctx, next.End)
		case next.Renew != "":
			return Step{Done: true, WakeAt: r.now}, r.renew(ctx, next.Renew)
		case next.Waiting.Rung != "":
			return r.await(ctx, next.Waiting)
		case next.Plan != nil:
			if err := r.plan(ctx, *next.Plan); err != nil {
				return Step{}, err
			}
		default:
			return Step{WakeAt: wakeTime(next.Wake)}, r.commit(ctx)
		}
	}
	return Step{}, fmt.Errorf("ruler of case %s does not come to rest", r.dossier.Case.ID)
}

func (r *run) generation() int { return r.dossier.Case.Ruler.Generation }

func (r *run) record(reason string, e collection.Event) error {
	meta := r.meta
	meta.Reason = reason
	return r.dossier.Record(meta, e)
}

func (r *run) pass(rungs []string, reason string) error {
	for _, rung := range rungs {
		if err := r.record(reason, collection.RungPassed{Generation: r.generation(), Rung: rung, Reason: reason}); err != nil {
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
	old := r.dossier.Case.Ruler
	if err := r.record(reason, collection.RulerEnded{Generation: old.Generation, Reason: reason}); err != nil {
		return err
	}
	started := collection.RulerStarted{Generation: old.Generation + 1, Version: r.ruler.Version, Anchor: old.Anchor}
	if err := r.record(reason, started); err != nil {
		return err
	}
	var settled []string
	for _, rung := range r.ruler.Rungs {
		if state, known := old.Rung(rung.Name); known && state.Outcome != collection.RungDeferred {
			settled = append(settled, rung.Name)
		}
	}
	if err := r.pass(settled, "settled in the generation before"); err != nil {
		return err
	}
	if err := r.commit(ctx); err != nil {
		return err
	}
	return r.Machine.start(ctx, r.dossier.Case)
}

// await lets a planned contact settle. One that has lain for long may have lost its message: it is queued again, which is harmless, and
// less and less often, down to once a day: what became of it on the way, such as a deferral, is seen at the next look only.
func (r *run) await(ctx context.Context, state collection.RungState) (Step, error) {
	lain := r.now.Sub(state.At)
	if lain < retryAfter {
		return Step{WakeAt: wakeTime(state.At.Add(retryAfter))}, r.commit(ctx)
	}
	if err := r.commit(ctx); err != nil {
		return Step{}, err
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

// plan asks the law about a rung that is due, stores what it says and, when it allows, queues the contact.
func (r *run) plan(ctx context.Context, rung collection.Rung) error {
	if !message.IsReminder(rung.Template) {
		return r.pass([]string{rung.Name}, "no such template")
	}
	days, _, err := r.Caps.Cap(ctx, r.dossier.Case.PersonKey)
	if err != nil {
		return fmt.Errorf("load contact cap: %w", err)
	}
	plan := collection.ContactPlan{
		Purpose: collection.PurposeReminder, Channel: rung.Channels[0], Template: rung.Template, Generation: r.generation(), Rung: rung.Name,
	}
	verdict, err := ask(r.creditor, r.dossier, plan, days, r.now, false)
	if err != nil {
		return err
	}
	if verdict.Outcome != compliance.Allow {
		withheld := collection.ContactWithheld{
			Purpose: collection.PurposeReminder, Channel: rung.Channels[0], Generation: r.generation(), Rung: rung.Name, Verdict: verdict,
		}
		if err := r.record("rung "+rung.Name, withheld); err != nil {
			return err
		}
		return r.commit(ctx)
	}
	id, err := collection.Mint[collection.ContactNoun](r.now, r.Chance)
	if err != nil {
		return err
	}
	plan.Contact, plan.Verdict = id, verdict
	if err := r.record("rung "+rung.Name, plan); err != nil {
		return err
	}
	if err := r.commit(ctx); err != nil {
		return err
	}
	contact, _ := r.dossier.Contact(id)
	return r.queue(ctx, *contact)
}

// wakeTime is a time in the form that a machine waits for: whole seconds, never too early.
func wakeTime(at time.Time) time.Time {
	whole := at.UTC().Truncate(time.Second)
	if whole.Before(at) {
		whole = whole.Add(time.Second)
	}
	return whole
}
