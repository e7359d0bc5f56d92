package collection_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/regua/regua/shared/collection"
)

func TestRedo(t *testing.T) {
	conflict, fault := fmt.Errorf("commit: %w", collection.ErrConflict), errors.New("no answer")
	for name, c := range map[string]struct {
		ends []error // of each turn; the last one's goes on for ever
		runs int
		want error
	}{
		"at once":              {[]error{nil}, 1, nil},
		"fault":                {[]error{fault}, 1, fault},
		"after one conflict":   {[]error{conflict, nil}, 2, nil},
		"conflict, then fault": {[]error{conflict, fault}, 2, fault},
		"the last time":        {[]error{conflict, conflict, conflict, conflict, nil}, 5, nil},
		"conflicts for ever":   {[]error{conflict}, collection.MaxTries, conflict},
	} {
		runs := 0
		err := collection.Redo(func() error {
			end := c.ends[min(runs, len(c.ends)-1)]
			runs++
			return end
		})
		if !errors.Is(err, c.want) || runs != c.runs {
			t.Errorf("%s: %v after %d runs, want %v after %d", name, err, runs, c.want, c.runs)
		}
	}
}
