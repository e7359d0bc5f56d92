package simulation

import "reflect"

// tally counts what worlds went through.
type tally struct {
	Worlds, Cases, Charges, Facts int
	// Deliveries are those that entered at the gateway; Lost ones did not.
	Deliveries, Lost                                                 int
	Repeated, Renamed, Bundled, Unproven, Unacknowledged             int
	Forged, Stale, Crashes, Faults                                   int
	Exact, Partial, Over, Again, Late, Racing, Unreported, NeverPaid int
	Slips, Settled, Bounced, Debits, TakenBack                       int
}

// add adds another world's counts.
func (t *tally) add(of tally) {
	sums, more := reflect.ValueOf(t).Elem(), reflect.ValueOf(of)
	for i := range sums.NumField() {
		sums.Field(i).SetInt(sums.Field(i).Int() + more.Field(i).Int())
	}
}

// counts are those of a world that has lived.
func (w *world) counts() tally {
	out := w.tally
	out.Worlds, out.Cases, out.Facts, out.Crashes, out.Faults = 1, len(w.people), w.facts, w.strikes.crashes, w.strikes.faults
	return out
}
