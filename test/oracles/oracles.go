// Package oracles says what becomes of a test whose oracle is not there, and where an oracle may run.
package oracles

import (
	"net"
	"os"
	"testing"
)

// requireVariable turns the absence of an oracle into a failure.
const requireVariable = "REGUA_REQUIRE_ORACLES"

// Absent skips a test without its oracle, or fails it where every oracle must be there.
func Absent(t testing.TB, name, reason string) {
	t.Helper()
	if os.Getenv(requireVariable) == "1" {
		t.Fatalf("an oracle is absent: %s", reason)
	}
	t.Skipf("without %s: %s", name, reason)
}

// Outside lists the interfaces by which a server on this machine could be reached from elsewhere.
func Outside(t testing.TB) []string {
	t.Helper()
	all, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, i := range all {
		if i.Flags&net.FlagLoopback == 0 && i.Flags&net.FlagUp != 0 {
			names = append(names, i.Name)
		}
	}
	return names
}
