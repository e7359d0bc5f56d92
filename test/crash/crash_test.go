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
	// story is about how many answers a story of the crowd has.
	story = 32
	// instalments is how many payments a person has at most.
	instalments = 3
	// crowd is how many people act at once in a round.
	crowd = 2
	// storyTimeout bounds a round's story, killed or not.
	storyTimeout = 30 * time.Second
	// personTime is what it may be longer for each person who acts beside others.
	personTime = time.Second
	// patience is how long a client waits for what a killed function was doing: the queue gives it out again only minutes later.
	patience = 1500 * time.Millisecond
	// jitter is the most that passes between an answer and the kill.
	jitter = 6 * time.Millisecond
	// returns is longer than any queue hides a message that a dead function had, and than the coolest code takes to be sent again.
	returns = 7 * time.Minute
	// most is how many reports of money one kill waits for, and stall how long: the people of a round may have none left to make.
	most  = 3
	stall = 300 * time.Millisecond
	// sleeps is longer than an execution's head start, after which it waits for money.
	sleeps = time.Minute
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
	usual := 3
	switch {
	case os.Getenv("REGUA_SOAK") != "":
		usual = 170
	case testing.Short():
		usual = 1
	}
	rounds, seed = number(t, "REGUA_CRASH_ROUNDS", usual), uint64(number(t, "REGUA_CRASH_SEED", 1))
	t.Logf("%d rounds from seed %d; the same again by REGUA_CRASH_ROUNDS=%d REGUA_CRASH_SEED=%d go test -count=1 -run '^%s$' ./test/crash",
		rounds, seed, rounds, seed, t.Name())
	return rounds, seed
}

// meter counts answers, and the reports of money acknowledged, for a kill to happen after one of them.
type meter struct {
	mu                  sync.Mutex
	count, acknowledged int
	changed             chan struct{} // closed and made anew at each of them
}

func newMeter() *meter { return &meter{changed: make(chan struct{})} }

func (m *meter) tick()        { m.add(1, 0) }
func (m *meter) acknowledge() { m.add(0, 1) }

func (m *meter) add(answers, acknowledged int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count, m.acknowledged = m.count+answers, m.acknowledged+acknowledged
	close(m.changed)
	m.changed = make(chan struct{})
}

// reach waits until so many answers and so many acknowledgements were counted, or ctx ends.
func (m *meter) reach(ctx context.Context, count, acknowledged int) {
	for {
		m.mu.Lock()
		enough, changed := m.count >= count && m.acknowledged >= acknowledged, m.changed
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
		p.meter = m
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

// restart starts the host on what a kill has left, with nothing to heal it, and gives it the time of every retry: now all that was
// acknowledged must have had its effect, before anybody repeats anything.
func restart(t *testing.T, h *host, people []*person, before records) {
	t.Helper()
	h.start(unhealed)
	before.holds(t, h, true)
	h.advance(returns)
	kept(t, h, people)
}

// goOnAlone lets people act on a host that nobody kills, until all have come to their ends.
func goOnAlone(t *testing.T, h *host, people []*person) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), storyTimeout+time.Duration(len(people))*personTime)
	defer cancel()
	if ended := act(ctx, t, h, people, newMeter()); ended < len(people) {
		h.advance(returns)
		kept(t, h, people)
		t.Fatalf("only %d of %d people came to the end: %v", ended, len(people), ctx.Err())
	}
}

// finish lets people end their stories, and the queues run empty.
func finish(t *testing.T, h *host, people []*person) {
	t.Helper()
	goOnAlone(t, h, people)
	h.advance(settles)
	check(t, h, people)
}

// TestKillNineOfTheCloudLosesNothing kills the whole local cloud three times in each round and starts it again on the same directory. What
// would heal a loss (the sweep, the question to the provider at an expiry) is cut off until the end, so that nothing but what was stored
// can bring the books in order.
func TestKillNineOfTheCloudLosesNothing(t *testing.T) {
	t.Parallel()
	rounds, seed := plan(t)
	file, people := portfolio(t, seed, crowd*(rounds+1))
	h := newHost(t, file, "")
	h.start(unhealed)
	dice := rand.New(rand.NewPCG(seed, 0))
	finish(t, h, people[:crowd])
	for round := range rounds {
		if t.Failed() {
			t.Fatalf("the rounds end at %d", round)
		}
		killThrice(t, h, people[crowd*(round+1):][:crowd], dice)
	}
	heal(t, h)
}

// heal starts the host as people run it, and wants nothing left over.
func heal(t *testing.T, h *host) {
	t.Helper()
	h.kill()
	h.start("")
	h.advance(settles)
	checkAll(t, h)
}

// killThrice is a round: the cloud dies at any moment of a story or at its end, where a last payment is left, then at rest, while
// executions wait for money, and then as it acknowledges a report of money, with the clock stalled.
func killThrice(t *testing.T, h *host, people []*person, dice *rand.Rand) {
	t.Helper()
	killAt, wait := dice.IntN(story), time.Duration(dice.Int64N(int64(jitter)))
	stalled, acknowledged, late := []string{inIntake, inCodes}[dice.IntN(2)], 1+dice.IntN(most), jitter*time.Duration(dice.IntN(2))
	stage := "after an answer"
	defer func() {
		if t.Failed() {
			t.Logf("killed %s: %s after answer %d, at rest, %s after %d reports of money with %s", stage, wait, killAt, late, acknowledged, stalled)
		}
	}()
	leave(people, 1)
	before := h.records(people)
	killed(t, h, people, func(ctx context.Context, m *meter) {
		m.reach(ctx, killAt, 0)
		<-time.After(wait)
	})
	restart(t, h, people, before)

	stage = "at rest"
	leave(people, instalments)
	goOnAlone(t, h, people)
	leave(people, 0)
	h.advance(sleeps)
	rest := h.records(people)
	h.kill()
	h.start(stalled)
	rest.holds(t, h, false)

	stage = "after a report of money"
	if _, err := people[0].challenge(t.Context(), h); err != nil { // whose code comes after the restart, if ever
		t.Error(err)
	}
	killed(t, h, people, func(ctx context.Context, m *meter) {
		ctx, cancel := context.WithTimeout(ctx, stall)
		defer cancel()
		m.reach(ctx, 0, acknowledged)
		<-time.After(late)
	})
	restart(t, h, people, rest)
	finish(t, h, people)
	rest.prefixes(t, h)
}

// leave has people leave their last payments for later.
func leave(people []*person, unpaid int) {
	for _, p := range people {
		p.unpaid = unpaid
	}
}

// killed lets people act and kills the host at a moment.
func killed(t *testing.T, h *host, people []*person, moment func(context.Context, *meter)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), storyTimeout)
	defer cancel()
	m, done := newMeter(), make(chan struct{})
	go func() {
		defer close(done)
		act(ctx, t, h, people, m)
		m.add(1<<20, 1<<20) // the story ended first
	}()
	moment(ctx, m)
	h.kill()
	cancel()
	<-done
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
			h.start(unhealed)
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
			restart(t, h, people, before)
			finish(t, h, people)
			before.prefixes(t, h)
			heal(t, h)
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
		m.reach(ctx, at, 0)
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
