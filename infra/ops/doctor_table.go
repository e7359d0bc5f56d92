package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/contract"
)

func (d *doctor) checkTable(ctx context.Context) {
	const what = "table"
	name := d.name(contract.Table)
	client := dynamodb.NewFromConfig(d.parts.AWS)
	out, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		d.failed(what, err, "deploy Core; a table that was lost is restored (docs/deploy.md, Restoring the table)")
		return
	}
	table := out.Table
	d.verdictOf(what, table.TableStatus == types.TableStatusActive, string(table.TableStatus),
		"wait until it is ACTIVE; while it is not, nothing works")
	for _, index := range contract.Indexes() {
		d.checkIndex(index.Name, withoutIndex[index.Name], table.GlobalSecondaryIndexes)
	}
	switch kept := table.DeletionProtectionEnabled; {
	case kept == nil && d.emulated:
		d.found("deletion protection", notChecked, "not checked here: the endpoint does not tell", "")
	default:
		d.safeguard("deletion protection", aws.ToBool(kept), "aws dynamodb update-table --deletion-protection-enabled --table-name "+name)
	}
	switch rest := table.SSEDescription; {
	case rest == nil && d.emulated:
		d.found("table's key", notChecked, "not checked here: the endpoint does not tell", "")
	default:
		ours := rest != nil && rest.SSEType == types.SSETypeKms && rest.Status == types.SSEStatusEnabled
		d.verdictOf("table's key", ours, map[bool]string{true: "a customer key", false: "no customer key that is usable"}[ours],
			"look at the key "+d.name(contract.StorageKeyAlias)+" first; then "+deployRelease)
	}
	d.checkTTL(ctx, client, name)
}

// withoutIndex says what does not work without an index.
var withoutIndex = map[string]string{
	contract.IndexPending: "the sweep finds no unpublished event",
	contract.IndexBooked:  "no day is compared with a provider's statement",
}

func (d *doctor) checkIndex(name, without string, indexes []types.GlobalSecondaryIndexDescription) {
	what := "index " + name
	for _, index := range indexes {
		if aws.ToString(index.IndexName) == name {
			d.verdictOf(what, index.IndexStatus == types.IndexStatusActive, string(index.IndexStatus),
				"wait until it is ACTIVE; until then "+without+", and nothing is lost")
			return
		}
	}
	d.found(what, wrong, "does not exist", "without it "+without+": "+deployRelease)
}

func (d *doctor) checkTTL(ctx context.Context, client *dynamodb.Client, table string) {
	const what = "time to live"
	out, err := client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &table})
	if err != nil {
		d.failed(what, err, deployRelease)
		return
	}
	ttl := out.TimeToLiveDescription
	if ttl == nil {
		ttl = &types.TimeToLiveDescription{}
	}
	right := aws.ToString(ttl.AttributeName) == contract.AttrTTL &&
		(ttl.TimeToLiveStatus == types.TimeToLiveStatusEnabled || ttl.TimeToLiveStatus == types.TimeToLiveStatusEnabling)
	d.verdictOf(what, right, string(ttl.TimeToLiveStatus), fmt.Sprintf("old sessions and codes are never removed: aws dynamodb "+
		"update-time-to-live --table-name %s --time-to-live-specification Enabled=true,AttributeName=%s", table, contract.AttrTTL))
}

func (d *doctor) checkBackups(ctx context.Context) {
	const what = "point-in-time recovery"
	name := d.name(contract.Table)
	out, err := dynamodb.NewFromConfig(d.parts.AWS).DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &name})
	if err != nil {
		d.failed(what, err, deployRelease)
		return
	}
	on := out.ContinuousBackupsDescription != nil && out.ContinuousBackupsDescription.PointInTimeRecoveryDescription != nil &&
		out.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == types.PointInTimeRecoveryStatusEnabled
	d.safeguard(what, on, "aws dynamodb update-continuous-backups --table-name "+name+
		" --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true")
}

// safeguard judges a setting that must be on. LocalStack drops those of the template that it does not act on, and no data rests on it.
func (d *doctor) safeguard(what string, on bool, todo string) {
	switch {
	case on:
		d.found(what, fine, "on", "")
	case d.emulated:
		d.found(what, doubtful, "off, as emulators leave it", "nothing on an emulator; on AWS "+todo)
	default:
		d.found(what, wrong, "off", todo)
	}
}
