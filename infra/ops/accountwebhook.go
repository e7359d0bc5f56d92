package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/pix"
	"github.com/regua/regua/shared/secrets"
)

// registerWebhook tells the provider of an API Pix where to deliver the notices of an account.
func (t *tool) registerWebhook(ctx context.Context, c command, args []string) error {
	var which, domain string
	k, err := t.open(ctx, c, args, func() error {
		if u, err := url.Parse(domain); err != nil || u.Scheme != "https" || u.Host == "" || (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
			return &exitError{exitUsage, "-address: https:// and the mutual-TLS domain, as https://avisos.example.com"}
		}
		return nil
	}, func(f *flag.FlagSet) {
		f.StringVar(&which, "at", "", "`PROVIDER:ACCOUNT`; empty is the first of the creditor's file")
		f.StringVar(&domain, "address", "", "`https://DOMAIN` of the mutual-TLS domain, where API Gateway checks the provider's certificate")
	})
	if err != nil {
		return err
	}
	at, err := chosen(k.creditor, which)
	if err != nil {
		return err
	}
	if at.Provider != provider.Pix {
		return fmt.Errorf("%s:%s: only the provider %s can be told an address; others are set in the provider's own panel", at.Provider,
			at.Account, provider.Pix)
	}
	client := secretsmanager.NewFromConfig(k.parts.AWS)
	account, err := secrets.New(client, contract.Prefix(k.parts.Config.Stage), k.parts.Now).Account(ctx, at.Provider, at.Account)
	if err != nil {
		return fmt.Errorf("read the account's secret: %w", err)
	}
	if account.Creditor != k.creditor.ID {
		return errors.New("the account's secret belongs to another creditor")
	}
	u, err := url.Parse(domain)
	if err != nil {
		return fmt.Errorf("read address: %w", err)
	}
	address := u.JoinPath("/v1/webhooks", at.Provider, at.Account).String()
	if err := pix.New(k.parts.Now).RegisterWebhook(ctx, account, address); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%s:%s delivers its notices to %s, to which it appends /pix\n", at.Provider, at.Account, address)
	return nil
}
