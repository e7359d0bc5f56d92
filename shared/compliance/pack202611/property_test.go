package pack202611

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

var states = []string{"", "AC", "AM", "BA", "MT", "PA", "PE", "RO", "RR", "SP", "TO", "ZZ"}

func drawInput(t *rapid.T) Input {
	start := time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)
	now := start.Add(time.Duration(rapid.Int64Range(0, 12*366*24*3600).Draw(t, "second")) * time.Second)
	in := Input{
		Now: now, UF: rapid.SampledFrom(states).Draw(t, "uf"),
		Channel: rapid.SampledFrom([]collection.Channel{collection.ChannelEmail, collection.ChannelSMS}).Draw(t, "channel"),
		Purpose: rapid.SampledFrom([]collection.Purpose{
			collection.PurposeReminder, collection.PurposeReminder, collection.PurposeReminder, collection.PurposeReceipt, collection.PurposeCode,
		}).Draw(t, "purpose"),
		HasAddress: rapid.IntRange(0, 9).Draw(t, "address") > 0, OpenDebt: rapid.IntRange(0, 9).Draw(t, "debt") > 0,
		AgreementLive: rapid.IntRange(0, 9).Draw(t, "agreement") == 0,
	}
	for range rapid.IntRange(0, 5).Draw(t, "contacts") {
		in.Days = append(in.Days, calendar.Of(now, time.UTC).AddDays(rapid.IntRange(-9, 1).Draw(t, "day")))
	}
	return in
}

// lawful is the law said once more, from the tables of a civil calendar: what an instant's clocks show in every zone.
func lawful(in Input, at time.Time) bool {
	offsets := map[string]int{"AC": -5, "AM": -4, "MT": -4, "RO": -4, "RR": -4, "BA": -3, "PA": -3, "PE": -3, "SP": -3, "TO": -3}
	all := []int{-2, -3, -4, -5}
	home := -3
	if hour, ok := offsets[in.UF]; ok {
		all, home = []int{hour}, hour
	}
	for _, hour := range all {
		local := at.UTC().Add(time.Duration(hour) * time.Hour)
		from, to := 8, 20
		switch day := local.Weekday(); {
		case day == time.Sunday || calendar.IsNationalHoliday(calendar.Of(local, time.UTC)):
			return false
		case in.Channel == collection.ChannelSMS && day == time.Saturday:
			from, to = 9, 13
		case in.Channel == collection.ChannelSMS:
			from, to = 9, 18
		}
		if local.Hour() < from || local.Hour() >= to {
			return false
		}
	}
	today := calendar.Of(at.UTC().Add(time.Duration(home)*time.Hour), time.UTC)
	ofToday, ofWeek := 0, 0
	for _, d := range in.Days {
		if !d.Before(today) {
			ofToday++
		}
		if d.DaysUntil(today) < 7 {
			ofWeek++
		}
	}
	return ofToday < 1 && ofWeek < 3
}

// Against a slow search hour by hour: an allow is lawful, a deferral names the first lawful instant, and a block depends on no time.
func TestVerdictIsTheFirstLawfulInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		v := Evaluate(in)
		answer := in.Purpose == collection.PurposeReceipt || in.Purpose == collection.PurposeCode
		want := in.Now
		switch {
		case !in.HasAddress || !answer && (!in.OpenDebt || in.AgreementLive):
			if v.Outcome != Block {
				t.Fatalf("got %s, want a block", v.Outcome)
			}
			return
		case !answer && !lawful(in, want):
			for want = want.Truncate(time.Hour).Add(time.Hour); !lawful(in, want); {
				want = want.Add(time.Hour)
			}
		}
		if want.Equal(in.Now) {
			if v.Outcome != Allow || !v.NotBefore.IsZero() || len(v.Rules) != 0 {
				t.Fatalf("got %+v, want allow", v)
			}
			return
		}
		if v.Outcome != Defer || !v.NotBefore.Equal(want) || len(v.Rules) == 0 {
			t.Fatalf("got %s until %s by %v, want a deferral until %s", v.Outcome, v.NotBefore, v.Rules, want)
		}
	})
}

func TestVerdictsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		v := Evaluate(in)
		again, err := Reevaluate(v.Inputs)
		if err != nil || !equal(v, again) {
			t.Fatalf("worked out again from %s: %+v, %v", v.Inputs, again, err)
		}
		if v.Outcome == Defer {
			then := in
			then.Now = v.NotBefore
			if next := Evaluate(then); next.Outcome != Allow {
				t.Fatalf("deferred to %s, where it is %s by %v", v.NotBefore, next.Outcome, next.Rules)
			}
		}
		more := in
		more.Days = append([]calendar.Date{calendar.Of(in.Now, time.UTC).AddDays(rapid.IntRange(-9, 1).Draw(t, "one more"))}, in.Days...)
		if after := Evaluate(more); earliest(after).Before(earliest(v)) {
			t.Fatalf("one more contact made %s until %s of %s until %s", after.Outcome, after.NotBefore, v.Outcome, v.NotBefore)
		}
		old := in
		old.Days = append([]calendar.Date{calendar.Of(in.Now, time.UTC).AddDays(-8 - rapid.IntRange(0, 400).Draw(t, "old"))}, in.Days...)
		if after := Evaluate(old); after.InputsHash != v.InputsHash {
			t.Fatalf("an old contact changed the inputs: %s, %s", after.Inputs, v.Inputs)
		}
	})
}

// earliest is when a verdict lets a contact leave; a block lets it never.
func earliest(v collection.Verdict) time.Time {
	switch v.Outcome {
	case Allow:
		return v.At
	case Defer:
		return v.NotBefore
	}
	return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
}

func TestWindowIsWhereEvaluateAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInput(t)
		in.Purpose, in.HasAddress, in.OpenDebt, in.AgreementLive, in.Days = collection.PurposeReminder, true, true, false, nil
		from, to, ok := Window(in.Channel, in.UF, Day(in.UF, in.Now))
		inside := ok && !in.Now.Before(from) && in.Now.Before(to)
		if v := Evaluate(in); (v.Outcome == Allow) != inside {
			t.Fatalf("%s at %s, window %s to %s, %v", v.Outcome, in.Now, from, to, ok)
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	in := Input{
		Now: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), Channel: collection.ChannelEmail, Purpose: collection.PurposeReminder, UF: "SP",
		HasAddress: true, OpenDebt: true,
	}
	for b.Loop() {
		Evaluate(in)
	}
}
