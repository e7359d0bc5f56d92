package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
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
	parts := app.Parts{
		Config: app.Config{Stage: stage, Region: cloud.Region, Account: account},
		AWS:    cloud, Now: time.Now, Chance: rand.Reader, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	if t.endpoint != "" {
		surroundings(ctx, t.endpoint, &parts)
	}
	return parts, nil
}

// How the embedded local cloud tells other processes its time, and the path of its sandbox bank.
const (
	clockHeader = "X-Regua-Clock"
	bankPath    = "/bank"
)

// askTimeout bounds the question what stands at an endpoint.
const askTimeout = 2 * time.Second

// surroundings takes the time and the sandbox bank of the embedded local cloud, when that is what stands at an endpoint: its clock may have
// been moved. Anything else, or nobody, leaves the machine's clock, and whoever calls next learns why.
func surroundings(ctx context.Context, endpoint string, parts *app.Parts) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
	if err != nil {
		return
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	_ = answer.Body.Close()
	there, err := time.Parse(time.RFC3339Nano, answer.Header.Get(clockHeader))
	if err != nil {
		return
	}
	ahead := time.Until(there)
	parts.Now = func() time.Time { return time.Now().Add(ahead) }
	parts.Config.SandboxURL = strings.TrimSuffix(endpoint, "/") + bankPath
}
