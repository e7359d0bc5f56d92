// Command bare is the yardstick of a function's start: it makes the calls that offer-serve makes for a participant's debts, as they were
// recorded, and nothing else.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// attributes are recorded attribute values, all of them texts.
type attributes map[string]struct{ S string }

func (a attributes) values() map[string]types.AttributeValue {
	out := map[string]types.AttributeValue{}
	for name, value := range a {
		out[name] = &types.AttributeValueMemberS{Value: value.S}
	}
	return out
}

// recorded are the calls, as the services got them.
type recorded struct {
	GetSecretValue secretsmanager.GetSecretValueInput
	Query          struct {
		TableName, KeyConditionExpression string
		ExpressionAttributeValues         attributes
		ConsistentRead                    bool
	}
	GetItem struct {
		TableName      string
		Key            attributes
		ConsistentRead bool
	}
	Decrypt kms.DecryptInput
}

func main() {
	var r recorded
	must(json.Unmarshal([]byte(os.Getenv("BARE_CALLS")), &r))
	c, err := config.LoadDefaultConfig(context.Background())
	must(err)
	table, keys := dynamodb.NewFromConfig(c), kms.NewFromConfig(c)
	_, err = secretsmanager.NewFromConfig(c).GetSecretValue(context.Background(), &r.GetSecretValue)
	must(err)
	lambda.Start(func(ctx context.Context, _ events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		var answer events.APIGatewayProxyResponse
		found, err := table.Query(ctx, &dynamodb.QueryInput{
			TableName: &r.Query.TableName, KeyConditionExpression: &r.Query.KeyConditionExpression,
			ExpressionAttributeValues: r.Query.ExpressionAttributeValues.values(), ConsistentRead: &r.Query.ConsistentRead,
		})
		if err != nil {
			return answer, err
		}
		creditor, err := table.GetItem(ctx, &dynamodb.GetItemInput{
			TableName: &r.GetItem.TableName, Key: r.GetItem.Key.values(), ConsistentRead: &r.GetItem.ConsistentRead,
		})
		if err != nil {
			return answer, err
		}
		key, err := keys.Decrypt(ctx, &r.Decrypt)
		if err != nil {
			return answer, err
		}
		body, err := json.Marshal(map[string]int{"items": len(found.Items), "creditor": len(creditor.Item), "key": len(key.Plaintext)})
		return events.APIGatewayProxyResponse{StatusCode: 200, Body: string(body)}, err
	})
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
