package stepfunctions_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func checks(t testing.TB) []check {
	t.Helper()
	all := written(t, "machines.txt") // first, for they take longest
	all = append(all, rows(t, "choices.txt", choiceCheck)...)
	all = append(all, rows(t, "values.txt", valueCheck)...)
	for _, file := range []string{"data.txt", "errors.txt", "waits.txt", "callbacks.txt", "branches.txt"} {
		all = append(all, written(t, file)...)
	}
	return append(all, coded()...)
}

// TestChecks holds the local cloud to every check, each on an engine of its own.
func TestChecks(t *testing.T) {
	for _, c := range checks(t) {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(ours(t), "machine"); err != nil {
				t.Error(err)
			}
		})
	}
}

// atOnce is how many executions LocalStack runs at a time.
const atOnce = 16

// TestChecksOfOracle holds LocalStack to the same checks: those that it fails must be the ones that say why. It prints both results.
func TestChecksOfOracle(t *testing.T) {
	g, all := oracle(t), checks(t)
	verdicts := make([]error, len(all))
	var group sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i := range all {
		group.Go(func() {
			places <- struct{}{}
			defer func() { <-places }()
			verdicts[i] = all[i].run(g, fmt.Sprintf("m%03d", i))
		})
	}
	group.Wait()
	for i, c := range all { // on a busy machine a task may take longer than the check grants it: once more, alone
		if verdicts[i] != nil && c.excuse == "" {
			t.Logf("again: %s: %v", c.name, verdicts[i])
			verdicts[i] = c.run(g, fmt.Sprintf("again%03d", i))
		}
	}
	var table strings.Builder
	passed := [2]int{}
	for i, c := range all {
		mine, theirs := "pass", "pass"
		if err := c.run(ours(t), "machine"); err != nil {
			mine = "FAIL"
			t.Errorf("ours: %s: %v", c.name, err)
		} else {
			passed[0]++
		}
		switch err := verdicts[i]; {
		case err == nil && c.excuse == "":
			passed[1]++
		case err == nil:
			t.Errorf("LocalStack passes %q, which is excused: %s", c.name, c.excuse)
		case c.excuse == "":
			theirs = "FAIL"
			t.Errorf("LocalStack: %s: %v", c.name, err)
		default:
			theirs = "differs: " + c.excuse
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", c.name, mine, theirs)
	}
	t.Logf("\n| check | ours | oracle |\n|---|---|---|\n%s", &table)
	t.Logf("%d checks: ours passes %d, LocalStack passes %d", len(all), passed[0], passed[1])
}

// TestKnownDifferencesAreWrittenDown holds docs/divergences.md to the excuses of this suite.
func TestKnownDifferencesAreWrittenDown(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "divergences.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks(t) {
		if c.excuse != "" && !strings.Contains(string(text), c.excuse) {
			t.Errorf("docs/divergences.md does not say why LocalStack fails %q: %s", c.name, c.excuse)
		}
	}
}
