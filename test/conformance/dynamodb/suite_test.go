package dynamodb_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func checks(t testing.TB) []check {
	t.Helper()
	all := rows(t, "conditions.txt", conditionSteps)
	all = append(all, rows(t, "updates.txt", updateSteps)...)
	for _, file := range []string{"items.txt", "queries.txt", "several.txt"} {
		all = append(all, written(t, file)...)
	}
	return append(all, coded()...)
}

// prepare makes the tables that the checks share.
func (g *target) prepare(t testing.TB) {
	t.Helper()
	g.create(t, table("things"))
	g.create(t, flatTable("numbers"))
}

// TestChecks holds the local cloud to every check.
func TestChecks(t *testing.T) {
	g := ours(t)
	g.prepare(t)
	for i, c := range checks(t) {
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(g, partition(i)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestChecksOfOracle holds DynamoDB Local to the same checks: those that it fails must be the ones that say why. It prints both results.
func TestChecksOfOracle(t *testing.T) {
	g, mine := oracle(t), ours(t)
	mine.prepare(t)
	g.prepare(t)
	var table strings.Builder
	passed, all := [2]int{}, checks(t)
	for i, c := range all {
		verdicts := [2]string{}
		for j, target := range []*target{mine, g} {
			verdicts[j] = "pass"
			err := c.run(target, partition(i))
			if err == nil {
				passed[j]++
				continue
			}
			verdicts[j] = "FAIL"
			if target == g && c.excuse != "" {
				verdicts[j] = "differs: " + c.excuse
				continue
			}
			t.Errorf("%s: %s: %v", target.name, c.name, err)
		}
		if c.excuse != "" && verdicts[1] == "pass" {
			t.Errorf("DynamoDB Local passes %q, which is excused: %s", c.name, c.excuse)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", c.name, verdicts[0], verdicts[1])
	}
	t.Logf("\n| check | ours | oracle |\n|---|---|---|\n%s", &table)
	t.Logf("%d checks: ours passes %d, DynamoDB Local %d", len(all), passed[0], passed[1])
}

func partition(i int) string { return fmt.Sprintf("p%03d", i) }

// TestKnownDifferencesAreWrittenDown holds docs/divergences.md to the classes and excuses of this suite.
func TestKnownDifferencesAreWrittenDown(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "divergences.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range classes {
		if !strings.Contains(string(text), "| "+c.name+" |") {
			t.Errorf("docs/divergences.md has no row for the class %q", c.name)
		}
	}
	for _, c := range checks(t) {
		if c.excuse != "" && !strings.Contains(string(text), c.excuse) {
			t.Errorf("docs/divergences.md does not say why DynamoDB Local fails %q: %s", c.name, c.excuse)
		}
	}
}
