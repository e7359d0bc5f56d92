package debit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/dynamodb"
	s3engine "github.com/regua/regua/infra/local/s3"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/debit"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/s3"
	"github.com/regua/regua/shared/vault"
)

const bucketName = "exchange"

// start is a Monday.
var start = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

var errCrash = errors.New("the process died")

// safe seals by writing the attribute before the text: enough to see what opens what.
type safe struct{}

func (safe) Seal(_ context.Context, _ vault.Key, attribute string, plain []byte) ([]byte, error) {
	return append([]byte(attribute+"|"), plain...), nil
}

func (safe) Open(_ context.Context, _ vault.Key, attribute string, sealed []byte) ([]byte, error) {
	plain, ok := strings.CutPrefix(string(sealed), attribute+"|")
	if !ok {
		return nil, errors.New("sealed under another name")
	}
	return []byte(plain), nil
}

// rig is the exchange over the local cloud's engines of table and object storage.
type rig struct {
	account  provider.Account
	rail     *debit.Rail
	exchange *debit.Exchange
	table    *dynamo.Store
	bucket   *s3.Bucket
	now      time.Time

	mu      sync.Mutex
	left    int // calls of the cloud until the process dies; below 0 for never
	events  []provider.Event
	keys    map[string]bool
	metrics []string
	refuse  error // what Keep answers
}

func newRig(t testing.TB) *rig {
	t.Helper()
	clk := clock.Virtual(start)
	t.Cleanup(clk.Close)
	state := store.Memory()
	tables, err := dynamodb.New(clk, state)
	must(t, err)
	objects, err := s3engine.New(clk, state, []string{bucketName})
	must(t, err)
	x := &rig{now: start, left: -1, keys: map[string]bool{}}
	router := wire.NewRouter(map[string]wire.Engine{"dynamodb": tables, "s3": objects})
	config := aws.Config{
		Region: "sa-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String("http://127.0.0.1"), HTTPClient: router, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	}
	client := awsdynamodb.NewFromConfig(config)
	must(t, dynamo.CreateTable(t.Context(), client, "regua"))
	router.Intercept = x.dies
	x.table = dynamo.New(client, "regua", clk.Now, func([]byte) (collection.Creditor, error) { return collection.Creditor{}, nil })
	x.bucket = s3.New(awss3.NewFromConfig(config), bucketName)
	x.account = provider.Account{
		Provider: provider.Debit, Name: "vida", Creditor: "vida-plena", WrappedKey: []byte{1},
		Debit: &provider.DebitAccess{Agreement: "CONV0001", Company: "VIDA PLENA", Bank: "001", BankName: "BANCO DO BRASIL"},
	}
	x.restart()
	return x
}

// restart makes new processes, which remember nothing.
func (x *rig) restart() {
	x.rail = debit.NewRail(x.table, safe{}, func() time.Time { return x.now })
	x.exchange = &debit.Exchange{
		Orders: x.table, Desk: x.table, Archive: x.table, Files: x.bucket, Notices: x, Accounts: x, Vault: safe{},
		Count: func(_ context.Context, metric string) { x.metrics = append(x.metrics, metric) },
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// dies ends every call from the one on that was set, before it is done.
func (x *rig) dies(_ context.Context, _ wire.Call, next func() (any, error)) (any, error) {
	x.mu.Lock()
	dead := x.left == 0
	if x.left > 0 {
		x.left--
	}
	x.mu.Unlock()
	if dead {
		return nil, &wire.Error{Code: "InternalError", Message: errCrash.Error(), Status: 500}
	}
	return next()
}

func (x *rig) Account(_ context.Context, name, account string) (provider.Account, error) {
	if name != provider.Debit || account != x.account.Name {
		return provider.Account{}, collection.ErrNotFound
	}
	return x.account, nil
}

// Keep takes a notice as the intake does: once by its key.
func (x *rig) Keep(_ context.Context, _, _ string, body []byte) error {
	x.mu.Lock()
	dead := x.left == 0
	x.mu.Unlock()
	if dead {
		return collection.ErrUnavailable
	}
	if x.refuse != nil {
		return x.refuse
	}
	event, err := x.rail.Parse(body)
	if err != nil {
		return err
	}
	if !x.keys[event.Key] {
		x.keys[event.Key] = true
		x.events = append(x.events, event)
	}
	return nil
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func day(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	must(t, err)
	return d
}

// txID is the n-th intent.
func txID(n int) string { return fmt.Sprintf("01JD9ZC0D1E2F3G4H5J6K7%04d", n) }

func (x *rig) charge(n int, due calendar.Date) provider.Charge {
	return provider.Charge{
		TxID: txID(n), Method: collection.MethodDebit, Amount: money.Centavos(10000 + n), DueDate: due,
		Debit: &provider.DebitOrder{Mandate: fmt.Sprintf("MANDATE%018d", n), Bank: "001", Branch: "1234", Account: "00000000012345"},
	}
}

func (x *rig) issue(t testing.TB, n int, due calendar.Date) {
	t.Helper()
	_, err := x.rail.Issue(t.Context(), x.account, x.charge(n, due))
	must(t, err)
}

func (x *rig) run(t testing.TB) {
	t.Helper()
	must(t, x.exchange.Run(t.Context(), x.now))
}

// sent are the lines of the file of a number, "TXID movement due".
func (x *rig) sent(t testing.TB, number int) []string {
	t.Helper()
	text, err := x.bucket.Get(t.Context(), fmt.Sprintf("vida/out/%06d.txt", number))
	if errors.Is(err, collection.ErrNotFound) {
		return nil
	}
	must(t, err)
	f, err := febraban.Parse(text)
	must(t, err)
	var out []string
	for _, d := range f.Debits {
		out = append(out, fmt.Sprintf("%s %c %s", d.Reference[22:], d.Movement, d.Due))
	}
	return out
}

func (x *rig) wantSent(t testing.TB, number int, want ...string) {
	t.Helper()
	if got := x.sent(t, number); !slices.Equal(got, want) {
		t.Errorf("file %d asks for %v, want %v", number, got, want)
	}
}

// answer is a bank's file with one result per code, for the charges 1, 2, 3 and so on.
func (x *rig) answer(t testing.TB, number int, codes ...string) []byte {
	t.Helper()
	f := febraban.File{Header: febraban.Header{
		Direction: febraban.Retorno, Agreement: "CONV0001", Company: "VIDA PLENA", Bank: "001", BankName: "BANCO DO BRASIL",
		Date: day(t, "2026-11-30"), Number: number, Version: febraban.Version,
	}}
	for i, code := range codes {
		c := x.charge(i+1, calendar.Date{})
		f.Results = append(f.Results, febraban.Result{Code: code, Debit: febraban.Debit{
			Customer: c.Debit.Mandate, Branch: "1234", Account: "00000000012345", Due: day(t, "2026-11-27"), Amount: c.Amount,
			Reference: c.TxID, Movement: febraban.MovementDebit,
		}})
	}
	text, err := f.Encode()
	must(t, err)
	return text
}

func (x *rig) arrive(t testing.TB, name string, text []byte) {
	t.Helper()
	must(t, x.bucket.PutNew(t.Context(), "vida/in/"+name, text))
}

func (x *rig) wantState(t testing.TB, n int, want provider.ChargeStatus, payments int) {
	t.Helper()
	state, err := x.rail.Fetch(t.Context(), x.account, txID(n))
	must(t, err)
	if state.Status != want || len(state.Payments) != payments {
		t.Errorf("order %d is %s with %d payments, want %s with %d", n, state.Status, len(state.Payments), want, payments)
	}
}
