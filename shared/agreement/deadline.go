package agreement

import (
	"context"
	"fmt"
	"time"

	"github.com/regua/regua/shared/collection"
)

// Kind is what a deadline is of.
type Kind string

// The kinds of deadline: the payments of a live agreement, what an agreement that ended leaves to be done, the answer of the creditor's
// system to a request for aftercare, and a person's decision about a proposal.
const (
	KindPayments  Kind = "payments"
	KindEnding    Kind = "ending"
	KindAftercare Kind = "aftercare"
	KindReview    Kind = "review"
)

// generationLife ends an execution well before the year after which Step Functions does.
const generationLife = 300 * 24 * time.Hour

// Execution is the input of an execution of the deadlines machine, and of its task. StartedAt is when its generation began.
type Execution struct {
	Creditor   string    `json:"creditor"`
	CaseID     string    `json:"caseId"`
	Kind       Kind      `json:"kind"`
	SubjectID  string    `json:"subjectId"`
	Generation int       `json:"generation"`
	StartedAt  time.Time `json:"startedAt"`
}

// Correlation is what log lines are found by: the execution's name.
func (e Execution) Correlation() string {
	return fmt.Sprintf("%s-%s-d%d", e.SubjectID, e.Kind, e.Generation)
}

// Executions starts executions of a state machine; one of the same name that was started before is success.
type Executions interface {
	Start(ctx context.Context, machineARN, name string, input any) error
}

// Machine starts executions of the deadlines machine.
type Machine struct {
	Executions Executions
	ARN        string
}

func (m Machine) start(ctx context.Context, x Execution) error {
	if err := m.Executions.Start(ctx, m.ARN, x.Correlation(), x); err != nil {
		return fmt.Errorf("start deadline execution: %w", err)
	}
	return nil
}

// Subject is what deadline-start learns of an event.
type Subject struct {
	Creditor   collection.CreditorID
	Case       collection.CaseID
	Kind       Kind // empty when the event starts no deadline
	ID         string
	Generation int       // of the execution that it starts
	At         time.Time // of the event
}

// Starter is the consumer of deadline-start.
type Starter struct{ Machine Machine }

// Do starts an execution of a subject. It may be repeated: the name and the input are the event's. Two executions of one subject do what is
// due once.
func (s *Starter) Do(ctx context.Context, subject Subject) error {
	if subject.Kind == "" {
		return nil
	}
	return s.Machine.start(ctx, Execution{
		Creditor: string(subject.Creditor), CaseID: subject.Case.String(), Kind: subject.Kind, SubjectID: subject.ID,
		Generation: subject.Generation, StartedAt: subject.At.UTC(),
	})
}

// Step is what the machine learns from its task: whether nothing is left to do, and if not, when to ask again.
type Step struct {
	Done   bool      `json:"done"`
	WakeAt time.Time `json:"wakeAt"`
}

// Stepper is the task of deadline-step.
type Stepper struct {
	Cases     Cases
	Creditors Creditors
	Payments  Payments
	Wakes     Sender
	Machine   Machine
	Now       func() time.Time
	// Count adds one to a metric.
	Count func(ctx context.Context, metric string)
}

// Sender puts a message on a queue.
type Sender interface {
	Send(ctx context.Context, body any) error
}

// Payments finds the receipts of an agreement's money, each with the intent that it came for.
type Payments interface {
	PaymentsOf(ctx context.Context, creditor collection.CreditorID, id collection.CaseID, agreement collection.AgreementID) (
		[]collection.Receipt, []collection.Intent, error,
	)
}

// run is one run of the task over one loaded case.
type run struct {
	*Stepper
	dossier  *collection.Dossier
	creditor collection.Creditor
	subject  string
	now      time.Time
	meta     collection.Meta
}

// Do does what is due for a subject. However often and however late it runs, it does the same once: what is due follows from the case, and
// the day of a change from the deal.
func (s *Stepper) Do(ctx context.Context, in Execution) (Step, error) {
	creditorID, err := collection.ParseCreditorID(in.Creditor)
	if err != nil {
		return Step{}, err
	}
	caseID, err := collection.ParseID[collection.CaseNoun](in.CaseID)
	if err != nil {
		return Step{}, fmt.Errorf("case: %w", err)
	}
	creditor, err := s.Creditors.Creditor(ctx, creditorID)
	if err != nil {
		return Step{}, fmt.Errorf("find creditor: %w", err)
	}
	var next time.Time
	err = collection.Redo(func() error {
		d, err := s.Cases.Load(ctx, creditorID, caseID)
		if err != nil {
			return err
		}
		now := s.Now()
		r := run{s, d, creditor, in.SubjectID, now, collection.Meta{
			At: now, By: collection.System("deadline-step", creditorID), CorrelationID: in.Correlation(),
		}}
		next, err = r.due(ctx, in.Kind)
		return err
	})
	if err != nil {
		return Step{}, err
	}
	return s.sleep(ctx, in, next)
}

// sleep answers when to ask again; a generation that has lived long enough starts the next.
func (s *Stepper) sleep(ctx context.Context, in Execution, next time.Time) (Step, error) {
	now, limit := s.Now(), in.StartedAt.Add(generationLife)
	if next.IsZero() {
		return Step{Done: true, WakeAt: wakeTime(now)}, nil
	}
	if now.Before(limit) {
		if next.After(limit) {
			next = limit
		}
		return Step{WakeAt: wakeTime(next)}, nil
	}
	in.Generation, in.StartedAt = in.Generation+1, now.UTC()
	return Step{Done: true, WakeAt: wakeTime(now)}, s.Machine.start(ctx, in)
}

// wakeTime is a time in the form that a machine waits for: whole seconds, never too early.
func wakeTime(at time.Time) time.Time {
	whole := at.UTC().Truncate(time.Second)
	if whole.Before(at) {
		whole = whole.Add(time.Second)
	}
	return whole
}

// due does what is due for the subject and returns when to look again; the zero time when nothing is left to do.
func (r *run) due(ctx context.Context, kind Kind) (time.Time, error) {
	switch kind {
	case KindPayments:
		return r.payments(ctx)
	case KindEnding:
		return time.Time{}, r.ending(ctx)
	case KindAftercare:
		return r.aftercare(ctx)
	case KindReview:
		return r.review(ctx)
	}
	return time.Time{}, fmt.Errorf("%w: deadline of kind %.40q", collection.ErrInvalid, kind)
}

func (r *run) agreement() (*collection.Agreement, error) {
	id, err := collection.ParseID[collection.AgreementNoun](r.subject)
	if err != nil {
		return nil, fmt.Errorf("agreement: %w", err)
	}
	a, ok := r.dossier.Agreement(id)
	if !ok {
		return nil, fmt.Errorf("%w: agreement", collection.ErrNotFound)
	}
	return a, nil
}

func (r *run) commit(ctx context.Context) error {
	if len(r.dossier.Recorded()) == 0 {
		return nil
	}
	if err := r.Cases.Commit(ctx, r.dossier); err != nil {
		return fmt.Errorf("commit deadline: %w", err)
	}
	return nil
}
