// Package crash kills the local cloud, or one of its functions, with SIGKILL in the middle of the payment flow, over and over, and holds
// what is left to what was acknowledged. It runs infra/local as a process of its own, on a data directory.
package crash

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// crowd is how many people act at once in a round.
	crowd = 2
	// storyTimeout bounds a round's story, killed or not.
	storyTimeout = 30 * time.Second
	// patience is how long a client waits for what a killed function was doing: the queue gives it out again only minutes later.
	patience = 1500 * time.Millisecond
	// jitter is the most that passes between an answer and the kill.
	jitter = 6 * time.Millisecond
	// returns is longer than any queue hides a message that a dead function had, and than the coolest code takes to be sent again.
	returns = 7 * time.Minute
	// settles is longer than every retry of the flow.
	settles = 10 * time.Minute
)

// number reads a whole number from the environment.
func number(t *testing.T, name string, usual int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s=%q: want a whole number", name, text)
	}
	return n
}

// plan is how many rounds a test has, and from which seed.
func plan(t *testing.T) (rounds int, seed uint64) {
	t.Helper()
	usual := 8
	switch {
	case os.Getenv("REGUA_SOAK") != "":
		usual = 250
	case testing.Short():
		usual = 3
	}
	rounds, seed = number(t, "REGUA_CRASH_ROUNDS", usual), uint64(number(t, "REGUA_CRASH_SEED", 1))
	t.Logf("%d rounds from seed %d; the same again by REGUA_CRASH_ROUNDS=%d REGUA_CRASH_SEED=%d go test -count=1 -run '^%s$' ./test/crash",
		rounds, seed, rounds, seed, t.Name())
	return rounds, seed
}

// meter counts answers, for a kill to happen after one of them.
type meter struct {
	mu      sync.Mutex
	count   int
	changed chan struct{} // closed and made anew at each answer
}

func newMeter() *meter { return &meter{changed: make(chan struct{})} }

func (m *meter) tick() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	close(m.changed)
	m.changed = make(chan struct{})
}

// reach waits until so many answers were counted, or ctx ends.
func (m *meter) reach(ctx context.Context, count int) {
	for {
		m.mu.Lock()
		enough, changed := m.count >= count, m.changed
		m.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// act lets people go on with their stories, side by side, until each has come to its end or ctx ends. What a client can only take for the
// server's end is no error.
func act(ctx context.Context, t *testing.T, h *host, people []*person, m *meter) (ended int) {
	var all sync.WaitGroup
	errs := make([]error, len(people))
	for i, p := range people {
		p.progress = m.tick
		all.Go(func() { errs[i] = p.goOn(ctx, h) })
	}
	all.Wait()
	for i, err := range errs {
		switch {
		case err == nil:
			ended++
		case errors.Is(err, errRefused) || ctx.Err() == nil:
			t.Errorf("%s: %v", people[i].contract, err)
		}
	}
	return ended
}

// finish lets people end their stories on a host that nobody kills, and the queues run empty.
func finish(t *testing.T, h *host, people []*person) {
	t.Helper()
	h.advance(returns)
	ctx, cancel := context.WithTimeout(t.Context(), storyTimeout)
	defer cancel()
	if ended := act(ctx, t, h, people, newMeter()); ended < len(people) {
		t.Errorf("only %d of %d people came to the end: %v", ended, len(people), ctx.Err())
	}
	h.advance(settles)
}

// TestKillNineOfTheCloudLosesNothing kills the whole local cloud at a moment of the story and starts it again on the same directory.
func TestKillNineOfTheCloudLosesNothing(t *testing.T) {
	t.Parallel()
	rounds, seed := plan(t)
	file, people := portfolio(t, seed, crowd*(rounds+1))
	h := newHost(t, file, "")
	h.start()
	dice := rand.New(rand.NewPCG(seed, 0))
	smooth := newMeter()
	act(t.Context(), t, h, people[:crowd], smooth)
	finish(t, h, people[:crowd])
	check(t, h, people[:crowd])
	for round := range rounds {
		if t.Failed() {
			t.Fatalf("the rounds end at %d", round)
		}
		now := people[crowd*(round+1):][:crowd]
		killAt, wait := dice.IntN(smooth.count+2), time.Duration(dice.Int64N(int64(jitter)))
		before := killed(t, h, now, killAt, wait)
		h.start()
		before.holds(t, h)
		finish(t, h, now)
		before.prefixes(t, h)
		check(t, h, now)
		if t.Failed() {
			t.Logf("round %d killed the cloud %s after answer %d of about %d", round, wait, killAt, smooth.count)
		}
	}
	checkAll(t, h)
}

// killed lets people act and kills the host after an answer; it returns what the executions were shortly before.
func killed(t *testing.T, h *host, people []*person, at int, wait time.Duration) records {
	ctx, cancel := context.WithTimeout(t.Context(), storyTimeout)
	defer cancel()
	m, done := newMeter(), make(chan struct{})
	go func() {
		defer close(done)
		act(ctx, t, h, people, m)
		m.mu.Lock()
		m.count += 1 << 20 // the story ended first
		m.mu.Unlock()
		m.tick()
	}()
	m.reach(ctx, at)
	before := h.records(people)
	timer := time.NewTimer(wait)
	<-timer.C
	h.kill()
	cancel()
	<-done
	return before
}

// TestKillNineOfAFunctionLosesNothing kills one function's process after another while the cloud lives on, and in the end the cloud too;
// whoever was left waiting for a queue's retry goes on where the clock can be moved.
func TestKillNineOfAFunctionLosesNothing(t *testing.T) {
	t.Parallel()
	directory := os.Getenv("REGUA_BOOTSTRAP_DIR")
	if directory == "" {
		t.Skip("REGUA_BOOTSTRAP_DIR names no directory of the functions' binaries; make check-crash builds them and sets it")
	}
	rounds, seed := plan(t)
	const block = 25 // rounds on one data directory: its clock is moved in the end, which processes do not bear
	for from := 0; from < rounds && !t.Failed(); from += block {
		some := min(block, rounds-from)
		t.Run(fmt.Sprintf("rounds from %d", from), func(t *testing.T) {
			dice := rand.New(rand.NewPCG(seed, uint64(1+from)))
			file, people := portfolio(t, seed+uint64(from), crowd*some)
			people = people[:crowd*some]
			h := newHost(t, file, directory)
			h.start()
			kills := map[string]int{}
			for round := range some {
				killFunctions(t, h, people[crowd*round:][:crowd], dice, kills)
			}
			left := h.children()
			before := h.records(people[len(people)-crowd:])
			h.kill()
			for name, pid := range left {
				h.eventually(name+" ends with the cloud", func() bool { return syscall.Kill(pid, 0) != nil })
			}
			h.functions = ""
			h.start()
			before.holds(t, h)
			finish(t, h, people)
			before.prefixes(t, h)
			check(t, h, people)
			checkAll(t, h)
			t.Logf("killed %v", kills)
		})
	}
}

// killFunctions lets people act while one function's process after another is killed, each after an answer.
func killFunctions(t *testing.T, h *host, people []*person, dice *rand.Rand, kills map[string]int) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	m, done := newMeter(), make(chan struct{})
	go func() {
		defer close(done)
		act(ctx, t, h, people, m)
		cancel()
	}()
	for at := 1 + dice.IntN(10); ctx.Err() == nil; at += 1 + dice.IntN(10) {
		m.reach(ctx, at)
		living := h.children()
		if len(living) == 0 || ctx.Err() != nil {
			continue
		}
		names := slices.Sorted(maps.Keys(living))
		name := names[dice.IntN(len(names))]
		if syscall.Kill(living[name], syscall.SIGKILL) == nil {
			kills[name]++
		}
	}
	<-done
}
