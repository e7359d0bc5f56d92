// Package secrets is the Secrets Manager of the local cloud: values made at the first start, and those that replace them.
package secrets

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"

	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

const (
	arnPrefix = "arn:aws:secretsmanager:" + wire.Region + ":" + wire.Account + ":secret:"
	// arnSuffix stands where AWS puts six random characters.
	arnSuffix     = "-LOCAL0"
	currentStage  = "AWSCURRENT"
	previousStage = "AWSPREVIOUS"
	bucket        = "secrets"
	refusal       = "InvalidParameterException"
	maxValue      = 65536 // bytes, Secrets Manager's limit
)

// versions are a secret's values by stage; Previous is nil before the first change.
type versions struct {
	Current  string
	Previous *string
}

// Engine answers GetSecretValue and PutSecretValue.
type Engine struct {
	wire.Operations
	mu     sync.Mutex
	st     *store.Store
	values map[string]versions
}

// New gives an engine with the secrets that the store holds.
func New(st *store.Store) (*Engine, error) {
	e := &Engine{st: st, values: map[string]versions{}}
	e.Operations = wire.Operations{"GetSecretValue": wire.JSON(refusal, e.get), "PutSecretValue": wire.JSON(refusal, e.put)}
	return e, store.Load(st, bucket, func(name string, v versions) error {
		e.values[name] = v
		return nil
	})
}

// Ensure gives the current value of a secret, made and stored if it is not there yet.
func (e *Engine) Ensure(name string, content func() (string, error)) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if v, ok := e.values[name]; ok {
		return v.Current, nil
	}
	value, err := content()
	if err != nil {
		return "", fmt.Errorf("make secret %s: %w", name, err)
	}
	return value, e.change(name, versions{Current: value})
}

func (e *Engine) change(name string, changed versions) error {
	if err := e.st.Write(store.Op{Bucket: bucket, Key: name, Value: changed}); err != nil {
		return fmt.Errorf("store secret %s: %w", name, err)
	}
	e.values[name] = changed
	return nil
}

// find gives the name of a secret that is named by name or ARN, with its values.
func (e *Engine) find(id string) (string, versions, error) {
	name := strings.TrimSuffix(strings.TrimPrefix(id, arnPrefix), arnSuffix)
	v, ok := e.values[name]
	if !ok {
		return name, v, wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	}
	return name, v, nil
}

func (e *Engine) get(in struct {
	SecretID     string `json:"SecretId"`
	VersionID    string `json:"VersionId"`
	VersionStage string
}) (any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	name, v, err := e.find(in.SecretID)
	if err != nil {
		return nil, err
	}
	if in.VersionStage == "" && in.VersionID == "" {
		in.VersionStage = currentStage
	}
	stages := []string{currentStage, previousStage}
	for i, value := range []*string{&v.Current, v.Previous} {
		if value == nil || in.VersionStage != "" && in.VersionStage != stages[i] {
			continue
		}
		if id := version(name, *value); in.VersionID == "" || in.VersionID == id {
			return map[string]any{"ARN": arnPrefix + name + arnSuffix, "Name": name, "SecretString": *value, "VersionId": id,
				"VersionStages": stages[i : i+1]}, nil
		}
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: %s, stage: %s",
		in.VersionID, in.VersionStage)
}

// put makes a value the current one, and the current one the previous.
func (e *Engine) put(in struct {
	SecretID           string `json:"SecretId"`
	SecretString       string
	ClientRequestToken string // of the SDK's own retries; the same value again changes nothing
}) (any, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	name, v, err := e.find(in.SecretID)
	switch {
	case err != nil:
		return nil, err
	case in.SecretString == "" || len(in.SecretString) > maxValue:
		return nil, wire.Errorf(refusal, "SecretString has from 1 to %d bytes.", maxValue)
	}
	if in.SecretString != v.Current {
		if err := e.change(name, versions{Current: in.SecretString, Previous: &v.Current}); err != nil {
			return nil, err
		}
	}
	return map[string]any{"ARN": arnPrefix + name + arnSuffix, "Name": name, "VersionId": version(name, in.SecretString),
		"VersionStages": []string{currentStage}}, nil
}

// version is the id of a value: it has the form of those that clients may choose.
func version(name, value string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(name+"\x00"+value)))[:32]
}
