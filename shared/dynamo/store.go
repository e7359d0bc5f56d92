// Package dynamo keeps everything in the product's one DynamoDB table. docs/data-model.md describes its keys, items and access patterns.
//
// Every write carries a condition. A case and all that is written with it goes into one transaction; see Store.Commit.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/cloudfault"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

// Store is the table. It is safe for concurrent use.
type Store struct {
	client *dynamodb.Client
	table  string
	now    func() time.Time
	parse  func([]byte) (collection.Creditor, error)

	creditors sync.Mutex // guards known
	known     map[collection.CreditorID]knownCreditor
}

// New makes a store over a table. parse reads the JSON text of a creditor file.
func New(client *dynamodb.Client, table string, now func() time.Time, parse func([]byte) (collection.Creditor, error)) *Store {
	return &Store{client: client, table: table, now: now, parse: parse, known: map[collection.CreditorID]knownCreditor{}}
}

// busy are DynamoDB's codes for having too much to do.
var busy = []string{
	"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "LimitExceededException",
	"TransactionInProgressException",
}

// get reads one item with strong consistency; ErrNotFound when there is none.
func (s *Store) get(ctx context.Context, k key) (item, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(s.table), Key: k.attributes(), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, translate(err)
	}
	if len(out.Item) == 0 {
		return nil, collection.ErrNotFound
	}
	return out.Item, nil
}

// condition is what a write demands, with the values that it names. Attribute names stand in the text: none of ours is a reserved word.
type condition struct {
	text   string
	values map[string]types.AttributeValue
}

// absent demands that there is no item with the key.
func absent() condition {
	return condition{text: "attribute_not_exists(" + contract.KeyPartition + ")"}
}

// put writes one item under a condition. When the condition fails it returns errCondition with the item that stands.
func (s *Store) put(ctx context.Context, it item, when condition) error {
	_, err := s.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: aws.String(s.table), Item: it,
		ConditionExpression: aws.String(when.text), ExpressionAttributeValues: when.values,
	})
	return translate(err)
}

// queryPrefix reads all items of a partition whose sort key begins with prefix, in order, with strong consistency.
func (s *Store) queryPrefix(ctx context.Context, partition, prefix string, yield func(item) error) error {
	return s.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String(contract.KeyPartition + " = :p AND begins_with(" + contract.KeySort + ", :s)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":p": text(partition), ":s": text(prefix)},
	}, yield)
}

// query reads all pages of a query of the table with strong consistency.
func (s *Store) query(ctx context.Context, input *dynamodb.QueryInput, yield func(item) error) error {
	input.TableName, input.ConsistentRead = aws.String(s.table), aws.Bool(true)
	for pages := dynamodb.NewQueryPaginator(s.client, input); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return translate(err)
		}
		for _, it := range page.Items {
			if err := yield(it); err != nil {
				return err
			}
		}
	}
	return nil
}

// errCondition says that a single write's condition did not hold.
var errCondition = errors.New("condition does not hold")

// translate turns what the API answers into the vocabulary of the domain: a failed condition is errCondition, a clash with another
// transaction ErrConflict, and what another try may cure ErrUnavailable. A cancelled transaction is left to its caller.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var failed *types.ConditionalCheckFailedException
	var cancelled *types.TransactionCanceledException
	var clash *types.TransactionConflictException
	switch {
	case errors.As(err, &failed):
		return errCondition
	case errors.As(err, &cancelled):
		return err
	case errors.As(err, &clash):
		return fmt.Errorf("%w: another transaction is under way", collection.ErrConflict)
	case cloudfault.Passing(err, busy...):
		return fmt.Errorf("%w: table: %w", collection.ErrUnavailable, err)
	}
	return fmt.Errorf("table: %w", err)
}
