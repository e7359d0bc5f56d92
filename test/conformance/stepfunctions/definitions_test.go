package stepfunctions_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/statemachines"
	"github.com/regua/regua/test/oracles"
)

// machineText is a definition and why asl-validator may judge otherwise than ours.
type machineText struct{ name, text, excuse string }

// refused reads the machines that ours refuses.
func refused(t testing.TB) []machineText {
	t.Helper()
	text, err := os.ReadFile("testdata/refused.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []machineText
	for i, l := range strings.Split(string(text), "\n") {
		if l == "" || l[0] == '#' {
			continue
		}
		cells := strings.Split(l+" ", " | ")
		if len(cells) != 3 {
			t.Fatalf("refused.txt:%d has %d cells: %q", i+1, len(cells), l)
		}
		m := machineText{cells[0], cells[1], strings.TrimSpace(cells[2])}
		if m.text[0] == '"' {
			m.text = `{"StartAt":"A","States":{` + m.text + `}}`
		}
		all = append(all, m)
	}
	return all
}

// accepted lists the machines of the product and those of the checks.
func accepted(t testing.TB) []machineText {
	t.Helper()
	var all []machineText
	for _, m := range contract.Machines() {
		text, err := statemachines.Definition(m.Name, func(f string) string { return "arn:aws:lambda:us-east-1:000000000000:function:" + f })
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, machineText{name: m.Name, text: string(text)})
	}
	for _, c := range checks(t) {
		if c.coded != nil || c.ofOurs != "" {
			continue
		}
		text, err := c.definition(time.Unix(1e9, 0))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, machineText{name: c.name, text: string(text)})
	}
	return append(all, machineText{name: "waits", text: waits}, machineText{name: "succeeds", text: succeeds})
}

func TestDefinitionsAreRefused(t *testing.T) {
	g := ours(t)
	for _, m := range refused(t) {
		if err := g.define("machine", []byte(m.text)); err == nil {
			t.Errorf("%s: it is accepted", m.name)
		}
	}
}

// TestDefinitionsOfOracle compares the verdicts with those of asl-validator. It prints both.
func TestDefinitionsOfOracle(t *testing.T) {
	good, bad := accepted(t), refused(t)
	all := append(good[:len(good):len(good)], bad...)
	verdicts := validated(t, all)
	g := ours(t)
	same := 0
	var table strings.Builder
	for i, m := range all {
		mine := g.define("machine", []byte(m.text))
		theirs := "accepted"
		if verdicts[i] != "" {
			theirs = "refused"
		}
		if (mine == nil) != (i < len(good)) {
			t.Errorf("ours: %s: %v", m.name, mine)
		}
		alike := (mine == nil) == (verdicts[i] == "")
		switch {
		case alike && m.excuse == "":
			same++
		case alike:
			t.Errorf("asl-validator agrees about %q, which is excused: %s", m.name, m.excuse)
		case m.excuse == "":
			t.Errorf("%s: ours says %v, asl-validator %q\n%s", m.name, mine, verdicts[i], m.text)
		}
		if i >= len(good) {
			fmt.Fprintf(&table, "| %s | %v | %s %s |\n", m.name, mine, theirs, m.excuse)
		}
	}
	t.Logf("\n| machine | ours | asl-validator |\n|---|---|---|\n%s", &table)
	t.Logf("%d machines (%d good, %d bad): asl-validator judges %d like ours", len(all), len(good), len(bad), same)
}

// validated gives asl-validator's verdicts, "" for a good machine, or skips the test when it is not there.
func validated(t testing.TB, machines []machineText) []string {
	t.Helper()
	if _, err := os.Stat(filepath.Join("asl", "node_modules")); err != nil {
		oracles.Absent(t, "asl-validator", "asl/node_modules is not there: make conformance fetches it")
	}
	texts := make([]json.RawMessage, len(machines))
	for i, m := range machines {
		texts[i] = json.RawMessage(m.text)
	}
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), "node", "validate.js")
	command.Dir, command.Stdin, command.Stderr = "asl", bytes.NewReader(input), &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("asl-validator: %v\n%s", err, &stderr)
	}
	var verdicts []string
	if err := json.Unmarshal(out, &verdicts); err != nil || len(verdicts) != len(machines) {
		t.Fatalf("asl-validator answers %d verdicts of %d: %v", len(verdicts), len(machines), err)
	}
	return verdicts
}
