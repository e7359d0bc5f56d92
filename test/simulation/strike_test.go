package simulation

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/fault"
	"github.com/regua/regua/infra/local/wire"
)

const (
	// crash is the chance that a function dies at a boundary of one of its steps: there is one before each of its calls of the cloud, and one
	// after it.
	crash = 0.1
	// enough is how often the work on one message is struck: fewer times than the queue tries it.
	enough = 3
	// rules are the faults of the services besides.
	rules = "*:* 1% fail; *:* 1% fail-after; sqs:SendMessage 2% duplicate; sns:PublishBatch 2% duplicate"
)

// striker breaks the functions at their calls of the cloud: there is a step's boundary before each and after each.
type striker struct {
	dice *rand.Rand
	plan *fault.Plan

	crowded bool // calls of several functions interleave

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
		name = nameOf(call)
		s.work[id] = name
	}
	if s.struck[name] >= enough {
		return false, false, false, name
	}
	before = s.dice.Float64() < crash
	after = !before && s.dice.Float64() < crash
	if before || after {
		s.struck[name]++
		s.crashes++
	}
	return true, before, after, name
}

// nameOf names a call by its letters, as the members of its document come in any order.
func nameOf(call wire.Call) [sha256.Size]byte {
	var letters [256]uint32
	for _, c := range call.Body {
		letters[c]++
	}
	text := []byte(call.Caller)
	for _, n := range letters {
		text = binary.LittleEndian.AppendUint32(text, n)
	}
	return sha256.Sum256(text)
}

func (s *striker) intercept(ctx context.Context, call wire.Call, next func() (any, error)) (any, error) {
	if s.crowded {
		runtime.Gosched()
	}
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
