package dynamodb_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

func TestUpdateRefusals(t *testing.T) {
	c := withTable(t)
	old := with(key("a", "1"), "v", n("1"), "word", s("x"), "l", list(s("x")))
	c.put(old)
	v := item{":v": s("x")}
	for _, tc := range []struct {
		update, condition string
		values            item
		message           string
	}{
		{"SET status = :v", "", v, "Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: status"},
		{"SET a.Name = :v", "", v, "reserved keyword: Name"},
		{"SET a = :v", "", item{":v": s("x"), ":w": s("y")}, "Value provided in ExpressionAttributeValues unused in expressions: keys: {:w}"},
		{"SET a = :w", "", v, "An expression attribute value used in expression is not defined; attribute value: :w"},
		{"SET #a = :v", "", v, "An expression attribute name used in the document path is not defined; attribute name: #a"},
		{"SET pk = :v", "", v, "Cannot update attribute pk. This attribute is part of the key"},
		{"REMOVE sk", "", nil, "Cannot update attribute sk. This attribute is part of the key"},
		{"SET a = :v, a = :v", "", v,
			"Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a]"},
		{"SET a.b = :v REMOVE a", "", v, "path one: [a, b], path two: [a]"},
		{"SET a = :v REMOVE a[1]", "", v, "path one: [a], path two: [a, [1]]"},
		{"SET a.b = :v REMOVE a[1]", "", v, "Two document paths conflict with each other"},
		{"SET a = :v SET b = :v", "", v, `The "SET" section can only be used once in an update expression;`},
		{"SET a = v + :v", "", v, "Incorrect operand type for operator or function; operator or function: +, operand type: S"},
		{"SET a = word + v", "", nil, "An operand in the update expression has an incorrect data type"},
		{"SET a = absent", "", nil, "The provided expression refers to an attribute that does not exist in the item"},
		{"SET a = list_append(l, :v)", "", v,
			"Incorrect operand type for operator or function; operator or function: list_append, operand type: S"},
		{"SET a = nonsense(l, :v)", "", v, "Invalid function name; function: nonsense"},
		{"SET a = if_not_exists(l)", "", nil, "Incorrect number of operands"},
		{"SET a = if_not_exists(:v, l)", "", v, "requires a document path"},
		{"ADD v :v", "", v, "Incorrect operand type for operator or function; operator: ADD, operand type: STRING"},
		{"ADD word :n", "", item{":n": n("1")}, "An operand in the update expression has an incorrect data type"},
		{"DELETE v :n", "", item{":n": n("1")}, "operator: DELETE, operand type: NUMBER"},
		{"SET a.b = :v", "", v, "The document path provided in the update expression is invalid for update"},
		{"SET", "", nil, "Syntax error; token: \"<EOF>\""},
		{"SET a = :v, ", "", v, "Syntax error"},
		{"SET a = :v!", "", v, `Syntax error; token: "!", near: ":v!"`},
		{"UPSERT a = :v", "", v, `Syntax error; token: "UPSERT"`},
		{"", "", nil, "Invalid UpdateExpression: The expression can not be empty;"},
		{"SET gpk = :v", "", item{":v": s("")}, "cannot contain an empty string value. IndexName: by-group, IndexKey: gpk"},
		{"SET gsk = :v", "", v, "Type mismatch for Index Key gsk Expected: N Actual: S IndexName: by-group"},
		{"SET b = :v", "a = a", v, "Invalid ConditionExpression: The first operand must be distinct from the remaining operands"},
		{"SET b = :v", "((a = :v))", v, "The expression has redundant parentheses;"},
		{"SET b = :v", "a = :v AND", v, `Syntax error; token: "<EOF>", near: "AND"`},
		{"SET b = :v", "a", v, "Syntax error"},
		{"SET b = :v", "size(a)", v, "The function is not allowed to be used this way in an expression; function: size"},
		{"SET b = :v", "size(a) > :v AND v < :b", item{":v": s("x"), ":b": &types.AttributeValueMemberBOOL{Value: true}},
			"Incorrect operand type for operator or function; operator or function: <, operand type: BOOL"},
		{"SET b = :v", "begins_with(a, :n)", item{":v": s("x"), ":n": n("1")}, "operator or function: begins_with, operand type: N"},
		{"SET b = :v", "attribute_type(a, :v)", v, "Invalid attribute type name found; type: x, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"},
		{"SET b = :v", "attribute_exists(:v)", v, "requires a document path"},
		{"SET b = :v", "exists(a)", v, "Invalid function name; function: exists"},
		{"SET b = :v", "a IN ()", v, "Syntax error"},
		{"SET b = :v", strings.Repeat("NOT ", 1100) + "a = :v", v, "Expression size has exceeded the maximum allowed size"},
	} {
		_, err := c.change(key("a", "1"), tc.update, tc.condition, tc.values)
		wantError(t, err, "ValidationException", tc.message)
	}
	want(t, c.get(key("a", "1")), old)
}

func TestPutRefusals(t *testing.T) {
	c := withTable(t)
	for _, tc := range []struct {
		item    item
		message string
	}{
		{key("", "1"), "The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"},
		{key("a", ""), "empty string value. Key: sk"},
		{item{"pk": s("a")}, "Missing the key sk in the item"},
		{item{"pk": s("a"), "sk": n("1")}, "Type mismatch for key sk expected: S actual: N"},
		{with(key("a", "1"), "gpk", s("")), "IndexKey: gpk"},
		{with(key("a", "1"), "gsk", s("5")), "Type mismatch for Index Key gsk Expected: N Actual: S"},
		{key(strings.Repeat("x", 2049), "1"), "maximum size limit of2048 bytes"},
		{key("a", strings.Repeat("x", 1025)), "size limit of 1024 bytes"},
		{with(key("a", "1"), "s", stringSet()), "may not be empty"},
		{with(key("a", "1"), "s", stringSet("x", "x")), "duplicates"},
		{with(key("a", "1"), "s", &types.AttributeValueMemberNS{Value: []string{"1", "1.0"}}), "duplicates"},
		{with(key("a", "1"), "s", &types.AttributeValueMemberNULL{}), "Null attribute value types must have the value of true"},
	} {
		_, err := c.PutItem(context.Background(), &sdk.PutItemInput{TableName: things, Item: tc.item})
		wantError(t, err, "ValidationException", tc.message)
	}
	deep := s("x")
	for range 33 {
		deep = list(deep)
	}
	_, err := c.PutItem(context.Background(), &sdk.PutItemInput{TableName: things, Item: with(key("a", "1"), "deep", deep)})
	wantError(t, err, "ValidationException", "Nesting Levels have exceeded supported limits")
}

func TestKeyRefusals(t *testing.T) {
	c := withTable(t)
	for _, k := range []item{{"pk": s("a")}, with(key("a", "1"), "v", s("x")), {"pk": s("a"), "sk": n("1")}, {}} {
		_, err := c.GetItem(context.Background(), &sdk.GetItemInput{TableName: things, Key: k})
		wantError(t, err, "ValidationException", "The provided key element does not match the schema")
	}
	_, err := c.GetItem(context.Background(), &sdk.GetItemInput{TableName: things, Key: key("a", "")})
	wantError(t, err, "ValidationException", "cannot contain an empty string value")
	_, err = c.GetItem(context.Background(), &sdk.GetItemInput{TableName: aws.String("nowhere"), Key: key("a", "1")})
	wantError(t, err, "ResourceNotFoundException", "Requested resource not found")
	_, err = c.DescribeTable(context.Background(), &sdk.DescribeTableInput{TableName: aws.String("nowhere")})
	wantError(t, err, "ResourceNotFoundException", "Table: nowhere not found")
	_, err = c.GetItem(context.Background(), &sdk.GetItemInput{TableName: things, Key: key("a", "1"),
		ProjectionExpression: aws.String("a, a.b")})
	wantError(t, err, "ValidationException", "Invalid ProjectionExpression: Two document paths overlap")
}

func TestLegacyAndUnknownAreRefused(t *testing.T) {
	c := withTable(t)
	ctx := context.Background()
	condition := map[string]types.Condition{"pk": {ComparisonOperator: "EQ", AttributeValueList: []types.AttributeValue{s("a")}}}
	calls := map[string]func() error{
		"Expected": func() error {
			_, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: things, Item: key("a", "1"),
				Expected: map[string]types.ExpectedAttributeValue{"pk": {Exists: aws.Bool(false)}}})
			return err
		},
		"AttributeUpdates": func() error {
			_, err := c.UpdateItem(ctx, &sdk.UpdateItemInput{TableName: things, Key: key("a", "1"),
				AttributeUpdates: map[string]types.AttributeValueUpdate{"v": {Value: n("1")}}})
			return err
		},
		"KeyConditions": func() error {
			_, err := c.Query(ctx, &sdk.QueryInput{TableName: things, KeyConditions: condition})
			return err
		},
		"ScanFilter": func() error {
			_, err := c.Scan(ctx, &sdk.ScanInput{TableName: things, ScanFilter: condition})
			return err
		},
		"ConditionalOperator": func() error {
			_, err := c.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: things, Key: key("a", "1"), ConditionalOperator: "AND"})
			return err
		},
		"TotalSegments": func() error {
			_, err := c.Scan(ctx, &sdk.ScanInput{TableName: things, Segment: aws.Int32(0), TotalSegments: aws.Int32(2)})
			return err
		},
		"ReturnItemCollectionMetrics": func() error {
			_, err := c.PutItem(ctx, &sdk.PutItemInput{TableName: things, Item: key("a", "1"), ReturnItemCollectionMetrics: "SIZE"})
			return err
		},
	}
	for member, call := range calls {
		if err := call(); err == nil {
			t.Errorf("%s was taken", member)
		} else if member != "TotalSegments" {
			wantError(t, err, "SerializationException", member)
		}
	}
	for operation, body := range map[string]string{
		"PutItem":          `{"TableName":"things","Item":{"pk":{"S":"a"},"sk":{"S":"1"}},"UpdateExpression":"REMOVE a"}`,
		"DeleteItem":       `{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"Item":{}}`,
		"BatchGetItem":     `{"RequestItems":{"things":{"Keys":[{"pk":{"S":"a"},"sk":{"S":"1"}}],"TableName":"others"}}}`,
		"TransactGetItems": `{"TransactItems":[{"Get":{"TableName":"things","Key":{"pk":{"S":"a"},"sk":{"S":"1"}},"ConsistentRead":true}}]}`,
	} {
		_, err := c.engine.Serve(ctx, wire.Call{Service: "dynamodb", Operation: operation, Body: []byte(body)})
		if refused, ok := errors.AsType[*wire.Error](err); !ok || refused.Code != "SerializationException" {
			t.Errorf("%s took another operation's member: %v", operation, err)
		}
	}
	_, err := c.DeleteTable(ctx, &sdk.DeleteTableInput{TableName: things})
	wantError(t, err, "UnknownOperationException", "DeleteTable")
	if c.get(key("a", "1")) != nil {
		t.Error("a refused call wrote an item")
	}
}

func TestCreateTableRefusals(t *testing.T) {
	c := start(t, store.Memory())
	good := func() *sdk.CreateTableInput {
		return &sdk.CreateTableInput{TableName: things, BillingMode: types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: "S"}},
			KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: "HASH"}}}
	}
	for name, spoil := range map[string]func(*sdk.CreateTableInput){
		"short name":  func(in *sdk.CreateTableInput) { in.TableName = aws.String("ab") },
		"provisioned": func(in *sdk.CreateTableInput) { in.BillingMode = types.BillingModeProvisioned },
		"unused attribute": func(in *sdk.CreateTableInput) {
			in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("x"), AttributeType: "S"})
		},
		"undefined key":  func(in *sdk.CreateTableInput) { in.KeySchema[0].AttributeName = aws.String("x") },
		"key type":       func(in *sdk.CreateTableInput) { in.KeySchema[0].KeyType = "RANGE" },
		"attribute type": func(in *sdk.CreateTableInput) { in.AttributeDefinitions[0].AttributeType = "BOOL" },
		"index name": func(in *sdk.CreateTableInput) {
			in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{IndexName: aws.String("g1"), KeySchema: in.KeySchema,
				Projection: &types.Projection{ProjectionType: "ALL"}}}
		},
		"projection": func(in *sdk.CreateTableInput) {
			in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{{IndexName: aws.String("index"), KeySchema: in.KeySchema,
				Projection: &types.Projection{ProjectionType: "INCLUDE"}}}
		},
	} {
		in := good()
		spoil(in)
		if _, err := c.CreateTable(context.Background(), in); err == nil {
			t.Errorf("%s: taken", name)
		} else {
			wantError(t, err, "ValidationException")
		}
	}
	out, err := c.CreateTable(context.Background(), good())
	if err != nil {
		t.Fatal(err)
	}
	want(t, out.TableDescription.TableStatus, types.TableStatusActive)
	want(t, out.TableDescription.CreationDateTime.UTC(), epoch)
	_, err = c.CreateTable(context.Background(), good())
	wantError(t, err, "ResourceInUseException", "Table already exists: things")
	if _, err := c.PutItem(context.Background(), &sdk.PutItemInput{TableName: things, Item: item{"pk": s("only")}}); err != nil {
		t.Fatal(err)
	}
}
