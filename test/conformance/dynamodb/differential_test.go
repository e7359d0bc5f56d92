package dynamodb_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

const (
	// episodeLength is how many operations run on the same tables.
	episodeLength = 250
	// maxFindings ends a run: each is reduced to a few operations, and they tend to have one cause.
	maxFindings = 3
	// maxShare is how many of the operations one class may explain: a class that explains more hides what it does not mean.
	maxShare = 0.01
)

// tally counts what a differential run met.
type tally struct {
	done, alike int
	operations  map[string]int
	explained   map[string]int
}

// TestDifferential sends the same random operations to both and compares every answer. REGUA_CONFORMANCE_OPERATIONS says how many (the CI
// size without), REGUA_CONFORMANCE_SEED where they start. The operations of a seed are always the same.
func TestDifferential(t *testing.T) {
	p := &pair{ours: ours(t), oracle: oracle(t)}
	size, seed := variable(t, "REGUA_CONFORMANCE_OPERATIONS", 60_000), variable(t, "REGUA_CONFORMANCE_SEED", 1)
	n := tally{operations: map[string]int{}, explained: map[string]int{}}
	found := map[string]bool{}
	for episode := seed; n.done < size && len(found) < maxFindings; episode++ {
		history, d := p.episode(t, episode, &n)
		if d != nil && !found[d.shape()] {
			found[d.shape()] = true
			p.report(t, episode, history)
		}
	}
	n.print(t, seed)
}

var episodeTables = []string{"things", "numbers"}

// episode runs operations on new tables until the first difference that no class explains, or until they may have come to differ.
func (p *pair) episode(t *testing.T, seed int, n *tally) ([]operation, *difference) {
	t.Helper()
	c := &chance{Rand: rand.New(rand.NewPCG(uint64(seed), 0)), table: episodeTables[0], flat: episodeTables[1]}
	p.renew(t)
	var history []operation
	for len(history) < episodeLength {
		op := c.draw()
		history = append(history, op)
		n.done++
		n.operations[op.Name]++
		d, err := p.compare(op)
		if err != nil {
			t.Fatalf("seed %d, operation %d: %v\n%s %s", seed, len(history), err, op.Name, text(op.body))
		}
		if d == nil {
			n.alike++
			continue
		}
		k := explain(*d)
		if k == nil {
			return history, d
		}
		n.explained[k.name]++
		if d.ours[0] == '{' != (d.oracle[0] == '{') {
			break
		}
	}
	return nil, nil
}

func (p *pair) report(t *testing.T, seed int, history []operation) {
	t.Helper()
	last := history[len(history)-1]
	short, d := p.reduce(t, history)
	if d == nil {
		t.Errorf("seed %d, operation %d: the difference does not come back: %s %s", seed, len(history), last.Name, text(last.body))
		return
	}
	var before strings.Builder
	for _, op := range short[:len(short)-1] {
		fmt.Fprintf(&before, "\n  after:  %s %s", op.Name, text(op.body))
	}
	t.Errorf("seed %d, operation %d: %s %s%s\n  ours:   %s\n  oracle: %s", seed, len(history), d.op.Name, text(d.op.body), &before,
		d.ours, d.oracle)
}

func (n tally) print(t *testing.T, seed int) {
	t.Helper()
	t.Logf("%d operations from seed %d, %d answered alike: %v", n.done, seed, n.alike, n.operations)
	for _, k := range classes {
		share := float64(n.explained[k.name]) / float64(n.done)
		t.Logf("%5d, %.2f %%: %s (%s)", n.explained[k.name], 100*share, k.name, k.page)
		if n.done >= 10_000 && share > maxShare {
			t.Errorf("%q explains %.2f %% of the operations", k.name, 100*share)
		}
	}
}

func variable(t *testing.T, name string, without int) int {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		return without
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
