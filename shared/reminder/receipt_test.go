package reminder

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
	"github.com/regua/regua/shared/money"
)

// receipts are the contacts of a case that confirm payments.
func receipts(t testing.TB, w *world, id collection.CaseID) []collection.Contact {
	t.Helper()
	var all []collection.Contact
	for _, c := range state(t, w, id).Contacts {
		if c.Purpose == collection.PurposeReceipt {
			all = append(all, c)
		}
	}
	return all
}

func TestPaymentsAreConfirmedOnce(t *testing.T) {
	w := newWorld("2026-11-22T02:30:00Z") // a Saturday night: receipts keep no hours
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-10")
	paid := w.pay(t, id, w.agree(t, id, 3, placed.Debts[0]), 15000)
	for range 3 {
		if err := w.planner().Do(t.Context(), paid); err != nil {
			t.Fatal(err)
		}
	}
	w.drain(t.Context())
	if err := w.planner().Do(t.Context(), paid); err != nil {
		t.Fatal(err)
	}
	w.drain(t.Context())
	all := receipts(t, w, id)
	if len(w.mails) != 1 || len(all) != 1 || all[0].Status != collection.ContactSent || len(w.caps) != 0 {
		t.Fatalf("%d mails, contacts %+v, caps %v", len(w.mails), all, w.caps)
	}
	m := w.mails[0].mail.Message
	for _, want := range []string{"1 de 3", "R$ 150,00", "R$ 300,00", "21/11/2026", "https://portal.example/?c=vida-plena"} {
		if !strings.Contains(m.Text, want) || m.Template != message.PaymentReceipt {
			t.Errorf("the receipt does not say %q:\n%s", want, m.Text)
		}
	}
}

func TestEveryPaymentHasItsReceipt(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-10")
	intent := w.agree(t, id, 1, placed.Debts[0])
	for i, test := range []struct {
		amount money.Centavos
		want   string
	}{
		{5000, "parcial"}, {40000, "quitado"}, {1000, "R$ 10,00 além"},
	} {
		if err := w.planner().Do(t.Context(), w.pay(t, id, intent, test.amount)); err != nil {
			t.Fatal(err)
		}
		w.drain(t.Context())
		if len(w.mails) != i+1 || !strings.Contains(w.mails[i].mail.Message.Text, test.want) {
			t.Errorf("payment %d: %d mails, want one that says %q", i+1, len(w.mails), test.want)
		}
	}
	lawful(t, w)
}

func TestAReceiptWithoutAnAddressIsRefusedOnRecord(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-10")
	paid := w.pay(t, id, w.agree(t, id, 1, placed.Debts[0]), 45000)
	w.change(t, id, func(d *collection.Dossier, meta collection.Meta) error {
		return d.Record(meta, collection.ParticipantRevised{Standing: d.Case.Standing, UF: "SP"})
	})
	for range 2 {
		if err := w.planner().Do(t.Context(), paid); err != nil {
			t.Fatal(err)
		}
	}
	all := receipts(t, w, id)
	if len(w.queue) != 0 || len(all) != 1 || all[0].Status != collection.ContactRefused ||
		all[0].Verdict.Rules[0] != compliance.RuleNoAddress {
		t.Errorf("%d queued, contacts %+v", len(w.queue), all)
	}
}

func TestAReceiptIsQueuedAgainAfterACrash(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-10")
	paid := w.pay(t, id, w.agree(t, id, 1, placed.Debts[0]), 45000)
	w.failQueue = func() error { return collection.ErrUnavailable }
	if err := w.planner().Do(t.Context(), paid); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	w.failQueue = nil
	if err := w.planner().Do(t.Context(), paid); err != nil {
		t.Fatal(err)
	}
	w.drain(t.Context())
	if len(w.mails) != 1 || len(receipts(t, w, id)) != 1 {
		t.Errorf("%d mails", len(w.mails))
	}
}

func TestABusyChannelFailsAReceipt(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-10")
	paid := w.pay(t, id, w.agree(t, id, 1, placed.Debts[0]), 45000)
	w.failMail = func(message.Email) error { return errors.Join(collection.ErrUnavailable, message.ErrNotTaken) }
	if err := w.planner().Do(t.Context(), paid); err != nil {
		t.Fatal(err)
	}
	w.drain(t.Context())
	if all := receipts(t, w, id); len(all) != 1 || all[0].Status != collection.ContactFailed {
		t.Errorf("contacts %+v", all)
	}
}

func TestReceiptIdsFollowFromEvents(t *testing.T) {
	w := newWorld("2026-11-23T15:00:00Z")
	var id collection.CaseID
	placed := w.place(t, "vida-plena", &id, "maria", "2026-11-10")
	intent := w.agree(t, id, 3, placed.Debts[0])
	first, second := w.pay(t, id, intent, 100), w.pay(t, id, intent, 100)
	for _, paid := range []Paid{first, second, first, second} {
		w.now = w.now.Add(time.Minute)
		if err := w.planner().Do(t.Context(), paid); err != nil {
			t.Fatal(err)
		}
	}
	if all := receipts(t, w, id); len(all) != 2 || all[0].ID == all[1].ID {
		t.Errorf("contacts %+v", all)
	}
}
