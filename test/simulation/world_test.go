// Package simulation delivers the money of many cases in every hostile way at once: twice, late, out of order, lost and sent again, under
// new names, beside crashes at every step and while codes expire. A delivery enters as a request of the gateway and ends when the queues
// are empty; no step is called directly. What must come of it is written down apart, as the bank's own books. Everything follows from one
// printed seed: the same seed is the same run.
package simulation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	awssecrets "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/app/importer"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/provider"
)

// start is a Monday, 09:00 in Brasília.
var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// creditors are those of the sample, each with an account of its own at the bank.
var creditors = []string{"vida-plena", "tv-horizonte", "credora"}

// chance gives the same bytes for the same seed.
type chance struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func newChance(seed uint64, of string) *chance {
	return &chance{source: rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "simulation/%d/%s", seed, of)))}
}

func (c *chance) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.source.Read(p)
}

// kind is what a world is like.
type kind struct {
	seed   uint64
	people int
	// crowded lets things happen at the same time: what falls into the same seconds begins together, and functions take several messages of
	// a queue at once. Then the order in which calls meet is not chance's alone. Otherwise a run can be repeated.
	crowded bool
	// debits are account debits at one of the creditors, whose files are exchanged by the hour.
	debits bool
	// long worlds go on until the last code has expired and nothing is waited for any more.
	long bool
}

// world is a cloud with some people who pay, and a bad network between the bank and the gateway. Whatever goes on in it is a task of its
// clock.
type world struct {
	kind

	t       testing.TB
	cloud   *cloud.Cloud
	store   *dynamo.Store
	dice    *rand.Rand
	api     http.Handler // the gateway, behind the bad network
	strikes *striker
	network *network
	people  []*person
	charges map[string]*charge // by intent
	orphans []orphan
	tally   tally
	facts   int     // payments that the bank has
	wrong   []error // the first things that went otherwise than they may
	jump    atomic.Int64
	// turn is held by whoever has the world in hand: all but requests under way.
	turn   sync.Mutex
	crowds map[time.Time][]func()
}

func (w *world) fail(format string, args ...any) {
	if len(w.wrong) < 10 {
		w.wrong = append(w.wrong, fmt.Errorf(format, args...))
	}
}

// begin makes a world of some people, who have signed nothing yet.
func begin(t testing.TB, k kind) *world {
	t.Helper()
	clk := clock.Virtual(start)
	t.Cleanup(clk.Close)
	dice := rand.New(newChance(k.seed, "dice").source)
	w := &world{t: t, kind: k, dice: dice, charges: map[string]*charge{}, crowds: map[time.Time][]func(){}}
	w.strikes = newStriker(clk, k.seed)
	w.strikes.crowded = k.crowded
	files, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	w.cloud, err = cloud.New(t.Context(), cloud.Options{
		Clock: clk, Store: store.Memory(), PortalURL: "http://127.0.0.1:1", Creditors: files, Chance: newChance(k.seed, "cloud"),
		Intercept: w.strikes.intercept, Now: func() time.Time { return clk.Now().Add(time.Duration(w.jump.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if k.crowded {
		w.cloud.Messaging.AtOnce = atOnce
	}
	w.api, w.store = w.cloud.API, w.cloud.Parts.Store()
	w.network = &network{w: w, secrets: map[string]secret{}, bundles: map[string][]json.RawMessage{}}
	for _, account := range creditors {
		w.network.secrets[account] = w.secret(account)
	}
	w.cloud.API = w.network
	file := w.portfolio(k.people)
	w.do(func() {
		im, err := importer.New(t.Context(), w.cloud.Parts)
		if err != nil {
			t.Error(err)
			return
		}
		report, err := im.Import(t.Context(), bytes.NewReader(file))
		if err != nil || len(report.Rejected) > 0 {
			t.Errorf("import: %v, rejected %v", err, report.Rejected)
		}
	})
	return w
}

// secret is what the bank and the product share about an account.
type secret struct {
	APIToken       string
	SigningSecrets []string
}

func (w *world) secret(account string) (out secret) {
	name := contract.Prefix(cloud.Stage) + contract.ProviderSecret(provider.Sandbox, account)
	got, err := awssecrets.NewFromConfig(w.cloud.Parts.AWS).GetSecretValue(w.t.Context(), &awssecrets.GetSecretValueInput{SecretId: &name})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(*got.SecretString), &out); err != nil || len(out.SigningSecrets) == 0 {
		w.t.Fatalf("secret of account %s: %v", account, err)
	}
	return out
}

// portfolio makes the people and the file that names them.
func (w *world) portfolio(people int) []byte {
	var b bytes.Buffer
	file := csv.NewWriter(&b)
	rows := [][]string{{
		"creditor_id", "contract_number", "participant_document", "participant_name", "birth_date", "email", "phone", "participant_status",
		"product", "debt_id", "description", "due_date", "principal_centavos", "state", "city", "address",
	}}
	for i := range people {
		p := &person{
			creditor: creditors[i%len(creditors)], document: cpf(i), contract: fmt.Sprintf("S-%06d", i),
			phone: fmt.Sprintf("+5511987%06d", i),
		}
		if i%4 == 0 { // the others get no receipts
			p.email = fmt.Sprintf("pessoa%d@correio.example", i)
		}
		w.people = append(w.people, p)
		rows = append(rows, []string{
			p.creditor, p.contract, p.document, "Zenaide Quintanilha " + strconv.Itoa(i), "1961-07-19", p.email,
			p.phone, []string{"active", "former"}[i%2], "Plano", p.contract + "-1", "Mensalidade",
			offer.Today(start).AddDays(-20 - i%300).String(), strconv.Itoa(200_000 + 1_000*w.dice.IntN(200) + w.dice.IntN(100)), "SP", "Osasco",
			"Rua das Jabuticabeiras, 77",
		})
	}
	if err := file.WriteAll(rows); err != nil {
		w.t.Fatal(err)
	}
	return b.Bytes()
}

// cpf gives the n-th CPF number with right check digits (weights 10..2 and 11..2, modulo 11).
func cpf(n int) string {
	digits := fmt.Sprintf("%09d", 100_000_000+n*37)
	for len(digits) < 11 {
		sum := 0
		for i := range len(digits) {
			sum += int(digits[i]-'0') * (len(digits) + 1 - i)
		}
		digits += strconv.Itoa((11 - sum%11) % 11 % 10)
	}
	return digits
}

// do runs f as a task of the clock, and returns when all that follows from it at once is done too.
func (w *world) do(f func()) {
	w.t.Helper()
	w.cloud.Clock.Schedule(w.cloud.Clock.Now(), "simulation", func(context.Context) { w.take(f) })
	if err := w.cloud.Clock.Settle(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if w.t.Failed() {
		w.t.FailNow()
	}
}

// advance moves the clock, with everything that becomes due.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if err := w.cloud.Advance(w.t.Context(), w.cloud.Clock.Now().Add(d)); err != nil {
		w.t.Fatal(err)
	}
}

// ask makes a request at the gateway, past the bad network. Others have the world in hand meanwhile.
func (w *world) ask(method, path string, body any, headers ...string) (status int, answer []byte) {
	var text []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		text = b
	default:
		var err error
		if text, err = json.Marshal(b); err != nil {
			w.t.Error(err)
		}
	}
	req := httptest.NewRequest(method, path, bytes.NewReader(text))
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	w.turn.Unlock()
	defer w.turn.Lock()
	w.api.ServeHTTP(recorder, req)
	return recorder.Code, recorder.Body.Bytes()
}

// backlog names the queues that hold messages.
func (w *world) backlog() string {
	var out []string
	for _, q := range w.cloud.Messaging.Queues() {
		if n := q.Visible + q.InFlight + q.Delayed; n > 0 && !strings.HasSuffix(q.Name, contract.QueueSignals) {
			out = append(out, fmt.Sprintf("%d in %s", n, q.Name))
		}
	}
	return strings.Join(out, ", ")
}
