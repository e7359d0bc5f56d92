package journey

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/offer"
)

const day = 24 * time.Hour

// reminders lists the reminders to an address, or to all, the oldest first.
func (w *world) reminders(to string) []message {
	w.t.Helper()
	all := slices.DeleteFunc(w.inbox(to), func(m message) bool { return !strings.HasPrefix(m.TemplateID, "reminder-") })
	slices.Reverse(all)
	return all
}

func templates(messages []message) string {
	var out []string
	for _, m := range messages {
		out = append(out, strings.TrimPrefix(m.TemplateID, "reminder-"))
	}
	return strings.Join(out, " ")
}

// running counts the executions of the ruler that have not ended.
func (w *world) running() (n int) {
	for _, x := range w.cloud.Machines.Executions() {
		if strings.HasSuffix(x.Machine, "reminder-ruler") && x.Status == "RUNNING" {
			n++
		}
	}
	return n
}

// TestTheRulerWalksItsThreeRungs reminds somebody whose debt is young, on the days that the creditor's ruler names or on the first lawful
// day after, then gives the notice that the law of health plans wants by day 50, asks for the terminal step, and is silent.
func TestTheRulerWalksItsThreeRungs(t *testing.T) {
	p := someone("vida-plena", 1)
	p.late = 1
	w := begin(t, setup{portfolio: csvOf(t, p)})
	w.advance(40 * day)
	sent := w.reminders(p.Email)
	if got := templates(sent); got != "first offers last" {
		t.Fatalf("reminders %q", got)
	}
	due := offer.Today(today()).AddDays(-p.late)
	for i, rung := range []int{5, 15, 30} {
		want := due.AddDays(rung)
		for !lawful(want) {
			want = want.AddDays(1)
		}
		if got := calendar.Of(sent[i].SentAt, saoPaulo(t)); got != want {
			t.Errorf("reminder %d was sent on %s, want %s", i+1, got, want)
		}
	}
	w.advance(200 * day)
	sent = w.reminders(p.Email)
	if got := templates(sent); got != "first offers last last" {
		t.Fatalf("reminders %q in the end", got)
	}
	if got := due.DaysUntil(calendar.Of(sent[3].SentAt, saoPaulo(t))); got < 45 || got > 50 {
		t.Errorf("the notice was sent on day %d", got)
	}
	if events := strings.Join(w.published(), " "); strings.Count(events, "ruler.concluded") != 1 || w.running() != 0 {
		t.Errorf("%d executions run, the events were %s", w.running(), events)
	}
}

// TestANewRulerTakesOverWhereTheOldOneIs gives a creditor another version of its ruler between two rungs: another execution goes on with
// it, and no reminder is left out or sent again.
func TestANewRulerTakesOverWhereTheOldOneIs(t *testing.T) {
	p := someone("vida-plena", 1)
	p.late = 1
	w := begin(t, setup{portfolio: csvOf(t, p)})
	w.advance(6 * day)
	files, err := demo.CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, doc := range files {
		if !bytes.Contains(doc, []byte(`"id": "vida-plena"`)) {
			continue
		}
		doc = bytes.Replace(doc, []byte(`"version": "2026-01"`), []byte(`"version": "2026-02"`), 1)
		if _, err := creditor.Keep(t.Context(), w.cloud.Parts.Store(), doc); err != nil {
			t.Fatal(err)
		}
	}
	before := len(w.cloud.Machines.Executions())
	w.advance(40 * day)
	if got := len(w.cloud.Machines.Executions()); got != before+1 || w.running() != 1 {
		t.Errorf("%d executions after %d, %d run", got, before, w.running())
	}
	w.advance(160 * day)
	if got := templates(w.reminders(p.Email)); got != "first offers last last" || w.running() != 0 {
		t.Errorf("reminders %q, %d executions run", got, w.running())
	}
	if events := strings.Join(w.published(), " "); strings.Count(events, "ruler.started") != 2 || strings.Count(events, "ruler.ended") != 2 {
		t.Errorf("the events were %s", events)
	}
}

func saoPaulo(t *testing.T) *time.Location {
	t.Helper()
	zone, ok := calendar.Zone("SP")
	if !ok {
		t.Fatal("no zone")
	}
	return zone
}

func lawful(d calendar.Date) bool {
	return d.Weekday() != time.Sunday && !calendar.IsNationalHoliday(d)
}

// TestTheRulerStopsWhenTheParticipantActs lets somebody sign after the first reminder, and somebody else pay everything: neither hears of
// the debt again. Who gives a proposal up is reminded on.
func TestTheRulerStopsWhenTheParticipantActs(t *testing.T) {
	for name, c := range map[string]struct {
		act  func(w *world, token string)
		want string
		ends bool
	}{
		// The instalments have rungs of their own, and so has the deal when it breaks; what the debts' rungs would have said meanwhile lapses,
		// but for the notice.
		"signs": {func(w *world, token string) { w.accept(token, 2) }, "first first offers first last offers", true},
		"pays": {func(w *world, token string) { w.pay(w.ask(token, w.accept(token, 1), 1, "all").PaymentIntentID, 0) },
			"first", true},
		"gives up": {func(w *world, token string) {
			made := into[proposed](w.t, w.want(http.StatusCreated,
				w.me(token, "POST", "/v1/me/proposals", map[string]string{"offerId": w.firstOffer(token)}, "Idempotency-Key", "k")))
			w.want(http.StatusOK, w.me(token, "DELETE", "/v1/me/proposals/"+made.ProposalID, nil))
		}, "first offers last last", true},
	} {
		t.Run(name, func(t *testing.T) {
			p := someone("vida-plena", 1)
			p.late = 1
			w := begin(t, setup{portfolio: csvOf(t, p)})
			w.advance(6 * day)
			if got := templates(w.reminders(p.Email)); got != "first" {
				t.Fatalf("reminders %q", got)
			}
			c.act(w, w.login(p.Participant, "email"))
			w.advance(140 * day)
			if got := templates(w.reminders(p.Email)); got != c.want {
				t.Errorf("reminders %q, want %q", got, c.want)
			}
			if c.ends && w.running() != 0 {
				t.Errorf("%d executions of the ruler go on", w.running())
			}
		})
	}
}

// crowd makes a portfolio of people of all ages of debt in several states, a quarter of them at all three creditors with the same address.
func crowd(debts int) []debtor {
	dice := rand.New(rand.NewPCG(12, 12))
	states := []string{"SP", "RJ", "AM", "AC", "MT", "PE", "RS"}
	var out []debtor
	for n := 0; len(out) < debts; n++ {
		p := someone("vida-plena", n)
		p.uf, p.late = states[n%len(states)], 1+dice.IntN(40)
		out = append(out, p)
		if n%4 == 0 {
			for _, creditor := range []string{"tv-horizonte", "credora"} {
				p.Creditor, p.late = creditor, 1+dice.IntN(40)
				out = append(out, p)
			}
		}
	}
	return out
}

// TestEveryReminderIsLawful lets sixty days, with Christmas and New Year, go by over some three hundred debts, while some people sign and
// pay, and looks at each reminder that was sent: its local hour and day, and how many the person got in a day and in seven.
func TestEveryReminderIsLawful(t *testing.T) {
	t.Parallel()
	people := crowd(size(60, 300, 1500))
	w := begin(t, setup{portfolio: csvOf(t, people...)})
	for week := range 9 {
		w.advance(day * 60 / 9)
		p := people[week*5]
		token := w.login(p.Participant, "sms")
		if debts := into[overview](t, w.me(token, "GET", "/v1/me/debts", nil)); debts.CaseStatus == "OPEN" {
			w.pay(w.ask(token, w.accept(token, 1), 1, "all").PaymentIntentID, 0)
		}
	}
	zones := map[string]*time.Location{}
	for _, p := range people {
		zone, ok := calendar.Zone(p.uf)
		if !ok {
			t.Fatalf("no zone of %s", p.uf)
		}
		zones[p.Email] = zone
	}
	sent := w.reminders("")
	if len(sent) < len(people) {
		t.Errorf("only %d reminders about %d debts", len(sent), len(people))
	}
	days := map[string][]calendar.Date{}
	for _, m := range sent {
		zone := zones[m.To]
		local := m.SentAt.In(zone)
		today := calendar.Of(m.SentAt, zone)
		if !lawful(today) || local.Hour() < 8 || local.Hour() >= 20 {
			t.Errorf("a reminder was sent on %s at %s local time", today, local.Format("Mon 15:04 -07"))
		}
		days[m.To] = append(days[m.To], today)
	}
	atCap := 0
	for _, on := range days {
		for i, last := range on {
			inWeek, inDay := 0, 0
			for _, earlier := range on[:i+1] {
				if earlier.DaysUntil(last) < 7 {
					inWeek++
				}
				if earlier == last {
					inDay++
				}
			}
			if inDay > 1 || inWeek > 3 {
				t.Errorf("on %s somebody got %d reminders, %d in seven days", last, inDay, inWeek)
			}
			if inWeek == 3 {
				atCap++
			}
		}
	}
	t.Logf("%d reminders to %d people; %d times somebody was at the weekly cap", len(sent), len(days), atCap)
	if left := w.backlog(); left != "" {
		t.Errorf("queues hold %s", left)
	}
}

// TestAnOutageDelaysRemindersAndRepeatsNone takes something from the ruler on the days around its second rung and gives it back: the
// reminder that was due then goes out once. An answer that leaves open whether it went out is the exception: then it is not sent again.
func TestAnOutageDelaysRemindersAndRepeatsNone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by, service string
		answer      *wire.Error
		want        string
	}{
		"no table for the ruler":  {"ruler-step", "dynamodb", &wire.Error{Code: "InternalServerError", Status: 500}, "first offers last"},
		"no queue for the ruler":  {"ruler-step", "sqs", &wire.Error{Code: "ServiceUnavailable", Status: 503}, "first offers last"},
		"no table for the sender": {"contact-send", "dynamodb", &wire.Error{Code: "InternalServerError", Status: 500}, "first offers last"},
		"no keys for the sender":  {"contact-send", "kms", &wire.Error{Code: "KMSInternalException", Status: 500}, "first offers last"},
		"mail account is busy":    {"contact-send", "ses", &wire.Error{Code: "Throttling"}, "first offers last"},
		"mail does not answer":    {"contact-send", "ses", &wire.Error{Code: "ServiceUnavailable", Status: 503}, "first last"},
	} {
		t.Run(name, func(t *testing.T) {
			p := someone("vida-plena", 1)
			p.late = 1
			w := begin(t, setup{portfolio: csvOf(t, p)})
			w.advance(10 * day)
			tried := 0
			heal := w.watch.stepIn(func(call seen, next func() (any, error)) (any, error) {
				if call.by == c.by && call.Service == c.service {
					tried++
					return nil, c.answer
				}
				return next()
			})
			w.advance(7 * day) // the second rung is due on the fourteenth
			if got := templates(w.reminders(p.Email)); got != "first" || tried == 0 {
				t.Fatalf("reminders during the outage: %q; it met %d calls", got, tried)
			}
			heal()
			w.advance(5 * day)
			if got := templates(w.reminders(p.Email)); got != strings.TrimSuffix(c.want, " last") {
				t.Errorf("reminders when the outage is over: %q", got)
			}
			w.advance(20 * day)
			if got := templates(w.reminders(p.Email)); got != c.want {
				t.Errorf("reminders in the end: %q, want %q", got, c.want)
			}
			t.Logf("%d calls failed", tried)
		})
	}
}

// TestALongOutageSupersedesCourtesies starts with a debt so old that every rung is past: one reminder is sent, the last; the earlier ones
// are recorded as passed over.
func TestALongOutageSupersedesCourtesies(t *testing.T) {
	p := someone("vida-plena", 1)
	p.late = 90
	w := begin(t, setup{portfolio: csvOf(t, p)})
	w.advance(10 * day)
	if got := templates(w.reminders(p.Email)); got != "last" {
		t.Errorf("reminders %q, want the last alone", got)
	}
	events := strings.Join(w.published(), " ")
	if got := strings.Count(events, "ruler.rung_skipped"); got != 4 {
		t.Errorf("%d rungs were recorded as passed over, want 4", got)
	}
}
