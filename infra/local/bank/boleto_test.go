package bank_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/bank"
	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/boleto"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
)

// slip is a charge by boleto that is due on a Thursday.
func slip(t *testing.T) provider.Charge {
	t.Helper()
	due, err := calendar.New(2026, time.December, 10)
	if err != nil {
		t.Fatal(err)
	}
	c := charge()
	c.Method, c.DueDate, c.ExpiresAt = collection.MethodBoleto, due, start.AddDate(0, 0, 30)
	c.Payer, c.Description = provider.Payer{Name: "Ana <Souza>", Document: "52998224725"}, "Parcela 1 de 3"
	return c
}

func (r rig) issueSlip(t *testing.T) collection.PayCode {
	t.Helper()
	r.bank.Slips = "http://127.0.0.1:1/slips/"
	code, err := r.adapter.Issue(t.Context(), r.account, slip(t))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func (r rig) state(t *testing.T) provider.State {
	t.Helper()
	state, err := r.adapter.Fetch(t.Context(), r.account, txID)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func TestIssueSlip(t *testing.T) {
	r := newRig(t)
	code := r.issueSlip(t)
	read, err := boleto.ParseLine(code.Line)
	if err != nil || read.Barcode() != code.Barcode || read.Bank() != "999" || read.Amount() != 25843 || code.BRCode != "" ||
		code.DocumentURL != "http://127.0.0.1:1/slips/"+txID {
		t.Fatalf("got %+v, %v", code, err)
	}
	if again := r.issueSlip(t); again != code {
		t.Fatalf("a second time: %+v", again)
	}
	other := slip(t)
	other.DueDate = other.DueDate.AddDays(1)
	if _, err := r.adapter.Issue(t.Context(), r.account, other); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("another due date under the same txid: %v", err)
	}
	if _, err := r.adapter.Issue(t.Context(), r.account, charge()); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("another rail under the same txid: %v", err)
	}
	other = slip(t)
	other.TxID, other.Amount = "01JD9ZC0D1E2F3G4H5J6K7M8NA", 10_000_000_000
	if _, err := r.adapter.Issue(t.Context(), r.account, other); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("an amount of eleven digits: %v", err)
	}
	other.Amount, other.DueDate = 1, calendar.Date{}
	if code, err := r.adapter.Issue(t.Context(), r.account, other); err != nil || !strings.Contains(code.Line, "00000000000001") {
		t.Errorf("a slip without due date: %+v, %v", code, err)
	}
	other.Method = collection.MethodDebit
	if _, err := r.adapter.Issue(t.Context(), r.account, other); !errors.Is(err, collection.ErrRefused) {
		t.Errorf("a debit: %v", err)
	}
}

func TestASlipIsNoticedAndSettlesOnTheNextBusinessDay(t *testing.T) {
	for name, c := range map[string]struct {
		paid time.Duration // after Monday 23 November 2026, 11:00 in São Paulo
		want time.Time
	}{
		"Monday":           {0, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)},
		"Friday":           {4 * 24 * time.Hour, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)},
		"Saturday":         {5 * 24 * time.Hour, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)},
		"Monday, midnight": {12*time.Hour + 59*time.Minute, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.issueSlip(t)
			r.advance(t, c.paid)
			paid := r.pay(t, bank.Payment{AmountCentavos: 20000, Copies: 2})
			if len(r.inbox.events) != 1 || len(r.inbox.events[0].Noticed) != 1 || r.inbox.events[0].Noticed[0].TxID != txID {
				t.Fatalf("notices %+v", r.inbox.events)
			}
			if state := r.state(t); state.Status != provider.ChargeNoticed || state.Payments != nil {
				t.Fatalf("state %+v", state)
			}
			if state, err := r.adapter.Cancel(t.Context(), r.account, txID); err != nil || state.Status != provider.ChargeNoticed {
				t.Fatalf("a paid slip was cancelled: %+v, %v", state, err)
			}
			if _, err := r.bank.Pay(t.Context(), bank.Payment{TxID: txID}); !errors.Is(err, bank.ErrNotPayable) {
				t.Fatalf("paid twice: %v", err)
			}
			r.advance(t, c.want.Sub(r.clk.Now())-time.Second)
			if len(r.inbox.events) != 1 {
				t.Fatalf("settled before %s", c.want)
			}
			r.advance(t, time.Second)
			if len(r.inbox.events) != 3 || len(r.inbox.bad) != 0 || r.inbox.events[1].Payments[0].Fact != paid.EndToEndID ||
				r.inbox.events[1].Key == r.inbox.events[0].Key {
				t.Fatalf("notices %+v, bad %v", r.inbox.events, r.inbox.bad)
			}
			if state := r.state(t); state.Status != provider.ChargePaid || len(state.Payments) != 1 || state.Payments[0].Amount != 20000 {
				t.Fatalf("state %+v", state)
			}
		})
	}
}

func TestASlipSettlesAtOnceWhenAsked(t *testing.T) {
	r := newRig(t)
	r.issueSlip(t)
	first := r.pay(t, bank.Payment{})
	settled := r.pay(t, bank.Payment{Settle: true}) // what was noticed, and nothing more
	if settled != first || len(r.inbox.events) != 2 || len(r.inbox.events[1].Payments) != 1 {
		t.Fatalf("got %+v, notices %+v", settled, r.inbox.events)
	}
	over := r.pay(t, bank.Payment{Settle: true, Force: true, AmountCentavos: 30000})
	if over.EndToEndID == first.EndToEndID || len(r.state(t).Payments) != 2 {
		t.Fatalf("got %+v, %+v", over, r.state(t))
	}
	r.advance(t, 7*24*time.Hour)
	if len(r.inbox.events) != 3 || len(r.state(t).Payments) != 2 {
		t.Fatalf("settled again: %+v", r.inbox.events)
	}
}

func TestASettlementOutlivesARestart(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.Virtual(start)
	r := open(t, clk, st)
	r.issueSlip(t)
	paid := r.pay(t, bank.Payment{})
	clk.Close()
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err = store.Open(dir); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}()
	clk = clock.Virtual(start.Add(time.Hour))
	defer clk.Close()
	r = open(t, clk, st)
	if state := r.state(t); state.Status != provider.ChargeNoticed {
		t.Fatalf("state %+v", state)
	}
	r.advance(t, 24*time.Hour)
	if len(r.inbox.events) != 1 || len(r.inbox.events[0].Payments) != 1 || r.inbox.events[0].Payments[0].Fact != paid.EndToEndID {
		t.Fatalf("notices %+v", r.inbox.events)
	}
	if other := r.pay(t, bank.Payment{Force: true}); other.EndToEndID == paid.EndToEndID {
		t.Fatal("a name was given twice")
	}
}

func TestThePrintableSlip(t *testing.T) {
	r := newRig(t)
	code := r.issueSlip(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /slips/{txid}", r.bank.Slip)
	get := func(txid string) (*http.Response, string) {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/slips/"+txid, http.NoBody))
		return answer.Result(), answer.Body.String()
	}
	read, err := boleto.ParseBarcode(code.Barcode)
	if err != nil {
		t.Fatal(err)
	}
	answer, page := get(txID)
	if answer.StatusCode != http.StatusOK || !strings.Contains(answer.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Fatalf("got %d, %v", answer.StatusCode, answer.Header)
	}
	for _, want := range []string{
		`lang="pt-BR"`, read.String(), read.SVG(), "Vida Plena Saúde", "Ana &lt;Souza&gt;", "52998224725", "10/12/2026", "R$ 258,43",
		"Parcela 1 de 3",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the slip lacks %.60q", want)
		}
	}
	r.pay(t, bank.Payment{})
	if _, page := get(txID); !strings.Contains(page, "Pago, aguardando compensação") {
		t.Error("the slip does not say that it is paid")
	}
	if answer, _ := get("nobody"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown slip: %d", answer.StatusCode)
	}
}

func TestStatement(t *testing.T) {
	r := newRig(t)
	r.issueSlip(t)
	slipMoney := r.pay(t, bank.Payment{})
	other := charge()
	other.TxID = "01JD9ZC0D1E2F3G4H5J6K7M8NA"
	if _, err := r.adapter.Issue(t.Context(), r.account, other); err != nil {
		t.Fatal(err)
	}
	pix, err := r.bank.Pay(t.Context(), bank.Payment{TxID: other.TxID})
	if err != nil {
		t.Fatal(err)
	}
	monday, err := calendar.New(2026, time.November, 23)
	if err != nil {
		t.Fatal(err)
	}
	on := func(day calendar.Date) provider.Statement {
		statement, err := r.adapter.Statement(t.Context(), r.account, day)
		if err != nil {
			t.Fatal(err)
		}
		return statement
	}
	if got := on(monday); len(got.Payments) != 1 || got.Payments[0].Fact != pix[0].EndToEndID || got.Returns != nil {
		t.Fatalf("Monday: %+v", got)
	}
	r.advance(t, 24*time.Hour)
	order := provider.RefundOrder{ID: "R1", Fact: pix[0].EndToEndID, Amount: 100}
	back, err := r.adapter.Refund(t.Context(), r.account, other.TxID, order)
	if err != nil {
		t.Fatal(err)
	}
	got := on(monday.AddDays(1))
	if len(got.Payments) != 1 || got.Payments[0].Fact != slipMoney.EndToEndID || len(got.Returns) != 1 || got.Returns[0] != (provider.Return{
		Fact: back.Fact, Of: order.Fact, TxID: other.TxID, Kind: provider.ReturnRefund, Amount: 100, At: start.Add(24 * time.Hour),
	}) {
		t.Fatalf("Tuesday: %+v", got)
	}
	state, err := r.adapter.Fetch(t.Context(), r.account, other.TxID)
	if err != nil || len(state.Returns) != 1 || state.Returns[0] != got.Returns[0] {
		t.Fatalf("fetched %+v, %v", state, err)
	}
	stranger := r.account
	stranger.APIToken = "t2"
	if got, err := r.adapter.Statement(t.Context(), stranger, monday); err != nil || got.Payments != nil {
		t.Fatalf("another account's: %+v, %v", got, err)
	}
}
