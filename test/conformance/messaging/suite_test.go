package messaging_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/messaging"
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

// TestChecksOfOracle holds moto to the same checks: those that it fails must be the ones that say why. It prints both results.
func TestChecksOfOracle(t *testing.T) {
	targets := []target{ours(t), oracle(t)}
	var table, sums strings.Builder
	all := checks(t)
	passed, of := map[string]*[2]int{}, map[string]int{}
	total := [2]int{}
	for i, c := range all {
		if passed[c.file] == nil {
			passed[c.file] = new([2]int)
		}
		of[c.file]++
		verdicts := [2]string{}
		for j, on := range targets {
			err := c.run(on, i)
			switch {
			case err == nil:
				verdicts[j] = "pass"
				passed[c.file][j]++
				total[j]++
			case j == 1 && c.excuse != "":
				verdicts[j] = "differs: " + c.excuse
			default:
				verdicts[j] = "FAIL"
				t.Errorf("%s: %s: %v", []string{"ours", "moto"}[j], c.name, err)
			}
		}
		if c.excuse != "" && verdicts[1] == "pass" {
			t.Errorf("moto passes %q, which is excused: %s", c.name, c.excuse)
		}
		fmt.Fprintf(&table, "| %s | %s | %s |\n", c.name, verdicts[0], verdicts[1])
	}
	t.Logf("\n| check | ours | oracle |\n|---|---|---|\n%s", &table)
	for _, file := range []string{"sqs.txt", "sns.txt", "kms.txt", "secrets.txt", "s3.txt"} {
		fmt.Fprintf(&sums, "| %s (%d) | %d | %d |\n", strings.TrimSuffix(file, ".txt"), of[file], passed[file][0], passed[file][1])
	}
	t.Logf("\n%s", &sums)
	t.Logf("%d checks: ours passes %d, moto passes %d", len(all), total[0], total[1])
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
				next := schedule.Next(at)
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
		if c.excuse != "" && !strings.Contains(string(text), c.excuse) {
			t.Errorf("docs/divergences.md does not say why moto fails %q: %s", c.name, c.excuse)
		}
	}
}
