package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/contract"
)

// scan reads the whole table and hands the partition of every item that a filter lets through to each, which ends the reading by an error.
func scan(ctx context.Context, parts app.Parts, filter string, values map[string]string, each func(partition string) error) error {
	return scanNamed(ctx, parts, filter, nil, values, each)
}

// scanNamed is scan with attributes whose names DynamoDB reserves, by the places that stand for them in the filter.
func scanNamed(
	ctx context.Context, parts app.Parts, filter string, names, values map[string]string, each func(partition string) error,
) error {
	in := dynamodb.ScanInput{
		TableName:                 aws.String(contract.Prefix(parts.Config.Stage) + contract.Table),
		ProjectionExpression:      aws.String(contract.KeyPartition),
		FilterExpression:          aws.String(filter),
		ExpressionAttributeNames:  names,
		ExpressionAttributeValues: map[string]types.AttributeValue{},
	}
	for name, value := range values {
		in.ExpressionAttributeValues[name] = &types.AttributeValueMemberS{Value: value}
	}
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(parts.AWS), &in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read the table: %w", err)
		}
		for _, it := range page.Items {
			key, ok := it[contract.KeyPartition].(*types.AttributeValueMemberS)
			if !ok {
				return errors.New("read the table: an item without a key")
			}
			if err := each(key.Value); err != nil {
				return err
			}
		}
	}
	return nil
}
