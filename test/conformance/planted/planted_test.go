// Package planted_test plants bugs in the local cloud and sees the checks of its suites go red: a check that no bug turns red shows
// nothing.
package planted_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// least is how many bugs there are at least; losing one to a rewrite of the engine must not go unseen.
const least = 20

func TestTheListsFitTheProduct(t *testing.T) {
	seen := map[string]bool{}
	all := bugs(t)
	for _, b := range all {
		if seen[b.name] {
			t.Errorf("%s: two bugs are named %q", b.list, b.name)
		}
		seen[b.name] = true
		if !strings.HasPrefix(b.pack, "./") || b.pattern == "" {
			t.Errorf("%s: %s: no check", b.list, b.name)
		}
		if altered, err := b.altered(); err != nil {
			t.Errorf("%s: %s: %v", b.list, b.name, err)
		} else if strings.Contains(altered, b.old) && b.old == b.alteration {
			t.Errorf("%s: %s: changes nothing", b.list, b.name)
		}
	}
	if len(all) < least {
		t.Errorf("%d bugs, want %d", len(all), least)
	}
}

// TestEveryBugTurnsACheckRed builds the product with one bug at a time, as an overlay of the compiler's view: the tree stays as it is.
func TestEveryBugTurnsACheckRed(t *testing.T) {
	if os.Getenv("REGUA_PLANTED_BUGS") != "1" {
		t.Skip("each bug is a build of its own: make conformance sets REGUA_PLANTED_BUGS=1")
	}
	for _, b := range bugs(t) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			output, err := b.plant(t)
			var exit *exec.ExitError
			switch {
			case err == nil:
				t.Errorf("%s %s stay green:\n%s", b.pack, b.pattern, output)
			case !errors.As(err, &exit) || strings.Contains(output, "[build failed]") || !strings.Contains(output, "--- FAIL: "):
				t.Errorf("not a red check: %v\n%s", err, output)
			}
		})
	}
}

// plant runs the bug's checks with the bug.
func (b bug) plant(t *testing.T) (output string, err error) {
	t.Helper()
	altered, err := b.altered()
	if err != nil {
		return "", err
	}
	module, err := filepath.Abs(root)
	if err != nil {
		return "", err
	}
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "altered.go"), filepath.Join(dir, "overlay.json")
	mapping, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(module, b.file): file}})
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.WriteFile(file, []byte(altered), 0o600), os.WriteFile(overlay, mapping, 0o600)); err != nil {
		return "", err
	}
	// Neither vetted nor with symbols: most of the time is the linker's.
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-vet=off", "-ldflags=-s -w", "-timeout=2m",
		"-overlay", overlay, "-run", b.pattern, b.pack)
	cmd.Dir = module
	text, err := cmd.CombinedOutput()
	return string(text), err
}
