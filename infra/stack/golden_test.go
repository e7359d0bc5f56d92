package stack_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

// The templates as they were last agreed on. They hold no hash of compiled code, so that only a change of the stack changes them.
func TestTemplatesAreAsAgreed(t *testing.T) {
	templates := map[string]template{"core": core(t)}
	maps.Copy(templates, all().edge)
	for name, s := range templates {
		file := filepath.Join("testdata", name+".template.json")
		if *update {
			text, err := json.MarshalIndent(s.raw, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("%v; go test ./infra/stack -update writes it", err)
		}
		var agreed map[string]any
		if err := json.Unmarshal(text, &agreed); err != nil {
			t.Fatal(err)
		}
		for _, line := range difference(name, agreed, s.raw) {
			t.Error(line)
		}
	}
	if t.Failed() {
		t.Log("if this is meant: go test ./infra/stack -update, and commit testdata")
	}
}

// difference lists what differs between two JSON values, a line each.
func difference(where string, before, now any) []string {
	if a, ok := before.(map[string]any); ok {
		if b, ok := now.(map[string]any); ok {
			var out []string
			names := slices.Collect(maps.Keys(a))
			for name := range b {
				if _, both := a[name]; !both {
					names = append(names, name)
				}
			}
			slices.Sort(names)
			for _, name := range names {
				out = append(out, difference(where+" / "+name, a[name], b[name])...)
			}
			return out
		}
	}
	if a, ok := before.([]any); ok {
		if b, ok := now.([]any); ok && len(a) == len(b) {
			var out []string
			for i := range a {
				out = append(out, difference(fmt.Sprint(where, " / ", i), a[i], b[i])...)
			}
			return out
		}
	}
	if reflect.DeepEqual(before, now) {
		return nil
	}
	return []string{fmt.Sprintf("%s:\n  - %s\n  + %s", where, short(before), short(now))}
}

// short is a value on one line that a person can read.
func short(value any) string {
	const most = 400
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	if value == nil {
		return "(nothing)"
	}
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}

func TestADifferenceIsSeen(t *testing.T) {
	var before, now any
	for text, into := range map[string]*any{
		`{"A": {"B": [1, {"C": "x"}]}, "D": true, "E": [1]}`:     &before,
		`{"A": {"B": [1, {"C": "y"}]}, "E": [1, 2], "F": "new"}`: &now,
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	got := difference("t", before, now)
	want := []string{
		"t / A / B / 1 / C:\n  - \"x\"\n  + \"y\"", "t / D:\n  - true\n  + (nothing)", "t / E:\n  - [1]\n  + [1,2]",
		"t / F:\n  - (nothing)\n  + \"new\"",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if same := difference("t", before, before); same != nil {
		t.Errorf("a value differs from itself: %v", same)
	}
}
