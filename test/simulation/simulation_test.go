package simulation

import (
	"crypto/sha256"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// deliveriesVariable says how many deliveries there are at least, seedVariable where chance begins: each world has the next seed.
	deliveriesVariable = "REGUA_SIMULATION_DELIVERIES"
	seedVariable       = "REGUA_SIMULATION_SEED"
	// usual is for every day, and few for -short.
	usual, few = 4_000, 500
	// workers is how many worlds live beside each other.
	workers = 2
	// crowdShare is how many deliveries there are for one in a crowd.
	crowdShare = 10
)

// people is how many cases a world has.
func people() int {
	if testing.Short() {
		return 4
	}
	return 24
}

// setting reads a number.
func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: want a number from 1", name, text)
	}
	return n
}

// TestMoneyIsPostedOnceUnderHostileDeliveries lives through worlds in which one thing happens at a time, until there were enough
// deliveries. A seed gives the same world again.
func TestMoneyIsPostedOnceUnderHostileDeliveries(t *testing.T) {
	n := wanted(t)
	through(t, n-n/crowdShare, func(seed uint64) kind {
		return kind{seed: seed, people: people(), debits: seed%2 == 1, long: seed%16 == 0}
	})
}

// TestMoneyIsPostedOnceInACrowd lives through worlds in which a few cases have their deliveries, requests and wake-ups at the same time.
func TestMoneyIsPostedOnceInACrowd(t *testing.T) {
	through(t, wanted(t)/crowdShare, func(seed uint64) kind {
		return kind{seed: seed, people: people() / 3, crowded: true, debits: seed%2 == 1}
	})
}

// wanted is how many deliveries there are to be.
func wanted(t *testing.T) int {
	if testing.Short() {
		return setting(t, deliveriesVariable, few)
	}
	return setting(t, deliveriesVariable, usual)
}

// through lives through worlds of the seeds from the first on, each worker one world after the other.
func through(t *testing.T, wanted int, of func(seed uint64) kind) {
	seed := setting(t, seedVariable, 1)
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a world dies as a whole
	var mu sync.Mutex
	var all tally
	worlds := 0
	started, cpu := time.Now(), processorTime(t)
	next := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		if t.Failed() || all.Deliveries >= wanted {
			return 0, false
		}
		worlds++
		return uint64(seed + worlds - 1), true
	}
	t.Run("worlds", func(t *testing.T) {
		for range workers {
			t.Run("worker", func(t *testing.T) {
				t.Parallel()
				for s, more := next(); more; s, more = next() {
					t.Run(fmt.Sprint("seed ", s), func(t *testing.T) {
						w := begin(t, of(s))
						w.live()
						mu.Lock()
						defer mu.Unlock()
						all.add(w.counts())
					})
				}
			})
		}
	})
	took, used := time.Since(started), processorTime(t)-cpu
	t.Logf("seeds %d to %d: %+v", seed, seed+worlds-1, all)
	t.Logf("%d deliveries in %s: %.0f a second; %s of processor time: %.0f a second of it", all.Deliveries, took.Round(time.Millisecond),
		float64(all.Deliveries)/took.Seconds(), used.Round(time.Millisecond), float64(all.Deliveries)/used.Seconds())
}

// TestTheSameSeedIsTheSameRun lives through a world twice.
func TestTheSameSeedIsTheSameRun(t *testing.T) {
	t.Parallel()
	var runs [2]string
	for n := range runs {
		w := begin(t, kind{seed: 11, people: 3, debits: true})
		w.live()
		told := sha256.New()
		for _, e := range w.cloud.Signals.Events() {
			_, _ = told.Write(e)
		}
		runs[n] = fmt.Sprintf("%+v, at %s, told %x", w.counts(), w.cloud.Clock.Now(), told.Sum(nil))
	}
	if runs[0] != runs[1] {
		t.Errorf("two runs differ:\n%s\n%s", runs[0], runs[1])
	}
}

// processorTime is what this process has used.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
