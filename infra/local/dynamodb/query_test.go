package dynamodb_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// find runs a Query with this key condition; values are the :values.
func (c *cloud) find(condition string, values item, options func(*sdk.QueryInput)) *sdk.QueryOutput {
	c.t.Helper()
	out, err := c.tryFind(condition, values, options)
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c *cloud) tryFind(condition string, values item, options func(*sdk.QueryInput)) (*sdk.QueryOutput, error) {
	in := &sdk.QueryInput{TableName: aws.String("things"), KeyConditionExpression: &condition, ExpressionAttributeValues: values}
	if options != nil {
		options(in)
	}
	return c.Query(context.Background(), in)
}

func texts(items []map[string]types.AttributeValue, name string) []string {
	var all []string
	for _, it := range items {
		switch v := it[name].(type) {
		case *types.AttributeValueMemberS:
			all = append(all, v.Value)
		case *types.AttributeValueMemberN:
			all = append(all, v.Value)
		}
	}
	return all
}

func TestQueryKeyConditions(t *testing.T) {
	c := withTable(t)
	for _, sk := range []string{"a", "b", "b1", "b2", "c", "b\xc3\xa9"} {
		c.put(key("p", sk))
		c.put(key("p2", sk))
		c.put(key("p\x00", sk))
	}
	for _, tc := range []struct {
		condition string
		values    []string
		want      string
	}{
		{"pk = :p", nil, "a b b1 b2 bé c"},
		{"pk = :p AND sk = :0", []string{"b"}, "b"},
		{":0 = sk AND :p = pk", []string{"b"}, "b"},
		{"(pk = :p) AND (sk < :0)", []string{"b"}, "a"},
		{"pk = :p AND sk <= :0", []string{"b"}, "a b"},
		{"pk = :p AND sk > :0", []string{"b"}, "b1 b2 bé c"},
		{"pk = :p AND :0 < sk", []string{"b"}, "b1 b2 bé c"},
		{"pk = :p AND sk >= :0", []string{"b1"}, "b1 b2 bé c"},
		{"pk = :p AND begins_with(sk, :0)", []string{"b"}, "b b1 b2 bé"},
		{"begins_with(sk, :0) AND pk = :p", []string{"b1"}, "b1"},
		{"pk = :p AND sk BETWEEN :0 AND :1", []string{"b", "b2"}, "b b1 b2"},
		{"pk = :p AND sk > :0", []string{"zz"}, ""},
	} {
		values := item{":p": s("p")}
		for i, v := range tc.values {
			values[fmt.Sprintf(":%d", i)] = s(v)
		}
		got := texts(c.find(tc.condition, values, nil).Items, "sk")
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s %v: got %v, want %s", tc.condition, tc.values, got, tc.want)
		}
		got = texts(c.find(tc.condition, values, func(in *sdk.QueryInput) { in.ScanIndexForward = aws.Bool(false) }).Items, "sk")
		if slices.Reverse(got); strings.Join(got, " ") != tc.want {
			t.Errorf("backward %s %v: got %v, want %s", tc.condition, tc.values, got, tc.want)
		}
	}
}

func TestQueryPagesAndFilter(t *testing.T) {
	c := withTable(t)
	for i := range 25 {
		c.put(with(key("p", fmt.Sprintf("%02d", i)), "even", n(fmt.Sprint((i+1)%2)), "v", n(fmt.Sprint(i))))
	}
	for _, forward := range []bool{true, false} {
		var all []string
		var sizes []int32
		var from item
		for {
			out := c.find("pk = :p", item{":p": s("p")}, func(in *sdk.QueryInput) {
				in.Limit, in.ScanIndexForward, in.ExclusiveStartKey = aws.Int32(10), &forward, from
			})
			all, sizes = append(all, texts(out.Items, "sk")...), append(sizes, out.Count)
			if from = out.LastEvaluatedKey; from == nil {
				break
			}
		}
		want(t, sizes, []int32{10, 10, 5})
		if !forward {
			slices.Reverse(all)
		}
		if len(all) != 25 || !slices.IsSorted(all) || len(slices.Compact(all)) != 25 {
			t.Errorf("pages give %v", all)
		}
	}
	out := c.find("pk = :p AND sk < :four", item{":p": s("p"), ":four": s("04"), ":one": n("1")}, func(in *sdk.QueryInput) {
		in.FilterExpression, in.ProjectionExpression = aws.String("even = :one"), aws.String("v")
	})
	want(t, []int32{out.Count, out.ScannedCount}, []int32{2, 4})
	want(t, out.Items, []map[string]types.AttributeValue{{"v": n("0")}, {"v": n("2")}})
	out = c.find("pk = :p", item{":p": s("p"), ":big": n("20")}, func(in *sdk.QueryInput) {
		in.FilterExpression, in.Limit = aws.String("v > :big"), aws.Int32(5)
	})
	want(t, []int32{out.Count, out.ScannedCount}, []int32{0, 5})
	want(t, out.LastEvaluatedKey, key("p", "04"))
	out = c.find("pk = :p", item{":p": s("p")}, func(in *sdk.QueryInput) { in.Select = types.SelectCount })
	if out.Count != 25 || out.Items != nil {
		t.Errorf("COUNT gave %d and %d items", out.Count, len(out.Items))
	}
}

func onGroup(index string) func(*sdk.QueryInput) {
	return func(in *sdk.QueryInput) { in.IndexName = &index }
}

func TestSparseIndexInNumericOrder(t *testing.T) {
	c := withTable(t)
	for _, number := range []string{"100", "20", "3", "9", "-1.5", "-20", "0", "0.5", "1e3"} {
		c.put(with(key("p", number), "gpk", s("g"), "gsk", n(number), "note", s("n"), "other", s("o")))
	}
	c.put(with(key("p", "no index key"), "gpk", s("g")))
	group := item{":g": s("g")}
	out := c.find("gpk = :g", group, onGroup("by-group"))
	want(t, texts(out.Items, "gsk"), []string{"-20", "-1.5", "0", "0.5", "3", "9", "20", "100", "1000"})
	if _, err := c.change(key("p", "9"), "REMOVE gsk", "", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.change(key("p", "20"), "SET gsk = :v", "", item{":v": n("50")}); err != nil {
		t.Fatal(err)
	}
	out = c.find("gpk = :g AND gsk BETWEEN :a AND :b", item{":g": s("g"), ":a": n("3"), ":b": n("100")}, onGroup("by-group"))
	want(t, texts(out.Items, "gsk"), []string{"3", "50", "100"})
	out = c.find("gpk = :g", group, func(in *sdk.QueryInput) { in.IndexName, in.Limit = aws.String("by-group"), aws.Int32(1) })
	want(t, out.LastEvaluatedKey, with(key("p", "-20"), "gpk", s("g"), "gsk", n("-20")))

	one := func(index string) item {
		return c.find("gpk = :g AND gsk = :v", item{":g": s("g"), ":v": n("3")}, onGroup(index)).Items[0]
	}
	keys := with(key("p", "3"), "gpk", s("g"), "gsk", n("3"))
	want(t, one("by-keys"), keys)
	want(t, one("by-some"), with(keys, "note", s("n")))
	want(t, one("by-group"), with(keys, "other", s("o")))
}

func TestIndexWithEqualSortKeys(t *testing.T) {
	c := withTable(t)
	for i := range 7 {
		c.put(with(key("p", fmt.Sprint(i)), "gpk", s("g"), "gsk", n("5")))
	}
	for _, forward := range []bool{true, false} {
		var all []string
		var from item
		for pages := 0; pages < 10; pages++ {
			out := c.find("gpk = :g", item{":g": s("g")}, func(in *sdk.QueryInput) {
				in.IndexName, in.Limit, in.ExclusiveStartKey, in.ScanIndexForward = aws.String("by-group"), aws.Int32(2), from, &forward
			})
			all = append(all, texts(out.Items, "sk")...)
			if from = out.LastEvaluatedKey; from == nil {
				break
			}
		}
		slices.Sort(all)
		want(t, all, []string{"0", "1", "2", "3", "4", "5", "6"})
	}
}

func TestQueryAcrossOneMegabyte(t *testing.T) {
	c := withTable(t)
	for i := range 6 {
		c.put(with(key("p", fmt.Sprint(i)), "v", s(strings.Repeat("x", 300<<10))))
	}
	first := c.find("pk = :p", item{":p": s("p")}, nil)
	want(t, first.LastEvaluatedKey, key("p", "3"))
	rest := c.find("pk = :p", item{":p": s("p")}, func(in *sdk.QueryInput) { in.ExclusiveStartKey = first.LastEvaluatedKey })
	want(t, append(texts(first.Items, "sk"), texts(rest.Items, "sk")...), []string{"0", "1", "2", "3", "4", "5"})
	if rest.LastEvaluatedKey != nil {
		t.Errorf("the last page has a key: %v", rest.LastEvaluatedKey)
	}
}

func TestScan(t *testing.T) {
	c := withTable(t)
	for i := range 5 {
		c.put(with(key(fmt.Sprint(i), "x"), "v", n(fmt.Sprint(i))))
	}
	c.put(with(key("g", "x"), "gpk", s("g"), "gsk", n("1")))
	var all []string
	var from item
	for {
		out, err := c.Scan(context.Background(), &sdk.ScanInput{TableName: aws.String("things"), Limit: aws.Int32(2), ExclusiveStartKey: from,
			FilterExpression: aws.String("v >= :v"), ExpressionAttributeValues: item{":v": n("2")}})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, texts(out.Items, "v")...)
		if from = out.LastEvaluatedKey; from == nil {
			break
		}
	}
	slices.Sort(all)
	want(t, all, []string{"2", "3", "4"})
	out, err := c.Scan(context.Background(), &sdk.ScanInput{TableName: aws.String("things"), IndexName: aws.String("by-group")})
	if err != nil {
		t.Fatal(err)
	}
	want(t, texts(out.Items, "pk"), []string{"g"})
}

func TestQueryRefusals(t *testing.T) {
	c := withTable(t)
	p := item{":p": s("p")}
	for _, tc := range []struct {
		condition string
		values    item
		options   func(*sdk.QueryInput)
		message   string
	}{
		{"sk = :p", p, nil, "Query condition missed key schema element: pk"},
		{"pk > :p", p, nil, "Query key condition not supported"},
		{"pk = :p OR sk = :p", p, nil, "Invalid operator used in KeyConditionExpression: OR"},
		{"pk = :p AND sk <> :p", p, nil, "Invalid operator used in KeyConditionExpression: <>"},
		{"pk = :p AND pk = :p", p, nil, "only contain one condition per key"},
		{"pk = :p AND foo = :p", p, nil, "Query condition missed key schema element: sk"},
		{"pk = :n", item{":n": n("1")}, nil, "Condition parameter type does not match schema type"},
		{"pk = :e", item{":e": s("")}, nil, "cannot contain an empty string value. Key: pk"},
		{"pk = :p AND sk BETWEEN :p AND :a", item{":p": s("p"), ":a": s("a")}, nil, "upper bound to be greater than or equal to lower bound"},
		{"pk = sk", nil, nil, "Multiple attribute names"},
		{"pk.x = :p", p, nil, "Key attributes must be scalars"},
		{"gpk = :p", p, onGroup("nowhere"), "The table does not have the specified index: nowhere"},
		{"gpk = :p", p, func(in *sdk.QueryInput) { in.IndexName, in.ConsistentRead = aws.String("by-group"), aws.Bool(true) },
			"Consistent reads are not supported on global secondary indexes"},
		{"gpk = :p", p, func(in *sdk.QueryInput) { in.IndexName, in.Select = aws.String("by-keys"), types.SelectAllAttributes },
			"Select type ALL_ATTRIBUTES is not supported for global secondary index by-keys"},
		{"gpk = :p", p, func(in *sdk.QueryInput) {
			in.IndexName, in.ProjectionExpression = aws.String("by-some"), aws.String("note, extra")
		},
			"Global secondary index by-some does not project [extra]"},
		{"pk = :p", p, func(in *sdk.QueryInput) { in.FilterExpression = aws.String("attribute_exists(sk)") },
			"Filter Expression can only contain non-primary key attributes: Primary key attribute: sk"},
		{"pk = :p", p, func(in *sdk.QueryInput) { in.ExclusiveStartKey = item{"pk": s("p")} }, "The provided starting key is invalid"},
		{"pk = :p", p, func(in *sdk.QueryInput) { in.ExclusiveStartKey = key("other", "x") }, "outside query boundaries"},
		{"pk = :p", p, func(in *sdk.QueryInput) { in.Limit = aws.Int32(0) }, "greater than or equal to 1"},
		{"pk = :p", p, func(in *sdk.QueryInput) { in.ProjectionExpression, in.Select = aws.String("a"), types.SelectCount }, "only the Count"},
	} {
		_, err := c.tryFind(tc.condition, tc.values, tc.options)
		wantError(t, err, "ValidationException", tc.message)
	}
}
