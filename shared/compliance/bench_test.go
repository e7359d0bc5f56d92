package compliance

import (
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
)

// usual is a lawful reminder by e-mail with a history of 20 contacts in 20 weeks and none this week.
func usual(b *testing.B) (*Law, Input) {
	law, err := Of(nil)
	if err != nil {
		b.Fatal(err)
	}
	in := Input{
		Now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), Channel: collection.ChannelEmail, Purpose: collection.PurposeReminder, UF: "SP",
		Role: RoleCreditor, Due: on("2026-08-10"),
		Facts: FactAddress | FactOpenDebt | FactSupplierIdentity | FactBreakdown | FactOptOutSlot,
	}
	for i := range 20 {
		in.History = append(in.History, Past{On: on("2026-11-16").AddDays(-i), Channel: collection.ChannelEmail})
	}
	return law, in
}

func BenchmarkDecide(b *testing.B) {
	law, in := usual(b)
	if d := law.Decide(&in); d.Outcome != Allow {
		b.Fatal(d.Outcome, d.Rules(), d.NotBefore)
	}
	b.ReportAllocs()
	for b.Loop() {
		law.Decide(&in)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}

func BenchmarkDecideDeferred(b *testing.B) {
	law, in := usual(b)
	in.Now = time.Date(2026, 11, 21, 23, 0, 0, 0, time.UTC)
	for i := range in.History {
		in.History[i].On = in.History[i].On.AddDays(4)
	}
	b.ReportAllocs()
	for b.Loop() {
		law.Decide(&in)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	law, in := usual(b)
	b.ReportAllocs()
	for b.Loop() {
		Evaluate(law, in)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "verdicts/s")
}

var _ = calendar.Date{}
