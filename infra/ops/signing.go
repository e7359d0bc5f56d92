package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/secrets"
)

// putSigning writes the secret of a creditor's own system.
func (t *tool) putSigning(ctx context.Context, c command, args []string) error {
	parts, creditor, err := t.ofCreditor(ctx, c, args)
	if err != nil {
		return err
	}
	signing, err := given[secrets.Signing](t.in)
	if err != nil {
		return err
	}
	text, err := secrets.EncodeSigning(signing)
	if err != nil {
		return err
	}
	name := contract.Prefix(parts.Config.Stage) + contract.CreditorSecret(string(creditor.ID))
	client := secretsmanager.NewFromConfig(parts.AWS)
	if err := putSecret(ctx, client, name, text, string(creditor.ID)+" among the creditors"); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "secret %s: %d for webhooks and %d for callbacks are in force within five minutes\n", name, len(signing.Webhook),
		len(signing.Callback))
	return nil
}
