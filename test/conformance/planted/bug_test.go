package planted_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/regua/regua/test/planted"
)

// listed is a bug of a list, and the checks that have to see it.
type listed struct {
	planted.Bug
	pack, pattern string
}

// bugs reads all lists of testdata.
func bugs(t *testing.T) []listed {
	t.Helper()
	lists, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		some, err := parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", list, err)
		}
		all = append(all, some...)
	}
	return all
}

func parse(text string) ([]listed, error) {
	var all []listed
	var into *string // the text that lines belong to, if any
	for i, line := range strings.SplitAfter(text, "\n") {
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if word == "==" {
			all, into = append(all, listed{Bug: planted.Bug{Name: rest, Changes: make([]planted.Change, 1)}}), nil
			continue
		}
		if len(all) == 0 {
			if word != "" && word[0] != '#' {
				return nil, fmt.Errorf("line %d stands before the first bug", i+1)
			}
			continue
		}
		last := &all[len(all)-1]
		switch {
		case line == "-- old --\n":
			into = &last.Changes[0].Was
		case line == "-- new --\n":
			into = &last.Changes[0].Is
		case into != nil:
			*into += line
		case word == "file:":
			last.File = rest
		case word == "check:":
			last.pack, last.pattern, _ = strings.Cut(rest, " ")
		case word != "" && word[0] != '#':
			return nil, fmt.Errorf("line %d: %q", i+1, line)
		}
	}
	for _, l := range all {
		if !strings.HasPrefix(l.pack, "./") || l.pattern == "" {
			return nil, fmt.Errorf("%s: no check", l.Name)
		}
		// The empty line between two bugs belongs to neither.
		if is := &l.Changes[0].Is; strings.TrimRight(*is, "\n") == "" {
			*is = ""
		} else {
			*is = strings.TrimRight(*is, "\n") + "\n"
		}
	}
	return all, nil
}
