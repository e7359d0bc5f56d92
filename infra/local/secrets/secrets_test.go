package secrets_test

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"

	"github.com/regua/regua/infra/local/secrets"
	"github.com/regua/regua/infra/local/wire"
)

func TestGetSecretValue(t *testing.T) {
	values := map[string]string{"regua/webhook/sandbox": `{"key":"ç"}`, "empty": ""}
	router := wire.NewRouter(map[string]wire.Engine{"secretsmanager": secrets.New(values)})
	client := secretsmanager.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: router, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")})
	values["late"] = "not given at the start"
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
		"late":           {SecretId: aws.String("late")},
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
