package messaging_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/test/localstack"
)

// TestChecks holds the local cloud to every check.
func TestChecks(t *testing.T) {
	seen := map[string]bool{}
	for i, c := range checks(t) {
		if seen[c.name] {
			t.Errorf("two checks are named %q", c.name)
		}
		seen[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			if err := c.run(ours(t), i); err != nil {
				t.Error(err)
			}
		})
	}
}

// The oracles, as they are named in tables.
const (
	moto       = "moto"
	localStack = "LocalStack"
)

// TestChecksOfOracles holds moto and LocalStack to the same checks: those that one fails must be the ones that say why. It prints the
// results.
func TestChecksOfOracles(t *testing.T) {
	t.Run(moto, func(t *testing.T) { compare(t, moto, startMoto(t)) })
	t.Run(localStack, func(t *testing.T) { compare(t, localStack, remote(localstack.Start(t))) })
}

func compare(t *testing.T, name string, oracle target) {
	t.Helper()
	mine := ours(t)
	var table, sums strings.Builder
	all := checks(t)
	passed, of := map[string][2]int{}, map[string]int{}
	total := [2]int{}
	for i, c := range all {
		of[c.file]++
		verdicts := [2]string{"FAIL", "FAIL"}
		for j, on := range []target{mine, oracle} {
			err := c.run(on, i)
			switch {
			case err == nil:
				verdicts[j] = "pass"
				sum := passed[c.file]
				sum[j]++
				passed[c.file] = sum
				total[j]++
			case j == 1 && c.excuses[name] != "":
				verdicts[j] = "differs: " + c.excuses[name]
			default:
				t.Errorf("%s: %s: %v", []string{"ours", name}[j], c.name, err)
			}
		}
		if c.excuses[name] != "" && verdicts[1] == "pass" {
			t.Errorf("%s passes %q, which is excused: %s", name, c.name, c.excuses[name])
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", c.name, verdicts[0], verdicts[1])
	}
	t.Logf("\n| check | ours | %s |\n|---|---|---|\n%s", name, &table)
	for _, file := range slices.Sorted(maps.Keys(of)) {
		fmt.Fprintf(&sums, "| %s (%d) | %d | %d |\n", strings.TrimSuffix(file, ".txt"), of[file], passed[file][0], passed[file][1])
	}
	t.Logf("\n%s", &sums)
	t.Logf("%d checks: ours passes %d, %s passes %d", len(all), total[0], name, total[1])
}

// TestSchedules holds rules to the occurrences that AWS's guides give for their expressions.
func TestSchedules(t *testing.T) {
	text, err := os.ReadFile("testdata/schedules.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(strings.TrimSpace(line), " | ")
		t.Run(parts[0]+" "+parts[1], func(t *testing.T) {
			schedule, err := messaging.ParseSchedule(parts[0])
			if (err != nil) != (parts[1] == "refused") {
				t.Fatalf("error %v", err)
			}
			if err != nil {
				return
			}
			at, err := time.Parse(time.RFC3339, parts[1])
			if err != nil {
				t.Fatal(err)
			}
			for want := range strings.FieldsSeq(parts[2]) {
				next := schedule(at)
				if got := next.Format(time.RFC3339); got != want && (want != "never" || !next.IsZero()) {
					t.Fatalf("after %s: %s, want %s", at.Format(time.RFC3339), got, want)
				}
				at = next
			}
		})
	}
}

// TestKnownDifferencesAreWrittenDown holds docs/divergences.md to the excuses of this suite.
func TestKnownDifferencesAreWrittenDown(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "divergences.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks(t) {
		for name, excuse := range c.excuses {
			if !strings.Contains(string(text), excuse) {
				t.Errorf("docs/divergences.md does not say why %s fails %q: %s", name, c.name, excuse)
			}
		}
	}
}
