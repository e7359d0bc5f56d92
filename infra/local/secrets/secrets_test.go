package secrets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"

	"github.com/regua/regua/infra/local/secrets"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// given gives an engine in which these secrets are ensured.
func given(t *testing.T, st *store.Store, values map[string]string) *secrets.Engine {
	t.Helper()
	engine, err := secrets.New(st)
	for name, value := range values {
		if err == nil {
			_, err = engine.Ensure(name, func() (string, error) { return value, nil })
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

func TestASecretIsMadeOnce(t *testing.T) {
	engine := given(t, store.Memory(), nil)
	if _, err := engine.Ensure("keys", func() (string, error) { return "", errors.New("no chance") }); err == nil {
		t.Error("a secret was made of an error")
	}
	for range 2 {
		made := 0
		if got, err := engine.Ensure("keys", func() (string, error) { made++; return "first", nil }); err != nil || got != "first" {
			t.Errorf("got %q, %v", got, err)
		}
		if got, err := engine.Ensure("keys", func() (string, error) { made++; return "second", nil }); err != nil || got != "first" || made > 1 {
			t.Errorf("got %q after %d secrets, %v", got, made, err)
		}
	}
}

func TestGetSecretValue(t *testing.T) {
	values := map[string]string{"regua/webhook/sandbox": `{"key":"ç"}`, "empty": ""}
	engine := given(t, store.Memory(), values)
	router := wire.NewRouter(map[string]wire.Engine{"secretsmanager": engine})
	client := secretsmanager.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: router, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")})
	get := func(in secretsmanager.GetSecretValueInput) (*secretsmanager.GetSecretValueOutput, error) {
		return client.GetSecretValue(t.Context(), &in)
	}
	byName, err := get(secretsmanager.GetSecretValueInput{SecretId: aws.String("regua/webhook/sandbox")})
	if err != nil || *byName.SecretString != `{"key":"ç"}` || *byName.Name != "regua/webhook/sandbox" {
		t.Fatalf("got %+v, %v", byName, err)
	}
	byARN, err := get(secretsmanager.GetSecretValueInput{SecretId: byName.ARN, VersionId: byName.VersionId,
		VersionStage: aws.String("AWSCURRENT")})
	if err != nil || *byARN.SecretString != *byName.SecretString {
		t.Errorf("by ARN and version: %+v, %v", byARN, err)
	}
	if empty, err := get(secretsmanager.GetSecretValueInput{SecretId: aws.String("empty")}); err != nil || *empty.SecretString != "" {
		t.Errorf("empty value: %+v, %v", empty, err)
	}
	for name, in := range map[string]secretsmanager.GetSecretValueInput{
		"unknown":        {SecretId: aws.String("none")},
		"previous stage": {SecretId: aws.String("empty"), VersionStage: aws.String("AWSPREVIOUS")},
		"other version":  {SecretId: aws.String("empty"), VersionId: byName.VersionId},
	} {
		var missing *types.ResourceNotFoundException
		if _, err := get(in); !errors.As(err, &missing) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	var api smithy.APIError
	_, err = client.ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{})
	if !errors.As(err, &api) || api.ErrorCode() != "UnknownOperationException" {
		t.Errorf("unknown operation: %v", err)
	}
}

func TestANewValueLeavesThePreviousOne(t *testing.T) {
	dir := t.TempDir()
	open := func() (*secretsmanager.Client, *store.Store) {
		st, err := store.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		engine := given(t, st, map[string]string{"keys": "first", "other": "o"})
		return secretsmanager.NewFromConfig(aws.Config{Region: "us-east-1", RetryMaxAttempts: 1,
			HTTPClient:  wire.NewRouter(map[string]wire.Engine{"secretsmanager": engine}),
			Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}), st
	}
	client, st := open()
	put := func(value string) (*secretsmanager.PutSecretValueOutput, error) {
		return client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("keys"), SecretString: &value})
	}
	get := func(stage, version *string) string {
		out, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("keys"), VersionStage: stage,
			VersionId: version})
		var missing *types.ResourceNotFoundException
		if errors.As(err, &missing) {
			return "missing"
		}
		if err != nil {
			t.Fatal(err)
		}
		return *out.SecretString + " " + out.VersionStages[0]
	}
	if got := get(aws.String("AWSPREVIOUS"), nil); got != "missing" {
		t.Errorf("before any change: %s", got)
	}
	second, err := put("second")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := put("third"); err != nil {
		t.Fatal(err)
	}
	if _, err := put("third"); err != nil { // the SDK's second try
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	client, st = open()
	defer st.Close()
	for _, test := range []struct {
		stage, version *string
		want           string
	}{
		{nil, nil, "third AWSCURRENT"}, {aws.String("AWSCURRENT"), nil, "third AWSCURRENT"},
		{aws.String("AWSPREVIOUS"), nil, "second AWSPREVIOUS"}, {nil, second.VersionId, "second AWSPREVIOUS"},
		{aws.String("AWSCURRENT"), second.VersionId, "missing"}, {aws.String("AWSPENDING"), nil, "missing"},
	} {
		if got := get(test.stage, test.version); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
	for _, value := range []string{"", strings.Repeat("x", 65537)} {
		if _, err := put(value); err == nil {
			t.Errorf("a value of %d bytes was accepted", len(value))
		}
	}
}
