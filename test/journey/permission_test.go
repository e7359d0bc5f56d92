package journey

import (
	"flag"
	"testing"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/test/permissions"
)

// made are the calls of all worlds.
var made permissions.Record

// unfiltered reports whether every journey of a mode that has them all was told, at its usual size or a larger one: a function that repeats
// what a broken call left undone may use a grant in few of the places where a call can break, and under -short most of them are left out.
func unfiltered() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list"} {
		if flag.Lookup(name).Value.String() != "" {
			return false
		}
	}
	return mode() != asBinaries && !testing.Short()
}

// unlike lists what functions called and may not, and, where all journeys were told, what they may and never called.
func unlike(all bool) []string {
	wrong := made.Beyond(contract.Permissions())
	if all {
		for _, unused := range made.Unused(contract.Permissions(), permissions.UnexercisedGrants()) {
			wrong = append(wrong, "never used: "+unused)
		}
	}
	return wrong
}
