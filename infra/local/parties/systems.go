// Package parties stands for those whom the product talks to and who are no service of a cloud: the creditors' own systems, and the banks
// that collect by account debit. It is for demonstrations and tests.
package parties

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/websign"
)

const (
	// SystemsPath is where the creditors' own systems listen, ahead of the creditor's id.
	SystemsPath = "/_local/webhooks/"
	// maxWebhook is far above any event.
	maxWebhook = 1 << 20
	// maxKept is how many webhooks are kept to be looked at.
	maxKept = 5000
)

// Webhook is what a creditor's system was told, and what it made of it.
type Webhook struct {
	At       time.Time       `json:"at"`
	Creditor string          `json:"creditor"`
	ID       string          `json:"id"`
	Genuine  bool            `json:"genuine"`         // the signature holds
	Repeated bool            `json:"repeated"`        // a genuine one of this id was there already
	Fault    string          `json:"fault,omitempty"` // why it was not taken
	Body     json.RawMessage `json:"body,omitempty"`
}

// Systems stands for the creditors' own systems: it verifies the webhooks that come, and keeps the newest of them to be looked at.
type Systems struct {
	secrets func(ctx context.Context, creditor collection.CreditorID) ([]string, error)
	now     func() time.Time

	mu   sync.Mutex
	kept []Webhook
	seen map[string]bool
	down bool
}

// NewSystems gives the systems of creditors whose secrets for webhooks can be asked for.
func NewSystems(secrets func(ctx context.Context, creditor collection.CreditorID) ([]string, error), now func() time.Time) *Systems {
	return &Systems{secrets: secrets, now: now, seen: map[string]bool{}}
}

// Down makes all systems answer that they are out of order, or ends that.
func (s *Systems) Down(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Webhooks returns what came, the oldest first.
func (s *Systems) Webhooks() []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept)
}

// ServeHTTP implements http.Handler. It answers 204 to what is genuine.
func (s *Systems) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	got, status := s.take(r, http.MaxBytesReader(w, r.Body, maxWebhook))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		got.Fault, status = "out of order", http.StatusServiceUnavailable
	}
	if status == http.StatusNoContent {
		key := got.Creditor + " " + got.ID
		got.Repeated, s.seen[key] = s.seen[key], true
	}
	s.kept = append(s.kept, got)
	s.kept = s.kept[max(0, len(s.kept)-maxKept):]
	w.WriteHeader(status)
}

func (s *Systems) take(r *http.Request, from io.Reader) (got Webhook, status int) {
	got = Webhook{At: s.now(), Creditor: strings.TrimPrefix(r.URL.Path, SystemsPath), ID: r.Header.Get(websign.HeaderID)}
	body, err := io.ReadAll(from)
	if err == nil && !json.Valid(body) {
		err = errors.New("the body is no JSON")
	}
	if err != nil {
		got.Fault = err.Error()
		return got, http.StatusBadRequest
	}
	got.Body = body
	secrets, err := s.secrets(r.Context(), collection.CreditorID(got.Creditor))
	if err == nil {
		err = websign.Verify(secrets, r.Header.Get, body, s.now())
	}
	if err != nil {
		got.Fault = err.Error()
		return got, http.StatusUnauthorized
	}
	got.Genuine = true
	return got, http.StatusNoContent
}
