package planted_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bug is an alteration of the product, and the checks that have to see it.
type bug struct {
	name, list      string
	file            string // from the root of the module
	pack, pattern   string
	old, alteration string
}

const root = "../../.."

// bugs reads all lists of testdata.
func bugs(t *testing.T) []bug {
	t.Helper()
	lists, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []bug
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		some, err := parse(string(text))
		if err != nil {
			t.Fatalf("%s: %v", list, err)
		}
		for i := range some {
			some[i].list = filepath.Base(list)
		}
		all = append(all, some...)
	}
	return all
}

func parse(text string) ([]bug, error) {
	var all []bug
	var into *string // the text that lines belong to, if any
	for i, line := range strings.SplitAfter(text, "\n") {
		word, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if word == "==" {
			all, into = append(all, bug{name: rest}), nil
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
			into = &last.old
		case line == "-- new --\n":
			into = &last.alteration
		case into != nil:
			*into += line
		case word == "file:":
			last.file = rest
		case word == "check:":
			last.pack, last.pattern, _ = strings.Cut(rest, " ")
		case word != "" && word[0] != '#':
			return nil, fmt.Errorf("line %d: %q", i+1, line)
		}
	}
	for i := range all {
		// The empty line between two bugs belongs to neither.
		all[i].alteration = strings.TrimRight(all[i].alteration, "\n")
		if all[i].alteration != "" {
			all[i].alteration += "\n"
		}
	}
	return all, nil
}

// altered gives the text of the bug's file with the bug in it.
func (b bug) altered() (string, error) {
	text, err := os.ReadFile(filepath.Join(root, b.file))
	if err != nil {
		return "", err
	}
	if n := strings.Count("\n"+string(text), "\n"+b.old); b.old == "" || n != 1 {
		return "", fmt.Errorf("the old text stands %d times in %s, want once", n, b.file)
	}
	return strings.TrimPrefix(strings.Replace("\n"+string(text), "\n"+b.old, "\n"+b.alteration, 1), "\n"), nil
}
