package dynamodb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"pgregory.net/rapid"
)

// thing is the naive model of an item: index keys are set when group is not empty.
type thing struct {
	pk, sk, group string
	number        int
}

func (m thing) item() item {
	it := key(m.pk, m.sk)
	if m.group != "" {
		with(it, "gpk", s(m.group), "gsk", n(fmt.Sprint(m.number)))
	}
	return it
}

// TestQueriesAgainstModel writes and deletes at random and holds every query, page by page, to a sorted slice.
func TestQueriesAgainstModel(t *testing.T) {
	text := rapid.SampledFrom([]string{"a", "a\x00", "ab", "b", "\u00e9", "\U0001f600"})
	rapid.Check(t, func(rt *rapid.T) {
		c := withTable(t)
		model := map[string]thing{}
		for range rapid.IntRange(0, 25).Draw(rt, "writes") {
			m := thing{pk: text.Draw(rt, "pk"), sk: text.Draw(rt, "sk"), group: rapid.SampledFrom([]string{"", "g", "h"}).Draw(rt, "group"),
				number: rapid.IntRange(-3, 3).Draw(rt, "number")}
			model[m.pk+"/"+m.sk] = m
			c.put(m.item())
			if rapid.IntRange(0, 4).Draw(rt, "delete") == 0 {
				delete(model, m.pk+"/"+m.sk)
				if err := c.transact("", deleteEntry(key(m.pk, m.sk))); err != nil {
					rt.Fatal(err)
				}
			}
		}
		forward := rapid.Bool().Draw(rt, "forward")
		limit := rapid.Int32Range(1, 4).Draw(rt, "limit")
		checkTable(rt, c, model, text, forward, limit)
		checkIndex(rt, c, model, forward, limit)
	})
}

func checkTable(t *rapid.T, c *cloud, model map[string]thing, text *rapid.Generator[string], forward bool, limit int32) {
	pk, low, high := text.Draw(t, "query pk"), text.Draw(t, "low"), text.Draw(t, "high")
	if low > high {
		low, high = high, low
	}
	var want []thing
	for _, m := range model {
		if m.pk == pk && low <= m.sk && m.sk <= high {
			want = append(want, m)
		}
	}
	slices.SortFunc(want, func(a, b thing) int { return strings.Compare(a.sk, b.sk) })
	if !forward {
		slices.Reverse(want)
	}
	got := c.pages(model, "pk = :p AND sk BETWEEN :l AND :h", item{":p": s(pk), ":l": s(low), ":h": s(high)}, "", forward, limit)
	if !slices.Equal(got, want) {
		t.Fatalf("query of %q from %q to %q gave %+v, want %+v", pk, low, high, got, want)
	}
}

// checkIndex does not hold entries with equal sort keys to an order: DynamoDB gives none.
func checkIndex(t *rapid.T, c *cloud, model map[string]thing, forward bool, limit int32) {
	from := rapid.IntRange(-3, 3).Draw(t, "from")
	var want []thing
	for _, m := range model {
		if m.group == "g" && m.number >= from {
			want = append(want, m)
		}
	}
	got := c.pages(model, "gpk = :g AND gsk >= :n", item{":g": s("g"), ":n": n(fmt.Sprint(from))}, "by-keys", forward, limit)
	ordered := slices.IsSortedFunc(got, func(a, b thing) int {
		if forward {
			return a.number - b.number
		}
		return b.number - a.number
	})
	all := func(a, b thing) int { return strings.Compare(a.pk+"/"+a.sk, b.pk+"/"+b.sk) }
	sorted := slices.Clone(got)
	slices.SortFunc(sorted, all)
	slices.SortFunc(want, all)
	if !ordered || !slices.Equal(sorted, want) {
		t.Fatalf("query of the index from %d gave %+v, want %+v", from, got, want)
	}
}

// pages runs a query page by page and gives the model's items for what it found.
func (c *cloud) pages(model map[string]thing, condition string, values item, index string, forward bool, limit int32) []thing {
	c.t.Helper()
	var all []thing
	var from item
	for {
		out := c.find(condition, values, func(in *sdk.QueryInput) {
			in.Limit, in.ScanIndexForward, in.ExclusiveStartKey = &limit, &forward, from
			if index != "" {
				in.IndexName = aws.String(index)
			}
		})
		pks, sks := texts(out.Items, "pk"), texts(out.Items, "sk")
		for i := range pks {
			all = append(all, model[pks[i]+"/"+sks[i]])
		}
		if from = out.LastEvaluatedKey; from == nil {
			return all
		}
	}
}
