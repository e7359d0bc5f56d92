package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/dynamo"
)

// What the product planned, held back and sent over three months is found again.
func TestVerifyContactsFindsTheSameAgain(t *testing.T) {
	d := deploy(t)
	args, person := d.sample(t)
	if code, out := d.ops(t, "", args...); code != 0 {
		t.Fatal(out)
	}
	if err := d.Advance(t.Context(), d.Clock.Now().Add(90*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	code, out := d.ops(t, "", "verify-contacts", "-all")
	wantSaid(t, code, out, 0, " 0 differences")
	if strings.Contains(out, " 0 verdicts") {
		t.Errorf("nothing was judged:\n%s", out)
	}
	code, out = d.ops(t, "", "verify-contacts", "-creditor", person.Creditor)
	wantSaid(t, code, out, 0, " 0 differences")
	for _, wrong := range [][]string{{}, {"-all", "-creditor", person.Creditor}, {"-creditor", "No Id"}} {
		code, out = d.ops(t, "", append([]string{"verify-contacts"}, wrong...)...)
		wantSaid(t, code, out, exitUsage, "usage")
	}
}

// A stored verdict that was altered is named, and so is a message to somebody who had died by then.
func TestVerifyContactsFindsWhatIsWrong(t *testing.T) {
	d := deploy(t)
	args, _ := d.sample(t)
	if code, out := d.ops(t, "", args...); code != 0 {
		t.Fatal(out)
	}
	if err := d.Advance(t.Context(), d.Clock.Now().Add(30*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	at, claim, contact := d.claimed(t)
	c := caseItems{dynamodb.NewFromConfig(d.Parts.AWS), string(at.creditor) + "#CASE#" + at.id.String(), 0}
	alter := func(seq int, was, is string) {
		t.Helper()
		item := c.get(t, event(seq))
		doc := docOf(t, item)
		if !strings.Contains(doc, was) {
			t.Fatalf("event %s", doc)
		}
		item["doc"] = &types.AttributeValueMemberS{Value: strings.Replace(doc, was, is, 1)}
		c.put(t, item, event(seq))
	}
	where := "creditor " + string(at.creditor) + " case " + at.id.String() + " contact " + contact + ": "
	alter(claim, `"outcome":"allow"`, `"outcome":"require"`)
	code, out := d.ops(t, "", "verify-contacts", "-all")
	wantSaid(t, code, out, exitFailed, where+"claimed outcome: stored require; found allow", where+"CLAIM: ", " 2 differences")
	alter(claim, `"outcome":"require"`, `"outcome":"allow"`)
	standing := regexp.MustCompile(`"standing":"[a-z]+"`).FindString(docOf(t, c.get(t, event(1))))
	alter(1, standing, `"standing":"deceased"`)
	code, out = d.ops(t, "", "verify-contacts", "-creditor", string(at.creditor))
	wantSaid(t, code, out, exitFailed, where+"DECEASED: stored handed over at 2026-", "found block by the log")
	code, out = d.ops(t, "", "verify-contacts", "-creditor", "nobody-else")
	wantSaid(t, code, out, 0, "0 cases, 0 verdicts, 0 differences")
}

func docOf(t *testing.T, item map[string]types.AttributeValue) string {
	t.Helper()
	doc, ok := item["doc"].(*types.AttributeValueMemberS)
	if !ok {
		t.Fatalf("event %v", item)
	}
	return doc.Value
}

// claimed finds a contact that was handed over, and the number of the event that claimed it.
func (d *deployment) claimed(t *testing.T) (at casePlace, seq int, contact string) {
	t.Helper()
	places, err := everyCase(t.Context(), d.Parts)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range places {
		err := d.Parts.Store().Events(t.Context(), at.creditor, at.id, func(e dynamo.StoredEvent) error {
			r, err := e.Decode()
			if claim, ok := r.Event.(collection.ContactClaim); ok {
				seq, contact = int(e.Seq), claim.Contact.String()
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if contact != "" {
			return at, seq, contact
		}
	}
	t.Fatal("nobody was reminded")
	return at, seq, contact
}
