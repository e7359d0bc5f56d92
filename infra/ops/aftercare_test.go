package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// paid takes a case of the sample through a deal over its first debt whose money came, and lets the creditor's system refuse what the
// money was to bring back.
func (d *deployment) paid(t *testing.T, creditor collection.CreditorID) (collection.CaseID, collection.AgreementID) {
	t.Helper()
	store, now := d.Parts.Store(), d.Clock.Now()
	ids, err := casesOf(t.Context(), d.Parts, creditor, time.Time{}, now.Add(time.Hour))
	if err != nil || len(ids) == 0 {
		t.Fatalf("%d cases, %v", len(ids), err)
	}
	dossier, err := store.Load(t.Context(), creditor, ids[0])
	if err != nil {
		t.Fatal(err)
	}
	proposal, err1 := collection.Mint[collection.ProposalNoun](now, d.Parts.Chance)
	deal, err2 := collection.Mint[collection.AgreementNoun](now, d.Parts.Chance)
	intent, err3 := collection.Mint[collection.IntentNoun](now, d.Parts.Chance)
	due, err4 := calendar.ParseDate("2026-11-30")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	meta, debt := collection.Meta{At: now, By: collection.System("test", creditor)}, dossier.Debts[0]
	err = errors.Join(
		dossier.Accept(meta, collection.ProposalCreated{
			Proposal: proposal, ContractNumber: "VP-1", TextHash: "text", ExpiresAt: now.Add(time.Hour), Terms: collection.Terms{
				Debts: []collection.DebtID{debt.ID}, Principal: debt.Principal, Total: debt.Principal,
				Schedule: []collection.ScheduledPayment{{Number: 1, DueDate: due, Amount: debt.Principal}},
			}, Rules: collection.DealRules{ToleranceDays: 30, WithdrawalDays: 7, Benefit: collection.Benefit{Kind: collection.BenefitKept, Days: 5}},
		}),
		dossier.Sign(meta, proposal, "text", deal, strings.Repeat("a", 64), collection.AftercareReactivation))
	if err == nil {
		_, err = dossier.RequestPayment(meta, collection.PaymentRequested{
			Intent: intent, Agreement: deal, Instalment: 1, ExpiresAt: now.Add(time.Hour), Provider: "sandbox", Account: "a",
		})
	}
	if err == nil {
		_, err = dossier.Post(meta, intent, collection.Money{Provider: "sandbox", Account: "a", Fact: "F", Amount: debt.Principal, PaidOn: due})
	}
	if err == nil {
		meta.By = collection.Principal{Kind: collection.KindCreditor, ID: string(creditor), Creditor: creditor}
		err = dossier.AnswerAftercare(meta, collection.AftercareAnswered{
			Agreement: deal, Outcome: collection.AftercareRefused, Reason: "contract_gone",
		})
	}
	if err = errors.Join(err, store.Commit(t.Context(), dossier)); err != nil {
		t.Fatal(err)
	}
	return ids[0], deal
}

func TestWhatWasNotBroughtBackIsForPeople(t *testing.T) {
	d := deploy(t)
	args, person := d.sample(t)
	if code, out := d.ops(t, "", args...); code != 0 {
		t.Fatal(out)
	}
	code, out := d.ops(t, "", "aftercare", "list", "-creditor", person.Creditor)
	wantSaid(t, code, out, 0, "0 paid agreements wait")
	id, deal := d.paid(t, collection.CreditorID(person.Creditor))
	of := []string{"-creditor", person.Creditor, "-case", id.String(), "-agreement", deal.String()}
	on := func(verb string, more ...string) (int, string) {
		return d.ops(t, "", append(append([]string{"aftercare", verb}, of...), more...)...)
	}
	code, out = d.ops(t, "", "aftercare", "list", "-creditor", person.Creditor)
	wantSaid(t, code, out, 0, "2026-11-23T12:00:00Z", id.String(), deal.String(), "plan", "refused", "contract_gone", "1 paid agreements wait")
	code, out = on("show")
	wantSaid(t, code, out, 0, "contract VP-1, FULFILLED", "asked: attempt 1, repeat 0", "creditor:"+person.Creditor+"  refused contract_gone",
		"for people: ops aftercare repeat")
	for _, c := range []struct {
		verb string
		more []string
		code int
		said string
	}{
		{"repeat", nil, exitUsage, "say who decides"},
		{"repeat", []string{"-by", "Ana Maria", "-reason", "x"}, exitUsage, "say who decides"},
		{"repeat", []string{"-by", "ana", "-reason", " "}, exitUsage, "say who decides"},
		{"close", []string{"-by", "ana", "-reason", "x"}, exitFailed, "invalid input: outcome"},
		{"close", []string{"-by", "ana", "-reason", "x", "-as", "refused"}, exitFailed, "invalid input: outcome"},
		{"repeat", []string{"-by", "ana", "-reason", "the contract was found"}, 0, "asked anew"},
		{"repeat", []string{"-by", "ana", "-reason", "once more"}, exitFailed, "has not failed"},
	} {
		code, out = on(c.verb, c.more...)
		wantSaid(t, code, out, c.code, c.said)
	}
	code, out = on("show")
	wantSaid(t, code, out, 0, "asked: attempt 1, repeat 1", `staff:ana  asked`, `"the contract was found"`, "asked again by itself")
	code, out = d.ops(t, "", "aftercare", "list", "-creditor", person.Creditor)
	wantSaid(t, code, out, 0, "0 paid agreements wait")
	if err := d.Advance(t.Context(), d.Clock.Now().Add(6*24*time.Hour)); err != nil { // nobody answers
		t.Fatal(err)
	}
	code, out = d.ops(t, "", "aftercare", "list", "-creditor", person.Creditor)
	wantSaid(t, code, out, 0, "unanswered", "(none)", "1 paid agreements wait")
	code, out = on("close", "-by", "bia", "-reason", "refunded on the telephone", "-as", "closed")
	wantSaid(t, code, out, 0, "settled")
	code, out = on("show")
	wantSaid(t, code, out, 0, "staff:bia  closed", "nothing is left to do")
	of[5] = id.String()
	code, out = on("show")
	wantSaid(t, code, out, exitFailed, "nothing was asked")
	of[5] = "x"
	code, out = on("show")
	wantSaid(t, code, out, exitUsage, "usage: ops aftercare show")
}
