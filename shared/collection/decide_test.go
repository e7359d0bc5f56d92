package collection_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

var system = collection.System("test", "vivamais")

func meta(at time.Time) collection.Meta { return collection.Meta{At: at, By: system} }

// deal is a case with two debts of R$ 100,00 and R$ 50,00, and ids for what the tests make.
type deal struct {
	*collection.Dossier
	proposal  collection.ProposalID
	agreement collection.AgreementID
	intent    collection.IntentID
}

func newDeal(t *testing.T) *deal {
	t.Helper()
	d := &deal{
		collection.NewDossier(id[collection.CaseNoun](1), "vivamais"), id[collection.ProposalNoun](2), id[collection.AgreementNoun](3),
		id[collection.IntentNoun](4),
	}
	must(t, d.Place(meta(noon), &collection.CaseOpened{Standing: collection.StandingFormer}, []collection.PlacedDebt{
		{ID: id[collection.DebtNoun](10), DueDate: day("2025-12-01"), Principal: 10000},
		{ID: id[collection.DebtNoun](11), DueDate: day("2026-01-01"), Principal: 5000},
	}))
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// offered is a proposal over both debts: R$ 150,00 and R$ 3,00 of fine less R$ 33,00, in two instalments of R$ 60,00.
func (d *deal) offered() collection.ProposalCreated {
	return collection.ProposalCreated{
		Proposal: d.proposal, OfferHash: "offer", ContractNumber: "c-1", TextHash: "text", ExpiresAt: noon.Add(time.Hour),
		Terms: collection.Terms{
			Kind: collection.OfferInstalments, Debts: []collection.DebtID{id[collection.DebtNoun](10), id[collection.DebtNoun](11)},
			Principal: 15000, Fine: 300, Discount: 3300, Total: 12000, Off: collection.Components{Principal: 3000, Fine: 300},
			Schedule: []collection.ScheduledPayment{
				{Number: 1, DueDate: day("2026-03-10"), Amount: 6000}, {Number: 2, DueDate: day("2026-04-10"), Amount: 6000},
			},
		},
	}
}

func (d *deal) sign(t *testing.T, aftercare collection.Aftercare) *deal {
	t.Helper()
	must(t, d.Accept(meta(noon), d.offered()))
	must(t, d.Sign(meta(noon), d.proposal, "text", d.agreement, "evidence", aftercare))
	return d
}

func (d *deal) request(t *testing.T, n uint64, instalment int) collection.IntentID {
	t.Helper()
	intent, err := d.RequestPayment(meta(noon), collection.PaymentRequested{
		Intent: id[collection.IntentNoun](n), Agreement: d.agreement, Instalment: instalment, ExpiresAt: noon.Add(time.Hour),
	})
	must(t, err)
	return intent.ID
}

func (d *deal) pay(t *testing.T, intent collection.IntentID, amount money.Centavos) collection.Receipt {
	t.Helper()
	r, err := d.Post(meta(noon), intent, collection.Money{
		Provider: "sandbox", Account: "a", Fact: "f", Amount: amount, PaidOn: day("2026-03-02"),
	})
	must(t, err)
	return r
}

func TestPlacingAndRevising(t *testing.T) {
	d := newDeal(t)
	first := d.Debts[0].ID
	one := func(debt collection.DebtID, principal money.Centavos) []collection.PlacedDebt {
		return []collection.PlacedDebt{{ID: debt, DueDate: day("2025-11-30"), Principal: principal}}
	}
	unknown := id[collection.DebtNoun](99)
	for name, c := range map[string]struct {
		err  error
		want error
	}{
		"a debt of nothing":      {d.Place(meta(noon), nil, one(unknown, 0)), collection.ErrInvalid},
		"a revision to nothing":  {d.Revise(meta(noon), one(first, 0)), collection.ErrInvalid},
		"an unknown debt":        {d.Revise(meta(noon), one(unknown, 1)), collection.ErrDebtsNotOpen},
		"no debts":               {d.Place(meta(noon), nil, nil), nil},
		"more than money holds":  {d.Place(meta(noon), nil, append(one(unknown, 1<<62), one(unknown, 1<<62)...)), money.ErrOverflow},
		"a revision that is one": {d.Revise(meta(noon), one(first, 9000)), nil},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if got := d.Case.Balances[collection.AccountReceivable]; got != 14000 || d.Debts[0].Principal != 9000 {
		t.Errorf("%s are owed after the revision", got)
	}
	if err := d.Place(meta(noon), nil, []collection.PlacedDebt{{ID: first, Principal: 1}}); err == nil {
		t.Error("a debt was placed twice")
	}
}

func TestADayTakesTwentyUnsignedProposals(t *testing.T) {
	d := newDeal(t)
	accept := func(n uint64, at time.Time) error {
		p := d.offered()
		p.Proposal, p.OfferHash, p.Terms.QuotedAt = id[collection.ProposalNoun](100+n), fmt.Sprint("offer ", n), at
		return d.Accept(meta(at), p)
	}
	for n := range uint64(20) {
		must(t, accept(n, noon))
		must(t, d.Refuse(meta(noon), id[collection.ProposalNoun](100+n))) // giving one up makes no room
	}
	if err := accept(20, noon.Add(24*time.Hour-time.Second)); !errors.Is(err, collection.ErrTooManyProposals) {
		t.Errorf("got %v", err)
	}
	must(t, accept(21, noon.Add(24*time.Hour)))
}

func TestAcceptRefusals(t *testing.T) {
	d := newDeal(t)
	change := func(f func(*collection.ProposalCreated)) error {
		p := d.offered()
		f(&p)
		return d.Accept(meta(noon), p)
	}
	over := func(debts ...collection.DebtID) func(*collection.ProposalCreated) {
		return func(p *collection.ProposalCreated) { p.Terms.Debts = debts }
	}
	for name, c := range map[string]struct {
		change func(*collection.ProposalCreated)
		want   error
	}{
		"no debt":      {over(), collection.ErrInvalid},
		"unknown debt": {over(id[collection.DebtNoun](99)), collection.ErrNotFound},
		"debt twice":   {over(d.Debts[0].ID, d.Debts[0].ID), collection.ErrNotFound},
	} {
		if err := change(c.change); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, d.Accept(meta(noon), d.offered()))
	if err := d.Accept(meta(noon), d.offered()); !errors.Is(err, collection.ErrOfferTaken) {
		t.Errorf("an offer was accepted twice: %v", err)
	}
	d.Debts[0].Status = collection.DebtDisputed
	if err := change(func(p *collection.ProposalCreated) { p.OfferHash = "other" }); !errors.Is(err, collection.ErrDebtsNotOpen) {
		t.Errorf("a disputed debt was dealt: %v", err)
	}
}

func TestSignRefusals(t *testing.T) {
	nothing := func(*deal) error { return nil }
	revised := func(due string, principal money.Centavos) func(*deal) error {
		return func(d *deal) error {
			return d.Revise(meta(noon), []collection.PlacedDebt{{ID: d.Debts[0].ID, DueDate: day(due), Principal: principal}})
		}
	}
	for name, c := range map[string]struct {
		before func(*deal) error
		at     time.Time
		hash   string
		want   error
	}{
		"in time":           {nothing, noon.Add(time.Hour - 1), "text", nil},
		"too late":          {nothing, noon.Add(time.Hour), "text", collection.ErrContractExpired},
		"another text":      {nothing, noon, "texts", collection.ErrContractChanged},
		"refused before":    {func(d *deal) error { return d.Refuse(meta(noon), d.proposal) }, noon, "text", collection.ErrProposalNotOpen},
		"principal differs": {revised("2025-12-01", 1), noon, "text", collection.ErrContractExpired},
		"due date differs":  {revised("2025-11-01", 10000), noon, "text", nil},
		"debt disputed": {func(d *deal) error {
			d.Debts[1].Status = collection.DebtDisputed
			return nil
		}, noon, "text", collection.ErrDebtsNotOpen},
		"signed before": {func(d *deal) error {
			return d.Sign(meta(noon), d.proposal, "text", id[collection.AgreementNoun](30), "e", collection.AftercareNone)
		}, noon, "text", collection.ErrProposalNotOpen},
	} {
		d := newDeal(t)
		must(t, d.Accept(meta(noon), d.offered()))
		must(t, c.before(d))
		if err := d.Sign(meta(c.at), d.proposal, c.hash, d.agreement, "evidence", collection.AftercareNone); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	d := newDeal(t)
	if err := d.Sign(meta(noon), d.proposal, "text", d.agreement, "e", collection.AftercareNone); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("nothing was signed: %v", err)
	}
	if err := d.Refuse(meta(noon), d.proposal); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("nothing was refused: %v", err)
	}
}

func TestSigningPostsTheDeal(t *testing.T) {
	d := newDeal(t).sign(t, collection.AftercareNone)
	for account, want := range map[collection.Account]money.Centavos{
		collection.AccountAgreement(collection.ComponentPrincipal): 12000, collection.AccountAgreement(collection.ComponentFine): 0,
		collection.AccountReceivable: 0, collection.AccountCharges(collection.ComponentFine): -300, collection.AccountFinancing: 0,
		collection.AccountDiscount(collection.ComponentPrincipal): 3000, collection.AccountDiscount(collection.ComponentFine): 300,
		collection.AccountPlaced: -15000,
	} {
		if got := d.Case.Balances[account]; got != want {
			t.Errorf("%s is %d, want %d", account, got, want)
		}
	}
	if d.Status(noon) != collection.CaseAgreementActive || len(d.OpenDebts()) != 0 {
		t.Errorf("a signed case is %s with %d open debts", d.Status(noon), len(d.OpenDebts()))
	}
}

func TestMoney(t *testing.T) {
	d := newDeal(t).sign(t, collection.AftercareReactivation)
	first, second := d.request(t, 40, 1), d.request(t, 41, 2)
	agreement := func() collection.Agreement { a, _ := d.Agreement(d.agreement); return *a }

	if r := d.pay(t, first, 2000); r.Applied != 2000 || r.Excess != 0 || agreement().Status != collection.AgreementPendingFirstPayment {
		t.Errorf("part of an instalment: %+v, %s", r, agreement().Status)
	}
	again := d.request(t, 42, 1)
	if intent, _ := d.Intent(again); intent.Amount != 4000 {
		t.Errorf("the rest of the instalment is %s", intent.Amount)
	}
	if r := d.pay(t, again, 4500); r.Applied != 4000 || r.Excess != 500 || agreement().Status != collection.AgreementActive {
		t.Errorf("too much for an instalment: %+v, %s", r, agreement().Status)
	}
	if got := countOf[collection.PlanReactivationRequested](d.Dossier); got != 1 {
		t.Errorf("aftercare was asked for %d times", got)
	}
	if r := d.pay(t, first, 6000); r.Applied != 0 || r.Excess != 6000 {
		t.Errorf("an instalment paid again: %+v", r)
	}
	if r := d.pay(t, second, 6000); r.Applied != 6000 || agreement().Status != collection.AgreementFulfilled {
		t.Errorf("the last instalment: %+v, %s", r, agreement().Status)
	}
	if d.Status(noon) != collection.CaseSettled || agreement().Excess != 6500 || d.Case.Balances[collection.AccountExcess] != -6500 {
		t.Errorf("after the last instalment the case is %s with %s too much", d.Status(noon), agreement().Excess)
	}
	if r := d.pay(t, second, 1); r.Applied != 0 || r.Excess != 1 {
		t.Errorf("money after the end: %+v", r)
	}
	if got := countOf[collection.PlanReactivationRequested](d.Dossier); got != 1 {
		t.Errorf("aftercare was asked for %d times", got)
	}
	if _, err := d.Post(meta(noon), second, collection.Money{Amount: 0}); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("no money was posted: %v", err)
	}
	if _, err := d.Post(meta(noon), id[collection.IntentNoun](99), collection.Money{Amount: 1}); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("money of an unknown intent was posted: %v", err)
	}
}

func countOf[E collection.Event](d *collection.Dossier) int {
	n := 0
	for _, r := range d.Recorded() {
		if _, ok := r.Event.(E); ok {
			n++
		}
	}
	return n
}

func TestMoneyWinsOverExpiry(t *testing.T) {
	d := newDeal(t).sign(t, collection.AftercareService)
	first := d.request(t, 40, 1)
	must(t, d.Issued(meta(noon), first, collection.PayCode{BRCode: "code"}))
	must(t, d.Issued(meta(noon), first, collection.PayCode{BRCode: "another code"}))
	must(t, d.Close(meta(noon), first, collection.IntentExpired, "unpaid"))
	before := len(d.Recorded())
	must(t, d.Close(meta(noon), first, collection.IntentCancelled, "again"))
	must(t, d.Issued(meta(noon), first, collection.PayCode{BRCode: "late code"}))
	if len(d.Recorded()) != before {
		t.Error("late news of a closed intent were recorded")
	}
	d.pay(t, first, 6000)
	must(t, d.Close(meta(noon), first, collection.IntentExpired, "late"))
	intent, _ := d.Intent(first)
	if intent.Status != collection.IntentConfirmed || intent.Code.BRCode != "code" ||
		countOf[collection.ServiceRestoreRequested](d.Dossier) != 1 {
		t.Errorf("intent is %s with %q", intent.Status, intent.Code.BRCode)
	}
}

func TestRequestRefusals(t *testing.T) {
	d := newDeal(t).sign(t, collection.AftercareNone)
	d.pay(t, d.request(t, 40, 1), 6000)
	for name, c := range map[string]struct {
		agreement  collection.AgreementID
		instalment int
		want       error
	}{
		"unknown agreement": {id[collection.AgreementNoun](99), 1, collection.ErrNotFound},
		"paid":              {d.agreement, 1, collection.ErrInstalmentNotPayable},
		"before the first":  {d.agreement, 0, collection.ErrInstalmentNotPayable},
		"after the last":    {d.agreement, 3, collection.ErrInstalmentNotPayable},
		"payable":           {d.agreement, 2, nil},
	} {
		_, err := d.RequestPayment(meta(noon), collection.PaymentRequested{
			Intent: id[collection.IntentNoun](50), Agreement: c.agreement, Instalment: c.instalment,
		})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	unknown := id[collection.IntentNoun](99)
	for _, err := range []error{
		d.Issued(meta(noon), unknown, collection.PayCode{BRCode: "x"}), d.Close(meta(noon), unknown, collection.IntentExpired, "x"),
	} {
		if !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("an unknown intent: %v", err)
		}
	}
}

func TestReplayErrorTellsNoContent(t *testing.T) {
	answer := collection.Answer{Route: "POST /v1/me/proposals", Sealed: []byte("secret"), KeyHash: "key"}
	err := error(&collection.ReplayError{Answer: answer})
	if text := []byte(err.Error()); bytes.Contains(text, []byte("secret")) || bytes.Contains(text, []byte("key")) {
		t.Errorf("%s", text)
	}
}
