package payment_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

// shelf is a rig over the product's table, in the local cloud's engine.
type shelf struct {
	*rig
	table *dynamo.Store
	mu    sync.Mutex
	calls []string
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	clk := clock.Virtual(start)
	t.Cleanup(clk.Close)
	engine, err := dynamodb.New(clk, store.Memory())
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{}
	router := wire.NewRouter(map[string]wire.Engine{"dynamodb": engine})
	router.Observe = func(_ context.Context, call wire.Call, _ error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.calls = append(s.calls, call.Operation)
	}
	client := awsdynamodb.NewFromConfig(aws.Config{
		Region: "sa-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String("http://local.invalid"), HTTPClient: router, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	})
	s.table = dynamo.New(client, "regua", clk.Now, func([]byte) (collection.Creditor, error) { return collection.Creditor{}, nil })
	if err := dynamo.CreateTable(context.Background(), client, "regua"); err != nil {
		t.Fatal(err)
	}
	s.rig = newRigOver(t, s.table, 10000, 20000)
	s.load = func() *collection.Dossier {
		d, err := s.table.Load(context.Background(), creditorID, s.caseID)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	return s
}

// operations returns the calls of the table since it was asked last.
func (s *shelf) operations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.calls
	s.calls = nil
	return out
}

func TestOverTheTable(t *testing.T) {
	s := newShelf(t)
	ctx := context.Background()
	d := s.dossier(t)
	s.operations()
	asked, err := s.requests.Request(ctx, s.meta(), d, s.ask(1, "k1"))
	if err != nil || asked.Intent.Status != collection.IntentIssued {
		t.Fatalf("asked %+v, %v", asked, err)
	}
	// Besides the session's Query; the markers are dropped one call each, where events are published.
	if got := s.operations(); !slices.Equal(got, []string{"TransactWriteItems", "TransactWriteItems"}) {
		t.Errorf("a request costs %v", got)
	}
	again, err := s.requests.Request(ctx, s.meta(), s.dossier(t), s.ask(1, "k2"))
	if err != nil || again.Intent.ID != asked.Intent.ID {
		t.Fatalf("again %+v, %v", again, err)
	}
	s.awaits(t, asked.Intent, "token")
	p, _ := s.rail.pay(asked.Intent.ID.String(), "E1", 10000, false)
	s.operations()
	notice := s.notice(t, "evt", p)
	if err := s.webhooks.Receive(ctx, notice); err != nil {
		t.Fatal(err)
	}
	if got := s.operations(); !slices.Equal(got, []string{"PutItem"}) {
		t.Errorf("a delivery costs %v", got)
	}
	s.deliver()
	if got := s.operations(); !slices.Equal(got, []string{"GetItem", "GetItem", "Query", "TransactWriteItems"}) {
		t.Errorf("an intake costs %v", got)
	}
	s.drain(t)
	intent, err := s.table.LoadIntent(ctx, creditorID, asked.Intent.ID)
	if err != nil || intent.Status != collection.IntentConfirmed || s.done["token"].Status != "CONFIRMED" {
		t.Fatalf("intent %+v, done %v, %v", intent, s.done, err)
	}
	key := payment.NoticeKey("evt", notice.Body)
	raw, err := s.table.LoadRaw(ctx, collection.RawRef{Creditor: creditorID, Provider: "sandbox", Account: "vida", Key: key})
	if err != nil || raw.TakenInAt.IsZero() {
		t.Fatalf("raw %+v, %v", raw, err)
	}
	late := s.request(t, 2, "k3")
	s.advance(intentLife + time.Minute)
	if out, err := s.expire.Do(ctx, s.started[late.ID.String()]); err != nil || out.Status != "EXPIRED" {
		t.Fatalf("expired %+v, %v", out, err)
	}
	if i := s.dossier(t).Agreements[0].Instalments[1]; len(i.Codes) != 0 {
		t.Fatalf("the instalment still names %v", i.Codes)
	}
}

func TestConcurrentDeliveriesOverTheTable(t *testing.T) {
	s := newShelf(t)
	intent := s.request(t, 1, "k1")
	var wg sync.WaitGroup
	for n := range 50 {
		p := provider.Payment{Fact: fmt.Sprint("E", n%10), TxID: intent.ID.String(), Amount: 10000, PaidAt: start}
		nobody := provider.Payment{Fact: fmt.Sprint("O", n%5), TxID: "nobody", Amount: 7, PaidAt: start}
		notice := s.notice(t, fmt.Sprint("evt_", n%25), p, nobody)
		wg.Go(func() {
			if err := s.webhooks.Receive(context.Background(), notice); err != nil {
				t.Error(err)
			}
			for !s.deliver() {
				continue
			}
		})
	}
	wg.Wait()
	s.drain(t)
	applied := 0
	for n := range 10 {
		receipt, err := s.table.LoadReceipt(context.Background(), creditorID, "sandbox", "vida", fmt.Sprint("E", n))
		if err != nil || receipt.Applied+receipt.Excess != 10000 {
			t.Fatalf("receipt %+v, %v", receipt, err)
		}
		if receipt.Applied == 10000 {
			applied++
		}
	}
	for n := range 5 {
		receipt, err := s.table.LoadReceipt(context.Background(), creditorID, "sandbox", "vida", fmt.Sprint("O", n))
		if err != nil || receipt.Status != collection.ReceiptOrphan {
			t.Fatalf("receipt %+v, %v", receipt, err)
		}
	}
	posted := 0
	err := s.table.Ledger(context.Background(), creditorID, s.caseID, func(e collection.Entry) error {
		if e.Cause == "payment" {
			posted++
		}
		return nil
	})
	d := s.dossier(t)
	if err != nil || applied != 1 || posted != 10 || s.orphans != 5 || d.Case.Balances[collection.AccountCash] != 100000 ||
		d.Agreements[0].Excess != 90000 || d.Agreements[0].Status != collection.AgreementActive {
		t.Fatalf("%d applied, %d posted, %d orphans, %+v, %v", applied, posted, s.orphans, d.Agreements[0], err)
	}
	for shard := range 4 {
		if left, err := s.table.PendingRaw(context.Background(), shard, start.Add(time.Hour), 10); err != nil || len(left) != 0 {
			t.Fatalf("pending %v, %v", left, err)
		}
	}
}
