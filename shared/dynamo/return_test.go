package dynamo_test

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
)

// paidIn is a case whose first instalment was paid, with the receipt as it is stored.
func paidIn(t *testing.T, x *table) (collection.IntentID, collection.Receipt) {
	t.Helper()
	_, intent := requested(t, x, 1, 1)
	d := x.load(t, 1, intent)
	must(t, x.Commit(t.Context(), d, collection.PostedReceipt{Receipt: post(t, d, intent, "f")}))
	return intent, x.receipt(t, "f")
}

func (x *table) receipt(t *testing.T, fact string) collection.Receipt {
	t.Helper()
	receipt, err := x.LoadReceipt(t.Context(), creditor, "sandbox", "acc", fact)
	must(t, err)
	return receipt
}

// leaving is money of a payment that leaves again.
func leaving(fact, of string, kind collection.ReturnKind, receipt collection.Receipt) collection.Return {
	return collection.Return{
		Creditor: creditor, Provider: "sandbox", Account: "acc", Fact: fact, Of: of, Kind: kind, Amount: receipt.Amount, At: noon.Add(time.Hour),
	}
}

func takeBack(t *testing.T, d *collection.Dossier, receipt collection.Receipt, r collection.Return) []collection.Companion {
	t.Helper()
	after, err := d.Return(meta(noon.Add(time.Hour)), receipt, r)
	must(t, err)
	return []collection.Companion{collection.PostedReturn{Return: r}, collection.PostedReceipt{Receipt: after}}
}

func TestAReturnIsPostedWithItsReceipt(t *testing.T) {
	x := newTable(t)
	intent, receipt := paidIn(t, x)
	r := leaving("D1", "f", collection.ReturnChargeback, receipt)
	if _, err := x.LoadReturn(t.Context(), creditor, "sandbox", "acc", "D1"); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("a return that was not posted: %v", err)
	}
	d := x.load(t, 1, intent)
	must(t, x.Commit(t.Context(), d, takeBack(t, d, receipt, r)...))
	if got, err := x.LoadReturn(t.Context(), creditor, "sandbox", "acc", "D1"); err != nil || got != r {
		t.Errorf("stored %+v: %v", got, err)
	}
	after := x.receipt(t, "f")
	if after.Returned != receipt.Amount || after.Applied != receipt.Applied || after.Revision != receipt.Revision+1 {
		t.Errorf("receipt %+v", after)
	}
	again := x.load(t, 1, intent)
	left := again.Case.Balances[collection.AccountReturned]
	if left != -receipt.Amount || again.Intents[0].Status != collection.IntentRefunded {
		t.Errorf("%s left, intent %s", left, again.Intents[0].Status)
	}
	for _, other := range [][3]string{{"sandbox", "other", "D1"}, {"pix", "acc", "D1"}, {"sandbox", "acc", "f"}} {
		if _, err := x.LoadReturn(t.Context(), creditor, other[0], other[1], other[2]); !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("return %v: %v", other, err)
		}
	}
}

// TestAReturnIsPostedOnce: a hundred reports of one return at once, each under the revision that it read.
func TestAReturnIsPostedOnce(t *testing.T) {
	x := newTable(t)
	intent, receipt := paidIn(t, x)
	r := leaving("D1", "f", collection.ReturnRefund, receipt)
	r.Amount = receipt.Amount / 3 // so that the domain alone would let it happen three times
	var posted, known atomic.Int32
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			for {
				d, now := x.load(t, 1, intent), x.receipt(t, "f")
				after, err := d.Return(meta(noon.Add(time.Hour)), now, r)
				if err != nil {
					t.Error(err)
					return
				}
				err = x.Commit(t.Context(), d, collection.PostedReturn{Return: r}, collection.PostedReceipt{Receipt: after})
				switch {
				case err == nil:
					posted.Add(1)
				case errors.Is(err, collection.ErrFactPosted):
					known.Add(1)
				case errors.Is(err, collection.ErrConflict):
					continue
				default:
					t.Error(err)
				}
				return
			}
		})
	}
	group.Wait()
	if posted.Load() != 1 || known.Load() != 99 {
		t.Errorf("posted %d times, known %d times", posted.Load(), known.Load())
	}
	if after := x.receipt(t, "f"); after.Returned != r.Amount || after.Revision != 2 {
		t.Errorf("receipt %+v", after)
	}
}

// TestTwoReturnsOfOnePaymentSeeEachOther: two parts leave at once, and neither overwrites what the other did to the receipt.
func TestTwoReturnsOfOnePaymentSeeEachOther(t *testing.T) {
	x := newTable(t)
	intent, receipt := paidIn(t, x)
	stale := x.load(t, 1, intent)
	part := func(fact string) collection.Return {
		r := leaving(fact, "f", collection.ReturnRefund, receipt)
		r.Amount = receipt.Amount / 2
		return r
	}
	d := x.load(t, 1, intent)
	must(t, x.Commit(t.Context(), d, takeBack(t, d, receipt, part("D1"))...))
	if err := x.Commit(t.Context(), stale, takeBack(t, stale, receipt, part("D2"))...); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("a return on a stale case and receipt: %v", err)
	}
	// The case alone was read again: the receipt's own revision refuses.
	d = x.load(t, 1, intent)
	if err := x.Commit(t.Context(), d, takeBack(t, d, receipt, part("D2"))...); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("a return on a stale receipt: %v", err)
	}
	d = x.load(t, 1, intent)
	must(t, x.Commit(t.Context(), d, takeBack(t, d, x.receipt(t, "f"), part("D2"))...))
	if after := x.receipt(t, "f"); after.Returned != receipt.Amount || after.Revision != 3 {
		t.Errorf("receipt %+v", after)
	}
}

// TestPostedReturnIsToldFirst: a stale case must not make its caller decide again about a return that was posted.
func TestPostedReturnIsToldFirst(t *testing.T) {
	x := newTable(t)
	intent, receipt := paidIn(t, x)
	r := leaving("D1", "f", collection.ReturnRefund, receipt)
	d, stale := x.load(t, 1, intent), x.load(t, 1, intent)
	must(t, x.Commit(t.Context(), d, takeBack(t, d, receipt, r)...))
	if err := x.Commit(t.Context(), stale, takeBack(t, stale, receipt, r)...); !errors.Is(err, collection.ErrFactPosted) {
		t.Errorf("posted again on a stale case: %v", err)
	}
}

func TestReturnsOfOthersAreRefused(t *testing.T) {
	x := newTable(t)
	intent, receipt := paidIn(t, x)
	d := x.load(t, 1, intent)
	r := leaving("D1", "f", collection.ReturnRefund, receipt)
	foreign, nameless, ambiguous := r, r, r
	foreign.Creditor, nameless.Fact, ambiguous.Provider = "lumetv", "", "sand#box"
	for i, bad := range []collection.Return{foreign, nameless, ambiguous} {
		if err := x.Commit(t.Context(), d, collection.PostedReturn{Return: bad}); !errors.Is(err, collection.ErrInvalid) {
			t.Errorf("return %d: %v", i, err)
		}
	}
	if after := x.receipt(t, "f"); !reflect.DeepEqual(after, receipt) {
		t.Errorf("receipt %+v, was %+v", after, receipt)
	}
}

func orphaned(t *testing.T, x *table) collection.Receipt {
	t.Helper()
	must(t, x.KeepOrphan(t.Context(), collection.Receipt{
		Creditor: creditor, Provider: "sandbox", Account: "acc", Fact: "lost", TxID: "theirs", Amount: 100, PaidAt: noon,
		Status: collection.ReceiptOrphan,
	}))
	return x.receipt(t, "lost")
}

func TestAnOrphanIsChangedOverItsRevision(t *testing.T) {
	x := newTable(t)
	stored := orphaned(t, x)
	ordered := stored
	ordered.Refund, ordered.DecidedBy, ordered.Reason = "RF1", "staff/ana", "not ours"
	must(t, x.ChangeOrphan(t.Context(), ordered, nil))
	if err := x.ChangeOrphan(t.Context(), ordered, nil); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("changed over an old revision: %v", err)
	}
	ordered.Revision++
	if got := x.receipt(t, "lost"); !reflect.DeepEqual(got, ordered) {
		t.Errorf("stored %+v, want %+v", got, ordered)
	}
	back := ordered
	back.Returned, back.Status = back.Amount, collection.ReceiptRefunded
	r := leaving("D9", "lost", collection.ReturnRefund, back)
	// The return that stands is told before the revision that does not: nothing is to be decided again.
	must(t, x.ChangeOrphan(t.Context(), back, &r))
	if err := x.ChangeOrphan(t.Context(), back, &r); !errors.Is(err, collection.ErrFactPosted) {
		t.Errorf("a return was posted twice: %v", err)
	}
	if got, err := x.LoadReturn(t.Context(), creditor, "sandbox", "acc", "D9"); err != nil || got != r {
		t.Errorf("stored %+v: %v", got, err)
	}
	back.Revision++
	if got := x.receipt(t, "lost"); !reflect.DeepEqual(got, back) {
		t.Errorf("stored %+v, want %+v", got, back)
	}
}

// TestAReturnThatStandsChangesNoOrphan: both are written or neither.
func TestAReturnThatStandsChangesNoOrphan(t *testing.T) {
	x := newTable(t)
	stored := orphaned(t, x)
	half := stored
	half.Returned = 50
	r := leaving("D9", "lost", collection.ReturnRefund, half)
	must(t, x.ChangeOrphan(t.Context(), half, &r))
	before := x.receipt(t, "lost")
	again := before
	again.Returned = 100
	if err := x.ChangeOrphan(t.Context(), again, &r); !errors.Is(err, collection.ErrFactPosted) {
		t.Errorf("the same return on the newest receipt: %v", err)
	}
	if got := x.receipt(t, "lost"); !reflect.DeepEqual(got, before) {
		t.Errorf("receipt %+v, was %+v", got, before)
	}
}

func TestWhatIsNoOrphanIsNotChangedAsOne(t *testing.T) {
	x := newTable(t)
	_, ofCase := paidIn(t, x)
	orphan := orphaned(t, x)
	unstored, unknown, ambiguous := orphan, orphan, orphan
	unstored.Revision = 0
	unknown.Fact, ambiguous.Fact = "never came", ""
	bad := leaving("", "lost", collection.ReturnRefund, orphan)
	for name, test := range map[string]struct {
		receipt  collection.Receipt
		returned *collection.Return
		want     error
	}{
		"of a case":          {ofCase, nil, collection.ErrInvalid},
		"not stored":         {unstored, nil, collection.ErrInvalid},
		"unknown":            {unknown, nil, collection.ErrConflict},
		"nameless":           {ambiguous, nil, collection.ErrInvalid},
		"return of no name":  {orphan, &bad, collection.ErrInvalid},
		"an older revision":  {func() collection.Receipt { r := orphan; r.Revision = 7; return r }(), nil, collection.ErrConflict},
		"of another account": {func() collection.Receipt { r := orphan; r.Account = "b"; return r }(), nil, collection.ErrConflict},
	} {
		if err := x.ChangeOrphan(t.Context(), test.receipt, test.returned); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if got := x.receipt(t, "lost"); !reflect.DeepEqual(got, orphan) {
		t.Errorf("receipt %+v, was %+v", got, orphan)
	}
}

// TestAnOrphanIsDecidedOnce: it is applied to an intent and ordered back at the same time, again and again; one of the two wins.
func TestAnOrphanIsDecidedOnce(t *testing.T) {
	for round := range 20 {
		x := newTable(t)
		_, intent := requested(t, x, 1, 1)
		must(t, x.KeepOrphan(t.Context(), collection.Receipt{
			Creditor: creditor, Provider: "sandbox", Account: "acc", Fact: "lost", Amount: 10000, PaidAt: noon, Status: collection.ReceiptOrphan,
		}))
		orphan, d := x.receipt(t, "lost"), x.load(t, 1, intent)
		applied := post(t, d, intent, "lost")
		applied.Revision = orphan.Revision
		back := orphan
		back.Refund, back.DecidedBy, back.Reason = "RF1", "staff/ana", "not ours"
		var group sync.WaitGroup
		results := make([]error, 2)
		group.Go(func() { results[0] = x.Commit(t.Context(), d, collection.PostedReceipt{Receipt: applied}) })
		group.Go(func() { results[1] = x.ChangeOrphan(t.Context(), back, nil) })
		group.Wait()
		wins := 0
		for i, err := range results {
			if err == nil {
				wins++
			} else if !errors.Is(err, collection.ErrConflict) {
				t.Errorf("round %d, decision %d: %v", round, i, err)
			}
		}
		got, cash := x.receipt(t, "lost"), x.load(t, 1).Case.Balances[collection.AccountCash]
		if wins > 1 || (got.Status == collection.ReceiptApplied) != (cash == 10000) || (got.Refund != "" && cash != 0) {
			t.Fatalf("round %d: %d decisions, receipt %+v, cash %s", round, wins, got, cash)
		}
	}
}

func TestAMandateIsKeptOnce(t *testing.T) {
	x := newTable(t)
	d := signed(t, x, 1, 1)
	record := collection.MandateRecord{Mandate: "MND1", Sealed: []byte("sealed")}
	revise(t, d)
	must(t, x.Commit(t.Context(), d, record))
	got, err := x.LoadMandate(t.Context(), creditor, d.Case.ID, "MND1")
	if err != nil || string(got) != "sealed" {
		t.Errorf("%q: %v", got, err)
	}
	record.Sealed = []byte("another account")
	revise(t, d)
	if err := x.Commit(t.Context(), d, record); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("a mandate was overwritten: %v", err)
	}
	if got, err = x.LoadMandate(t.Context(), creditor, d.Case.ID, "MND1"); err != nil || string(got) != "sealed" {
		t.Errorf("afterwards %q: %v", got, err)
	}
	for name, where := range map[string]struct {
		creditor collection.CreditorID
		id       collection.CaseID
		mandate  string
	}{
		"another mandate": {creditor, d.Case.ID, "MND2"}, "another case": {creditor, id[collection.CaseNoun](9), "MND1"},
		"another creditor": {"lumetv", d.Case.ID, "MND1"},
	} {
		if _, err := x.LoadMandate(t.Context(), where.creditor, where.id, where.mandate); !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConcurrentRecordsOfOneMandateKeepOne(t *testing.T) {
	x := newTable(t)
	signed(t, x, 1, 1)
	var kept atomic.Value
	var wins atomic.Int32
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() {
			d := x.load(t, 1)
			revise(t, d)
			sealed := fmt.Sprint("account ", n)
			err := x.Commit(t.Context(), d, collection.MandateRecord{Mandate: "MND1", Sealed: []byte(sealed)})
			switch {
			case err == nil:
				kept.Store(sealed)
				wins.Add(1)
			case !errors.Is(err, collection.ErrConflict):
				t.Error(err)
			}
		})
	}
	group.Wait()
	got, err := x.LoadMandate(t.Context(), creditor, id[collection.CaseNoun](1), "MND1")
	if err != nil || wins.Load() != 1 || string(got) != kept.Load() {
		t.Errorf("%d kept, stored %q: %v", wins.Load(), got, err)
	}
}
