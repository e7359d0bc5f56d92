package crash

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "../.."
	// plantedRounds is how many rounds a planted bug has to show itself in.
	plantedRounds = 6
	cloudTest     = "^TestKillNineOfTheCloudLosesNothing$"
)

// alteration is a bug: whole lines of a source file, replaced, and what the suite must say of it.
type alteration struct {
	name, file string
	was, is    string
	says       string // regular expression
}

// altered gives the text of the bug's file with the bug in it.
func (a alteration) altered() (string, error) {
	text, err := os.ReadFile(filepath.Join(module, a.file))
	if err != nil {
		return "", err
	}
	if n := strings.Count("\n"+string(text), "\n"+a.was); n != 1 {
		return "", errors.New("the old text stands " + strconv.Itoa(n) + " times in " + a.file + ", want once")
	}
	return strings.TrimPrefix(strings.Replace("\n"+string(text), "\n"+a.was, "\n"+a.is, 1), "\n"), nil
}

// program builds infra/local with the bug, as an overlay of the compiler's view: the tree stays as it is.
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
	file, overlay, program := filepath.Join(dir, "altered.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "local")
	mapping, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, a.file): file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.WriteFile(overlay, mapping, 0o600)); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-overlay", overlay, "-o", program, "./infra/local")
	build.Dir = root
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, text)
	}
	return program
}

// suite runs the rounds of a program.
func suite(t *testing.T, program string) (output string, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, "-test.run", cloudTest, "-test.timeout", "2m")
	command.Env = append(os.Environ(), programVariable+"="+program, "REGUA_SOAK=", "REGUA_CRASH_SEED=1",
		"REGUA_CRASH_ROUNDS="+strconv.Itoa(plantedRounds))
	text, err := command.CombinedOutput()
	return string(text), err
}

// TestPlantedBugsFitTheProduct keeps the list from going stale.
func TestPlantedBugsFitTheProduct(t *testing.T) {
	for _, a := range alterations() {
		if _, err := a.altered(); err != nil {
			t.Errorf("%s: %v", a.name, err)
		}
	}
}

// TestPlantedBugsTurnTheRoundsRed builds the cloud with one bug at a time, and wants a few rounds to be enough to see it; without a bug
// they are green.
func TestPlantedBugsTurnTheRoundsRed(t *testing.T) {
	if os.Getenv("REGUA_CRASH_PLANTED") != "1" {
		t.Skip("each bug is a build of its own: make check-crash sets REGUA_CRASH_PLANTED=1")
	}
	t.Parallel()
	for _, a := range alterations() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			output, err := suite(t, a.program(t))
			var exit *exec.ExitError
			switch {
			case err == nil:
				t.Errorf("%d rounds stay green:\n%s", plantedRounds, output)
			case !errors.As(err, &exit) || !regexp.MustCompile(a.says).MatchString(output):
				t.Errorf("red for another reason than %q: %v\n%s", a.says, err, output)
			}
		})
	}
	t.Run("no bug", func(t *testing.T) {
		t.Parallel()
		program, err := build()
		if err != nil {
			t.Fatal(err)
		}
		if output, err := suite(t, program); err != nil {
			t.Errorf("%v\n%s", err, output)
		}
	})
}
