package site

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/parties"
	"github.com/regua/regua/infra/local/stepfunctions"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/statemachines"
)

const (
	// maxLocalBody is far above any call of the local page.
	maxLocalBody = 16 << 10
	defaultShown = 200
	mostShown    = 5000
	// maxJump keeps a slip of the keyboard from running a century of reminders.
	maxJump = 2 * 365 * 24 * time.Hour
)

// local answers the calls under /_local/.
type local struct {
	cloud        *cloud.Cloud
	participants []demo.Participant
}

func (l *local) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /_local/demo", l.demo)
	mux.HandleFunc("GET /_local/outbox", l.outbox)
	mux.HandleFunc("GET /_local/clock", l.clock)
	mux.HandleFunc("POST /_local/clock", l.setClock)
	mux.HandleFunc("GET /_local/sandbox/payments", l.charges)
	mux.HandleFunc("POST /_local/sandbox/payments", l.pay)
	mux.HandleFunc("GET /_local/sandbox/debits", l.debits)
	mux.HandleFunc("POST /_local/sandbox/debits", l.answerDebits)
	mux.HandleFunc("POST /_local/sandbox/returns", l.takeBack)
	mux.HandleFunc("GET "+cloud.SlipsPath+"{txid}", l.cloud.Bank.Slip)
	mux.HandleFunc("GET /_local/executions", l.executions)
	mux.HandleFunc("GET /_local/machines", l.machines)
	mux.HandleFunc("GET /_local/events", l.events)
	mux.HandleFunc("GET /_local/queues", l.queues)
	mux.HandleFunc("GET /_local/webhooks", l.webhooks)
	mux.Handle("POST "+parties.SystemsPath+"{creditor}", l.cloud.Systems)
}

type namedCreditor struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type demoParticipant struct {
	Creditor string `json:"creditor"`
	Document string `json:"document"`
	Contract string `json:"contract"`
	Email    string `json:"email"`
	Phone    string `json:"phone"`
	Name     string `json:"name"`
}

func (l *local) demo(w http.ResponseWriter, _ *http.Request) {
	body := struct {
		Creditors    []namedCreditor   `json:"creditors"`
		Participants []demoParticipant `json:"participants"`
	}{[]namedCreditor{}, []demoParticipant{}}
	for _, c := range l.cloud.Creditors {
		body.Creditors = append(body.Creditors, namedCreditor{string(c.ID), c.Name})
	}
	for _, p := range l.participants {
		body.Participants = append(body.Participants, demoParticipant(p))
	}
	answer(w, http.StatusOK, body)
}

func (l *local) outbox(w http.ResponseWriter, r *http.Request) {
	messages := l.cloud.Mailbox.Messages(r.URL.Query().Get("to"))
	slices.Reverse(messages)
	answer(w, http.StatusOK, map[string]any{"messages": shown(r, messages)})
}

// shown is as much of a list as the query's limit says.
func shown[T any](r *http.Request, list []T) []T {
	limit := defaultShown
	if n, err := strconv.Atoi(r.URL.Query().Get("limit")); err == nil && n > 0 {
		limit = min(n, mostShown)
	}
	if list == nil {
		return []T{}
	}
	return list[:min(limit, len(list))]
}

func (l *local) clock(w http.ResponseWriter, _ *http.Request) {
	body := map[string]any{"now": l.cloud.Clock.Now().Format(time.RFC3339), "virtual": l.cloud.Clock.IsVirtual()}
	if to, moving := l.cloud.Clock.Moving(); moving {
		body["movingTo"] = to.Format(time.RFC3339)
	}
	answer(w, http.StatusOK, body)
}

func (l *local) setClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance string `json:"advance"`
		Set     string `json:"set"`
	}
	if err := read(w, r, &in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	now := l.cloud.Clock.Now()
	to, err := target(now, in.Advance, in.Set)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if err := l.cloud.Advance(r.Context(), to); err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	l.clock(w, r)
}

func target(now time.Time, advance, set string) (time.Time, error) {
	to := now
	switch {
	case (advance == "") == (set == ""):
		return to, errors.New(`give either "advance", as "72h", or "set", as "2026-12-01T12:00:00Z"`)
	case advance != "":
		d, err := duration(advance)
		if err != nil || d < 0 {
			return to, errors.New(`"advance" must be a duration as "180d", "72h" or "90s", not negative`)
		}
		to = now.Add(d)
	default:
		at, err := time.Parse(time.RFC3339, set)
		if err != nil || at.Before(now) {
			return to, errors.New(`"set" must be a time as "2026-12-01T12:00:00Z", not before now`)
		}
		to = at
	}
	if to.Sub(now) > maxJump {
		return to, fmt.Errorf("the clock moves at most %d days at once", int(maxJump.Hours()/24))
	}
	return to, nil
}

// duration reads a number of days, "180d", or what Go calls a duration. More days than the clock moves at once are as good as any.
func duration(text string) (time.Duration, error) {
	digits, days := strings.CutSuffix(text, "d")
	if !days {
		return time.ParseDuration(text)
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	return time.Duration(n) * 24 * time.Hour, err
}

type chargeBody struct {
	PaymentIntentID string `json:"paymentIntentId"`
	Creditor        string `json:"creditor"`
	Method          string `json:"method"`
	AmountCentavos  int64  `json:"amountCentavos"`
	Status          string `json:"status"`
	ExpiresAt       string `json:"expiresAt"`
}

func (l *local) charges(w http.ResponseWriter, r *http.Request) {
	charges, err := l.cloud.Bank.Charges()
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	intents := []chargeBody{}
	for _, c := range charges {
		intents = append(intents, chargeBody{
			c.TxID, l.creditorOf(c.Account), c.Method, c.AmountCentavos, c.Status, c.ExpiresAt.Format(time.RFC3339),
		})
	}
	answer(w, http.StatusOK, map[string]any{"intents": shown(r, intents)})
}

func (l *local) creditorOf(account string) string {
	for _, c := range l.cloud.Creditors {
		at := collection.ProviderAccount{Provider: provider.Sandbox, Account: account}
		if slices.Contains(c.Accounts(), at) {
			return string(c.ID)
		}
	}
	return account
}

func (l *local) pay(w http.ResponseWriter, r *http.Request) {
	var in struct {
		PaymentIntentID string `json:"paymentIntentId"`
		AmountCentavos  int64  `json:"amountCentavos"`
		Copies          int    `json:"copies"`
		Shuffle         bool   `json:"shuffle"`
		Delay           string `json:"delay"`
		Force           bool   `json:"force"`
		Settle          bool   `json:"settle"`
		Bounce          bool   `json:"bounce"`
	}
	if err := read(w, r, &in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	var delay time.Duration
	if in.Delay != "" {
		var err error
		if delay, err = time.ParseDuration(in.Delay); err != nil {
			refuse(w, http.StatusBadRequest, errors.New(`"delay" must be a duration as "30s"`))
			return
		}
	}
	paid, err := l.cloud.Bank.Pay(r.Context(), bank.Payment{
		TxID: in.PaymentIntentID, AmountCentavos: in.AmountCentavos, Copies: in.Copies, Shuffle: in.Shuffle, Delay: delay, Force: in.Force,
		Settle: in.Settle, Bounce: in.Bounce,
	})
	if err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	if err := l.cloud.Clock.Settle(r.Context()); err != nil {
		refuse(w, http.StatusGatewayTimeout, err)
		return
	}
	answer(w, http.StatusAccepted, map[string]any{"payments": paid})
}

func (l *local) takeBack(w http.ResponseWriter, r *http.Request) {
	var in struct {
		PaymentIntentID string `json:"paymentIntentId"`
		AmountCentavos  int64  `json:"amountCentavos"`
		Chargeback      bool   `json:"chargeback"`
	}
	if err := read(w, r, &in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	take := l.cloud.Bank.SendBack
	if in.Chargeback {
		take = l.cloud.Bank.TakeBack
	}
	amount, err := take(in.PaymentIntentID, "", in.AmountCentavos)
	if err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	if err := l.cloud.Clock.Settle(r.Context()); err != nil {
		refuse(w, http.StatusGatewayTimeout, err)
		return
	}
	answer(w, http.StatusAccepted, map[string]any{"amountCentavos": amount})
}

type executionBody struct {
	Name      string `json:"name"`
	Machine   string `json:"machine"`
	Status    string `json:"status"`
	State     string `json:"state"`
	Since     string `json:"since"`
	StartedAt string `json:"startedAt"`
	Until     string `json:"until,omitempty"`
}

func (l *local) executions(w http.ResponseWriter, r *http.Request) {
	machine := r.URL.Query().Get("machine")
	all := l.cloud.Machines.Executions()
	slices.SortStableFunc(all, func(a, b stepfunctions.Execution) int { return b.Since.Compare(a.Since) })
	out := []executionBody{}
	for _, x := range all {
		name := strings.TrimPrefix(x.Machine, contract.Prefix(cloud.Stage))
		if machine != "" && machine != name {
			continue
		}
		body := executionBody{x.Name, name, x.Status, x.State, x.Since.Format(time.RFC3339), x.Started.Format(time.RFC3339), ""}
		if !x.Until.IsZero() {
			body.Until = x.Until.Format(time.RFC3339)
		}
		out = append(out, body)
	}
	answer(w, http.StatusOK, map[string]any{"executions": shown(r, out)})
}

func (l *local) machines(w http.ResponseWriter, _ *http.Request) {
	type machineBody struct {
		Name       string          `json:"name"`
		Definition json.RawMessage `json:"definition"`
	}
	machines := []machineBody{}
	for _, m := range contract.Machines() {
		definition, err := statemachines.Definition(m.Name, func(function string) string { return function })
		if err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
		machines = append(machines, machineBody{m.Name, definition})
	}
	answer(w, http.StatusOK, map[string]any{"machines": machines})
}

func (l *local) events(w http.ResponseWriter, r *http.Request) {
	events := l.cloud.Signals.Events()
	slices.Reverse(events)
	answer(w, http.StatusOK, map[string]any{"events": shown(r, events)})
}

// webhooks lists what the creditors' systems were told, the newest first.
func (l *local) webhooks(w http.ResponseWriter, r *http.Request) {
	told := l.cloud.Systems.Webhooks()
	slices.Reverse(told)
	answer(w, http.StatusOK, map[string]any{"webhooks": shown(r, told)})
}

func (l *local) queues(w http.ResponseWriter, _ *http.Request) {
	type queueBody struct {
		Name     string `json:"name"`
		Visible  int    `json:"visible"`
		InFlight int    `json:"inFlight"`
		Delayed  int    `json:"delayed"`
	}
	queues := []queueBody{}
	for _, q := range l.cloud.Messaging.Queues() {
		queues = append(queues, queueBody{strings.TrimPrefix(q.Name, contract.Prefix(cloud.Stage)), q.Visible, q.InFlight, q.Delayed})
	}
	answer(w, http.StatusOK, map[string]any{"queues": queues})
}

// read decodes a small JSON body strictly. Only JSON is taken, so that no other site's form can move the clock or pay.
func read(w http.ResponseWriter, r *http.Request, into any) error {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return errors.New("the body must be application/json")
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxLocalBody))
	if err == nil {
		err = wire.Decode(text, into)
	}
	if err != nil {
		return fmt.Errorf("read body: %w", err)
	}
	return nil
}

func refuse(w http.ResponseWriter, status int, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	answer(w, status, map[string]string{"error": err.Error()})
}
