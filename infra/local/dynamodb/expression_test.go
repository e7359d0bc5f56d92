package dynamodb_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func binary(b ...byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: b} }

// TestConditions evaluates conditions as the filter of a query over one item.
func TestConditions(t *testing.T) {
	c := withTable(t)
	c.put(with(key("p", "1"), "n", n("5"), "s", s("h\u00e9llo"), "b", binary(1, 2, 3), "ss", stringSet("x", "y"),
		"ns", &types.AttributeValueMemberNS{Value: []string{"1", "2.50"}}, "bs", &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}},
		"l", list(n("1"), s("two"), object(item{"deep": list(n("3"))})), "m", object(item{"a.b": s("dot"), "k": n("1")}),
		"flag", &types.AttributeValueMemberBOOL{Value: true}, "nul", &types.AttributeValueMemberNULL{Value: true}, "n2", n("5.0")))
	values := item{":p": s("p"), ":n": n("5"), ":s": s("h\u00e9"), ":text": s("h\u00e9llo"), ":b": binary(1, 2), ":x": s("x"), ":one": n("1"),
		":half": n("2.5"), ":b1": binary(1), ":l": list(n("3")), ":true": &types.AttributeValueMemberBOOL{Value: true}, ":two": n("2"),
		":set": stringSet("y", "x"), ":dot": s("dot"), ":N": s("N"), ":NULL": s("NULL"), ":SS": s("SS"), ":nine": n("9"), ":zz": s("zz")}
	for condition, holds := range map[string]bool{
		"n = :n": true, "n = n2": true, "n <> :n": false, "n < :nine": true, "n <= :n": true, "n > :n": false, "n >= :n": true,
		"n = :text": false, "n <> :text": true, "n < :text": false, "s > :s": true, "b > :b": true, "absent = :n": false, "absent <> :n": true,
		"absent < :n": false, "NOT absent = :n": true, "n BETWEEN :one AND :nine": true, "n BETWEEN :one AND :two": false,
		":two BETWEEN :one AND n": true, "absent BETWEEN :one AND :two": false, "n IN (:one, :n)": true, "n IN (:one, :two)": false,
		"absent IN (:one)": false, "s IN (:x, s2, :text)": true, "ss = :set": true, "flag = :true": true,
		"attribute_exists(m.k)": true, "attribute_exists(m.x)": false, "attribute_not_exists(l[9])": true, "attribute_exists(l[2].deep[0])": true,
		"attribute_exists(n.k)": false, "attribute_exists(m[0])": false, "m.#dot = :dot": true, "l[2].deep = :l": true, "l[1].x = :x": false,
		"attribute_type(n, :N)": true, "attribute_type(nul, :NULL)": true, "attribute_type(ss, :SS)": true, "attribute_type(s, :N)": false,
		"attribute_type(absent, :N)": false, "begins_with(s, :s)": true, "begins_with(b, :b)": true, "begins_with(b, :s)": false,
		"begins_with(n, :s)": false, "contains(s, :s)": true, "contains(s, :n)": false, "contains(b, :b)": true, "contains(ss, :x)": true,
		"contains(ss, :s)": false, "contains(ns, :half)": true, "contains(ns, :n)": false, "contains(bs, :b1)": true, "contains(bs, :b)": false,
		"contains(l, :one)": true, "contains(l, :n)": false, "contains(m, :one)": false, "contains(absent, :one)": false,
		"contains(l, m.k)": true,
		"size(s) = :n":     true, "size(b) > :two": true, "size(ss) = :two": true, "size(l) > :two": true, "size(m) = :two": true,
		"size(n) = :one": false, "size(absent) < :nine": false, "size(flag) < :nine": false,
		"n = :n AND s = :x": false, "n = :n OR s = :x": true, "NOT (n = :n OR s = :x)": false, "NOT n = :n OR s = :text": true,
		"n = :one AND s = :x OR flag = :true": true, "n = :one AND (s = :x OR flag = :true)": false, "(n) = (:n)": true,
		"not n = :one and NOT NOT n = :n": true, "s BETWEEN :s AND :zz AND n = :n": true, "size ( s )=:n": true,
	} {
		used := item{}
		for name := range values {
			if usesName(condition, name) || name == ":p" {
				used[name] = values[name]
			}
		}
		out := c.find("pk = :p", used, func(in *sdk.QueryInput) {
			in.FilterExpression = aws.String(condition)
			if usesName(condition, "#dot") {
				in.ExpressionAttributeNames = map[string]string{"#dot": "a.b"}
			}
		})
		if got := out.Count == 1; got != holds {
			t.Errorf("%s: %v", condition, got)
		}
	}
}

// usesName reports whether an expression mentions a whole :name or #name.
func usesName(expression, name string) bool {
	for i := 0; i+len(name) <= len(expression); i++ {
		if expression[i:i+len(name)] != name {
			continue
		}
		if end := i + len(name); end == len(expression) || expression[end] == ' ' || expression[end] == ')' || expression[end] == ',' {
			return true
		}
	}
	return false
}

func TestProjections(t *testing.T) {
	c := withTable(t)
	c.put(with(key("p", "1"), "l", list(n("0"), n("1"), object(item{"x": n("2"), "y": n("3")})),
		"m", object(item{"k": object(item{"z": n("4"), "w": n("5")})})))
	for _, tc := range []struct {
		projection string
		want       item
	}{
		{"sk, absent", item{"sk": s("1")}},
		{"l[2].y, l[0]", item{"l": list(n("0"), object(item{"y": n("3")}))}},
		{"l[7], l[0].x, m[0]", item{}},
		{"m.k.z.q", item{}},
		{"m.k.z, m.k.absent, pk", item{"pk": s("p"), "m": object(item{"k": object(item{"z": n("4")})})}},
	} {
		out, err := c.GetItem(t.Context(), &sdk.GetItemInput{TableName: things, Key: key("p", "1"), ProjectionExpression: &tc.projection})
		if err != nil {
			t.Fatal(err)
		}
		want(t, out.Item, tc.want)
	}
}

func TestUpdates(t *testing.T) {
	c := withTable(t)
	old := func() item {
		return with(key("p", "1"), "n", n("5"), "l", list(list(n("1")), n("2")), "m", object(item{"s": stringSet("a", "b"), "n": n("1")}),
			"ns", &types.AttributeValueMemberNS{Value: []string{"1", "2"}})
	}
	values := item{":n": n("1.5"), ":a": stringSet("a"), ":ab": stringSet("a", "b", "c"), ":x": s("x"), ":l": list(s("x")),
		":ns": &types.AttributeValueMemberNS{Value: []string{"2.0", "3"}}}
	for _, tc := range []struct {
		update string
		change func(it item)
	}{
		{"SET n = n - :n", func(it item) { it["n"] = n("3.5") }},
		{"set n = (:n + n), x = (:x)", func(it item) { it["n"], it["x"] = n("6.5"), s("x") }},
		{"SET x = n, n = if_not_exists(absent, :n)", func(it item) { it["x"], it["n"] = n("5"), n("1.5") }},
		{"SET n = if_not_exists(n, :n) + :n", func(it item) { it["n"] = n("6.5") }},
		{"SET l[0][0] = :x, l[1] = m.n", func(it item) { it["l"] = list(list(s("x")), n("1")) }},
		{"SET l = list_append(:l, l)", func(it item) { it["l"] = list(s("x"), list(n("1")), n("2")) }},
		{"SET l[5] = :x REMOVE l[0]", func(it item) { it["l"] = list(n("2"), s("x")) }},
		{"REMOVE l[0][0], l[9], m.absent, absent", func(it item) { it["l"] = list(list(), n("2")) }},
		{"DELETE m.s :a", func(it item) { it["m"] = object(item{"s": stringSet("b"), "n": n("1")}) }},
		{"DELETE m.s :ab", func(it item) { it["m"] = object(item{"n": n("1")}) }},
		{"DELETE absent :a", func(item) {}},
		{"ADD m.s :ab", func(it item) { it["m"] = object(item{"s": stringSet("a", "b", "c"), "n": n("1")}) }},
		{"ADD ns :ns, x :a, m.n :n", func(it item) {
			it["ns"], it["x"] = &types.AttributeValueMemberNS{Value: []string{"1", "2", "3"}}, stringSet("a")
			it["m"] = object(item{"s": stringSet("a", "b"), "n": n("2.5")})
		}},
	} {
		c.put(old())
		used := item{}
		for name := range values {
			if usesName(tc.update, name) {
				used[name] = values[name]
			}
		}
		got, err := c.change(key("p", "1"), tc.update, "", used)
		if err != nil {
			t.Errorf("%s: %v", tc.update, err)
			continue
		}
		wanted := old()
		tc.change(wanted)
		want(t, got, wanted)
		want(t, c.get(key("p", "1")), wanted)
	}
}
