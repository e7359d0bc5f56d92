// Package secrets is the Secrets Manager of the local cloud: fixed values, given at the start.
package secrets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

const (
	arnPrefix = "arn:aws:secretsmanager:us-east-1:000000000000:secret:"
	// arnSuffix stands where AWS puts six random characters.
	arnSuffix    = "-LOCAL0"
	currentStage = "AWSCURRENT"
)

// Engine answers Secrets Manager calls.
type Engine struct{ values map[string]string }

// New gives an engine that knows these secrets by name.
func New(values map[string]string) *Engine { return &Engine{values: maps.Clone(values)} }

// Serve answers GetSecretValue.
func (e *Engine) Serve(_ context.Context, call wire.Call) (any, error) {
	if call.Operation != "GetSecretValue" {
		return nil, wire.Unknown(call)
	}
	var in struct {
		SecretID     string `json:"SecretId"`
		VersionID    string `json:"VersionId"`
		VersionStage string
	}
	decoder := json.NewDecoder(bytes.NewReader(call.Body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return nil, wire.Errorf("InvalidParameterException", "%v", err)
	}
	name := strings.TrimSuffix(strings.TrimPrefix(in.SecretID, arnPrefix), arnSuffix)
	value, ok := e.values[name]
	if !ok {
		return nil, wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	}
	version := fmt.Sprintf("%x", sha256.Sum256([]byte(name+"\x00"+value)))[:32]
	if in.VersionID != "" && in.VersionID != version || in.VersionStage != "" && in.VersionStage != currentStage {
		return nil, wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for the version asked for.")
	}
	return map[string]any{"ARN": arnPrefix + name + arnSuffix, "Name": name, "SecretString": value,
		"VersionId": version, "VersionStages": []string{currentStage}}, nil
}
