package dynamodb_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// sized gives an item of exactly size bytes, with index keys when asked for.
func sized(k item, size int, indexed bool) item {
	if indexed {
		with(k, "gpk", s("g"), "gsk", n("1"))
		size -= len("gpk") + 1 + len("gsk") + 2
	}
	return with(k, "v", s(strings.Repeat("x", size-len("pk"+"c"+"sk"+"1"+"v"))))
}

func total(c *types.ConsumedCapacity) float64 {
	if c == nil {
		return -1
	}
	return aws.ToFloat64(c.CapacityUnits)
}

func TestReadCapacity(t *testing.T) {
	c := withTable(t)
	c.put(sized(key("c", "1"), 4096, false))
	c.put(sized(key("c", "2"), 4097, false))
	get := func(sk string, consistent bool) float64 {
		out, err := c.GetItem(context.Background(), &sdk.GetItemInput{TableName: things, Key: key("c", sk), ConsistentRead: &consistent,
			ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal, ProjectionExpression: aws.String("pk")})
		if err != nil {
			t.Fatal(err)
		}
		return total(out.ConsumedCapacity)
	}
	want(t, []float64{get("1", true), get("1", false), get("2", true), get("2", false), get("missing", true), get("missing", false)},
		[]float64{1, 0.5, 2, 1, 1, 0.5})
	out := c.find("pk = :p", item{":p": s("c")}, func(in *sdk.QueryInput) {
		in.ReturnConsumedCapacity, in.ConsistentRead = types.ReturnConsumedCapacityTotal, aws.Bool(true)
	})
	want(t, total(out.ConsumedCapacity), 3.0) // 8193 bytes read as one
	batch, err := c.BatchGetItem(context.Background(), &sdk.BatchGetItemInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		RequestItems: map[string]types.KeysAndAttributes{"things": {Keys: []map[string]types.AttributeValue{key("c", "1"), key("c", "2")}}}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, total(&batch.ConsumedCapacity[0]), 1.5)
	transact, err := c.TransactGetItems(context.Background(),
		&sdk.TransactGetItemsInput{ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
			TransactItems: []types.TransactGetItem{{Get: &types.Get{TableName: things, Key: key("c", "2")}}}})
	if err != nil {
		t.Fatal(err)
	}
	want(t, total(&transact.ConsumedCapacity[0]), 4.0)
}

func TestWriteCapacity(t *testing.T) {
	c := withTable(t)
	put := func(it item) *types.ConsumedCapacity {
		out, err := c.PutItem(context.Background(), &sdk.PutItemInput{TableName: things, Item: it,
			ReturnConsumedCapacity: types.ReturnConsumedCapacityIndexes})
		if err != nil {
			t.Fatal(err)
		}
		return out.ConsumedCapacity
	}
	update := func(expression string, values item) *types.ConsumedCapacity {
		out, err := c.UpdateItem(context.Background(), &sdk.UpdateItemInput{TableName: things, Key: key("c", "1"), UpdateExpression: &expression,
			ExpressionAttributeValues: values, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal})
		if err != nil {
			t.Fatal(err)
		}
		return out.ConsumedCapacity
	}
	want(t, total(put(sized(key("c", "1"), 1024, false))), 1.0)
	want(t, total(put(sized(key("c", "1"), 1025, false))), 2.0)
	want(t, total(put(sized(key("c", "1"), 100, false))), 2.0) // the larger of old and new
	grown := put(sized(key("c", "1"), 1025, true))
	want(t, total(grown), 2+2+1+1.0) // the table, by-group (ALL), by-keys, by-some
	want(t, aws.ToFloat64(grown.Table.CapacityUnits), 2.0)
	want(t, aws.ToFloat64(grown.GlobalSecondaryIndexes["by-group"].CapacityUnits), 2.0)
	want(t, aws.ToFloat64(grown.GlobalSecondaryIndexes["by-keys"].CapacityUnits), 1.0)
	want(t, total(update("SET w = :w", item{":w": s("x")})), 2+2.0)           // only by-group holds w
	want(t, total(update("SET gsk = :n", item{":n": n("2")})), 2+2*(2+1+1.0)) // each entry moves: deleted and written
	want(t, total(update("REMOVE gsk", nil)), 2+2+1+1.0)
	deleted, err := c.DeleteItem(context.Background(), &sdk.DeleteItemInput{TableName: things, Key: key("c", "missing"),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal})
	if err != nil {
		t.Fatal(err)
	}
	want(t, total(deleted.ConsumedCapacity), 1.0)
}

func TestTransactionCapacity(t *testing.T) {
	c := withTable(t)
	in := &sdk.TransactWriteItemsInput{ClientRequestToken: aws.String("token"), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
		TransactItems: []types.TransactWriteItem{
			putEntry(sized(key("c", "1"), 1025, false), ""), checkEntry(key("c", "2"), "attribute_not_exists(pk)", nil),
		}}
	out, err := c.TransactWriteItems(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	want(t, total(&out.ConsumedCapacity[0]), 2*2+2.0)
}
