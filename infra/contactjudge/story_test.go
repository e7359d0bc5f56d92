package contactjudge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/infra/contactjudge"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
)

// A Tuesday in business hours, in a state with neither registry nor hours of its own.
var noon = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

// story is a made-up history of a case, told to the judge event by event.
type story struct {
	t    *testing.T
	log  *contactjudge.Log
	name string
	seq  int64
	at   time.Time
}

func tell(t *testing.T, j *contactjudge.Judge, creditor string) *story {
	t.Helper()
	s := &story{t: t, log: j.Open(creditor, creditor+"-case"), name: creditor, at: noon.Add(-48 * time.Hour)}
	s.add(events.CaseOpened{Standing: "former", UF: "MG", PersonKey: "somebody", HasEmail: true})
	s.add(events.DebtsPlaced{Debts: []events.Debt{{DebtID: "d1", DueDate: "2026-08-01"}}})
	return s
}

func (s *story) add(payload any) *story {
	s.t.Helper()
	s.seq++
	e, err := events.New(events.Envelope{CreditorID: s.name, CaseID: s.name + "-case", Seq: s.seq, OccurredAt: s.at}, payload)
	if err != nil {
		s.t.Fatal(err)
	}
	doc, err := e.Encode()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.log.Read(doc); err != nil {
		s.t.Fatal(err)
	}
	return s
}

// allowed is a verdict of the product, whatever the case is like: one that was given before, or by a sender that did not look.
func allowed(t *testing.T, at time.Time, purpose collection.Purpose, handOver bool) events.Verdict {
	t.Helper()
	law, err := compliance.Of(nil)
	if err != nil {
		t.Fatal(err)
	}
	in := compliance.Input{Now: at, Channel: collection.ChannelEmail, Purpose: purpose, UF: "MG", HandOver: handOver}
	names := []string{"address", "open_debt", "supplier_identity", "breakdown", "opt_out_slot", "registered_contact"}
	if purpose == collection.PurposeInstalment {
		names[1] = "agreement_live"
	} else if in.Due, err = calendar.ParseDate("2026-08-01"); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		f, ok := compliance.FactNamed(name)
		if !ok {
			t.Fatal(name)
		}
		in.Facts |= f
	}
	v := compliance.Evaluate(law, in)
	if v.Outcome != compliance.Allow {
		t.Fatalf("%s by %v", v.Outcome, v.Rules)
	}
	return events.Verdict{
		Outcome: v.Outcome, WindowEnd: v.WindowEnd, Rules: v.Rules, RequiredNotices: v.RequiredNotices, PackVersion: v.PackVersion,
		InputsHash: v.InputsHash, Inputs: v.Inputs, At: v.At,
	}
}

// plan plans a contact an hour before noon.
func (s *story) plan(id string, purpose collection.Purpose) *story {
	s.t.Helper()
	s.at = noon.Add(-time.Hour)
	return s.add(events.ContactPlanned{
		ContactID: id, Purpose: string(purpose), Channel: "email", Rung: "d5", Verdict: allowed(s.t, s.at, purpose, false),
	})
}

// send claims a contact and hands it over.
func (s *story) send(id string, purpose collection.Purpose, at time.Time) *story {
	s.t.Helper()
	s.at = at
	s.add(events.ContactClaimed{ContactID: id, Verdict: allowed(s.t, at, purpose, true)})
	return s.add(events.ContactClosed{ContactID: id, Status: "SENT"})
}

// rules are those of the findings, sorted.
func rules(found []contactjudge.Finding) string {
	out := make([]string, len(found))
	for i, f := range found {
		out[i] = f.Rule
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// signed is a deal about the debt.
func (s *story) signed() *story {
	s.t.Helper()
	s.add(events.ProposalCreated{ProposalID: "p1", Terms: events.Terms{DebtIDs: []string{"d1"}}})
	return s.add(events.ContractSigned{ProposalID: "p1", AgreementID: "a1"})
}

// overlooked is something that a sender did not look at between planning and hand-over.
type overlooked struct {
	name    string
	purpose collection.Purpose
	before  func(s *story)
	want    string
}

func aboutTheDebt() []overlooked {
	reminder, instalment := collection.PurposeReminder, collection.PurposeInstalment
	until := noon.Add(24 * time.Hour)
	return []overlooked{
		{"nothing happened", reminder, func(*story) {}, ""},
		{"the debt was paid", reminder, func(s *story) {
			s.signed().add(events.PaymentPosted{AgreementID: "a1", AgreementStatus: "FULFILLED", SettledDebtIDs: []string{"d1"}})
		}, "NOTHING-OWED"},
		{"the payment came back", reminder, func(s *story) {
			s.signed().add(events.PaymentPosted{AgreementID: "a1", AgreementStatus: "FULFILLED", SettledDebtIDs: []string{"d1"}})
			s.add(events.PaymentReturned{AgreementID: "a1", AgreementStatus: "ACTIVE", ReopenedDebtIDs: []string{"d1"}})
		}, "AGREEMENT-LIVE NOTHING-OWED"},
		{"a deal was signed", reminder, func(s *story) { s.signed() }, "AGREEMENT-LIVE NOTHING-OWED"},
		{"a deal fell through", reminder, func(s *story) {
			s.signed().add(events.AgreementEnded{AgreementID: "a1", Status: "BREACHED"})
		}, ""},
		{"a deal fell through and nothing was left", reminder, func(s *story) {
			s.signed().add(events.AgreementEnded{AgreementID: "a1", Status: "BREACHED", Credits: []events.Credit{{DebtID: "d1"}}})
		}, "NOTHING-OWED"},
		{"an instalment of a deal", instalment, func(s *story) {
			s.add(events.PromiseMade{PromiseID: "m1", Until: until}).signed()
		}, ""},
		{"an instalment of no deal", instalment, func(*story) {}, "NOTHING-OWED"},
	}
}

func aboutThePerson() []overlooked {
	reminder, until := collection.PurposeReminder, noon.Add(24*time.Hour)
	return []overlooked{
		{"a pause", reminder, func(s *story) { s.add(events.CasePaused{PauseID: "x", Source: "staff", From: s.at}) }, "PAUSED"},
		{"a pause that is over", reminder, func(s *story) {
			s.add(events.CasePaused{PauseID: "x", Source: "staff", From: s.at, Until: s.at.Add(time.Hour)})
		}, ""},
		{"a pause that was lifted", reminder, func(s *story) {
			s.add(events.CasePaused{PauseID: "x", Source: "staff", From: s.at}).add(events.PauseLifted{PauseID: "x", Until: s.at.Add(time.Minute)})
		}, ""},
		{"a promise", reminder, func(s *story) { s.add(events.PromiseMade{PromiseID: "m1", Until: until}) }, "PAUSED"},
		{"a broken promise", reminder, func(s *story) {
			s.add(events.PromiseMade{PromiseID: "m1", Until: until}).add(events.PromiseBroken{PromiseID: "m1"})
		}, ""},
		{"a dispute", reminder, func(s *story) {
			s.add(events.CasePaused{PauseID: "x", Source: "dispute", From: s.at})
		}, "DISPUTE PAUSED"},
		{"a disputed debt", reminder, func(s *story) {
			s.add(events.DebtsMoved{DebtIDs: []string{"d1"}, Status: "DISPUTED"})
		}, "NOTHING-OWED"},
		{"an opt-out", reminder, func(s *story) {
			s.add(events.ParticipantOptedOut{Channels: []string{"email"}, Source: "link"})
		}, "BR-OPTOUT"},
		{"an opt-out of another channel", reminder, func(s *story) {
			s.add(events.ParticipantOptedOut{Channels: []string{"sms"}, Source: "link"})
		}, ""},
		{"a decease", reminder, func(s *story) {
			s.add(events.ParticipantRevised{Standing: "deceased", UF: "MG", HasEmail: true})
		}, "DECEASED"},
		{"no address any more", reminder, func(s *story) {
			s.add(events.ParticipantRevised{Standing: "former", UF: "MG"})
		}, "NO-ADDRESS"},
		{"a dead address", reminder, func(s *story) {
			s.add(events.ContactPointChanged{Channel: "email", OnFile: true, Quality: "dead"})
		}, "SUPPRESSED"},
		{"a time-barred debt", reminder, func(s *story) {
			s.add(events.DebtsRevised{Debts: []events.Debt{{DebtID: "d1", DueDate: "2021-01-01"}}})
		}, "BR-PRESCR"},
	}
}

// Whatever a sender overlooked is named by the rule that forbids it, though the stored verdict says allow.
func TestAnUnlawfulSendIsFound(t *testing.T) {
	for _, x := range append(aboutTheDebt(), aboutThePerson()...) {
		t.Run(x.name, func(t *testing.T) {
			s := tell(t, judge(t), "one").plan("c1", x.purpose)
			s.at = noon.Add(-30 * time.Minute)
			if strings.HasPrefix(x.name, "a pause that is over") {
				s.at = noon.Add(-90 * time.Minute)
			}
			x.before(s)
			found, sends, _ := s.send("c1", x.purpose, noon).log.Close()
			if got := rules(found); got != x.want || len(sends) != 1 {
				t.Errorf("got %q, want %q: %+v", got, x.want, found)
			}
			for _, f := range found {
				if f.Creditor != "one" || f.Case != "one-case" || f.Contact != "c1" || f.Stored == "" || f.Found == "" {
					t.Errorf("finding %+v", f)
				}
			}
		})
	}
}

// A contact is handed over at most once, by a claim with a verdict of that moment.
func TestAHandOverWithoutAClaimIsFound(t *testing.T) {
	reminder := collection.PurposeReminder
	for name, x := range map[string]struct {
		story func(s *story)
		want  string
	}{
		"never claimed": {func(s *story) { s.add(events.ContactClosed{ContactID: "c1", Status: "SENT"}) }, "CLAIM"},
		"never planned": {func(s *story) { s.send("c2", reminder, noon) }, "CLAIM CLOSE"},
		"sent twice":    {func(s *story) { s.send("c1", reminder, noon).send("c1", reminder, noon.Add(time.Hour)) }, "CLAIM"},
		"planned twice": {func(s *story) { s.plan("c1", reminder).send("c1", reminder, noon) }, "PLAN"},
		"by the verdict of the plan": {func(s *story) {
			s.add(events.ContactClaimed{ContactID: "c1", Verdict: allowed(s.t, s.at, reminder, false)})
		}, "CLAIM"},
		"by an old verdict": {func(s *story) {
			v := allowed(s.t, s.at, reminder, true)
			s.at = noon
			s.add(events.ContactClaimed{ContactID: "c1", Verdict: v})
		}, "CLAIM"},
		"at night by an old verdict": {func(s *story) {
			v := allowed(s.t, s.at, reminder, true)
			s.at = noon.Add(12 * time.Hour)
			s.add(events.ContactClaimed{ContactID: "c1", Verdict: v})
		}, "BR-DEFAULT-HOURS CLAIM"},
		"for another purpose": {func(s *story) {
			s.at = noon
			s.signed().add(events.ContactClaimed{ContactID: "c1", Verdict: allowed(s.t, s.at, collection.PurposeInstalment, true)})
		}, "CLAIM"},
		"withheld though allowed": {func(s *story) {
			s.add(events.ContactWithheld{Purpose: "reminder", Channel: "email", Verdict: allowed(s.t, s.at, reminder, false)})
		}, "WITHHELD"},
		"deferred unheard": {func(s *story) {
			v := allowed(s.t, s.at, reminder, false)
			s.add(events.ContactClosed{ContactID: "c1", Status: "DEFERRED", Verdict: &v})
		}, "CLOSE"},
		"given up": {func(s *story) { s.add(events.ContactClosed{ContactID: "c1", Status: "REFUSED"}) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := tell(t, judge(t), "one").plan("c1", reminder)
			x.story(s)
			found, _, _ := s.log.Close()
			if got := rules(found); got != x.want {
				t.Errorf("got %q, want %q: %+v", got, x.want, found)
			}
		})
	}
}

// Caps count what left to a person over cases and creditors, not what was given back.
func TestCapsAreCountedOverCreditors(t *testing.T) {
	j := judge(t)
	var sends []contactjudge.Send
	send := func(creditor string, at time.Time, status string) {
		t.Helper()
		s := tell(t, j, creditor).plan("c1", collection.PurposeReminder)
		s.at = at
		s.add(events.ContactClaimed{ContactID: "c1", Verdict: allowed(t, at, collection.PurposeReminder, true)})
		found, left, verdicts := s.add(events.ContactClosed{ContactID: "c1", Status: status}).log.Close()
		if len(found) != 0 || verdicts != 2 {
			t.Fatalf("%d verdicts, %+v", verdicts, found)
		}
		sends = append(sends, left...)
	}
	const day = 24 * time.Hour
	send("returned", noon, "DEFERRED")
	send("one", noon, "SENT")
	if found := j.Caps(sends); len(found) != 0 {
		t.Fatalf("one contact: %+v", found)
	}
	send("two", noon.Add(time.Hour), "UNKNOWN")
	found := j.Caps(sends)
	if len(found) != 1 || found[0].Rule != "BR-CAP-DAY" || found[0].Creditor != "two" || found[0].Contact != "c1" {
		t.Fatalf("two on a day: %+v", found)
	}
	send("three", noon.Add(day), "SENT")
	if found = j.Caps(sends); len(found) != 1 {
		t.Fatalf("three: %+v", found)
	}
	send("four", noon.Add(3*day), "SENT")
	if found = j.Caps(sends); len(found) != 2 || rules(found) != "BR-CAP-DAY BR-CAP-WEEK" {
		t.Fatalf("four in a week: %+v", found)
	}
	send("five", noon.Add(9*day), "SENT")
	if found = j.Caps(sends); len(found) != 2 {
		t.Fatalf("five: %+v", found)
	}
}
