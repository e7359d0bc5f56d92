// Package planted_test plants bugs in the local cloud and sees the checks of its suites go red: a check that no bug turns red shows
// nothing.
package planted_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/regua/regua/test/planted"
)

const (
	module = "../../.."
	// least is how many bugs there are at least; losing one to a rewrite of the engine must not go unseen.
	least = 20
)

func TestTheListsFitTheProduct(t *testing.T) {
	all := bugs(t)
	plain := make([]planted.Bug, len(all))
	for i, l := range all {
		plain[i] = l.Bug
	}
	planted.Fit(t, module, plain)
	if len(all) < least {
		t.Errorf("%d bugs, want %d", len(all), least)
	}
}

// TestEveryBugTurnsACheckRed builds the checks with one bug at a time.
func TestEveryBugTurnsACheckRed(t *testing.T) {
	if os.Getenv("REGUA_PLANTED_BUGS") != "1" {
		t.Skip("each bug is a build of its own: make conformance sets REGUA_PLANTED_BUGS=1")
	}
	for _, l := range bugs(t) {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), l.Test(t, module, l.pack), "-test.run", l.pattern, "-test.timeout", "2m")
			command.Dir = filepath.Join(module, l.pack)
			if err := l.Seen(command.CombinedOutput()); err != nil {
				t.Errorf("%s %s: %v", l.pack, l.pattern, err)
			}
		})
	}
}
