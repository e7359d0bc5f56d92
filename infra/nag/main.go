// Command nag holds the stacks to the rules of cdk-nag's AwsSolutions pack: whatever a rule finds must have a reason in the table accepted.
//
//	go run ./infra/nag
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/regua/regua/infra/stack"
)

func main() {
	folder, err := os.MkdirTemp("", "regua-nag-")
	code := 0
	if err == nil {
		err = errors.Join(check(folder, os.Stdout), os.RemoveAll(folder))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "nag:", err)
		code = 1
	}
	jsii.Close()
	os.Exit(code)
}

// check writes the stacks of a deployment with everything below folder, and compares what the rules find with what is accepted.
func check(folder string, out io.Writer) error {
	if err := synthesize(folder); err != nil {
		return err
	}
	found, applied, err := findings(filepath.Join(folder, "out"))
	if err != nil {
		return err
	}
	if applied == 0 {
		return errors.New("no rule applied to anything: the report is not what it was")
	}
	wrong := unaccepted(found)
	for _, line := range wrong {
		fmt.Fprintln(out, line)
	}
	fmt.Fprintf(out, "cdk-nag: %d checks, %d findings, %d without a reason or reasons without a finding\n", applied, len(found), len(wrong))
	if len(wrong) > 0 {
		return errors.New("repair it, or say why it is right in infra/nag/accepted.go")
	}
	return nil
}

// synthesize writes all stacks with stubs in the place of programs and portal.
func synthesize(folder string) error {
	files := map[string]string{"code/bootstrap": "stub", "site/index.html": "stub", "site/assets/a.js": "stub", "clients.pem": "stub"}
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o750); err != nil {
			return fmt.Errorf("make stub: %w", err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("make stub: %w", err)
		}
	}
	text, err := os.ReadFile("cdk.json")
	if err != nil {
		return fmt.Errorf("run this in the directory of cdk.json: %w", err)
	}
	var file struct {
		Context map[string]any `json:"context"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("read cdk.json: %w", err)
	}
	maps.Copy(file.Context, map[string]any{
		stack.KeyStage: "prod", stack.KeyAccount: "111122223333", stack.KeyRegion: "sa-east-1", stack.KeyDomain: "pague.example",
		stack.KeyProviders: "sandbox:acme", stack.KeyCreditors: "acme",
		stack.KeyHostedZone: "Z0123456789ABCDEFGHIJ", stack.KeyAlarmMail: "plantao@regua.example",
		stack.KeyTruststore: filepath.Join(folder, "clients.pem"), stack.KeySite: filepath.Join(folder, "site"),
	})
	app := awscdk.NewApp(&awscdk.AppProps{
		Context: &file.Context, Outdir: jsii.String(filepath.Join(folder, "out")), AnalyticsReporting: jsii.Bool(false),
		StackTraces: jsii.Bool(false),
	})
	settings, err := stack.Read(app.Node())
	if err != nil {
		return err
	}
	code := map[string]stack.Code{}
	for _, f := range stack.FromContract().Functions {
		code[f.Name] = stack.Code{Folder: filepath.Join(folder, "code"), Hash: f.Name}
	}
	if err := stack.New(app, settings, code); err != nil {
		return err
	}
	formats := []cdknag.NagReportFormat{cdknag.NagReportFormat_JSON}
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: jsii.Bool(true), ReportFormats: &formats}), nil)
	app.Synth(nil)
	return nil
}

// finding is a rule that a resource breaks.
type finding struct{ rule, resource, what string }

// findings reads the reports: what was found, and how many checks were made.
func findings(folder string) (found []finding, applied int, err error) {
	reports, err := filepath.Glob(filepath.Join(folder, "AwsSolutions-*-NagReport.json"))
	if err != nil || len(reports) == 0 {
		return nil, 0, fmt.Errorf("no report in %s: %w", folder, err)
	}
	for _, name := range reports {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, 0, fmt.Errorf("read report: %w", err)
		}
		var report struct {
			Lines []struct{ RuleID, ResourceID, Compliance, RuleInfo string }
		}
		if err := json.Unmarshal(text, &report); err != nil {
			return nil, 0, fmt.Errorf("read report %s: %w", filepath.Base(name), err)
		}
		for _, line := range report.Lines {
			applied++
			if line.Compliance != "Compliant" {
				found = append(found, finding{line.RuleID, line.ResourceID, line.Compliance + ": " + line.RuleInfo})
			}
		}
	}
	return found, applied, nil
}

// unaccepted lists findings that nobody gave a reason for, and reasons for what is no longer found.
func unaccepted(found []finding) []string {
	var out []string
	needed := map[acceptance]bool{}
	for _, f := range found {
		ok := false
		for _, a := range accepted {
			if fits(a, f) {
				needed[a], ok = true, true
			}
		}
		if !ok {
			out = append(out, fmt.Sprintf("%s %s: %s", f.rule, f.resource, f.what))
		}
	}
	for _, a := range accepted {
		if !needed[a] {
			out = append(out, fmt.Sprintf("%s %s is accepted and no longer found: take it out", a.rule, a.resource))
		}
	}
	return out
}

func fits(a acceptance, f finding) bool {
	prefix, open := strings.CutSuffix(a.resource, "*")
	return a.rule == f.rule && (f.resource == a.resource || open && strings.HasPrefix(f.resource, prefix))
}
