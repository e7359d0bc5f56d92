package journey

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	awssecrets "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	deals "github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/secrets"
	"github.com/regua/regua/shared/websign"
)

// restored is a deal whose money came, and what its creditor's system was asked.
type restored struct {
	creditor, token, agreement string
	asked                      []asked
}

// asked is a request for aftercare as the creditor's system is told of it.
type asked struct {
	Type, CaseID string
	Payload      struct {
		AgreementID     string
		Attempt, Repeat int
		Until           time.Time
	}
}

// paidOff takes the sample's participant of a creditor through a deal that is paid at once.
func (w *world) paidOff(creditor string) *restored {
	w.t.Helper()
	r := &restored{creditor: creditor, token: w.login(w.participant(creditor), "email")}
	r.agreement = w.accept(r.token, 1)
	w.pay(w.ask(r.token, r.agreement, 1, "pay-"+creditor).PaymentIntentID, 0)
	w.settle()
	r.asked = w.requests(creditor)
	if len(r.asked) != 1 {
		w.t.Fatalf("%s was asked %d times", creditor, len(r.asked))
	}
	return r
}

// requests are those for aftercare that a creditor's system took, the oldest first.
func (w *world) requests(creditor string) []asked {
	w.t.Helper()
	var out []asked
	for _, told := range w.told() {
		if told.Creditor != creditor || !told.Genuine || told.Repeated {
			continue
		}
		var a asked
		if err := json.Unmarshal(told.Body, &a); err != nil {
			w.t.Fatal(err)
		}
		if strings.HasSuffix(a.Type, "_requested") && (strings.HasPrefix(a.Type, "plan.") || strings.HasPrefix(a.Type, "service.")) {
			out = append(out, a)
		}
	}
	return out
}

// answering is the answer of a creditor's system to what it was asked last, signed with its own secret as of now.
func (w *world) answering(r *restored, id, outcome, rest string) notice {
	w.t.Helper()
	last := r.asked[len(r.asked)-1]
	return w.signedBy(r.creditor, id, fmt.Sprintf(`{"type":%q,"caseId":%q,"agreementId":%q,"outcome":%q%s}`,
		strings.Replace(last.Type, "_requested", "_answered", 1), last.CaseID, last.Payload.AgreementID, outcome, rest))
}

func (w *world) signedBy(creditor, id, body string) notice {
	w.t.Helper()
	name := physical(contract.CreditorSecret(creditor))
	out, err := awssecrets.NewFromConfig(w.cloud.Parts.AWS).GetSecretValue(w.t.Context(), &awssecrets.GetSecretValueInput{SecretId: &name})
	if err != nil {
		w.t.Fatal(err)
	}
	signing, err := secrets.DecodeSigning([]byte(*out.SecretString))
	if err != nil {
		w.t.Fatal(err)
	}
	now := w.cloud.Clock.Now()
	signature, err := websign.Sign(signing.Callback[0], id, now, []byte(body))
	if err != nil {
		w.t.Fatal(err)
	}
	return notice{"/v1/webhooks/creditor/" + creditor, body, []string{
		websign.HeaderID, id, websign.HeaderTimestamp, fmt.Sprint(now.Unix()), websign.HeaderSignature, signature,
	}}
}

type aftercare struct{ Kind, Status, Reason, Benefit, BenefitUntil, AnswerBy string }

func (w *world) aftercare(r *restored) aftercare {
	w.t.Helper()
	got := w.want(http.StatusOK, w.me(r.token, "GET", "/v1/me/agreements/"+r.agreement, nil))
	return into[struct{ Aftercare aftercare }](w.t, got).Aftercare
}

// TestAftercareIsConfirmed: the creditor's system says that it brought back what the money was for, once however often it says so.
func TestAftercareIsConfirmed(t *testing.T) {
	t.Parallel()
	w := begin(t, setup{})
	for creditor, c := range map[string]struct {
		rest string
		want aftercare
	}{
		"vida-plena": {`,"benefit":{"kind":"reduced","until":"2027-01-31","version":"2026-11"}`,
			aftercare{Kind: "plan", Status: "REACTIVATION_CONFIRMED", Benefit: "reduced", BenefitUntil: "2027-01-31"}},
		"tv-horizonte": {"", aftercare{Kind: "service", Status: "RESTORED"}},
	} {
		r := w.paidOff(creditor)
		if open := w.aftercare(r); open.AnswerBy == "" || !strings.HasSuffix(open.Status, "_REQUESTED") {
			t.Errorf("%s: asked and not answered is %+v", creditor, open)
		}
		answer := w.answering(r, "msg_1", "confirmed", c.rest)
		calls := w.watch.during(func() { w.want(http.StatusOK, w.deliver(answer)) })
		if got := profile(of(calls, "aftercare-answer")); !strings.HasSuffix(got, query+" "+commit) {
			t.Errorf("%s: an answer calls %q", creditor, got)
		}
		w.settle()
		before := w.table()
		w.want(http.StatusOK, w.deliver(answer))
		w.want(http.StatusOK, w.deliver(w.answering(r, "msg_2", "confirmed", c.rest)))
		w.settle()
		if diff := changed(before, w.table()); len(diff) > 0 {
			t.Errorf("%s: the same answer again changed %v", creditor, diff)
		}
		if got := w.aftercare(r); got != c.want {
			t.Errorf("%s: %+v, want %+v", creditor, got, c.want)
		}
	}
	if n := count(w.published(), "aftercare.answered"); n != 2 {
		t.Errorf("%d answers were published, want 2", n)
	}
}

func count(all []string, one string) (n int) {
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}

// TestAftercareIsAskedUntilItIsAnswered: a system that does not answer is asked again, and what comes late still counts.
func TestAftercareIsAskedUntilItIsAnswered(t *testing.T) {
	w := begin(t, setup{})
	r, silent := w.paidOff("tv-horizonte"), w.paidOff("vida-plena")
	w.advance(26 * time.Hour)
	r.asked = w.requests("tv-horizonte")
	attempts := []int{}
	for _, a := range r.asked {
		attempts = append(attempts, a.Payload.Attempt)
	}
	if !slices.Equal(attempts, []int{1, 2, 3, 4}) {
		t.Errorf("asked in attempts %v in 26 hours", attempts)
	}
	w.want(http.StatusOK, w.deliver(w.answering(r, "msg_1", "confirmed", "")))
	w.advance(30 * 24 * time.Hour)
	if n := len(w.requests("tv-horizonte")); n != len(attempts) {
		t.Errorf("asked %d times more once it had answered", n-len(attempts))
	}
	w.relogin(r, silent)
	if got := w.aftercare(silent); got.Status != "REACTIVATION_FAILED" || w.metric(deals.MetricUnanswered) != 1 {
		t.Errorf("a system that never answered: %+v, counted %d", got, w.metric(deals.MetricUnanswered))
	}
	w.want(http.StatusOK, w.deliver(w.answering(silent, "msg_2", "confirmed", "")))
	if got := w.aftercare(silent); got.Status != "REACTIVATION_CONFIRMED" {
		t.Errorf("a late answer: %+v", got)
	}
}

// relogin opens new sessions after the old ones have ended.
func (w *world) relogin(all ...*restored) {
	w.t.Helper()
	for _, r := range all {
		r.token = w.login(w.participant(r.creditor), "email")
	}
}

// metric adds up what the functions counted of a metric.
func (w *world) metric(name string) (n int) {
	for line := range strings.Lines(w.log.String()) {
		var counted map[string]any
		if json.Unmarshal([]byte(line), &counted) != nil {
			continue
		}
		if v, ok := counted[name].(float64); ok {
			n += int(v)
		}
	}
	return n
}

// TestAftercareThatIsRefused: the participant paid and the creditor refuses. The money stands, the opposite answer does not count, people
// are told, and once staff have it asked anew the next answer counts, while a replay of the first does not.
func TestAftercareThatIsRefused(t *testing.T) {
	w := begin(t, setup{})
	r := w.paidOff("vida-plena")
	refusal := w.answering(r, "msg_1", "refused", `,"reason":"contract_gone"`)
	w.want(http.StatusOK, w.deliver(refusal))
	refused := aftercare{Kind: "plan", Status: "REACTIVATION_REFUSED", Reason: "contract_gone"}
	got, deal, counted := w.aftercare(r), w.agreement(r.token, r.agreement), w.metric("aftercareRefused")
	if got != refused || deal.Status != "FULFILLED" || counted != 1 {
		t.Errorf("refused: %+v of %s, counted %d", got, deal.Status, counted)
	}
	if got := w.deliver(w.answering(r, "msg_2", "confirmed", "")); got.code() != contract.CodeAnsweredOtherwise {
		t.Errorf("the opposite answer got %d %s", got.Status, got.Body)
	}
	if got := w.aftercare(r); got != refused || w.metric("aftercareContradicted") != 1 {
		t.Errorf("after the opposite answer: %+v, counted %d", got, w.metric("aftercareContradicted"))
	}
	w.askAnew(r)
	w.want(http.StatusOK, w.deliver(refusal))
	if got := w.aftercare(r); got.Status != "REACTIVATION_REQUESTED" {
		t.Errorf("a replay answered what was asked after it: %+v", got)
	}
	w.advance(8 * time.Hour)
	w.relogin(r)
	r.asked = w.requests(r.creditor)
	last := r.asked[len(r.asked)-1].Payload
	if last.Repeat != 1 || last.Attempt != 3 {
		t.Errorf("eight hours after it was asked anew: %+v", last)
	}
	w.want(http.StatusOK, w.deliver(w.answering(r, "msg_3", "confirmed", "")))
	if got := w.aftercare(r); got.Status != "REACTIVATION_CONFIRMED" || got.Benefit != "reduced" {
		t.Errorf("confirmed in the end: %+v", got)
	}
	w.advance(10 * 24 * time.Hour)
	for _, d := range []string{"1", "2"} {
		w.finished("case-deadlines", r.agreement+"-aftercare-d"+d)
	}
}

// askAnew is what staff do after they have spoken to the creditor.
func (w *world) askAnew(r *restored) {
	w.t.Helper()
	caseID, err := collection.ParseID[collection.CaseNoun](r.asked[0].CaseID)
	if err != nil {
		w.t.Fatal(err)
	}
	id, err := collection.ParseID[collection.AgreementNoun](r.agreement)
	if err != nil {
		w.t.Fatal(err)
	}
	creditor := collection.CreditorID(r.creditor)
	desk := &deals.Desk{Cases: w.cloud.Parts.Cases(w.cloud.Parts.Store()), Creditors: w.cloud.Parts.Store()}
	meta := collection.Meta{
		At: w.cloud.Clock.Now(), By: collection.Principal{Kind: collection.KindStaff, ID: "ana", Creditor: creditor},
		Reason: "the contract was found", CorrelationID: "ops",
	}
	if err := desk.RepeatAftercare(w.t.Context(), meta, caseID, id); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// TestAnAnswerThatIsNotTheCreditorsChangesNothing refuses answers that are forged, stale, of another creditor or about another one's deal.
func TestAnAnswerThatIsNotTheCreditorsChangesNothing(t *testing.T) {
	w := begin(t, setup{})
	r, other := w.paidOff("vida-plena"), w.paidOff("tv-horizonte")
	stale := w.answering(r, "msg_stale", "confirmed", "")
	w.advance(websign.Tolerance + time.Second)
	good := func() notice { return w.answering(r, "msg_1", "confirmed", "") }
	altered := good()
	altered.body = strings.Replace(altered.body, "confirmed", "refused", 1)
	elsewhere := good() // signed with the secret of one creditor, delivered as another's
	elsewhere.path = "/v1/webhooks/creditor/tv-horizonte"
	foreign := w.signedBy("vida-plena", "msg_1", w.answering(other, "x", "confirmed", "").body)
	nobody := good()
	nobody.path = "/v1/webhooks/creditor/nobody"
	big := w.signedBy("vida-plena", "msg_1", good().body+strings.Repeat(" ", 4096))
	for _, c := range []refusedDelivery{
		{"stale", stale, http.StatusUnauthorized, "signature_invalid"},
		{"altered", altered, http.StatusUnauthorized, "signature_invalid"},
		{"signed by another creditor", elsewhere, http.StatusUnauthorized, "signature_invalid"},
		{"without a signature", good().with(websign.HeaderSignature, ""), http.StatusUnauthorized, "signature_invalid"},
		{"under another id", good().with(websign.HeaderID, "msg_2"), http.StatusUnauthorized, "signature_invalid"},
		{"signed as Regua signs", w.signedOut(good()), http.StatusUnauthorized, "signature_invalid"},
		{"about another creditor's deal", foreign, http.StatusNotFound, "not_found"},
		{"to nobody", nobody, http.StatusNotFound, "not_found"},
		{"too long", big, http.StatusRequestEntityTooLarge, "body_too_large"},
		{"of another form", w.signedBy("vida-plena", "msg_1", strings.Replace(good().body, `"outcome"`, `"outcom"`, 1)),
			http.StatusBadRequest, "invalid_request"},
		{"that is no JSON", w.signedBy("vida-plena", "msg_1", good().body[:20]), http.StatusBadRequest, "malformed_json"},
	} {
		before := w.table()
		got := w.deliver(c.notice)
		w.settle()
		if got.Status != c.status || got.code() != c.code {
			t.Errorf("an answer %s got %d %s, want %d %s", c.name, got.Status, got.Body, c.status, c.code)
		}
		if diff := changed(before, w.table()); len(diff) > 0 {
			t.Errorf("an answer %s changed %v", c.name, diff)
		}
	}
	if got := w.aftercare(other); got.Status != "RESTORE_REQUESTED" {
		t.Errorf("the other creditor's deal: %+v", got)
	}
	w.want(http.StatusOK, w.deliver(good()))
}

// signedOut signs an answer with the secret of what goes out to the creditor.
func (w *world) signedOut(n notice) notice {
	w.t.Helper()
	out, err := w.cloud.Parts.Creditors().Webhook(w.t.Context(), "vida-plena")
	if err != nil {
		w.t.Fatal(err)
	}
	signature, err := websign.Sign(out[0], "msg_1", w.cloud.Clock.Now(), []byte(n.body))
	if err != nil {
		w.t.Fatal(err)
	}
	return n.with(websign.HeaderSignature, signature)
}
