package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/regua/regua/infra/local/wire"
)

// maxSignals is how many published events are kept to be looked at.
const maxSignals = 5000

// Signals keeps the newest events published on the events topic, for the local page and for tests.
type Signals struct {
	mu           sync.Mutex
	publications []publication // at least one event each, but for text messages
}

// Events returns the wire form of the events published since the start, the oldest first.
func (s *Signals) Events() []json.RawMessage {
	s.mu.Lock()
	publications := slices.Clone(s.publications)
	s.mu.Unlock()
	var events []json.RawMessage
	for _, p := range publications {
		events = append(events, p.events()...)
	}
	return events[max(0, len(events)-maxSignals):]
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
	if err == nil {
		t.signals.mu.Lock()
		defer t.signals.mu.Unlock()
		t.signals.publications = append(t.signals.publications, publication(call))
		if over := len(t.signals.publications) - maxSignals; over > 0 {
			t.signals.publications = t.signals.publications[over:]
		}
	}
	return answer, err
}

// publication is a call that the engine has taken. It is read when somebody looks: few of the many are ever looked at.
type publication wire.Call

func (p publication) events() (found []json.RawMessage) {
	form, err := url.ParseQuery(string(p.Body))
	if err != nil { // the engine has read it
		return nil
	}
	for i := 0; ; i++ {
		name := "Message"
		if p.Operation == "PublishBatch" {
			name = fmt.Sprintf("PublishBatchRequestEntries.member.%d.Message", i+1)
		}
		message := form.Get(name)
		if strings.HasPrefix(message, "{") {
			found = append(found, json.RawMessage(message))
		}
		if p.Operation != "PublishBatch" || message == "" {
			return found
		}
	}
}
