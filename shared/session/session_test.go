package session

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
)

const creditor = collection.CreditorID("vida-plena")

var epoch = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

// memory is a store of one session.
type memory struct {
	held    *Session
	touches int
	err     error
}

func (m *memory) LoadWithSession(
	_ context.Context, c collection.CreditorID, id collection.CaseID, hash string,
) (*collection.Dossier, Session, error) {
	if m.err != nil {
		return nil, Session{}, m.err
	}
	if m.held == nil || m.held.Creditor != c || m.held.Case != id || m.held.TokenHash != hash {
		return nil, Session{}, collection.ErrNotFound
	}
	return collection.NewDossier(id, c), *m.held, nil
}

func (m *memory) TouchSession(_ context.Context, s Session, now time.Time) error {
	m.touches++
	m.held.SeenAt = now
	return nil
}

func (m *memory) EndSession(context.Context, Session) error {
	m.held = nil
	return nil
}

func mint(t testing.TB, seed byte) (string, Session) {
	t.Helper()
	chance := rand.NewChaCha8([32]byte{seed})
	id, err := collection.Mint[collection.CaseNoun](epoch, chance)
	if err != nil {
		t.Fatal(err)
	}
	challenge, err := collection.Mint[collection.ChallengeNoun](epoch, chance)
	if err != nil {
		t.Fatal(err)
	}
	token, s, err := Mint(creditor, id, challenge, collection.ChannelEmail, epoch, chance)
	if err != nil {
		t.Fatal(err)
	}
	return token, s
}

// open gives a keeper with one session and a clock.
func open(t testing.TB) (k *Keeper, m *memory, token string, now *time.Time) {
	t.Helper()
	token, s := mint(t, 1)
	at := epoch
	m = &memory{held: &s}
	return &Keeper{Store: m, Now: func() time.Time { return at }}, m, token, &at
}

func TestMint(t *testing.T) {
	token, s := mint(t, 1)
	parts := strings.Split(token, ".")
	if len(parts) != 3 || parts[0] != string(creditor) || parts[1] != s.Case.String() || len(parts[2]) != 43 || len(token) > maxToken {
		t.Errorf("token %q", token)
	}
	if strings.Contains(s.TokenHash, parts[2]) || s.TokenHash != hashOf(token) || len(s.TokenHash) != 64 {
		t.Errorf("hash %q of token %q", s.TokenHash, token)
	}
	if p := s.Principal(); p.Kind != collection.KindParticipant || p.Creditor != creditor || p.Case != s.Case || p.ID != s.TokenHash[:12] {
		t.Errorf("principal %+v", p)
	}
	if again, _ := mint(t, 2); again == token {
		t.Error("two sessions share a token")
	}
	_, _, err := Mint(creditor, s.Case, s.Challenge, s.Channel, epoch, strings.NewReader("short"))
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("without chance: %v", err)
	}
}

func TestLimits(t *testing.T) {
	k, _, token, now := open(t)
	use := func(after time.Duration) error {
		*now = epoch.Add(after)
		_, _, err := k.Authenticate(t.Context(), token)
		return err
	}
	for _, minute := range []int{0, 14, 28, 42, 56} { // never idle for long
		if err := use(time.Duration(minute) * time.Minute); err != nil {
			t.Errorf("minute %d: %v", minute, err)
		}
	}
	if err := use(AbsoluteLimit - time.Nanosecond); err != nil {
		t.Errorf("just before the end: %v", err)
	}
	if err := use(AbsoluteLimit); !errors.Is(err, ErrExpired) {
		t.Errorf("after an hour: %v", err)
	}
}

func TestIdle(t *testing.T) {
	for after, want := range map[time.Duration]error{IdleLimit - time.Nanosecond: nil, IdleLimit: ErrExpired, 24 * time.Hour: ErrExpired} {
		k, _, token, now := open(t)
		*now = epoch.Add(after)
		if _, _, err := k.Authenticate(t.Context(), token); !errors.Is(err, want) {
			t.Errorf("idle for %s: %v, want %v", after, err, want)
		}
	}
}

func TestTouchesAtMostOnceAMinute(t *testing.T) {
	k, m, token, now := open(t)
	for range 600 { // ten minutes, every second
		*now = now.Add(time.Second)
		if _, s, err := k.Authenticate(t.Context(), token); err != nil || now.Sub(s.SeenAt) >= time.Minute {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	if m.touches != 10 {
		t.Errorf("%d writes in ten minutes", m.touches)
	}
}

func TestEnd(t *testing.T) {
	k, m, token, _ := open(t)
	if err := k.End(t.Context(), *m.held); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.Authenticate(t.Context(), token); !errors.Is(err, ErrUnknown) {
		t.Errorf("after the end: %v", err)
	}
}

func TestUnknownTokens(t *testing.T) {
	k, _, token, _ := open(t)
	parts := strings.Split(token, ".")
	id, secret := parts[1], parts[2]
	stranger, _ := mint(t, 9)
	for name, token := range map[string]string{
		"empty": "", "dots": "..", "no secret": "vida-plena." + id, "short secret": "vida-plena." + id + "." + secret[:42],
		"long secret": token + "A", "four parts": token + ".x", "other creditor": "tv-norte." + id + "." + secret,
		"creditor in capitals": "Vida-plena." + id + "." + secret, "case in small letters": "vida-plena." + strings.ToLower(id) + "." + secret,
		"not base64url": "vida-plena." + id + "." + strings.Repeat("+", 43), "other bits at the end": loose(token),
		"of another session": stranger, "huge": strings.Repeat("a", 10_000), "line break": token + "\n",
		"line break within": token[:len(token)-20] + "\n" + token[len(token)-20:], "line break for a letter": token[:len(token)-1] + "\r",
	} {
		if _, _, err := k.Authenticate(t.Context(), token); !errors.Is(err, ErrUnknown) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// loose is another text of the same 32 bytes: base64 leaves two bits of the last letter open.
func loose(token string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(letters, token[len(token)-1])
	return token[:len(token)-1] + string(letters[last^1])
}

func TestFaultsAreNoRefusals(t *testing.T) {
	k, m, token, _ := open(t)
	m.err = collection.ErrUnavailable
	_, _, err := k.Authenticate(t.Context(), token)
	if !errors.Is(err, collection.ErrUnavailable) || errors.Is(err, ErrUnknown) {
		t.Errorf("got %v", err)
	}
}

func FuzzToken(f *testing.F) {
	token, _ := mint(f, 1)
	for _, seed := range []string{token, "", "..", "a.b.c", loose(token), strings.ToUpper(token)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, id, err := parse(token)
		if err != nil {
			if !errors.Is(err, ErrUnknown) {
				t.Errorf("parse %q: %v", token, err)
			}
			return
		}
		// What is taken has one form only: no two tokens mean the same session.
		secret, err := base64.RawURLEncoding.DecodeString(token[strings.LastIndexByte(token, '.')+1:])
		if back := string(c) + "." + id.String() + "." + base64.RawURLEncoding.EncodeToString(secret); err != nil || back != token {
			t.Errorf("token %q reads as %q", token, back)
		}
	})
}
