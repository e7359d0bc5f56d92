package bundle_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/infra/bundle"
	"github.com/regua/regua/shared/contract"
)

const module = "github.com/regua/regua/"

func options(t *testing.T) bundle.Options {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return bundle.Options{Root: root, Arch: runtime.GOARCH, Out: t.TempDir()}
}

// edited puts a changed copy of a package's file in front of it. The change survives the linker, which drops what is not used.
func edited(t *testing.T, o bundle.Options, file string) bundle.Options {
	t.Helper()
	source := filepath.Join(o.Root, filepath.FromSlash(file))
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), "changed.go")
	text = append(text, "\nvar editedForATest = 1\n\nfunc init() { editedForATest++ }\n"...)
	if err := os.WriteFile(changed, text, 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: changed}})
	if err != nil {
		t.Fatal(err)
	}
	o.Overlay = filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(o.Overlay, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

// reaching lists the functions that the compiler says reach a package.
func reaching(t *testing.T, o bundle.Options, folder string) []string {
	t.Helper()
	command := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "./functions/...")
	command.Dir = o.Root
	text, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); slices.Contains(fields, module+folder) {
			names = append(names, strings.TrimPrefix(fields[0], module+"functions/"))
		}
	}
	slices.Sort(names)
	return names
}

func TestAnEditReachesExactlyTheFunctionsThatUseIt(t *testing.T) {
	before := options(t)
	inputs, err := bundle.Inputs(t.Context(), before)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"shared/otp/issue.go", "shared/proposal/sign.go", "shared/money/centavos.go", "functions/otp-send/main.go"} {
		o := edited(t, before, file)
		after, err := bundle.Inputs(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for name := range inputs {
			if inputs[name] != after[name] {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if want := reaching(t, o, filepath.Dir(file)); len(got) == 0 || !slices.Equal(got, want) {
			t.Errorf("an edit of %s changes %v, want %v", file, got, want)
		}
	}
}

// The programs themselves: the same sources give the same bytes, and an edited use case gives new bytes to those that reach it alone.
func TestProgramsChangeWithTheirSourcesOnly(t *testing.T) {
	if testing.Short() {
		t.Skip("links every function three times")
	}
	o := options(t)
	first, err := bundle.Build(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != len(contract.Functions()) {
		t.Errorf("%d functions were built, contract has %d", len(first), len(contract.Functions()))
	}
	again := o
	again.Out = t.TempDir()
	second, err := bundle.Build(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	for name := range first {
		if first[name].Hash != second[name].Hash {
			t.Errorf("%s built twice gives other bytes", name)
		}
	}
	onlyStale(t, again, second)
	const file = "shared/otp/issue.go"
	third, err := bundle.Build(t.Context(), edited(t, o, file))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for name := range first {
		if first[name].Hash != third[name].Hash {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	if want := reaching(t, o, filepath.Dir(file)); len(got) == 0 || !slices.Equal(got, want) {
		t.Errorf("an edit of %s gives new programs to %v, want %v", file, got, want)
	}
}

// onlyStale checks that a program that is current is left alone, and that one that was damaged is built again.
func onlyStale(t *testing.T, o bundle.Options, built map[string]bundle.Bundle) {
	t.Helper()
	program := filepath.Join(built["otp-serve"].Folder, bundle.Program)
	other := filepath.Join(built["otp-send"].Folder, bundle.Program)
	untouched, err := os.Stat(other)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, []byte("damaged"), 0o700); err != nil {
		t.Fatal(err)
	}
	repaired, err := bundle.Build(t.Context(), o)
	if err != nil || repaired["otp-serve"] != built["otp-serve"] {
		t.Errorf("the damaged program is %v, was %v: %v", repaired["otp-serve"], built["otp-serve"], err)
	}
	if now, err := os.Stat(other); err != nil || !os.SameFile(now, untouched) || !now.ModTime().Equal(untouched.ModTime()) {
		t.Errorf("a program that was current was built again: %v", err)
	}
	entries, err := os.ReadDir(built["otp-serve"].Folder)
	if err != nil || len(entries) != 1 || entries[0].Name() != bundle.Program {
		t.Errorf("the bundle holds %v: %v", entries, err)
	}
}

func TestSourcesThatDoNotCompileAreReported(t *testing.T) {
	o := edited(t, options(t), "shared/otp/issue.go")
	text, err := os.ReadFile(o.Overlay)
	if err != nil {
		t.Fatal(err)
	}
	var overlay struct{ Replace map[string]string }
	if err := json.Unmarshal(text, &overlay); err != nil {
		t.Fatal(err)
	}
	for _, file := range overlay.Replace {
		if err := os.WriteFile(file, []byte("package otp\n\nvar x int = \"\"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := bundle.Build(t.Context(), o); err == nil || !strings.Contains(err.Error(), "shared/otp") {
		t.Errorf("got %v", err)
	}
}
