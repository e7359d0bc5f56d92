package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/contract"
)

// What the local cloud calls itself; LocalStack answers to the same account.
const (
	localStage   = contract.StageLocal
	localRegion  = "us-east-1"
	localAccount = "000000000000"
)

// connect reaches a deployment.
func connect(ctx context.Context, t target) (app.Parts, error) {
	var options []func(*config.LoadOptions) error
	stage, account := cmp.Or(t.stage, os.Getenv(contract.EnvStage)), cmp.Or(t.account, os.Getenv(contract.EnvAccount))
	if t.endpoint != "" {
		stage, account = cmp.Or(stage, localStage), cmp.Or(account, localAccount)
		options = []func(*config.LoadOptions) error{
			config.WithBaseEndpoint(t.endpoint), config.WithRegion(localRegion),
			config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("local", "local", "")),
		}
	}
	if stage == "" || account == "" {
		return app.Parts{}, &exitError{exitUsage, "say which deployment: -endpoint, or -stage and -account"}
	}
	cloud, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return app.Parts{}, fmt.Errorf("load AWS configuration: %w", err)
	}
	if cloud.Region == "" {
		return app.Parts{}, errors.New("no AWS region is configured")
	}
	return app.Parts{
		Config: app.Config{Stage: stage, Region: cloud.Region, Account: account},
		AWS:    cloud, Now: time.Now, Chance: rand.Reader, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}, nil
}
