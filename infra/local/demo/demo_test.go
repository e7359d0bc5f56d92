package demo

import (
	"testing"

	"github.com/regua/regua/shared/creditor"
)

func TestSampleCreditorsAreValid(t *testing.T) {
	docs, err := CreditorFiles()
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, doc := range docs {
		c, err := creditor.Parse(doc)
		if err != nil {
			t.Fatal(err)
		}
		kinds[string(c.Kind)] = true
	}
	if len(kinds) != 3 {
		t.Errorf("the samples cover the kinds %v, want three", kinds)
	}
}
