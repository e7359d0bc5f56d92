package otp_test

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/otp"
)

var maskForm = map[collection.Channel]*regexp.Regexp{
	collection.ChannelEmail: regexp.MustCompile(`^[a-z0-9]?\*\*\*[a-z0-9]?@\*\*\*$`),
	collection.ChannelSMS:   regexp.MustCompile(`^\([1-9]{2}\) \*{5}-[0-9]{4}$`),
}

// claims are one true claim and all the ways not to be one.
func claims() map[string]otp.Claim {
	claim := func(document, contract string, channel collection.Channel) otp.Claim {
		return otp.Claim{Creditor: creditor, Document: document, Contract: contract, Channel: channel}
	}
	return map[string]otp.Claim{
		"known":                       claim(document, contract, collection.ChannelEmail),
		"unknown contract":            claim(document, "VP-9", collection.ChannelEmail),
		"contract of somebody else":   claim("11144477735", contract, collection.ChannelEmail),
		"unknown altogether":          claim("11144477735", "VP-9", collection.ChannelSMS),
		"known, channel not on file":  claim(document, contract, collection.ChannelSMS),
		"known by its other contract": claim(document, second, collection.ChannelEmail),
	}
}

func TestEveryClaimTakesTheSameCallsAndGetsTheSameAnswer(t *testing.T) {
	const wantCalls = "GetItem UpdateItem PutItem Encrypt SendMessage"
	for name, claim := range claims() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			issued, err := w.issuer.Request(t.Context(), claim)
			if err != nil {
				t.Fatal(err)
			}
			if got := w.taken(); got != wantCalls {
				t.Errorf("calls %q, want %q", got, wantCalls)
			}
			if issued.Creditor != creditor || issued.Challenge.IsZero() || issued.Channel != claim.Channel || issued.ResendAfter != time.Minute ||
				!issued.ExpiresAt.Equal(epoch.Add(5*time.Minute)) || !maskForm[claim.Channel].MatchString(issued.Destination) {
				t.Errorf("answer %+v", issued)
			}
			if len(w.code()) != 8 || len(w.queue) != 1 || w.queue[0].Creditor != string(creditor) {
				t.Errorf("queued %+v", w.queue)
			}
			_, again := w.issuer.Request(t.Context(), claim)
			if got := w.taken(); got != "GetItem UpdateItem" {
				t.Errorf("calls in the cool-down %q", got)
			}
			if wait := waitOf(t, again); wait != time.Minute {
				t.Errorf("wait %s", wait)
			}
			_, _, wrong := w.verify(issued, other(w.code()))
			if got := w.taken(); !errors.Is(wrong, otp.ErrRejected) || got != "UpdateItem UpdateItem UpdateItem" {
				t.Errorf("wrong code: %v after %q", wrong, got)
			}
		})
	}
}

func TestDecoyMasksAreStableAndDiffer(t *testing.T) {
	w := newWorld(t, 2)
	first := w.mustRequest(document, "VP-9")
	w.advance(time.Hour)
	if again := w.mustRequest(document, "VP-9"); again.Destination != first.Destination {
		t.Errorf("the mask changed from %q to %q", first.Destination, again.Destination)
	}
	masks := map[string]bool{}
	for _, number := range []string{"A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7", "A-8"} {
		masks[w.mustRequest(document, number).Destination] = true
	}
	if len(masks) < 2 {
		t.Errorf("eight unknown contracts share the mask %v", masks)
	}
	if known := w.mustRequest(document, contract); known.Destination != "m***a@***" {
		t.Errorf("the mask on file is shown as %q", known.Destination)
	}
}

func TestUnknownCreditor(t *testing.T) {
	w := newWorld(t, 3)
	claim := claims()["known"]
	claim.Creditor = "nobody"
	_, err := w.issuer.Request(t.Context(), claim)
	if !errors.Is(err, collection.ErrNotFound) || w.taken() != "" {
		t.Errorf("got %v", err)
	}
}

func TestCooldownsAndDailyLimit(t *testing.T) {
	for name, number := range map[string]string{"known": contract, "unknown": "VP-9"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 4)
			for i, wait := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 5 * time.Minute} {
				issued := w.mustRequest(document, number)
				if issued.ResendAfter != wait {
					t.Errorf("send %d: resend after %s, want %s", i+1, issued.ResendAfter, wait)
				}
				w.advance(wait - time.Millisecond)
				if _, err := w.request(document, number); waitOf(t, err) != time.Second {
					t.Errorf("send %d: %v just before its cool-down ends", i+1, err)
				}
				w.advance(time.Millisecond)
			}
			fifth := w.mustRequest(document, number)
			left := otp.Window - 13*time.Minute // since the first
			if fifth.ResendAfter != left {
				t.Errorf("fifth: resend after %s, want %s", fifth.ResendAfter, left)
			}
			w.advance(time.Hour)
			if _, err := w.request(document, number); waitOf(t, err) != left-time.Hour {
				t.Errorf("sixth: %v", err)
			}
			w.advance(left - time.Hour)
			if sixth := w.mustRequest(document, number); sixth.ResendAfter != 5*time.Minute {
				t.Errorf("a day later, with four sends still in the window: resend after %s", sixth.ResendAfter)
			}
		})
	}
}

// Neither cool-down nor code of a contract shows by another contract of its case.
func TestContractsOfACaseStandApart(t *testing.T) {
	w := newWorld(t, 5)
	first, firstCode := w.mustRequest(document, contract), w.code()
	next, nextCode := w.mustRequest(document, second), w.code()
	for _, number := range []string{contract, second} {
		if _, err := w.request(document, number); waitOf(t, err) != time.Minute {
			t.Errorf("%s again: %v", number, err)
		}
	}
	if err := errors.Join(w.guess(first, firstCode), w.guess(next, nextCode)); err != nil {
		t.Errorf("both codes: %v", err)
	}
}

func TestResend(t *testing.T) {
	for name, number := range map[string]string{"known": contract, "unknown": "VP-9"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 6)
			first, firstCode := w.mustRequest(document, number), w.code()
			w.taken()
			if _, err := w.resend(first); waitOf(t, err) != time.Minute || w.taken() != "GetItem UpdateItem" {
				t.Errorf("resend in the cool-down: %v", err)
			}
			w.advance(10 * time.Minute) // the code has expired, the participant still waits
			next, err := w.resend(first)
			if err != nil || w.taken() != "GetItem UpdateItem PutItem Encrypt SendMessage" {
				t.Fatalf("resend: %v", err)
			}
			if next.Challenge == first.Challenge || next.Destination != first.Destination || next.ResendAfter != 2*time.Minute {
				t.Errorf("resent %+v after %+v", next, first)
			}
			if _, err := w.resend(first); !errors.Is(err, otp.ErrRejected) {
				t.Errorf("resend of a replaced challenge: %v", err)
			}
			if _, _, err := w.verify(first, firstCode); !errors.Is(err, otp.ErrRejected) {
				t.Errorf("replaced code: %v", err)
			}
			w.advance(30 * time.Minute)
			if _, err := w.resend(next); !errors.Is(err, otp.ErrRejected) {
				t.Errorf("resend of an old challenge: %v", err)
			}
			if _, err := w.issuer.Resend(t.Context(), "other-house", next.Challenge); !errors.Is(err, otp.ErrRejected) {
				t.Errorf("resend at another creditor: %v", err)
			}
		})
	}
}

func TestResendAfterUse(t *testing.T) {
	w := newWorld(t, 7)
	issued := w.mustRequest(document, contract)
	if _, _, err := w.verify(issued, w.code()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.resend(issued); !errors.Is(err, otp.ErrRejected) {
		t.Errorf("resend of a used challenge: %v", err)
	}
}

func TestIssueFailsWhole(t *testing.T) {
	cause := errors.New("no answer")
	for name, broken := range map[string]func(*otp.Issuer){
		"key service": func(i *otp.Issuer) { i.Sealer = failing{cause} },
		"queue":       func(i *otp.Issuer) { i.Queue = failing{cause} },
		"chance":      func(i *otp.Issuer) { i.Chance = failing{cause} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 8)
			broken(w.issuer)
			if _, err := w.request(document, contract); !errors.Is(err, cause) {
				t.Errorf("got %v", err)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) SealCode(context.Context, string, []byte) ([]byte, error) { return nil, f.err }
func (f failing) Send(context.Context, any) error                          { return f.err }
func (f failing) Read([]byte) (int, error)                                 { return 0, f.err }

func (w *world) resend(issued otp.Issued) (otp.Issued, error) {
	return w.issuer.Resend(w.t.Context(), issued.Creditor, issued.Challenge)
}

// waitOf is the wait that an error asks for.
func waitOf(t *testing.T, err error) time.Duration {
	t.Helper()
	var many *otp.TooManyError
	if !errors.As(err, &many) {
		t.Fatalf("got %v, want too many", err)
	}
	return many.RetryAfter
}
