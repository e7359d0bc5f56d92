package reminder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/message"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/otp"
)

// planned brings a case to where its first reminder waits on the queue.
func planned(t testing.TB, w *world) (collection.CaseID, Message) {
	t.Helper()
	id := start(t, w, "vida-plena", "maria", "2026-11-10")
	if _, err := w.stepper().Do(t.Context(), Execution{"vida-plena", id.String(), 1}); err != nil {
		t.Fatal(err)
	}
	if len(w.queue) != 1 {
		t.Fatalf("%d contacts on the queue", len(w.queue))
	}
	m := w.queue[0]
	w.queue = nil
	return id, m
}

func contact(t testing.TB, w *world, m Message) collection.Contact {
	t.Helper()
	at, err := parseMessage(m)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.LoadContact(t.Context(), at.creditor, at.caseID, at.contact)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestReminderSaysWhatIsOwedOnTheDay(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	id, m := planned(t, w)
	w.now = w.now.Add(2 * time.Hour)
	if err := w.sender().Do(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if len(w.mails) != 1 || len(w.links) != 1 {
		t.Fatalf("%d mails, %d links", len(w.mails), len(w.links))
	}
	mail := w.mails[0].mail
	charged, err := offer.Charge(w.creditors["vida-plena"].Charges, state(t, w, id).Debts[0], offer.Today(w.now))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{charged.Total.String(), "CT-2024-2026-11-10", "Maria", "https://portal.example/#e=vida-plena."} {
		if !strings.Contains(mail.Message.Text, want) {
			t.Errorf("the message does not say %q:\n%s", want, mail.Message.Text)
		}
	}
	if mail.To != "maria@example.com" || mail.From != "vida-plena" || mail.ReplyTo != "contato@vida-plena.example" {
		t.Errorf("envelope %+v", mail)
	}
	_, rest, _ := strings.Cut(mail.Message.Text, "/#e=")
	token, _, _ := strings.Cut(rest, "\n")
	link := w.links[0]
	until := w.now.Add(30 * 24 * time.Hour)
	if link.Hash != otp.EntryHash(token) || string(link.Sealed) != "entry=•••••••••••-10" || !link.ExpiresAt.Equal(until) {
		t.Errorf("link %+v of token %s", link, token)
	}
	if c := contact(t, w, m); c.Status != collection.ContactSent || !c.SentAt.Equal(w.now) {
		t.Errorf("contact %+v", c)
	}
	text, err := json.Marshal(m)
	want := fmt.Sprintf(`{"creditor":"vida-plena","caseId":"%s","contactId":"%s"}`, m.CaseID, m.ContactID)
	if err != nil || string(text) != want {
		t.Errorf("queued %s", text)
	}
}

func TestWhatChangedBetweenPlanAndSendIsNotSent(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, w *world, id collection.CaseID)
		status collection.ContactStatus
		rule   string
	}{
		"an agreement was signed": {func(t *testing.T, w *world, id collection.CaseID) {
			w.agree(t, id, 2, state(t, w, id).Debts[0].ID)
		}, collection.ContactRefused, "AGREEMENT-LIVE"},
		"everything was paid": {func(t *testing.T, w *world, id collection.CaseID) {
			w.pay(t, id, w.agree(t, id, 1, state(t, w, id).Debts[0].ID), 45000)
		}, collection.ContactRefused, "NOTHING-OWED"},
		"the address went": {func(t *testing.T, w *world, id collection.CaseID) {
			w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error {
				return d.Record(meta, collection.ParticipantRevised{Standing: d.Case.Standing, UF: "SP"})
			})
		}, collection.ContactRefused, "NO-ADDRESS"},
		"the window closed": {func(_ *testing.T, w *world, _ collection.CaseID) {
			w.now = w.now.Add(9 * time.Hour)
		}, collection.ContactDeferred, "BR-DEFAULT-HOURS"},
		"another creditor came first": {func(t *testing.T, w *world, _ collection.CaseID) {
			start(t, w, "tv-horizonte", "maria", "2026-06-01")
			w.advance(t, w.now.Add(time.Second))
		}, collection.ContactDeferred, "BR-CAP-DAY"},
		"the ruler ended": {func(t *testing.T, w *world, id collection.CaseID) {
			w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error {
				return d.Record(meta, collection.RulerEnded{Generation: 1, Reason: "staff"})
			})
		}, collection.ContactRefused, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld("2026-11-23T15:00:00Z")
			id, m := planned(t, w)
			for _, x := range w.executions {
				x.wake = x.wake.AddDate(1, 0, 0)
			}
			test.change(t, w, id)
			before := len(w.mails)
			if err := w.sender().Do(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			c := contact(t, w, m)
			if len(w.mails) != before || c.Status != test.status || test.rule != "" && !slices.Contains(c.Verdict.Rules, test.rule) {
				t.Errorf("%d mails, contact %s by %v", len(w.mails), c.Status, c.Verdict.Rules)
			}
			lawful(t, w)
		})
	}
}

func TestDuplicatesSendOnce(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	_, m := planned(t, w)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			err := w.sender().Do(t.Context(), m)
			if err != nil && !errors.Is(err, collection.ErrUnavailable) && !errors.Is(err, collection.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if c := contact(t, w, m); len(w.mails) != 1 || c.Status != collection.ContactSent || len(w.caps["maria"].Days) != 1 {
		t.Errorf("%d mails, contact %s, cap %+v", len(w.mails), c.Status, w.caps["maria"])
	}
}

func TestACrashAfterTheClaimIsUnknownAndNeverSentAgain(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	id, m := planned(t, w)
	w.failCommit = func(d *collection.Dossier) error {
		if _, closing := d.Recorded()[0].Event.(collection.ContactClosed); closing {
			return collection.ErrUnavailable // the sender dies before it can store the answer
		}
		return nil
	}
	if err := w.sender().Do(t.Context(), m); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	w.failCommit = nil
	if err := w.sender().Do(t.Context(), m); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("a claim that may be at work: %v", err)
	}
	w.now = w.now.Add(3 * time.Minute)
	for range 3 {
		if err := w.sender().Do(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	rung, _ := state(t, w, id).Case.Ruler.Rung("lembrete")
	if c := contact(t, w, m); len(w.mails) != 1 || c.Status != collection.ContactUnknown || rung.Outcome != collection.RungUnknown {
		t.Errorf("%d mails, contact %s, rung %+v", len(w.mails), c.Status, rung)
	}
	w.advance(t, w.now.AddDate(0, 0, 2))
	if len(w.mails) != 1 {
		t.Errorf("%d mails", len(w.mails))
	}
}

func TestAnswersOfTheChannel(t *testing.T) {
	for name, test := range map[string]struct {
		err    error
		status collection.ContactStatus
		capped int
		later  int // mails two days later
	}{
		"refused":   {fmt.Errorf("%w: MessageRejected", collection.ErrRefused), collection.ContactFailed, 1, 0},
		"no answer": {fmt.Errorf("%w: deadline", collection.ErrUnavailable), collection.ContactUnknown, 1, 0},
		"not taken": {errors.Join(collection.ErrUnavailable, message.ErrNotTaken), collection.ContactDeferred, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld("2026-11-23T15:00:00Z")
			_, m := planned(t, w)
			w.failMail = func(message.Email) error { return test.err }
			if err := w.sender().Do(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if c := contact(t, w, m); c.Status != test.status || len(w.caps["maria"].Days) != test.capped {
				t.Errorf("contact %s, cap %+v", c.Status, w.caps["maria"])
			}
			w.failMail = nil
			w.advance(t, w.now.AddDate(0, 0, 1))
			if len(w.mails) != test.later {
				t.Errorf("%d mails later", len(w.mails))
			}
			lawful(t, w)
		})
	}
}

func TestALostQueueMessageIsQueuedAgain(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	_, m := planned(t, w) // the message is dropped
	if w.drain(t.Context()); len(w.mails) != 0 {
		t.Fatal("sent by nobody")
	}
	w.advance(t, w.now.Add(time.Second)) // the machine asks once more, as it does when a step did not answer
	if c := contact(t, w, m); len(w.mails) != 1 || c.Status != collection.ContactSent {
		t.Errorf("%d mails, contact %s", len(w.mails), c.Status)
	}
}

func TestAContactThatNobodySendsIsQueuedOnceADayAtLast(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	planned(t, w)
	w.failQueue = func() error { return nil }
	queued := 0
	var in *sleeper
	for _, x := range w.executions {
		in = x
	}
	for until := w.now.AddDate(0, 0, 90); w.now.Before(until); {
		step, err := w.stepper().Do(t.Context(), in.in)
		if err != nil {
			t.Fatal(err)
		}
		queued, w.queue = queued+len(w.queue), nil
		w.now = step.WakeAt
	}
	if queued < 90 || queued > 100 {
		t.Errorf("queued %d times in 90 days", queued)
	}
}

func TestSenderRefusesForeignMessages(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	_, m := planned(t, w)
	for _, bad := range []Message{{}, {"", m.CaseID, m.ContactID, 0}, {m.Creditor, "x", m.ContactID, 0}, {m.Creditor, m.CaseID, "x", 0}} {
		if err := w.sender().Do(t.Context(), bad); !errors.Is(err, collection.ErrInvalid) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	none := Message{m.Creditor, m.CaseID, mint[collection.ContactNoun](t, w).String(), 0}
	if err := w.sender().Do(t.Context(), none); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

type brokenVault struct{ *world }

func (brokenVault) OpenDebt(context.Context, collection.Case, collection.Debt) (collection.DebtDetails, error) {
	return collection.DebtDetails{}, collection.ErrUnavailable
}

func TestAFaultBeforeTheClaimLeavesTheContactPlanned(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	_, m := planned(t, w)
	s := w.sender()
	s.Vault = brokenVault{w}
	if err := s.Do(t.Context(), m); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	if c := contact(t, w, m); c.Status != collection.ContactPlanned || len(w.mails) != 0 {
		t.Errorf("%d mails, contact %s", len(w.mails), c.Status)
	}
	if err := w.sender().Do(t.Context(), m); err != nil || len(w.mails) != 1 {
		t.Errorf("%d mails, %v", len(w.mails), err)
	}
}

func TestContractHint(t *testing.T) {
	for contract, want := range map[string]string{
		"CT-2024-123": "•••••••••••123", " ABCDEF ": "•••••••••••DEF", "ÇÃÉÍÓÚ": "•••••••••••ÍÓÚ",
		"AB123": "•••••••••••", "": "•••••••••••",
	} {
		if got := contractHint(contract); got != want {
			t.Errorf("contractHint(%q) = %q, want %q", contract, got, want)
		}
	}
}

// A message that fails again and again is put back before it becomes a dead letter, and once only lets its alarm ring.
func TestAMessageOutlastsALongOutage(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	_, m := planned(t, w)
	w.failCommit = func(*collection.Dossier) error { return collection.ErrUnavailable }
	put := &putBack{}
	sender := w.sender()
	sender.Again = put
	for round := range 3 {
		m.Round = round
		for attempt := 1; attempt <= 5; attempt++ {
			err := sender.Patiently(t.Context(), m, attempt)
			if taken := err == nil; taken != (round > 0 && attempt == 4) {
				t.Fatalf("round %d, attempt %d: %v", round, attempt, err)
			}
			if round > 0 && attempt == 4 {
				break
			}
		}
		if len(put.back) != round+1 || put.back[round].Round != round+1 {
			t.Fatalf("put back %+v", put.back)
		}
	}
	w.failCommit = nil
	if err := sender.Patiently(t.Context(), put.back[2], 1); err != nil || len(w.mails) != 1 {
		t.Errorf("%d mails: %v", len(w.mails), err)
	}
	for _, bad := range []Message{{}, {Creditor: m.Creditor, CaseID: m.CaseID, ContactID: m.CaseID}} {
		if err := sender.Patiently(t.Context(), bad, 4); err == nil || len(put.back) != 3 {
			t.Errorf("%+v was put back: %v", bad, err)
		}
	}
}

type putBack struct{ back []Message }

func (p *putBack) SendAfter(_ context.Context, body any, wait time.Duration) error {
	m, ok := body.(Message)
	if !ok || wait != 15*time.Minute {
		return collection.ErrInvalid
	}
	p.back = append(p.back, m)
	return nil
}
