package dynamodb_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/dynamodb"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

type item = map[string]types.AttributeValue

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// cloud is one engine with the unmodified SDK client in front of it.
type cloud struct {
	*sdk.Client
	t      testing.TB
	clock  *clock.Clock
	engine *dynamodb.Engine
}

func start(t testing.TB, st *store.Store) *cloud {
	t.Helper()
	clk := clock.Virtual(epoch)
	t.Cleanup(clk.Close)
	engine, err := dynamodb.New(clk, st)
	if err != nil {
		t.Fatal(err)
	}
	client := sdk.NewFromConfig(aws.Config{
		Region: "sa-east-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String("http://local"), HTTPClient: wire.NewRouter(map[string]wire.Engine{"dynamodb": engine}),
	})
	return &cloud{Client: client, t: t, clock: clk, engine: engine}
}

// withTable gives a cloud with the table "things": pk (S), sk (S), and the indexes by-group (ALL), by-keys (KEYS_ONLY) and by-some
// (INCLUDE note), all on gpk (S) and gsk (N).
func withTable(t testing.TB) *cloud {
	t.Helper()
	c := start(t, store.Memory())
	c.createTable()
	return c
}

func (c *cloud) createTable() {
	c.t.Helper()
	key := func(hash, sort string) []types.KeySchemaElement {
		return []types.KeySchemaElement{
			{AttributeName: &hash, KeyType: types.KeyTypeHash}, {AttributeName: &sort, KeyType: types.KeyTypeRange},
		}
	}
	index := func(name string, projection types.ProjectionType, include ...string) types.GlobalSecondaryIndex {
		return types.GlobalSecondaryIndex{IndexName: &name, KeySchema: key("gpk", "gsk"),
			Projection: &types.Projection{ProjectionType: projection, NonKeyAttributes: include}}
	}
	attribute := func(name string, kind types.ScalarAttributeType) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: kind}
	}
	_, err := c.CreateTable(context.Background(), &sdk.CreateTableInput{
		TableName: aws.String("things"), BillingMode: types.BillingModePayPerRequest, KeySchema: key("pk", "sk"),
		AttributeDefinitions: []types.AttributeDefinition{
			attribute("pk", "S"), attribute("sk", "S"), attribute("gpk", "S"), attribute("gsk", "N"),
		},
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			index("by-group", types.ProjectionTypeAll), index("by-keys", types.ProjectionTypeKeysOnly),
			index("by-some", types.ProjectionTypeInclude, "note"),
		},
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

func s(text string) types.AttributeValue { return &types.AttributeValueMemberS{Value: text} }
func n(text string) types.AttributeValue { return &types.AttributeValueMemberN{Value: text} }
func list(v ...types.AttributeValue) types.AttributeValue {
	return &types.AttributeValueMemberL{Value: append([]types.AttributeValue{}, v...)}
}
func object(fields item) types.AttributeValue { return &types.AttributeValueMemberM{Value: fields} }
func stringSet(member ...string) types.AttributeValue {
	return &types.AttributeValueMemberSS{Value: member}
}

func key(pk, sk string) item { return item{"pk": s(pk), "sk": s(sk)} }

// with adds attributes to a key: name, value, name, value …
func with(it item, pairs ...any) item {
	for i := 0; i < len(pairs); i += 2 {
		it[pairs[i].(string)] = pairs[i+1].(types.AttributeValue)
	}
	return it
}

func (c *cloud) put(it item) {
	c.t.Helper()
	if _, err := c.PutItem(context.Background(), &sdk.PutItemInput{TableName: aws.String("things"), Item: it}); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cloud) get(k item) item {
	c.t.Helper()
	out, err := c.GetItem(context.Background(), &sdk.GetItemInput{TableName: aws.String("things"), Key: k, ConsistentRead: aws.Bool(true)})
	if err != nil {
		c.t.Fatal(err)
	}
	return out.Item
}

// change runs an UpdateItem with the given expressions; values are :name, value pairs.
func (c *cloud) change(k item, update, condition string, values item) (item, error) {
	in := &sdk.UpdateItemInput{TableName: aws.String("things"), Key: k, UpdateExpression: &update, ReturnValues: types.ReturnValueAllNew}
	if condition != "" {
		in.ConditionExpression = &condition
	}
	if len(values) > 0 {
		in.ExpressionAttributeValues = values
	}
	out, err := c.UpdateItem(context.Background(), in)
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

func wantError(t testing.TB, err error, code string, parts ...string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("want %s, got %v", code, err)
	}
	if api.ErrorCode() != code {
		t.Errorf("error code %s, want %s (%s)", api.ErrorCode(), code, api.ErrorMessage())
	}
	for _, part := range parts {
		if !strings.Contains(api.ErrorMessage(), part) {
			t.Errorf("error message %q does not contain %q", api.ErrorMessage(), part)
		}
	}
}

// show writes attribute values readably.
func show(v any) string {
	encoded, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(encoded)
}
