package otp_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/blind"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/session"
)

const (
	creditor = collection.CreditorID("vida-plena")
	document = "52998224725"
	contract = "VP-2024-000123"
	second   = "VP-2024-000456" // another contract of the same case
)

var epoch = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// world is the login over the table of the local cloud, with a clock that the test moves.
type world struct {
	t        testing.TB
	store    *dynamo.Store
	keys     blind.Keys
	issuer   *otp.Issuer
	verifier *otp.Verifier
	caseID   collection.CaseID

	mu    sync.Mutex
	now   time.Time
	calls []string // operations that reached the cloud since the last reset
	queue []otp.Message
}

func newWorld(t testing.TB, seed uint64) *world {
	t.Helper()
	w := &world{t: t, now: epoch, keys: testKeys(t)}
	clk := clock.Virtual(epoch)
	t.Cleanup(clk.Close)
	engine, err := dynamodb.New(clk, store.Memory())
	if err != nil {
		t.Fatal(err)
	}
	router := wire.NewRouter(map[string]wire.Engine{"dynamodb": engine})
	router.Observe = func(_ context.Context, call wire.Call, _ error) { w.note(call.Operation) }
	client := sdk.NewFromConfig(aws.Config{
		Region: "sa-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String("http://local"), HTTPClient: router,
	})
	if err := dynamo.CreateTable(t.Context(), client, "regua"); err != nil {
		t.Fatal(err)
	}
	w.store = dynamo.New(client, "regua", w.clock, func([]byte) (collection.Creditor, error) {
		return collection.Creditor{}, errors.New("no creditor is read here")
	})
	chance := &lockedChance{from: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})}
	w.issuer = &otp.Issuer{
		Creditors: w, Contracts: w.store, Guards: w.store, Challenges: w.store, Hashes: w.keys, MAC: w.keys.MAC, Sealer: w, Queue: w,
		Now: w.clock, Chance: chance,
	}
	w.verifier = &otp.Verifier{Attempts: w.store, MAC: w.keys.MAC, Now: w.clock, Chance: chance}
	w.caseID = w.place(chance, document, "m***a@***", "", contract, second)
	w.calls = nil
	return w
}

// place puts a case with contracts on the table.
func (w *world) place(chance io.Reader, document, email, phone string, contracts ...string) collection.CaseID {
	w.t.Helper()
	id, err := collection.Mint[collection.CaseNoun](w.now, chance)
	if err != nil {
		w.t.Fatal(err)
	}
	debt, err := collection.Mint[collection.DebtNoun](w.now, chance)
	if err != nil {
		w.t.Fatal(err)
	}
	d := collection.NewDossier(id, creditor)
	d.Case.WrappedKey, d.Case.Sealed, d.Case.OpenedAt = []byte("wrapped"), []byte("sealed"), w.now
	due, err := calendar.ParseDate("2026-08-10")
	if err != nil {
		w.t.Fatal(err)
	}
	err = d.Place(collection.Meta{At: w.now, By: collection.System("import", creditor), Reason: "placed"},
		&collection.CaseOpened{Standing: collection.StandingActive, UF: "SP", PersonKey: "p", HasEmail: true},
		[]collection.PlacedDebt{{ID: debt, Product: "plan", DueDate: due, Principal: 48990}})
	if err != nil {
		w.t.Fatal(err)
	}
	var with []collection.Companion
	for _, number := range contracts {
		with = append(with, collection.ContractLookup{
			ContractHash: w.keys.Contract(creditor, number), DocumentHash: w.keys.Document(creditor, document), EmailMask: email, PhoneMask: phone,
		})
	}
	if err := w.store.Commit(w.t.Context(), d, with...); err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) note(operation string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, operation)
}

// taken returns the calls since it was last asked.
func (w *world) taken() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer func() { w.calls = nil }()
	return strings.Join(w.calls, " ")
}

// Creditor stands for the creditors of the table.
func (w *world) Creditor(_ context.Context, id collection.CreditorID) (collection.Creditor, error) {
	if id != creditor {
		return collection.Creditor{}, collection.ErrNotFound
	}
	return collection.Creditor{ID: id, Name: "Vida Plena Saúde"}, nil
}

// SealCode stands for the key service: it binds a code to its challenge and hides nothing.
func (w *world) SealCode(_ context.Context, challengeID string, code []byte) ([]byte, error) {
	w.note("Encrypt")
	return append([]byte(challengeID+"|"), code...), nil
}

// OpenCode opens what SealCode made.
func (w *world) OpenCode(_ context.Context, challengeID string, sealed []byte) ([]byte, error) {
	code, ok := strings.CutPrefix(string(sealed), challengeID+"|")
	if !ok {
		return nil, errors.New("sealed for another challenge")
	}
	return []byte(code), nil
}

// Send takes a message for the sending function.
func (w *world) Send(_ context.Context, body any) error {
	w.note("SendMessage")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = append(w.queue, body.(otp.Message))
	return nil
}

// request asks for a code by e-mail.
func (w *world) request(document, contract string) (otp.Issued, error) {
	return w.issuer.Request(w.t.Context(), otp.Claim{
		Creditor: creditor, Document: document, Contract: contract, Channel: collection.ChannelEmail,
	})
}

func (w *world) mustRequest(document, contract string) otp.Issued {
	w.t.Helper()
	issued, err := w.request(document, contract)
	if err != nil {
		w.t.Fatal(err)
	}
	return issued
}

// code is the code of the message queued last.
func (w *world) code() string {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	sealed := string(w.queue[len(w.queue)-1].Sealed)
	return sealed[strings.IndexByte(sealed, '|')+1:]
}

func (w *world) verify(issued otp.Issued, code string) (string, session.Session, error) {
	return w.verifier.Verify(w.t.Context(), otp.Guess{Creditor: issued.Creditor, Challenge: issued.Challenge, Code: code})
}

// other is a code of the right form that is not the one given.
func other(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

// lockedChance lets parallel requests draw from one source.
type lockedChance struct {
	mu   sync.Mutex
	from io.Reader
}

func (c *lockedChance) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.from.Read(p)
}

func testKeys(t testing.TB) blind.Keys {
	t.Helper()
	secret := map[string]string{}
	for _, name := range []string{"index", "person", "pepper", "offer", "mask"} {
		sum := sha256.Sum256([]byte(name))
		secret[name] = base64.StdEncoding.EncodeToString(sum[:])
	}
	text, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := blind.ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
