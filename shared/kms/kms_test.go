package kms_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"

	local "github.com/regua/regua/infra/local/kms"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/kms"
	"github.com/regua/regua/shared/vault"
)

// newKeys are the keys of a deployment in the local cloud; fault, when it is set, is what the service answers instead.
func newKeys(t *testing.T, fault *error) *kms.Keys {
	t.Helper()
	engine, err := local.New(store.Memory(), []local.Alias{
		{Name: "alias/data", Spec: local.Symmetric}, {Name: "alias/codes", Spec: local.Symmetric},
	})
	if err != nil {
		t.Fatal(err)
	}
	router := wire.NewRouter(map[string]wire.Engine{"kms": engine})
	router.Intercept = func(_ context.Context, _ wire.Call, next func() (any, error)) (any, error) {
		if fault != nil && *fault != nil {
			return nil, *fault
		}
		return next()
	}
	client := awskms.NewFromConfig(aws.Config{
		Region: "sa-east-1", HTTPClient: router, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String("http://local"), Retryer: func() aws.Retryer { return aws.NopRetryer{} },
	})
	return kms.New(client, "alias/data", "alias/codes")
}

func TestDataKeysAreBoundToTheirContext(t *testing.T) {
	keys := newKeys(t, nil)
	where := map[string]string{"creditor": "vivamais", "scope": "case/1"}
	plain, wrapped, err := keys.NewDataKey(t.Context(), where)
	if err != nil || len(plain) != 32 || bytes.Contains(wrapped, plain) {
		t.Fatalf("a key of %d bytes: %v", len(plain), err)
	}
	again, err := keys.Unwrap(t.Context(), wrapped, map[string]string{"scope": "case/1", "creditor": "vivamais"})
	if err != nil || !bytes.Equal(again, plain) {
		t.Errorf("unwrapped another key: %v", err)
	}
	for _, other := range []map[string]string{nil, {"creditor": "vivamais"}, {"creditor": "vivamais", "scope": "case/2"}} {
		if _, err := keys.Unwrap(t.Context(), wrapped, other); err == nil || errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("unwrapped in %v: %v", other, err)
		}
	}
	wrapped[len(wrapped)-1] ^= 1
	if _, err := keys.Unwrap(t.Context(), wrapped, where); err == nil {
		t.Error("unwrapped a changed key")
	}
}

func TestCodesAreBoundToTheirChallenge(t *testing.T) {
	keys := newKeys(t, nil)
	sealed, err := keys.SealCode(t.Context(), "challenge-1", []byte("12345678"))
	if err != nil || bytes.Contains(sealed, []byte("12345678")) {
		t.Fatal(err)
	}
	if code, err := keys.OpenCode(t.Context(), "challenge-1", sealed); err != nil || string(code) != "12345678" {
		t.Errorf("opened %q: %v", code, err)
	}
	if _, err := keys.OpenCode(t.Context(), "challenge-2", sealed); err == nil {
		t.Error("opened for another challenge")
	}
	if _, err := keys.Unwrap(t.Context(), sealed, map[string]string{"purpose": "otp", "challenge": "challenge-1"}); err == nil {
		t.Error("the data key opens codes")
	}
}

func TestFaults(t *testing.T) {
	var fault error
	keys := newKeys(t, &fault)
	for name, c := range map[string]struct {
		fault       error
		unavailable bool
	}{
		"service fault": {&wire.Error{Code: "KMSInternalException", Status: 500}, true},
		"throttled":     {wire.Errorf("ThrottlingException", "slow down"), true},
		"disabled":      {wire.Errorf("DisabledException", "the key is disabled"), false},
		"no access":     {wire.Errorf("AccessDeniedException", "no"), false},
	} {
		fault = c.fault
		_, _, made := keys.NewDataKey(t.Context(), nil)
		_, unwrapped := keys.Unwrap(t.Context(), []byte("x"), nil)
		_, sealed := keys.SealCode(t.Context(), "c", []byte("1"))
		_, opened := keys.OpenCode(t.Context(), "c", []byte("x"))
		for i, err := range []error{made, unwrapped, sealed, opened} {
			if err == nil || errors.Is(err, collection.ErrUnavailable) != c.unavailable {
				t.Errorf("%s, call %d: %v", name, i, err)
			}
		}
	}
}

// TestAVaultOverKMS seals with one vault and opens with another, which has to unwrap the key.
func TestAVaultOverKMS(t *testing.T) {
	keys := newKeys(t, nil)
	now := func() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }
	writer, reader := vault.New(keys, rand.Reader, now), vault.New(keys, rand.Reader, now)
	key, err := writer.NewKey(t.Context(), "vivamais", vault.AccountScope("sandbox", "acc"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := writer.Seal(t.Context(), key, "evt", []byte("body"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := reader.Open(t.Context(), key, "evt", sealed); err != nil || string(got) != "body" {
		t.Errorf("opened %q: %v", got, err)
	}
	key.Scope = vault.AccountScope("sandbox", "other")
	if _, err := reader.Open(t.Context(), key, "evt", sealed); err == nil {
		t.Error("opened as another account's")
	}
}
