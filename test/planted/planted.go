// Package planted plants bugs into the product and says whether its tests see them. The source tree stays as it is: a bug is an overlay of
// what the compiler reads.
package planted

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Bug is an alteration of one source file, and what the tests must say of it.
type Bug struct {
	Name    string
	File    string // from the root of the module
	Changes []Change
	Says    string // regular expression; empty means any failed test
}

// Change is a text of whole lines, and the one that takes its place. The old text stands exactly once in its file.
type Change struct{ Was, Is string }

// Altered gives the text of the bug's file with the bug in it, and an error if an old text isn't there exactly once, or nothing changes.
func (b Bug) Altered(module string) (string, error) {
	text, err := os.ReadFile(filepath.Join(module, b.File))
	if err != nil {
		return "", err
	}
	altered := "\n" + string(text)
	for _, c := range b.Changes {
		switch at := strings.Index(altered, "\n"+c.Was); {
		case at < 0:
			return "", fmt.Errorf("the text %q is not in %s", c.Was, b.File)
		case c.Was == "" || at != strings.LastIndex(altered, "\n"+c.Was):
			return "", fmt.Errorf("the text %q is in %s more than once", c.Was, b.File)
		}
		altered = strings.Replace(altered, "\n"+c.Was, "\n"+c.Is, 1)
	}
	if altered = altered[1:]; altered == string(text) {
		return "", errors.New("it changes nothing")
	}
	return altered, nil
}

// Program builds a main package with the bug, and gives its path.
func (b Bug) Program(t *testing.T, module, pack string) string {
	t.Helper()
	return b.build(t, module, pack, "build")
}

// Test builds the test of a package with the bug, and gives the program's path.
func (b Bug) Test(t *testing.T, module, pack string) string {
	t.Helper()
	return b.build(t, module, pack, "test", "-c", "-vet=off")
}

func (b Bug) build(t *testing.T, module, pack string, verb ...string) (program string) {
	t.Helper()
	text, err := b.Altered(module)
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, overlay, program := filepath.Join(dir, "altered.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "program")
	mapping, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, b.File): file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.WriteFile(overlay, mapping, 0o600)); err != nil {
		t.Fatal(err)
	}
	// Without symbols: most of the time is the linker's.
	args := append(verb, "-ldflags=-s -w", "-overlay", overlay, "-o", program, pack)
	build := exec.CommandContext(t.Context(), "go", args...) //nolint:gosec // the arguments are those above
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	return program
}

// Seen is nil if the tests saw the bug, by their output and how they ended: they failed, and said of it what they should.
func (b Bug) Seen(output []byte, ended error) error {
	says := b.Says
	if says == "" {
		says = "--- FAIL: "
	}
	var exit *exec.ExitError
	switch {
	case ended == nil:
		return fmt.Errorf("the tests stay green:\n%s", output)
	case !errors.As(ended, &exit) || !regexp.MustCompile(says).Match(output):
		return fmt.Errorf("red for another reason than %q: %w\n%.4000s", says, ended, output)
	}
	return nil
}

// Fit keeps a list of bugs from going stale: each fits the product as it is, and no two have the same name.
func Fit(t *testing.T, module string, bugs []Bug) {
	t.Helper()
	seen := map[string]bool{}
	for _, b := range bugs {
		if seen[b.Name] {
			t.Errorf("two bugs are named %q", b.Name)
		}
		seen[b.Name] = true
		if _, err := b.Altered(module); err != nil {
			t.Errorf("%s: %v", b.Name, err)
		}
	}
}
