package app

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/debit"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/s3"
	"github.com/regua/regua/shared/task"
)

// Files is the bucket in which files are exchanged with banks. Another address than AWS's own takes the bucket in the path: its name would
// be no host there.
func (p Parts) Files() *s3.Bucket {
	client := awss3.NewFromConfig(p.AWS, func(o *awss3.Options) { o.UsePathStyle = p.AWS.BaseEndpoint != nil })
	return s3.New(client, contract.BucketName(p.Config.Stage, p.Config.Account, contract.BucketFiles))
}

// DebitExchange exchanges files of account debit with banks.
func DebitExchange(_ context.Context, p Parts) (lambda.Handler, error) {
	store, accounts, safe := p.Store(), p.accounts(), p.Vault()
	exchange := &debit.Exchange{
		Orders: store, Desk: store, Archive: store, Files: p.Files(), Accounts: accounts, Vault: safe, Count: p.counter(), Log: p.Log,
		Notices: &payment.Webhooks{
			Accounts: accounts, Rails: p.rails(store), Vault: safe, Raws: store, Queue: p.queue(contract.QueueWebhooks), Now: p.Now,
		},
	}
	return task.Scheduled("debit-exchange", p.Log, func(ctx context.Context) error { return exchange.Run(ctx, p.Now()) }), nil
}
