package planted

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestABugIsWholeLinesThatStandOnce(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte("one\n\ttwo\n\ttwo\nthree\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ file, was, is, want string }{
		{"a.go", "one\n", "1\n", "1\n\ttwo\n\ttwo\nthree\n"},
		{"a.go", "three\n", "", "one\n\ttwo\n\ttwo\n"},
		{"a.go", "\ttwo\nthree\n", "3\n", "one\n\ttwo\n3\n"},
		{"a.go", "\ttwo\n", "", "more than once"},
		{"a.go", "two\n", "", "is not in a.go"},
		{"a.go", "", "x", "more than once"},
		{"a.go", "one\n", "one\n", "changes nothing"},
		{"b.go", "one\n", "", "no such file"},
	} {
		got, err := Bug{File: test.file, Changes: []Change{{test.was, test.is}}}.Altered(dir)
		if err != nil {
			got = err.Error()
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%q for %q: got %q, want %q", test.is, test.was, got, test.want)
		}
	}
}

func TestOnlyARedTestSeesABug(t *testing.T) {
	failed := exec.Command("false").Run()
	for _, test := range []struct {
		says, output string
		ended        error
		seen         bool
	}{
		{"", "--- FAIL: TestMoney", failed, true},
		{"are gone", "--- FAIL: TestMoney\n 3 centavos are gone", failed, true},
		{"are gone", "--- FAIL: TestMoney\n timeout", failed, false},
		{"", "FAIL [build failed]", failed, false},
		{"", "--- FAIL: TestMoney", nil, false},
		{"", "--- FAIL: TestMoney", errors.New("no such program"), false},
	} {
		if err := (Bug{Says: test.says}).Seen([]byte(test.output), test.ended); (err == nil) != test.seen {
			t.Errorf("%q says %q: %v", test.says, test.output, err)
		}
	}
}
