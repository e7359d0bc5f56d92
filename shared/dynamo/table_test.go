package dynamo_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/oklog/ulid/v2"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/money"
)

const (
	creditor  = collection.CreditorID("vivamais")
	tableName = "regua"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// table is a store over the local cloud's engine, with the unmodified SDK client between them.
type table struct {
	*dynamo.Store
	client *sdk.Client
	clock  *clock.Clock

	mu     sync.Mutex // guards calls and intercept
	calls  []wire.Call
	before func(call wire.Call, next func() (any, error)) (any, error)
}

// parseCreditor stands in for the reader of creditor files: an object with an id.
func parseCreditor(doc []byte) (collection.Creditor, error) {
	var file struct{ ID string }
	if err := json.Unmarshal(doc, &file); err != nil {
		return collection.Creditor{}, errors.New("not a creditor file")
	}
	id, err := collection.ParseCreditorID(file.ID)
	return collection.Creditor{ID: id, Name: string(doc)}, err
}

func newTable(t testing.TB) *table {
	t.Helper()
	return newTableOver(t, func(e wire.Engine) wire.Engine { return e })
}

// newTableOver puts something between the client and the engine.
func newTableOver(t testing.TB, over func(wire.Engine) wire.Engine) *table {
	t.Helper()
	clk := clock.Virtual(noon)
	t.Cleanup(clk.Close)
	engine, err := dynamodb.New(clk, store.Memory())
	must(t, err)
	x := &table{clock: clk}
	router := wire.NewRouter(map[string]wire.Engine{"dynamodb": over(engine)})
	router.Intercept = func(_ context.Context, call wire.Call, next func() (any, error)) (any, error) {
		x.mu.Lock()
		x.calls = append(x.calls, call)
		before := x.before
		x.mu.Unlock()
		if before != nil {
			return before(call, next)
		}
		return next()
	}
	x.client = clientOf(router)
	x.Store = dynamo.New(x.client, tableName, clk.Now, parseCreditor)
	must(t, dynamo.CreateTable(t.Context(), x.client, tableName))
	return x
}

// clientOf gives the unmodified SDK client. Its retries wait for nothing.
func clientOf(router *wire.Router) *sdk.Client {
	return sdk.NewFromConfig(aws.Config{
		Region: "sa-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String("http://local"), HTTPClient: router, Retryer: func() aws.Retryer { return eager{aws.NopRetryer{}} },
	})
}

// eager tries once more, at once, when the service had a fault.
type eager struct{ aws.NopRetryer }

func (eager) MaxAttempts() int { return 2 }
func (eager) IsErrorRetryable(err error) bool {
	var status interface{ HTTPStatusCode() int }
	return errors.As(err, &status) && status.HTTPStatusCode() >= 500
}
func (eager) RetryDelay(int, error) (time.Duration, error) { return 0, nil }
func (eager) GetRetryToken(context.Context, error) (func(error) error, error) {
	return func(error) error { return nil }, nil
}

// intercept answers calls in the engine's place from now on; nil ends it.
func (x *table) intercept(f func(call wire.Call, next func() (any, error)) (any, error)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.before = f
}

// operations returns the names of the calls since the last time it was asked.
func (x *table) operations() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var names []string
	for _, c := range x.calls {
		names = append(names, c.Operation)
	}
	x.calls = nil
	return names
}

// fataler is a test or a check of rapid's.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// id makes the n-th id of a noun.
func id[N any](n uint64) collection.ID[N] {
	var u ulid.ULID
	binary.BigEndian.PutUint64(u[8:], n)
	parsed, err := collection.ParseID[N](u.String())
	if err != nil {
		panic(err)
	}
	return parsed
}

func day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func meta(at time.Time) collection.Meta {
	return collection.Meta{At: at, By: collection.System("test", creditor)}
}

// opened is a new case with n debts of R$ 100,00, sealed bytes and all, not committed.
func opened(t testing.TB, caseNumber uint64, n int) *collection.Dossier {
	t.Helper()
	d := collection.NewDossier(id[collection.CaseNoun](caseNumber), creditor)
	d.Case.WrappedKey, d.Case.Sealed = []byte("wrapped"), []byte("participant")
	var debts []collection.PlacedDebt
	for i := range n {
		debts = append(debts, collection.PlacedDebt{
			ID: id[collection.DebtNoun](caseNumber*1000 + uint64(i)), Product: "plano", DueDate: day("2025-12-01"), Principal: 10000,
		})
	}
	must(t, d.Place(meta(noon), &collection.CaseOpened{Standing: collection.StandingFormer, UF: "SP", PersonKey: "p", HasEmail: true}, debts))
	for i := range d.Debts {
		d.Debts[i].Sealed = []byte{byte(i)}
	}
	return d
}

// offered is a proposal over all debts of a case in n instalments.
func offered(d *collection.Dossier, n int) collection.ProposalCreated {
	p := collection.ProposalCreated{
		Proposal: id[collection.ProposalNoun](2), OfferHash: "offer", ContractNumber: "2026-1", TextHash: "text", ExpiresAt: noon.Add(time.Hour),
		Terms: collection.Terms{Kind: collection.OfferInstalments, QuotedAt: noon, PolicyVersion: "v1", MonthlyRate: "0.01", CETAnnual: "12.68"},
	}
	for _, debt := range d.Debts {
		p.Terms.Debts = append(p.Terms.Debts, debt.ID)
		p.Terms.Principal += debt.Principal
	}
	p.Terms.Total = p.Terms.Principal
	for i := range n {
		amount := p.Terms.Total / money.Centavos(n)
		if i == 0 {
			amount += p.Terms.Total % money.Centavos(n)
		}
		p.Terms.Schedule = append(p.Terms.Schedule, collection.ScheduledPayment{
			Number: i + 1, DueDate: day("2026-03-10").AddMonths(i, 10), Amount: amount,
		})
	}
	return p
}

// committed is a case in the table with n debts.
func committed(t testing.TB, x *table, caseNumber uint64, n int) *collection.Dossier {
	t.Helper()
	d := opened(t, caseNumber, n)
	must(t, x.Commit(t.Context(), d))
	return d
}

// signed is a case in the table whose debts are in an agreement of n instalments.
func signed(t testing.TB, x *table, debts, n int) *collection.Dossier {
	t.Helper()
	d := committed(t, x, 1, debts)
	must(t, d.Accept(meta(noon), offered(d, n)))
	must(t, d.Sign(meta(noon), id[collection.ProposalNoun](2), "text", id[collection.AgreementNoun](3), "e", collection.AftercareService))
	must(t, x.Commit(t.Context(), d))
	return d
}

// requested is a signed case with a live intent for the first instalment.
func requested(t testing.TB, x *table, debts, n int) (*collection.Dossier, collection.IntentID) {
	t.Helper()
	d := signed(t, x, debts, n)
	intent, err := d.RequestPayment(meta(noon), collection.PaymentRequested{
		Intent: id[collection.IntentNoun](4), Agreement: id[collection.AgreementNoun](3), Instalment: 1, Method: collection.MethodPix,
		ExpiresAt: noon.Add(time.Hour), Provider: "sandbox", Account: "acc",
	})
	must(t, err)
	must(t, x.Commit(t.Context(), d))
	return d, intent.ID
}

// reload reads a case with its intents and contacts, by the ids that its events name.
func (x *table) reload(t fataler, caseID collection.CaseID) *collection.Dossier {
	t.Helper()
	d, err := x.Load(context.Background(), creditor, caseID)
	must(t, err)
	must(t, x.Events(context.Background(), creditor, caseID, func(e dynamo.StoredEvent) error {
		r, err := e.Decode()
		if err != nil {
			return err
		}
		switch event := r.Event.(type) {
		case collection.PaymentRequested:
			intent, err := x.LoadIntent(context.Background(), creditor, event.Intent)
			d.Intents = append(d.Intents, intent)
			return err
		case collection.ContactPlan:
			contact, err := x.LoadContact(context.Background(), creditor, caseID, event.Contact)
			d.Contacts = append(d.Contacts, contact)
			return err
		}
		return nil
	}))
	return d
}

// newWriter is another process's store over the same table.
func newWriter(x *table) *dynamo.Store {
	return dynamo.New(x.client, tableName, x.clock.Now, parseCreditor)
}
