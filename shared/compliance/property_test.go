package compliance

import (
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// chance is what random inputs are made from: rapid's draws or a plain generator.
type chance interface{ upTo(n int) int }

type drawn struct{ t *rapid.T }

func (d drawn) upTo(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "n") }

type dice struct{ *rand.Rand }

func (d dice) upTo(n int) int { return d.IntN(n) }

func pick[T any](c chance, of ...T) T { return of[c.upTo(len(of))] }

// anyInput is an input around the years of the packs, mostly lawful.
func anyInput(c chance) Input {
	start := time.Date(2025, 12, 20, 0, 0, 0, 0, time.UTC)
	in := Input{
		Now:     start.Add(time.Duration(c.upTo(1120*secondsPerDay)) * time.Second).Add(time.Duration(c.upTo(2)*500) * time.Millisecond),
		Channel: pick(c, append(collection.Channels(), "fax")...),
		Purpose: pick(c, collection.PurposeReminder, collection.PurposeReminder, collection.PurposeOffer, collection.PurposeInstalment,
			collection.PurposeNotice, collection.PurposeReceipt, collection.PurposeCode, collection.PurposeReply, "marketing"),
		UF:   pick(c, "", "SP", "RJ", "AL", "AM", "PE", "AC", "PA", "ES", "PR", "XX", "US-NY", "US-MA", "US-AZ", "US-HI"),
		Role: pick(c, "", RoleCreditor, RoleThirdParty), Regulator: pick(c, "", RegulatorANS), HandOver: c.upTo(2) == 1, Facts: usualFacts,
	}
	in.Municipality = pick(c, "", "", "1302603", "2605459", "13", "São Paulo")
	in.AreaCode = pick(c, "", "", "11", "61", "92", "20", "x1")
	if c.upTo(4) == 0 {
		in.Zones = append(in.Zones, pick(c, "America/Rio_Branco", "America/New_York", "Pacific/Honolulu", "Mars/Olympus"))
	}
	if c.upTo(5) == 0 {
		in.Stated = pick(c, Span{600, 720}, Span{0, 1440}, Span{1200, 1300}, Span{900, 600})
	}
	for range c.upTo(3) {
		in.Facts ^= 1 << c.upTo(len(factNames))
	}
	today := calendar.Of(in.Now, time.UTC)
	in.Due = today.AddDays(-c.upTo(2400))
	for _, d := range in.dates() {
		if c.upTo(4) == 0 {
			*d.at = pick(c, calendar.Date{}, today.AddDays(5-c.upTo(100)))
		}
	}
	if c.upTo(3) == 0 {
		in.LastInbound = in.Now.Add(-time.Duration(c.upTo(48*60)) * time.Minute)
	}
	if c.upTo(4) == 0 {
		in.Closed = append(in.Closed, today.AddDays(c.upTo(5)))
	}
	for range c.upTo(6) {
		in.History = append(in.History, Past{
			On: today.AddDays(1 - c.upTo(40)), Channel: pick(c, append(collection.Channels(), "")...), Marks: Marks(c.upTo(16)),
		})
	}
	return in
}

func laws(t testing.TB) []*Law {
	t.Helper()
	br, us := defaultLaws(t)
	both, err := Of([]string{NameUnitedStates, NameBrazil})
	if err != nil {
		t.Fatal(err)
	}
	return []*Law{br, us, both}
}

func properties(t *testing.T, check func(t *rapid.T, law *Law, in Input)) {
	all := laws(t)
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.SampledFrom(all).Draw(t, "law"), anyInput(drawn{t}))
	})
}

// Property (a), from the packs' data and the zone database, by another way than the engine's.
func TestWhatIsAllowedIsInsideEveryWindow(t *testing.T) {
	properties(t, func(t *rapid.T, law *Law, in Input) {
		d := law.Decide(&in)
		if d.Outcome != Allow || purposeBit(in.Purpose) == bitReply {
			return
		}
		w := law.locate(&in)
		for _, r := range law.rules {
			bound := r.Kind == KindHours && slices.Contains(r.Channels, in.Channel) && r.states.meets(w.states) &&
				(r.Role == "" || in.Role != RoleCreditor)
			for i, name := range zoneNames {
				if !bound || w.zones&(1<<i) == 0 {
					continue
				}
				zone, err := time.LoadLocation(name)
				if err != nil {
					t.Fatal(err)
				}
				local := in.Now.In(zone)
				span := r.Week[local.Weekday()]
				if minute := local.Hour()*60 + local.Minute(); minute < span.From || minute >= span.To {
					t.Fatalf("allowed at %s in %s, outside %s", local, name, r.ID)
				}
				if day := calendar.Of(in.Now, zone); r.Holidays && (calendar.IsNationalHoliday(day) || slices.Contains(in.Closed, day)) {
					t.Fatalf("allowed on the holiday %s in %s", local, name)
				}
			}
		}
		if !d.WindowEnd.IsZero() && !d.WindowEnd.After(in.Now) {
			t.Fatalf("allowed at %s, in a window that ended at %s", in.Now, d.WindowEnd)
		}
	})
}

// Property (b): a law with fewer rules that blocks is not lifted by more of them.
func TestMoreRulesNeverTurnABlockIntoAllow(t *testing.T) {
	properties(t, func(t *rapid.T, law *Law, in Input) {
		fewer := &Law{places: law.places, brazil: law.brazil, unitedStates: law.unitedStates, countries: law.countries}
		for _, r := range law.rules {
			if rapid.Bool().Draw(t, "kept") {
				if err := fewer.add(Pack{}, []Rule{r.Rule}); err != nil {
					t.Fatal(err)
				}
				fewer.rules[len(fewer.rules)-1].pack = r.pack
			}
		}
		less, more := fewer.Decide(&in), law.Decide(&in)
		if less.Outcome == Block && more.Outcome == Allow || less.Outcome == Defer && (more.Outcome == Allow || more.Outcome == Require) {
			t.Fatalf("%s by %v with fewer rules, %s with more", less.Outcome, less.Rules(), more.Outcome)
		}
	})
}

// Properties (c) and (d), and that a verdict is worked out again from what is stored.
func TestVerdictsHold(t *testing.T) {
	properties(t, func(t *rapid.T, law *Law, in Input) {
		v := Evaluate(law, in)
		again, err := Reevaluate(v.Inputs)
		if err != nil || !equal(v, again) {
			t.Fatalf("worked out again from %s: %+v, %v", v.Inputs, again, err)
		}
		if d := law.Decide(&in); d.Outcome != v.Outcome || !d.NotBefore.Equal(v.NotBefore) || !slices.Equal(d.Rules(), v.Rules) {
			t.Fatalf("%s by %v without evidence, %s by %v with", d.Outcome, d.Rules(), v.Outcome, v.Rules)
		}
		if v.Outcome == Defer {
			then := in
			then.Now = v.NotBefore
			if next := Evaluate(law, then); next.Outcome == Defer || !v.NotBefore.After(in.Now) {
				t.Fatalf("deferred to %s, where it is %s by %v", v.NotBefore, next.Outcome, next.Rules)
			}
		}
		if left, ok := Validity(v); ok && (v.Outcome != Allow || left <= 0) {
			t.Fatalf("%s may be delivered for %s", v.Outcome, left)
		}
		old := in
		old.History = slices.Clone(in.History)
		for range rapid.IntRange(1, 5).Draw(t, "old contacts") {
			long := 32 + rapid.IntRange(0, 400).Draw(t, "days")
			old.History = append(old.History, Past{On: calendar.Of(in.Now, time.UTC).AddDays(-long)})
		}
		if after := Evaluate(law, old); after.InputsHash != v.InputsHash {
			t.Fatalf("old contacts changed the inputs: %s, %s", after.Inputs, v.Inputs)
		}
	})
}

func equal(a, b collection.Verdict) bool {
	return a.Outcome == b.Outcome && a.NotBefore.Equal(b.NotBefore) && a.WindowEnd.Equal(b.WindowEnd) && slices.Equal(a.Rules, b.Rules) &&
		slices.Equal(a.RequiredNotices, b.RequiredNotices) && a.PackVersion == b.PackVersion && a.InputsHash == b.InputsHash &&
		a.Inputs == b.Inputs && a.At.Equal(b.At)
}

// Property (e): evaluation is a pure function. A million inputs in check-law.
func TestVerdictsArePure(t *testing.T) {
	count := 5_000
	if os.Getenv("REGUA_LAW") == "full" {
		count = 1_000_000
	}
	all := laws(t)
	c := dice{rand.New(rand.NewPCG(1, 2))}
	outcomes := map[string]int{}
	for range count {
		in, law := anyInput(c), pick(c, all...)
		first := Evaluate(law, in)
		shuffled := in
		shuffled.History = slices.Clone(in.History)
		slices.Reverse(shuffled.History)
		if second := Evaluate(law, shuffled); !equal(first, second) {
			t.Fatalf("twice: %+v, %+v", first, second)
		}
		outcomes[first.Outcome]++
	}
	t.Logf("%d inputs, twice: %v", count, outcomes)
	if len(outcomes) != 4 {
		t.Errorf("outcomes %v", outcomes)
	}
}

func TestReevaluateRefuses(t *testing.T) {
	br, _ := defaultLaws(t)
	good := Evaluate(br, Input{
		Now: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC), Channel: collection.ChannelEmail, UF: "SP", Facts: usualFacts,
		History: Reminded([]calendar.Date{on("2026-11-20")}),
	}).Inputs
	if _, err := Reevaluate(good); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":            "",
		"another rule pack":  strings.Replace(good, PackBrazil, "br-1999-01", 1),
		"an unknown member":  strings.Replace(good, `{`, `{"name":"x",`, 1),
		"white space":        strings.Replace(good, `,`, `, `, 1),
		"another zone":       strings.Replace(good, "15:00:00Z", "12:00:00-03:00", 1),
		"a day that is none": strings.Replace(good, "2026-11-20", "2026-02-30", 1),
		"an old day":         strings.Replace(good, "2026-11-20", "2026-01-02", 1),
		"an unknown mark":    strings.Replace(good, "any", "any loud", 1),
		"an unknown fact":    strings.Replace(good, `"address"`, `"door"`, 1),
		"an unknown state":   strings.Replace(good, `"uf":"SP"`, `"uf":"XX"`, 1),
	} {
		if text == good {
			t.Fatalf("%s: the test changes nothing", name)
		}
		if _, err := Reevaluate(text); !errors.Is(err, collection.ErrInvalid) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// What was judged by the first pack is still worked out again.
func TestTheFirstPackIsStillKnown(t *testing.T) {
	const inputs = `{"pack":"br-2026-11","now":"2026-11-23T12:30:00Z","channel":"email","purpose":"reminder","uf":"SP","address":true,` +
		`"openDebt":true,"agreementLive":false,"days":["2026-11-18","2026-11-21"]}`
	if v, err := Reevaluate(inputs); err != nil || v.Outcome != Allow || v.PackVersion != "br-2026-11" {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestInputsKeepUnknownTextsOut(t *testing.T) {
	br, _ := defaultLaws(t)
	v := Evaluate(br, Input{
		Channel: "fax 529.982.247-25", Purpose: "Maria", UF: "Rua das Flores", Municipality: "Sé", AreaCode: "Rua", Zones: []string{"Rua"},
		Role: "Maria", Regulator: "Maria", History: []Past{{On: on("2026-11-20"), Channel: "Maria"}},
	})
	if strings.ContainsAny(v.Inputs, "é9M") || strings.Contains(v.Inputs, "Rua") || v.Outcome != Block {
		t.Errorf("%s by inputs %s", v.Outcome, v.Inputs)
	}
}

func TestTooMuchIsRefused(t *testing.T) {
	br, _ := defaultLaws(t)
	in := Input{Now: instant(t, "2026-11-23T15:00:00Z"), Channel: collection.ChannelEmail, Facts: usualFacts, Due: on("2026-08-01")}
	in.History = slices.Repeat([]Past{{On: on("2026-11-01")}}, MaxHistory+100)
	v := Evaluate(br, in)
	again, err := Reevaluate(v.Inputs)
	if v.Outcome != Block || !slices.Equal(v.Rules, []string{RuleInput}) || err != nil || !equal(v, again) {
		t.Errorf("%s by %v; again %s, %v", v.Outcome, v.Rules, again.Outcome, err)
	}
}

func TestRefuses(t *testing.T) {
	for _, text := range []string{
		"STOP", "stop.", "Cancel pls", "unsubscribe", "opt out", "END", "revoke", "quit", "para de mandar", "PARE", "Sair!",
		"quero que voces parem, nao me mandem mais nada",
		"Não quero mais receber mensagens", "me tira dessa lista", "na\u0303o envie mais", "por favor, pare",
		"please stop texting me", "don't contact me again",
	} {
		if !Refuses(text) {
			t.Errorf("%q is no refusal", text)
		}
	}
	for _, text := range []string{
		"", "quanto devo?", "posso pagar para a semana que vem se voces deixarem?", "o boleto parou de funcionar", "obrigado", "vou pagar amanhã",
		"para pagar em duas vezes como faço para ter o boleto",
	} {
		if Refuses(text) {
			t.Errorf("%q is a refusal", text)
		}
	}
}
