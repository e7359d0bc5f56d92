package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFindingsAreRead(t *testing.T) {
	folder := t.TempDir()
	if _, _, err := findings(folder); err == nil {
		t.Error("no report is no error")
	}
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(folder, "AwsSolutions-Core-NagReport.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(`{"lines": [{"ruleId": "R1", "resourceId": "Core/A", "compliance": "Compliant"},
		{"ruleId": "R2", "resourceId": "Core/B", "compliance": "Non-Compliant", "ruleInfo": "bad"},
		{"ruleId": "R3", "resourceId": "Core/C", "compliance": "UNKNOWN", "ruleInfo": "broken rule"}]}`)
	found, applied, err := findings(folder)
	want := []finding{{"R2", "Core/B", "Non-Compliant: bad"}, {"R3", "Core/C", "UNKNOWN: broken rule"}}
	if err != nil || applied != 3 || !slices.Equal(found, want) {
		t.Errorf("got %v of %d, %v", found, applied, err)
	}
	write("[")
	if _, _, err := findings(folder); err == nil {
		t.Error("a broken report was read")
	}
}

func TestEveryFindingNeedsAReasonAndEveryReasonAFinding(t *testing.T) {
	var found []finding
	for _, a := range accepted {
		if len(a.why) < 20 {
			t.Errorf("%s %s has no reason", a.rule, a.resource)
		}
		found = append(found, finding{a.rule, strings.TrimSuffix(a.resource, "*"), ""})
	}
	if wrong := unaccepted(found); len(wrong) != 0 {
		t.Errorf("the table does not cover itself: %v", wrong)
	}
	if wrong := unaccepted(append(found, finding{"AwsSolutions-S1", "Core/Other", "new"})); len(wrong) != 1 {
		t.Errorf("a new finding gives %v", wrong)
	}
	if wrong := unaccepted(found[1:]); len(wrong) != 1 {
		t.Errorf("a reason without a finding gives %v", wrong)
	}
}
