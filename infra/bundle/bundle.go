// Package bundle compiles the functions as they are deployed: one program named bootstrap per folder of functions/, the same bytes for the
// same sources on every machine, and only those whose sources changed since the last time.
package bundle

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// Program is the name that the runtime provided.al2023 starts.
const Program = "bootstrap"

// stampFile remembers from what each program was built.
const stampFile = "stamps.json"

// Options says what to build.
type Options struct {
	Root string // the module's directory
	Arch string // "arm64" or "amd64"
	Out  string // directory of the results; each function gets a folder of its own below it
	// Overlay, when set, is a file that replaces sources, as `go build -overlay` takes it.
	Overlay string
}

// Bundle is a function ready to be deployed.
type Bundle struct {
	Folder string // holds nothing but Program
	Hash   string // hex SHA-256 of the program
}

// stamp is what a program was built from, and what came out.
type stamp struct{ Inputs, Hash string }

// Build brings every function up to date and returns them by name. It needs the go command and, for sources that changed, a few seconds.
func Build(ctx context.Context, o Options) (map[string]Bundle, error) {
	inputs, err := Inputs(ctx, o)
	if err != nil {
		return nil, err
	}
	stamps, err := readStamps(o.Out)
	if err != nil {
		return nil, err
	}
	var stale []string
	for name, now := range inputs {
		hash, err := fileHash(filepath.Join(o.Out, name, Program))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read bundle of %s: %w", name, err)
		}
		if err != nil || stamps[name] != (stamp{now, hash}) {
			stale = append(stale, name)
		}
	}
	slices.Sort(stale)
	if err := o.compile(ctx, stale); err != nil {
		return nil, err
	}
	out, made := map[string]Bundle{}, map[string]stamp{}
	for name, now := range inputs {
		folder := filepath.Join(o.Out, name)
		hash := stamps[name].Hash
		if slices.Contains(stale, name) {
			if hash, err = fileHash(filepath.Join(folder, Program)); err != nil {
				return nil, fmt.Errorf("read bundle of %s: %w", name, err)
			}
		}
		out[name], made[name] = Bundle{folder, hash}, stamp{now, hash}
	}
	return out, writeStamps(o.Out, made)
}

// compile builds the named functions and puts each where it belongs once all of them are built.
func (o Options) compile(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return nil
	}
	if err := os.MkdirAll(o.Out, 0o750); err != nil {
		return fmt.Errorf("make directory of bundles: %w", err)
	}
	fresh, err := os.MkdirTemp(o.Out, ".fresh-")
	if err != nil {
		return fmt.Errorf("make directory of bundles: %w", err)
	}
	defer func() { _ = os.RemoveAll(fresh) }() // what is left in it is of no use
	// -buildvcs and -buildid are off because they would give every commit other bytes; -trimpath because they would differ by machine.
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -buildid=", "-o", fresh + string(filepath.Separator)}
	args = append(args, o.sources()...)
	for _, name := range names {
		args = append(args, "./functions/"+name)
	}
	if _, err := o.goCommand(ctx, args...); err != nil {
		return fmt.Errorf("compile functions: %w", err)
	}
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(o.Out, name), 0o750); err != nil {
			return fmt.Errorf("make directory of bundle: %w", err)
		}
		if err := os.Rename(filepath.Join(fresh, name), filepath.Join(o.Out, name, Program)); err != nil {
			return fmt.Errorf("put bundle in place: %w", err)
		}
	}
	return nil
}

// sources are the flags that decide which files are read.
func (o Options) sources() []string {
	flags := []string{"-tags", "lambda.norpc"}
	if o.Overlay != "" {
		flags = append(flags, "-overlay", o.Overlay)
	}
	return flags
}

// goCommand runs the go command for the functions' platform.
func (o Options) goCommand(ctx context.Context, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, "go", args...) // #nosec G204 -- the arguments are this package's own
	command.Dir = o.Root
	command.Env = append(command.Environ(), "GOOS=linux", "GOARCH="+o.Arch, "CGO_ENABLED=0")
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, stderr.Bytes())
	}
	return out, nil
}

func readStamps(folder string) (map[string]stamp, error) {
	stamps := map[string]stamp{}
	text, err := os.ReadFile(filepath.Join(folder, stampFile))
	if errors.Is(err, fs.ErrNotExist) {
		return stamps, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read stamps: %w", err)
	}
	if json.Unmarshal(text, &stamps) != nil {
		return map[string]stamp{}, nil // a run that was cut short; everything is built again
	}
	return stamps, nil
}

func writeStamps(folder string, stamps map[string]stamp) error {
	text, err := json.MarshalIndent(stamps, "", "  ")
	if err != nil {
		return fmt.Errorf("encode stamps: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, stampFile), text, 0o600); err != nil {
		return fmt.Errorf("write stamps: %w", err)
	}
	return nil
}

func fileHash(name string) (string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}
