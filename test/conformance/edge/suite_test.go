package edge_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// check is one behaviour.
type check struct {
	name   string
	excuse string // why LocalStack need not pass it: AWS's page that says otherwise
	run    func(g *target) error
}

// excused are the rows of proxy_test.go that LocalStack fails.
var excused = map[string]string{
	"a repeated header":               pageProxy,
	"a value in both forms":           pageProxy,
	"a body that is no text":          pageProxy,
	"a header that the gateway keeps": pageNotes,
	"a query with a semicolon":        pageNotes,
}

func checks() []check { return append(invocations(), proxied()...) }

// TestChecks holds the local cloud to every check, with its functions in process and as binaries.
func TestChecks(t *testing.T) {
	for name, binaries := range map[string]bool{"in process": false, "as binaries": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := ours(t, binaries)
			for _, c := range checks() {
				t.Run(c.name, func(t *testing.T) {
					if err := c.run(g); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

// TestChecksOfOracle holds LocalStack to the same checks: those that it fails must be the ones that say why. It prints both results.
func TestChecksOfOracle(t *testing.T) {
	g, mine := oracle(t), ours(t, false)
	var table strings.Builder
	passed, all := [2]int{}, checks()
	for _, c := range all {
		verdicts := [2]string{}
		for j, target := range []*target{mine, g} {
			verdicts[j] = "pass"
			err := c.run(target)
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
			t.Errorf("LocalStack passes %q, which is excused: %s", c.name, c.excuse)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", c.name, verdicts[0], verdicts[1])
	}
	t.Logf("\n| check | ours | LocalStack |\n|---|---|---|\n%s", &table)
	t.Logf("%d checks: ours passes %d, LocalStack passes %d", len(all), passed[0], passed[1])
}

// TestKnownDifferencesAreWrittenDown holds docs/divergences.md to the excuses of this suite.
func TestKnownDifferencesAreWrittenDown(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "divergences.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks() {
		if c.excuse != "" && !strings.Contains(string(text), c.excuse) {
			t.Errorf("docs/divergences.md does not say why LocalStack fails %q: %s", c.name, c.excuse)
		}
	}
}
