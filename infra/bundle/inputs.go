package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// listed is what `go list` says of a package.
type listed struct {
	ImportPath, Name, Dir string
	Standard              bool
	Module                struct {
		Path, Version string
		Main          bool
		Replace       *struct{ Path, Version string }
	}
	Deps []string

	GoFiles, SFiles, HFiles, SysoFiles, EmbedFiles []string
}

// Inputs returns, for each folder of functions/, a hash of all that its program is made of: the compiler and its settings, the versions of
// the modules, and the contents of this module's own files that the function reaches.
func Inputs(ctx context.Context, o Options) (map[string]string, error) {
	const fields = "ImportPath,Name,Dir,Standard,Module,Deps,GoFiles,SFiles,HFiles,SysoFiles,EmbedFiles"
	args := append([]string{"list", "-deps", "-json=" + fields}, o.sources()...)
	text, err := o.goCommand(ctx, append(args, "./functions/...")...)
	if err != nil {
		return nil, fmt.Errorf("list functions: %w", err)
	}
	compiler, err := o.goCommand(ctx, "env", "GOVERSION", "GOEXPERIMENT", "GOFLAGS", "GOAMD64", "GOARM64")
	if err != nil {
		return nil, fmt.Errorf("ask for the compiler's version: %w", err)
	}
	replaced, err := readOverlay(o.Overlay)
	if err != nil {
		return nil, err
	}
	packages, contents := map[string]listed{}, map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(text)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("read list of functions: %w", err)
		}
		packages[p.ImportPath] = p
		if contents[p.ImportPath], err = p.content(replaced); err != nil {
			return nil, err
		}
	}
	out := map[string]string{}
	for _, p := range packages {
		if p.Name != "main" {
			continue
		}
		sum := sha256.New()
		fmt.Fprintf(sum, "%s%s\n", compiler, o.Arch)
		for _, reached := range append(slices.Sorted(slices.Values(p.Deps)), p.ImportPath) {
			fmt.Fprintf(sum, "%s %s\n", reached, contents[reached])
		}
		out[path.Base(p.ImportPath)] = hex.EncodeToString(sum.Sum(nil))
	}
	if len(out) == 0 {
		return nil, errors.New("functions/ holds no function")
	}
	return out, nil
}

// content names what a package is made of. The standard library goes with the compiler, and a module's version never changes its content.
func (p listed) content(replaced map[string]string) (string, error) {
	switch {
	case p.Standard:
		return "std", nil
	case !p.Module.Main && p.Module.Replace == nil:
		return p.Module.Path + "@" + p.Module.Version, nil
	}
	sum := sha256.New()
	for _, name := range slices.Concat(p.GoFiles, p.SFiles, p.HFiles, p.SysoFiles, p.EmbedFiles) {
		file := filepath.Join(p.Dir, name)
		if other, ok := replaced[file]; ok {
			file = other
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read source of %s: %w", p.ImportPath, err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// readOverlay reads which files stand in for which.
func readOverlay(name string) (map[string]string, error) {
	if name == "" {
		return nil, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read overlay: %w", err)
	}
	var overlay struct{ Replace map[string]string }
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&overlay); err != nil {
		return nil, fmt.Errorf("read overlay: %w", err)
	}
	return overlay.Replace, nil
}
