package dynamo_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
)

// load reads a case afresh, with the intents that are named.
func (x *table) load(t testing.TB, caseNumber uint64, intents ...collection.IntentID) *collection.Dossier {
	t.Helper()
	d, err := x.Load(t.Context(), creditor, id[collection.CaseNoun](caseNumber))
	must(t, err)
	for _, i := range intents {
		intent, err := x.LoadIntent(t.Context(), creditor, i)
		must(t, err)
		d.Intents = append(d.Intents, intent)
	}
	return d
}

func revise(t testing.TB, d *collection.Dossier) {
	t.Helper()
	must(t, d.Record(meta(noon), collection.ParticipantRevised{Standing: collection.StandingActive}))
}

func TestOneCommitWinsEachNumber(t *testing.T) {
	x := newTable(t)
	committed(t, x, 1, 1)
	const workers, goal = 200, 5
	var mu sync.Mutex
	wins, conflicts := map[int64]int{}, 0
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for range goal {
				d, err := x.Load(t.Context(), creditor, id[collection.CaseNoun](1))
				if err != nil {
					t.Error(err)
					return
				}
				if err := d.Record(meta(noon), collection.ParticipantRevised{UF: "SP"}); err != nil {
					t.Error(err)
					return
				}
				seq := d.Case.Seq
				err = x.Commit(t.Context(), d)
				mu.Lock()
				switch {
				case err == nil:
					wins[seq]++
				case errors.Is(err, collection.ErrConflict):
					conflicts++
				default:
					t.Error(err)
				}
				mu.Unlock()
				if err == nil {
					return
				}
			}
		})
	}
	group.Wait()
	last := x.load(t, 1).Case.Seq
	for seq := int64(3); seq <= last; seq++ {
		if wins[seq] != 1 {
			t.Errorf("event %d was won %d times", seq, wins[seq])
		}
	}
	if int64(len(wins)) != last-2 || len(wins) == 0 {
		t.Errorf("%d commits won, the case stands at %d", len(wins), last)
	}
	recorded, _ := x.stored(t, id[collection.CaseNoun](1))
	if int64(len(recorded)) != last {
		t.Errorf("%d events are stored of %d", len(recorded), last)
	}
	t.Logf("%d commits won, %d conflicts", len(wins), conflicts)
}

// TestEqualCommitsWinOnce: two senders that do the very same thing at the very same instant must not both be told that they did it.
func TestEqualCommitsWinOnce(t *testing.T) {
	x := newTable(t)
	committed(t, x, 1, 1)
	a, b := x.load(t, 1), x.load(t, 1)
	revise(t, a)
	revise(t, b)
	must(t, x.Commit(t.Context(), a))
	if err := x.Commit(t.Context(), b); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("the second of two equal commits: %v", err)
	}
}

func TestARetryAfterALostAnswerFindsItsOwnWork(t *testing.T) {
	x := newTable(t)
	d := committed(t, x, 1, 1)
	lost := false
	x.intercept(func(call wire.Call, next func() (any, error)) (any, error) {
		answer, err := next()
		if !lost && call.Operation == "TransactWriteItems" {
			lost = true
			return nil, &wire.Error{Code: "InternalServerError", Message: "lost", Status: 500}
		}
		return answer, err
	})
	revise(t, d)
	must(t, x.Commit(t.Context(), d))
	if !lost || x.load(t, 1).Case.Seq != 3 {
		t.Errorf("the case stands at %d", x.load(t, 1).Case.Seq)
	}
}

func TestFaultsAreUnavailable(t *testing.T) {
	for name, c := range map[string]struct {
		fault error
		want  error
	}{
		"no answer": {&wire.Error{Code: "InternalServerError", Status: 500}, collection.ErrUnavailable},
		"throttled": {wire.Errorf("ProvisionedThroughputExceededException", "slow down"), collection.ErrUnavailable},
		"under way": {wire.Errorf("TransactionInProgressException", "wait"), collection.ErrUnavailable},
		"item throttled": {&wire.Error{Code: "TransactionCanceledException", Fields: map[string]any{
			"CancellationReasons": []map[string]any{{"Code": "None"}, {"Code": "ThrottlingError"}},
		}}, collection.ErrUnavailable},
		"clash": {&wire.Error{Code: "TransactionCanceledException", Fields: map[string]any{
			"CancellationReasons": []map[string]any{{"Code": "None"}, {"Code": "TransactionConflict"}},
		}}, collection.ErrConflict},
	} {
		x := newTable(t)
		d := committed(t, x, 1, 1)
		x.intercept(func(wire.Call, func() (any, error)) (any, error) { return nil, c.fault })
		revise(t, d)
		err := x.Commit(t.Context(), d)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if len(d.Recorded()) == 0 {
			t.Errorf("%s: the dossier counts as committed", name)
		}
	}
	for _, code := range []string{"ValidationException", "AccessDeniedException", "ResourceNotFoundException"} {
		x := newTable(t)
		x.intercept(func(wire.Call, func() (any, error)) (any, error) { return nil, wire.Errorf(code, "ours") })
		if err := x.Commit(t.Context(), opened(t, 1, 1)); err == nil || errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

func TestACaseIsOpenedOnce(t *testing.T) {
	x := newTable(t)
	lookup := collection.DocumentLookup{DocumentHash: "doc"}
	must(t, x.Commit(t.Context(), opened(t, 1, 1), lookup))
	if err := x.Commit(t.Context(), opened(t, 1, 1)); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("a case was opened twice: %v", err)
	}
	if err := x.Commit(t.Context(), opened(t, 2, 1), lookup); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("a document got a second case: %v", err)
	}
	if _, err := x.Load(t.Context(), creditor, id[collection.CaseNoun](2)); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("half a case was opened: %v", err)
	}
	found, err := x.FindCase(t.Context(), creditor, "doc")
	if err != nil || found != id[collection.CaseNoun](1) {
		t.Errorf("found %s: %v", found, err)
	}
}

// TestTheHeadMustBeTheOneThatWasLoaded: the number alone does not tell a history from another of the same length.
func TestTheHeadMustBeTheOneThatWasLoaded(t *testing.T) {
	x := newTable(t)
	d := committed(t, x, 1, 1)
	_, err := x.client.UpdateItem(t.Context(), &sdk.UpdateItemInput{
		TableName: aws.String(tableName), UpdateExpression: aws.String("SET head = :h"),
		Key: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: string(creditor) + "#CASE#" + d.Case.ID.String()},
			"sk": &types.AttributeValueMemberS{Value: "S#CASE"},
		},
		ExpressionAttributeValues: map[string]types.AttributeValue{":h": &types.AttributeValueMemberS{Value: "another"}},
	})
	must(t, err)
	revise(t, d)
	if err := x.Commit(t.Context(), d); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("events were added to another history: %v", err)
	}
}

func TestNothingToCommit(t *testing.T) {
	x := newTable(t)
	d := committed(t, x, 1, 1)
	x.operations()
	must(t, x.Commit(t.Context(), d))
	if calls := x.operations(); len(calls) > 0 {
		t.Errorf("nothing took %v", calls)
	}
	link := collection.EntryLink{Hash: "link", Sealed: []byte("hint"), ExpiresAt: noon.Add(time.Hour)}
	must(t, x.Commit(t.Context(), d, link))
	revise(t, x.load(t, 1)) // not committed: changes nothing
	other := x.load(t, 1)
	revise(t, other)
	must(t, x.Commit(t.Context(), other))
	link.Hash = "second"
	if err := x.Commit(t.Context(), d, link); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("a companion of a changed case was written: %v", err)
	}
}

func TestTooManyActionsAreRefused(t *testing.T) {
	x := newTable(t)
	if err := x.Commit(t.Context(), opened(t, 1, 96)); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("101 actions: %v", err)
	}
	must(t, x.Commit(t.Context(), opened(t, 2, 95)))
}

func TestCompanionsAreWrittenOnce(t *testing.T) {
	x := newTable(t)
	d := committed(t, x, 1, 1)
	other := committed(t, x, 2, 1)
	agreement := id[collection.AgreementNoun](3)
	contractOf := collection.ContractLookup{ContractHash: "c", DocumentHash: "d", EmailMask: "m***@e***", PhoneMask: ""}
	for _, c := range []struct {
		with  collection.Companion
		again error // from the same case
		other error // from another case
	}{
		{collection.ContractText{Number: "1", Sealed: []byte("text")}, collection.ErrConflict, nil},
		{collection.SignatureEvidence{Agreement: agreement, Hash: "h", Sealed: []byte("e")}, collection.ErrConflict, nil},
		{collection.EntryLink{Hash: "h", Sealed: []byte("e"), ExpiresAt: noon}, collection.ErrConflict, collection.ErrConflict},
		{contractOf, nil, collection.ErrConflict},
		{collection.DocumentLookup{DocumentHash: "d"}, collection.ErrConflict, collection.ErrConflict},
		{collection.CapTaken{PersonKey: "p", Days: []calendar.Date{day("2026-03-02")}}, collection.ErrConflict, collection.ErrConflict},
	} {
		name := fmt.Sprintf("%T", c.with)
		if err := x.Commit(t.Context(), d, c.with); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := x.Commit(t.Context(), d, c.with); !errors.Is(err, c.again) {
			t.Errorf("%s again: %v", name, err)
		}
		if err := x.Commit(t.Context(), other, c.with); !errors.Is(err, c.other) {
			t.Errorf("%s of another case: %v", name, err)
		}
	}
	text, err := x.ContractText(t.Context(), creditor, d.Case.ID, "1")
	if err != nil || string(text) != "text" {
		t.Errorf("text %q: %v", text, err)
	}
}

func TestCaps(t *testing.T) {
	x := newTable(t)
	d := committed(t, x, 1, 1)
	days := []calendar.Date{day("2026-03-01"), day("2026-03-02"), day("2026-03-02")}
	must(t, x.Commit(t.Context(), d, collection.CapTaken{PersonKey: "p", Days: days[:1]}))
	must(t, x.Commit(t.Context(), d, collection.CapTaken{PersonKey: "p", Version: 1, Days: days}))
	got, version, err := x.Cap(t.Context(), "p")
	if err != nil || version != 2 || !slices.Equal(got, days) {
		t.Errorf("%v at version %d: %v", got, version, err)
	}
	if err := x.Commit(t.Context(), d, collection.CapTaken{PersonKey: "p", Version: 1}); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("an old version was written over: %v", err)
	}
	if err := x.Commit(t.Context(), d, collection.CapTaken{}); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("nobody's cap: %v", err)
	}
}

func TestHistoryOfAnotherCaseIsNotRead(t *testing.T) {
	x := newTable(t)
	committed(t, x, 1, 1)
	stop := errors.New("stop")
	n := 0
	err := x.Events(t.Context(), creditor, id[collection.CaseNoun](1), func(dynamo.StoredEvent) error {
		n++
		return stop
	})
	if n != 1 || !errors.Is(err, stop) {
		t.Errorf("%d events before the stop: %v", n, err)
	}
	if recorded, _ := x.stored(t, id[collection.CaseNoun](2)); len(recorded) > 0 {
		t.Errorf("case 2 has %d events", len(recorded))
	}
}
