package dynamo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/infra/local/clock"
	engine "github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/session"
)

var loginEpoch = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// loginStore is a store over an empty table of the local cloud.
func loginStore(t testing.TB) *dynamo.Store {
	t.Helper()
	clk := clock.Virtual(loginEpoch)
	t.Cleanup(clk.Close)
	e, err := engine.New(clk, store.Memory())
	if err != nil {
		t.Fatal(err)
	}
	client := clientOf(wire.NewRouter(map[string]wire.Engine{"dynamodb": e}))
	if err := dynamo.CreateTable(t.Context(), client, "regua"); err != nil {
		t.Fatal(err)
	}
	return dynamo.New(client, "regua", clk.Now, func([]byte) (collection.Creditor, error) {
		return collection.Creditor{}, errors.New("no creditor is read here")
	})
}

func mintLogin[Noun any](t testing.TB, n uint64) collection.ID[Noun] {
	t.Helper()
	id, err := collection.Mint[Noun](loginEpoch, rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16)}))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// guardModel counts naively what the table counts for a claim in one conditional update.
type guardModel struct {
	name         string
	sends, wrong []time.Time // oldest first, for ever
	live         collection.ChallengeID
	proven       bool
}

// caseModel counts naively what the table counts for a case.
type caseModel struct {
	name  string
	wrong []time.Time
}

func within(times []time.Time, now time.Time) (n int) {
	for _, at := range times {
		if at.After(now.Add(-otp.Window)) {
			n++
		}
	}
	return n
}

func (m *guardModel) maySend(now time.Time) bool {
	n := within(m.sends, now)
	if n >= otp.MaxSends || within(m.wrong, now) >= otp.MaxWrong {
		return false
	}
	if n == 0 || m.proven {
		return true
	}
	return !now.Before(m.sends[len(m.sends)-1].Add(otp.Cooldowns()[min(n, 3)-1]))
}

// Whatever the order of sends, wrong and right codes, and whatever the time between them: the table lets through exactly what the rules
// let through, and whoever waits as long as it says gets through.
func TestGuardKeepsToItsRules(t *testing.T) {
	table := loginStore(t)
	runs := uint64(0)
	jumps := rapid.SampledFrom([]time.Duration{
		0, time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, time.Hour, 23 * time.Hour, otp.Window,
	})
	offsets := rapid.SampledFrom([]time.Duration{0, 0, -time.Millisecond, time.Millisecond}) // clocks differ
	rapid.Check(t, func(rt *rapid.T) {
		runs++
		now, of := loginEpoch, &caseModel{name: fmt.Sprintf("case-%d", runs)}
		claims := [2]*guardModel{{name: of.name + "-a"}, {name: of.name + "-b"}}
		for step := range uint64(rapid.IntRange(1, 40).Draw(rt, "steps")) {
			now = now.Add(jumps.Draw(rt, "jump") + offsets.Draw(rt, "off"))
			claim := claims[rapid.IntRange(0, 1).Draw(rt, "claim")]
			if rapid.Bool().Draw(rt, "send") {
				sendStep(t, rt, table, claim, of, mintLogin[collection.ChallengeNoun](t, runs<<8|step), now)
			} else if !claim.live.IsZero() {
				codeStep(t, rt, table, claim, of, now, rapid.IntRange(0, 3).Draw(rt, "right") == 0)
			}
		}
	})
}

func sendStep(
	t *testing.T, rt *rapid.T, table *dynamo.Store, m *guardModel, of *caseModel, id collection.ChallengeID, now time.Time,
) {
	may := m.maySend(now)
	got, err := table.TakeSend(t.Context(), otp.Send{Creditor: "vida-plena", Guard: m.name, Challenge: id, At: now})
	if may != (err == nil) || err != nil && !errors.Is(err, collection.ErrConflict) {
		rt.Fatalf("send at %s: allowed %t, got %v", now, may, err)
	}
	if may {
		m.sends, m.live, m.proven = append(m.sends, now), id, false
		err := table.PutChallenge(t.Context(), otp.Challenge{
			ID: id, Creditor: "vida-plena", Case: mintLogin[collection.CaseNoun](t, 1), Known: true, Guard: m.name, CaseGuard: of.name,
			Channel: collection.ChannelEmail, Destination: "m***", CodeMAC: []byte{1}, CreatedAt: now, ExpiresAt: now.Add(otp.CodeLife),
		})
		if err != nil {
			rt.Fatal(err)
		}
	}
	wait := got.RetryAfter(now)
	if wait <= 0 || !m.maySend(now.Add(wait)) {
		rt.Fatalf("at %s the guard asks for %s: %+v", now, wait, got)
	}
}

func codeStep(t *testing.T, rt *rapid.T, table *dynamo.Store, m *guardModel, of *caseModel, now time.Time, right bool) {
	may := within(of.wrong, now) < otp.MaxWrong
	ch := otp.Challenge{ID: m.live, Creditor: "vida-plena", Case: mintLogin[collection.CaseNoun](t, 1), Guard: m.name, CaseGuard: of.name}
	err := table.CountWrong(t.Context(), ch, now)
	if may != (err == nil) || err != nil && !errors.Is(err, collection.ErrConflict) {
		rt.Fatalf("code at %s: allowed %t, got %v", now, may, err)
	}
	if may {
		of.wrong = append(of.wrong, now)
	}
	if !may || !right {
		noted := within(m.wrong, now) < otp.MaxWrong
		if err := table.NoteWrong(t.Context(), ch, now); noted != (err == nil) || err != nil && !errors.Is(err, collection.ErrConflict) {
			rt.Fatalf("wrong code at %s: noted %t, got %v", now, noted, err)
		}
		if noted {
			m.wrong = append(m.wrong, now)
		}
		return
	}
	opened := session.Session{Creditor: "vida-plena", Case: ch.Case, TokenHash: ch.ID.String(), Challenge: ch.ID, OpenedAt: now, SeenAt: now}
	switch err := table.OpenSession(t.Context(), ch, opened, now); {
	case err == nil:
		of.wrong, m.proven = of.wrong[:len(of.wrong)-1], true
	case !errors.Is(err, collection.ErrConflict): // used before: its count stays
		rt.Fatal(err)
	}
}

func TestChallengeRoundTrip(t *testing.T) {
	table := loginStore(t)
	want := otp.Challenge{
		ID: mintLogin[collection.ChallengeNoun](t, 1), Creditor: "vida-plena", Case: mintLogin[collection.CaseNoun](t, 2), Known: true,
		Guard: "g", CaseGuard: "c", Channel: collection.ChannelSMS, Destination: "(11) *****-4321", CodeMAC: []byte{1, 2, 3},
		CreatedAt: loginEpoch, ExpiresAt: loginEpoch.Add(otp.CodeLife),
	}
	if err := table.PutChallenge(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if err := table.PutChallenge(t.Context(), want); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("the same challenge again: %v", err)
	}
	got, err := table.CountTry(t.Context(), want.Creditor, want.ID, loginEpoch)
	if err != nil {
		t.Fatal(err)
	}
	want.Tries = 1
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := table.ClaimCode(t.Context(), want, loginEpoch); err != nil {
		t.Fatal(err)
	}
	if err := table.ClaimCode(t.Context(), want, loginEpoch); !errors.Is(err, collection.ErrConflict) {
		t.Errorf("the same code claimed again: %v", err)
	}
	if _, err := table.LoadChallenge(t.Context(), "tv-norte", want.ID); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("at another creditor: %v", err)
	}
	if live, err := table.LiveChallenge(t.Context(), "vida-plena", "never"); err != nil || !live.IsZero() {
		t.Errorf("a guard that is not there: %s, %v", live, err)
	}
}

func TestSessionsStandBesideTheirCase(t *testing.T) {
	table := loginStore(t)
	id := mintLogin[collection.CaseNoun](t, 3)
	d := collection.NewDossier(id, "vida-plena")
	d.Case.WrappedKey, d.Case.Sealed, d.Case.OpenedAt = []byte("w"), []byte("s"), loginEpoch
	meta := collection.Meta{At: loginEpoch, By: collection.System("import", "vida-plena"), Reason: "placed"}
	if err := d.Place(meta, &collection.CaseOpened{Standing: collection.StandingActive, PersonKey: "p"}, nil); err != nil {
		t.Fatal(err)
	}
	if err := table.Commit(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	var opened []session.Session
	for n := range uint64(3) {
		ch := otp.Challenge{
			ID: mintLogin[collection.ChallengeNoun](t, n), Creditor: "vida-plena", Case: id, Known: true, Guard: fmt.Sprint(n), CaseGuard: "c",
			Channel: collection.ChannelEmail, CodeMAC: []byte{1}, CreatedAt: loginEpoch, ExpiresAt: loginEpoch.Add(otp.CodeLife),
		}
		if _, err := table.TakeSend(t.Context(), otp.Send{Creditor: ch.Creditor, Guard: ch.Guard, Challenge: ch.ID, At: loginEpoch}); err != nil {
			t.Fatal(err)
		}
		if err := table.PutChallenge(t.Context(), ch); err != nil {
			t.Fatal(err)
		}
		s := session.Session{
			Creditor: "vida-plena", Case: id, TokenHash: fmt.Sprintf("%064d", n), Challenge: ch.ID, Channel: ch.Channel, OpenedAt: loginEpoch,
			SeenAt: loginEpoch,
		}
		if err := errors.Join(table.CountWrong(t.Context(), ch, loginEpoch), table.OpenSession(t.Context(), ch, s, loginEpoch)); err != nil {
			t.Fatal(err)
		}
		if err := table.OpenSession(t.Context(), ch, s, loginEpoch); !errors.Is(err, collection.ErrConflict) {
			t.Errorf("opened twice: %v", err)
		}
		opened = append(opened, s)
	}
	later := loginEpoch.Add(time.Minute)
	if err := errors.Join(table.TouchSession(t.Context(), opened[0], later), table.TouchSession(t.Context(), opened[0], later)); err != nil {
		t.Errorf("touch, then touch on an old reading: %v", err)
	}
	if err := errors.Join(table.EndSession(t.Context(), opened[1]), table.EndSession(t.Context(), opened[1])); err != nil {
		t.Errorf("end twice: %v", err)
	}
	if err := table.TouchSession(t.Context(), opened[1], later); err != nil {
		t.Errorf("touch of an ended one: %v", err)
	}
	opened[0].SeenAt = later
	for i, s := range opened {
		dossier, got, err := table.LoadWithSession(t.Context(), s.Creditor, s.Case, s.TokenHash)
		if i == 1 {
			if !errors.Is(err, collection.ErrNotFound) {
				t.Errorf("ended session: %v", err)
			}
			continue
		}
		if err != nil || got != s || dossier.Case.ID != id {
			t.Errorf("session %d: %+v, %v, want %+v", i, got, err, s)
		}
	}
}
