package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/regua/regua/shared/blind"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/httpapi"
	"github.com/regua/regua/shared/kms"
	"github.com/regua/regua/shared/notify"
	"github.com/regua/regua/shared/outbox"
	"github.com/regua/regua/shared/session"
	"github.com/regua/regua/shared/vault"
)

// Parts is what every constructor builds on: configuration, the cloud's clients, time, chance, the log, and the way out to providers.
type Parts struct {
	Config Config
	AWS    aws.Config
	Now    func() time.Time
	Chance io.Reader
	Log    *slog.Logger
	// Transport carries calls to payment providers; nil is the network.
	Transport http.RoundTripper
	// Compared, when set, is told of each one-time code that is compared.
	Compared func()
}

// Constructor builds one function's handler.
type Constructor func(ctx context.Context, p Parts) (lambda.Handler, error)

// startTimeout bounds what a function does before its first request, well below the ten seconds that Lambda gives it.
const startTimeout = 8 * time.Second

// Run is the whole of a function's main: it builds the handler from the environment and serves until the process ends.
func Run(build Constructor) {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	handler, err := fromEnvironment(log, build)
	if err != nil {
		log.Error("start", "error", err.Error())
		os.Exit(1)
	}
	lambda.Start(handler)
}

func fromEnvironment(log *slog.Logger, build Constructor) (lambda.Handler, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	c, err := Load(os.Getenv)
	if err != nil {
		return nil, err
	}
	cloud, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load AWS configuration: %w", err)
	}
	return build(ctx, Parts{
		Config: c, AWS: cloud, Now: time.Now, Chance: rand.Reader, Log: log,
	})
}

// Store is the product's table.
func (p Parts) Store() *dynamo.Store {
	return dynamo.New(dynamodb.NewFromConfig(p.AWS), p.Config.name(contract.Table), p.Now, creditor.Parse)
}

func (p Parts) kms() *kms.Keys {
	return kms.New(awskms.NewFromConfig(p.AWS), p.Config.keyAlias(contract.DataKeyAlias), p.Config.keyAlias(contract.CodeKeyAlias))
}

// Signer signs evidence with the deployment's asymmetric key.
func (p Parts) Signer() *kms.Signer {
	return kms.NewSigner(awskms.NewFromConfig(p.AWS), p.Config.keyAlias(contract.SignatureKeyAlias))
}

// Vault opens and seals personal data.
func (p Parts) Vault() *vault.Vault { return vault.New(p.kms(), p.Chance, p.Now) }

// Keys reads the deployment's keyed-hash and MAC keys.
func (p Parts) Keys(ctx context.Context) (blind.Keys, error) {
	out, err := secretsmanager.NewFromConfig(p.AWS).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: aws.String(p.Config.name(contract.KeysSecret)),
	})
	if err != nil {
		return blind.Keys{}, fmt.Errorf("read the keys' secret: %w", err)
	}
	return blind.ParseKeys([]byte(aws.ToString(out.SecretString)))
}

// Cases commits cases and publishes their events.
func (p Parts) Cases(store *dynamo.Store) *outbox.Committer {
	return &outbox.Committer{Store: store, Publisher: notify.NewTopic(sns.NewFromConfig(p.AWS), p.Config.topicARN()), Log: p.Log}
}

func (p Parts) queue(name string) *notify.Queue {
	return notify.NewQueue(sqs.NewFromConfig(p.AWS), p.Config.queueURL(name))
}

func (p Parts) api(store *dynamo.Store) *httpapi.API {
	return httpapi.New(httpapi.Options{
		Sessions: &session.Keeper{Store: store, Now: p.Now}, Origin: p.Config.PortalURL, Now: p.Now, Log: p.Log,
		Cookie: httpapi.Cookie{Name: p.Config.CookieName, Insecure: p.Config.CookieInsecure},
	})
}
