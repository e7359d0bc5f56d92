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

func TestAnswersAreReplayed(t *testing.T) {
	x := newTable(t)
	d := committed(t, x, 1, 1)
	answer := collection.Answer{
		Route: "POST /v1/me/proposals", KeyHash: "key", BodyHash: "body", Sealed: []byte("answer"), ExpiresAt: noon.Add(time.Hour),
	}
	revise(t, d)
	must(t, x.Commit(t.Context(), d, answer))
	// The replay wins over every other cause: this dossier is stale as well.
	stale := opened(t, 1, 1)
	repeated := answer
	repeated.BodyHash, repeated.Sealed = "other body", []byte("other answer")
	var replay *collection.ReplayError
	if err := x.Commit(t.Context(), stale, repeated); !errors.As(err, &replay) {
		t.Fatalf("the same key again: %v", err)
	}
	got, err := x.LoadAnswer(t.Context(), creditor, d.Case.ID, answer.Route, answer.KeyHash)
	must(t, err)
	for _, a := range []collection.Answer{replay.Answer, got} {
		if a.Route != answer.Route || a.KeyHash != "key" || a.BodyHash != "body" || string(a.Sealed) != "answer" ||
			!a.ExpiresAt.Equal(answer.ExpiresAt) {
			t.Errorf("replayed %+v", a)
		}
	}
	for _, other := range []collection.Answer{
		{Route: answer.Route, KeyHash: "key2", ExpiresAt: noon}, {Route: "POST /x", KeyHash: "key", ExpiresAt: noon},
	} {
		revise(t, d)
		if err := x.Commit(t.Context(), d, other); err != nil {
			t.Errorf("another key or route: %v", err)
		}
	}
	must(t, x.clock.Advance(t.Context(), noon.Add(time.Hour)))
	if _, err := x.LoadAnswer(t.Context(), creditor, d.Case.ID, answer.Route, "key"); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("an expired answer was read: %v", err)
	}
	repeated.ExpiresAt = noon.Add(2 * time.Hour)
	revise(t, d)
	must(t, x.Commit(t.Context(), d, repeated))
}

func TestConcurrentRequestsWithOneKeyGetOneAnswer(t *testing.T) {
	x := newTable(t)
	committed(t, x, 1, 1)
	var done, replayed atomic.Int32
	var group sync.WaitGroup
	for n := range 50 {
		group.Go(func() {
			for {
				d, err := x.Load(t.Context(), creditor, id[collection.CaseNoun](1))
				if err != nil {
					t.Error(err)
					return
				}
				if err := d.Record(meta(noon), collection.ParticipantRevised{}); err != nil {
					t.Error(err)
					return
				}
				err = x.Commit(t.Context(), d, collection.Answer{
					Route: "r", KeyHash: "k", BodyHash: "b", Sealed: fmt.Append(nil, n), ExpiresAt: noon.Add(time.Hour),
				})
				var replay *collection.ReplayError
				switch {
				case err == nil:
					done.Add(1)
				case errors.As(err, &replay):
					replayed.Add(1)
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
	if done.Load() != 1 || replayed.Load() != 49 {
		t.Errorf("%d did the work, %d were replayed", done.Load(), replayed.Load())
	}
}

// TestAFactIsPostedOnce: 200 deliveries of one payment, half of them under event ids of their own.
func TestAFactIsPostedOnce(t *testing.T) {
	x := newTable(t)
	_, intent := requested(t, x, 2, 1)
	for n := range 100 {
		_, err := x.PutRaw(t.Context(), raw(fmt.Sprint("evt#", n)))
		must(t, err)
	}
	var posted, known atomic.Int32
	var group sync.WaitGroup
	for n := range 200 {
		group.Go(func() {
			for {
				d := x.load(t, 1, intent)
				receipt := post(t, d, intent, "E2E1")
				err := x.Commit(t.Context(), d, collection.PostedReceipt{Receipt: receipt},
					collection.TakenIn{Provider: "sandbox", Account: "acc", Key: fmt.Sprint("evt#", n%100)})
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
	if posted.Load() != 1 || known.Load() != 199 {
		t.Errorf("posted %d times, known %d times", posted.Load(), known.Load())
	}
	d := x.load(t, 1)
	if cash := d.Case.Balances[collection.AccountCash]; cash != d.Agreements[0].Total {
		t.Errorf("%s came in of %s", cash, d.Agreements[0].Total)
	}
	receipt, err := x.LoadReceipt(t.Context(), creditor, "sandbox", "acc", "E2E1")
	if err != nil || receipt.Intent != intent || receipt.Applied != d.Agreements[0].Total || receipt.Status != collection.ReceiptApplied ||
		receipt.Case != d.Case.ID || !receipt.PaidAt.Equal(noon) {
		t.Errorf("receipt %+v: %v", receipt, err)
	}
}

// TestPostedMoneyIsToldFirst: a stale case must not make its caller load and decide again about money that was posted.
func TestPostedMoneyIsToldFirst(t *testing.T) {
	x := newTable(t)
	_, intent := requested(t, x, 1, 1)
	d, stale := x.load(t, 1, intent), x.load(t, 1, intent)
	must(t, x.Commit(t.Context(), d, collection.PostedReceipt{Receipt: post(t, d, intent, "f")}))
	again := collection.PostedReceipt{Receipt: post(t, stale, intent, "f")}
	if err := x.Commit(t.Context(), stale, again); !errors.Is(err, collection.ErrFactPosted) {
		t.Errorf("posted again on a stale case: %v", err)
	}
}

func TestReceiptsOfOthersAreRefused(t *testing.T) {
	x := newTable(t)
	d, intent := requested(t, x, 1, 1)
	receipt := post(t, d, intent, "f")
	foreign, elsewhere, nameless, ambiguous := receipt, receipt, receipt, receipt
	foreign.Creditor, elsewhere.Case, nameless.Fact, ambiguous.Account = "lumetv", id[collection.CaseNoun](9), "", "a#b"
	for i, r := range []collection.Receipt{foreign, elsewhere, nameless, ambiguous} {
		if err := x.Commit(t.Context(), d, collection.PostedReceipt{Receipt: r}); !errors.Is(err, collection.ErrInvalid) {
			t.Errorf("receipt %d: %v", i, err)
		}
	}
	taken := collection.TakenIn{Provider: "sandbox", Account: "acc", Key: "never came"}
	if err := x.Commit(t.Context(), d, taken); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("an event that never came was taken in: %v", err)
	}
}

func TestAnUntouchedIntentIsHeldToItsRevision(t *testing.T) {
	x := newTable(t)
	_, intent := requested(t, x, 1, 1)
	old, err := x.LoadIntent(t.Context(), creditor, intent)
	must(t, err)
	d := x.load(t, 1, intent)
	must(t, d.Issued(meta(noon), intent, collection.PayCode{BRCode: "code"}))
	must(t, x.Commit(t.Context(), d))
	// The intent was read before the code was issued, the case after: the stale copy must not be written back.
	d = x.load(t, 1)
	d.Intents = append(d.Intents, old)
	post(t, d, intent, "f")
	if err := x.Commit(t.Context(), d); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("a stale intent was written: %v", err)
	}
	// And one that is newer than its case belongs to a stale case.
	d = x.load(t, 1, intent)
	revise(t, d)
	stale := x.load(t, 1)
	must(t, x.Commit(t.Context(), d))
	d = x.load(t, 1, intent)
	must(t, d.Close(meta(noon), intent, collection.IntentExpired, "unpaid"))
	must(t, x.Commit(t.Context(), d))
	newer, err := x.LoadIntent(t.Context(), creditor, intent)
	must(t, err)
	stale.Intents = append(stale.Intents, newer)
	revise(t, stale)
	if err := x.Commit(t.Context(), stale); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("a stale case was written: %v", err)
	}
}

// TestWhoeverComesSecondSeesTheOther: the waiter and the money meet in every order, and one of them always sees the other, so that somebody
// wakes the execution.
func TestWhoeverComesSecondSeesTheOther(t *testing.T) {
	x := newTable(t)
	_, intent := requested(t, x, 1, 1)
	d := x.load(t, 1, intent)
	receipt := collection.PostedReceipt{Receipt: post(t, d, intent, "f")}
	waiting, err := x.SetWaiter(t.Context(), creditor, intent, "token")
	must(t, err)
	if waiting.Waiter != "token" || waiting.Status != collection.IntentRequested || waiting.ID != intent || waiting.Creditor != creditor {
		t.Errorf("waiting on %+v", waiting)
	}
	if err := x.Commit(t.Context(), d, receipt); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("the money did not see who waits: %v", err)
	}
	d = x.load(t, 1, intent)
	receipt = collection.PostedReceipt{Receipt: post(t, d, intent, "f")}
	must(t, x.Commit(t.Context(), d, receipt))
	if seen, _ := d.Intent(intent); seen.Waiter != "token" {
		t.Error("the money did not see who waits")
	}
	if _, err := x.SetWaiter(t.Context(), creditor, id[collection.IntentNoun](99), "token"); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("somebody waits for nothing: %v", err)
	}
	late, err := x.SetWaiter(t.Context(), creditor, intent, "token of a retry")
	if err != nil || late.Status != collection.IntentConfirmed || late.Waiter != "token of a retry" {
		t.Errorf("the waiter did not see the money: %+v, %v", late, err)
	}
	if again := x.load(t, 1, intent).Intents[0]; again.Waiter != "token of a retry" || again.Revision != late.Revision {
		t.Errorf("waiter %q", again.Waiter)
	}
}

func TestMoneySeesTheNewestWaiter(t *testing.T) {
	x := newTable(t)
	_, intent := requested(t, x, 1, 1)
	_, err := x.SetWaiter(t.Context(), creditor, intent, "first")
	must(t, err)
	d := x.load(t, 1, intent)
	_, err = x.SetWaiter(t.Context(), creditor, intent, "token of a retry")
	must(t, err)
	receipt := collection.PostedReceipt{Receipt: post(t, d, intent, "f")}
	if err := x.Commit(t.Context(), d, receipt); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("the money was posted for an old waiter: %v", err)
	}
}

func TestWaitersAndMoneyRace(t *testing.T) {
	for range 30 {
		x := newTable(t)
		_, intent := requested(t, x, 1, 1)
		var waiterSaw, moneySaw atomic.Bool
		var group sync.WaitGroup
		group.Go(func() {
			waiting, err := x.SetWaiter(t.Context(), creditor, intent, "token")
			if err != nil {
				t.Error(err)
			}
			waiterSaw.Store(waiting.Status == collection.IntentConfirmed)
		})
		group.Go(func() {
			for {
				d := x.load(t, 1, intent)
				err := x.Commit(t.Context(), d, collection.PostedReceipt{Receipt: post(t, d, intent, "f")})
				if errors.Is(err, collection.ErrConflict) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				moneySaw.Store(d.Intents[0].Waiter == "token")
				return
			}
		})
		group.Wait()
		if waiterSaw.Load() == moneySaw.Load() {
			t.Errorf("the waiter saw the money: %t, the money saw the waiter: %t", waiterSaw.Load(), moneySaw.Load())
		}
	}
}

func TestRawEvents(t *testing.T) {
	x := newTable(t)
	e := raw("evt#1#x")
	for _, want := range []collection.RawState{collection.RawNew, collection.RawPending} {
		x.operations()
		if state, err := x.PutRaw(t.Context(), e); err != nil || state != want {
			t.Errorf("%s: %v, want %s", state, err, want)
		}
		if calls := x.operations(); len(calls) != 1 {
			t.Errorf("storing a notification took %v", calls)
		}
	}
	if refs := x.pendingRaw(t, noon.Add(time.Minute)); len(refs) != 1 || refs[0] != e.RawRef {
		t.Errorf("pending: %v", refs)
	}
	if refs := x.pendingRaw(t, noon); len(refs) > 0 {
		t.Errorf("pending before it came: %v", refs)
	}
	got, err := x.LoadRaw(t.Context(), e.RawRef)
	if err != nil || string(got.Sealed) != "body" || string(got.WrappedKey) != "wrapped" || !got.ReceivedAt.Equal(noon) ||
		!got.TakenInAt.IsZero() {
		t.Errorf("%+v: %v", got, err)
	}
	must(t, x.TakeIn(t.Context(), e.RawRef))
	must(t, x.TakeIn(t.Context(), e.RawRef))
	if state, err := x.PutRaw(t.Context(), e); err != nil || state != collection.RawTakenIn {
		t.Errorf("after it was taken in: %s, %v", state, err)
	}
	if refs := x.pendingRaw(t, noon.Add(time.Minute)); len(refs) > 0 {
		t.Errorf("pending after it was taken in: %v", refs)
	}
	if got, err := x.LoadRaw(t.Context(), e.RawRef); err != nil || !got.TakenInAt.Equal(noon) || string(got.Sealed) != "body" {
		t.Errorf("%+v: %v", got, err)
	}
	missing := raw("evt2").RawRef
	if err := x.TakeIn(t.Context(), missing); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("an event that never came was taken in: %v", err)
	}
	bad := raw("")
	if _, err := x.PutRaw(t.Context(), bad); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("an event without a key was stored: %v", err)
	}
	bad.Key, bad.Provider = "k", "sand#box"
	if _, err := x.PutRaw(t.Context(), bad); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("an ambiguous provider was stored: %v", err)
	}
}

func TestOrphans(t *testing.T) {
	x := newTable(t)
	orphan := collection.Receipt{
		Creditor: creditor, Provider: "sandbox", Account: "acc", Fact: "f", Amount: 100, PaidAt: noon, Status: collection.ReceiptOrphan,
	}
	must(t, x.KeepOrphan(t.Context(), orphan))
	if err := x.KeepOrphan(t.Context(), orphan); !errors.Is(err, collection.ErrFactPosted) {
		t.Errorf("an orphan was stored twice: %v", err)
	}
	stored := orphan
	stored.Revision = 1
	if got, err := x.LoadReceipt(t.Context(), creditor, "sandbox", "acc", "f"); err != nil || !reflect.DeepEqual(got, stored) {
		t.Errorf("%+v: %v", got, err)
	}
}

// pendingRaw is that of all shards.
func (x *table) pendingRaw(t *testing.T, before time.Time) (refs []collection.RawRef) {
	t.Helper()
	for shard := range shards {
		found, err := x.PendingRaw(t.Context(), shard, before, 100)
		must(t, err)
		refs = append(refs, found...)
	}
	return refs
}
