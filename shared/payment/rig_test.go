package payment_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/sandbox"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/vault"
	"github.com/regua/regua/shared/websign"
)

const (
	signing    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	creditorID = collection.CreditorID("vida-plena")
	intentLife = 2 * time.Hour
)

// tb is what a test and a property have in common.
type tb interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

var start = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// rig is the payment functions over memory, with the provider, the queues and the state machine played by the test.
type rig struct {
	mu     sync.Mutex // guards now, queues and executions
	now    time.Time
	timer  func() time.Time           // in place of now, when set
	sent   func()                     // called after each message, when set
	load   func() *collection.Dossier // in place of the memory's case, when set
	store  *memory
	rail   *rail
	intake []payment.IntakeMessage
	wakes  []payment.WakeMessage
	// started holds the executions by name; done those whose waiting task was answered, by token.
	started map[string]payment.Ref
	done    map[string]payment.Outcome
	orphans int
	parked  int

	requests *payment.Requests
	webhooks *payment.Webhooks
	taker    *payment.Intake
	issue    *payment.Issue
	wait     *payment.Wait
	expire   *payment.Expire
	wake     *payment.Wake
	requeue  *payment.Requeue
	refunds  *payment.Refunds

	agreement collection.AgreementID
	caseID    collection.CaseID
}

func (r *rig) clock() time.Time {
	if r.timer != nil {
		return r.timer()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) advance(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// die asks the store's fault hook, as all ports share it.
func (r *rig) die(call string) error { return r.store.fault(call) }

// backend is a store, as far as payments need one.
type backend interface {
	payment.Cases
	payment.Intents
	payment.Waiters
	idempotency.Answers
	payment.RawStore
	payment.Raws
	payment.Orphans
	payment.Receipts
	payment.Mandates
	payment.Pending
}

func newRig(t tb, amounts ...money.Centavos) *rig { return newRigOver(t, nil, amounts...) }

// newRigOver makes a rig over another store than memory, unless it is nil. The creditor stays in memory.
func newRigOver(t tb, store backend, amounts ...money.Centavos) *rig {
	t.Helper()
	r := &rig{now: start, started: map[string]payment.Ref{}, done: map[string]payment.Outcome{}}
	r.store = newMemory(r.clock)
	if store == nil {
		store = r.store
	}
	r.rail = &rail{Bank: sandbox.New("http://bank.invalid", nil), rig: r, charges: map[string]*charge{}}
	r.store.creditor = collection.Creditor{
		ID: creditorID, Policy: collection.OfferPolicy{IntentLife: intentLife},
		Payments:     []collection.PaymentRoute{{Method: collection.MethodPix, Provider: "sandbox", Account: "vida"}},
		MerchantName: "VIDA PLENA", MerchantCity: "SAO PAULO",
	}
	safe := vault.New(keys{}, rand.Reader, r.clock)
	account, err := safe.NewKey(context.Background(), creditorID, vault.AccountScope("sandbox", "vida"))
	if err != nil {
		t.Fatal(err)
	}
	accounts := accounts{provider.Account{
		Provider: "sandbox", Name: "vida", Creditor: creditorID, SigningSecrets: []string{signing}, APIToken: "t", WrappedKey: account.Wrapped,
	}}
	rails := payment.Rails{"sandbox": r.rail}
	issuing := &payment.Issuing{
		Cases: store, Intents: store, Creditors: r.store, Accounts: accounts, Rails: rails, People: safe, Mandates: store,
	}
	wakes := sender[payment.WakeMessage]{r, "wake queue", &r.wakes}
	intake := sender[payment.IntakeMessage]{r, "intake queue", &r.intake}
	posting := &payment.Posting{
		Cases: store, Intents: store, Creditors: r.store, Receipts: store, Orphans: store, Wakes: wakes,
		Count: func(_ context.Context, metric string) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if metric == payment.MetricOrphans {
				r.orphans++
			}
		},
	}
	closing := &payment.Closing{Posting: posting, Accounts: accounts, Rails: rails}
	r.requests = &payment.Requests{
		Issuing: issuing, Once: idempotency.Keeper{Answers: store, Vault: safe}, Starter: r, Machine: "machine", Wakes: wakes,
		Chance: rand.Reader, Log: slog.New(slog.DiscardHandler),
	}
	r.webhooks = &payment.Webhooks{Accounts: accounts, Rails: rails, Vault: safe, Raws: store, Queue: intake, Now: r.clock}
	r.taker = &payment.Intake{Posting: posting, Raws: store, Rails: rails, Accounts: accounts, Vault: safe, Now: r.clock}
	r.refunds = &payment.Refunds{Posting: posting, Accounts: accounts, Rails: rails, Now: r.clock, Log: slog.New(slog.DiscardHandler)}
	r.issue = &payment.Issue{Issuing: issuing, Closing: closing, Now: r.clock}
	r.wait = &payment.Wait{Waiters: store, Cases: store, Wakes: wakes}
	r.expire = &payment.Expire{Closing: closing, Now: r.clock}
	r.wake = &payment.Wake{Intents: store, Cases: store, Answerer: r}
	r.requeue = &payment.Requeue{
		Pending: store, Queue: intake, Shards: 4, Log: slog.New(slog.DiscardHandler), Count: func(context.Context, string) { r.parked++ },
	}
	r.sign(t, safe, amounts)
	return r
}

// sign makes a case with one signed agreement of these instalments.
func (r *rig) sign(t tb, safe *vault.Vault, amounts []money.Centavos) {
	t.Helper()
	caseID, err1 := collection.Mint[collection.CaseNoun](start, rand.Reader)
	debt, err2 := collection.Mint[collection.DebtNoun](start, rand.Reader)
	proposal, err3 := collection.Mint[collection.ProposalNoun](start, rand.Reader)
	agreement, err4 := collection.Mint[collection.AgreementNoun](start, rand.Reader)
	key, err5 := safe.NewKey(context.Background(), creditorID, "case/"+caseID.String())
	total, err6 := money.Sum(amounts...)
	d := collection.NewDossier(caseID, creditorID)
	meta := collection.Meta{At: start, By: collection.System("import", creditorID)}
	fine := total / 10
	terms := collection.Terms{
		Kind: collection.OfferInstalments, Debts: []collection.DebtID{debt}, Principal: total - fine + 500, Fine: fine,
		Off: collection.Components{Principal: 500}, Discount: 500, Total: total,
	}
	due, err7 := calendar.New(2026, 12, 1)
	for n, amount := range amounts {
		terms.Schedule = append(terms.Schedule, collection.ScheduledPayment{Number: n + 1, DueDate: due.AddMonths(n, 1), Amount: amount})
	}
	opened := &collection.CaseOpened{Standing: collection.StandingFormer}
	placed := []collection.PlacedDebt{{ID: debt, DueDate: due, Principal: total - fine + 500}}
	created := collection.ProposalCreated{Proposal: proposal, OfferHash: "o", TextHash: "h", Terms: terms, ExpiresAt: start.Add(time.Hour)}
	for _, err := range []error{
		err1, err2, err3, err4, err5, err6, err7,
		d.Place(meta, opened, placed), d.Accept(meta, created),
		d.Sign(meta, proposal, "h", agreement, "e", collection.AftercareReactivation),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d.Case.WrappedKey = key.Wrapped
	if err := r.requests.Issuing.Cases.Commit(context.Background(), d); err != nil {
		t.Fatal(err)
	}
	r.agreement, r.caseID = agreement, caseID
}

func (r *rig) dossier(t tb) *collection.Dossier {
	t.Helper()
	if r.load != nil {
		return r.load()
	}
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	return clone(r.store.cases[r.caseID])
}

func (r *rig) meta() collection.Meta {
	by := collection.Principal{Kind: collection.KindParticipant, ID: "s", Creditor: creditorID, Case: r.caseID}
	return collection.Meta{At: r.clock(), By: by}
}

func (r *rig) ask(instalment int, key string) payment.Ask {
	return payment.Ask{Agreement: r.agreement, Instalment: instalment, Method: collection.MethodPix, Once: idempotency.Request{
		Route: "POST /v1/me/payment-intents", KeyHash: key, BodyHash: strconv.Itoa(instalment),
	}}
}

// request asks for an instalment's money and returns the intent.
func (r *rig) request(t tb, instalment int, key string) collection.Intent {
	t.Helper()
	asked, err := r.requests.Request(context.Background(), r.meta(), r.dossier(t), r.ask(instalment, key))
	if err != nil {
		t.Fatal(err)
	}
	return asked.Intent
}

func (r *rig) intent(id collection.IntentID) collection.Intent {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	return r.store.intents[id]
}

// notice is a signed delivery of payments under an event id.
func (r *rig) notice(t tb, id string, payments ...provider.Payment) payment.Notice {
	t.Helper()
	type row struct {
		EndToEndID string    `json:"endToEndId"`
		TxID       string    `json:"txid"`
		Amount     int64     `json:"amountCentavos"`
		PaidAt     time.Time `json:"paidAt"`
	}
	body := struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Data []row  `json:"data"`
	}{ID: id, Type: "payment.received"}
	for _, p := range payments {
		body.Data = append(body.Data, row{p.Fact, p.TxID, int64(p.Amount), p.PaidAt})
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return r.signed(t, id, text)
}

func (r *rig) signed(t tb, id string, text []byte) payment.Notice {
	t.Helper()
	at := r.clock()
	signature, err := websign.Sign(signing, id, at, text)
	if err != nil {
		t.Fatal(err)
	}
	header := http.Header{}
	header.Set(websign.HeaderID, id)
	header.Set(websign.HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	header.Set(websign.HeaderSignature, signature)
	return payment.Notice{Provider: "sandbox", Account: "vida", Delivery: provider.Delivery{Header: header.Get, Body: text}}
}

// drain delivers all queued messages, and again those whose consumer failed, until the queues are empty.
func (r *rig) drain(t tb) {
	t.Helper()
	for n := 0; ; n++ {
		if n > 10000 {
			t.Fatal("the queues do not run empty")
		}
		if done := r.deliver(); done {
			return
		}
	}
}

// deliver delivers one message, and reports whether there was none.
func (r *rig) deliver() bool {
	r.mu.Lock()
	var taken []payment.IntakeMessage
	var woken []payment.WakeMessage
	if len(r.intake) > 0 {
		taken, r.intake = r.intake[:1], r.intake[1:]
	} else if len(r.wakes) > 0 {
		woken, r.wakes = r.wakes[:1], r.wakes[1:]
	}
	r.mu.Unlock()
	for _, msg := range taken {
		if err := r.taker.TakeIn(context.Background(), msg); err != nil {
			r.mu.Lock()
			r.intake = append(r.intake, msg)
			r.mu.Unlock()
		}
	}
	for _, msg := range woken {
		if err := r.wake.Do(context.Background(), msg); err != nil {
			r.mu.Lock()
			r.wakes = append(r.wakes, msg)
			r.mu.Unlock()
		}
	}
	return len(taken)+len(woken) == 0
}

// Start is the state machine's.
func (r *rig) Start(_ context.Context, _, name string, input any) error {
	if err := r.die("start before"); err != nil {
		return err
	}
	r.mu.Lock()
	if _, twice := r.started[name]; !twice {
		r.started[name] = input.(payment.Ref)
	}
	r.mu.Unlock()
	return r.die("start after")
}

// Succeed is the state machine's: a token is answered once.
func (r *rig) Succeed(_ context.Context, token string, output any) error {
	if err := r.die("succeed before"); err != nil {
		return err
	}
	r.mu.Lock()
	_, twice := r.done[token]
	if !twice {
		r.done[token] = output.(payment.Outcome)
	}
	r.mu.Unlock()
	if twice {
		return fmt.Errorf("%w: token", collection.ErrNotFound)
	}
	return r.die("succeed after")
}

// sender is a queue. What it takes goes through its wire form.
type sender[Msg any] struct {
	rig  *rig
	name string
	to   *[]Msg
}

func (s sender[Msg]) Send(_ context.Context, body any) error {
	if err := s.rig.die(s.name + " before"); err != nil {
		return err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	msg, err := strictjson.Decode[Msg](text)
	if err != nil {
		return err
	}
	s.rig.mu.Lock()
	*s.to = append(*s.to, msg)
	s.rig.mu.Unlock()
	if s.rig.sent != nil {
		s.rig.sent()
	}
	return s.rig.die(s.name + " after")
}

type accounts struct{ only provider.Account }

func (a accounts) Account(_ context.Context, name, account string) (provider.Account, error) {
	if name != a.only.Provider || account != a.only.Name {
		return provider.Account{}, collection.ErrNotFound
	}
	return a.only, nil
}

// keys wraps data keys by nothing at all.
type keys struct{}

func (keys) NewDataKey(context.Context, map[string]string) (plain, wrapped []byte, err error) {
	plain = make([]byte, 32)
	if _, err := rand.Read(plain); err != nil {
		return nil, nil, err
	}
	return plain, bytes.Clone(plain), nil
}

func (keys) Unwrap(_ context.Context, wrapped []byte, _ map[string]string) ([]byte, error) {
	return bytes.Clone(wrapped), nil
}
