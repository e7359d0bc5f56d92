package main

import "testing"

// Whoever reads the whole table is told of a key that nobody should have written, and not of all but that.
func TestAKeyOfAnotherFormIsNotReadOver(t *testing.T) {
	for partition, c := range map[string]struct {
		sort string
		args []string
		says string
	}{
		"vida-plena#RECEIPT#short": {"RECEIPT", []string{"orphans", "list", "-creditor", "vida-plena"}, "the key of a receipt has another form"},
		"vida-plena#CASE#short":    {"S#CASE", []string{"verify-chain", "-creditor", "vida-plena", "-all"}, "case key"},
	} {
		d := patient(t, nil)
		d.putItem(t, map[string]string{"pk": partition, "sk": c.sort, "doc": `{"Status":"ORPHAN"}`})
		code, out := d.ops(t, "", c.args...)
		wantSaid(t, code, out, exitFailed, c.says)
	}
}
