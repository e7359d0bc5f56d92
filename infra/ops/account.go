package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/secrets"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/websign"
)

// maxAccount bounds what is read of standard input, in bytes: more does not fit into a secret.
const maxAccount = 65536

func (t *tool) putAccount(ctx context.Context, c command, args []string) error {
	f, to := t.flags(c)
	id := f.String("creditor", "", "`ID` of the creditor")
	which := f.String("at", "", "`PROVIDER:ACCOUNT`; empty is the first of the creditor's file")
	if err := parse(f, c, args, 0); err != nil {
		return err
	}
	creditorID, err := collection.ParseCreditorID(*id)
	if err != nil {
		return &exitError{exitUsage, "usage: ops " + c.usage}
	}
	parts, err := t.connect(ctx, *to)
	if err != nil {
		return err
	}
	creditor, err := parts.Store().Creditor(ctx, creditorID)
	if errors.Is(err, collection.ErrNotFound) {
		return fmt.Errorf("%s is not stored: import its file first", creditorID)
	}
	if err != nil {
		return fmt.Errorf("load creditor: %w", err)
	}
	at, err := chosen(creditor, *which)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(t.in, maxAccount+1))
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	if len(text) > maxAccount {
		return fmt.Errorf("standard input has more than %d bytes", maxAccount)
	}
	given, err := strictjson.Decode[secrets.Given](text)
	if err != nil {
		return fmt.Errorf("read standard input: %w", err)
	}
	return t.keepAccount(ctx, parts, creditor, at, given)
}

// chosen finds the account of a creditor that is written as PROVIDER:ACCOUNT; the first one when nothing is.
func chosen(creditor collection.Creditor, which string) (collection.ProviderAccount, error) {
	for _, at := range creditor.Accounts() {
		if which == "" || which == at.Provider+":"+at.Account {
			return at, nil
		}
	}
	return collection.ProviderAccount{}, fmt.Errorf("the file of %s names no account %q", creditor.ID, which)
}

// keepAccount writes the secret of a creditor's account, unless it is another creditor's.
func (t *tool) keepAccount(
	ctx context.Context, parts app.Parts, creditor collection.Creditor, at collection.ProviderAccount, given secrets.Given,
) error {
	client := secretsmanager.NewFromConfig(parts.AWS)
	prefix := contract.Prefix(parts.Config.Stage)
	name := prefix + contract.ProviderSecret(at.Provider, at.Account)
	before, err := secrets.New(client, prefix, parts.Now).Account(ctx, at.Provider, at.Account)
	switch {
	case errors.Is(err, collection.ErrUnavailable):
		return err
	case err == nil && before.Creditor != creditor.ID: // whatever else is wrong with the value is put right
		return fmt.Errorf("secret %s belongs to %s, and the file of %s names the same account", name, before.Creditor, creditor.ID)
	}
	if at.Provider == provider.Sandbox {
		for _, secret := range given.SigningSecrets {
			if _, err := websign.Sign(secret, "try", parts.Now(), nil); err != nil {
				return errors.New("signingSecrets: the provider's are whsec_ and base64")
			}
		}
	}
	text, err := app.AccountSecret(ctx, parts.Vault(), creditor.ID, at, given)
	if err != nil {
		return err
	}
	_, err = client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String(name), SecretString: aws.String(text)})
	if _, absent := errors.AsType[*types.ResourceNotFoundException](err); absent {
		return fmt.Errorf("there is no secret %s: deploy with %s:%s among the providers first", name, at.Provider, at.Account)
	}
	if err != nil {
		return fmt.Errorf("write secret %s: %w", name, err)
	}
	holds := fmt.Sprintf("%d signing secrets, the API token", len(given.SigningSecrets))
	switch {
	case given.Pix != nil:
		holds = "the access to the API Pix"
	case given.Debit != nil:
		holds = "the agreement on account debit"
	}
	fmt.Fprintf(t.out, "secret %s: %s and a new data key are in force within five minutes\n", name, holds)
	return nil
}
