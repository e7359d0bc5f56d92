package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/vault"
)

// ring is a customer key that wraps by remembering, and counts its calls.
type ring struct {
	mu       sync.Mutex
	wrapped  map[string]entry
	unwraps  int
	fault    error
	tooShort bool
}

type entry struct {
	plain   []byte
	context map[string]string
}

func (r *ring) NewDataKey(_ context.Context, encryptionContext map[string]string) (plain, wrapped []byte, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fault != nil {
		return nil, nil, r.fault
	}
	name := fmt.Sprint("wrapped ", len(r.wrapped))
	plain = bytes.Repeat([]byte{byte(len(r.wrapped) + 1)}, 32)
	r.wrapped[name] = entry{bytes.Clone(plain), maps.Clone(encryptionContext)}
	return plain, []byte(name), nil
}

func (r *ring) Unwrap(_ context.Context, wrapped []byte, encryptionContext map[string]string) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unwraps++
	if r.fault != nil {
		return nil, r.fault
	}
	e, ok := r.wrapped[string(wrapped)]
	if !ok || !maps.Equal(e.context, encryptionContext) {
		return nil, errors.New("invalid ciphertext")
	}
	if r.tooShort {
		return e.plain[:16], nil
	}
	return bytes.Clone(e.plain), nil
}

type rig struct {
	*vault.Vault
	ring *ring
	now  time.Time
}

func newRig() *rig {
	r := &rig{ring: &ring{wrapped: map[string]entry{}}, now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
	r.Vault = vault.New(r.ring, &lockedRand{r: rand.New(rand.NewSource(1))}, func() time.Time { return r.now })
	return r
}

// lockedRand is a source of chance that goroutines may share, as crypto/rand is.
type lockedRand struct {
	mu sync.Mutex
	r  *rand.Rand
}

func (l *lockedRand) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}

func (r *rig) key(t testing.TB, scope string) vault.Key {
	t.Helper()
	key, err := r.NewKey(t.Context(), "vivamais", scope)
	must(t, err)
	return key
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSealAndOpen(t *testing.T) {
	r := newRig()
	key := r.key(t, "case/1")
	rapid.Check(t, func(rt *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(rt, "plain")
		attribute := rapid.String().Draw(rt, "attribute")
		sealed, err := r.Seal(t.Context(), key, attribute, plain)
		must(t, err)
		if len(plain) > 4 && bytes.Contains(sealed, plain) {
			rt.Fatal("the plain text shows")
		}
		opened, err := r.Open(t.Context(), key, attribute, sealed)
		if err != nil || !bytes.Equal(opened, plain) {
			rt.Fatalf("opened %x of %x: %v", opened, plain, err)
		}
		again, err := r.Seal(t.Context(), key, attribute, plain)
		must(t, err)
		if bytes.Equal(again, sealed) {
			rt.Fatal("two seals are equal")
		}
	})
}

func TestTamperedTextsDoNotOpen(t *testing.T) {
	r := newRig()
	key := r.key(t, "case/1")
	sealed, err := r.Seal(t.Context(), key, "participant", []byte("Maria"))
	must(t, err)
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := r.Open(t.Context(), key, "participant", changed); !errors.Is(err, vault.ErrSealed) {
				t.Fatalf("byte %d, bit %d: %v", i, bit, err)
			}
		}
	}
	for n := range sealed {
		if _, err := r.Open(t.Context(), key, "participant", sealed[:n]); !errors.Is(err, vault.ErrSealed) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
}

// TestATextOpensInItsPlaceOnly moves one sealed text to every other place, with the very same data key.
func TestATextOpensInItsPlaceOnly(t *testing.T) {
	r := newRig()
	key := r.key(t, "case/1")
	sealed, err := r.Seal(t.Context(), key, "debt/1", []byte("secret"))
	must(t, err)
	other, scope, creditor := r.key(t, "case/1"), key, key
	scope.Scope, creditor.Creditor = "case/2", "lumetv"
	if _, err := r.Open(t.Context(), key, "debt/2", sealed); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("as another attribute: %v", err)
	}
	if _, err := r.Open(t.Context(), other, "debt/1", sealed); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("under another key: %v", err)
	}
	for name, k := range map[string]vault.Key{"scope": scope, "creditor": creditor} {
		if _, err := r.Open(t.Context(), k, "debt/1", sealed); err == nil {
			t.Errorf("opened in another %s", name)
		}
	}
	fresh := vault.New(&permissive{r.ring}, rand.New(rand.NewSource(2)), func() time.Time { return r.now })
	for name, k := range map[string]vault.Key{"scope": scope, "creditor": creditor} {
		if _, err := fresh.Open(t.Context(), k, "debt/1", sealed); !errors.Is(err, vault.ErrSealed) {
			t.Errorf("opened in another %s of a customer key that does not look at it: %v", name, err)
		}
	}
}

// permissive unwraps without a look at the context.
type permissive struct{ *ring }

func (p *permissive) Unwrap(_ context.Context, wrapped []byte, _ map[string]string) ([]byte, error) {
	return bytes.Clone(p.wrapped[string(wrapped)].plain), nil
}

func TestKeysAreKeptForFiveMinutes(t *testing.T) {
	r := newRig()
	key := r.key(t, "case/1")
	open := func() {
		t.Helper()
		sealed, err := r.Seal(t.Context(), key, "a", []byte("x"))
		must(t, err)
		_, err = r.Open(t.Context(), key, "a", sealed)
		must(t, err)
	}
	open()
	r.now = r.now.Add(5*time.Minute - 1)
	open()
	if r.ring.unwraps != 0 {
		t.Errorf("a fresh key was unwrapped %d times", r.ring.unwraps)
	}
	r.now = r.now.Add(1)
	open()
	open()
	if r.ring.unwraps != 1 {
		t.Errorf("an old key was unwrapped %d times", r.ring.unwraps)
	}
	r.now, r.ring.fault = r.now.Add(time.Hour), errors.New("revoked")
	if _, err := r.Seal(t.Context(), key, "a", nil); err == nil {
		t.Error("a revoked key still seals")
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	r := newRig()
	first := r.key(t, "case/0")
	for n := range 1000 {
		r.key(t, fmt.Sprint("case/", n+1))
	}
	if _, err := r.Seal(t.Context(), first, "a", nil); err != nil || r.ring.unwraps != 1 {
		t.Errorf("after a thousand others the first key was unwrapped %d times: %v", r.ring.unwraps, err)
	}
	r.now = r.now.Add(time.Minute)
	for n := range 998 {
		r.key(t, fmt.Sprint("late/", n))
	}
	r.now = r.now.Add(4 * time.Minute) // the first has expired, the late ones have not
	late := r.key(t, "late/998")
	r.ring.unwraps = 0
	if _, err := r.Seal(t.Context(), late, "a", nil); err != nil || r.ring.unwraps != 0 {
		t.Errorf("a fresh key was dropped for expired ones: %d, %v", r.ring.unwraps, err)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	r := newRig()
	if _, err := r.Seal(t.Context(), vault.Key{Creditor: "vivamais", Scope: "case/1"}, "a", nil); err == nil {
		t.Error("sealed without a key")
	}
	key := r.key(t, "case/1")
	r.now, r.ring.tooShort = r.now.Add(time.Hour), true
	if _, err := r.Seal(t.Context(), key, "a", nil); err == nil {
		t.Error("sealed under a short key")
	}
	r.ring.fault = collection.ErrUnavailable
	if _, err := r.NewKey(t.Context(), "vivamais", "x"); !errors.Is(err, collection.ErrUnavailable) {
		t.Errorf("no key could be made: %v", err)
	}
	dry := vault.New(&ring{wrapped: map[string]entry{}}, bytes.NewReader(nil), func() time.Time { return r.now })
	key, err := dry.NewKey(t.Context(), "vivamais", "x")
	must(t, err)
	if _, err := dry.Seal(t.Context(), key, "a", nil); err == nil {
		t.Error("sealed without chance")
	}
}

func TestPersonalDataOfACase(t *testing.T) {
	r := newRig()
	caseID, err := collection.ParseID[collection.CaseNoun]("01KJQ6PSG0CCCCCCCCCCCCCCCC")
	must(t, err)
	debtID, err := collection.ParseID[collection.DebtNoun]("01KJQ6PSG0DDDDDDDDDDDDDDDD")
	must(t, err)
	c := collection.Case{ID: caseID, Creditor: "vivamais"}
	key, err := r.NewKey(t.Context(), c.Creditor, vault.CaseKey(c).Scope)
	must(t, err)
	c.WrappedKey = key.Wrapped
	person := collection.Participant{
		Document: "52998224725", Name: "Maria <da> Conceição", Email: "m@example.org", Phone: "+5511999990000", BirthDate: "1980-02-29",
		Address: "Rua A, 1", City: "São Paulo",
	}
	details := collection.DebtDetails{Contract: "C-1", Reference: "R-1", Description: "Mensalidade", ServiceReference: "S-1"}
	c.Sealed, err = r.SealParticipant(t.Context(), c, person)
	must(t, err)
	debt := collection.Debt{ID: debtID}
	debt.Sealed, err = r.SealDebt(t.Context(), c, debtID, details)
	must(t, err)
	if got, err := r.OpenParticipant(t.Context(), c); err != nil || got != person {
		t.Errorf("%+v: %v", got, err)
	}
	if got, err := r.OpenDebt(t.Context(), c, debt); err != nil || got != details {
		t.Errorf("%+v: %v", got, err)
	}
	text, err := r.SealText(t.Context(), c, "contract/1", []byte("text"))
	must(t, err)
	if got, err := r.OpenText(t.Context(), c, "contract/1", text); err != nil || string(got) != "text" {
		t.Errorf("%s: %v", got, err)
	}
	swapped := c
	swapped.Sealed = text
	if _, err := r.OpenParticipant(t.Context(), swapped); !errors.Is(err, vault.ErrSealed) {
		t.Errorf("a text passed for a person: %v", err)
	}
	swapped.Sealed, err = r.SealText(t.Context(), c, "participant", []byte("Maria"))
	must(t, err)
	if _, err := r.OpenParticipant(t.Context(), swapped); err == nil || bytes.Contains([]byte(err.Error()), []byte("Maria")) {
		t.Errorf("what is no person: %v", err)
	}
}

func TestManyAtOnce(t *testing.T) {
	r := newRig()
	var group sync.WaitGroup
	for n := range 20 {
		group.Go(func() {
			key := r.key(t, fmt.Sprint("case/", n%3))
			for range 50 {
				sealed, err := r.Seal(t.Context(), key, "a", []byte("x"))
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := r.Open(t.Context(), key, "a", sealed); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}
