// Package webhook posts to the systems of creditors, over HTTPS and to public addresses only, whatever their files and the name service
// say.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

const (
	// timeout bounds one post from the look-up of the name to the end of the answer.
	timeout = 5 * time.Second
	// maxAnswer is how much of an answer is read, in bytes; only its status counts.
	maxAnswer = 4 << 10
)

// Errors of addresses.
var (
	// ErrAddress says that the address is not one of the public Internet.
	ErrAddress = errors.New("the receiver's address is not public")
	// ErrPlain says that the receiver would be reached without TLS.
	ErrPlain = errors.New("the receiver's address is not https")
)

// Poster posts webhooks. It is safe for concurrent use.
type Poster struct {
	client   *http.Client
	loopback bool
}

// New makes a Poster. With loopback it also posts without TLS, and to loopback addresses alone then. A transport other than nil carries the
// posts instead of the network, and is trusted with the addresses.
func New(transport http.RoundTripper, loopback bool) *Poster {
	if transport == nil {
		// The address that a connection is really made to is looked at, so that a name that changes its mind after a check gains nothing.
		dialer := &net.Dialer{Timeout: timeout, Control: func(_, address string, _ syscall.RawConn) error { return check(address, loopback) }}
		transport = &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: maxAnswer,
			IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 1, ForceAttemptHTTP2: true,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
		}
	}
	return &Poster{loopback: loopback, client: &http.Client{
		Transport: transport, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Post posts a body and returns the status of the answer, whose redirects are not followed. It takes at most five seconds. Errors tell
// neither the address nor the body.
func (p *Poster) Post(ctx context.Context, address string, header http.Header, body []byte) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, errors.New("the receiver's address is malformed")
	}
	if req.URL.Scheme != "https" && (!p.loopback || !loopbackName(req.URL.Hostname())) {
		return 0, ErrPlain
	}
	req.Header = header
	answer, err := p.client.Do(req)
	if err != nil {
		return 0, reason(err)
	}
	_, readErr := io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	if err := errors.Join(readErr, answer.Body.Close()); err != nil {
		return 0, fmt.Errorf("read the answer: %w", err)
	}
	return answer.StatusCode, nil
}

// reason says why nothing was answered, without the address that the errors of the network name: its path may hold a token.
func reason(err error) error {
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var web *url.Error
	switch {
	case errors.Is(err, ErrAddress):
		return ErrAddress
	case errors.As(err, &web) && web.Timeout():
		return errors.New("no answer in five seconds")
	case errors.As(err, &name):
		return errors.New("the receiver's name is not known")
	case errors.As(err, &certificate):
		return errors.New("the receiver's certificate does not hold")
	case errors.Is(err, context.Canceled):
		return context.Canceled
	}
	return errors.New("no connection to the receiver")
}

func loopbackName(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// check refuses an address and port that is not of the public Internet.
func check(address string, loopback bool) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrAddress
	}
	ip := at.Addr().Unmap()
	if loopback && ip.IsLoopback() {
		return nil
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Zone() != "" {
		return ErrAddress
	}
	for _, p := range special() {
		if p.Contains(ip) {
			return ErrAddress
		}
	}
	return nil
}

// special are the networks that netip takes for public and that are not, by the IANA registries of special-purpose addresses, and those
// that carry another address inside.
func special() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
		netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
		netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"),
		netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("5f00::/16"),
		netip.MustParsePrefix("fec0::/10"),
	}
}
