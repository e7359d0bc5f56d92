package kms

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"

	"github.com/regua/regua/infra/local/wire"
)

const signAlgorithm = "ECDSA_SHA_256"

type signRequest struct {
	KeyID            string `json:"KeyId"`
	Message          []byte
	MessageType      string
	SigningAlgorithm string
}

func (e *Engine) digest(in signRequest) (*key, []byte, error) {
	k, err := e.find(in.KeyID, ECCP256)
	if err != nil {
		return nil, nil, err
	}
	if in.SigningAlgorithm != signAlgorithm {
		return nil, nil, wire.Errorf("InvalidKeyUsageException", "Algorithm %s is incompatible with key spec %s.", in.SigningAlgorithm, ECCP256)
	}
	switch {
	case in.MessageType == "DIGEST" && len(in.Message) == sha256.Size:
		return k, in.Message, nil
	case (in.MessageType == "" || in.MessageType == "RAW") && len(in.Message) > 0 && len(in.Message) <= maxPlaintext:
		sum := sha256.Sum256(in.Message)
		return k, sum[:], nil
	}
	return nil, nil, wire.Errorf("ValidationException", "Message of %d bytes is not valid as %q.", len(in.Message), in.MessageType)
}

func (e *Engine) sign(in signRequest) (any, error) {
	k, digest, err := e.digest(in)
	if err != nil {
		return nil, err
	}
	signature, err := ecdsa.SignASN1(rand.Reader, k.signer, digest)
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", k.ID, err)
	}
	return map[string]any{"Signature": signature, "SigningAlgorithm": signAlgorithm, "KeyId": k.arn()}, nil
}

func (e *Engine) verify(in struct {
	signRequest
	Signature []byte
}) (any, error) {
	k, digest, err := e.digest(in.signRequest)
	if err != nil {
		return nil, err
	}
	if !ecdsa.VerifyASN1(&k.signer.PublicKey, digest, in.Signature) {
		return nil, &wire.Error{Code: "KMSInvalidSignatureException"}
	}
	return map[string]any{"SignatureValid": true, "SigningAlgorithm": signAlgorithm, "KeyId": k.arn()}, nil
}

type keyRequest struct {
	KeyID string `json:"KeyId"`
}

func (e *Engine) getPublicKey(in keyRequest) (any, error) {
	k, err := e.find(in.KeyID, ECCP256)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(&k.signer.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("encode public key %s: %w", k.ID, err)
	}
	return map[string]any{"PublicKey": public, "KeyId": k.arn(), "KeySpec": k.Spec, "KeyUsage": k.usage(),
		"SigningAlgorithms": []string{signAlgorithm}}, nil
}

// disable takes a key out of use, or back into it.
func (e *Engine) disable(in keyRequest, disabled bool) error {
	k, err := e.find(in.KeyID, "")
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	changed := *k
	changed.Disabled = disabled
	if err := e.write(changed); err != nil {
		return err
	}
	k.Disabled = disabled
	return nil
}

func (e *Engine) describeKey(in keyRequest) (any, error) {
	k, err := e.find(in.KeyID, "")
	if err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	state := "Enabled"
	if k.Disabled {
		state = "Disabled"
	}
	return map[string]any{"KeyMetadata": map[string]any{"KeyId": k.ID, "Arn": k.arn(), "AWSAccountId": "000000000000",
		"Enabled": !k.Disabled, "KeyState": state, "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "MultiRegion": false, "KeySpec": k.Spec,
		"KeyUsage": k.usage()}}, nil
}
