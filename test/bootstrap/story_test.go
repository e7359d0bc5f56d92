package bootstrap

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/function"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/contract"
)

// TestStory goes from login to a fulfilled agreement, every function being its deployed binary.
func TestStory(t *testing.T) {
	w := begin(t)
	p := w.participant("tv-horizonte")
	w.call(http.StatusOK, "", "", "GET", "/v1/public/creditors/"+p.Creditor, nil, nil)
	token := w.login(p)
	var debts struct{ CaseStatus, NextAction string }
	w.call(http.StatusOK, token, "", "GET", "/v1/me/debts", nil, &debts)
	if debts.CaseStatus != "OPEN" || debts.NextAction != "choose_offer" {
		t.Fatalf("debts %+v", debts)
	}
	id := w.sign(token)
	var intent struct {
		PaymentIntentID, Status string
		Pix                     struct{ BrCode string }
	}
	w.call(http.StatusCreated, token, "ask-1", "POST", "/v1/me/payment-intents",
		map[string]any{"agreementId": id, "instalment": 1, "method": "pix"}, &intent)
	if intent.Status != "ISSUED" || !strings.HasPrefix(intent.Pix.BrCode, "000201") {
		t.Fatalf("intent %+v", intent)
	}
	w.call(http.StatusAccepted, "", "", "POST", "/_local/sandbox/payments", map[string]any{"paymentIntentId": intent.PaymentIntentID}, nil)
	var agreement struct{ Status, NextAction string }
	w.call(http.StatusOK, token, "", "GET", "/v1/me/agreements/"+id, nil, &agreement)
	if agreement.Status != "FULFILLED" || agreement.NextAction != "done" {
		t.Errorf("agreement %+v\n%s", agreement, w.complaints())
	}
	w.call(http.StatusOK, token, "", "GET", "/v1/me/debts", nil, &debts)
	if debts.CaseStatus != "SETTLED" {
		t.Errorf("afterwards %+v", debts)
	}
	w.call(http.StatusConflict, "", "", "POST", "/_local/clock", map[string]string{"advance": "1h"}, nil)
	w.ran("portal-serve", "otp-serve", "otp-send", "offer-serve", "proposal-serve", "payment-serve", "webhook-receive", "payment-intake",
		"ruler-start", "ruler-step", "receipt-plan")
}

// sign accepts the offer in one payment and returns the agreement's id.
func (w *world) sign(token string) string {
	w.t.Helper()
	var list struct {
		Offers []struct {
			OfferID     string
			Instalments int
		}
	}
	w.call(http.StatusOK, token, "", "GET", "/v1/me/offers", nil, &list)
	for _, o := range list.Offers {
		if o.Instalments != 1 {
			continue
		}
		var proposal struct{ ContractNumber string }
		w.call(http.StatusCreated, token, "accept-1", "POST", "/v1/me/proposals", map[string]string{"offerId": o.OfferID}, &proposal)
		var text struct{ SHA256 string }
		w.call(http.StatusOK, token, "", "GET", "/v1/me/contracts/"+proposal.ContractNumber, nil, &text)
		var signed struct{ AgreementID string }
		w.call(http.StatusOK, token, "", "POST", "/v1/me/contracts/"+proposal.ContractNumber+"/signature",
			map[string]any{"sha256": text.SHA256, "accepted": true}, &signed)
		return signed.AgreementID
	}
	w.t.Fatal("no offer in one payment")
	return ""
}

// ran fails unless the functions have answered, and whenever any invocation failed.
func (w *world) ran(names ...string) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	answered := map[string]bool{}
	for _, i := range w.invoked {
		if answered[i.Function] = true; i.Err != nil {
			w.t.Errorf("%s failed: %v", i.Function, i.Err)
		}
	}
	for _, name := range names {
		if !answered[contract.Prefix(cloud.Stage)+name] {
			w.t.Errorf("%s did not run", name)
		}
	}
}

// TestEveryBinaryStarts hands each function an input that none of them takes: whatever it answers, it is the function that answers.
func TestEveryBinaryStarts(t *testing.T) {
	w := begin(t)
	for _, f := range contract.Functions() {
		_, err := w.cloud.Functions.Invoke(t.Context(), contract.Prefix(cloud.Stage)+f.Name, []byte(`{}`))
		var failure *function.Error
		if err != nil && !errors.As(err, &failure) {
			t.Errorf("%s: %v", f.Name, err)
		}
		if failure != nil && strings.Contains(failure.Type, ".") { // a name that the host gave
			t.Errorf("%s: %v\n%s", f.Name, failure, w.complaints())
		}
	}
}

func TestProcessesWantTheMachinesClock(t *testing.T) {
	dir := binaries(t)
	clk := clock.Virtual(time.Now())
	t.Cleanup(clk.Close)
	if _, err := cloud.New(t.Context(), cloud.Options{Clock: clk, Store: store.Memory(), Functions: dir}); err == nil {
		t.Error("a clock that stands still was accepted")
	}
}
