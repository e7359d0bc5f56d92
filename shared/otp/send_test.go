package otp_test

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/otp"
)

// post is where the sender's messages go.
type post struct {
	mu      sync.Mutex
	person  collection.Participant
	letters []letter
	err     error
}

type letter struct {
	to      string
	channel collection.Channel
	from    string
	code    string
	minutes int
}

// SendCode takes a message.
func (p *post) SendCode(
	_ context.Context, to string, channel collection.Channel, from collection.Creditor, code string, minutes int,
) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.letters = append(p.letters, letter{to, channel, from.Name, code, minutes})
	return p.err
}

// OpenParticipant stands for the vault.
func (p *post) OpenParticipant(context.Context, collection.Case) (collection.Participant, error) {
	return p.person, nil
}

func (w *world) sender() (*otp.Sender, *post) {
	p := &post{person: collection.Participant{Email: "maria@gmail.com", Phone: "+5511987654321"}}
	return &otp.Sender{
		Challenges: w.store, Outgoing: w.store, Unsealer: w, Cases: w.store, Vault: p, Creditors: w, Channel: p, Now: w.clock,
	}, p
}

func TestSenderSendsOnce(t *testing.T) {
	w := newWorld(t, 1)
	issued := w.mustRequest(document, contract)
	sender, p := w.sender()
	var group sync.WaitGroup
	for range 8 { // as often as a queue may deliver
		group.Go(func() {
			if err := sender.Send(t.Context(), w.queue[0]); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if len(p.letters) != 1 {
		t.Fatalf("%d messages", len(p.letters))
	}
	if want := (letter{"maria@gmail.com", collection.ChannelEmail, "Vida Plena Saúde", w.code(), 5}); p.letters[0] != want {
		t.Errorf("message %+v, want %+v", p.letters[0], want)
	}
	if _, _, err := w.verify(issued, w.code()); err != nil {
		t.Errorf("the code that was sent: %v", err)
	}
}

func TestSenderUsesTheChannelAsked(t *testing.T) {
	w := newWorld(t, 2)
	w.place(w.issuer.Chance, "11144477735", "a***@b***.com", "(11) *****-4321", "VP-7")
	issued, err := w.issuer.Request(t.Context(), otp.Claim{
		Creditor: creditor, Document: "11144477735", Contract: "VP-7", Channel: collection.ChannelSMS,
	})
	if err != nil || issued.Destination != "(11) *****-4321" {
		t.Fatalf("%+v, %v", issued, err)
	}
	sender, p := w.sender()
	if err := sender.Send(t.Context(), w.queue[0]); err != nil || len(p.letters) != 1 || p.letters[0].to != "+5511987654321" {
		t.Errorf("%+v, %v", p.letters, err)
	}
}

func TestSenderDropsWhatLeadsNowhere(t *testing.T) {
	for name, prepare := range map[string]func(w *world, p *post){
		"unknown contract":  func(w *world, _ *post) { w.mustRequest(document, "VP-9") },
		"expired":           func(w *world, _ *post) { w.mustRequest(document, contract); w.advance(otp.CodeLife) },
		"used":              func(w *world, _ *post) { _ = w.guess(w.mustRequest(document, contract), w.code()) },
		"address taken off": func(w *world, p *post) { w.mustRequest(document, contract); p.person.Email = "" },
		"replaced": func(w *world, _ *post) {
			w.mustRequest(document, contract)
			w.advance(time.Minute)
			w.mustRequest(document, contract)
		},
		"challenge never stored": func(w *world, _ *post) {
			w.mustRequest(document, contract)
			w.queue[0].ChallengeID = "01JD9Z1N2P3Q4R5S6T7V8W9XAB"
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			sender, p := w.sender()
			prepare(w, p)
			if err := sender.Send(t.Context(), w.queue[0]); err != nil || len(p.letters) != 0 {
				t.Errorf("%d messages, %v", len(p.letters), err)
			}
		})
	}
}

// Whatever the number of its contracts, a case's participant gets ten codes a day; whoever asks for more is told nothing of it.
func TestSenderBoundsTheCodesOfACase(t *testing.T) {
	w := newWorld(t, 8)
	contracts := []string{"VP-11", "VP-12", "VP-13"}
	w.place(w.issuer.Chance, "11144477735", "a***@b***.com", "", contracts...)
	sender, p := w.sender()
	ask := func(number string) {
		w.mustRequest("11144477735", number)
		if err := sender.Send(t.Context(), w.queue[len(w.queue)-1]); err != nil {
			t.Fatal(err)
		}
	}
	for range otp.MaxSends {
		for _, number := range contracts {
			ask(number)
		}
		w.advance(10 * time.Minute)
	}
	if len(p.letters) != otp.MaxCaseSends {
		t.Errorf("%d messages of %d codes, want %d", len(p.letters), len(w.queue), otp.MaxCaseSends)
	}
	w.mustRequest(document, contract)
	if err := sender.Send(t.Context(), w.queue[len(w.queue)-1]); err != nil || len(p.letters) != otp.MaxCaseSends+1 {
		t.Errorf("another case: %d messages, %v", len(p.letters), err)
	}
	w.advance(otp.Window - 50*time.Minute) // since the first three
	for range 4 {
		ask(contracts[0])
		w.advance(10 * time.Minute)
	}
	if len(p.letters) != otp.MaxCaseSends+1+4 {
		t.Errorf("a day later: %d messages", len(p.letters))
	}
}

func TestSenderNeverSendsAgainAfterAFailure(t *testing.T) {
	w := newWorld(t, 4)
	w.mustRequest(document, contract)
	sender, p := w.sender()
	p.err = errors.New("no answer")
	if err := sender.Send(t.Context(), w.queue[0]); !errors.Is(err, p.err) {
		t.Errorf("a channel that failed: %v", err)
	}
	p.err = nil
	if err := sender.Send(t.Context(), w.queue[0]); err != nil || len(p.letters) != 1 {
		t.Errorf("%d messages after a redelivery, %v", len(p.letters), err)
	}
}

func TestSenderRefusesBrokenMessages(t *testing.T) {
	w := newWorld(t, 5)
	w.mustRequest(document, contract)
	sender, p := w.sender()
	for name, m := range map[string]otp.Message{
		"no creditor":          {ChallengeID: w.queue[0].ChallengeID},
		"no challenge":         {Creditor: string(creditor)},
		"sealed for another":   {Creditor: string(creditor), ChallengeID: w.queue[0].ChallengeID, Sealed: []byte("x|04817263")},
		"nothing sealed in it": {Creditor: string(creditor), ChallengeID: w.queue[0].ChallengeID},
	} {
		if err := sender.Send(t.Context(), m); err == nil || len(p.letters) != 0 {
			t.Errorf("%s: %d messages, %v", name, len(p.letters), err)
		}
	}
}

func (w *world) entries() *otp.Entries {
	return &otp.Entries{Links: w.store, Cases: w.store, Hints: hints{}, Creditors: w, Now: w.clock}
}

type hints struct{}

// OpenText stands for the vault.
func (hints) OpenText(_ context.Context, _ collection.Case, attribute string, sealed []byte) ([]byte, error) {
	if attribute != otp.EntryAttribute {
		return nil, errors.New("sealed for another attribute")
	}
	return sealed, nil
}

const secret = "q9X2mB0c1yq8T0b8cZVZ7Qk1vJ2u6h1c0m9w7x5y3z0"

// link puts an entry link of the case on the table.
func (w *world) link(token string) {
	w.t.Helper()
	d, err := w.store.Load(w.t.Context(), creditor, w.caseID)
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.store.Commit(w.t.Context(), d, collection.EntryLink{
		Hash: otp.EntryHash(token), Sealed: []byte("***123"), ExpiresAt: w.now.Add(time.Hour),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestEntry(t *testing.T) {
	w := newWorld(t, 6)
	token := string(creditor) + "." + secret
	w.link(token)
	for range 2 { // a mail scanner reads it first
		entry, err := w.entries().Open(t.Context(), token)
		if err != nil || entry.ContractHint != "***123" || entry.Creditor.ID != creditor {
			t.Errorf("%+v, %v", entry, err)
		}
	}
	w.advance(time.Hour)
	w.taken()
	for name, token := range map[string]string{
		"expired": token, "unknown": string(creditor) + ".r" + secret[1:], "foreign": "tv-norte." + secret,
	} {
		if _, err := w.entries().Open(t.Context(), token); !errors.Is(err, otp.ErrEntryInvalid) || w.taken() != "GetItem" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, token := range []string{"", ".", secret, "Vida." + secret, token + "A", token[:len(token)-1], token + ".x", token + "=",
		token + "\n", token[:len(token)-9] + "\n" + token[len(token)-9:], token[:len(token)-1] + "\r"} {
		if _, err := w.entries().Open(t.Context(), token); !errors.Is(err, otp.ErrEntryInvalid) || w.taken() != "" {
			t.Errorf("token %q: %v", token, err)
		}
	}
}

func FuzzEntryToken(f *testing.F) {
	w := newWorld(f, 7)
	w.link(string(creditor) + "." + secret)
	for _, seed := range []string{"", ".", "vida-plena.", "vida-plena." + secret[1:], "vida-plena." + strings.Repeat("A", 43), "a." + secret} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		_, err := w.entries().Open(t.Context(), token)
		if (err == nil) != (token == string(creditor)+"."+secret) {
			t.Errorf("token %q: %v", token, err)
		}
		_, text, _ := strings.Cut(token, ".")
		if _, decodeErr := base64.RawURLEncoding.DecodeString(text); decodeErr != nil && !errors.Is(err, otp.ErrEntryInvalid) {
			t.Errorf("token %q: %v", token, err)
		}
	})
}
