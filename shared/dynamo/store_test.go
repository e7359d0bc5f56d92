package dynamo_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/collection/history"
	"github.com/regua/regua/shared/dynamo"
)

// stored is all events of a case.
func (x *table) stored(t fataler, id collection.CaseID) (recorded []collection.Recorded, links []events.Link) {
	t.Helper()
	must(t, x.Events(context.Background(), creditor, id, func(e dynamo.StoredEvent) error {
		r, err := e.Decode()
		if e.Type != r.Event.Type() || !e.At.Equal(r.At) || e.Seq != r.Seq {
			t.Fatal("an item holds another event than it says:", e.Seq, e.Type, e.At, r.Seq, r.Event.Type(), r.At)
		}
		recorded, links = append(recorded, r), append(links, e.Link)
		return err
	}))
	return recorded, links
}

// TestWhatIsCommittedIsWhatIsLoaded walks through random histories: now and then the loaded case is the one that was committed, and in the
// end folding the stored events gives the stored state, the ledger holds what was posted, and the chain of hashes is whole.
func TestWhatIsCommittedIsWhatIsLoaded(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		x := newTable(t)
		var entries []collection.Entry
		w := history.New(rt, creditor, func(d *collection.Dossier) {
			entries = append(entries, d.Entries()...)
			must(rt, x.Commit(t.Context(), d))
			if d.Case.Seq%4 != 0 {
				return
			}
			if diff := collection.Diff(d, x.reload(rt, d.Case.ID)); diff != "" {
				rt.Fatalf("committed and loaded differ at event %d: %s", d.Case.Seq, diff)
			}
		})
		for range 20 {
			w.Step()
		}
		d := w.Dossier
		loaded := x.reload(rt, d.Case.ID)
		recorded, links := x.stored(rt, d.Case.ID)
		folded, err := collection.Fold(creditor, d.Case.ID, recorded)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := collection.Diff(folded, loaded); diff != "" {
			rt.Fatalf("folded and loaded differ: %s", diff)
		}
		if err := events.VerifyChain(links, loaded.Case.Seq, loaded.Case.Head); err != nil {
			rt.Fatal(err)
		}
		if loaded.LoadedSeq() != d.Case.Seq || loaded.LoadedHead() != d.Case.Head || d.LoadedHead() != d.Case.Head {
			rt.Fatalf("loaded at %d, committed at %d", loaded.LoadedSeq(), d.Case.Seq)
		}
		i := 0
		must(rt, x.Ledger(t.Context(), creditor, d.Case.ID, func(e collection.Entry) error {
			if !e.Balanced() || e.Seq != entries[i].Seq || e.Cause != entries[i].Cause || !slices.Equal(e.Lines, entries[i].Lines) ||
				!e.At.Equal(entries[i].At) {
				rt.Fatalf("ledger entry %d is %+v, posted %+v", i, e, entries[i])
			}
			i++
			return nil
		}))
		if i != len(entries) {
			rt.Fatalf("%d of %d ledger entries are stored", i, len(entries))
		}
	})
}

func TestSealedBytesComeBack(t *testing.T) {
	x := newTable(t)
	d := committed(t, x, 1, 3)
	d, err := x.Load(t.Context(), creditor, d.Case.ID)
	must(t, err)
	if string(d.Case.WrappedKey) != "wrapped" || string(d.Case.Sealed) != "participant" || d.Debts[2].Sealed[0] != 2 {
		t.Errorf("%q, %q, %v", d.Case.WrappedKey, d.Case.Sealed, d.Debts[2].Sealed)
	}
}

func TestLoadOfNothing(t *testing.T) {
	x := newTable(t)
	committed(t, x, 1, 1)
	ctx, other := t.Context(), id[collection.CaseNoun](9)
	_, loadErr := x.Load(ctx, creditor, other)
	_, elsewhere := x.Load(ctx, "lumetv", id[collection.CaseNoun](1))
	_, intentErr := x.LoadIntent(ctx, creditor, id[collection.IntentNoun](9))
	_, contactErr := x.LoadContact(ctx, creditor, other, id[collection.ContactNoun](9))
	_, textErr := x.ContractText(ctx, creditor, other, "1")
	_, answerErr := x.LoadAnswer(ctx, creditor, other, "r", "k")
	_, findErr := x.FindCase(ctx, creditor, "hash")
	_, creditorErr := x.Creditor(ctx, creditor)
	_, rawErr := x.LoadRaw(ctx, collection.RawRef{Creditor: creditor, Provider: "p", Account: "a", Key: "k"})
	_, receiptErr := x.LoadReceipt(ctx, creditor, "p", "a", "f")
	_, waiterErr := x.SetWaiter(ctx, creditor, id[collection.IntentNoun](9), "token")
	for i, err := range []error{
		loadErr, elsewhere, intentErr, contactErr, textErr, answerErr, findErr, creditorErr, rawErr, receiptErr, waiterErr,
	} {
		if !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("read %d of nothing: %v", i, err)
		}
	}
	if days, version, err := x.Cap(ctx, "nobody"); err != nil || version != 0 || days != nil {
		t.Errorf("nobody's cap: %v %d %v", days, version, err)
	}
}

func TestOneQueryLoadsACase(t *testing.T) {
	x := newTable(t)
	d := signed(t, x, 50, 72)
	x.operations()
	_, err := x.Load(t.Context(), creditor, d.Case.ID)
	must(t, err)
	if got := x.operations(); !slices.Equal(got, []string{"Query"}) {
		t.Errorf("a load took %v", got)
	}
}

// maxDealActions leaves room below DynamoDB's 100 for what later releases add to a deal.
const maxDealActions = 60

func TestSigningFiftyDebtsFitsOneTransaction(t *testing.T) {
	x := newTable(t)
	d := committed(t, x, 1, 50)
	must(t, d.Accept(meta(noon), offered(d, 72)))
	must(t, x.Commit(t.Context(), d, collection.ContractText{Number: "2026-1", Sealed: []byte("text")}))
	agreement := id[collection.AgreementNoun](3)
	must(t, d.Sign(meta(noon), id[collection.ProposalNoun](2), "text", agreement, "e", collection.AftercareService))
	x.operations()
	must(t, x.Commit(t.Context(), d, collection.SignatureEvidence{Agreement: agreement, Hash: "e", Sealed: []byte("evidence")}))
	if n := x.actions(t); n != 57 || n > maxDealActions {
		t.Errorf("50 debts signed in 72 instalments took %d actions", n)
	}
}

func TestSettlingFiftyDebtsFitsOneTransaction(t *testing.T) {
	x := newTable(t)
	d, intent := requested(t, x, 50, 1)
	_, err := x.PutRaw(t.Context(), raw("evt"))
	must(t, err)
	receipt := post(t, d, intent, "fact")
	x.operations()
	taken := collection.TakenIn{Provider: "sandbox", Account: "acc", Key: "evt"}
	must(t, x.Commit(t.Context(), d, collection.PostedReceipt{Receipt: receipt}, taken))
	if n := x.actions(t); n != 59 || n > maxDealActions {
		t.Errorf("50 debts settled with aftercare took %d actions", n)
	}
	loaded, err := x.Load(t.Context(), creditor, d.Case.ID)
	must(t, err)
	if got := loaded.Status(noon); got != collection.CaseSettled {
		t.Errorf("the case is %s", got)
	}
}

// actions counts those of the one transaction since operations was last asked.
func (x *table) actions(t *testing.T) int {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.calls) != 1 || x.calls[0].Operation != "TransactWriteItems" {
		t.Fatalf("%d calls instead of one transaction", len(x.calls))
	}
	var body struct{ TransactItems []json.RawMessage }
	must(t, json.Unmarshal(x.calls[0].Body, &body))
	return len(body.TransactItems)
}

// raw is a provider's notification.
func raw(key string) collection.RawEvent {
	return collection.RawEvent{
		RawRef: collection.RawRef{Creditor: creditor, Provider: "sandbox", Account: "acc", Key: key},
		Sealed: []byte("body"), WrappedKey: []byte("wrapped"), ReceivedAt: noon,
	}
}

// post books the whole of an intent.
func post(t testing.TB, d *collection.Dossier, id collection.IntentID, fact string) collection.Receipt {
	t.Helper()
	intent, ok := d.Intent(id)
	if !ok {
		t.Fatal("intent is not loaded")
	}
	receipt, err := d.Post(meta(noon), id, collection.Money{
		Provider: "sandbox", Account: "acc", Fact: fact, Amount: intent.Amount, PaidAt: noon, PaidOn: day("2026-03-02"),
	})
	must(t, err)
	return receipt
}
