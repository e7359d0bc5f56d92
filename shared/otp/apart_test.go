package otp_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/otp"
)

// step is what an outsider does: ask for a code with one of two contracts, ask again, or guess.
type step struct {
	contract int
	do       string
	wait     time.Duration
}

// watch plays steps with two claims of one document and returns all that can be seen: each answer and the calls behind it.
func (w *world) watch(contracts [2]string, steps []step) []string {
	w.t.Helper()
	var live [2]otp.Issued
	var shown []string
	for _, s := range steps {
		w.advance(s.wait)
		w.taken()
		var issued otp.Issued
		var err error
		switch s.do {
		case "request":
			issued, err = w.request(document, contracts[s.contract])
		case "resend":
			issued, err = w.resend(live[s.contract])
		case "guess": // no code: whoever sees only the answers has none
			err = w.guess(live[s.contract], "00000000")
		}
		if err == nil {
			live[s.contract] = issued
		}
		var wait time.Duration
		var many *otp.TooManyError
		if errors.As(err, &many) {
			wait = many.RetryAfter
		}
		shown = append(shown, fmt.Sprintf("%+v: %v after %s, next after %s, calls %s", s, err, wait, issued.ResendAfter, w.taken()))
	}
	return shown
}

// Whatever an outsider does with two contract numbers of one document, nothing that is answered, nor what it takes, tells two contracts of
// one case from two that do not exist, or from one that does and one that does not.
func TestTwoContractsOfOneCaseLookLikeTwoStrangers(t *testing.T) {
	seed := uint64(100)
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) step {
			return step{
				rapid.IntRange(0, 1).Draw(rt, "contract"), rapid.SampledFrom([]string{"request", "resend", "guess", "guess", "guess"}).Draw(rt, "do"),
				rapid.SampledFrom([]time.Duration{0, 0, 0, time.Minute, 5 * time.Minute, time.Hour, 24 * time.Hour}).Draw(rt, "wait"),
			}
		}), 1, 60).Draw(rt, "steps")
		seed++
		want := newWorld(t, seed).watch([2]string{contract, second}, steps)
		for _, strangers := range [][2]string{{"VP-8", "VP-9"}, {contract, "VP-9"}} {
			if got := newWorld(t, seed).watch(strangers, steps); !slices.Equal(got, want) {
				rt.Fatalf("%v:\n%q\none case:\n%q", strangers, got, want)
			}
		}
	})
}

// The deepest of those stories, told out: one contract locks its case, and the other goes on exactly as one that is not known.
func TestALockedCaseDoesNotShowByItsOtherContract(t *testing.T) {
	var steps []step
	for i := range 2 { // each contract up to its last wrong code, and a request for one more
		for range otp.MaxWrong / otp.MaxTries {
			steps = append(steps, step{i, "request", 10 * time.Minute})
			for range otp.MaxTries + 1 {
				steps = append(steps, step{i, "guess", 0})
			}
		}
		steps = append(steps, step{i, "request", 10 * time.Minute})
	}
	known, strange := newWorld(t, 9).watch([2]string{contract, second}, steps), newWorld(t, 9).watch([2]string{"VP-8", "VP-9"}, steps)
	if !slices.Equal(known, strange) {
		t.Errorf("one case:\n%q\nstrangers:\n%q", known, strange)
	}
}

// Ten wrong codes a day hold over all contracts of a case, one after the other and at once.
func TestWrongCodesCountOverAllContractsOfACase(t *testing.T) {
	w := newWorld(t, 10)
	var compared atomic.Int64
	w.verifier.Compared = func() { compared.Add(1) }
	contracts := []string{"VP-11", "VP-12", "VP-13", "VP-14"}
	w.place(w.issuer.Chance, "11144477735", "a***@b***.com", "", contracts...)
	var group sync.WaitGroup
	for _, number := range contracts {
		issued := w.mustRequest("11144477735", number)
		wrong := other(w.code())
		for range 50 {
			group.Go(func() {
				if err := w.guess(issued, wrong); !errors.Is(err, otp.ErrRejected) {
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
	if compared.Load() != otp.MaxWrong {
		t.Errorf("%d guesses were compared, want %d", compared.Load(), otp.MaxWrong)
	}
	w.advance(10 * time.Minute)
	last := w.mustRequest("11144477735", contracts[0])
	if err := w.guess(last, w.code()); !errors.Is(err, otp.ErrRejected) || compared.Load() != otp.MaxWrong {
		t.Errorf("the right code of a locked case: %v", err)
	}
	w.advance(otp.Window)
	last = w.mustRequest("11144477735", contracts[3])
	if err := w.guess(last, w.code()); err != nil {
		t.Errorf("a day later: %v", err)
	}
}
