package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamodbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/shared/blind"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/secrets"
)

// scanPages bounds how much of the table is read to find the creditors: a page is 1 MB, so 200 of them take 25,000 read units.
const scanPages = 200

// checkKeys looks at the customer keys. A data key is asked for where the operator needs one, as an import does.
func (d *doctor) checkKeys(ctx context.Context) {
	client := kms.NewFromConfig(d.parts.AWS)
	for _, alias := range []string{contract.DataKeyAlias, contract.CodeKeyAlias, contract.SignatureKeyAlias, contract.StorageKeyAlias} {
		what, name := "key "+alias, "alias/"+d.name(alias)
		out, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &name})
		switch {
		case err != nil && alias == contract.StorageKeyAlias && d.emulated && isAbsent(err):
			d.found(what, notChecked, "not checked here: the local cloud has none, nothing rests under it", "")
			continue
		case err != nil:
			d.failed(what, err, "without it what it sealed cannot be opened, and no contract is signed; "+seeDeploy)
			continue
		case out.KeyMetadata == nil || out.KeyMetadata.KeyState != types.KeyStateEnabled:
			d.found(what, wrong, "is not enabled", "at once: aws kms cancel-key-deletion, then aws kms enable-key, with --key-id "+
				keyID(out.KeyMetadata)+"; a key that is gone takes all that it sealed with it")
			continue
		case alias != contract.DataKeyAlias:
			d.found(what, fine, "enabled", "")
			continue
		}
		_, err = client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
			KeyId: &name, KeySpec: types.DataKeySpecAes256, EncryptionContext: map[string]string{"purpose": "doctor"},
		})
		if err != nil {
			d.failed(what, err, seeDeploy)
			continue
		}
		d.found(what, fine, "enabled, gives data keys", "")
	}
}

func keyID(key *types.KeyMetadata) string {
	if key == nil {
		return "ID"
	}
	return aws.ToString(key.KeyId)
}

// checkSecrets looks whether the secrets can be used. It never prints what stands in them.
func (d *doctor) checkSecrets(ctx context.Context) {
	const what = "secret " + contract.KeysSecret
	_, err := d.parts.Keys(ctx)
	switch {
	case errors.Is(err, blind.ErrKeys):
		d.found(what, wrong, err.Error(),
			"functions do not start: put the keys back that this stage was made with (docs/deploy.md, Rotating keys)")
	case isAbsent(err):
		d.found(what, wrong, "does not exist, or has no value",
			"a new stage: make the five keys (docs/deploy.md, step 4). A stage with data: put its own keys back")
	case err != nil:
		d.failed(what, err, seeDeploy)
	default:
		d.found(what, fine, "five keys", "")
	}
	ids := d.creditors
	if len(ids) == 0 {
		var all bool
		if ids, all, err = d.findCreditors(ctx); err != nil {
			d.failed("creditors", err, deployRelease)
			return
		}
		switch {
		case len(ids) == 0 && all:
			d.found("creditors", wrong, "none is stored", "go run ./infra/ops import -creditor FILE.json … (docs/deploy.md, step 5)")
		case !all:
			d.found("creditors", doubtful, fmt.Sprintf("%d in the first %d MB of the table, which is larger", len(ids), scanPages),
				"name the creditors: -creditor ID -creditor ID …")
		default:
			d.found("creditors", fine, fmt.Sprintf("%d stored", len(ids)), "")
		}
	}
	store, accounts := d.parts.Store(), secrets.New(secretsmanager.NewFromConfig(d.parts.AWS), d.name(""), d.parts.Now)
	for _, id := range ids {
		creditor, err := store.Creditor(ctx, id)
		if err != nil {
			d.creditorFailed(id, err)
			continue
		}
		d.found("creditor "+string(id), fine, "its file is readable", "")
		for _, at := range creditor.Accounts() {
			d.checkAccount(ctx, accounts, creditor.ID, at)
		}
		d.checkSigning(ctx, creditor)
	}
}

func (d *doctor) creditorFailed(id collection.CreditorID, err error) {
	const todo = "import its file again: go run ./infra/ops import -creditor FILE.json …"
	switch what := "creditor " + string(id); {
	case errors.Is(err, collection.ErrNotFound):
		d.found(what, wrong, "is not stored", todo)
	case errors.Is(err, collection.ErrInvalid):
		d.found(what, wrong, "its file breaks a rule of this release", todo)
	default:
		d.failed(what, err, todo)
	}
}

// checkAccount looks whether the secret of a creditor's account at a payment provider has what the release reads.
func (d *doctor) checkAccount(
	ctx context.Context, accounts *secrets.Accounts, creditor collection.CreditorID, at collection.ProviderAccount,
) {
	name := contract.ProviderSecret(at.Provider, at.Account)
	what := "secret " + name
	todo := "go run ./infra/ops account put -creditor " + string(creditor) + " … (docs/deploy.md, step 5)"
	account, err := accounts.Account(ctx, at.Provider, at.Account)
	switch {
	case errors.Is(err, collection.ErrNotFound):
		d.found(what, wrong, "does not exist, or has no value", todo)
	case errors.Is(err, collection.ErrUnavailable):
		d.failed(what, err, todo)
	case err != nil:
		d.found(what, wrong, err.Error(), todo)
	case account.Creditor != creditor:
		d.found(what, wrong, "belongs to another creditor than "+string(creditor), todo)
	case len(account.SigningSecrets) > 1:
		d.found(what, doubtful, fmt.Sprintf("%d signing secrets: one is being replaced", len(account.SigningSecrets)),
			"once the provider signs with the new one alone, take the old one out (docs/deploy.md, Rotating keys)")
	default:
		d.found(what, fine, "complete", "")
	}
}

// checkSigning looks whether a creditor's own system and the deployment can sign to each other. Only webhooks need it.
func (d *doctor) checkSigning(ctx context.Context, creditor collection.Creditor) {
	what := "secret " + contract.CreditorSecret(string(creditor.ID))
	todo := "go run ./infra/ops creditor secret put -creditor " + string(creditor.ID) + " … (docs/deploy.md, step 6)"
	signing, err := d.parts.Creditors().Signing(ctx, creditor.ID)
	switch {
	case errors.Is(err, collection.ErrNotFound) && creditor.Webhooks.URL == "":
		d.found(what, fine, "does not exist: the creditor's own system is told nothing, and nothing that it says is taken", "")
	case errors.Is(err, collection.ErrNotFound):
		d.found(what, wrong, "does not exist, or has no value, and its file asks for webhooks", todo)
	case errors.Is(err, collection.ErrUnavailable):
		d.failed(what, err, todo)
	case err != nil:
		d.found(what, wrong, err.Error(), todo)
	case len(signing.Webhook)+len(signing.Callback) > 2:
		d.found(what, doubtful, "one is being replaced",
			"once both sides use the new one alone, take the old one out (docs/deploy.md, Rotating keys)")
	default:
		d.found(what, fine, "complete", "")
	}
}

// findCreditors reads the table for creditors; all is false when the table is larger than what is read.
func (d *doctor) findCreditors(ctx context.Context) (ids []collection.CreditorID, all bool, err error) {
	const suffix = "#CREDITOR"
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(d.parts.AWS), &dynamodb.ScanInput{
		TableName: aws.String(d.name(contract.Table)), ProjectionExpression: aws.String(contract.KeyPartition),
		FilterExpression:          aws.String(contract.KeySort + " = :creditor"),
		ExpressionAttributeValues: map[string]dynamodbtypes.AttributeValue{":creditor": &dynamodbtypes.AttributeValueMemberS{Value: "CREDITOR"}},
	})
	for n := 0; pages.HasMorePages(); n++ {
		if n == scanPages {
			return ids, false, nil
		}
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, false, fmt.Errorf("read the table: %w", err)
		}
		for _, it := range page.Items {
			if key, ok := it[contract.KeyPartition].(*dynamodbtypes.AttributeValueMemberS); ok {
				ids = append(ids, collection.CreditorID(strings.TrimSuffix(key.Value, suffix)))
			}
		}
	}
	return ids, true, nil
}
