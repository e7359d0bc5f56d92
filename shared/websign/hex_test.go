package websign_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/regua/regua/shared/websign"
)

// TestVerifyHex holds the dialect of other providers to a published vector of Stripe's.
func TestVerifyHex(t *testing.T) {
	const secret, good = "whsec_test_secret", "d95c6b7477fbd7e9f90b1b0ef5f9c7ac25abca5382460e0d988c2b2a5b71b990"
	text := []byte(`1700000000.{"id":"evt_test_webhook","object":"event"}`)
	for name, c := range map[string]struct {
		secrets    []string
		texts      [][]byte
		signatures []string
		want       error
	}{
		"genuine":              {[]string{secret}, [][]byte{text}, []string{good}, nil},
		"in capitals":          {[]string{secret}, [][]byte{text}, []string{strings.ToUpper(good)}, nil},
		"the second of each":   {[]string{"old", secret}, [][]byte{{}, text}, []string{"x", good}, nil},
		"of another text":      {[]string{secret}, [][]byte{append([]byte("x"), text...)}, []string{good}, websign.ErrForged},
		"cut off":              {[]string{secret}, [][]byte{text}, []string{good[:62]}, websign.ErrForged},
		"none":                 {[]string{secret}, [][]byte{text}, nil, websign.ErrForged},
		"empty":                {[]string{secret}, [][]byte{text}, []string{""}, websign.ErrForged},
		"without a secret":     {nil, [][]byte{text}, []string{good}, websign.ErrSecret},
		"with an empty secret": {[]string{secret, ""}, [][]byte{text}, []string{good}, websign.ErrSecret},
	} {
		if err := websign.VerifyHex(c.secrets, c.texts, c.signatures); !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
