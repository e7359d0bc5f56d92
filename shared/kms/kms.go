// Package kms keeps the customer keys' side of encryption: data keys for the vault, and one-time codes on their way to the sender.
package kms

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/regua/regua/shared/cloudfault"
	"github.com/regua/regua/shared/collection"
)

// Keys speaks to the two customer keys of a deployment. A caller that uses only one of them may leave the other's alias empty.
type Keys struct {
	client  *kms.Client
	dataKey string
	codeKey string
}

// New takes the aliases with their "alias/" prefix, or key ids.
func New(client *kms.Client, dataKeyAlias, codeKeyAlias string) *Keys {
	return &Keys{client: client, dataKey: dataKeyAlias, codeKey: codeKeyAlias}
}

// NewDataKey makes a 256-bit data key, plain and wrapped.
func (k *Keys) NewDataKey(ctx context.Context, encryptionContext map[string]string) (plain, wrapped []byte, err error) {
	out, err := k.client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{
		KeyId: aws.String(k.dataKey), KeySpec: types.DataKeySpecAes256, EncryptionContext: encryptionContext,
	})
	if err != nil {
		return nil, nil, translate("generate data key", err)
	}
	return out.Plaintext, out.CiphertextBlob, nil
}

// Unwrap opens a wrapped data key; the context must be that of NewDataKey.
func (k *Keys) Unwrap(ctx context.Context, wrapped []byte, encryptionContext map[string]string) ([]byte, error) {
	out, err := k.client.Decrypt(ctx, &kms.DecryptInput{
		KeyId: aws.String(k.dataKey), CiphertextBlob: wrapped, EncryptionContext: encryptionContext,
	})
	if err != nil {
		return nil, translate("decrypt data key", err)
	}
	return out.Plaintext, nil
}

// SealCode encrypts a one-time code for the sender of one challenge.
func (k *Keys) SealCode(ctx context.Context, challengeID string, code []byte) ([]byte, error) {
	out, err := k.client.Encrypt(ctx, &kms.EncryptInput{
		KeyId: aws.String(k.codeKey), Plaintext: code, EncryptionContext: codeContext(challengeID),
	})
	if err != nil {
		return nil, translate("encrypt code", err)
	}
	return out.CiphertextBlob, nil
}

// OpenCode decrypts what SealCode made for the same challenge.
func (k *Keys) OpenCode(ctx context.Context, challengeID string, sealed []byte) ([]byte, error) {
	out, err := k.client.Decrypt(ctx, &kms.DecryptInput{
		KeyId: aws.String(k.codeKey), CiphertextBlob: sealed, EncryptionContext: codeContext(challengeID),
	})
	if err != nil {
		return nil, translate("decrypt code", err)
	}
	return out.Plaintext, nil
}

func codeContext(challengeID string) map[string]string {
	return map[string]string{"purpose": "otp", "challenge": challengeID}
}

// translate marks what another try may cure with ErrUnavailable.
func translate(what string, err error) error {
	if cloudfault.Passing(err, "ThrottlingException", "LimitExceededException", "DependencyTimeoutException", "KeyUnavailableException") {
		return fmt.Errorf("%w: %s: %w", collection.ErrUnavailable, what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
