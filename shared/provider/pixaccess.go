package provider

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// Pix is the name of the adapter of the Central Bank's API Pix, which every payment service provider of Brazil offers.
const Pix = "pix"

// PixAccess is what the API Pix of a payment service provider asks of its caller. It is never logged.
type PixAccess struct {
	BaseURL      string // https, without a trailing slash: "https://pix.example.com/api/v2"
	TokenURL     string // https: where OAuth2 tokens are given
	ClientID     string
	ClientSecret string
	Certificate  string // the client's certificate chain, PEM
	PrivateKey   string // PEM
	Authorities  string // authorities of the provider's own certificate, PEM; empty for the system's
	Key          string // the account's Pix key, at most 77 characters
	// NoticeSubject is the subject of the client certificate that the provider shows when it delivers notices, as the gateway writes it;
	// empty takes every certificate that the gateway verified.
	NoticeSubject string
	// Mandates says that the provider offers Pix Automático to this account; without it mandate offers are left out.
	Mandates bool
}

const (
	maxPixKey  = 77
	maxPixText = 12 << 10 // in bytes, of a certificate chain: all texts together fit into one secret
)

// Check reports what is missing or of another form; addresses are checked by the adapter too, as tests have others. It never tells a value.
func (p PixAccess) Check() error {
	switch {
	case !plainHTTPS(p.BaseURL) || strings.HasSuffix(p.BaseURL, "/"):
		return errors.New("pix.baseUrl: must be an https address without user, query, fragment and a slash at its end")
	case !plainHTTPS(p.TokenURL):
		return errors.New("pix.tokenUrl: must be an https address without user, query and fragment")
	case p.ClientID == "" || p.ClientSecret == "" || len(p.ClientID)+len(p.ClientSecret) > maxPixText:
		return errors.New("pix.clientId and pix.clientSecret: must be given")
	case p.Key == "" || len(p.Key) > maxPixKey:
		return fmt.Errorf("pix.key: must be a Pix key of at most %d characters", maxPixKey)
	case max(len(p.Certificate), len(p.PrivateKey), len(p.Authorities), len(p.NoticeSubject)) > maxPixText:
		return fmt.Errorf("pix: a text has more than %d bytes", maxPixText)
	}
	if _, err := tls.X509KeyPair([]byte(p.Certificate), []byte(p.PrivateKey)); err != nil {
		return errors.New("pix.certificate and pix.privateKey: must be PEM and belong together")
	}
	return nil
}

func plainHTTPS(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// MandateOffer asks the payer to authorise, in the same scan that pays a charge, that the later instalments be taken month by month by Pix
// Automático.
type MandateOffer struct {
	Contract string        // the contract as the payer knows it, 1 to 35 characters
	Subject  string        // what it is about, at most 35 characters
	First    calendar.Date // of the first instalment taken
	Last     calendar.Date // of the last one
	// Amount of each instalment taken; 0 when they differ.
	Amount money.Centavos
	// Retry allows the provider three more tries within seven days.
	Retry bool
}
