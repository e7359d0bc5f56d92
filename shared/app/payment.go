package app

import (
	"context"
	"errors"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/debit"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/httpapi"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/notify"
	"github.com/regua/regua/shared/outbox"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/asaas"
	"github.com/regua/regua/shared/provider/pix"
	"github.com/regua/regua/shared/provider/sandbox"
	"github.com/regua/regua/shared/secrets"
	"github.com/regua/regua/shared/task"
	"github.com/regua/regua/shared/workflow"
)

// rails are the payment providers that this deployment offers.
func (p Parts) rails(store *dynamo.Store) payment.Rails {
	rails := payment.Rails{
		provider.Pix: pix.New(p.Now), asaas.Name: asaas.New(asaas.Address, p.Transport, p.Now),
		provider.Debit: debit.NewRail(store, p.Vault(), p.Now),
	}
	if p.Config.SandboxURL != "" {
		rails[provider.Sandbox] = sandbox.New(p.Config.SandboxURL, p.Transport)
	}
	return rails
}

func (p Parts) accounts() *secrets.Accounts {
	return secrets.New(secretsmanager.NewFromConfig(p.AWS), contract.Prefix(p.Config.Stage), p.Now)
}

// Creditors reads what creditors' own systems sign with.
func (p Parts) Creditors() *secrets.Creditors {
	return secrets.NewCreditors(secretsmanager.NewFromConfig(p.AWS), contract.Prefix(p.Config.Stage), p.Now)
}

// counter adds one to a metric of this stage.
func (p Parts) counter() func(ctx context.Context, metric string) {
	return task.Counter(p.Log, p.Config.Stage, p.Now)
}

func (p Parts) workflow() *workflow.Client { return workflow.New(sfn.NewFromConfig(p.AWS)) }

func (p Parts) issuing(store *dynamo.Store, accounts *secrets.Accounts) *payment.Issuing {
	return &payment.Issuing{
		Cases: p.Cases(store), Intents: store, Creditors: store, Accounts: accounts, Rails: p.rails(store), People: p.Vault(), Mandates: store,
	}
}

func (p Parts) posting(store *dynamo.Store) *payment.Posting {
	return &payment.Posting{
		Cases: p.Cases(store), Intents: store, Creditors: store, Receipts: store, Orphans: store, Wakes: p.queue(contract.QueueWakes),
		Count: p.counter(),
	}
}

func (p Parts) closing(store *dynamo.Store, accounts *secrets.Accounts) *payment.Closing {
	return &payment.Closing{Posting: p.posting(store), Accounts: accounts, Rails: p.rails(store)}
}

// PaymentServe issues payment codes and shows their state.
func PaymentServe(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	api := p.api(store)
	(&httpapi.Payments{Requests: &payment.Requests{
		Issuing: p.issuing(store, p.accounts()), Once: idempotency.Keeper{Answers: store, Vault: p.Vault()}, Starter: p.workflow(),
		Wakes: p.queue(contract.QueueWakes), Machine: p.Config.machineARN(contract.MachinePayment), Chance: p.Chance, Log: p.Log,
	}}).Register(api)
	return lambda.NewHandler(api.Serve), nil
}

// WebhookReceive takes the notices of payment providers.
func WebhookReceive(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	api := p.api(store)
	(&httpapi.Webhooks{Receiver: &payment.Webhooks{
		Accounts: p.accounts(), Rails: p.rails(store), Vault: p.Vault(), Raws: store, Queue: p.queue(contract.QueueWebhooks), Now: p.Now,
	}}).Register(api)
	return lambda.NewHandler(api.Serve), nil
}

// PaymentIntake posts the money that providers report.
func PaymentIntake(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	intake := &payment.Intake{
		Posting: p.posting(store), Raws: store, Rails: p.rails(store), Accounts: p.accounts(), Vault: p.Vault(), Now: p.Now,
	}
	return task.Queue("payment-intake", p.Log, func(ctx context.Context, m payment.IntakeMessage, _ task.Delivery) error {
		return intake.TakeIn(ctx, m)
	}), nil
}

// PaymentIssue issues a payment code that its request could not wait for.
func PaymentIssue(_ context.Context, p Parts) (lambda.Handler, error) {
	store, accounts := p.Store(), p.accounts() // one cache of secrets for both
	issue := &payment.Issue{Issuing: p.issuing(store, accounts), Closing: p.closing(store, accounts), Now: p.Now}
	return task.Task("payment-issue", p.Log, issue.Do), nil
}

// PaymentWait stores the token of an execution that waits for money.
func PaymentWait(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	return task.Task("payment-wait", p.Log, (&payment.Wait{Waiters: store, Cases: store, Wakes: p.queue(contract.QueueWakes)}).Do), nil
}

// PaymentExpire ends a payment request that nobody paid, after asking the provider.
func PaymentExpire(_ context.Context, p Parts) (lambda.Handler, error) {
	return task.Task("payment-expire", p.Log, (&payment.Expire{Closing: p.closing(p.Store(), p.accounts()), Now: p.Now}).Do), nil
}

// PaymentWake wakes the execution whose money came.
func PaymentWake(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	wake := &payment.Wake{Intents: store, Cases: store, Answerer: p.workflow()}
	return task.Queue("payment-wake", p.Log, func(ctx context.Context, m payment.WakeMessage, _ task.Delivery) error {
		return wake.Do(ctx, m)
	}), nil
}

// Refunds sends money back, for refund-send and for the operator's command line.
func (p Parts) Refunds() *payment.Refunds {
	store := p.Store()
	return &payment.Refunds{Posting: p.posting(store), Accounts: p.accounts(), Rails: p.rails(store), Now: p.Now, Log: p.Log}
}

// Reconciliation compares providers' statements with the books, for reconcile and for the operator's command line.
func (p Parts) Reconciliation() *payment.Daily {
	store := p.Store()
	return &payment.Daily{
		Reconciler: &payment.Reconciler{Posting: p.posting(store), Books: store, Accounts: p.accounts(), Rails: p.rails(store), Now: p.Now},
		Registry:   store, Reports: store, Now: p.Now, Log: p.Log,
	}
}

// Reconcile compares the last two days of all accounts.
func Reconcile(_ context.Context, p Parts) (lambda.Handler, error) {
	return task.Scheduled("reconcile", p.Log, p.Reconciliation().Run), nil
}

// RefundSend hands refund orders over to their provider.
func RefundSend(_ context.Context, p Parts) (lambda.Handler, error) {
	return task.Event("refund-send", p.Log, task.RefundOrdered, p.Refunds().Send), nil
}

// PendingSweep carries on what was stored and then left lying: raw notices and unpublished events.
func PendingSweep(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	requeue := &payment.Requeue{
		Pending: store, Queue: p.queue(contract.QueueWebhooks), Shards: contract.PendingShards, Count: p.counter(), Log: p.Log,
	}
	topic := notify.NewTopic(sns.NewFromConfig(p.AWS), p.Config.topicARN())
	sweeper := &outbox.Sweeper{Backlog: store, Publisher: topic, Log: p.Log}
	return task.Scheduled("pending-sweep", p.Log, func(ctx context.Context) error {
		now := p.Now()
		err := requeue.RequeueStale(ctx, now)
		_, sweepErr := sweeper.Sweep(ctx, now)
		return errors.Join(err, sweepErr)
	}), nil
}
