package payment_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/stepfunctions"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/task"
	"github.com/regua/regua/shared/workflow"
	"github.com/regua/regua/statemachines"
)

// hall is a rig whose executions really run: the deployed definition, on a clock that the test moves.
type hall struct {
	*rig
	t      *testing.T
	clk    *clock.Clock
	engine *stepfunctions.Engine
	calls  map[string]int
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{rig: newRig(t, 10000), t: t, clk: clock.Virtual(start), calls: map[string]int{}}
	t.Cleanup(h.clk.Close)
	h.timer = h.clk.Now
	host := function.NewHost(h.clk, func(i function.Invocation) { h.calls[i.Function]++ })
	log := slog.New(slog.DiscardHandler)
	for name, handler := range map[string]lambda.Handler{
		"payment-issue": task.Task("payment-issue", log, h.issue.Do), "payment-wait": task.Task("payment-wait", log, h.wait.Do),
		"payment-expire": task.Task("payment-expire", log, h.expire.Do),
	} {
		host.Register(function.Definition{Name: name, Timeout: 30 * time.Second, Handler: handler})
	}
	var err error
	if h.engine, err = stepfunctions.New(h.clk, store.Memory(), host); err != nil {
		t.Fatal(err)
	}
	text, err := statemachines.Definition(contract.MachinePayment, func(name string) string { return name })
	if err != nil {
		t.Fatal(err)
	}
	if err := h.engine.Define(contract.MachinePayment, text); err != nil {
		t.Fatal(err)
	}
	client := workflow.New(sfn.New(sfn.Options{
		Region: wire.Region, BaseEndpoint: aws.String("http://local.invalid"), RetryMaxAttempts: 1,
		HTTPClient: wire.NewRouter(map[string]wire.Engine{"states": h.engine}),
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}))
	h.requests.Starter, h.wake.Answerer = client, client
	h.requests.Machine = "arn:aws:states:" + wire.Region + ":" + wire.Account + ":stateMachine:" + contract.MachinePayment
	h.sent = func() { h.clk.Schedule(h.clk.Now(), "queue", func(context.Context) { h.deliver() }) }
	return h
}

func (h *hall) pass(d time.Duration) {
	h.t.Helper()
	if err := h.clk.Advance(context.Background(), h.clk.Now().Add(d)); err != nil {
		h.t.Fatal(err)
	}
}

// pay pays an intent, and reports it unless it is to be silent.
func (h *hall) pay(intent collection.Intent, silent bool) {
	h.t.Helper()
	p, ok := h.rail.pay(intent.ID.String(), "E1", intent.Amount, false)
	if !ok {
		h.t.Fatal("the rail refuses")
	}
	if silent {
		return
	}
	if err := h.webhooks.Receive(context.Background(), h.notice(h.t, "evt", p)); err != nil {
		h.t.Fatal(err)
	}
	if err := h.clk.Settle(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) mustStand(status, state string, intent collection.Intent, want collection.IntentStatus) {
	h.t.Helper()
	all := h.engine.Executions()
	if len(all) != 1 || all[0].Status != status || all[0].State != state || all[0].Name != intent.ID.String() {
		h.t.Fatalf("executions %+v", all)
	}
	if got := h.intent(intent.ID).Status; got != want {
		h.t.Fatalf("the intent is %s, not %s", got, want)
	}
}

func TestMachine(t *testing.T) {
	t.Run("paid while it waits", func(t *testing.T) {
		h := newHall(t)
		intent := h.request(t, 1, "k1")
		h.mustStand("RUNNING", "HeadStart", intent, collection.IntentIssued)
		h.pass(time.Minute)
		h.mustStand("RUNNING", "Await", intent, collection.IntentIssued)
		h.pay(intent, false)
		h.mustStand("SUCCEEDED", "", intent, collection.IntentConfirmed)
		if h.calls["payment-expire"] != 0 {
			t.Fatal("the provider was asked although the money was there")
		}
	})
	t.Run("paid before it waits", func(t *testing.T) {
		h := newHall(t)
		intent := h.request(t, 1, "k1")
		h.pay(intent, false)
		h.pass(time.Minute)
		h.mustStand("SUCCEEDED", "", intent, collection.IntentConfirmed)
		if h.calls["payment-wait"] != 0 {
			t.Fatal("it waited for money that was there")
		}
	})
	t.Run("never paid", func(t *testing.T) {
		h := newHall(t)
		intent := h.request(t, 1, "k1")
		h.pass(intentLife + time.Minute - time.Second)
		h.mustStand("RUNNING", "Await", intent, collection.IntentIssued)
		h.pass(2 * time.Second)
		h.mustStand("SUCCEEDED", "", intent, collection.IntentExpired)
		if !h.rail.charges[intent.ID.String()].cancelled {
			t.Fatal("the charge can still be paid")
		}
	})
	t.Run("paid and never reported", func(t *testing.T) {
		h := newHall(t)
		intent := h.request(t, 1, "k1")
		h.pay(intent, true)
		h.pass(intentLife + 2*time.Minute)
		h.mustStand("SUCCEEDED", "", intent, collection.IntentConfirmed)
		if h.cash(t) != 10000 {
			t.Fatalf("cash %d", h.cash(t))
		}
	})
	t.Run("refused", func(t *testing.T) {
		h := newHall(t)
		h.rail.refuse = true
		intent := h.request(t, 1, "k1")
		h.pass(time.Minute)
		h.mustStand("SUCCEEDED", "", intent, collection.IntentCancelled)
	})
}

func TestMachineThroughOutages(t *testing.T) {
	t.Run("at first", func(t *testing.T) {
		h := newHall(t)
		h.rail.down = true
		intent := h.request(t, 1, "k1")
		h.pass(45 * time.Minute)
		h.mustStand("RUNNING", "Issue", intent, collection.IntentRequested)
		h.rail.down = false
		h.pass(11 * time.Minute)
		h.mustStand("RUNNING", "Await", intent, collection.IntentIssued)
		h.pay(intent, false)
		h.mustStand("SUCCEEDED", "", intent, collection.IntentConfirmed)
	})
	t.Run("all the time", func(t *testing.T) {
		h := newHall(t)
		h.rail.down = true
		intent := h.request(t, 1, "k1")
		h.pass(intentLife + 20*time.Minute)
		h.mustStand("RUNNING", "Expire", intent, collection.IntentRequested)
		h.rail.down = false
		h.pass(11 * time.Minute)
		h.mustStand("SUCCEEDED", "", intent, collection.IntentExpired)
	})
	t.Run("at the end", func(t *testing.T) {
		h := newHall(t)
		intent := h.request(t, 1, "k1")
		h.pay(intent, true)
		h.rail.down = true
		h.pass(intentLife + 8*time.Hour)
		h.mustStand("RUNNING", "Expire", intent, collection.IntentIssued)
		h.rail.down = false
		h.pass(11 * time.Minute)
		h.mustStand("SUCCEEDED", "", intent, collection.IntentConfirmed)
	})
	t.Run("of the table", func(t *testing.T) {
		h := newHall(t)
		intent := h.request(t, 1, "k1")
		h.store.fault = func(string) error { return errors.New("no such table") } // a fault of ours, not a passing one
		h.pass(20 * time.Minute)
		h.store.fault = func(string) error { return nil }
		h.pass(time.Hour)
		h.mustStand("RUNNING", "Await", intent, collection.IntentIssued)
		h.pay(intent, false)
		h.mustStand("SUCCEEDED", "", intent, collection.IntentConfirmed)
	})
}
