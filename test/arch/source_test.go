package arch_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// source is one Go file. Path is relative to the module's root.
type source struct {
	path  string
	text  []byte
	set   *token.FileSet
	tree  *ast.File
	names map[string]string // package name in this file → import path
}

func (s source) isTest() bool        { return strings.HasSuffix(s.path, "_test.go") }
func (s source) folder() string      { return path.Dir(s.path) }
func (s source) line(n ast.Node) int { return s.set.Position(n.Pos()).Line }

// parsed reads every Go file of the module once.
var parsed = sync.OnceValues(func() ([]source, error) {
	var all []source
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && file != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(relative), text)
		all = append(all, s)
		return err
	})
	return all, err
})

func parse(path string, text []byte) (source, error) {
	s := source{path: path, text: text, set: token.NewFileSet(), names: map[string]string{}}
	tree, err := parser.ParseFile(s.set, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return s, err
	}
	s.tree = tree
	for _, i := range tree.Imports {
		imported, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return s, err
		}
		name := path2name(imported)
		if i.Name != nil {
			name = i.Name.Name
		}
		s.names[name] = imported
	}
	return s, nil
}

// path2name is the name that a package of this path is expected to have: its last part that is no major version.
func path2name(imported string) string {
	parts := strings.Split(imported, "/")
	last := parts[len(parts)-1]
	if len(parts) > 1 && len(last) > 1 && last[0] == 'v' && strings.Trim(last[1:], "0123456789") == "" {
		last = parts[len(parts)-2]
	}
	return last
}

func sources(t *testing.T) []source {
	t.Helper()
	all, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 100 {
		t.Fatalf("found %d Go files: not the whole module", len(all))
	}
	return all
}

const (
	maxFileLines     = 400
	maxFunctionLines = 70
	maxColumns       = 140
)

// sizes lists what is too long in a file. Columns are characters, a tab being one.
func sizes(s source) []string {
	var out []string
	lines := bytes.Split(bytes.TrimSuffix(s.text, []byte("\n")), []byte("\n"))
	if len(lines) > maxFileLines {
		out = append(out, s.path+" has "+strconv.Itoa(len(lines))+" lines, more than "+strconv.Itoa(maxFileLines))
	}
	for i, line := range lines {
		if n := utf8.RuneCount(line); n > maxColumns {
			out = append(out, s.path+":"+strconv.Itoa(i+1)+" is "+strconv.Itoa(n)+" columns wide, more than "+strconv.Itoa(maxColumns))
		}
	}
	for _, d := range s.tree.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if n := s.set.Position(f.End()).Line - s.line(f) + 1; n > maxFunctionLines {
			out = append(out, s.path+": "+f.Name.Name+" has "+strconv.Itoa(n)+" lines, more than "+strconv.Itoa(maxFunctionLines))
		}
	}
	return out
}

func TestNothingIsTooLong(t *testing.T) {
	for _, s := range sources(t) {
		for _, long := range sizes(s) {
			t.Error(long)
		}
	}
}

func TestSizeRulesBite(t *testing.T) {
	function := "func f() {\n" + strings.Repeat("\n", maxFunctionLines) + "}\n"
	long := "package p\n\n" + function + "// " + strings.Repeat("é", maxColumns) + strings.Repeat("\n", maxFileLines)
	s, err := parse("p.go", []byte(long))
	if err != nil || len(sizes(s)) != 3 {
		t.Errorf("found %v, %v", sizes(s), err)
	}
}

// plain are the packages whose types say nothing of how they are stored or sent.
var plain = []string{"shared/collection", "shared/money", "shared/calendar"}

// tags lists the struct tags of a file.
func tags(s source) []string {
	var out []string
	ast.Inspect(s.tree, func(n ast.Node) bool {
		if f, ok := n.(*ast.Field); ok && f.Tag != nil {
			out = append(out, s.path+":"+strconv.Itoa(s.line(f))+" has a struct tag")
		}
		return true
	})
	return out
}

func TestDomainTypesCarryNoTags(t *testing.T) {
	read := 0
	for _, s := range sources(t) {
		for _, folder := range plain {
			if s.folder() != folder || s.isTest() {
				continue
			}
			read++
			for _, tag := range tags(s) {
				t.Error(tag)
			}
		}
	}
	if read < 10 {
		t.Errorf("only %d files were read", read)
	}
	s, err := parse("p.go", []byte("package p\n\ntype T struct {\n\tA int `json:\"a\"`\n}\n"))
	if err != nil || len(tags(s)) != 1 {
		t.Errorf("a tag was overlooked: %v, %v", tags(s), err)
	}
}
