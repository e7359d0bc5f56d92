package kms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// Signer signs with the deployment's asymmetric key, which never leaves KMS.
type Signer struct {
	client *kms.Client
	key    string
}

// NewSigner takes the alias with its "alias/" prefix, or a key id.
func NewSigner(client *kms.Client, alias string) *Signer { return &Signer{client, alias} }

// Sign signs a SHA-256 digest: ECDSA over P-256, in ASN.1 form. Key names the key that signed.
func (s *Signer) Sign(ctx context.Context, digest []byte) (signature []byte, key string, err error) {
	out, err := s.client.Sign(ctx, &kms.SignInput{
		KeyId: aws.String(s.key), Message: digest, MessageType: types.MessageTypeDigest, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256,
	})
	if err != nil {
		return nil, "", translate("sign", err)
	}
	return out.Signature, aws.ToString(out.KeyId), nil
}

// PublicKey is the public half, in DER.
func (s *Signer) PublicKey(ctx context.Context) ([]byte, error) {
	out, err := s.client.GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: aws.String(s.key)})
	if err != nil {
		return nil, translate("get public key", err)
	}
	return out.PublicKey, nil
}
