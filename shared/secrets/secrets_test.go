package secrets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/provider"
)

type fake struct {
	values map[string]string
	err    error
	calls  int
}

func (f *fake) GetSecretValue(
	_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options),
) (*secretsmanager.GetSecretValueOutput, error) {
	f.calls++
	value, ok := f.values[*in.SecretId]
	switch {
	case f.err != nil:
		return nil, f.err
	case !ok:
		return nil, &types.ResourceNotFoundException{}
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(value)}, nil
}

const good = `{"creditor":"vida-plena","signingSecrets":["whsec_a","whsec_b"],"apiToken":"t1","wrappedKey":"AQID"}`

func open(values map[string]string) (*fake, *Accounts, *time.Time) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	f := &fake{values: values}
	return f, New(f, "regua-test-", func() time.Time { return now }), &now
}

func TestEachAccountHasItsOwnSecret(t *testing.T) {
	_, accounts, _ := open(map[string]string{"regua-test-" + contract.ProviderSecret("asaas", "bank-vida"): good})
	if _, err := accounts.Account(context.Background(), "asaas", "bank-vida"); err != nil {
		t.Error(err)
	}
	for _, other := range [][2]string{{"asaas-bank", "vida"}, {"asaas", "bank_vida"}, {"asaas", "bank"}} {
		if _, err := accounts.Account(context.Background(), other[0], other[1]); !errors.Is(err, collection.ErrNotFound) {
			t.Errorf("%v reads the secret of pix, bank-vida: %v", other, err)
		}
	}
	if provider.ValidName("asaas/bank") || provider.ValidAccount("bank/vida") {
		t.Error("a name holds the slash that parts provider and account")
	}
}

func TestAccountIsReadOnceInFiveMinutes(t *testing.T) {
	f, accounts, now := open(map[string]string{"regua-test-provider/sandbox/vida": good})
	for range 3 {
		got, err := accounts.Account(context.Background(), "sandbox", "vida")
		if err != nil || got.Creditor != "vida-plena" || got.Name != "vida" || len(got.SigningSecrets) != 2 ||
			string(got.WrappedKey) != "\x01\x02\x03" {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
	*now = now.Add(5*time.Minute - 1)
	if _, err := accounts.Account(context.Background(), "sandbox", "vida"); err != nil || f.calls != 1 {
		t.Fatalf("%d calls, %v", f.calls, err)
	}
	*now = now.Add(1)
	f.values["regua-test-provider/sandbox/vida"] = strings.Replace(good, `"t1"`, `"t2"`, 1)
	if got, err := accounts.Account(context.Background(), "sandbox", "vida"); err != nil || got.APIToken != "t2" {
		t.Fatalf("got %+v, %v", got, err)
	}
}

func TestUnknownNamesAreRememberedForAMinute(t *testing.T) {
	f, accounts, now := open(map[string]string{})
	for range 3 {
		if _, err := accounts.Account(context.Background(), "sandbox", "vida"); !errors.Is(err, collection.ErrNotFound) {
			t.Fatalf("got %v", err)
		}
	}
	if f.calls != 1 {
		t.Fatalf("%d calls", f.calls)
	}
	*now = now.Add(time.Minute)
	f.values["regua-test-provider/sandbox/vida"] = good
	if _, err := accounts.Account(context.Background(), "sandbox", "vida"); err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxKept {
		if _, err := accounts.Account(context.Background(), "sandbox", fmt.Sprint("a", i)); !errors.Is(err, collection.ErrNotFound) {
			t.Fatal(err)
		}
	}
	if len(accounts.kept) > maxKept {
		t.Fatalf("%d names kept", len(accounts.kept))
	}
	calls := f.calls
	if _, err := accounts.Account(context.Background(), "sandbox", "vida"); err != nil || f.calls != calls {
		t.Fatalf("strangers' names pushed a real account out: %v", err)
	}
}

func TestFaultsAreNotRemembered(t *testing.T) {
	f, accounts, _ := open(map[string]string{"regua-test-provider/sandbox/vida": good})
	f.err = errors.New("throttled")
	if _, err := accounts.Account(context.Background(), "sandbox", "vida"); !errors.Is(err, collection.ErrUnavailable) {
		t.Fatalf("got %v", err)
	}
	f.err = nil
	if _, err := accounts.Account(context.Background(), "sandbox", "vida"); err != nil {
		t.Fatal(err)
	}
}

func TestBrokenSecretsAreFaults(t *testing.T) {
	for name, text := range map[string]string{
		"not JSON": `x`, "no token": strings.Replace(good, `"t1"`, `""`, 1),
		"no signing secret": strings.Replace(good, `"whsec_a","whsec_b"`, ``, 1),
		"no key":            strings.Replace(good, `"AQID"`, `""`, 1), "bad creditor": strings.Replace(good, `vida-plena`, `Vida`, 1),
		"unknown member": strings.Replace(good, `{`, `{"url":"x",`, 1),
	} {
		_, accounts, _ := open(map[string]string{"regua-test-provider/sandbox/vida": text})
		_, err := accounts.Account(context.Background(), "sandbox", "vida")
		if err == nil || errors.Is(err, collection.ErrNotFound) || errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "whsec") {
			t.Errorf("%s: the error tells a secret", name)
		}
	}
}
