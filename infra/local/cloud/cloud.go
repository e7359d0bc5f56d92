// Package cloud is the embedded local cloud put together: every engine, every function of the product (in process, or as its compiled
// binary), and the sandbox bank, all on one clock and one store, configured from the contract tables and the machines' definitions.
package cloud

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/gateway"
	"github.com/regua/regua/infra/local/kms"
	"github.com/regua/regua/infra/local/mailbox"
	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/parties"
	"github.com/regua/regua/infra/local/s3"
	"github.com/regua/regua/infra/local/secrets"
	"github.com/regua/regua/infra/local/stepfunctions"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/statemachines"
)

const (
	// Stage is the name of the local deployment.
	Stage = contract.StageLocal
	// Tool is the caller of calls that no function makes: of the import, the operator's tools, tests.
	Tool = "local"
	// MailFrom is the sender's address.
	MailFrom = "nao-responda@regua.example"
	// SlipsPath is where the bank's printable slips are served, ahead of the charge's txid.
	SlipsPath = "/_local/sandbox/slips/"
	// bankHost is where the sandbox adapter finds the bank: a name that only the local transport knows.
	bankHost = "sandbox-bank.local"
)

// Options is what a local cloud is made of.
type Options struct {
	Clock *clock.Clock
	Store *store.Store
	// PortalURL is the origin under which the portal and the API are served.
	PortalURL string
	// Creditors are the creditors' files.
	Creditors [][]byte
	// Log takes the functions' JSON log lines; nil drops them. It must be safe for concurrent use.
	Log io.Writer
	// Chance is what the secrets, and ids, tokens and nonces of functions in process, are drawn from; nil is the machine's. It must be safe
	// for concurrent use. From a seed, and with nothing called from outside while the clock runs, two runs are the same.
	Chance io.Reader
	// Now, when set, is what functions in process take for the time: clocks of machines are off, and are set right by jumps.
	Now func() time.Time
	// Functions, when set, is the directory of the functions' binaries, each named as its function: they then run as processes, whose
	// clock is the machine's. So Clock must be a real clock that was never moved ahead, and Advance refuses to move it.
	Functions string
	// Observe, when set, sees each call of a cloud service, and Intercept may answer in a service's place.
	Observe   func(ctx context.Context, call wire.Call, err error)
	Intercept func(ctx context.Context, call wire.Call, next func() (any, error)) (any, error)
	// Invoked, when set, sees each finished invocation of a function.
	Invoked func(function.Invocation)
	// Compared, when set, is told of each one-time code that is compared.
	Compared func()
}

// Cloud is a running local cloud.
type Cloud struct {
	Clock     *clock.Clock
	API       http.Handler // the API gateway
	Services  *wire.Router // the AWS protocols
	Bank      *bank.Bank
	Mailbox   *mailbox.Engine
	Messaging *messaging.Engines
	Machines  *stepfunctions.Engine
	Functions *function.Host
	Parts     app.Parts // for tools that act on the deployment, such as the import
	Creditors []collection.Creditor
	Signals   *Signals         // what was published on the events topic
	Systems   *parties.Systems // the creditors' own systems
	Debits    *parties.Debits  // the banks of account debits

	store     *store.Store
	tables    *dynamodb.Engine
	processes *processes // nil when the functions run in process
}

// New starts a local cloud: it makes what is missing, loads what the store holds and goes on with it.
func New(ctx context.Context, o Options) (*Cloud, error) {
	if o.Chance == nil {
		o.Chance = rand.Reader
	}
	if o.Now == nil {
		o.Now = o.Clock.Now
	}
	c := &Cloud{Clock: o.Clock, store: o.Store}
	if err := c.start(ctx, o); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the functions' processes and waits for their end. A cloud whose functions run in process has nothing to close.
func (c *Cloud) Close() {
	if c.processes != nil {
		c.processes.close()
	}
}

func (c *Cloud) start(ctx context.Context, o Options) (err error) {
	if o.Functions != "" {
		if o.Clock.IsVirtual() {
			return errMachineClock
		}
		if c.processes, err = newProcesses(o.Functions); err != nil {
			return err
		}
	}
	for _, doc := range o.Creditors {
		parsed, err := creditor.Parse(doc)
		if err != nil {
			return fmt.Errorf("creditor file: %w", err)
		}
		c.Creditors = append(c.Creditors, parsed)
	}
	if err := c.restoreClock(ctx); err != nil {
		return err
	}
	c.Functions = function.NewHost(o.Clock, o.Invoked)
	if err := c.engines(ctx, o); err != nil {
		return err
	}
	if err := c.table(ctx, o.Creditors); err != nil {
		return err
	}
	if err := c.deploy(ctx, o); err != nil {
		return err
	}
	return c.wire()
}

// engines makes the service engines and the clients' way to them.
func (c *Cloud) engines(ctx context.Context, o Options) error {
	var err error
	if c.tables, err = dynamodb.New(o.Clock, o.Store); err != nil {
		return fmt.Errorf("start DynamoDB: %w", err)
	}
	keys, err := kms.New(o.Store, []kms.Alias{
		{Name: "alias/" + physical(contract.DataKeyAlias), Spec: kms.Symmetric},
		{Name: "alias/" + physical(contract.CodeKeyAlias), Spec: kms.Symmetric},
		{Name: "alias/" + physical(contract.SignatureKeyAlias), Spec: kms.ECCP256},
	})
	if err != nil {
		return fmt.Errorf("start KMS: %w", err)
	}
	if c.Mailbox, err = mailbox.New(o.Clock, o.Store); err != nil {
		return fmt.Errorf("start mailbox: %w", err)
	}
	if c.Messaging, err = messaging.New(o.Clock, o.Store, c.Functions.Invoke); err != nil {
		return fmt.Errorf("start messaging: %w", err)
	}
	c.Signals = &Signals{}
	c.Messaging.SMS, c.Messaging.Event, c.Messaging.Published = c.Mailbox.SendSMS, c.Functions.Event, c.Signals.keep
	if c.Machines, err = stepfunctions.New(o.Clock, o.Store, c.Functions); err != nil {
		return fmt.Errorf("start Step Functions: %w", err)
	}
	kept, err := secrets.New(o.Store)
	if err != nil {
		return fmt.Errorf("start Secrets Manager: %w", err)
	}
	accounts, err := c.secrets(ctx, kept, keys, o.Chance)
	if err != nil {
		return err
	}
	if c.Bank, err = bank.New(o.Clock, o.Store, c.deliver, accounts...); err != nil {
		return fmt.Errorf("start sandbox bank: %w", err)
	}
	c.Bank.Slips = o.PortalURL + SlipsPath
	var buckets []string
	for _, name := range contract.Buckets() {
		buckets = append(buckets, contract.BucketName(Stage, wire.Account, name))
	}
	objects, err := s3.New(o.Clock, o.Store, buckets)
	if err != nil {
		return fmt.Errorf("start S3: %w", err)
	}
	c.Services = wire.NewRouter(map[string]wire.Engine{
		"dynamodb": c.tables, "kms": keys, "s3": objects, "secretsmanager": kept, "ses": c.Mailbox, "sns": c.Messaging.SNS(),
		"sqs": c.Messaging.SQS(), "states": c.Machines,
	})
	c.Services.Observe, c.Services.Intercept = o.Observe, o.Intercept
	log := slog.New(slog.DiscardHandler)
	if o.Log != nil {
		log = slog.New(slog.NewJSONHandler(o.Log, nil))
	}
	c.Parts = app.Parts{
		Config: app.Config{
			Stage: Stage, Region: wire.Region, Account: wire.Account, PortalURL: o.PortalURL,
			MailFrom:   MailFrom,
			CookieName: "regua", CookieInsecure: true, SandboxURL: "http://" + bankHost,
		},
		AWS: clientConfig(c.Services, Tool), Now: o.Now, Chance: o.Chance, Log: log, Transport: bankTransport{c}, Compared: o.Compared,
	}
	c.Systems = parties.NewSystems(c.Parts.Creditors().Webhook, o.Clock.Now)
	c.Debits = &parties.Debits{Files: c.Parts.Files(), Accounts: c.accounts(), Now: o.Clock.Now}
	return nil
}

func physical(name string) string { return contract.Prefix(Stage) + name }

// clientConfig leads the unmodified SDK clients of a caller to the engines, in process. Retries wait on the machine's clock, so there are
// none: the engines fail only when somebody injects faults. Nobody listens at the address, for which S3's client puts the bucket into the
// path, as the engine wants it.
func clientConfig(services *wire.Router, caller string) aws.Config {
	return aws.Config{
		Region: wire.Region, BaseEndpoint: aws.String("http://127.0.0.1"), HTTPClient: services,
		Credentials: credentials.NewStaticCredentialsProvider(caller, "local", ""),
		Retryer:     func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) },
	}
}

// table makes the product's table and stores the creditors.
func (c *Cloud) table(ctx context.Context, creditors [][]byte) error {
	err := dynamo.CreateTable(ctx, awsdynamodb.NewFromConfig(c.Parts.AWS), physical(contract.Table))
	if _, there := errors.AsType[*types.ResourceInUseException](err); err != nil && !there {
		return fmt.Errorf("make table: %w", err)
	}
	for _, doc := range creditors {
		if _, err := creditor.Keep(ctx, c.Parts.Store(), doc); err != nil {
			return err
		}
	}
	return nil
}

// deploy makes every function of contract known.
func (c *Cloud) deploy(ctx context.Context, o Options) error {
	if c.processes != nil {
		if err := c.processes.open(c.Parts.Config, c.Services, c.Bank); err != nil {
			return err
		}
	}
	for _, f := range contract.Functions() {
		definition, err := c.function(ctx, f, o)
		if err != nil {
			return err
		}
		c.Functions.Register(definition)
	}
	c.API = gateway.New(routes(c.Clock), c.Functions.Invoke, c.Clock, Stage, contract.BinaryMediaTypes()...)
	return nil
}

// routes are those of contract. They are throttled where time passes: on a clock that stands still no bucket would ever fill again.
func routes(clk *clock.Clock) []gateway.Route {
	limit := gateway.Throttle{Rate: contract.ThrottleRate, Burst: contract.ThrottleBurst}
	if clk.IsVirtual() {
		limit = gateway.Throttle{}
	}
	var all []gateway.Route
	for _, r := range contract.Routes() {
		all = append(all, gateway.Route{Method: r.Method, Path: r.Path, Function: physical(r.Function), Throttle: limit})
	}
	return all
}

func (c *Cloud) function(ctx context.Context, f contract.Function, o Options) (function.Definition, error) {
	if c.processes != nil {
		return c.processes.function(f, o), nil
	}
	build, ok := constructors[f.Name]
	if !ok {
		return function.Definition{}, fmt.Errorf("function %s has no constructor", f.Name)
	}
	parts := c.Parts
	parts.AWS = clientConfig(c.Services, f.Name)
	handler, err := build(ctx, parts)
	if err != nil {
		return function.Definition{}, fmt.Errorf("build function %s: %w", f.Name, err)
	}
	return function.Definition{Name: physical(f.Name), Timeout: f.Timeout, Reserved: f.Reserved, Handler: handler}, nil
}

// wire defines queues, topics, rules and machines, and goes on with what they hold.
func (c *Cloud) wire() error {
	var wrong error
	check := func(err error) { wrong = errors.Join(wrong, err) }
	for _, q := range contract.Queues() {
		name, consumer := physical(q.Name), ""
		if q.Consumer != "" {
			consumer = physical(q.Consumer)
		}
		dead := name + contract.DeadSuffix
		check(c.Messaging.CreateQueue(messaging.QueueSpec{Name: dead, Retention: contract.DeadRetention}))
		check(c.Messaging.CreateQueue(messaging.QueueSpec{
			Name: name, VisibilityTimeout: q.Visibility, MaxReceive: q.MaxReceive, DeadLetter: dead, Retention: q.Retention,
			Function: consumer, BatchSize: q.BatchSize,
		}))
	}
	check(c.Messaging.CreateTopic(physical(contract.EventsTopic)))
	for _, s := range contract.Subscriptions() {
		check(c.Messaging.Subscribe(messaging.SubscriptionSpec{
			Topic: physical(contract.EventsTopic), Queue: physical(s.Queue), EventTypes: s.EventTypes, Raw: true,
		}))
	}
	for _, s := range contract.Schedules() {
		times, err := messaging.ParseSchedule(s.Expression())
		check(err)
		check(c.Messaging.Schedule(messaging.RuleSpec{
			Name: physical(s.Name), Times: times, Function: physical(s.Function), Idle: c.idle(s.Function),
		}))
	}
	for _, m := range contract.Machines() {
		definition, err := statemachines.Definition(m.Name, physical)
		check(err)
		if err == nil {
			check(c.Machines.Define(physical(m.Name), definition))
		}
	}
	if wrong != nil {
		return fmt.Errorf("wire the local cloud: %w", wrong)
	}
	for _, resume := range []func() error{func() error { return c.Functions.Resume(c.store) }, c.Machines.Resume, c.Messaging.Resume} {
		if err := resume(); err != nil {
			return fmt.Errorf("go on with what the store holds: %w", err)
		}
	}
	c.Bank.Resume()
	return nil
}

// idle says when a function that a schedule calls has nothing to do, nil when nobody knows: pending-sweep begins all that it does with an
// entry of the index of pending work, and debit-exchange visits the accounts of creditors that debit.
func (c *Cloud) idle(function string) func() bool {
	switch function {
	case "pending-sweep":
		return func() bool { return c.tables.Empty(physical(contract.Table), contract.IndexPending) }
	case "debit-exchange":
		debits := slices.ContainsFunc(c.accounts(), func(at collection.ProviderAccount) bool { return at.Provider == provider.Debit })
		return func() bool { return !debits }
	}
	return nil
}

// accounts are those that creditors have at providers.
func (c *Cloud) accounts() (all []collection.ProviderAccount) {
	for _, creditor := range c.Creditors {
		all = append(all, creditor.Accounts()...)
	}
	return all
}

const clockBucket = "clock"

// restoreClock puts the clock where the last run left it: time never goes back for what is stored.
func (c *Cloud) restoreClock(ctx context.Context) error {
	return store.Load(c.store, clockBucket, func(_ string, last time.Time) error {
		if last.After(c.Clock.Now()) {
			if c.processes != nil {
				return fmt.Errorf("this data stands at %s, ahead of the machine: %w", last.Format(time.RFC3339), errMachineClock)
			}
			return c.Clock.Advance(ctx, last)
		}
		return nil
	})
}

// Advance moves the clock and returns when everything that became due has run.
func (c *Cloud) Advance(ctx context.Context, to time.Time) error {
	if c.processes != nil {
		return errMachineClock
	}
	if to.After(c.Clock.Now()) { // first the time, then what happens at it: after a crash in between, it happens at the next start
		if err := c.store.Write(store.Op{Bucket: clockBucket, Key: "now", Value: to.UTC()}); err != nil {
			return fmt.Errorf("keep the clock: %w", err)
		}
	}
	return c.Clock.Advance(ctx, to)
}
