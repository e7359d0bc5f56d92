package cloud

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/regua/regua/infra/local/parties"
	"github.com/regua/regua/shared/provider"
)

// bankTransport carries the sandbox adapter's calls to the bank and webhooks to the creditors' systems, in process, and nothing anywhere
// else.
type bankTransport struct{ cloud *Cloud }

// RoundTrip implements http.RoundTripper.
func (t bankTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	var to http.Handler
	switch own := req.URL.Scheme + "://" + req.URL.Host; {
	case req.URL.Host == bankHost:
		to = t.cloud.Bank
	case own == t.cloud.Parts.Config.PortalURL && strings.HasPrefix(req.URL.Path, parties.SystemsPath):
		to = t.cloud.Systems
	default:
		return nil, fmt.Errorf("the local cloud reaches no host but its own bank and the creditors' systems here: %s", req.URL.Host)
	}
	received := req.Clone(req.Context())
	if received.Body == nil { // a server's request always has one
		received.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	to.ServeHTTP(answer, received)
	return answer.Result(), nil
}

// deliver posts a notice of the bank to the webhook route, as the bank would over the network.
func (c *Cloud) deliver(ctx context.Context, account string, header http.Header, body []byte) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "/v1/webhooks/"+provider.Sandbox+"/"+account, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make notice: %w", err)
	}
	req.Header = header
	req.RemoteAddr = "127.0.0.1:0"
	answer := httptest.NewRecorder()
	c.API.ServeHTTP(answer, req)
	return answer.Code, nil
}
