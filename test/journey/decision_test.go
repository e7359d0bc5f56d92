package journey

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	awssecrets "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/sandbox"
	"github.com/regua/regua/shared/secrets"
)

const reviewed = `"refunds": {"excess": "refund"}, "review": {"aboveTotalCentavos": 1, "days": 2}`

// TestADealAboveTheLimitIsReviewed holds deals until an operator decides: one is approved, signed and paid; one is denied, and the
// participant chooses another; and one is decided by nobody.
func TestADealAboveTheLimitIsReviewed(t *testing.T) {
	t.Parallel()
	w, p, o := alone(t, reviewed)
	token := w.login(p, "email")
	o.tells(o.types(0, "review list"), "no deal of vida-plena waits")
	denied := w.choose(token, 1, "first")
	if denied.Status != "PROPOSAL_MANUAL_REVIEW" {
		t.Fatalf("the proposal is %s", denied.Status)
	}
	number := denied.ContractNumber
	if r := w.me(token, "POST", "/v1/me/contracts/"+number+"/signature",
		map[string]any{"sha256": strings.Repeat("0", 64), "accepted": true}); r.Status != http.StatusConflict {
		t.Errorf("signed while it waits: %d %s", r.Status, r.Body)
	}
	w.advance(90 * time.Minute)
	token = w.login(p, "email")
	listed := o.types(0, "review list")
	o.tells(listed, "waits for 1h 30m", "the total is above", "1 deals wait", denied.ProposalID)
	shown := o.follows(listed)
	o.tells(shown, "PROPOSAL_MANUAL_REVIEW", "***.", "CET", "discount", "review decide")
	if strings.Contains(shown, p.Name) || strings.Contains(shown, p.Document) || strings.Contains(shown, p.Email) {
		t.Errorf("personal data is shown:\n%s", shown)
	}
	o.tells(o.follows(listed, "show", "show -reveal"), p.Name, p.Document, p.Email)
	o.tells(o.follows(shown, "NAME", "ana", "-approve", "-deny"), "done: the proposal is denied")
	if now := w.proposal(token, denied.ProposalID); now.Status != "PROPOSAL_DENIED" || now.NextAction != "choose_offer" {
		t.Errorf("the participant sees %+v", now)
	}

	approved := w.choose(token, 2, "second")
	o.tells(o.follows(o.follows(o.types(0, "review list")), "NAME", "bia"), "done: the participant may sign until")
	agreement := w.signContract(token, approved.ContractNumber)
	w.pay(w.ask(token, agreement, 1, "pay").PaymentIntentID, 0)
	if a := w.agreement(token, agreement); a.Status != "ACTIVE" {
		t.Errorf("the agreement is %s", a.Status)
	}
	got := o.actors(w.caseOf("vida-plena"), "proposal.reviewed")
	if !slices.Equal(got, []string{"staff:ana: conferido", "staff:bia: conferido"}) {
		t.Errorf("decided by %q", got)
	}
}

// TestAReviewThatNobodyAnswersEnds lets the days of a review pass: the deal is denied by its deadline, and staff cannot decide any more.
func TestAReviewThatNobodyAnswersEnds(t *testing.T) {
	t.Parallel()
	w, p, o := alone(t, reviewed)
	left := w.choose(w.login(p, "email"), 1, "left")
	w.advance(49 * time.Hour)
	id := w.caseOf("vida-plena")
	if now := w.proposal(w.login(p, "email"), left.ProposalID); now.Status != "PROPOSAL_DENIED" {
		t.Errorf("the proposal is %s", now.Status)
	}
	if got := o.actors(id, "proposal.reviewed"); len(got) != 1 || !strings.HasPrefix(got[0], "system:deadline-step") {
		t.Errorf("ended by %q", got)
	}
	o.tells(o.does(1, "ana", "review decide", "-case", id, "-proposal", left.ProposalID, "-approve"), "proposal not open")
}

// TestTwoOperatorsAboveALimit walks decisions about more than one operator may decide alone.
func TestTwoOperatorsAboveALimit(t *testing.T) {
	t.Parallel()
	w, p, o := alone(t, reviewed+`, "decisions": {"secondAboveCentavos": 10000}`)
	token := w.login(p, "email")
	deal := w.choose(token, 1, "deal")
	id := w.caseOf("vida-plena")
	at := []string{"-case", id, "-proposal", deal.ProposalID}
	put := o.does(0, "ana", "review decide", append(at, "-approve")...)
	o.tells(put, "proposed: this is about more than R$ 100,00", "-confirm")
	if now := w.proposal(token, deal.ProposalID); now.Status != "PROPOSAL_MANUAL_REVIEW" {
		t.Errorf("one was enough: %s", now.Status)
	}
	o.tells(o.does(1, "ana", "review decide", append(at, "-confirm")...), "ana proposed this: another operator")
	o.tells(o.does(1, "ana", "review decide", append(at, "-approve")...), "ana proposed", "confirm or refuse first")
	for _, list := range []string{"review list", "decisions list"} {
		o.tells(o.types(0, list), "approved by ana", "conferido por ana", "-confirm")
	}
	o.tells(o.does(0, "bia", "review decide", append(at, "-refuse")...), "refused: what was proposed is dropped")
	o.tells(o.does(0, "bia", "review decide", append(at, "-approve")...), "proposed")
	o.tells(o.follows(o.types(0, "decisions list"), "NAME", "ana"), "done: the participant may sign")
	o.tells(o.types(0, "decisions list"), "no decision of vida-plena waits")
	agreement := w.signContract(token, deal.ContractNumber)
	w.pay(w.ask(token, agreement, 1, "pay").PaymentIntentID, 0)

	// A refund by command reaches the bank, after two words.
	shown := o.types(0, "refunds show", "-case", id)
	o.tells(shown, "can be sent back", "FULFILLED")
	o.tells(o.follows(shown, "NAME", "ana"), "proposed")
	o.tells(o.follows(o.types(0, "refunds show", "-case", id), "NAME", "bia"), "done: the refund is ordered")
	if returned := -w.balance("returned"); returned != w.balance("cash") || returned == 0 {
		t.Errorf("%d came and %d left", w.balance("cash"), returned)
	}
	if a := w.agreement(token, agreement); len(a.Refunds) != 1 || a.Refunds[0].Status != "RETURNED" ||
		a.Refunds[0].AmountCentavos != w.balance("cash") {
		t.Errorf("the participant sees %+v", a.Refunds)
	}
	if got := o.actors(id, "payment.refund_requested"); !slices.Equal(got, []string{"staff:bia: conferido"}) {
		t.Errorf("ordered by %q", got)
	}
	o.types(0, "verify-ledger", "-case", id)
	o.types(0, "verify-chain", "-case", id)
}

// TestARecallWhileACodeIsLive takes the debts back: the agreement ends, the code is made unpayable, and money that was under way all the
// same is excess, which goes back.
func TestARecallWhileACodeIsLive(t *testing.T) {
	t.Parallel()
	w, p, o := alone(t, "")
	token := w.login(p, "email")
	id := w.accept(token, 2)
	asked := w.ask(token, id, 1, "live")
	caseID := w.caseOf("vida-plena")
	debts := into[overview](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil)))
	r := w.me(token, "POST", "/v1/me/simulations", map[string]any{"debtIds": []string{debts.Debts[0].DebtID}, "instalments": 1})
	if r.code() != "debts_not_open" || !strings.Contains(string(r.Body), "Termine-o antes") {
		t.Errorf("a deal about a debt of a live agreement: %s", r.Body)
	}
	o.tells(o.does(64, "Ana", "recall", "-case", caseID, "-decide"), "-operator")
	o.tells(o.types(64, "recall", "-case", caseID, "-decide", "-operator", "ana"), "-reason")
	o.tells(o.does(0, "ana", "recall", "-case", caseID, "-decide"), "done: the debts of the case are 1 RECALLED")
	w.advance(time.Minute)
	if status := w.atTheBank(asked); status == "ACTIVE" {
		t.Errorf("the code can still be paid: %s", status)
	}
	if a := w.agreement(token, id); a.Status != "WITHDRAWN" {
		t.Errorf("the agreement is %s", a.Status)
	}
	w.want(http.StatusOK, w.deliver(w.money("vida-plena", "evt-late", "E-LATE", asked.PaymentIntentID, asked.AmountCentavos)))
	w.settle()
	a := w.agreement(token, id)
	if w.balance("cash") != asked.AmountCentavos || a.PaidCentavos != 0 {
		t.Errorf("%d in cash, agreement %+v", w.balance("cash"), a)
	}
	o.tells(o.types(0, "refunds list"), fmt.Sprintf("agreement %s WITHDRAWN", id))
	o.tells(o.does(1, "ana", "recall", "-case", caseID, "-decide"), "no debts that this could be decided about")
	if got := o.actors(caseID, "agreement.ended"); !slices.Equal(got, []string{"staff:ana: conferido por ana"}) {
		t.Errorf("ended by %q", got)
	}
}

// TestADisputeInMidFlow opens a dispute over a contract that is not signed, and decides it each way.
func TestADisputeInMidFlow(t *testing.T) {
	t.Parallel()
	w, p, o := alone(t, "")
	token := w.login(p, "email")
	o.tells(o.types(0, "disputes list"), "no debt of vida-plena is disputed")
	deal := w.choose(token, 1, "deal")
	id := w.caseOf("vida-plena")
	o.tells(o.does(0, "ana", "disputes open", "-case", id), "done: 1 debts are disputed")
	if now := w.proposal(token, deal.ProposalID); now.Status != "CONTRACT_REFUSED" {
		t.Errorf("the contract is %s", now.Status)
	}
	before := len(w.reminders(p.Email))
	w.advance(10*day + time.Hour)
	if after := len(w.reminders(p.Email)); after != before {
		t.Errorf("%d reminders of disputed debts", after-before)
	}
	listed := o.types(0, "disputes list")
	o.tells(listed, "disputed for 10d", "by staff:ana", "conferido por ana")
	shown := o.follows(listed)
	debt := strings.Fields(shown[strings.Index(shown, "  debt ")+len("  debt "):])[0]
	debt = strings.TrimSuffix(debt, ":")
	o.tells(o.does(1, "bia", "disputes decide", "-case", id, "-debt", debt, "-correct", "50000"), "makes the principal smaller")
	o.tells(o.does(0, "bia", "disputes decide", "-case", id, "-debt", debt, "-correct", "30000"), "done: the debts of the case are 1 OPEN")
	token = w.login(p, "email")
	debts := into[overview](t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/debts", nil)))
	if debts.Debts[0].PrincipalCentavos != 30000 || debts.Debts[0].Status != "OPEN" {
		t.Errorf("debts %+v", debts.Debts)
	}
	o.does(0, "ana", "disputes open", "-case", id)
	o.tells(o.follows(o.types(0, "disputes show", "-case", id), "NAME", "bia"), "1 OPEN")
	o.does(0, "ana", "disputes open", "-case", id)
	o.tells(o.does(0, "bia", "disputes decide", "-case", id, "-write-off"), "1 WRITTEN_OFF")
	o.tells(o.does(1, "bia", "disputes decide", "-case", id, "-reject"), "debts not open")
	o.types(0, "verify-ledger", "-case", id)
}

// TestAReportedDeathSuspendsTheDebts imports a death and takes it back.
func TestAReportedDeathSuspendsTheDebts(t *testing.T) {
	t.Parallel()
	p := someone("vida-plena", 1)
	w := begin(t, setup{portfolio: csvOf(t, p)})
	o := w.operator()
	id := w.caseOf("vida-plena")
	w.advance(time.Minute)
	before := len(w.reminders(p.Email))
	report := func(dead string, code int) {
		t.Helper()
		lines := strings.Split(strings.TrimSpace(csvOf(t, p)), "\n")
		o.imports(code, lines[0]+",deceased\n"+lines[1]+","+dead+"\n")
	}
	report("true", 2) // its rows are not taken in
	o.tells(o.types(0, "case show", "-case", id), "SUSPENDED", "participant deceased")
	w.advance(40 * day)
	if after := len(w.reminders(p.Email)); after != before {
		t.Errorf("%d reminders after the death", after-before)
	}
	o.tells(o.does(0, "ana", "resume", "-case", id), "1 OPEN")
	o.tells(o.does(0, "ana", "suspend", "-case", id), "1 SUSPENDED")
	report("false", 0)
	o.tells(o.types(0, "case show", "-case", id), "OPEN")
}

// legacy is a charge that another system made at the bank: its money names no request of ours, and the bank knows it.
func (o *operator) legacy(letter string, amount int64) string {
	o.w.t.Helper()
	parts := o.w.cloud.Parts
	account, err := secrets.New(awssecrets.NewFromConfig(parts.AWS), contract.Prefix(parts.Config.Stage), parts.Now).
		Account(o.w.t.Context(), provider.Sandbox, "vida-plena")
	if err != nil {
		o.w.t.Fatal(err)
	}
	txID := strings.Repeat(letter, 30)
	_, err = sandbox.New(o.endpoint+cloud.DoorBank, nil).Issue(o.w.t.Context(), account, provider.Charge{
		TxID: txID, Method: collection.MethodPix, Amount: money.Centavos(amount), ExpiresAt: parts.Now().Add(time.Hour), MerchantName: "OUTRO",
		MerchantCity: "BRASILIA",
	})
	if err != nil {
		o.w.t.Fatal(err)
	}
	return txID
}

// TestOrphansAreDecidedByCommand applies money of nobody to a request, and sends other such money back, above the limit by two operators.
func TestOrphansAreDecidedByCommand(t *testing.T) {
	t.Parallel()
	w, p, o := alone(t, `"refunds": {"excess": "refund"}, "decisions": {"secondAboveCentavos": 100000}`)
	o.tells(o.types(0, "orphans list"), "0 payments")
	token := w.login(p, "email")
	id := w.accept(token, 1)
	asked := w.ask(token, id, 1, "asked")
	w.pay(o.legacy("A", asked.AmountCentavos), 0)
	listed := o.types(0, "orphans list")
	o.tells(listed, "1 payments", "0h 0m ago")
	shown := o.follows(listed)
	o.tells(shown, "1 payment requests of the same amount were not paid", asked.PaymentIntentID, "-refund")
	o.tells(o.follows(shown, "NAME", "ana"), "done:", "applied to intent "+asked.PaymentIntentID)
	if a := w.agreement(token, id); a.Status != "FULFILLED" {
		t.Errorf("the agreement is %s", a.Status)
	}
	if got := o.actors(w.caseOf("vida-plena"), "payment.posted"); !slices.Equal(got, []string{"staff:ana: conferido"}) {
		t.Errorf("posted by %q", got)
	}

	large := o.legacy("B", 200_000)
	w.pay(large, 0)
	shown = o.follows(o.types(0, "orphans list"))
	o.tells(shown, "0 payment requests of the same amount")
	fact := strings.Split(shown, `"`)[1]
	at := []string{"-at", "sandbox:vida-plena", "-fact", fact}
	o.tells(o.does(0, "ana", "orphans decide", append(at, "-refund")...), "proposed")
	o.tells(o.does(1, "ana", "orphans decide", append(at, "-confirm")...), "another operator has to confirm")
	o.tells(o.does(64, "ana", "orphans decide", append(at, "-confirm", "-refuse")...), "say one outcome")
	o.tells(o.follows(o.types(0, "orphans list"), "NAME", "bia"), "done: R$ 2.000,00 sent back")
	o.tells(o.types(0, "orphans list"), "0 payments")
	o.tells(o.types(0, "orphans show", at...), "REFUNDED", "ana said propose_refund", "bia said confirm")
	if status := w.atTheBank(intent{PaymentIntentID: large}); status != "" && status != "PAID" && status != "REFUNDED" {
		t.Errorf("at the bank: %s", status)
	}
	if cash := w.balance("cash"); cash != asked.AmountCentavos {
		t.Errorf("%d in cash", cash)
	}
}
