package journey

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/test/audit"
)

// tampering is a way to change a history without permission. It returns the history and the number that verification must name, 0 when the
// way does not apply to this event.
type tampering struct {
	name string
	with func(links []events.Link, i int) (changed []events.Link, first int64)
}

func tamperings() []tampering {
	number := func(i int) int64 { return int64(i) + 1 }
	return []tampering{
		{"altered", func(links []events.Link, i int) ([]events.Link, int64) {
			links[i].Doc = bytes.Replace(links[i].Doc, []byte(`"occurredAt":"2026`), []byte(`"occurredAt":"2025`), 1)
			return links, number(i)
		}},
		{"altered with its hash made anew", func(links []events.Link, i int) ([]events.Link, int64) {
			links[i].Doc = bytes.Replace(links[i].Doc, []byte(`"reason":"`), []byte(`"reason":"x`), 1)
			links[i].Hash = events.Hash(links[i].PrevHash, links[i].Doc)
			if i == len(links)-1 {
				return links, number(i) // the case names another head
			}
			return links, number(i + 1)
		}},
		{"of another hash", func(links []events.Link, i int) ([]events.Link, int64) {
			links[i].Hash = events.Hash("", []byte("x"))
			return links, number(i)
		}},
		{"dropped", func(links []events.Link, i int) ([]events.Link, int64) {
			return slices.Delete(links, i, i+1), number(i)
		}},
		{"dropped with the numbers closed up", func(links []events.Link, i int) ([]events.Link, int64) {
			links = slices.Delete(links, i, i+1)
			for j := i; j < len(links); j++ {
				links[j].Seq--
			}
			return links, number(i)
		}},
		{"swapped with the next", func(links []events.Link, i int) ([]events.Link, int64) {
			if i == len(links)-1 {
				return nil, 0
			}
			links[i], links[i+1] = links[i+1], links[i]
			links[i].Seq, links[i+1].Seq = links[i+1].Seq, links[i].Seq
			return links, number(i)
		}},
		{"the last one left", func(links []events.Link, i int) ([]events.Link, int64) {
			if i == len(links)-1 {
				return nil, 0
			}
			return links[:i+1], number(i + 1)
		}},
		{"written twice", func(links []events.Link, i int) ([]events.Link, int64) {
			return slices.Insert(links, i, links[i]), number(i + 1)
		}},
	}
}

// TestEveryTamperingIsNamed tells a story and then alters, drops, swaps, repeats and cuts off each of its events: verification names the
// first number that is wrong.
func TestEveryTamperingIsNamed(t *testing.T) {
	w := begin(t, setup{})
	p := w.participant("tv-horizonte")
	token := w.login(p, "email")
	w.strike(token, &bargain{debtor: p})
	store := w.cloud.Parts.Store()
	checked := 0
	for _, c := range w.cases(w.table()) {
		d, err := store.Load(t.Context(), c.creditor, c.id)
		if err != nil {
			t.Fatal(err)
		}
		links, _, err := audit.History(t.Context(), store, c.creditor, c.id)
		if err != nil {
			t.Fatal(err)
		}
		for i := range links {
			for _, tamper := range tamperings() {
				changed, first := tamper.with(slices.Clone(links), i)
				if first == 0 {
					continue
				}
				checked++
				err := events.VerifyChain(changed, d.Case.Seq, d.Case.Head)
				var broken *events.ChainError
				if !errors.As(err, &broken) || broken.Seq != first {
					t.Errorf("event %d of %d %s: %v, want number %d named", i+1, len(links), tamper.name, err, first)
				}
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d tamperings were tried", checked)
	}
}

// TestTamperingInTheTableIsFound changes a stored event behind the product's back, and the case's own record of its last event.
func TestTamperingInTheTableIsFound(t *testing.T) {
	w := begin(t, setup{})
	table := w.table()
	c := w.cases(table)[0]
	partition := fmt.Sprintf("%s#CASE#%s", c.creditor, c.id)
	for _, change := range []struct{ sort, attribute, value string }{
		{"E#000000000001", "doc", `{"S":"{}"}`}, {"E#000000000001", "hash", `{"S":"00"}`}, {"E#000000000002", "prevHash", `{"S":""}`},
		{"S#CASE", "head", `{"S":"00"}`}, {"S#CASE", "seq", `{"N":"1"}`}, {"S#CASE", "seq", `{"N":"99"}`},
	} {
		item := table[partition+" "+change.sort]
		var parsed map[string]json.RawMessage
		if err := json.Unmarshal([]byte(item), &parsed); err != nil {
			t.Fatal(err)
		}
		if parsed[change.attribute] == nil {
			t.Fatalf("%s has no %s", change.sort, change.attribute)
		}
		parsed[change.attribute] = json.RawMessage(change.value)
		put := func(item any) {
			w.dynamo("PutItem", map[string]any{"TableName": physical(contract.Table), "Item": item})
		}
		put(parsed)
		if _, err := w.auditCase(c); err == nil {
			t.Errorf("%s of %s changed to %s was not found", change.attribute, change.sort, change.value)
		}
		put(json.RawMessage(item))
	}
}
