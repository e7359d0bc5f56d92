package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/shared/callout"
	"github.com/regua/regua/shared/channel/webhook"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/httpapi"
	"github.com/regua/regua/shared/notify"
	"github.com/regua/regua/shared/task"
)

// Webhooks posts to creditors' own systems.
func (p Parts) Webhooks() *webhook.Poster {
	return webhook.New(p.Transport, p.Config.Stage == contract.StageLocal)
}

// Announcements is the queue of events to tell creditors' own systems of.
func (p Parts) Announcements() *notify.Queue { return p.queue(contract.QueueAnnounce) }

// CreditorNotify tells creditors' own systems of events.
func CreditorNotify(_ context.Context, p Parts) (lambda.Handler, error) {
	notifier := &callout.Notifier{
		Creditors: p.Store(), Secrets: p.Creditors(), Poster: p.Webhooks(), Now: p.Now, Count: p.counter(), Log: p.Log,
	}
	return task.Announce("creditor-notify", p.Log, p.Announcements(), p.queue(contract.QueueAnnounce+contract.DeadSuffix),
		notifier.Do), nil
}

// AftercareAnswer takes in what creditors' own systems answer to requests for aftercare.
func AftercareAnswer(_ context.Context, p Parts) (lambda.Handler, error) {
	store := p.Store()
	api := p.api(store)
	(&httpapi.Callbacks{Answers: &callout.Answers{
		Secrets: p.Creditors(), Cases: p.Cases(store), Now: p.Now, Count: p.counter(), Log: p.Log,
	}}).Register(api)
	return lambda.NewHandler(api.Serve), nil
}
