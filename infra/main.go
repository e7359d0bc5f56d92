// Command infra is the CDK app: it compiles the functions and writes the stacks' templates.
//
//	go run ./infra [-c key=value]…
//
// It needs neither an account nor a network. Alone it writes to cdk.out; under the CDK's command line, where the CLI says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/infra/bundle"
	"github.com/regua/regua/infra/stack"
)

// outdirVariable is how the CDK's command line says where to write.
const outdirVariable = "CDK_OUTDIR"

func main() {
	code := 0
	if err := run(os.Args[1:], os.Getenv(outdirVariable), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "infra:", err)
		code = 1
	}
	jsii.Close()
	os.Exit(code)
}

// run writes the templates. The CDK reports its own errors by panic.
func run(args []string, outdir string, out io.Writer) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			first, _, _ := strings.Cut(fmt.Sprint(fault), "\n")
			err = errors.New(first)
		}
	}()
	values, err := readContext(args)
	if err != nil {
		return err
	}
	props := &awscdk.AppProps{
		Context: &values, AnalyticsReporting: jsii.Bool(false), StackTraces: jsii.Bool(false), TreeMetadata: jsii.Bool(false),
	}
	if outdir == "" {
		props.Outdir = jsii.String("cdk.out")
	}
	app := awscdk.NewApp(props)
	settings, err := stack.Read(app.Node())
	if err != nil {
		return err
	}
	code, err := compile(settings.Architecture)
	if err != nil {
		return err
	}
	if err := stack.New(app, settings, code); err != nil {
		return err
	}
	app.Synth(nil)
	if outdir == "" {
		fmt.Fprintln(out, "cdk.out is written")
	}
	return nil
}

// readContext takes the context of cdk.json, which the CDK's command line gives to the app by itself, and then that of the arguments.
func readContext(args []string) (map[string]any, error) {
	text, err := os.ReadFile("cdk.json")
	if err != nil {
		return nil, fmt.Errorf("run this in the directory of cdk.json: %w", err)
	}
	file := struct {
		Context map[string]any `json:"context"`
	}{map[string]any{}}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("read cdk.json: %w", err)
	}
	for len(args) > 0 {
		if args[0] != "-c" || len(args) == 1 {
			return nil, fmt.Errorf("%q: only -c key=value is known", args[0])
		}
		key, value, ok := strings.Cut(args[1], "=")
		if !ok {
			return nil, fmt.Errorf("-c %s: want key=value", args[1])
		}
		file.Context[key] = value
		args = args[2:]
	}
	return file.Context, nil
}

// compile brings the functions' programs up to date.
func compile(architecture string) (map[string]stack.Code, error) {
	root, err := filepath.Abs(".")
	if err != nil {
		return nil, fmt.Errorf("find the module: %w", err)
	}
	bundles, err := bundle.Build(context.Background(), bundle.Options{
		Root: root, Arch: architecture, Out: filepath.Join(root, ".build", "lambda", architecture),
	})
	if err != nil {
		return nil, err
	}
	code := map[string]stack.Code{}
	for name, b := range bundles {
		code[name] = stack.Code{Folder: b.Folder, Hash: b.Hash}
	}
	return code, nil
}
