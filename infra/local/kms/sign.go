package kms

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"fmt"

	"github.com/regua/regua/infra/local/wire"
)

func digest(in request) ([]byte, error) {
	switch {
	case in.SigningAlgorithm == "":
		return nil, wire.Errorf("ValidationException", "Member signingAlgorithm must not be null")
	case in.MessageType == "DIGEST" && len(in.Message) == sha256.Size:
		return in.Message, nil
	case (in.MessageType == "" || in.MessageType == "RAW") && len(in.Message) > 0 && len(in.Message) <= maxPlaintext:
		sum := sha256.Sum256(in.Message)
		return sum[:], nil
	}
	return nil, wire.Errorf("ValidationException", "Message of %d bytes is not valid as %q.", len(in.Message), in.MessageType)
}

func sign(k *key, in request) (any, error) {
	sum, err := digest(in)
	if err != nil {
		return nil, err
	}
	signature, err := ecdsa.SignASN1(rand.Reader, k.signer, sum)
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", k.ID, err)
	}
	return map[string]any{"Signature": signature, "SigningAlgorithm": in.SigningAlgorithm, "KeyId": k.arn()}, nil
}

func verify(k *key, in request) (any, error) {
	sum, err := digest(in)
	if err != nil {
		return nil, err
	}
	if !ecdsa.VerifyASN1(&k.signer.PublicKey, sum, in.Signature) {
		return nil, &wire.Error{Code: "KMSInvalidSignatureException"}
	}
	return map[string]any{"SignatureValid": true, "SigningAlgorithm": in.SigningAlgorithm, "KeyId": k.arn()}, nil
}

func publicKey(k *key, _ request) (any, error) {
	public, err := x509.MarshalPKIXPublicKey(&k.signer.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("encode public key %s: %w", k.ID, err)
	}
	return map[string]any{"PublicKey": public, "KeyId": k.arn(), "KeySpec": k.Spec, "KeyUsage": usages[k.Spec],
		"SigningAlgorithms": []string{algorithms[k.Spec]}}, nil
}
