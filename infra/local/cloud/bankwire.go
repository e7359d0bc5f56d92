package cloud

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/regua/regua/shared/provider"
)

// bankTransport carries the sandbox adapter's calls to the bank, in process, and nothing anywhere else.
type bankTransport struct{ cloud *Cloud }

// RoundTrip implements http.RoundTripper.
func (t bankTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != bankHost {
		return nil, fmt.Errorf("the local cloud reaches no host but its own bank: %s", req.URL.Host)
	}
	received := req.Clone(req.Context())
	if received.Body == nil { // a server's request always has one
		received.Body = http.NoBody
	}
	answer := httptest.NewRecorder()
	t.cloud.Bank.ServeHTTP(answer, received)
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
