package journey

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/contract"
)

// TestTheStoryRunsInTheBinaries wants each function of the story to have answered, none to have failed, and the clock to stay.
func TestTheStoryRunsInTheBinaries(t *testing.T) {
	binaries(t)
	var mu sync.Mutex
	answered := map[string]bool{}
	w := begin(t, setup{invoked: func(i function.Invocation) {
		mu.Lock()
		defer mu.Unlock()
		if answered[i.Function] = true; i.Err != nil {
			t.Errorf("%s failed: %v", i.Function, i.Err)
		}
	}})
	p := w.participant("tv-horizonte")
	token := w.login(p, "email")
	w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil))
	id := w.accept(token, 1)
	w.pay(w.ask(token, id, 1, "once").PaymentIntentID, 0)
	if a := w.agreement(token, id); a.Status != "FULFILLED" {
		t.Errorf("agreement %+v", a)
	}
	w.want(http.StatusConflict, w.call("POST", "/_local/clock", map[string]string{"advance": "1h"}))
	w.settle()
	mu.Lock()
	defer mu.Unlock()
	for _, name := range []string{
		"otp-serve", "otp-send", "offer-serve", "proposal-serve", "payment-serve", "webhook-receive", "payment-intake", "ruler-start",
		"ruler-step", "receipt-plan",
	} {
		if !answered[physical(name)] {
			t.Errorf("%s did not run", name)
		}
	}
}

// TestEveryBinaryStarts hands each function an input that none of them takes: whatever it answers, it is the function that answers.
func TestEveryBinaryStarts(t *testing.T) {
	binaries(t)
	w := begin(t, setup{})
	for _, f := range contract.Functions() {
		_, err := w.cloud.Functions.Invoke(t.Context(), physical(f.Name), []byte(`{}`))
		var failure *function.Error
		if err != nil && !errors.As(err, &failure) {
			t.Errorf("%s: %v", f.Name, err)
		}
		if failure != nil && strings.Contains(failure.Type, ".") { // a name that the host gave
			t.Errorf("%s: %v\n%s", f.Name, failure, tail(w.log.String()))
		}
	}
}

func TestProcessesWantTheMachinesClock(t *testing.T) {
	dir := binaries(t)
	clk := clock.Virtual(today())
	t.Cleanup(clk.Close)
	if _, err := cloud.New(t.Context(), cloud.Options{Clock: clk, Store: store.Memory(), Functions: dir}); err == nil {
		t.Error("a clock that stands still was accepted")
	}
}
