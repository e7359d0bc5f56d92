package dynamodb_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func want(t testing.TB, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %s\nwant %s", show(got), show(want))
	}
}

func TestPutGetDelete(t *testing.T) {
	c := withTable(t)
	ctx := context.Background()
	it := with(key("a", "1"), "text", s("caf\u00e9 \" \\ \n \x01"), "bin", &types.AttributeValueMemberB{Value: []byte{0, 255}},
		"flag", &types.AttributeValueMemberBOOL{Value: false}, "nul", &types.AttributeValueMemberNULL{Value: true},
		"ss", stringSet("a", "b"), "ns", &types.AttributeValueMemberNS{Value: []string{"1", "2"}},
		"bs", &types.AttributeValueMemberBS{Value: [][]byte{{1}, {2}}}, "list", list(s("x"), list()), "map", object(item{"k": object(item{})}),
		"empty", s(""), "nob", &types.AttributeValueMemberB{Value: []byte{}})
	c.put(it)
	want(t, c.get(key("a", "1")), it)
	if got := c.get(key("a", "2")); got != nil {
		t.Errorf("a missing item is answered with %v", got)
	}
	out, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: aws.String("things"), Item: with(key("a", "1"), "v", n("2")),
		ReturnValues: types.ReturnValueAllOld})
	if err != nil {
		t.Fatal(err)
	}
	want(t, out.Attributes, it)
	deleted, err := c.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: aws.String("things"), Key: key("a", "1"),
		ReturnValues: types.ReturnValueAllOld})
	if err != nil {
		t.Fatal(err)
	}
	want(t, deleted.Attributes, with(key("a", "1"), "v", n("2")))
	if got := c.get(key("a", "1")); got != nil {
		t.Errorf("a deleted item is still there: %v", got)
	}
}

func TestPutOnce(t *testing.T) {
	c := withTable(t)
	in := &sdk.PutItemInput{TableName: aws.String("things"), Item: with(key("a", "1"), "v", n("1")),
		ConditionExpression: aws.String("attribute_not_exists(pk)")}
	if _, err := c.PutItem(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	in.Item = with(key("a", "1"), "v", n("2"))
	_, err := c.PutItem(context.Background(), in)
	wantError(t, err, "ConditionalCheckFailedException", "The conditional request failed")
	want(t, c.get(key("a", "1"))["v"], n("1"))
}

func TestUpdateUnderVersionCheck(t *testing.T) {
	c := withTable(t)
	c.put(with(key("a", "1"), "ver", n("1"), "gone", s("x"), "amount", n("10"), "tags", stringSet("a")))
	update := "SET ver = ver + :one, logs = list_append(if_not_exists(logs, :none), :log), since = if_not_exists(since, :s) " +
		"REMOVE gone ADD amount :amount, tags :more"
	values := item{":one": n("1"), ":none": list(), ":log": list(s("first")), ":s": s("2026"), ":amount": n("5"), ":more": stringSet("b"),
		":was": n("1")}
	got, err := c.change(key("a", "1"), update, "ver = :was", values)
	if err != nil {
		t.Fatal(err)
	}
	want(t, got, with(key("a", "1"), "ver", n("2"), "logs", list(s("first")), "since", s("2026"), "amount", n("15"),
		"tags", stringSet("a", "b")))
	_, err = c.change(key("a", "1"), update, "ver = :was", values)
	wantError(t, err, "ConditionalCheckFailedException")
	want(t, c.get(key("a", "1")), got)
}

func TestNestedPaths(t *testing.T) {
	c := withTable(t)
	c.put(with(key("a", "1"), "m", object(item{"x": list(n("1"), n("2"))}), "nul", &types.AttributeValueMemberNULL{Value: true},
		"b", s("begin")))
	_, err := c.change(key("a", "1"), "SET m.y = :v", "contains(b, :x) = :v", item{":v": n("9"), ":x": s("e")})
	wantError(t, err, "ValidationException", "ConditionExpression", "contains")
	got, err := c.change(key("a", "1"), "SET m.x[1] = :v, m.y = m.x[0] REMOVE nul",
		"attribute_type(m, :map) AND size(m.x) = :two AND NOT b IN (:p, :q) AND begins_with(b, :be)",
		item{":v": n("9"), ":map": s("M"), ":two": n("2"), ":p": s("p"), ":q": s("q"), ":be": s("be")})
	if err != nil {
		t.Fatal(err)
	}
	want(t, got, with(key("a", "1"), "m", object(item{"x": list(n("1"), n("9")), "y": n("1")}), "b", s("begin")))
}

func TestListElements(t *testing.T) {
	c := withTable(t)
	c.put(with(key("a", "1"), "l", list(n("0"), n("1"), n("2"), n("3"))))
	got, err := c.change(key("a", "1"), "REMOVE l[0], l[2] SET l[3] = :x, l[9] = :z, l[8] = :y", "",
		item{":x": s("x"), ":y": s("y"), ":z": s("z")})
	if err != nil {
		t.Fatal(err)
	}
	want(t, got["l"], list(n("1"), s("x"), s("y"), s("z")))
	got, err = c.change(key("a", "1"), "REMOVE l[7], absent.deep.thing", "", nil)
	wantError(t, err, "ValidationException", "document path provided in the update expression is invalid for update")
	if got != nil {
		t.Error("a refused update answered with an item")
	}
}

func TestReturnValues(t *testing.T) {
	c := withTable(t)
	for _, tc := range []struct {
		values    types.ReturnValue
		want, new item
	}{
		{types.ReturnValueNone, nil, nil},
		{types.ReturnValueAllOld, with(key("a", "1"), "v", n("1"), "m", object(item{"x": n("1"), "y": n("1")})), nil},
		{types.ReturnValueAllNew, with(key("a", "1"), "v", n("2"), "m", object(item{"x": n("2"), "y": n("1")})),
			with(key("b", "1"), "v", n("2"))},
		{types.ReturnValueUpdatedOld, item{"v": n("1"), "m": object(item{"x": n("1")})}, nil},
		{types.ReturnValueUpdatedNew, item{"v": n("2"), "m": object(item{"x": n("2")})}, item{"v": n("2")}},
	} {
		c.put(with(key("a", "1"), "v", n("1"), "m", object(item{"x": n("1"), "y": n("1")})))
		for _, call := range []struct {
			key    item
			update string
			want   item
		}{{key("a", "1"), "SET v = :v, m.x = :v", tc.want}, {key("b", "1"), "SET v = :v", tc.new}} {
			out, err := c.UpdateItem(context.Background(), &sdk.UpdateItemInput{TableName: aws.String("things"), Key: call.key,
				UpdateExpression: &call.update, ReturnValues: tc.values, ExpressionAttributeValues: item{":v": n("2")}})
			if err != nil {
				t.Fatal(err)
			}
			t.Log(tc.values)
			want(t, out.Attributes, call.want)
		}
		if _, err := c.DeleteItem(context.Background(), &sdk.DeleteItemInput{TableName: aws.String("things"), Key: key("b", "1")}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOldItemOnFailedCondition(t *testing.T) {
	c := withTable(t)
	old := with(key("a", "1"), "v", n("1"))
	c.put(old)
	ctx, table, no := context.Background(), aws.String("things"), aws.String("v = :v")
	all, values := types.ReturnValuesOnConditionCheckFailureAllOld, item{":v": n("2")}
	calls := map[string]func() error{
		"put": func() error {
			_, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: table, Item: key("a", "1"), ConditionExpression: no,
				ExpressionAttributeValues: values, ReturnValuesOnConditionCheckFailure: all})
			return err
		},
		"update": func() error {
			_, err := c.UpdateItem(ctx, &sdk.UpdateItemInput{TableName: table, Key: key("a", "1"), UpdateExpression: aws.String("SET x = :v"),
				ConditionExpression: no, ExpressionAttributeValues: values, ReturnValuesOnConditionCheckFailure: all})
			return err
		},
		"delete": func() error {
			_, err := c.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: table, Key: key("a", "1"), ConditionExpression: no,
				ExpressionAttributeValues: values, ReturnValuesOnConditionCheckFailure: all})
			return err
		},
	}
	for name, call := range calls {
		var failed *types.ConditionalCheckFailedException
		if err := call(); !errors.As(err, &failed) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want(t, failed.Item, old)
	}
}

func TestItemSizeLimit(t *testing.T) {
	c := withTable(t)
	ctx := context.Background()
	big := with(key("a", "1"), "v", s(strings.Repeat("x", 409600)))
	_, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: things, Item: big})
	wantError(t, err, "ValidationException", "Item size has exceeded the maximum allowed size")
	exact := 409600 - len("pk"+"a"+"sk"+"1"+"v")
	c.put(with(key("a", "1"), "v", s(strings.Repeat("x", exact))))
	_, err = c.change(key("a", "1"), "SET w = :w", "", item{":w": s("x")})
	wantError(t, err, "ValidationException", "Item size to update has exceeded the maximum allowed size")
	if _, grown := c.get(key("a", "1"))["w"]; grown {
		t.Error("a refused update changed the item")
	}
}

func TestNumbers(t *testing.T) {
	c := withTable(t)
	for _, tc := range []struct{ a, b, sum string }{
		{"12345678901234567890123456789012345678", "1", "12345678901234567890123456789012345679"},
		{"0.10", "0.20", "0.3"},
		{"99999999999999999999999999999999999999", "1", "100000000000000000000000000000000000000"},
		{"-1e-130", "1E-130", "0"},
		{"1e125", "-0", "1" + strings.Repeat("0", 125)},
		{"+007.50", "-.5", "7"},
	} {
		c.put(with(key("n", "1"), "v", n(tc.a)))
		got, err := c.change(key("n", "1"), "SET v = v + :b", "", item{":b": n(tc.b)})
		if err != nil {
			t.Fatalf("%s + %s: %v", tc.a, tc.b, err)
		}
		want(t, got["v"], n(tc.sum))
	}
	for text, message := range map[string]string{
		"": "numeric", "x": "numeric", "1e": "numeric", "0x1": "numeric", "1.2.3": "numeric", "--1": "numeric", "1e126": "overflow",
		"1e-131": "underflow", "123456789012345678901234567890123456789": "38 significant digits", "NaN": "numeric", "Infinity": "numeric",
		"1 ": "numeric",
	} {
		_, err := c.PutItem(context.Background(), &sdk.PutItemInput{TableName: aws.String("things"), Item: with(key("n", "2"), "v", n(text))})
		wantError(t, err, "ValidationException", message)
	}
	c.put(with(key("n", "3"), "v", n("1e38")))
	_, err := c.change(key("n", "3"), "SET v = v + :b", "", item{":b": n("0.1")})
	wantError(t, err, "ValidationException", "38 significant digits")
}

func TestBatches(t *testing.T) {
	c := withTable(t)
	ctx := context.Background()
	writes := func(count int) map[string][]types.WriteRequest {
		var all []types.WriteRequest
		for i := range count {
			all = append(all, types.WriteRequest{PutRequest: &types.PutRequest{Item: key("b", string(rune('a'+i)))}})
		}
		return map[string][]types.WriteRequest{"things": all}
	}
	_, err := c.BatchWriteItem(ctx, &sdk.BatchWriteItemInput{RequestItems: writes(26)})
	wantError(t, err, "ValidationException", "Too many items")
	if c.get(key("b", "a")) != nil {
		t.Error("a refused batch wrote an item")
	}
	if _, err := c.BatchWriteItem(ctx, &sdk.BatchWriteItemInput{RequestItems: writes(25)}); err != nil {
		t.Fatal(err)
	}
	out, err := c.BatchGetItem(ctx, &sdk.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
		"things": {Keys: []map[string]types.AttributeValue{key("b", "a"), key("b", "missing"), key("b", "y")}}}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, out.Responses["things"], []map[string]types.AttributeValue{key("b", "a"), key("b", "y")})
	_, err = c.BatchGetItem(ctx, &sdk.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
		"things": {Keys: []map[string]types.AttributeValue{key("b", "a"), key("b", "a")}}}})
	wantError(t, err, "ValidationException", "duplicates")
	_, err = c.BatchWriteItem(ctx, &sdk.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"things": {
		{PutRequest: &types.PutRequest{Item: key("b", "z")}}, {DeleteRequest: &types.DeleteRequest{Key: key("b", "z")}}}}})
	wantError(t, err, "ValidationException", "duplicates")
}
