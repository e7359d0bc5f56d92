package outbox_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/oklog/ulid/v2"

	"github.com/regua/regua/events"
	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/outbox"
)

const creditor = collection.CreditorID("vivamais")

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// topic is a publisher that keeps what it gets and refuses while refuse says so.
type topic struct {
	mu     sync.Mutex
	ids    []string
	refuse func(collection.Message) bool
}

func (p *topic) Publish(_ context.Context, messages []collection.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range messages {
		if p.refuse != nil && p.refuse(m) {
			return collection.ErrUnavailable
		}
		e, err := events.Parse(m.Body)
		if err != nil {
			return err
		}
		p.ids = append(p.ids, e.ID[len(e.ID)-4:])
	}
	return nil
}

// take returns what came since it was last asked, as the last letters of the events' ids.
func (p *topic) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := strings.Join(p.ids, " ")
	p.ids = nil
	return ids
}

type rig struct {
	store     *dynamo.Store
	topic     *topic
	clock     *clock.Clock
	log       bytes.Buffer
	committer *outbox.Committer
	sweeper   *outbox.Sweeper
	// fail makes calls of this operation fail.
	fail string
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{topic: &topic{}, clock: clock.Virtual(noon)}
	t.Cleanup(r.clock.Close)
	engine, err := dynamodb.New(r.clock, store.Memory())
	must(t, err)
	router := wire.NewRouter(map[string]wire.Engine{"dynamodb": engine})
	router.Intercept = func(_ context.Context, call wire.Call, next func() (any, error)) (any, error) {
		if call.Operation == r.fail {
			return nil, &wire.Error{Code: "InternalServerError", Status: 500}
		}
		return next()
	}
	client := sdk.NewFromConfig(aws.Config{
		Region: "sa-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String("http://local"), HTTPClient: router, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	})
	must(t, dynamo.CreateTable(t.Context(), client, "regua"))
	r.store = dynamo.New(client, "regua", r.clock.Now, func([]byte) (collection.Creditor, error) { return collection.Creditor{}, nil })
	log := slog.New(slog.NewJSONHandler(&r.log, nil))
	r.committer = &outbox.Committer{Store: r.store, Publisher: r.topic, Log: log}
	r.sweeper = &outbox.Sweeper{Backlog: r.store, Publisher: r.topic, Log: log}
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func caseID(n uint64) collection.CaseID {
	var u ulid.ULID
	binary.BigEndian.PutUint64(u[8:], n)
	id, err := collection.ParseID[collection.CaseNoun](u.String())
	if err != nil {
		panic(err)
	}
	return id
}

func opened(t *testing.T, n uint64) *collection.Dossier {
	t.Helper()
	d := collection.NewDossier(caseID(n), creditor)
	meta := collection.Meta{At: noon, By: collection.System("import", creditor)}
	must(t, d.Record(meta, collection.CaseOpened{Standing: collection.StandingActive}))
	must(t, d.Record(meta, collection.ParticipantRevised{Standing: collection.StandingActive}))
	return d
}

func (r *rig) pending(t *testing.T) int {
	t.Helper()
	n := 0
	for shard := range contract.PendingShards {
		markers, err := r.store.PendingMarkers(t.Context(), shard, noon.AddDate(1, 0, 0), 1000)
		must(t, err)
		n += len(markers)
	}
	return n
}

func (r *rig) sweep(t *testing.T, after time.Duration) (int, error) {
	t.Helper()
	return r.sweeper.Sweep(t.Context(), noon.Add(after))
}

func TestACommitIsPublishedAndItsMarkerDropped(t *testing.T) {
	r := newRig(t)
	must(t, r.committer.Commit(t.Context(), opened(t, 1)))
	if got := r.topic.take(); got != "01-1 01-2" || r.pending(t) != 0 {
		t.Errorf("published %q, %d markers are left", got, r.pending(t))
	}
	d, err := r.committer.Load(t.Context(), creditor, caseID(1))
	must(t, err)
	must(t, r.committer.Commit(t.Context(), d))
	if got := r.topic.take(); got != "" {
		t.Errorf("published %q of nothing", got)
	}
	if err := r.committer.Commit(t.Context(), opened(t, 1)); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("opened twice: %v", err)
	}
	if got := r.topic.take(); got != "" {
		t.Errorf("published %q of a commit that failed", got)
	}
}

func TestAFailedPublishIsLeftToTheSweep(t *testing.T) {
	r := newRig(t)
	r.topic.refuse = func(collection.Message) bool { return true }
	must(t, r.committer.Commit(t.Context(), opened(t, 1)))
	if r.pending(t) != 1 || !strings.Contains(r.log.String(), `"msg":"publish events"`) {
		t.Errorf("%d markers, log %s", r.pending(t), r.log.String())
	}
	if n, err := r.sweep(t, 2*time.Minute); n != 0 || !errors.Is(err, collection.ErrUnavailable) {
		t.Errorf("cleared %d while the topic refuses: %v", n, err)
	}
	r.topic.refuse = nil
	if n, err := r.sweep(t, time.Minute); n != 0 || err != nil || r.topic.take() != "" {
		t.Errorf("a marker of 60 s was taken from its commit: %d, %v", n, err)
	}
	if n, err := r.sweep(t, time.Minute+1); n != 1 || err != nil {
		t.Errorf("cleared %d: %v", n, err)
	}
	if got := r.topic.take(); got != "01-1 01-2" || r.pending(t) != 0 {
		t.Errorf("published %q, %d markers are left", got, r.pending(t))
	}
	if n, err := r.sweep(t, time.Hour); n != 0 || err != nil {
		t.Errorf("cleared %d again: %v", n, err)
	}
}

// TestACrashBeforeTheDropPublishesAgain: at least once, never less.
func TestACrashBeforeTheDropPublishesAgain(t *testing.T) {
	r := newRig(t)
	r.fail = "BatchWriteItem"
	must(t, r.committer.Commit(t.Context(), opened(t, 1)))
	if got := r.topic.take(); got != "01-1 01-2" || r.pending(t) != 1 {
		t.Errorf("published %q, %d markers are left", got, r.pending(t))
	}
	if n, err := r.sweep(t, time.Hour); n != 0 || err == nil || r.topic.take() != "01-1 01-2" {
		t.Errorf("cleared %d: %v", n, err)
	}
	r.fail = ""
	if n, err := r.sweep(t, time.Hour); n != 1 || err != nil || r.topic.take() != "01-1 01-2" || r.pending(t) != 0 {
		t.Errorf("cleared %d: %v", n, err)
	}
}

func TestOneBadMarkerStopsNoOther(t *testing.T) {
	r := newRig(t)
	bad := []byte(caseID(7).String())
	r.topic.refuse = func(collection.Message) bool { return true }
	for n := range uint64(40) {
		must(t, r.committer.Commit(t.Context(), opened(t, n)))
	}
	r.topic.refuse = func(m collection.Message) bool { return bytes.Contains(m.Body, bad) }
	n, err := r.sweep(t, time.Hour)
	if n != 39 || !errors.Is(err, collection.ErrUnavailable) || r.pending(t) != 1 {
		t.Errorf("cleared %d, %d markers are left: %v", n, r.pending(t), err)
	}
}

// backlog is a store with so many markers in its first shard.
type backlog struct{ markers []collection.Marker }

func (b *backlog) PendingMarkers(_ context.Context, shard int, _ time.Time, limit int) ([]collection.Marker, error) {
	if shard > 0 {
		return nil, nil
	}
	return slices.Clone(b.markers[:min(limit, len(b.markers))]), nil
}

func (b *backlog) Messages(context.Context, collection.Marker) ([]collection.Message, error) {
	return nil, nil
}

func (b *backlog) DropMarkers(_ context.Context, markers ...collection.Marker) error {
	b.markers = slices.DeleteFunc(b.markers, func(m collection.Marker) bool { return slices.Contains(markers, m) })
	return nil
}

// TestALongBacklogIsClearedAtOnce: more markers than one page holds.
func TestALongBacklogIsClearedAtOnce(t *testing.T) {
	r, b := newRig(t), &backlog{}
	for n := range int64(250) {
		b.markers = append(b.markers, collection.Marker{First: n})
	}
	r.sweeper.Backlog = b
	if n, err := r.sweep(t, time.Hour); n != 250 || err != nil || len(b.markers) != 0 {
		t.Errorf("cleared %d, %d markers are left: %v", n, len(b.markers), err)
	}
}

func TestASweepWithoutATableFails(t *testing.T) {
	r := newRig(t)
	r.fail = "Query"
	if _, err := r.sweep(t, time.Hour); !errors.Is(err, collection.ErrUnavailable) {
		t.Errorf("without a table: %v", err)
	}
}
