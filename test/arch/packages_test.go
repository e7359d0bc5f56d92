// Package arch_test holds the whole tree to its rules: who may import what, what may stand where, and that the tables of contract, the
// functions, the events, the queues and the API document say the same. Every rule must match something, so that none outlives its reason.
package arch_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const (
	module = "github.com/regua/regua/"
	root   = "../.."
)

// pkg is one package of the module as `go list` sees it. Path is relative to the module.
type pkg struct {
	Path    string
	Imports []string // of the code, tests apart
	Deps    []string // all that the code reaches
}

// listed runs `go list` once for all tests. A package that does not compile is the compiler's to report, hence -e.
var listed = sync.OnceValues(func() ([]pkg, error) {
	command := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,Deps", "./...")
	command.Dir = root
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return nil, errors.New("go list: " + err.Error() + "\n" + stderr.String())
	}
	var all []pkg
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath    string
			Imports, Deps []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, pkg{strings.TrimPrefix(p.ImportPath, module), p.Imports, p.Deps})
	}
})

func packages(t *testing.T) []pkg {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 40 {
		t.Fatalf("go list found %d packages: not the whole module", len(all))
	}
	return all
}

// matches reports whether a path fits a pattern: itself, or anything directly or further below a folder that ends in "/...".
func matches(pattern, path string) bool {
	if folder, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == folder || strings.HasPrefix(path, folder+"/")
	}
	ok, err := filepath.Match(pattern, path)
	return err == nil && ok
}
