package otp_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/otp"
	"github.com/regua/regua/shared/session"
)

func TestTheRightCodeOpensASession(t *testing.T) {
	w := newWorld(t, 1)
	issued := w.mustRequest(document, contract)
	w.taken()
	w.advance(otp.CodeLife - time.Millisecond)
	token, opened, err := w.verify(issued, w.code())
	if err != nil || w.taken() != "UpdateItem UpdateItem TransactWriteItems" {
		t.Fatalf("verify: %v", err)
	}
	if opened.Creditor != creditor || opened.Case != w.caseID || opened.Challenge != issued.Challenge || opened.Channel != issued.Channel {
		t.Errorf("session %+v", opened)
	}
	keeper := session.Keeper{Store: w.store, Now: w.clock}
	dossier, s, err := keeper.Authenticate(t.Context(), token)
	if err != nil || dossier.Case.ID != w.caseID || s != opened || w.taken() != "Query" {
		t.Errorf("authenticate: %+v, %v", s, err)
	}
	if _, _, err := w.verify(issued, w.code()); !errors.Is(err, otp.ErrRejected) {
		t.Errorf("the same code again: %v", err)
	}
	w.mustRequest(document, contract) // whoever proved the code need not cool down
}

func TestRejectedCodes(t *testing.T) {
	for name, try := range map[string]func(w *world) error{
		"wrong": func(w *world) error { return w.guess(w.mustRequest(document, contract), other(w.code())) },
		"expired": func(w *world) error {
			issued := w.mustRequest(document, contract)
			w.advance(otp.CodeLife)
			return w.guess(issued, w.code())
		},
		"replaced": func(w *world) error {
			issued, code := w.mustRequest(document, contract), w.code()
			w.advance(time.Minute)
			w.mustRequest(document, contract)
			return w.guess(issued, code)
		},
		"after five tries": func(w *world) error {
			issued := w.mustRequest(document, contract)
			for range otp.MaxTries {
				_ = w.guess(issued, other(w.code()))
			}
			return w.guess(issued, w.code())
		},
		"of another challenge": func(w *world) error {
			w.mustRequest(document, "VP-9")
			code := w.code()
			return w.guess(w.mustRequest(document, contract), code)
		},
		"right, of an unknown contract": func(w *world) error { return w.guess(w.mustRequest(document, "VP-9"), w.code()) },
		"right, channel not on file": func(w *world) error {
			issued, err := w.issuer.Request(w.t.Context(), otp.Claim{
				Creditor: creditor, Document: document, Contract: contract, Channel: collection.ChannelSMS,
			})
			if err != nil {
				w.t.Fatal(err)
			}
			return w.guess(issued, w.code())
		},
		"challenge of nobody": func(w *world) error {
			issued := w.mustRequest(document, contract)
			issued.Creditor = "other-house"
			return w.guess(issued, w.code())
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := try(newWorld(t, 2)); !errors.Is(err, otp.ErrRejected) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func (w *world) guess(issued otp.Issued, code string) error {
	_, _, err := w.verify(issued, code)
	return err
}

func TestTenWrongCodesLockTheCaseForADay(t *testing.T) {
	for name, number := range map[string]string{"known": contract, "unknown": "VP-9"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 3)
			for range otp.MaxWrong / otp.MaxTries {
				issued := w.mustRequest(document, number)
				for range otp.MaxTries {
					if err := w.guess(issued, other(w.code())); !errors.Is(err, otp.ErrRejected) {
						t.Fatal(err)
					}
				}
				w.advance(10 * time.Minute)
			}
			if _, err := w.request(document, number); waitOf(t, err) != otp.Window-20*time.Minute {
				t.Errorf("another code: %v", err)
			}
			w.advance(otp.Window - 20*time.Minute)
			issued := w.mustRequest(document, number)
			err := w.guess(issued, w.code())
			if (err == nil) != (number == contract) {
				t.Errorf("a day later: %v", err)
			}
		})
	}
}

func TestALockedCaseRefusesTheRightCode(t *testing.T) {
	w := newWorld(t, 4)
	first := w.mustRequest(document, contract)
	for range otp.MaxTries {
		_ = w.guess(first, other(w.code()))
	}
	w.advance(time.Minute)
	next := w.mustRequest(document, contract)
	for range otp.MaxTries - 1 {
		_ = w.guess(next, other(w.code()))
	}
	w.advance(2 * time.Minute)
	last, code := w.mustRequest(document, contract), w.code()
	if err := w.guess(last, other(code)); !errors.Is(err, otp.ErrRejected) { // the tenth
		t.Fatal(err)
	}
	compared := 0
	w.verifier.Compared = func() { compared++ }
	if err := w.guess(last, code); !errors.Is(err, otp.ErrRejected) || compared != 0 {
		t.Errorf("the right code after ten wrong ones: %v, compared %d times", err, compared)
	}
}

func TestARightCodeTakesItsCountBack(t *testing.T) {
	w := newWorld(t, 5)
	for round := range 3 { // three wrong and one right, thrice: nine wrong
		issued := w.mustRequest(document, contract)
		for range 3 {
			_ = w.guess(issued, other(w.code()))
		}
		if err := w.guess(issued, w.code()); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		w.advance(10 * time.Minute)
	}
	if err := w.guess(w.mustRequest(document, contract), w.code()); err != nil {
		t.Errorf("after nine wrong codes: %v", err)
	}
}

// A thousand guesses at once, the right code among them in some places: exactly five are compared and at most one opens a session.
func TestParallelGuesses(t *testing.T) {
	seeds := uint64(5)
	if testing.Short() {
		seeds = 1
	}
	won := 0
	for seed := range seeds {
		won += parallelGuesses(t, seed)
	}
	if !testing.Short() && won == 0 {
		t.Error("the right code never won: nothing was tested")
	}
}

func parallelGuesses(t *testing.T, seed uint64) (won int) {
	t.Helper()
	const guesses = 1_000
	w := newWorld(t, seed)
	var compared, opened, strange atomic.Int64
	w.verifier.Compared = func() { compared.Add(1) }
	issued := w.mustRequest(document, contract)
	code, order := w.code(), rand.New(rand.NewPCG(seed, 1))
	start, group := make(chan struct{}), sync.WaitGroup{}
	for range guesses {
		guess := fmt.Sprintf("%08d", order.IntN(100_000_000))
		if order.IntN(4) == 0 {
			guess = code
		}
		group.Go(func() {
			<-start
			switch err := w.guess(issued, guess); {
			case err == nil:
				opened.Add(1)
			case !errors.Is(err, otp.ErrRejected):
				strange.Add(1)
			}
		})
	}
	close(start)
	group.Wait()
	n := compared.Load()
	// A session that is opened ends the challenge at once, before its tries are used up.
	if n > otp.MaxTries || n < otp.MaxTries && opened.Load() == 0 || opened.Load() > 1 || strange.Load() > 0 {
		t.Errorf("seed %d: %d compared, %d sessions, %d other errors", seed, n, opened.Load(), strange.Load())
	}
	return int(opened.Load())
}

func TestParallelWrongGuessesAreComparedFiveTimes(t *testing.T) {
	w := newWorld(t, 6)
	var compared atomic.Int64
	w.verifier.Compared = func() { compared.Add(1) }
	issued := w.mustRequest(document, contract)
	wrong := other(w.code())
	var group sync.WaitGroup
	for range 1_000 {
		group.Go(func() { _ = w.guess(issued, wrong) })
	}
	group.Wait()
	if compared.Load() != otp.MaxTries {
		t.Errorf("%d guesses were compared, want %d", compared.Load(), otp.MaxTries)
	}
}
