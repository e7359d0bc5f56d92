package simulation

import (
	"context"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/fault"
	"github.com/regua/regua/infra/local/wire"
)

const (
	// crash is the chance that a function dies at a boundary between two steps: half of the time before the call, half of it after.
	crash = 0.02
	// enough is how often the work on one message is struck: fewer times than the queue tries it.
	enough = 3
	// rules are the faults of the services besides.
	rules = "*:* 1% fail; *:* 1% fail-after; sqs:SendMessage 2% duplicate; sns:PublishBatch 2% duplicate"
)

// striker breaks the functions at their calls of the cloud: there is a step's boundary before each and after each.
type striker struct {
	dice *rand.Rand
	plan *fault.Plan

	mu      sync.Mutex
	on      bool
	work    map[string][sha256.Size]byte // by request: what the function works on, as its first call names it
	struck  map[[sha256.Size]byte]int
	crashes int
	faults  int
}

func newStriker(clk *clock.Clock, seed uint64) *striker {
	_, parsed, err := fault.Parse(rules)
	if err != nil {
		panic(err)
	}
	return &striker{
		dice: rand.New(newChance(seed, "strikes").source), plan: fault.NewPlan(clk, seed, parsed, io.Discard, func() {}),
		work: map[string][sha256.Size]byte{}, struck: map[[sha256.Size]byte]int{},
	}
}

// set begins or ends a time of strikes.
func (s *striker) set(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on = on
	clear(s.work)
	clear(s.struck)
}

// strike decides about a call: whether it may be struck at all, and whether the function dies before or after it.
func (s *striker) strike(ctx context.Context, call wire.Call) (open, before, after bool, name [sha256.Size]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	invocation, ok := lambdacontext.FromContext(ctx)
	if !s.on || !ok || call.Caller == cloud.Tool {
		return false, false, false, name
	}
	id := invocation.AwsRequestID
	name, known := s.work[id]
	if !known {
		letters := []byte(call.Caller + string(call.Body)) // whose members come in any order
		slices.Sort(letters)
		name = sha256.Sum256(letters)
		s.work[id] = name
	}
	if s.struck[name] >= enough {
		return false, false, false, name
	}
	draw := s.dice.Float64()
	if draw < crash {
		s.struck[name]++
		s.crashes++
	}
	return true, draw < crash/2, draw >= crash/2 && draw < crash, name
}

func (s *striker) intercept(ctx context.Context, call wire.Call, next func() (any, error)) (any, error) {
	open, before, after, name := s.strike(ctx, call)
	switch {
	case !open:
		return next()
	case before:
		runtime.Goexit()
	case after:
		_, _ = next() // nobody is there to see the answer
		runtime.Goexit()
	}
	answered := false
	answer, err := s.plan.Intercept(ctx, call, func() (any, error) {
		answer, err := next()
		answered = err == nil
		return answer, err
	})
	if err != nil && (answered || err.Error() == injected) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.struck[name]++
		s.faults++
	}
	return answer, err
}

// injected is what an injected fault says.
const injected = "InternalServerError: a fault was injected"
