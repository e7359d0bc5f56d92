package secrets

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

func signingSecret(letter string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 32)))
}

func TestCreditorsReadBothWays(t *testing.T) {
	want := Signing{Webhook: []string{signingSecret("n"), signingSecret("o")}, Callback: []string{signingSecret("c")}}
	text, err := EncodeSigning(want)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	f := &fake{values: map[string]string{"regua-test-" + contract.CreditorSecret("vida-plena"): text}}
	c := NewCreditors(f, "regua-test-", func() time.Time { return now })
	for range 2 {
		out, err := c.Webhook(context.Background(), "vida-plena")
		if err != nil || !slices.Equal(out, want.Webhook) {
			t.Fatalf("got %v, %v", out, err)
		}
		in, err := c.Callback(context.Background(), "vida-plena")
		if err != nil || !slices.Equal(in, want.Callback) {
			t.Fatalf("got %v, %v", in, err)
		}
	}
	if f.calls != 1 {
		t.Errorf("%d calls", f.calls)
	}
	if _, err := c.Webhook(context.Background(), "credora"); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("another creditor: %v", err)
	}
	f.err = errors.New("throttled")
	now = now.Add(keptFor)
	if _, err := c.Callback(context.Background(), "vida-plena"); !errors.Is(err, collection.ErrUnavailable) {
		t.Errorf("a fault: %v", err)
	}
}

func TestBrokenSigningIsRefused(t *testing.T) {
	one, two, three := signingSecret("a"), signingSecret("b"), signingSecret("c")
	for name, test := range map[string]struct {
		given Signing
		want  string
	}{
		"none out":       {Signing{nil, []string{one}}, "webhookSecrets: there is one"},
		"none back":      {Signing{[]string{one}, nil}, "callbackSecrets: there is one"},
		"three":          {Signing{[]string{one, two, three}, []string{signingSecret("d")}}, "webhookSecrets: there is one"},
		"same both ways": {Signing{[]string{one}, []string{one}}, "callbackSecrets: each secret stands once"},
		"no prefix":      {Signing{[]string{one[6:]}, []string{two}}, "webhookSecrets: must be whsec_"},
		"short":          {Signing{[]string{one}, []string{"whsec_YWJj"}}, "callbackSecrets: must be whsec_"},
		"long": {Signing{[]string{"whsec_" + base64.StdEncoding.EncodeToString(make([]byte, maxText))}, []string{two}},
			"webhookSecrets: must be"},
	} {
		_, err := EncodeSigning(test.given)
		if !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), one[6:20]) {
			t.Errorf("%s: the error tells a secret", name)
		}
	}
	for _, text := range []string{"", "{}", `{"webhookSecrets":["` + one + `"]}`,
		`{"webhookSecrets":["` + one + `"],"callbackSecrets":["` + two + `"],"x":1}`} {
		if _, err := DecodeSigning([]byte(text)); err == nil || strings.Contains(err.Error(), one[6:20]) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
