package bank_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/sandbox"
)

const (
	txID   = "01JD9ZC0D1E2F3G4H5J6K7M8N9"
	secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	older  = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
)

var start = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// inbox is a receiver of notices that answers as told.
type inbox struct {
	mu       sync.Mutex
	adapter  *sandbox.Bank
	clk      *clock.Clock
	statuses []int // answered in turn, then 200
	events   []provider.Event
	at       []time.Time
	bad      []error
}

func (i *inbox) deliver(_ context.Context, account string, header http.Header, body []byte) (int, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.clk.Now()
	i.at = append(i.at, now)
	known := provider.Account{SigningSecrets: []string{secret}}
	if err := i.adapter.Verify(known, provider.Delivery{Header: header.Get, Body: body}, now); err != nil || account != "vida-plena" {
		i.bad = append(i.bad, errors.Join(err, errors.New("account "+account)))
	}
	event, err := i.adapter.Parse(body)
	if err != nil {
		i.bad = append(i.bad, err)
	}
	if len(i.statuses) > 0 {
		status := i.statuses[0]
		i.statuses = i.statuses[1:]
		if status != http.StatusOK {
			return status, nil
		}
	}
	i.events = append(i.events, event)
	return http.StatusOK, nil
}

type rig struct {
	clk     *clock.Clock
	bank    *bank.Bank
	adapter *sandbox.Bank
	inbox   *inbox
	account provider.Account
}

func open(t *testing.T, clk *clock.Clock, st *store.Store) rig {
	t.Helper()
	in := &inbox{clk: clk}
	b, err := bank.New(clk, st, in.deliver,
		bank.Account{Name: "vida-plena", APIToken: "t1", SigningSecrets: []string{older, secret}},
		bank.Account{Name: "other", APIToken: "t2", SigningSecrets: []string{older}})
	if err != nil {
		t.Fatal(err)
	}
	b.Resume()
	server := httptest.NewServer(http.StripPrefix("/bank", b))
	t.Cleanup(server.Close)
	in.adapter = sandbox.New(server.URL+"/bank/", http.DefaultTransport)
	return rig{clk, b, in.adapter, in, provider.Account{Provider: "sandbox", Name: "vida-plena", APIToken: "t1"}}
}

func newRig(t *testing.T) rig {
	t.Helper()
	clk := clock.Virtual(start)
	t.Cleanup(clk.Close)
	return open(t, clk, store.Memory())
}

func charge() provider.Charge {
	return provider.Charge{
		TxID: txID, Amount: 25843, ExpiresAt: start.Add(time.Hour), MerchantName: "Vida Plena Saúde", MerchantCity: "São Paulo",
	}
}

func (r rig) issue(t *testing.T) string {
	t.Helper()
	code, err := r.adapter.Issue(context.Background(), r.account, charge())
	if err != nil {
		t.Fatal(err)
	}
	return code.BRCode
}

func (r rig) pay(t *testing.T, p bank.Payment) bank.Paid {
	t.Helper()
	p.TxID = txID
	paid, err := r.bank.Pay(context.Background(), p)
	if err != nil || len(paid) != 1 {
		t.Fatalf("paid %v, %v", paid, err)
	}
	if err := r.clk.Settle(context.Background()); err != nil {
		t.Fatal(err)
	}
	return paid[0]
}

func (r rig) advance(t *testing.T, d time.Duration) {
	t.Helper()
	if err := r.clk.Advance(context.Background(), r.clk.Now().Add(d)); err != nil {
		t.Fatal(err)
	}
}

func TestIssueIsIdempotent(t *testing.T) {
	r := newRig(t)
	first := r.issue(t)
	if again := r.issue(t); again != first || !strings.HasPrefix(first, "000201") {
		t.Fatalf("got %q, then %q", first, again)
	}
	other := charge()
	other.Amount++
	if _, err := r.adapter.Issue(context.Background(), r.account, other); !errors.Is(err, collection.ErrRefused) {
		t.Fatalf("another amount under the same txid: %v", err)
	}
	stranger := r.account
	stranger.APIToken = "t2"
	if _, err := r.adapter.Fetch(context.Background(), stranger, txID); !errors.Is(err, collection.ErrNotFound) {
		t.Fatalf("another account's charge: %v", err)
	}
	stranger.APIToken = "wrong"
	if _, err := r.adapter.Fetch(context.Background(), stranger, txID); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("a wrong token: %v", err)
	}
	late := charge()
	late.TxID, late.ExpiresAt = "01JD9ZC0D1E2F3G4H5J6K7M8NA", start
	if _, err := r.adapter.Issue(context.Background(), r.account, late); !errors.Is(err, collection.ErrRefused) {
		t.Fatalf("an expired charge: %v", err)
	}
}

func TestPayReportsAndRemembers(t *testing.T) {
	r := newRig(t)
	r.issue(t)
	paid := r.pay(t, bank.Payment{})
	if len(paid.EndToEndID) != 32 || !strings.HasPrefix(paid.EndToEndID, "E99999999202611231400") || paid.AmountCentavos != 25843 {
		t.Fatalf("paid %+v", paid)
	}
	if len(r.inbox.events) != 1 || len(r.inbox.bad) != 0 || r.inbox.events[0].Payments[0].Fact != paid.EndToEndID {
		t.Fatalf("notices %+v, bad %v", r.inbox.events, r.inbox.bad)
	}
	state, err := r.adapter.Fetch(context.Background(), r.account, txID)
	if err != nil || state.Status != provider.ChargePaid || len(state.Payments) != 1 || state.Payments[0].Fact != paid.EndToEndID {
		t.Fatalf("state %+v, %v", state, err)
	}
	state, err = r.adapter.Cancel(context.Background(), r.account, txID)
	if err != nil || state.Status != provider.ChargePaid || len(state.Payments) != 1 {
		t.Fatalf("a paid charge was cancelled: %+v, %v", state, err)
	}
	if _, err := r.bank.Pay(context.Background(), bank.Payment{TxID: txID}); !errors.Is(err, bank.ErrNotPayable) {
		t.Fatalf("paid twice without force: %v", err)
	}
	second := r.pay(t, bank.Payment{Force: true, AmountCentavos: 5})
	if second.EndToEndID == paid.EndToEndID || second.AmountCentavos != 5 {
		t.Fatalf("second payment %+v", second)
	}
}

func TestLateMoneyNeedsForce(t *testing.T) {
	for name, end := range map[string]func(*testing.T, rig){
		"expired": func(t *testing.T, r rig) { t.Helper(); r.advance(t, time.Hour) },
		"cancelled": func(t *testing.T, r rig) {
			t.Helper()
			if _, err := r.adapter.Cancel(context.Background(), r.account, txID); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.issue(t)
			end(t, r)
			if _, err := r.bank.Pay(context.Background(), bank.Payment{TxID: txID}); !errors.Is(err, bank.ErrNotPayable) {
				t.Fatalf("got %v", err)
			}
			r.pay(t, bank.Payment{Force: true})
			if len(r.inbox.events) != 1 {
				t.Fatalf("notices %+v", r.inbox.events)
			}
		})
	}
}

func TestCopiesComeShuffledUnderOldAndNewIDs(t *testing.T) {
	order := func(shuffle bool) []string {
		r := newRig(t)
		r.issue(t)
		r.pay(t, bank.Payment{Copies: 20, Shuffle: shuffle, Delay: time.Minute})
		if len(r.inbox.events) != 0 {
			t.Fatal("delivered before its delay")
		}
		r.advance(t, time.Minute)
		var ids []string
		for _, e := range r.inbox.events {
			if e.Payments[0].Fact != r.inbox.events[0].Payments[0].Fact {
				t.Fatal("one payment under two names")
			}
			ids = append(ids, e.Key)
		}
		return ids
	}
	plain, shuffled, again := order(false), order(true), order(true)
	different := slices.Compact(slices.Sorted(slices.Values(plain)))
	if len(plain) != 20 || len(different) != 11 || plain[0] != plain[2] || plain[1] == plain[0] {
		t.Fatalf("%d notices under %d ids: %v", len(plain), len(different), plain)
	}
	if slices.Equal(plain, shuffled) || !slices.Equal(shuffled, again) {
		t.Fatalf("not shuffled, or not the same each time:\n%v\n%v\n%v", plain, shuffled, again)
	}
	if !slices.Equal(slices.Sorted(slices.Values(plain)), slices.Sorted(slices.Values(shuffled))) {
		t.Fatal("the shuffle lost or made notices")
	}
}

func TestRetriesThenGivesUp(t *testing.T) {
	r := newRig(t)
	r.issue(t)
	r.inbox.statuses = []int{500, 202, 401, 503, 500, 500, 500}
	r.pay(t, bank.Payment{})
	r.advance(t, 24*time.Hour)
	var gaps []time.Duration
	for i := 1; i < len(r.inbox.at); i++ {
		gaps = append(gaps, r.inbox.at[i].Sub(r.inbox.at[i-1]))
	}
	want := []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour}
	if !slices.Equal(gaps, want) || len(r.inbox.bad) != 0 {
		t.Fatalf("gaps %v, bad %v", gaps, r.inbox.bad)
	}
	if all, err := r.bank.Charges(); err != nil || all[0].Undelivered != 0 || all[0].Status != "PAID" {
		t.Fatalf("charges %+v, %v", all, err)
	}
}

func TestPayRefusesTheImpossible(t *testing.T) {
	r := newRig(t)
	r.issue(t)
	for _, p := range []bank.Payment{
		{TxID: "nobody"}, {TxID: txID, AmountCentavos: -1}, {TxID: txID, AmountCentavos: 1 << 60}, {TxID: txID, Copies: 21},
		{TxID: txID, Copies: -1}, {TxID: txID, Delay: -time.Second}, {TxID: txID, Delay: 31 * 24 * time.Hour},
	} {
		if _, err := r.bank.Pay(context.Background(), p); !errors.Is(err, bank.ErrPayment) {
			t.Errorf("%+v: got %v", p, err)
		}
	}
	if all, err := r.bank.Charges(); err != nil || len(all) != 1 || len(all[0].Payments) != 0 {
		t.Errorf("charges %+v, %v", all, err)
	}
}

func TestRefundsOnce(t *testing.T) {
	r := newRig(t)
	r.issue(t)
	paid := r.pay(t, bank.Payment{})
	order := provider.RefundOrder{ID: "R1", Fact: paid.EndToEndID, Amount: 20000}
	first, err := r.adapter.Refund(context.Background(), r.account, txID, order)
	if err != nil || len(first.Fact) != 32 || first.Fact[0] != 'D' {
		t.Fatalf("got %+v, %v", first, err)
	}
	if again, err := r.adapter.Refund(context.Background(), r.account, txID, order); err != nil || again != first {
		t.Fatalf("again %+v, %v", again, err)
	}
	order.ID = "R2"
	if _, err := r.adapter.Refund(context.Background(), r.account, txID, order); !errors.Is(err, collection.ErrRefused) {
		t.Fatalf("more than is left: %v", err)
	}
	order.ID, order.Amount = "R1", 1
	if _, err := r.adapter.Refund(context.Background(), r.account, txID, order); !errors.Is(err, collection.ErrRefused) {
		t.Fatalf("one id, two refunds: %v", err)
	}
	order.ID, order.Fact = "R3", "E0"
	if _, err := r.adapter.Refund(context.Background(), r.account, txID, order); !errors.Is(err, collection.ErrNotFound) {
		t.Fatalf("an unknown payment: %v", err)
	}
}

func TestOutage(t *testing.T) {
	r := newRig(t)
	r.bank.Outage(true)
	if _, err := r.adapter.Issue(context.Background(), r.account, charge()); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	r.bank.Outage(false)
	r.issue(t)
}

func TestAllIsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.Virtual(start)
	r := open(t, clk, st)
	code := r.issue(t)
	r.inbox.statuses = []int{500}
	paid := r.pay(t, bank.Payment{Copies: 2})
	clk.Close()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err = store.Open(dir); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	clk = clock.Virtual(start.Add(time.Second))
	defer clk.Close()
	r = open(t, clk, st)
	if again := r.issue(t); again != code {
		t.Fatalf("another code after the restart: %s", again)
	}
	r.advance(t, time.Hour)
	// The copy that was delivered before is not sent again.
	if len(r.inbox.events) != 1 || r.inbox.events[0].Payments[0].Fact != paid.EndToEndID {
		t.Fatalf("notices %+v", r.inbox.events)
	}
	if other := r.pay(t, bank.Payment{Force: true}); other.EndToEndID == paid.EndToEndID {
		t.Fatal("a name was given twice")
	}
}
