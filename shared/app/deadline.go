package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/task"
)

func (p Parts) deadlines() agreement.Machine {
	return agreement.Machine{Executions: p.workflow(), ARN: p.Config.machineARN(contract.MachineDeadlines)}
}

// DeadlineStart starts the deadlines of deals.
func DeadlineStart(_ context.Context, p Parts) (lambda.Handler, error) {
	return task.Event("deadline-start", p.Log, task.Deadline, (&agreement.Starter{Machine: p.deadlines()}).Do), nil
}

// DeadlineStep does what is due for a deal.
func DeadlineStep(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	return task.Task("deadline-step", p.Log, (&agreement.Stepper{
		Cases: p.Cases(store), Creditors: store, Payments: store, Wakes: p.queue(contract.QueueWakes), Machine: p.deadlines(), Now: p.Now,
		Count: p.counter(),
	}).Do), nil
}
