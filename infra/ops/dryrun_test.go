package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The dry run tells of every reminder of the month and changes nothing: what it tells twice is the same, and so is every chain.
func TestTheDryRunTellsAheadAndWritesNothing(t *testing.T) {
	d := deploy(t)
	args, person := d.sample(t)
	code, out := d.ops(t, "", args...)
	wantSaid(t, code, out, 0)
	_, before := d.ops(t, "", "verify-chain", "-creditor", person.Creditor, "-all")
	svg := filepath.Join(d.folder, "chart.svg")
	code, out = d.ops(t, "", "ruler-dry-run", "-days", "40", "-svg", svg)
	wantSaid(t, code, out, 0, "messages by day", "2026-11-23 Mon", "send", "email", "reminder-first", "vida-plena", "tv-horizonte")
	if _, after := d.ops(t, "", "verify-chain", "-creditor", person.Creditor, "-all"); after != before {
		t.Errorf("before:\n%safter:\n%s", before, after)
	}
	drawn, err := os.ReadFile(svg)
	if err != nil || !strings.Contains(string(drawn), "<rect") || strings.Count(string(drawn), "<svg") != 1 {
		t.Errorf("%v: drew %.200s", err, drawn)
	}
	_, again := d.ops(t, "", "ruler-dry-run", "-days", "40")
	if again != out {
		t.Errorf("told again:\n%s\nat first:\n%s", again, out)
	}
	code, one := d.ops(t, "", "ruler-dry-run", "-creditor", person.Creditor, "-from", "2026-12-01", "-days", "5", "-summary")
	wantSaid(t, code, one, 0, "2026-12-01 Tue", "2026-12-05 Sat")
	if strings.Contains(one, "2026-12-06") || strings.Contains(one, "reminder-") {
		t.Errorf("a summary of five days says\n%s", one)
	}
	for _, bad := range [][]string{{"-days", "0"}, {"-days", "401"}, {"-from", "2026-13-01"}, {"-from", "2026-11-01"}, {"-creditor", "X"}} {
		if code, out := d.ops(t, "", append([]string{"ruler-dry-run"}, bad...)...); code != exitUsage {
			t.Errorf("%v: exit code %d:\n%s", bad, code, out)
		}
	}
	code, out = d.ops(t, "", "contacts", "unknown", "-creditor", person.Creditor)
	wantSaid(t, code, out, 0, "0 contacts may or may not have left")
}
