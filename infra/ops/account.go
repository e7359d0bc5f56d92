package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/secrets"
	"github.com/regua/regua/shared/strictjson"
	"github.com/regua/regua/shared/websign"
)

// maxAccount bounds what is read of standard input, in bytes: more does not fit into a secret.
const maxAccount = 65536

func (t *tool) putAccount(ctx context.Context, c command, args []string) error {
	var which string
	parts, creditor, err := t.ofCreditor(ctx, c, args, func(f *flag.FlagSet) {
		f.StringVar(&which, "at", "", "`PROVIDER:ACCOUNT`; empty is the first of the creditor's file")
	})
	if err != nil {
		return err
	}
	at, err := chosen(creditor, which)
	if err != nil {
		return err
	}
	given, err := given[secrets.Given](t.in)
	if err != nil {
		return err
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

// ofCreditor reads the flags of a command about one creditor, those that more adds too, and loads the creditor.
func (t *tool) ofCreditor(
	ctx context.Context, c command, args []string, more ...func(f *flag.FlagSet),
) (parts app.Parts, creditor collection.Creditor, err error) {
	k, err := t.open(ctx, c, args, none, more...)
	return k.parts, k.creditor, err
}

// desk is a connected command about one creditor.
type desk struct {
	parts    app.Parts
	store    *dynamo.Store
	creditor collection.Creditor
	to       target
	now      time.Time
}

// open reads the flags of a command about one creditor, those that more adds too, checks them, connects, and loads the creditor.
func (t *tool) open(
	ctx context.Context, c command, args []string, check func() error, more ...func(f *flag.FlagSet),
) (k desk, err error) {
	f, to := t.flags(c)
	for _, add := range more {
		add(f)
	}
	text := f.String("creditor", "", "`ID` of the creditor")
	if err := parse(f, c, args, 0); err != nil {
		return k, err
	}
	id, err := collection.ParseCreditorID(*text)
	if err != nil {
		return k, &exitError{exitUsage, "usage: ops " + c.usage}
	}
	if err := check(); err != nil {
		return k, err
	}
	if k.parts, err = t.connect(ctx, *to); err != nil {
		return k, err
	}
	k.to, k.store, k.now = *to, k.parts.Store(), k.parts.Now().UTC()
	k.creditor, err = k.store.Creditor(ctx, id)
	if errors.Is(err, collection.ErrNotFound) {
		return k, fmt.Errorf("%s is not stored: import its file first", id)
	}
	if err != nil {
		return k, fmt.Errorf("load creditor: %w", err)
	}
	return k, nil
}

// given reads what a command takes on standard input.
func given[T any](in io.Reader) (T, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxAccount+1))
	if err == nil && len(text) > maxAccount {
		err = fmt.Errorf("more than %d bytes", maxAccount)
	}
	var read T
	if err == nil {
		read, err = strictjson.Decode[T](text)
	}
	if err != nil {
		return read, fmt.Errorf("read standard input: %w", err)
	}
	return read, nil
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
	if err := parts.Store().RegisterAccount(ctx, creditor.ID, at); err != nil {
		return err
	}
	if err := putSecret(ctx, client, name, text, at.Provider+":"+at.Account+" among the providers"); err != nil {
		return err
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

// putSecret gives a secret that a deployment made its value. With says which setting makes the secret.
func putSecret(ctx context.Context, client *secretsmanager.Client, name, text, with string) error {
	_, err := client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String(name), SecretString: aws.String(text)})
	if _, absent := errors.AsType[*types.ResourceNotFoundException](err); absent {
		return fmt.Errorf("there is no secret %s: deploy with %s first", name, with)
	}
	if err != nil {
		return fmt.Errorf("write secret %s: %w", name, err)
	}
	return nil
}
