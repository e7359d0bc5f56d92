package pix

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/provider"
	"github.com/regua/regua/shared/strictjson"
)

const (
	// maxAnswer is several times a page of a statement, in bytes.
	maxAnswer = 1 << 20
	// maxHeader bounds an answer's header, in bytes.
	maxHeader = 64 << 10
	// maxSessions bounds the accounts whose connections are kept.
	maxSessions = 256
	// maxToken is several times the longest token seen, in bytes.
	maxToken = 16 << 10
	// beforeExpiry is how long before its end a token is not used any more; of a shorter token, half its life.
	beforeExpiry = time.Minute
	// maxLife bounds how long a token is believed to last, in seconds.
	maxLife = 24 * 60 * 60
)

// The scopes that are asked for. Those of mandates are refused to accounts without Pix Automático.
const (
	chargeScopes  = "cob.read cob.write cobv.read cobv.write pix.read pix.write webhook.read webhook.write"
	mandateScopes = " payloadlocationrec.write rec.read rec.write"
)

// session is the connection to one account's provider: certificate and token.
type session struct {
	access provider.PixAccess
	client *http.Client
	now    func() time.Time
	gate   chan struct{} // held by whoever reads or renews the token
	token  string
	until  time.Time
}

// session finds the connection of an account, or makes a new one when there is none or its secret has changed.
func (r *Rail) session(account provider.Account) (*session, error) {
	if account.Pix == nil {
		return nil, fmt.Errorf("account %s has no access to an API Pix", account.Name)
	}
	name := account.Provider + "/" + account.Name
	r.mu.Lock()
	defer r.mu.Unlock()
	known, ok := r.sessions[name]
	if ok && known.access == *account.Pix {
		return known, nil
	}
	made, err := r.connect(*account.Pix)
	if err != nil {
		return nil, fmt.Errorf("account %s: %w", account.Name, err)
	}
	if ok {
		known.client.CloseIdleConnections()
	}
	if len(r.sessions) >= maxSessions {
		clear(r.sessions)
	}
	r.sessions[name] = made
	return made, nil
}

// connect makes a connection that shows the account's certificate, and goes nowhere but to its addresses: redirects are not followed and no
// proxy is asked.
func (r *Rail) connect(access provider.PixAccess) (*session, error) {
	for _, address := range []string{access.BaseURL, access.TokenURL} {
		if !r.mayCall(address) {
			return nil, errors.New("an address of the API Pix is not https")
		}
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if access.Certificate != "" || !r.plainLoopback {
		pair, err := tls.X509KeyPair([]byte(access.Certificate), []byte(access.PrivateKey))
		if err != nil {
			return nil, errors.New("the client certificate and its key are not PEM that belongs together")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if access.Authorities != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(access.Authorities)) {
			return nil, errors.New("the provider's authorities are not PEM")
		}
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	transport := &http.Transport{
		TLSClientConfig: config, ForceAttemptHTTP2: true, MaxResponseHeaderBytes: maxHeader, TLSHandshakeTimeout: callTime,
		IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 4, DialContext: (&net.Dialer{Timeout: callTime}).DialContext,
	}
	return &session{
		access: access, now: r.now, gate: make(chan struct{}, 1), client: &http.Client{Transport: transport, CheckRedirect: refuse},
	}, nil
}

func (r *Rail) mayCall(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || (r.plainLoopback && u.Scheme == "http" && net.ParseIP(u.Hostname()).IsLoopback())
}

// call makes one call and reads the answer of a success into a pointer, or leaves it when that is nil. A token that is not accepted is
// renewed once.
func (s *session) call(ctx context.Context, method, path string, body, into any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode call: %w", err)
		}
	}
	var answer answer
	for range 2 {
		token, err := s.bearer(ctx)
		if err != nil {
			return err
		}
		if answer, err = s.send(ctx, method, path, token, content); err != nil {
			return err
		}
		if answer.status != http.StatusUnauthorized {
			break
		}
		s.forget(ctx, token)
	}
	if answer.status != http.StatusOK && answer.status != http.StatusCreated {
		return answer.problem()
	}
	if into == nil {
		return nil
	}
	return decode(answer.text, into)
}

// answer is what came back, its text cut at maxAnswer.
type answer struct {
	status int
	text   []byte
}

func (s *session) send(ctx context.Context, method, path, token string, content []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.access.BaseURL+path, bytes.NewReader(content))
	if err != nil {
		return answer{}, errors.New("make call: the address does not parse") // the error would tell it
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if len(content) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	return s.do(request)
}

func (s *session) do(request *http.Request) (answer, error) {
	request.Header.Set("Accept", "application/json, application/problem+json")
	status, text, err := provider.Do(s.client, request, "the API Pix", maxAnswer)
	return answer{status, text}, err
}

// decode reads an answer. Members that are not known are left, as the API may grow; no error tells a value.
func decode(text []byte, into any) error {
	if err := strictjson.Unambiguous(text); err != nil {
		return fmt.Errorf("%w: read the answer of the API Pix: %w", collection.ErrUnavailable, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%w: the answer of the API Pix is of another form", collection.ErrUnavailable)
	}
	return nil
}

type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
}

// bearer returns a token that lasts for a while, asking for one when there is none.
func (s *session) bearer(ctx context.Context) (string, error) {
	if err := s.enter(ctx); err != nil {
		return "", err
	}
	defer s.leave()
	now := s.now()
	if s.token != "" && now.Before(s.until) {
		return s.token, nil
	}
	s.token = ""
	given, err := s.askToken(ctx)
	if err != nil {
		return "", err
	}
	life := time.Duration(min(max(given.ExpiresIn, 0), maxLife)) * time.Second
	s.token, s.until = given.AccessToken, now.Add(life-min(beforeExpiry, life/2))
	return s.token, nil
}

func (s *session) askToken(ctx context.Context) (tokenAnswer, error) {
	scopes := chargeScopes
	if s.access.Mandates {
		scopes += mandateScopes
	}
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {scopes}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.access.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return tokenAnswer{}, errors.New("make token call: the address does not parse")
	}
	request.SetBasicAuth(s.access.ClientID, s.access.ClientSecret)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := s.do(request)
	if err != nil {
		return tokenAnswer{}, err
	}
	// Credentials that are not accepted are a fault of configuration, which somebody will mend: worth another try.
	if answer.status != http.StatusOK && answer.status != http.StatusCreated {
		return tokenAnswer{}, fmt.Errorf("%w: asked for a token, the provider answered %d", collection.ErrUnavailable, answer.status)
	}
	var given tokenAnswer
	if err := decode(answer.text, &given); err != nil {
		return tokenAnswer{}, err
	}
	if !printable(given.AccessToken, maxToken) || !strings.EqualFold(given.TokenType, "bearer") {
		return tokenAnswer{}, fmt.Errorf("%w: the provider gave no bearer token", collection.ErrUnavailable)
	}
	return given, nil
}

// forget drops a token that was not accepted, unless somebody has renewed it in between.
func (s *session) forget(ctx context.Context, token string) {
	if s.enter(ctx) == nil {
		if s.token == token {
			s.token = ""
		}
		s.leave()
	}
}

func (s *session) enter(ctx context.Context) error {
	select {
	case s.gate <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: wait for a token: %w", collection.ErrUnavailable, ctx.Err())
	}
}

func (s *session) leave() { <-s.gate }
