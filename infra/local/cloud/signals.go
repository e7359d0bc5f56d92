package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/regua/regua/infra/local/wire"
)

// maxSignals is how many published events are kept to be looked at.
const maxSignals = 5000

// Signals keeps the newest events published on the events topic, for the local page and for tests.
type Signals struct {
	mu     sync.Mutex
	events []json.RawMessage
}

// Events returns the wire form of the events published since the start, the oldest first.
func (s *Signals) Events() []json.RawMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]json.RawMessage(nil), s.events...)
}

// tap lets every call through to the engine and keeps what was published.
func (s *Signals) tap(engine wire.Engine) wire.Engine { return tapped{s, engine} }

type tapped struct {
	signals *Signals
	engine  wire.Engine
}

// Serve implements wire.Engine.
func (t tapped) Serve(ctx context.Context, call wire.Call) (any, error) {
	answer, err := t.engine.Serve(ctx, call)
	if err != nil {
		return answer, err
	}
	form, parseErr := url.ParseQuery(string(call.Body))
	if parseErr != nil {
		return nil, fmt.Errorf("read publication: %w", parseErr)
	}
	t.signals.mu.Lock()
	defer t.signals.mu.Unlock()
	for i := 0; ; i++ {
		name := "Message"
		if call.Operation == "PublishBatch" {
			name = fmt.Sprintf("PublishBatchRequestEntries.member.%d.Message", i+1)
		}
		message := form.Get(name)
		if strings.HasPrefix(message, "{") {
			t.signals.events = append(t.signals.events, json.RawMessage(message))
		}
		if call.Operation != "PublishBatch" || message == "" {
			break
		}
	}
	if over := len(t.signals.events) - maxSignals; over > 0 {
		t.signals.events = t.signals.events[over:]
	}
	return answer, nil
}
