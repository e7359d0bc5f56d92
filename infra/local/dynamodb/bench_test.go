package dynamodb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// serve calls the engine without the SDK client, whose own cost is many times the engine's.
func serve(b *testing.B, e *dynamodb.Engine, operation, body string) {
	b.Helper()
	if _, err := e.Serve(context.Background(), wire.Call{Service: "dynamodb", Operation: operation, Body: []byte(body)}); err != nil {
		b.Fatal(err)
	}
}

// debtBody is the wire form of an item with the attributes of a debt, about 600 bytes.
func debtBody(i int) string {
	it := map[string]any{}
	for name, text := range map[string]string{"creditorId": "cred-1", "caseId": "01J0000000000000000000000", "debtId": fmt.Sprint(i),
		"st": "OPEN", "contract": "123456789", "description": "Mensalidade de plano de saude, competencia 03/2026", "dueDate": "2026-03-10",
		"etag": "0123456789abcdef"} {
		it[name] = map[string]string{"S": text}
	}
	for _, name := range []string{"principal", "fine", "interest", "total", "ver"} {
		it[name] = map[string]string{"N": fmt.Sprint(100000 + i)}
	}
	it["pk"], it["sk"] = map[string]string{"S": "case#" + fmt.Sprint(i%1000)}, map[string]string{"S": "debt#" + fmt.Sprint(i)}
	it["gpk"], it["gsk"] = map[string]string{"S": "shard#" + fmt.Sprint(i%16)}, map[string]string{"N": fmt.Sprint(i)}
	encoded, err := json.Marshal(it)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func benchEngine(b *testing.B, st *store.Store, items int) *dynamodb.Engine {
	b.Helper()
	clk := clock.Virtual(epoch)
	b.Cleanup(clk.Close)
	e, err := dynamodb.New(clk, st)
	if err != nil {
		b.Fatal(err)
	}
	serve(b, e, "CreateTable", `{"TableName":"things","BillingMode":"PAY_PER_REQUEST",
		"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
		"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"},
			{"AttributeName":"gpk","AttributeType":"S"},{"AttributeName":"gsk","AttributeType":"N"}],
		"GlobalSecondaryIndexes":[{"IndexName":"by-group","Projection":{"ProjectionType":"KEYS_ONLY"},
			"KeySchema":[{"AttributeName":"gpk","KeyType":"HASH"},{"AttributeName":"gsk","KeyType":"RANGE"}]}]}`)
	for i := range items {
		serve(b, e, "PutItem", `{"TableName":"things","Item":`+debtBody(i)+`}`)
	}
	return e
}

func BenchmarkEngine(b *testing.B) {
	e := benchEngine(b, store.Memory(), 100_000)
	key := `"Key":{"pk":{"S":"case#7"},"sk":{"S":"debt#7"}}`
	for name, call := range map[string][2]string{
		"get": {"GetItem", `{"TableName":"things",` + key + `}`},
		"put": {"PutItem", `{"TableName":"things","ConditionExpression":"attribute_exists(pk)","Item":` + debtBody(7) + `}`},
		"update": {"UpdateItem", `{"TableName":"things",` + key + `,"UpdateExpression":"SET ver = ver + :one, st = :s",
			"ConditionExpression":"ver > :one","ExpressionAttributeValues":{":one":{"N":"1"},":s":{"S":"OPEN"}}}`},
		"query of 100": {"Query", `{"TableName":"things","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"case#7"}}}`},
		"index of 20": {"Query", `{"TableName":"things","IndexName":"by-group","KeyConditionExpression":"gpk = :p","Limit":20,
			"ExpressionAttributeValues":{":p":{"S":"shard#7"}}}`},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				serve(b, e, call[0], call[1])
			}
		})
	}
}

func BenchmarkDurablePut(b *testing.B) {
	st, err := store.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	e := benchEngine(b, st, 0)
	for i := 0; b.Loop(); i++ {
		serve(b, e, "PutItem", `{"TableName":"things","Item":`+debtBody(i)+`}`)
	}
}
