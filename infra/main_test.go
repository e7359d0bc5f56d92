package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestContextComesFromTheFileAndThenFromTheArguments(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := readContext(nil); err == nil || !strings.Contains(err.Error(), "cdk.json") {
		t.Errorf("without a file: %v", err)
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(".", "cdk.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"context": {"stage": "dev", "@aws-cdk/core:x": true}}`)
	got, err := readContext([]string{"-c", "stage=prod", "-c", "providers=a:b,c:d=e"})
	if err != nil || got["stage"] != "prod" || got["@aws-cdk/core:x"] != true || got["providers"] != "a:b,c:d=e" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, args := range [][]string{{"-c"}, {"-c", "stage"}, {"-stage", "prod"}, {"prod"}} {
		if got, err := readContext(args); err == nil {
			t.Errorf("%v gives %v", args, got)
		}
	}
	write("{")
	if _, err := readContext(nil); err == nil {
		t.Error("a file that is no JSON was read")
	}
	write("{}")
	if got, err := readContext([]string{"-c", "stage=prod"}); err != nil || got["stage"] != "prod" {
		t.Errorf("a file without context: %v, %v", got, err)
	}
}
