package journey

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

type debited struct {
	PaymentIntentID, Status, NextAction string
	AmountCentavos                      int64
	Debit                               *struct{ MandateStatus string }
}

// authorise asks for the money of an agreement's first instalment from an account.
func (w *world) authorise(token, agreementID string) debited {
	w.t.Helper()
	return into[debited](w.t, w.want(http.StatusCreated, w.me(token, "POST", "/v1/me/payment-intents", map[string]any{
		"agreementId": agreementID, "instalment": 1, "method": "debit",
		"debit": map[string]any{"bank": "001", "branch": "1234", "account": "123456"},
	}, "Idempotency-Key", "debit-"+agreementID)))
}

// answerDebits lets the banks answer, and the product read it.
func (w *world) answerDebits(codes map[string]string) {
	w.t.Helper()
	got := into[struct{ Files int }](w.t, w.want(http.StatusOK,
		w.call(http.MethodPost, "/_local/sandbox/debits", map[string]any{"codes": codes})))
	if got.Files != 1 {
		w.t.Fatalf("the banks wrote %d files", got.Files)
	}
	w.advance(time.Hour)
}

func TestAccountDebit(t *testing.T) {
	people := make([]debtor, 4)
	for i := range people {
		people[i] = someone("credora", 700+i)
	}
	w := begin(t, setup{portfolio: csvOf(t, people...)})
	agreements, intents, logins := make([]string, 4), make([]debited, 4), make([]string, 4)
	for i, p := range people {
		logins[i] = w.login(p.Participant, "email")
		agreements[i] = w.accept(logins[i], 1)
		intents[i] = w.authorise(logins[i], agreements[i])
		if intents[i].Status != "ISSUED" || intents[i].Debit == nil || intents[i].Debit.MandateStatus != "ACTIVE" {
			t.Fatalf("authorised: %+v", intents[i])
		}
	}
	// The last one pays by PIX after all, before any file went out: the bank never hears of the debit.
	pix := w.ask(logins[3], agreements[3], 1, "pix")
	w.pay(pix.PaymentIntentID, pix.AmountCentavos)
	w.advance(time.Hour)
	files := w.cloud.Parts.Files()
	sent, err := files.Get(t.Context(), "credora-001/out/000001.txt")
	if err != nil || bytes.Count(sent, []byte("\nE")) != 3 || bytes.Contains(sent, []byte(intents[3].PaymentIntentID)) {
		t.Fatalf("the file to the bank: %v\n%s", err, sent)
	}
	w.advance(4 * 24 * time.Hour)
	w.answerDebits(map[string]string{intents[1].PaymentIntentID: "01", intents[2].PaymentIntentID: "30"})
	w.wantDebits(people, agreements, intents)

	// The bank sends the file again, and one that is not whole: nothing changes.
	before := w.books()
	answer, err := files.Get(t.Context(), "credora-001/in/RET000001.txt")
	if err != nil {
		t.Fatal(err)
	}
	broken := bytes.Replace(answer, []byte("BANCO DEMO"), []byte("BANCO DEMO "), 1)
	for name, text := range map[string][]byte{"again": answer, "broken": broken} {
		if err := files.PutNew(t.Context(), "credora-001/in/"+name, text); err != nil {
			t.Fatal(err)
		}
	}
	w.advance(2 * time.Hour)
	if after := w.books(); after.cash != before.cash || len(after.payments) != len(before.payments) {
		t.Errorf("the books hold %+v, and before the file came again %+v", after, before)
	}
}

// wantDebits looks at what became of the four: paid by debit, refused for want of money, refused for want of a mandate, paid by PIX.
func (w *world) wantDebits(people []debtor, agreements []string, intents []debited) {
	w.t.Helper()
	var statuses, mandates, paid []string
	for i, p := range people {
		token := w.login(p.Participant, "email")
		got := into[debited](w.t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/payment-intents/"+intents[i].PaymentIntentID, nil)))
		wanted := []string{"", "ACTIVE", "BROKEN", ""}[i] // of those that the bank refused
		if (got.Debit == nil) != (wanted == "") || got.Debit != nil && got.Debit.MandateStatus != wanted {
			w.t.Errorf("debit %d is shown as %+v, want %q", i, got.Debit, wanted)
		}
		statuses, mandates = append(statuses, got.Status), append(mandates, w.mandate(agreements[i]))
		paid = append(paid, fmt.Sprint(w.agreement(token, agreements[i]).PaidCentavos == intents[i].AmountCentavos))
	}
	if want := []string{"CONFIRMED", "CANCELLED", "CANCELLED", "CANCELLED"}; !slices.Equal(statuses, want) {
		w.t.Errorf("the debits are %v, want %v", statuses, want)
	}
	if want := []string{"ACTIVE", "ACTIVE", "BROKEN", "ACTIVE"}; !slices.Equal(mandates, want) {
		w.t.Errorf("the mandates are %v, want %v", mandates, want)
	}
	if want := []string{"true", "false", "false", "true"}; !slices.Equal(paid, want) {
		w.t.Errorf("paid are %v, want %v", paid, want)
	}
}

// mandate is the status of an agreement's mandate, "" when there is no such agreement.
func (w *world) mandate(agreementID string) string {
	w.t.Helper()
	for _, c := range w.cases(w.table()) {
		d, err := w.cloud.Parts.Store().Load(w.t.Context(), c.creditor, c.id)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, a := range d.Agreements {
			if a.ID.String() == agreementID {
				return string(a.Mandate.Status)
			}
		}
	}
	return ""
}
