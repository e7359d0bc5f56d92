package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/ses"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/regua/regua/shared/channel/email"
	"github.com/regua/regua/shared/channel/sms"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/message"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/reminder"
	"github.com/regua/regua/shared/task"
)

func (p Parts) mail() *email.Sender { return email.New(ses.NewFromConfig(p.AWS), p.Config.MailFrom) }

func (p Parts) rulerMachine() reminder.Machine {
	return reminder.Machine{Executions: p.workflow(), ARN: p.Config.machineARN(contract.MachineRuler)}
}

// OTPSend sends one-time codes.
func OTPSend(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	sender := &otp.Sender{
		Challenges: store, Outgoing: store, Unsealer: p.kms(), Cases: store, Vault: p.Vault(), Creditors: store, Now: p.Now,
		Channel: message.Codes{Mail: p.mail(), SMS: sms.New(sns.NewFromConfig(p.AWS))},
	}
	return task.Queue("otp-send", p.Log, func(ctx context.Context, m otp.Message, _ task.Delivery) error {
		return sender.Send(ctx, m)
	}), nil
}

// RulerStart starts a case's reminder ruler.
func RulerStart(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	starter := &reminder.Starter{Cases: p.Cases(store), Creditors: store, Machine: p.rulerMachine(), Now: p.Now}
	return task.Event("ruler-start", p.Log, task.RulerCause, starter.Do), nil
}

// RulerStep decides a step of a case's reminder ruler.
func RulerStep(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	return task.Task("ruler-step", p.Log, (&reminder.Stepper{
		Cases: p.Cases(store), Creditors: store, Contacts: store, Caps: store, Queue: p.queue(contract.QueueContacts),
		Machine: p.rulerMachine(), Carried: message.Reminds, Now: p.Now, Chance: p.Chance,
	}).Do), nil
}

// ContactSend hands planned contacts over to their channel.
func ContactSend(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	sender := &reminder.Sender{
		Cases: p.Cases(store), Creditors: store, Contacts: store, Intents: store, Caps: store, Vault: p.Vault(), Mail: p.mail(),
		Machine: p.rulerMachine(), Again: p.queue(contract.QueueContacts), PortalURL: p.Config.PortalURL, Now: p.Now, Chance: p.Chance,
	}
	return task.Queue("contact-send", p.Log, func(ctx context.Context, m reminder.Message, d task.Delivery) error {
		return sender.Patiently(ctx, m, d.Attempt)
	}), nil
}

// ReceiptPlan plans the receipt of a posted payment.
func ReceiptPlan(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	planner := &reminder.ReceiptPlanner{
		Cases: p.Cases(store), Contacts: store, Queue: p.queue(contract.QueueContacts), Now: p.Now,
	}
	return task.Event("receipt-plan", p.Log, task.PaymentPosted, planner.Do), nil
}
