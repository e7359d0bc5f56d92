package portfolio

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/blind"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/vault"
)

var noon = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

// world is an import with what stands behind it.
type world struct {
	*Importer
	commits int
	before  func() error // asked before each commit
	keep    CaseKeeper
}

// Load implements CaseKeeper.
func (w *world) Load(ctx context.Context, of collection.CreditorID, id collection.CaseID) (*collection.Dossier, error) {
	return w.keep.Load(ctx, of, id)
}

// Commit implements CaseKeeper.
func (w *world) Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error {
	if w.before != nil {
		if err := w.before(); err != nil {
			return err
		}
	}
	if actions := len(with) + len(d.Recorded()) + len(d.Entries()) + len(d.Debts) + 2; len(d.Debts) <= debtsPerCommit && actions > 100 {
		return fmt.Errorf("a commit of %d actions", actions)
	}
	err := w.keep.Commit(ctx, d, with...)
	if err == nil {
		w.commits++
	}
	return err
}

func newWorld(t testing.TB, finder CaseFinder, keep CaseKeeper, creditors Creditors) *world {
	t.Helper()
	now := func() time.Time { return noon }
	w := &world{keep: keep}
	w.Importer = &Importer{
		Finder: finder, Cases: w, Creditors: creditors, Index: blindKeys(t), Vault: vault.New(plainKeys{}, rand.Reader, now),
		Chance: rand.Reader, Now: now,
	}
	return w
}

func blindKeys(t testing.TB) blind.Keys {
	t.Helper()
	var members []string
	for i, name := range []string{"index", "person", "pepper", "offer", "mask"} {
		key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{byte(i + 1)}, 32))
		members = append(members, fmt.Sprintf("%q:%q", name, key))
	}
	keys, err := blind.ParseKeys([]byte("{" + strings.Join(members, ",") + "}"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// plainKeys wraps a data key by not wrapping it.
type plainKeys struct{}

func (plainKeys) NewDataKey(context.Context, map[string]string) (plain, wrapped []byte, err error) {
	key := make([]byte, 32)
	_, err = rand.Read(key)
	return key, slices.Clone(key), err
}

func (plainKeys) Unwrap(_ context.Context, wrapped []byte, _ map[string]string) ([]byte, error) {
	return slices.Clone(wrapped), nil
}

// memory keeps cases with the conditions of the real store.
type memory struct {
	mu        sync.Mutex
	cases     map[collection.CaseID]collection.Dossier
	documents map[string]collection.CaseID
	contracts map[string]collection.ContractLookup
	creditors map[collection.CreditorID]collection.Creditor
}

func newMemory(t testing.TB) *memory {
	t.Helper()
	m := &memory{
		cases: map[collection.CaseID]collection.Dossier{}, documents: map[string]collection.CaseID{},
		contracts: map[string]collection.ContractLookup{}, creditors: map[collection.CreditorID]collection.Creditor{},
	}
	for _, doc := range creditorFiles(t) {
		c, err := creditor.Parse(doc)
		if err != nil {
			t.Fatal(err)
		}
		m.creditors[c.ID] = c
	}
	return m
}

func creditorFiles(t testing.TB) [][]byte {
	t.Helper()
	docs, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func (m *memory) FindCase(_ context.Context, _ collection.CreditorID, documentHash string) (collection.CaseID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	id, ok := m.documents[documentHash]
	if !ok {
		return id, collection.ErrNotFound
	}
	return id, nil
}

func (m *memory) Load(_ context.Context, of collection.CreditorID, id collection.CaseID) (*collection.Dossier, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	kept, ok := m.cases[id]
	if !ok {
		return nil, collection.ErrNotFound
	}
	d := collection.NewDossier(id, of)
	d.Case, d.Debts = kept.Case, slices.Clone(kept.Debts)
	d.Case.Balances = maps.Clone(kept.Case.Balances)
	d.Loaded()
	return d, nil
}

func (m *memory) Commit(_ context.Context, d *collection.Dossier, with ...collection.Companion) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cases[d.Case.ID].Case.Seq != d.LoadedSeq() {
		return collection.ErrConflict
	}
	var document string
	contracts := map[string]collection.ContractLookup{}
	for _, c := range with {
		switch c := c.(type) {
		case collection.DocumentLookup:
			if _, taken := m.documents[c.DocumentHash]; taken {
				return collection.ErrConflict
			}
			document = c.DocumentHash
		case collection.ContractLookup:
			if old, taken := m.contracts[c.ContractHash]; taken && old.DocumentHash != c.DocumentHash {
				return collection.ErrConflict
			}
			contracts[c.ContractHash] = c
		default:
			return fmt.Errorf("unexpected companion %T", c)
		}
	}
	if document != "" {
		m.documents[document] = d.Case.ID
	}
	maps.Copy(m.contracts, contracts)
	kept := collection.NewDossier(d.Case.ID, d.Case.Creditor)
	kept.Case, kept.Debts = d.Case, slices.Clone(d.Debts)
	m.cases[d.Case.ID] = *kept
	return nil
}

func (m *memory) Creditor(_ context.Context, id collection.CreditorID) (collection.Creditor, error) {
	c, ok := m.creditors[id]
	if !ok {
		return c, collection.ErrNotFound
	}
	return c, nil
}

// onTable is a world over the product's own store and the local cloud's DynamoDB.
func onTable(t testing.TB) *world {
	t.Helper()
	clk := clock.Virtual(noon)
	t.Cleanup(clk.Close)
	engine, err := dynamodb.New(clk, store.Memory())
	if err != nil {
		t.Fatal(err)
	}
	client := sdk.NewFromConfig(aws.Config{
		Region: "sa-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String("http://local"), HTTPClient: wire.NewRouter(map[string]wire.Engine{"dynamodb": engine}),
	})
	table := dynamo.New(client, "regua", clk.Now, creditor.Parse)
	err = dynamo.CreateTable(t.Context(), client, "regua")
	for _, doc := range creditorFiles(t) {
		err = errors.Join(err, table.PutCreditor(t.Context(), doc, 0))
	}
	if err != nil {
		t.Fatal(err)
	}
	return newWorld(t, table, table, table)
}

func inMemory(t testing.TB) *world {
	t.Helper()
	m := newMemory(t)
	return newWorld(t, m, m, m)
}

// everywhere runs a behaviour against every store.
func everywhere(t *testing.T, behaviour func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) { behaviour(t, inMemory(t)) })
	t.Run("table", func(t *testing.T) { behaviour(t, onTable(t)) })
}
