package crash

import (
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/regua/regua/test/planted"
)

const (
	module = "../.."
	// plantedRounds is how many rounds a planted bug has to show itself in.
	plantedRounds = 6
	cloudTest     = "^TestKillNineOfTheCloudLosesNothing$"
)

// suite runs the rounds of a program.
func suite(t *testing.T, program string) (output []byte, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, "-test.run", cloudTest, "-test.timeout", "2m")
	command.Env = append(os.Environ(), programVariable+"="+program, "REGUA_SOAK=", "REGUA_CRASH_SEED=1",
		"REGUA_CRASH_ROUNDS="+strconv.Itoa(plantedRounds))
	return command.CombinedOutput()
}

// TestPlantedBugsFitTheProduct keeps the list from going stale.
func TestPlantedBugsFitTheProduct(t *testing.T) { planted.Fit(t, module, alterations()) }

// TestPlantedBugsTurnTheRoundsRed builds the cloud with one bug at a time, and wants a few rounds to be enough to see it; without a bug
// they are green.
func TestPlantedBugsTurnTheRoundsRed(t *testing.T) {
	if os.Getenv("REGUA_CRASH_PLANTED") != "1" {
		t.Skip("each bug is a build of its own: make check-crash sets REGUA_CRASH_PLANTED=1")
	}
	t.Parallel()
	for _, b := range alterations() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			if err := b.Seen(suite(t, b.Program(t, module, "./infra/local"))); err != nil {
				t.Errorf("%d rounds: %v", plantedRounds, err)
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
