package payment_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/payment"
	"github.com/regua/regua/shared/provider"
)

// withRoutes makes a rig whose creditor takes PIX, boletos and debits, and whose participant can be opened.
func withRoutes(t *testing.T, amounts ...money.Centavos) *rig {
	t.Helper()
	r := newRig(t, amounts...)
	for _, method := range []collection.Method{collection.MethodBoleto, collection.MethodDebit} {
		route := collection.PaymentRoute{Method: method, Provider: "sandbox", Account: "vida"}
		r.store.creditor.Payments = append(r.store.creditor.Payments, route)
	}
	r.requests.Issuing.People = people{r.requests.Issuing.People}
	return r
}

// people opens everybody as one.
type people struct{ payment.People }

func (people) OpenParticipant(context.Context, collection.Case) (collection.Participant, error) {
	return collection.Participant{Name: "Ana", Document: "52998224725"}, nil
}

func (r *rig) by(t tb, method collection.Method, instalment int, key string) collection.Intent {
	t.Helper()
	ask := r.ask(instalment, key)
	ask.Method = method
	if method == collection.MethodDebit {
		ask.Debit = &payment.DebitConsent{Bank: "001", Branch: "0001", Account: "1234"}
	}
	asked, err := r.requests.Request(context.Background(), r.meta(), r.dossier(t), ask)
	if err != nil {
		t.Fatal(err)
	}
	return asked.Intent
}

// An instalment has one code by each method; each is asked for with what its rail needs and no more.
func TestOneCodeByEachMethod(t *testing.T) {
	r := withRoutes(t, 10000)
	r.store.creditor.Charges.Fine, _ = money.ParseRate("0.02")
	pix, slip := r.by(t, collection.MethodPix, 1, "p"), r.by(t, collection.MethodBoleto, 1, "b")
	debit := r.by(t, collection.MethodDebit, 1, "d")
	a := r.dossier(t).Agreements[0]
	if codes := a.Instalments[0].Codes; len(codes) != 3 {
		t.Fatalf("codes %+v", codes)
	}
	if again := r.by(t, collection.MethodBoleto, 1, "b2"); again.ID != slip.ID {
		t.Errorf("a second boleto beside one that lives: %+v", again)
	}
	p, b, d := r.rail.charges[pix.ID.String()], r.rail.charges[slip.ID.String()], r.rail.charges[debit.ID.String()]
	if p.Payer.Name != "" || !p.DueDate.IsZero() || !p.FineRate.IsZero() || pix.FineRate != "" {
		t.Errorf("a PIX names the payer or a due date: %+v", p.Charge)
	}
	if b.Payer.Name != "Ana" || b.DueDate != a.Instalments[0].DueDate || b.FineRate.String() != "0.02" || b.Debit != nil {
		t.Errorf("a boleto was asked for as %+v", b.Charge)
	}
	if !slip.ExpiresAt.After(start.AddDate(0, 0, 8)) { // due on December 1
		t.Errorf("a boleto ends at %s", slip.ExpiresAt)
	}
	if d.Debit == nil || d.Debit.Account != "1234" || d.Debit.Mandate != a.Mandate.ID || len(a.Mandate.ID) != 25 {
		t.Errorf("a debit was asked for as %+v under %+v", d.Debit, a.Mandate)
	}
}

// A debit goes under the agreement's mandate, and not without one.
func TestMandates(t *testing.T) {
	r := withRoutes(t, 10000, 20000)
	ask := r.ask(1, "k")
	ask.Method = collection.MethodDebit
	if _, err := r.requests.Request(context.Background(), r.meta(), r.dossier(t), ask); !errors.Is(err, payment.ErrMandateNeeded) {
		t.Fatalf("got %v", err)
	}
	first := r.by(t, collection.MethodDebit, 1, "k1")
	ask = r.ask(2, "k2")
	ask.Method = collection.MethodDebit
	asked, err := r.requests.Request(context.Background(), r.meta(), r.dossier(t), ask)
	if err != nil || asked.Intent.Mandate != first.Mandate || len(r.store.mandates) != 1 {
		t.Fatalf("got %+v, %v", asked.Intent, err)
	}
	s := provider.Event{Refusals: []provider.Refusal{{TxID: first.ID.String(), Code: "30", Mandate: true}}}
	r.rail.events = map[string]provider.Event{"evt_refused": s}
	r.receive(t, r.signed(t, "evt_refused", []byte(`{"id":"evt_refused","type":"x"}`)))
	r.awaits(t, first, "token")
	r.drain(t)
	a := r.dossier(t).Agreements[0]
	if i := r.intent(first.ID); i.Status != collection.IntentCancelled || i.Refusal != "30" || a.Mandate.Status != collection.MandateBroken {
		t.Fatalf("intent %+v, mandate %+v", i, a.Mandate)
	}
	if r.done["token"].Status != "CANCELLED" || len(a.Instalments[0].Codes) != 0 {
		t.Fatalf("done %v, codes %v", r.done, a.Instalments[0].Codes)
	}
	_, err = r.requests.Request(context.Background(), r.meta(), r.dossier(t), r.debit(1, "k3"))
	if !errors.Is(err, payment.ErrMandateNeeded) {
		t.Fatalf("under a broken mandate: %v", err)
	}
}

func (r *rig) debit(instalment int, key string) payment.Ask {
	ask := r.ask(instalment, key)
	ask.Method = collection.MethodDebit
	return ask
}

// raw is what is kept of the provider's notice of a name.
func (r *rig) raw(name string) collection.RawEvent {
	for key, raw := range r.store.raws {
		if before, _, _ := strings.Cut(key, "."); before == name {
			return raw
		}
	}
	return collection.RawEvent{}
}

func (r *rig) receive(t tb, n payment.Notice) {
	t.Helper()
	if err := r.webhooks.Receive(context.Background(), n); err != nil {
		t.Fatal(err)
	}
}

// First money wins: the execution of the other code is woken whatever comes first, token or money, and ends the code at the provider.
func TestFirstMoneyWins(t *testing.T) {
	ctx := context.Background()
	for name, tokenFirst := range map[string]bool{"the other waits already": true, "the other waits later": false} {
		t.Run(name, func(t *testing.T) {
			r := withRoutes(t, 10000, 20000)
			pix, slip := r.by(t, collection.MethodPix, 1, "p"), r.by(t, collection.MethodBoleto, 1, "b")
			if tokenFirst {
				r.awaits(t, slip, "slip")
			}
			r.paid(t, pix, "E1")
			r.drain(t)
			if !tokenFirst {
				r.awaits(t, slip, "slip")
				r.drain(t)
			}
			if r.done["slip"].Status != payment.Superseded {
				t.Fatalf("done %v", r.done)
			}
			out, err := r.expire.Do(ctx, r.started[slip.ID.String()])
			if err != nil || out.Status != "CANCELLED" || !r.rail.charges[slip.ID.String()].cancelled {
				t.Fatalf("got %+v, %v", out, err)
			}
			if codes := r.dossier(t).Agreements[0].Instalments[0].Codes; len(codes) != 0 {
				t.Fatalf("codes %+v", codes)
			}
			// Money that comes for it all the same is excess.
			p, _ := r.rail.pay(slip.ID.String(), "E2", 10000, true)
			r.receive(t, r.notice(t, "evt_late", p))
			r.drain(t)
			if a := r.dossier(t).Agreements[0]; a.Excess != 10000 || r.cash(t) != 20000 {
				t.Fatalf("agreement %+v", a)
			}
		})
	}
}

// The wake-up of the other code survives a crash anywhere between the posting and the answer to its token.
func TestFirstMoneyWinsOverCrashes(t *testing.T) {
	for _, at := range []string{
		"commit after", "wake queue before", "wake queue after", "succeed before", "succeed after", "load case before",
	} {
		r := withRoutes(t, 10000, 20000)
		pix, slip := r.by(t, collection.MethodPix, 1, "p"), r.by(t, collection.MethodBoleto, 1, "b")
		r.awaits(t, slip, "slip")
		r.awaits(t, pix, "pix")
		r.paid(t, pix, "E1")
		died := 0
		r.store.fault = func(call string) error {
			if call == at && died < 2 {
				died++
				return errDied
			}
			return nil
		}
		r.drain(t)
		if died == 0 || r.done["slip"].Status != payment.Superseded || r.done["pix"].Status != "CONFIRMED" || r.cash(t) != 10000 {
			t.Errorf("%s: died %d times, done %v", at, died, r.done)
		}
	}
}

// A code that another of its method took the place of is woken, and one that is still due is not.
func TestReplacedCodesEnd(t *testing.T) {
	r := withRoutes(t, 10000)
	old, slip := r.by(t, collection.MethodPix, 1, "p"), r.by(t, collection.MethodBoleto, 1, "b")
	r.awaits(t, old, "old")
	r.awaits(t, slip, "slip")
	p, _ := r.rail.pay(slip.ID.String(), "E1", 4000, false)
	r.receive(t, r.notice(t, "evt", p))
	r.drain(t)
	if len(r.done) != 1 || r.done["slip"].Status != "CONFIRMED" {
		t.Fatalf("after a part: %v", r.done)
	}
	rest := r.by(t, collection.MethodPix, 1, "p2")
	r.drain(t)
	if rest.Amount != 6000 || r.done["old"].Status != payment.Superseded {
		t.Fatalf("rest %+v, done %v", rest, r.done)
	}
}

// A payment that was seen does not expire while the provider says so, and not for ever.
func TestNoticedPaymentsWait(t *testing.T) {
	ctx := context.Background()
	for name, settles := range map[string]bool{"settles": true, "never settles": false} {
		t.Run(name, func(t *testing.T) {
			r := withRoutes(t, 10000)
			slip := r.by(t, collection.MethodBoleto, 1, "b")
			r.rail.charges[slip.ID.String()].noticed = true
			r.rail.events = map[string]provider.Event{"evt": {Noticed: []provider.Noticed{{TxID: slip.ID.String()}}}}
			r.receive(t, r.signed(t, "evt", []byte(`{"id":"evt","type":"x"}`)))
			r.drain(t)
			if i := r.intent(slip.ID); i.Status != collection.IntentNoticed {
				t.Fatalf("intent %+v", i)
			}
			if again := r.by(t, collection.MethodBoleto, 1, "b2"); again.ID != slip.ID {
				t.Fatalf("a second boleto while the first is under way: %+v", again)
			}
			r.advance(9 * 24 * time.Hour)
			if out, err := r.expire.Do(ctx, r.started[slip.ID.String()]); err != nil || out.Status != "NOTICED" || out.TimeoutSeconds != 86400 {
				t.Fatalf("got %+v, %v", out, err)
			}
			want := "EXPIRED"
			if settles {
				want = "CONFIRMED"
				r.rail.pay(slip.ID.String(), "E1", 10000, true)
			}
			r.advance(24 * time.Hour)
			if out, err := r.expire.Do(ctx, r.started[slip.ID.String()]); err != nil || out.Status != want {
				t.Fatalf("got %+v, %v", out, err)
			}
		})
	}
}
