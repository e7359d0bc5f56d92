package payment_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/idempotency"
	"github.com/regua/regua/shared/payment"
)

func TestRequestIssuesAtOnce(t *testing.T) {
	r := newRig(t, 10000, 20000)
	r.store.calls = nil
	intent := r.request(t, 1, "k1")
	code, err := codeOf(r.rail.charges[intent.ID.String()].Charge)
	if err != nil {
		t.Fatal(err)
	}
	if intent.Status != collection.IntentIssued || intent.Code.BRCode != code || intent.Amount != 10000 {
		t.Fatalf("intent %+v", intent)
	}
	if !intent.ExpiresAt.Equal(start.Add(intentLife)) || !reflect.DeepEqual(intent, r.intent(intent.ID)) {
		t.Fatalf("stored %+v, answered %+v", r.intent(intent.ID), intent)
	}
	if r.started[intent.ID.String()].IntentID != intent.ID.String() {
		t.Fatal("no execution waits for the money")
	}
	// The session's Query comes before, and a marker is deleted after each commit: five calls in all.
	if !slices.Equal(r.store.calls, []string{"commit", "commit"}) {
		t.Fatalf("store calls %v", r.store.calls)
	}
}

func TestRequestAgain(t *testing.T) {
	r := newRig(t, 10000, 20000)
	first := r.request(t, 1, "k1")
	ctx := context.Background()

	t.Run("same key", func(t *testing.T) {
		asked, err := r.requests.Request(ctx, r.meta(), r.dossier(t), r.ask(1, "k1"))
		if err != nil || !asked.Replayed || !reflect.DeepEqual(asked.Intent, first) {
			t.Fatalf("got %+v, %v", asked, err)
		}
	})
	t.Run("same key, other instalment", func(t *testing.T) {
		if _, err := r.requests.Request(ctx, r.meta(), r.dossier(t), r.ask(2, "k1")); !errors.Is(err, idempotency.ErrKeyReused) {
			t.Fatalf("got %v", err)
		}
	})
	t.Run("other key while the code lives", func(t *testing.T) {
		asked, err := r.requests.Request(ctx, r.meta(), r.dossier(t), r.ask(1, "k2"))
		if err != nil || asked.Replayed || asked.Intent.ID != first.ID || len(r.store.intents) != 1 {
			t.Fatalf("got %+v, %v", asked, err)
		}
		if asked, err = r.requests.Request(ctx, r.meta(), r.dossier(t), r.ask(1, "k2")); err != nil || !asked.Replayed {
			t.Fatalf("its repetition: %+v, %v", asked, err)
		}
	})
	t.Run("other key after its time", func(t *testing.T) {
		r.advance(intentLife)
		if asked := r.request(t, 1, "k3"); asked.ID == first.ID || asked.Status != collection.IntentIssued {
			t.Fatalf("got %+v", asked)
		}
		asked, err := r.requests.Request(ctx, r.meta(), r.dossier(t), r.ask(1, "k1"))
		if err != nil || asked.Intent.ID != first.ID || !asked.Replayed {
			t.Fatalf("the first key: %+v, %v", asked, err)
		}
	})
	t.Run("same key once it is paid", func(t *testing.T) {
		live := r.dossier(t).Agreements[0].Instalments[0].Codes[0].Intent
		p, ok := r.rail.pay(live.String(), "E1", 10000, false)
		if !ok || r.webhooks.Receive(ctx, r.notice(t, "evt", p)) != nil {
			t.Fatal("not paid")
		}
		r.drain(t)
		asked, err := r.requests.Request(ctx, r.meta(), r.dossier(t), r.ask(1, "k3"))
		if err != nil || !asked.Replayed || asked.Intent.Status != collection.IntentConfirmed {
			t.Fatalf("got %+v, %v", asked, err)
		}
		if _, err := r.requests.Request(ctx, r.meta(), r.dossier(t), r.ask(1, "k4")); !errors.Is(err, collection.ErrInstalmentNotPayable) {
			t.Fatalf("a paid instalment: %v", err)
		}
	})
}

func TestRequestRefuses(t *testing.T) {
	r := newRig(t, 10000)
	ctx := context.Background()
	for name, c := range map[string]struct {
		change func(*payment.Ask)
		want   error
	}{
		"boleto":             {func(a *payment.Ask) { a.Method = collection.MethodBoleto }, payment.ErrMethodNotAvailable},
		"no such instalment": {func(a *payment.Ask) { a.Instalment = 2 }, collection.ErrInstalmentNotPayable},
		"instalment zero":    {func(a *payment.Ask) { a.Instalment = 0 }, collection.ErrInstalmentNotPayable},
		"no such agreement":  {func(a *payment.Ask) { a.Agreement = collection.AgreementID{} }, collection.ErrNotFound},
	} {
		ask := r.ask(1, name)
		c.change(&ask)
		if _, err := r.requests.Request(ctx, r.meta(), r.dossier(t), ask); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	stranger := r.meta()
	stranger.By.Case = collection.CaseID{}
	if _, err := r.requests.Request(ctx, stranger, r.dossier(t), r.ask(1, "k")); !errors.Is(err, collection.ErrForbidden) {
		t.Errorf("another case's participant: %v", err)
	}
	if len(r.store.intents) != 0 || len(r.started) != 0 || len(r.rail.charges) != 0 {
		t.Error("a refused request left something behind")
	}
}

func TestProviderLate(t *testing.T) {
	r := newRig(t, 10000)
	r.rail.down = true
	intent := r.request(t, 1, "k1")
	if intent.Status != collection.IntentRequested || len(r.started) != 1 {
		t.Fatalf("intent %+v", intent)
	}
	ref := r.started[intent.ID.String()]
	if _, err := r.issue.Do(context.Background(), ref); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("the machine's try: %v", err)
	}
	r.rail.down = false
	issued, err := r.issue.Do(context.Background(), ref)
	if err != nil || issued != (payment.Issued{Status: "ISSUED", TimeoutSeconds: int64(intentLife/time.Second) + 60}) {
		t.Fatalf("got %+v, %v", issued, err)
	}
	again := r.request(t, 1, "k1")
	if again.ID != intent.ID || again.Status != collection.IntentIssued {
		t.Fatalf("the participant then sees %+v", again)
	}
}

func TestMachineDoesNotStart(t *testing.T) {
	r := newRig(t, 10000)
	r.store.fault = func(call string) error {
		if call == "start before" {
			return collection.ErrUnavailable
		}
		return nil
	}
	if _, err := r.requests.Request(context.Background(), r.meta(), r.dossier(t), r.ask(1, "k1")); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	r.store.fault = func(string) error { return nil }
	intent := r.request(t, 1, "k1")
	if intent.Status != collection.IntentIssued || len(r.started) != 1 || len(r.store.intents) != 1 {
		t.Fatalf("intent %+v", intent)
	}
}

func TestIssueTask(t *testing.T) {
	ctx := context.Background()
	t.Run("a second time", func(t *testing.T) {
		r := newRig(t, 10000)
		intent := r.request(t, 1, "k1")
		seq := r.dossier(t).Case.Seq
		r.advance(30*time.Minute + 500*time.Millisecond)
		issued, err := r.issue.Do(ctx, r.started[intent.ID.String()])
		if err != nil || issued.Status != "ISSUED" || issued.TimeoutSeconds != 90*60+60 || r.dossier(t).Case.Seq != seq {
			t.Fatalf("got %+v, %v", issued, err)
		}
	})
	t.Run("refused", func(t *testing.T) {
		r := newRig(t, 10000)
		r.rail.refuse = true
		intent := r.request(t, 1, "k1")
		if _, err := r.issue.Do(ctx, r.started[intent.ID.String()]); !errors.Is(err, collection.ErrRefused) {
			t.Fatalf("got %v", err)
		}
		if got := r.intent(intent.ID); got.Status != collection.IntentCancelled {
			t.Fatalf("intent %+v", got)
		}
		r.rail.refuse = false
		if next := r.request(t, 1, "k2"); next.ID == intent.ID || next.Status != collection.IntentIssued {
			t.Fatalf("the next request: %+v", next)
		}
		if issued, err := r.issue.Do(ctx, r.started[intent.ID.String()]); err != nil || issued.Status != "CANCELLED" {
			t.Fatalf("issued again: %+v, %v", issued, err)
		}
	})
	t.Run("never answered in time", func(t *testing.T) {
		r := newRig(t, 10000)
		r.rail.down = true
		intent := r.request(t, 1, "k1")
		r.advance(intentLife)
		issued, err := r.issue.Do(ctx, r.started[intent.ID.String()])
		if err != nil || issued.Status != "REQUESTED" || issued.TimeoutSeconds < 1 {
			t.Fatalf("got %+v, %v", issued, err)
		}
	})
	t.Run("unknown", func(t *testing.T) {
		r := newRig(t, 10000)
		for _, id := range []string{"", "x", "01JD9ZC0D1E2F3G4H5J6K7M8N9"} {
			ref := payment.Ref{Creditor: "vida-plena", IntentID: id}
			if _, err := r.issue.Do(ctx, ref); !errors.Is(err, collection.ErrInvalid) && !errors.Is(err, collection.ErrNotFound) {
				t.Errorf("%+v: %v", ref, err)
			}
		}
	})
}

// Fifty requests at once under ten keys make one intent, one charge and one execution.
func TestConcurrentRequests(t *testing.T) {
	r := newRig(t, 10000)
	var wg sync.WaitGroup
	ids := make([]collection.IntentID, 50)
	for n := range ids {
		d := r.dossier(t)
		wg.Go(func() {
			for {
				asked, err := r.requests.Request(context.Background(), r.meta(), d, r.ask(1, string(rune('a'+n%10))))
				if errors.Is(err, collection.ErrConflict) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				ids[n] = asked.Intent.ID
				return
			}
		})
	}
	wg.Wait()
	if len(slices.Compact(ids)) != 1 || len(r.store.intents) != 1 || len(r.rail.charges) != 1 || len(r.started) != 1 {
		t.Fatalf("%d intents, %d charges, %d executions", len(r.store.intents), len(r.rail.charges), len(r.started))
	}
}

func TestFindShowsOwnIntentsOnly(t *testing.T) {
	r := newRig(t, 10000)
	intent := r.request(t, 1, "k1")
	own := r.meta().By
	if got, err := payment.Find(context.Background(), r.store, own, intent.ID); err != nil || !reflect.DeepEqual(got, intent) {
		t.Fatalf("got %+v, %v", got, err)
	}
	for name, change := range map[string]func(*collection.Principal){
		"other case":     func(p *collection.Principal) { p.Case = collection.CaseID{} },
		"other creditor": func(p *collection.Principal) { p.Creditor = "other" },
	} {
		by := own
		change(&by)
		if _, err := payment.Find(context.Background(), r.store, by, intent.ID); !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	before, after := payment.StatusAt(intent, intent.ExpiresAt.Add(-1)), payment.StatusAt(intent, intent.ExpiresAt)
	if before != collection.IntentIssued || after != collection.IntentExpired {
		t.Error("a code past its time is shown as payable, or one before it is not")
	}
	intent.Status = collection.IntentConfirmed
	if payment.StatusAt(intent, intent.ExpiresAt) != collection.IntentConfirmed {
		t.Error("money gave way to time")
	}
}
