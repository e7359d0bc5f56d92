package simulation

import (
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/regua/regua/test/planted"
)

const (
	module          = "../.."
	plantedVariable = "REGUA_SIMULATION_PLANTED"
	money           = "^TestMoneyIsPostedOnceUnderHostileDeliveries$"
	// plantedDeliveries is how many deliveries a planted bug has to show itself in.
	plantedDeliveries = 12_000
)

// TestPlantedBugsFitTheProduct keeps the list from going stale.
func TestPlantedBugsFitTheProduct(t *testing.T) { planted.Fit(t, module, alterations()) }

// TestPlantedBugsTurnTheSimulationRed builds the product with one bug at a time, and wants few deliveries to be enough to see it.
func TestPlantedBugsTurnTheSimulationRed(t *testing.T) {
	if os.Getenv(plantedVariable) != "1" {
		t.Skipf("each bug is a build of its own: make check-simulation sets %s=1", plantedVariable)
	}
	for _, b := range alterations() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			command := exec.CommandContext(t.Context(), b.Test(t, module, "./test/simulation"), "-test.run", money, "-test.timeout", "15m")
			command.Env = append(os.Environ(), seedVariable+"=1", deliveriesVariable+"="+strconv.Itoa(plantedDeliveries))
			if err := b.Seen(command.CombinedOutput()); err != nil {
				t.Errorf("%d deliveries: %v", plantedDeliveries, err)
			}
		})
	}
}
