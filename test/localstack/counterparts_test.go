package localstack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/parties"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/websign"
)

// openBanks opens the bank of today and that of a day ago, which reports nothing.
func (d *deployment) openBanks() error {
	now, before := clock.Real(), clock.Virtual(time.Now().Add(-day))
	d.t.Cleanup(now.Close)
	d.t.Cleanup(before.Close)
	var err error
	if d.bank, err = bank.New(now, store.Memory(), d.report, d.accounts...); err != nil {
		return fmt.Errorf("open the sandbox bank: %w", err)
	}
	silent := func(context.Context, string, http.Header, []byte) (int, error) {
		return http.StatusServiceUnavailable, nil
	}
	if d.before, err = bank.New(before, store.Memory(), silent, d.accounts...); err != nil {
		return fmt.Errorf("open yesterday's sandbox bank: %w", err)
	}
	return nil
}

// bankOf is the bank that has the account of a call.
func (d *deployment) bankOf(r *http.Request) *bank.Bank {
	i := slices.IndexFunc(d.accounts, func(a bank.Account) bool { return a.Name == yesterday })
	if r.Header.Get("Authorization") == "Bearer "+d.accounts[i].APIToken {
		return d.before
	}
	return d.bank
}

// report delivers a notice of the bank to the webhook of an account.
func (d *deployment) report(ctx context.Context, account string, header http.Header, body []byte) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.api+"/v1/webhooks/sandbox/"+account, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make notice: %w", err)
	}
	req.Header = header
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("deliver notice: %w", err)
	}
	return res.StatusCode, res.Body.Close()
}

// takes lets the bank take a payment, which it reports.
func (p *person) takes(payment bank.Payment) {
	p.t.Helper()
	if _, err := p.bank.Pay(p.t.Context(), payment); err != nil {
		p.t.Fatal(err)
	}
}

// atTheBank is a charge's status as the bank tells it, and how much of its money left again.
func (p *person) atTheBank(i intent) (status string, left int64) {
	p.t.Helper()
	n := slices.IndexFunc(p.accounts, func(a bank.Account) bool { return a.Name == p.creditor })
	req := httptest.NewRequest(http.MethodGet, "/charges/"+i.PaymentIntentID, nil)
	req.Header.Set("Authorization", "Bearer "+p.accounts[n].APIToken)
	answer := httptest.NewRecorder()
	p.bank.ServeHTTP(answer, req)
	charge := get[struct {
		Status  string
		Refunds []struct{ AmountCentavos int64 }
	}](p, http.StatusOK, reply{answer.Code, answer.Header(), answer.Body.Bytes()})
	for _, r := range charge.Refunds {
		left += r.AmountCentavos
	}
	return charge.Status, left
}

// answerDebits lets the bank of account debit answer what was sent to it, with return codes by payment request; without one it pays.
func (p *person) answerDebits(codes map[string]string) {
	p.t.Helper()
	at := collection.ProviderAccount{Provider: provider.Debit, Account: p.creditor + "-001"}
	debits := parties.Debits{Files: p.parts().Files(), Accounts: []collection.ProviderAccount{at}, Now: time.Now}
	if files, err := debits.Answer(p.t.Context(), codes); err != nil || files != 1 {
		p.t.Fatalf("the bank wrote %d files: %v", files, err)
	}
}

// system is a creditor's own system, which keeps what it is told.
type system struct {
	url, secret string

	mu    sync.Mutex
	told  []told
	wrong []string
}

type told struct {
	ID, Type, CaseID string
}

// openSystem serves the listener's system, on loopback alone.
func (d *deployment) openSystem() {
	d.t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		d.t.Fatal(err)
	}
	d.system = &system{url: "http://" + socket.Addr().String() + "/", secret: signingSecret()}
	server := &http.Server{Handler: d.system, ReadHeaderTimeout: time.Minute}
	d.t.Cleanup(func() { _ = server.Close() }) // nobody is left to hear of it
	go func() { _ = server.Serve(socket) }()   // ends with ErrServerClosed
}

// ServeHTTP implements http.Handler: it takes what is genuine.
func (s *system) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var event told
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = websign.Verify([]string{s.secret}, r.Header.Get, body, time.Now())
	}
	if err == nil {
		err = json.Unmarshal(body, &event)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || event.ID != r.Header.Get(websign.HeaderID) {
		s.wrong = append(s.wrong, fmt.Sprintf("%v: %.200s", err, body))
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.told = append(s.told, event)
	w.WriteHeader(http.StatusNoContent)
}

// of are the types of the events that the system was told of a case, and what was not genuine.
func (s *system) of(caseID string) (types, wrong []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.told {
		if e.CaseID == caseID {
			types = append(types, e.Type)
		}
	}
	return types, slices.Clone(s.wrong)
}
