package simulation

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	module          = "../.."
	plantedVariable = "REGUA_SIMULATION_PLANTED"
	money           = "^TestMoneyIsPostedOnceUnderHostileDeliveries$"
	// plantedDeliveries is how many deliveries a planted bug has to show itself in.
	plantedDeliveries = 12_000
)

// alteration is a bug: whole lines of a source file, replaced, and what the simulation must say of it.
type alteration struct {
	name, file string
	lines      []replacement
	says       string // regular expression
}

type replacement struct{ was, is string }

// altered gives the text of the bug's file with the bug in it.
func (a alteration) altered() (string, error) {
	text, err := os.ReadFile(filepath.Join(module, a.file))
	if err != nil {
		return "", err
	}
	out := "\n" + string(text)
	for _, r := range a.lines {
		if n := strings.Count(out, "\n"+r.was); n != 1 {
			return "", fmt.Errorf("the text %q stands %d times in %s, want once", r.was, n, a.file)
		}
		out = strings.Replace(out, "\n"+r.was, "\n"+r.is, 1)
	}
	return strings.TrimPrefix(out, "\n"), nil
}

// program builds this test with the bug, as an overlay of the compiler's view: the tree stays as it is.
func (a alteration) program(t *testing.T) string {
	t.Helper()
	text, err := a.altered()
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, overlay, program := filepath.Join(dir, "altered.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "simulation.test")
	mapping, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, a.file): file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.WriteFile(overlay, mapping, 0o600)); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-ldflags=-s -w", "-overlay", overlay, "-o", program,
		"./test/simulation")
	build.Dir = root
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	return program
}

// TestPlantedBugsFitTheProduct keeps the list from going stale.
func TestPlantedBugsFitTheProduct(t *testing.T) {
	for _, a := range alterations() {
		if _, err := a.altered(); err != nil {
			t.Errorf("%s: %v", a.name, err)
		}
	}
}

// TestPlantedBugsTurnTheSimulationRed builds the product with one bug at a time, and wants few deliveries to be enough to see it.
func TestPlantedBugsTurnTheSimulationRed(t *testing.T) {
	if os.Getenv(plantedVariable) != "1" {
		t.Skipf("each bug is a build of its own: make check-simulation sets %s=1", plantedVariable)
	}
	for _, a := range alterations() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), a.program(t), "-test.run", money, "-test.timeout", "15m")
			command.Env = append(os.Environ(), seedVariable+"=1", deliveriesVariable+"="+strconv.Itoa(plantedDeliveries))
			output, err := command.CombinedOutput()
			var exit *exec.ExitError
			switch {
			case err == nil:
				t.Errorf("%d deliveries stay green", plantedDeliveries)
			case !errors.As(err, &exit) || !regexp.MustCompile(a.says).Match(output):
				t.Errorf("red for another reason than %q: %v\n%.4000s", a.says, err, output)
			}
		})
	}
}
