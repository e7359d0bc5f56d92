package contactjudge_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/regua/regua/infra/contactjudge"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/compliance/pack202611"
)

func judge(t testing.TB) *contactjudge.Judge {
	t.Helper()
	j, err := contactjudge.New()
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func pick[T any](c *rand.Rand, of ...T) T { return of[c.IntN(len(of))] }

func verdictOf(v collection.Verdict) contactjudge.Verdict {
	return contactjudge.Verdict{
		Outcome: v.Outcome, NotBefore: v.NotBefore, WindowEnd: v.WindowEnd, Rules: v.Rules, RequiredNotices: v.RequiredNotices,
		PackVersion: v.PackVersion, InputsHash: v.InputsHash, Inputs: v.Inputs, At: v.At,
	}
}

// drawInput is an input around the years of the packs. Half of them are what the ruler asks about; in the others anything may be known.
func drawInput(c *rand.Rand) compliance.Input {
	start := time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC)
	names := append(calendar.States(), "", "XX", "US-NY", "US-MA", "US-AZ", "US-HI", "US-TX", "US-AK", "US-TN", "US-FL", "US-CA")
	in := compliance.Input{
		Now:     start.Add(time.Duration(c.IntN(1120*24*60*60)) * time.Second).Add(time.Duration(c.IntN(2)*500) * time.Millisecond),
		Channel: pick(c, append(collection.Channels(), "fax")...), UF: pick(c, names...), HandOver: c.IntN(2) == 1,
		Purpose: pick(c, collection.PurposeReminder, collection.PurposeReminder, collection.PurposeOffer, collection.PurposeInstalment,
			collection.PurposeNotice, collection.PurposeReceipt, collection.PurposeCode, collection.PurposeReply, "marketing"),
	}
	for _, name := range []string{"address", "open_debt", "whatsapp_opt_in", "template_approved", "opt_out_slot", "supplier_identity",
		"supplier_link", "breakdown", "breakdown_link", "registered_contact", "consumer_used", "validation_included"} {
		f, _ := compliance.FactNamed(name)
		in.Facts |= f
	}
	today := calendar.Of(in.Now, time.UTC)
	in.Due, in.RegistrySnapshot = today.AddDays(-c.IntN(2400)), today
	for range c.IntN(6) {
		in.History = append(in.History, compliance.Past{
			On: today.AddDays(1 - c.IntN(12)), Channel: pick(c, append(collection.Channels(), "", "")...), Marks: compliance.Marks(c.IntN(16)),
		})
	}
	if c.IntN(2) == 0 {
		return in
	}
	in.Role, in.Regulator = pick(c, "", compliance.RoleCreditor, compliance.RoleThirdParty), pick(c, "", compliance.RegulatorANS)
	in.Municipality = pick(c, "", "", "1302603", "1300201", "2605459", "2611606", "13")
	in.AreaCode = pick(c, "", "", "11", "61", "92", "81", "20", "x1")
	if c.IntN(4) == 0 {
		in.Zones = append(in.Zones, pick(c, "America/Rio_Branco", "America/New_York", "Pacific/Honolulu", "Mars/Olympus"))
	}
	if c.IntN(5) == 0 {
		in.Stated = pick(c, compliance.Span{From: 600, To: 720}, compliance.Span{To: 1440}, compliance.Span{From: 1200, To: 1300},
			compliance.Span{From: 900, To: 600}, compliance.Span{From: -5, To: 600}, compliance.Span{From: 700, To: 1500})
	}
	for range c.IntN(4) {
		in.Facts ^= 1 << c.IntN(46)
	}
	for _, d := range []*calendar.Date{
		&in.Due, &in.Limitation, &in.RegistryListed, &in.RegistrySnapshot, &in.NumberChecked, &in.FirstContact, &in.ValidationSent,
		&in.CallConsent,
	} {
		if c.IntN(4) == 0 {
			*d = pick(c, calendar.Date{}, today.AddDays(5-c.IntN(100)))
		}
	}
	if c.IntN(3) == 0 {
		in.LastInbound = in.Now.Add(-time.Duration(c.IntN(48*60)) * time.Minute)
	}
	for range c.IntN(3) {
		in.Closed = append(in.Closed, today.AddDays(c.IntN(5)))
	}
	return in
}

// The product and the judge say the same of whatever is asked.
func TestTheJudgeAgreesWithTheProduct(t *testing.T) {
	j := judge(t)
	var laws []*compliance.Law
	br, us := compliance.NameBrazil, compliance.NameUnitedStates
	for _, names := range [][]string{{br}, {us}, {br, us}} {
		law, err := compliance.Of(names)
		if err != nil {
			t.Fatal(err)
		}
		laws = append(laws, law)
	}
	c := rand.New(rand.NewPCG(7, 2026))
	outcomes, rules, wrong := map[string]int{}, map[string]int{}, 0
	for range 20_000 {
		v := compliance.Evaluate(pick(c, laws...), drawInput(c))
		outcomes[v.Outcome]++
		for _, r := range v.Rules {
			rules[r]++
		}
		if d := j.Compare(verdictOf(v)); len(d) > 0 {
			t.Errorf("%v\n\t%s", d, v.Inputs)
			if wrong++; wrong > 20 {
				t.FailNow()
			}
		}
	}
	if len(outcomes) != 4 || len(rules) < 35 {
		t.Errorf("too little was drawn: %v, %v", outcomes, rules)
	}
}

// The same for the pack by which the first contacts were judged.
func TestTheJudgeAgreesWithTheFirstPack(t *testing.T) {
	j := judge(t)
	c := rand.New(rand.NewPCG(11, 2026))
	outcomes := map[string]int{}
	for range 5_000 {
		in := pack202611.Input{
			Now:     time.Date(2019, 12, 20, 0, 0, c.IntN(12*366*24*60*60), 0, time.UTC),
			Channel: pick(c, collection.ChannelEmail, collection.ChannelSMS, collection.ChannelSMS, "fax"),
			Purpose: pick(c, collection.PurposeReminder, collection.PurposeReminder, collection.PurposeReminder, collection.PurposeInstalment,
				collection.PurposeNotice, collection.PurposeReceipt, collection.PurposeCode, "marketing"),
			UF: pick(c, append(calendar.States(), "", "XX")...), HasAddress: c.IntN(9) > 0, OpenDebt: c.IntN(9) > 0, AgreementLive: c.IntN(9) == 0,
		}
		for range c.IntN(5) {
			in.Days = append(in.Days, calendar.Of(in.Now, time.UTC).AddDays(c.IntN(11)-9))
		}
		v := pack202611.Evaluate(in)
		outcomes[v.Outcome]++
		if d := j.Compare(verdictOf(v)); len(d) > 0 {
			t.Fatalf("%v\n\t%s", d, v.Inputs)
		}
	}
	if len(outcomes) != 3 {
		t.Errorf("too little was drawn: %v", outcomes)
	}
}
