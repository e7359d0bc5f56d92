package main

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Sound books are told with the creditor's accounts; a ledger entry that is not what its event posted is named.
func TestVerifyLedgerFindsWhatIsWrong(t *testing.T) {
	d := deploy(t)
	args, person := d.sample(t)
	if code, out := d.ops(t, "", args...); code != 0 {
		t.Fatal(out)
	}
	code, out := d.ops(t, "", "verify-ledger", "-creditor", person.Creditor, "-all")
	wantSaid(t, code, out, 0, "receivable", "placed", " 0 with broken books", "add up to R$ 0,00")
	_, shown := d.ops(t, "", "case", "show", "-creditor", person.Creditor, "-document", person.Document)
	id := strings.Fields(shown)[1]
	c := caseItems{dynamodb.NewFromConfig(d.Parts.AWS), person.Creditor + "#CASE#" + id, 2}
	entry := c.get(t, "L#000000000002")
	doc, ok := entry["doc"].(*types.AttributeValueMemberS)
	if !ok {
		t.Fatalf("entry %v", entry)
	}
	doc.Value = strings.ReplaceAll(doc.Value, `"placed"`, `"cash"`)
	c.put(t, entry, "L#000000000002")
	for _, which := range [][]string{{"-all"}, {"-case", id}} {
		code, out = d.ops(t, "", append([]string{"verify-ledger", "-creditor", person.Creditor}, which...)...)
		wantSaid(t, code, out, exitFailed, "case "+id, "the ledger is not what the events posted", " 1 with broken books")
	}
	code, out = d.ops(t, "", "reconcile", "-creditor", person.Creditor, "-day", "2026-13-01")
	wantSaid(t, code, out, exitUsage, "usage")
	code, out = d.ops(t, "", "verify-ledger", "-creditor", person.Creditor)
	wantSaid(t, code, out, exitUsage, "usage")
}
