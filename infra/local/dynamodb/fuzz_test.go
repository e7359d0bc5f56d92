package dynamodb_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/regua/regua/infra/local/wire"
)

// FuzzRequests holds the engine to answering any request body with JSON or with an error in AWS's words.
func FuzzRequests(f *testing.F) {
	operations := []string{"PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem",
		"TransactWriteItems", "TransactGetItems", "CreateTable", "DescribeTable", "UpdateTimeToLive", "DescribeTimeToLive"}
	for i, body := range []string{
		`{"TableName":"things","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"gpk":{"S":"g"},"gsk":{"N":"1e2"}},"ReturnConsumedCapacity":"INDEXES"}`,
		`{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"ProjectionExpression":"a[1].b, #c","ExpressionAttributeNames":{"#c":"d"}}`,
		`{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"UpdateExpression":"SET a = :v ADD b :v",
			"ExpressionAttributeValues":{":v":{"N":"1"}}}`,
		`{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"S":"b"}},"ConditionExpression":"attribute_exists(pk)","ReturnValues":"ALL_OLD"}`,
		`{"TableName":"things","IndexName":"by-keys","KeyConditionExpression":"gpk = :g AND gsk > :n","ScanIndexForward":false,"Limit":1,
			"ExpressionAttributeValues":{":g":{"S":"g"},":n":{"N":"0"}},
			"ExclusiveStartKey":{"pk":{"S":"a"},"sk":{"S":"b"},"gpk":{"S":"g"},"gsk":{"N":"5"}}}`,
		`{"TableName":"things","Select":"COUNT","FilterExpression":"size(a) > :v","ExpressionAttributeValues":{":v":{"N":"0"}}}`,
		`{"RequestItems":{"things":{"Keys":[{"pk":{"S":"a"},"sk":{"S":"b"}}]}}}`,
		`{"RequestItems":{"things":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}},
			{"DeleteRequest":{"Key":{"pk":{"S":"c"},"sk":{"S":"b"}}}}]}}`,
		`{"ClientRequestToken":"t","TransactItems":[{"Put":{"TableName":"things","Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}},
			{"ConditionCheck":{"TableName":"things","Key":{"pk":{"S":"c"},"sk":{"S":"b"}},"ConditionExpression":"attribute_exists(pk)"}}]}`,
		`{"TransactItems":[{"Get":{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}}}]}`,
		`{"TableName":"other","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
			"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"B"}]}`,
		`{"TableName":"things"}`, `{"TableName":"things","TimeToLiveSpecification":{"AttributeName":"gsk","Enabled":true}}`, `{} {}`,
	} {
		f.Add(uint8(i), body)
	}
	f.Fuzz(func(t *testing.T, operation uint8, body string) {
		c := withTable(t)
		c.put(with(key("a", "b"), "gpk", s("g"), "gsk", n("1"), "a", list(s("x"))))
		call := wire.Call{Service: "dynamodb", Operation: operations[int(operation)%len(operations)], Body: []byte(body)}
		answer, err := c.engine.Serve(context.Background(), call)
		var refused *wire.Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("%s: %v", call.Operation, err)
		}
		if encoded, ok := answer.(json.RawMessage); err == nil && (!ok || !json.Valid(encoded)) {
			t.Fatalf("%s answered %s", call.Operation, answer)
		}
	})
}
