package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/infra/local/wire"
)

var things = aws.String("things")

func putEntry(it item, condition string) types.TransactWriteItem {
	put := &types.Put{TableName: things, Item: it}
	if condition != "" {
		put.ConditionExpression = &condition
	}
	return types.TransactWriteItem{Put: put}
}

func updateEntry(k item, update string, values item) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{TableName: things, Key: k, UpdateExpression: &update,
		ExpressionAttributeValues: values}}
}

func deleteEntry(k item) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{TableName: things, Key: k}}
}

func checkEntry(k item, condition string, values item) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: things, Key: k, ConditionExpression: &condition,
		ExpressionAttributeValues: values, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}}
}

func (c *cloud) transact(token string, entries ...types.TransactWriteItem) error {
	in := &sdk.TransactWriteItemsInput{TransactItems: entries}
	if token != "" {
		in.ClientRequestToken = &token
	}
	_, err := c.TransactWriteItems(context.Background(), in)
	return err
}

func TestTransactionCommits(t *testing.T) {
	c := withTable(t)
	c.put(with(key("t", "upd"), "v", n("1")))
	c.put(key("t", "del"))
	c.put(with(key("t", "chk"), "v", n("7")))
	err := c.transact("", putEntry(key("t", "put"), "attribute_not_exists(pk)"),
		updateEntry(key("t", "upd"), "SET v = v + :one", item{":one": n("1")}),
		checkEntry(key("t", "chk"), "v = :v", item{":v": n("7")}), deleteEntry(key("t", "del")))
	if err != nil {
		t.Fatal(err)
	}
	want(t, c.get(key("t", "put")), key("t", "put"))
	want(t, c.get(key("t", "upd"))["v"], n("2"))
	want(t, c.get(key("t", "chk"))["v"], n("7"))
	if c.get(key("t", "del")) != nil {
		t.Error("the deleted item is still there")
	}
}

func TestTransactionCancelled(t *testing.T) {
	c := withTable(t)
	old := with(key("t", "chk"), "v", n("7"), "text", s("x"))
	c.put(old)
	err := c.transact("", putEntry(key("t", "new"), ""), checkEntry(key("t", "chk"), "v = :v", item{":v": n("8")}),
		putEntry(key("t", "chk2"), "attribute_exists(pk)"), updateEntry(key("t", "upd"), "SET v = v + :one", item{":one": n("1")}))
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		t.Fatal(err)
	}
	var codes []string
	for _, reason := range cancelled.CancellationReasons {
		codes = append(codes, aws.ToString(reason.Code))
	}
	want(t, codes, []string{"None", "ConditionalCheckFailed", "ConditionalCheckFailed", "ValidationError"})
	want(t, cancelled.CancellationReasons[1].Item, old)
	want(t, cancelled.CancellationReasons[2].Item, item(nil))
	want(t, cancelled.ErrorMessage(), "Transaction cancelled, please refer cancellation reasons for specific reasons "+
		"[None, ConditionalCheckFailed, ConditionalCheckFailed, ValidationError]")
	want(t, aws.ToString(cancelled.CancellationReasons[3].Message),
		"The provided expression refers to an attribute that does not exist in the item")
	if c.get(key("t", "new")) != nil {
		t.Error("a cancelled transaction wrote an item")
	}
}

func TestTransactionToken(t *testing.T) {
	c := withTable(t)
	c.put(with(key("t", "n"), "v", n("0")))
	add := func(token, amount string) error {
		return c.transact(token, updateEntry(key("t", "n"), "ADD v :a", item{":a": n(amount)}))
	}
	for range 3 {
		if err := add("token-1", "1"); err != nil {
			t.Fatal(err)
		}
	}
	want(t, c.get(key("t", "n"))["v"], n("1"))
	wantError(t, add("token-1", "2"), "IdempotentParameterMismatchException")
	if err := add("token-2", "1"); err != nil {
		t.Fatal(err)
	}
	if err := c.clock.Advance(context.Background(), epoch.Add(11*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := add("token-1", "1"); err != nil {
		t.Fatal(err)
	}
	want(t, c.get(key("t", "n"))["v"], n("3"))
}

// TestTransactionTokenIgnoresOrder sends the same request with its JSON members in another order, as Go's maps do.
func TestTransactionTokenIgnoresOrder(t *testing.T) {
	c := withTable(t)
	for _, body := range []string{
		`{"ClientRequestToken":"t","TransactItems":[{"Update":{"TableName":"things","Key":{"pk":{"S":"t"},"sk":{"S":"n"}},
			"UpdateExpression":"ADD v :v, w :w","ExpressionAttributeValues":{":v":{"N":"1"},":w":{"N":"2"}}}}]}`,
		`{"TransactItems":[{"Update":{"ExpressionAttributeValues":{":w":{"N":"2"},":v":{"N":"1"}},"Key":{"sk":{"S":"n"},"pk":{"S":"t"}},
			"UpdateExpression":"ADD v :v, w :w","TableName":"things"}}],"ClientRequestToken":"t"}`,
	} {
		call := wire.Call{Service: "dynamodb", Operation: "TransactWriteItems", Body: []byte(body)}
		if _, err := c.engine.Serve(context.Background(), call); err != nil {
			t.Fatal(err)
		}
	}
	want(t, c.get(key("t", "n")), with(key("t", "n"), "v", n("1"), "w", n("2")))
}

func TestTransactionTokenOfCancelledTransactionIsFree(t *testing.T) {
	c := withTable(t)
	entry := putEntry(key("t", "once"), "attribute_not_exists(pk)")
	c.put(key("t", "once"))
	var cancelled *types.TransactionCanceledException
	if err := c.transact("token", entry); !errors.As(err, &cancelled) {
		t.Fatal(err)
	}
	if _, err := c.DeleteItem(context.Background(), &sdk.DeleteItemInput{TableName: things, Key: key("t", "once")}); err != nil {
		t.Fatal(err)
	}
	if err := c.transact("token", entry); err != nil {
		t.Fatal(err)
	}
	want(t, c.get(key("t", "once")), key("t", "once"))
}

func TestTransactionRefusals(t *testing.T) {
	c := withTable(t)
	err := c.transact("", putEntry(key("t", "a"), ""), checkEntry(key("t", "a"), "attribute_exists(pk)", nil))
	wantError(t, err, "ValidationException", "cannot include multiple operations on one item")
	var many []types.TransactWriteItem
	for i := range 101 {
		many = append(many, putEntry(key("t", fmt.Sprint(i)), ""))
	}
	wantError(t, c.transact("", many...), "ValidationException", "less than or equal to 100")
	if err := c.transact("", many[:100]...); err != nil {
		t.Fatal(err)
	}
	both := types.TransactWriteItem{Put: many[0].Put, Delete: deleteEntry(key("t", "x")).Delete}
	wantError(t, c.transact("", both), "ValidationException", "only contain one")
	wantError(t, c.transact("", updateEntry(key("t", "x"), "SET v = :missing", nil)), "ValidationException", "not defined")
	gone := types.TransactWriteItem{Delete: &types.Delete{TableName: aws.String("nowhere"), Key: key("t", "x")}}
	wantError(t, c.transact("", gone), "ResourceNotFoundException", "Requested resource not found")
	many = nil
	for i := range 11 {
		many = append(many, putEntry(with(key("big", fmt.Sprint(i)), "v", s(strings.Repeat("x", 400_000))), ""))
	}
	wantError(t, c.transact("", many...), "ValidationException", "4 MB")
}

func TestTransactGet(t *testing.T) {
	c := withTable(t)
	c.put(with(key("t", "a"), "v", n("1"), "w", n("2")))
	c.put(key("t", "c"))
	get := func(sk string) types.TransactGetItem {
		return types.TransactGetItem{Get: &types.Get{TableName: things, Key: key("t", sk)}}
	}
	projected := get("a")
	projected.Get.ProjectionExpression, projected.Get.ExpressionAttributeNames = aws.String("#w"), map[string]string{"#w": "w"}
	out, err := c.TransactGetItems(context.Background(), &sdk.TransactGetItemsInput{
		TransactItems: []types.TransactGetItem{get("c"), get("b"), projected}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, out.Responses, []types.ItemResponse{{Item: key("t", "c")}, {}, {Item: item{"w": n("2")}}})
	_, err = c.TransactGetItems(context.Background(), &sdk.TransactGetItemsInput{TransactItems: []types.TransactGetItem{get("c"), get("c")}})
	wantError(t, err, "ValidationException", "multiple operations on one item")
}
