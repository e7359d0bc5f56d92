package demo

import (
	"encoding/json"
	"fmt"

	"github.com/regua/regua/shared/contract"
)

// Listening gives the files of creditors that name no webhooks a system that wants to be told of every event, at the address and the
// creditor's id behind it.
func Listening(docs [][]byte, at string) ([][]byte, error) {
	var out [][]byte
	for _, doc := range docs {
		var file map[string]json.RawMessage
		if err := json.Unmarshal(doc, &file); err != nil {
			return nil, fmt.Errorf("read sample creditor: %w", err)
		}
		if file["webhooks"] == nil {
			var id string
			if err := json.Unmarshal(file["id"], &id); err != nil {
				return nil, fmt.Errorf("read sample creditor's id: %w", err)
			}
			webhooks, err := json.Marshal(map[string]any{"url": at + id, "events": contract.WebhookEvents()})
			if err != nil {
				return nil, fmt.Errorf("write webhooks of a sample creditor: %w", err)
			}
			file["webhooks"] = webhooks
		}
		listening, err := json.Marshal(file)
		if err != nil {
			return nil, fmt.Errorf("write sample creditor: %w", err)
		}
		out = append(out, listening)
	}
	return out, nil
}
