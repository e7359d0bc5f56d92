// Package replay lets a portfolio live through half a year on the virtual clock, twice from one seed, and compares the two runs byte for
// byte. What it expects of each reminder it works out by itself, from the creditor's file and a calendar of its own.
package replay

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/app/importer"
)

// start is a Monday, 09:00 in Brasília.
var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

//go:embed testdata/creditor.json
var creditorFile []byte

// seeded is a source of chance that gives the same bytes for the same seed.
type seeded struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func newSeeded(seed uint64) *seeded {
	return &seeded{source: rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "replay/%d", seed)))}
}

func (s *seeded) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.source.Read(p)
}

// debtor is a participant with one debt, by the number of days that it was late at the start.
type debtor struct {
	email, uf string
	late      int
}

// states are those of the debtors in turn, with their offset to UTC in hours: Brazil has had no summer time since 2019.
var states = []struct {
	uf     string
	offset int
}{{"SP", -3}, {"AM", -4}, {"AC", -5}, {"PE", -3}, {"MT", -4}, {"RS", -3}, {"PA", -3}}

func debtors(n int) []debtor {
	all := make([]debtor, n)
	for i := range all {
		all[i] = debtor{fmt.Sprintf("pessoa%d@correio.example", i), states[i%len(states)].uf, 1 + i%14}
	}
	return all
}

// portfolio writes the file that a creditor would send.
func portfolio(all []debtor) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{
		"creditor_id", "contract_number", "participant_document", "participant_name", "birth_date", "email", "phone", "participant_status",
		"product", "debt_id", "description", "due_date", "principal_centavos", "state", "city",
	}}
	for i, d := range all {
		rows = append(rows, []string{
			"replay-saude", fmt.Sprintf("R-%06d", i), cpf(i), fmt.Sprintf("Pessoa Número %d", i), "1961-07-19", d.email,
			fmt.Sprintf("+5511987%06d", i), "former", "Plano", fmt.Sprintf("D-%06d", i), "Mensalidade",
			start.Add(-time.Duration(d.late) * day).Format(time.DateOnly), fmt.Sprint(20_000 + i), d.uf, "Cidade",
		})
	}
	err := w.WriteAll(rows)
	return b.Bytes(), err
}

// cpf gives the n-th CPF number with right check digits (weights 10..2 and 11..2, modulo 11).
func cpf(n int) string {
	digits := fmt.Sprintf("%09d", 100_000_000+n*37)
	for len(digits) < 11 {
		sum := 0
		for i := range len(digits) {
			sum += int(digits[i]-'0') * (len(digits) + 1 - i)
		}
		digits += fmt.Sprint((11 - sum%11) % 11 % 10)
	}
	return digits
}

// send is a message that left: to whom, by which template and when.
type send struct {
	to, template string
	at           time.Time
}

// world is a cloud with the portfolio imported.
type world struct {
	t     testing.TB
	cloud *cloud.Cloud
	mu    sync.Mutex
	sends []send
	posts hash.Hash // of every message that left, with its time
	told  hash.Hash // of every event of a case that was published, in order
	woken []waits   // of each execution, as digest read them
	// onlyReads says that what goes on must change nothing.
	onlyReads bool
}

// setup is how a world begins.
type setup struct {
	seed      uint64
	debtors   []debtor
	started   func(now func() time.Time) // is told the clock before the first call
	invoked   func(function.Invocation)
	intercept func(ctx context.Context, call wire.Call, next func() (any, error)) (any, error)
}

// begin imports the portfolio as a task of the clock: what it sets off then runs after it, and not beside it.
func begin(t testing.TB, s setup) *world {
	t.Helper()
	w := &world{t: t, posts: sha256.New(), told: sha256.New()}
	clk := clock.Virtual(start)
	t.Cleanup(clk.Close)
	if s.started != nil {
		s.started(clk.Now)
	}
	var err error
	w.cloud, err = cloud.New(t.Context(), cloud.Options{
		Clock: clk, Store: store.Memory(), PortalURL: "http://127.0.0.1:1", Creditors: [][]byte{creditorFile}, Chance: newSeeded(s.seed),
		Observe: w.saw, Intercept: s.intercept, Invoked: s.invoked,
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := portfolio(s.debtors)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	clk.Schedule(clk.Now(), "import", func(ctx context.Context) { done <- w.take(ctx, file) })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := clk.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) take(ctx context.Context, file []byte) error {
	im, err := importer.New(ctx, w.cloud.Parts)
	if err != nil {
		return err
	}
	report, err := im.Import(ctx, bytes.NewReader(file))
	if err == nil && len(report.Rejected) > 0 {
		err = fmt.Errorf("rejected %v", report.Rejected)
	}
	return err
}

// saw keeps each message that was handed to the mail service, and each event that was published.
func (w *world) saw(_ context.Context, call wire.Call, err error) {
	if w.onlyReads && !slices.Contains(reads, call.Operation) {
		w.t.Errorf("a call that is left out would have sent %s.%s", call.Service, call.Operation)
	}
	if err != nil || call.Service != "ses" && call.Service != "sns" {
		return
	}
	form, err := url.ParseQuery(string(call.Body))
	if err != nil {
		w.t.Errorf("a call of %s that is no form: %v", call.Service, err)
		return
	}
	at := w.cloud.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if call.Service == "ses" {
		fmt.Fprintf(w.posts, "%s %s\n", at.Format(time.RFC3339Nano), call.Body)
		to, template := form.Get("Destination.ToAddresses.member.1"), form.Get("Tags.member.1.Value")
		w.sends = append(w.sends, send{strings.Clone(to), strings.Clone(template), at}) // parts of the form would keep all of it
		return
	}
	for i := 1; ; i++ {
		name := fmt.Sprintf("PublishBatchRequestEntries.member.%d.Message", i)
		if !form.Has(name) {
			return
		}
		fmt.Fprintf(w.told, "%s %s\n", at.Format(time.RFC3339Nano), form.Get(name))
	}
}

func (w *world) advance(d time.Duration) {
	w.t.Helper()
	if err := w.cloud.Advance(w.t.Context(), w.cloud.Clock.Now().Add(d)); err != nil {
		w.t.Fatal(err)
	}
}

// digest is a run in a form that compares: the hash of the history of each execution by name, of all messages that left, of the inbox, and
// of all events that were published.
type digest map[string]string

// digest reads the run, and holds each execution to its plan on the way.
func (w *world) digest() digest {
	w.t.Helper()
	out := digest{"messages": hex.EncodeToString(w.posts.Sum(nil)), "events": hex.EncodeToString(w.told.Sum(nil))}
	inbox := sha256.New()
	for _, m := range w.cloud.Mailbox.Messages("") {
		fmt.Fprintf(inbox, "%+v\n", m)
	}
	out["inbox"] = hex.EncodeToString(inbox.Sum(nil))
	w.woken = nil
	for _, x := range w.rulers() {
		pages, sum := w.history(x.ARN), sha256.New()
		for _, page := range pages {
			sum.Write(page)
		}
		out["history "+x.Name] = hex.EncodeToString(sum.Sum(nil))
		w.woken = append(w.woken, w.wakes(x, pages))
	}
	return out
}

// differs names what differs between two runs, at most ten of it.
func (d digest) differs(other digest) string {
	var names []string
	for name, sum := range d {
		if other[name] != sum {
			names = append(names, name)
		}
	}
	for name := range other {
		if _, there := d[name]; !there {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d, such as %s", len(names), len(d), strings.Join(names[:min(10, len(names))], ", "))
}
