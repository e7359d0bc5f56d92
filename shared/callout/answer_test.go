package callout_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/callout"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/websign"
)

var askedAt = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// desk is one case in memory whose creditor's system was asked to bring a plan back.
type desk struct {
	*callout.Answers
	t         *testing.T
	now       time.Time
	events    []collection.Recorded
	taken     map[string]collection.Answer
	counted   []string
	caseID    collection.CaseID
	agreement collection.AgreementID
	rival     func() // acts once between a load and the next commit
}

type ones struct{ n byte }

func (o *ones) Read(p []byte) (int, error) {
	for i := range p {
		o.n++
		p[i] = o.n
	}
	return len(p), nil
}

func mint[N any](t *testing.T, from *ones) collection.ID[N] {
	t.Helper()
	id, err := collection.Mint[N](askedAt, from)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	from := &ones{}
	d := &desk{t: t, now: askedAt, taken: map[string]collection.Answer{}, caseID: mint[collection.CaseNoun](t, from)}
	d.agreement = mint[collection.AgreementNoun](t, from)
	d.Answers = &callout.Answers{
		Secrets: d, Cases: d, Now: func() time.Time { return d.now }, Log: slog.New(slog.DiscardHandler),
		Count: func(_ context.Context, metric string) { d.counted = append(d.counted, metric) },
	}
	debt, proposal, intent := mint[collection.DebtNoun](t, from), mint[collection.ProposalNoun](t, from), mint[collection.IntentNoun](t, from)
	dossier, err := d.Load(t.Context(), "vida-plena", d.caseID)
	if err != nil {
		t.Fatal(err)
	}
	meta := collection.Meta{At: askedAt, By: collection.System("test", "vida-plena")}
	due, err := calendar.ParseDate("2026-11-30")
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		dossier.Place(meta, &collection.CaseOpened{}, []collection.PlacedDebt{{ID: debt, DueDate: due.AddDays(-60), Principal: 100}}),
		dossier.Accept(meta, collection.ProposalCreated{
			Proposal: proposal, TextHash: "text", ExpiresAt: askedAt.Add(time.Hour), Terms: collection.Terms{
				Debts: []collection.DebtID{debt}, Principal: 100, Total: 100,
				Schedule: []collection.ScheduledPayment{{Number: 1, DueDate: due, Amount: 100}},
			},
			Rules: collection.DealRules{WithdrawalDays: 7, Benefit: collection.Benefit{Kind: collection.BenefitKept, Days: 5, Version: "v1"}},
		}),
		dossier.Sign(meta, proposal, "text", d.agreement, "evidence", collection.AftercareReactivation))
	if err == nil {
		_, err = dossier.RequestPayment(meta, collection.PaymentRequested{
			Intent: intent, Agreement: d.agreement, Instalment: 1, ExpiresAt: askedAt.Add(time.Hour), Provider: "sandbox", Account: "a",
		})
	}
	if err == nil {
		_, err = dossier.Post(meta, intent, collection.Money{Provider: "sandbox", Account: "a", Fact: "F", Amount: 100, PaidOn: due})
	}
	if err = errors.Join(err, d.Commit(t.Context(), dossier)); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) Callback(_ context.Context, creditor collection.CreditorID) ([]string, error) {
	if creditor != "vida-plena" {
		return nil, collection.ErrNotFound
	}
	return []string{secret("n"), secret("o")}, nil
}

func (d *desk) Load(_ context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error) {
	if creditor != "vida-plena" || id != d.caseID {
		return nil, collection.ErrNotFound
	}
	return collection.Fold(creditor, id, d.events)
}

func (d *desk) Commit(_ context.Context, dossier *collection.Dossier, with ...collection.Companion) error {
	if rival := d.rival; rival != nil {
		d.rival = nil
		rival()
	}
	for _, c := range with {
		answer, ok := c.(collection.Answer)
		if !ok {
			d.t.Errorf("committed with %T", c)
		}
		if earlier, there := d.taken[answer.KeyHash]; there {
			return &collection.ReplayError{Answer: earlier}
		}
	}
	if dossier.LoadedSeq() != int64(len(d.events)) {
		return collection.ErrConflict
	}
	for _, c := range with {
		d.taken[c.(collection.Answer).KeyHash] = c.(collection.Answer)
	}
	d.events = append(d.events, dossier.Recorded()...)
	dossier.Loaded()
	return nil
}

func (d *desk) care() collection.Care {
	d.t.Helper()
	dossier, err := d.Load(d.t.Context(), "vida-plena", d.caseID)
	if err != nil {
		d.t.Fatal(err)
	}
	a, _ := dossier.Agreement(d.agreement)
	return a.Care
}

// said is an answer of the right form but for what rest adds.
func (d *desk) said(outcome, rest string) string {
	return fmt.Sprintf(`{"type":"plan.reactivation_answered","caseId":%q,"agreementId":%q,"outcome":%q%s}`, d.caseID, d.agreement, outcome,
		rest)
}

// deliver signs a body as the creditor's system does and hands it in.
func (d *desk) deliver(id, body string) error {
	d.t.Helper()
	signature, err := websign.Sign(secret("o"), id, d.now, []byte(body))
	if err != nil {
		d.t.Fatal(err)
	}
	return d.Take(d.t.Context(), delivery(id, strconv.FormatInt(d.now.Unix(), 10), signature, body))
}

func delivery(id, at, signature, body string) callout.Delivery {
	header := map[string]string{
		websign.HeaderID: id, websign.HeaderTimestamp: at, websign.HeaderSignature: signature,
	}
	return callout.Delivery{Creditor: "vida-plena", Header: func(name string) string { return header[name] }, Body: []byte(body)}
}

func TestAnAnswerIsRecordedOnce(t *testing.T) {
	d := newDesk(t)
	before := len(d.events)
	d.rival = func() { d.rival = nil } // only to see that a first commit happens
	body := d.said("confirmed", `,"benefit":{"kind":"reduced","until":"2027-01-31","version":"2026-11"}`)
	for _, id := range []string{"msg_1", "msg_1", "msg_2"} {
		if err := d.deliver(id, body); err != nil {
			t.Fatal(err)
		}
	}
	care := d.care()
	if len(d.events) != before+1 || d.events[before].By.Actor() != "creditor:vida-plena" || care.Outcome != collection.AftercareConfirmed ||
		care.Benefit.Kind != collection.BenefitReduced || care.Benefit.Until.String() != "2027-01-31" || care.Benefit.Version != "2026-11" {
		t.Errorf("%d events, %+v", len(d.events)-before, care)
	}
	if err := d.deliver("msg_3", d.said("refused", "")); !errors.Is(err, collection.ErrAnsweredOtherwise) || len(d.counted) != 1 {
		t.Errorf("the opposite answer: %v, counted %v", err, d.counted)
	}
	if d.care() != care {
		t.Errorf("the first answer does not stand: %+v", d.care())
	}
}

// TestAReplayAnswersNoLaterQuestion: what came before staff asked anew says nothing about what was asked then.
func TestAReplayAnswersNoLaterQuestion(t *testing.T) {
	d := newDesk(t)
	refusal := d.said("refused", `,"reason":"contract_gone"`)
	if err := d.deliver("msg_1", refusal); err != nil || len(d.counted) != 1 || d.counted[0] != callout.MetricRefused {
		t.Fatalf("%v, counted %v", err, d.counted)
	}
	dossier, err := d.Load(t.Context(), "vida-plena", d.caseID)
	if err != nil {
		t.Fatal(err)
	}
	staff := collection.Principal{Kind: collection.KindStaff, ID: "ana", Creditor: "vida-plena"}
	meta := collection.Meta{At: d.now, By: staff, Reason: "asked by phone"}
	if err := errors.Join(dossier.RepeatAftercare(meta, d.agreement), d.Commit(t.Context(), dossier)); err != nil {
		t.Fatal(err)
	}
	if err := d.deliver("msg_1", refusal); err != nil || d.care().Outcome != "" {
		t.Errorf("replayed: %v, %+v", err, d.care())
	}
	if err := d.deliver("msg_1", d.said("confirmed", "")); !errors.Is(err, collection.ErrInvalid) || d.care().Outcome != "" {
		t.Errorf("the id with another body: %v, %+v", err, d.care())
	}
	d.rival = func() { // an event of somebody else in between
		d.events = append(d.events, collection.Recorded{
			Meta: meta, Seq: int64(len(d.events) + 1), Event: collection.RulerStarted{Generation: 1, Version: "r", Anchor: calendar.Date{}},
		})
	}
	if err := d.deliver("msg_2", d.said("confirmed", "")); err != nil || d.care().Outcome != collection.AftercareConfirmed ||
		d.care().Benefit != (collection.GrantedBenefit{Kind: collection.BenefitKept, Version: "v1"}) {
		t.Errorf("answered anew: %v, %+v", err, d.care())
	}
}

func TestAnswersThatAreRefused(t *testing.T) {
	d := newDesk(t)
	other := strings.Replace(d.said("confirmed", ""), d.agreement.String(), d.caseID.String(), 1)
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"empty":                   {"", strictjson.ErrSyntax},
		"cut off":                 {d.said("confirmed", "")[:40], strictjson.ErrSyntax},
		"of another member":       {d.said("confirmed", `,"note":"x"`), strictjson.ErrShape},
		"null":                    {d.said("confirmed", `,"benefit":null`), strictjson.ErrShape},
		"of another type":         {strings.Replace(d.said("confirmed", ""), "plan.re", "plan.un", 1), callout.ErrAnswer},
		"to what was not asked":   {strings.Replace(d.said("confirmed", ""), "plan.reactivation", "service.restore", 1), callout.ErrAnswer},
		"of no case":              {strings.Replace(d.said("confirmed", ""), d.caseID.String(), "x", 1), callout.ErrAnswer},
		"of no agreement":         {strings.Replace(d.said("confirmed", ""), d.agreement.String(), "", 1), callout.ErrAnswer},
		"of another agreement":    {other, collection.ErrNotFound},
		"of another case":         {strings.Replace(d.said("confirmed", ""), d.caseID.String(), d.agreement.String(), 1), collection.ErrNotFound},
		"of another outcome":      {d.said("closed", ""), callout.ErrAnswer},
		"with a sentence":         {d.said("refused", `,"reason":"Maria moved"`), callout.ErrAnswer},
		"with a reason to agree":  {d.said("confirmed", `,"reason":"ok"`), callout.ErrAnswer},
		"with a benefit refused":  {d.said("refused", `,"benefit":{"kind":"kept"}`), callout.ErrAnswer},
		"with another benefit":    {d.said("confirmed", `,"benefit":{"kind":"double"}`), callout.ErrAnswer},
		"with a day that is none": {d.said("confirmed", `,"benefit":{"kind":"kept","until":"2027-02-30"}`), callout.ErrAnswer},
		"with a long version":     {d.said("confirmed", `,"benefit":{"kind":"kept","version":"`+strings.Repeat("9", 41)+`"}`), callout.ErrAnswer},
	} {
		before := len(d.events)
		if err := d.deliver("msg_"+strings.ReplaceAll(name, " ", "_"), c.body); !errors.Is(err, c.want) || len(d.events) != before {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	good := d.said("confirmed", "")
	signature, err := websign.Sign(secret("x"), "msg", d.now, []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	at := strconv.FormatInt(d.now.Unix(), 10)
	if err := d.Take(t.Context(), delivery("msg", at, signature, good)); !errors.Is(err, callout.ErrSignature) {
		t.Errorf("signed with another secret: %v", err)
	}
	elsewhere := delivery("msg", at, signature, good)
	for _, creditor := range []string{"credora", "Vida/Plena"} {
		elsewhere.Creditor = creditor
		if err := d.Take(t.Context(), elsewhere); !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("to the address of %s: %v", creditor, err)
		}
	}
	if d.care().Outcome != "" || len(d.counted) != 0 {
		t.Errorf("refused answers left %+v, counted %v", d.care(), d.counted)
	}
}

// TestTheDocumentedExample holds the example of docs/webhooks.md to what is verified: its signature is right, its body is understood, and
// its shell lines make that signature.
func TestTheDocumentedExample(t *testing.T) {
	text, err := os.ReadFile("../../docs/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```sh\n(secret=.*?)```").FindStringSubmatch(string(text))
	if block == nil {
		t.Fatal("docs/webhooks.md has no example")
	}
	value := func(name string) string {
		found := regexp.MustCompile(`(?m)^` + name + `='?([^'\n]*)'?`).FindStringSubmatch(block[1])
		if found == nil {
			t.Fatalf("the example sets no %s", name)
		}
		return found[1]
	}
	shown := regexp.MustCompile("`(v1,[A-Za-z0-9+/=]{44})`").FindStringSubmatch(string(text))
	seconds, err := strconv.ParseInt(value("at"), 10, 64)
	if err != nil || shown == nil {
		t.Fatalf("at: %v; shown: %v", err, shown)
	}
	want, err := websign.Sign(value("secret"), value("id"), time.Unix(seconds, 0), []byte(value("body")))
	if err != nil || want != shown[1] {
		t.Errorf("the signature is %s, %v; the document shows %s", want, err, shown[1])
	}
	d := newDesk(t)
	d.now = time.Unix(seconds, 0)
	body := regexp.MustCompile(`"caseId":"[^"]*","agreementId":"[^"]*"`).ReplaceAllString(value("body"),
		fmt.Sprintf(`"caseId":%q,"agreementId":%q`, d.caseID, d.agreement))
	if err := d.deliver(value("id"), body); err != nil || d.care().Outcome != collection.AftercareConfirmed {
		t.Errorf("the documented body: %v, %+v", err, d.care())
	}
	sign, _, _ := strings.Cut(block[1], "curl ")
	if shell, err := exec.LookPath("openssl"); err == nil { // the Go lines above hold without it
		out, err := exec.Command("sh", "-c", sign+"\nprintf %s \"v1,$signature\"").CombinedOutput()
		if err != nil || string(out) != shown[1] {
			t.Errorf("with %s the lines sign as %q, %v", shell, out, err)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(`{"type":"plan.reactivation_answered","caseId":"01JD9Z6A0B1C2D3E4F5G6H7J8K","agreementId":"01JD9Z9B0C1D2E3F4G5H6J7K8M",` +
		`"outcome":"refused"}`)
	f.Add(`{"type":"service.restore_answered","benefit":{"kind":"kept","until":"2027-01-31"}}`)
	f.Add(`{"outcome":`)
	f.Fuzz(func(t *testing.T, body string) {
		d := newDesk(t)
		before := len(d.events)
		err := d.deliver("msg_1", body)
		if err == nil && len(d.events) != before+1 {
			t.Errorf("%q was taken and recorded %d events", body, len(d.events)-before)
		}
		if err != nil && len(d.events) != before {
			t.Errorf("%q was refused with %v and recorded events", body, err)
		}
	})
}
