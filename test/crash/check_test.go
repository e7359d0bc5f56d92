package crash

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	awssfn "github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/test/audit"
)

// check holds each person's case to what the person did: every payment posted once, to the centavo, none lost, no step done twice.
func check(t *testing.T, h *host, people []*person) {
	t.Helper()
	executions := h.executions()
	for _, p := range people {
		if err := p.check(t.Context(), h, executions); err != nil {
			t.Errorf("%s of %s: %v", p.contract, p.creditor, err)
		}
	}
}

func (p *person) check(ctx context.Context, h *host, executions []execution) error {
	creditor, id, err := p.home()
	if err != nil {
		return err
	}
	folded, err := audit.Case(ctx, h.store, creditor, id)
	if err != nil {
		return err
	}
	total, entries, cash := int64(0), 0, int64(0)
	err = h.store.Ledger(ctx, creditor, id, func(e collection.Entry) error {
		for _, l := range e.Lines {
			if l.Account == collection.AccountCash {
				entries, cash = entries+1, cash+int64(l.Amount)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, x := range p.payments {
		total += x.amount
	}
	if entries != len(p.payments) || cash != total {
		return fmt.Errorf("%d payments of %d centavos are in the ledger, %d of %d were made", entries, cash, len(p.payments), total)
	}
	for _, x := range p.payments {
		if err := x.check(ctx, h, creditor, executions); err != nil {
			return fmt.Errorf("instalment %d: %w", x.instalment, err)
		}
	}
	deal, err := into[struct {
		Status                       string
		PaidCentavos, ExcessCentavos int64
	}](ctx, p, h, http.MethodGet, "/v1/me/agreements/"+p.agreement, nil)
	if err != nil {
		return err
	}
	messages, err := p.inbox(ctx, h)
	if err != nil {
		return err
	}
	receipts := 0
	for _, m := range messages.Messages {
		if m.TemplateID == "payment-receipt" {
			receipts++
		}
	}
	switch paid := len(p.payments); {
	case deal.Status != "FULFILLED" || deal.PaidCentavos != total || deal.ExcessCentavos != 0:
		return fmt.Errorf("the agreement is %+v, %d were paid", deal, total)
	case len(folded.Intents) != paid || len(folded.Agreements) != 1 || len(folded.Proposals) != 1:
		return fmt.Errorf("%d intents, %d agreements, %d proposals", len(folded.Intents), len(folded.Agreements), len(folded.Proposals))
	case receipts > paid:
		return fmt.Errorf("%d receipts were sent for %d payments", receipts, paid)
	}
	return nil
}

// kept wants everything that was acknowledged to have had its effect, and ends the test otherwise: each notice is taken in and its money
// applied, and so is what the bank has taken.
func kept(t *testing.T, h *host, people []*person) {
	t.Helper()
	var bank struct {
		Intents []struct{ PaymentIntentID, Status string }
	}
	h.page("sandbox/payments?limit=5000", &bank)
	paid := map[string]bool{}
	for _, x := range bank.Intents {
		paid[x.PaymentIntentID] = x.Status == "PAID"
	}
	for _, p := range people {
		for _, x := range p.payments {
			if err := x.kept(t.Context(), h, collection.CreditorID(p.creditor), x.taken || paid[x.intent]); err != nil {
				t.Errorf("%s of %s, instalment %d: %v", p.contract, p.creditor, x.instalment, err)
			}
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

// errLost says that what was acknowledged has had no effect, and that nothing but luck would give it one.
var errLost = errors.New("acknowledged and lost")

func (x *payment) kept(ctx context.Context, h *host, creditor collection.CreditorID, taken bool) error {
	for _, n := range x.notices {
		if !n.acknowledged {
			continue
		}
		taken = true
		raw, err := h.store.LoadRaw(ctx, collection.RawRef{
			Creditor: creditor, Provider: provider.Sandbox, Account: string(creditor), Key: n.key,
		})
		switch {
		case errors.Is(err, collection.ErrNotFound):
			return fmt.Errorf("%w: notice %s is not stored", errLost, n.event)
		case err != nil:
			return err
		case raw.TakenInAt.IsZero():
			return fmt.Errorf("%w: notice %s is stored and was not taken in", errLost, n.event)
		}
	}
	if !taken {
		return nil
	}
	id, err := collection.ParseID[collection.IntentNoun](x.intent)
	if err != nil {
		return err
	}
	intent, err := h.store.LoadIntent(ctx, creditor, id)
	if err == nil && intent.Status != collection.IntentConfirmed {
		err = fmt.Errorf("%w: the money of intent %s is not posted: %s", errLost, x.intent, intent.Status)
	}
	return err
}

// check wants the fact of every acknowledged notice applied, and one execution, which has succeeded.
func (x *payment) check(ctx context.Context, h *host, creditor collection.CreditorID, executions []execution) error {
	for _, n := range x.notices {
		receipt, err := h.store.LoadReceipt(ctx, creditor, provider.Sandbox, string(creditor), n.fact)
		if err != nil {
			return fmt.Errorf("notice %s, acknowledged: %w", n.event, err)
		}
		if receipt.Status != collection.ReceiptApplied || int64(receipt.Amount) != x.amount || receipt.Excess != 0 {
			return fmt.Errorf("notice %s: receipt %+v of %d", n.event, receipt, x.amount)
		}
	}
	found := 0
	for _, e := range executions {
		if e.Name == x.intent {
			if found++; e.Status != "SUCCEEDED" {
				return fmt.Errorf("execution %+v", e)
			}
		}
	}
	if found != 1 {
		return fmt.Errorf("%d executions", found)
	}
	return nil
}

// checkAll wants no message and no work left over, no execution late or failed, and each history a single thread.
func checkAll(t *testing.T, h *host) {
	t.Helper()
	var queues struct {
		Queues []struct {
			Name                       string
			Visible, InFlight, Delayed int
		}
	}
	h.page("queues", &queues)
	for _, q := range queues.Queues {
		if q.Visible+q.InFlight+q.Delayed > 0 && q.Name != "creditor-signals" {
			t.Errorf("queue %+v", q)
		}
	}
	var clock struct{ Now time.Time }
	h.page("clock", &clock)
	for shard := range contract.PendingShards {
		notices, err := h.store.PendingRaw(t.Context(), shard, clock.Now, 1)
		markers, markersErr := h.store.PendingMarkers(t.Context(), shard, clock.Now, 1)
		if err = errors.Join(err, markersErr); err != nil || len(notices)+len(markers) > 0 {
			t.Errorf("left lying: %v, %v: %v", notices, markers, err)
		}
	}
	all := h.executions()
	for _, x := range all {
		if x.Status != "RUNNING" && x.Status != "SUCCEEDED" || x.Status == "RUNNING" && !x.Until.After(clock.Now) {
			t.Errorf("at %s: execution %+v", clock.Now, x)
		}
		h.history(x).check(t, x)
	}
	t.Logf("%d executions", len(all))
}

// execution is one execution as the local page lists it.
type execution struct {
	Name, Machine, Status, State string
	Since, StartedAt, Until      time.Time
}

func (h *host) executions() []execution {
	h.t.Helper()
	var list struct{ Executions []execution }
	h.page("executions?limit=5000", &list)
	return list.Executions
}

// history is the events of an execution.
type history []string

func (h *host) history(x execution) history {
	h.t.Helper()
	arn := "arn:aws:states:us-east-1:000000000000:execution:" + contract.Prefix("local") + x.Machine + ":" + x.Name
	out, err := awssfn.NewFromConfig(h.config).GetExecutionHistory(h.t.Context(), &awssfn.GetExecutionHistoryInput{
		ExecutionArn: &arn, MaxResults: 1000,
	})
	if err != nil {
		h.t.Fatal(err)
	}
	var all history
	for _, e := range out.Events {
		text, err := json.Marshal(e)
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// check wants one thread from one start: an execution that ran twice would have two events after the same one.
func (l history) check(t *testing.T, x execution) {
	t.Helper()
	starts, after := 0, map[int64]bool{}
	for i, text := range l {
		var e struct {
			ID       int64 `json:"Id"`
			Previous int64 `json:"PreviousEventId"`
			Type     string
		}
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatal(err)
		}
		if e.Type == "ExecutionStarted" {
			starts++
		}
		if e.ID != int64(i+1) || e.Previous >= e.ID || after[e.Previous] {
			t.Errorf("execution %s: event %d of the history is %s", x.Name, i+1, text)
		}
		after[e.Previous] = i > 0 // the start and the first state both name event 0
	}
	if starts != 1 {
		t.Errorf("execution %s started %d times", x.Name, starts)
	}
}

// records are the executions of a moment: all of them, and the histories of some people's.
type records struct {
	at        time.Time
	all       []execution
	histories map[string]history
}

// records reads them while the host is running and people act.
func (h *host) records(people []*person) records {
	h.t.Helper()
	r := records{all: h.executions(), histories: map[string]history{}}
	var clock struct{ Now time.Time }
	h.page("clock", &clock)
	r.at = clock.Now
	for _, x := range r.all {
		if slices.ContainsFunc(people, func(p *person) bool { return p.owns(x.Name) }) {
			r.histories[x.Name] = h.history(x)
		}
	}
	return r
}

// holds wants every execution that slept through the kill to sleep on, in the same state until the same time; those of payments only if
// nobody acted, for then nothing ended their sleep.
func (r records) holds(t *testing.T, h *host, acted bool) {
	t.Helper()
	now := map[string]execution{}
	for _, x := range h.executions() {
		now[x.Machine+x.Name] = x
	}
	slept := 0
	for _, x := range r.all {
		if x.Status != "RUNNING" || x.Until.Before(r.at.Add(time.Minute)) || acted && strings.Contains(x.Machine, "payment") {
			continue // it may have gone on before the kill
		}
		if slept++; now[x.Machine+x.Name] != x {
			t.Errorf("before the kill %+v, after it %+v", x, now[x.Machine+x.Name])
		}
	}
	if slept == 0 {
		t.Error("no execution slept")
	}
}

// prefixes wants the histories to go on from where they were seen.
func (r records) prefixes(t *testing.T, h *host) {
	t.Helper()
	for _, x := range r.all {
		before, asked := r.histories[x.Name]
		if !asked {
			continue
		}
		after := h.history(x)
		if len(after) < len(before) || !slices.Equal(before, after[:len(before)]) {
			t.Errorf("execution %s had the history %s, has %s", x.Name, before, after)
		}
	}
}
