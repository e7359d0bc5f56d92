package pix_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/provider/pix"
	"github.com/regua/regua/test/pixbank"
)

// mutual is the rig behind TLS that demands a certificate of the authority's, with the adapter as it is deployed.
func mutual(t *testing.T, authority *pixbank.Authority, versions ...uint16) *rig {
	t.Helper()
	r := newRig(t)
	server := httptest.NewUnstartedServer(r.bank)
	certificate, key := authority.Pair(t, "bank")
	pair, err := tls.X509KeyPair([]byte(certificate), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	callers := x509.NewCertPool()
	callers.AppendCertsFromPEM([]byte(authority.PEM))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: callers}
	if len(versions) > 0 {
		server.TLS.MinVersion, server.TLS.MaxVersion = versions[0], versions[0]
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	r.Rail = pix.New(func() time.Time { return r.now })
	r.account.Pix.BaseURL, r.account.Pix.TokenURL = server.URL+"/api", server.URL+"/oauth/token"
	r.account.Pix.Authorities = authority.PEM
	r.account.Pix.Certificate, r.account.Pix.PrivateKey = authority.Pair(t, "regua")
	return r
}

func TestMutualTLS(t *testing.T) {
	authority, stranger := pixbank.NewAuthority(t), pixbank.NewAuthority(t)
	r := mutual(t, authority)
	if err := r.account.Pix.Check(); err != nil {
		t.Fatal(err)
	}
	r.issue(t, down())
	good := *r.account.Pix
	for name, spoil := range map[string]func(a *provider.PixAccess){
		"a stranger's certificate": func(a *provider.PixAccess) { a.Certificate, a.PrivateKey = stranger.Pair(t, "regua") },
		"a stranger's bank":        func(a *provider.PixAccess) { a.Authorities = stranger.PEM },
		"the system's authorities": func(a *provider.PixAccess) { a.Authorities = "" },
	} {
		changed := good
		spoil(&changed)
		r.account.Pix = &changed
		if _, err := r.Fetch(context.Background(), r.account, txID); !errors.Is(err, collection.ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.account.Pix = &good // the connection follows the secret
	r.fetch(t)
	certificate, _ := authority.Pair(t, "regua")
	for name, spoil := range map[string]func(a *provider.PixAccess){
		"no certificate":           func(a *provider.PixAccess) { a.Certificate, a.PrivateKey = "", "" },
		"another key":              func(a *provider.PixAccess) { a.Certificate = certificate },
		"no key":                   func(a *provider.PixAccess) { a.PrivateKey = "hunter2" },
		"authorities that are not": func(a *provider.PixAccess) { a.Authorities = "hunter2" },
		"plain HTTP":               func(a *provider.PixAccess) { a.BaseURL = strings.Replace(a.BaseURL, "https", "http", 1) },
		"plain HTTP for tokens":    func(a *provider.PixAccess) { a.TokenURL = strings.Replace(a.TokenURL, "https", "http", 1) },
		"a user in the address":    func(a *provider.PixAccess) { a.BaseURL = strings.Replace(a.BaseURL, "//", "//hunter2@", 1) },
		"no address":               func(a *provider.PixAccess) { a.BaseURL = "" },
	} {
		changed := good
		spoil(&changed)
		r.account.Pix = &changed
		_, err := r.Fetch(context.Background(), r.account, txID)
		if quiet(t, err); err == nil || errors.Is(err, collection.ErrUnavailable) || errors.Is(err, collection.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	authority := pixbank.NewAuthority(t)
	for version, refused := range map[uint16]bool{
		tls.VersionTLS10: true, tls.VersionTLS11: true, tls.VersionTLS12: false, tls.VersionTLS13: false,
	} {
		r := mutual(t, authority, version)
		_, err := r.Issue(context.Background(), r.account, down())
		if errors.Is(err, collection.ErrUnavailable) != refused || (err != nil) != refused {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
	}
}

func TestOnlyLoopbackMayBePlain(t *testing.T) {
	for address, may := range map[string]bool{
		"http://127.0.0.1:1": true, "http://[::1]:1": true, "http://localhost:1": false, "http://example.com": false,
		"http://127.0.0.1.example.com": false, "ftp://127.0.0.1": false,
	} {
		r := newRig(t)
		r.account.Pix.BaseURL = address
		_, err := r.Fetch(context.Background(), r.account, txID)
		if errors.Is(err, collection.ErrUnavailable) != may || err == nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestCheckOfAnAccess(t *testing.T) {
	authority := pixbank.NewAuthority(t)
	whole := provider.PixAccess{
		BaseURL: "https://pix.example.com/api/v2", TokenURL: "https://pix.example.com/oauth/token", ClientID: "id", ClientSecret: "hunter2",
		Key: pixbank.Key,
	}
	whole.Certificate, whole.PrivateKey = authority.Pair(t, "regua")
	if err := whole.Check(); err != nil {
		t.Fatal(err)
	}
	for member, spoil := range map[string]func(a *provider.PixAccess){
		"pix.baseUrl":              func(a *provider.PixAccess) { a.BaseURL = "http://hunter2.example.com" },
		"a slash at its end":       func(a *provider.PixAccess) { a.BaseURL += "/" },
		"pix.tokenUrl":             func(a *provider.PixAccess) { a.TokenURL += "?hunter2" },
		"pix.clientId":             func(a *provider.PixAccess) { a.ClientID = "" },
		"pix.clientSecret":         func(a *provider.PixAccess) { a.ClientSecret = "" },
		"pix.key":                  func(a *provider.PixAccess) { a.Key = strings.Repeat("hunter2", 12) },
		"pix.certificate":          func(a *provider.PixAccess) { a.Certificate = "hunter2" },
		"pix.privateKey":           func(a *provider.PixAccess) { _, a.PrivateKey = authority.Pair(t, "another") },
		"more than":                func(a *provider.PixAccess) { a.Authorities = strings.Repeat("hunter2", 4000) },
		"tokenUrl: must be an htt": func(a *provider.PixAccess) { a.TokenURL = "https://hunter2@example.com" },
	} {
		changed := whole
		spoil(&changed)
		if err := changed.Check(); err == nil || !strings.Contains(err.Error(), member) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", member, err)
		}
	}
}
