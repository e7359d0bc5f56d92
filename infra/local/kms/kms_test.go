package kms_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"maps"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
	"pgregory.net/rapid"

	"github.com/regua/regua/infra/local/kms"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

var aliases = []kms.Alias{
	{"alias/data", kms.Symmetric}, {"alias/other", kms.Symmetric}, {"alias/sign", kms.ECCP256},
}

func client(t *testing.T, st *store.Store) *awskms.Client {
	t.Helper()
	engine, err := kms.New(st, aliases)
	if err != nil {
		t.Fatal(err)
	}
	return awskms.NewFromConfig(aws.Config{Region: "us-east-1", HTTPClient: wire.NewRouter(map[string]wire.Engine{"kms": engine}),
		RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")})
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func TestDecryptNeedsTheSameContext(t *testing.T) {
	c := client(t, store.Memory())
	context := map[string]string{"creditor": "c1", "case": "k1"}
	sealed, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String("alias/data"), Plaintext: []byte("CPF"),
		EncryptionContext: context})
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Clone(sealed.CiphertextBlob)
	changed[len(changed)-1] ^= 1
	for _, test := range []struct {
		name string
		in   awskms.DecryptInput
		want string
	}{
		{"same", awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: maps.Clone(context)}, ""},
		{"with key", awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: context, KeyId: sealed.KeyId}, ""},
		{"no context", awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob}, "InvalidCiphertextException"},
		{"other value", awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob,
			EncryptionContext: map[string]string{"creditor": "c2", "case": "k1"}}, "InvalidCiphertextException"},
		{"shifted border", awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob,
			EncryptionContext: map[string]string{"creditorc": "1", "case": "k1"}}, "InvalidCiphertextException"},
		{"less", awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: map[string]string{"case": "k1"}},
			"InvalidCiphertextException"},
		{"other key", awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: context, KeyId: aws.String("alias/other")},
			"IncorrectKeyException"},
		{"changed", awskms.DecryptInput{CiphertextBlob: changed, EncryptionContext: context}, "InvalidCiphertextException"},
		{"short", awskms.DecryptInput{CiphertextBlob: []byte("x"), EncryptionContext: context}, "InvalidCiphertextException"},
		{"unknown key", awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, KeyId: aws.String("alias/none")}, "NotFoundException"},
	} {
		out, err := c.Decrypt(t.Context(), &test.in)
		if code(err) != test.want || test.want == "" && (err != nil || string(out.Plaintext) != "CPF") {
			t.Errorf("%s: got %v, want %q", test.name, err, test.want)
		}
	}
}

func TestEveryContextRoundTrips(t *testing.T) {
	c := client(t, store.Memory())
	rapid.Check(t, func(rt *rapid.T) {
		contexts := rapid.MapOfN(rapid.StringN(1, 5, -1), rapid.StringN(1, 5, -1), 0, 3)
		right, wrong := contexts.Draw(rt, "context"), contexts.Draw(rt, "other context")
		plaintext := rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(rt, "plaintext")
		sealed, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String("alias/data"), Plaintext: plaintext,
			EncryptionContext: right})
		if err != nil {
			rt.Fatal(err)
		}
		opened, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: right})
		if err != nil || !bytes.Equal(opened.Plaintext, plaintext) {
			rt.Fatalf("round trip: %v", err)
		}
		_, err = c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: wrong})
		if (err == nil) != maps.Equal(right, wrong) {
			rt.Fatalf("context %v opened what was sealed under %v: %v", wrong, right, err)
		}
	})
}

func TestDataKeys(t *testing.T) {
	c := client(t, store.Memory())
	context := map[string]string{"case": "k1"}
	key, err := c.GenerateDataKey(t.Context(), &awskms.GenerateDataKeyInput{KeyId: aws.String("alias/data"), KeySpec: types.DataKeySpecAes256,
		EncryptionContext: context})
	if err != nil || len(key.Plaintext) != 32 {
		t.Fatalf("data key: %v", err)
	}
	opened, err := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: key.CiphertextBlob, EncryptionContext: context})
	if err != nil || !bytes.Equal(opened.Plaintext, key.Plaintext) {
		t.Errorf("data key does not open: %v", err)
	}
}

func TestSignatures(t *testing.T) {
	c := client(t, store.Memory())
	message := []byte("CCB 1")
	digest := sha256.Sum256(message)
	public, err := c.GetPublicKey(t.Context(), &awskms.GetPublicKeyInput{KeyId: aws.String("alias/sign")})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKIXPublicKey(public.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for kind, content := range map[types.MessageType][]byte{types.MessageTypeRaw: message, types.MessageTypeDigest: digest[:]} {
		signed, err := c.Sign(t.Context(), &awskms.SignInput{KeyId: aws.String("alias/sign"), Message: content, MessageType: kind,
			SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
		if err != nil || !ecdsa.VerifyASN1(parsed.(*ecdsa.PublicKey), digest[:], signed.Signature) {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		verify := func(message []byte) error {
			_, err := c.Verify(t.Context(), &awskms.VerifyInput{KeyId: signed.KeyId, Message: message, Signature: signed.Signature,
				SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
			return err
		}
		if err := verify(message); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if err := verify([]byte("CCB 2")); code(err) != "KMSInvalidSignatureException" {
			t.Errorf("%s of another message: %v", kind, err)
		}
	}
}

func TestBadCallsAreRefused(t *testing.T) {
	c := client(t, store.Memory())
	encrypt := func(key string, size int) error {
		_, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: &key, Plaintext: make([]byte, size)})
		return err
	}
	dataKey := func(in awskms.GenerateDataKeyInput) error {
		in.KeyId = aws.String("alias/data")
		_, err := c.GenerateDataKey(t.Context(), &in)
		return err
	}
	sign := func(kind types.MessageType, size int) error {
		_, err := c.Sign(t.Context(), &awskms.SignInput{KeyId: aws.String("alias/sign"), Message: make([]byte, size), MessageType: kind,
			SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
		return err
	}
	for _, test := range []struct {
		name string
		err  error
		want string
	}{
		{"largest", encrypt("alias/data", 4096), ""},
		{"too large", encrypt("alias/data", 4097), "ValidationException"},
		{"no such key", encrypt("alias/none", 1), "NotFoundException"},
		{"key of another use", encrypt("alias/sign", 1), "InvalidKeyUsageException"},
		{"two lengths", dataKey(awskms.GenerateDataKeyInput{KeySpec: types.DataKeySpecAes256, NumberOfBytes: aws.Int32(8)}),
			"ValidationException"},
		{"no length", dataKey(awskms.GenerateDataKeyInput{}), "ValidationException"},
		{"member the engine does not know", dataKey(awskms.GenerateDataKeyInput{NumberOfBytes: aws.Int32(8), DryRun: aws.Bool(true)}),
			"UnsupportedOperationException"},
		{"digest of wrong length", sign(types.MessageTypeDigest, 31), "ValidationException"},
	} {
		if code(test.err) != test.want || (test.want == "") != (test.err == nil) {
			t.Errorf("%s: got %v, want %q", test.name, test.err, test.want)
		}
	}
}

func TestDisabledKeysDoNothing(t *testing.T) {
	st, err := store.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c := client(t, st)
	sealed, err := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String("alias/data"), Plaintext: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	for _, alias := range []string{"alias/data", "alias/sign"} {
		if _, err := c.DisableKey(t.Context(), &awskms.DisableKeyInput{KeyId: &alias}); err != nil {
			t.Fatal(err)
		}
	}
	c = client(t, st) // a new process, in effect
	uses := func(want string) {
		t.Helper()
		_, encrypt := c.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String("alias/data"), Plaintext: []byte("x")})
		_, decrypt := c.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
		_, sign := c.Sign(t.Context(), &awskms.SignInput{KeyId: aws.String("alias/sign"), Message: []byte("x"),
			SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
		for name, err := range map[string]error{"encrypt": encrypt, "decrypt": decrypt, "sign": sign} {
			if code(err) != want {
				t.Errorf("%s: got %v, want %q", name, err, want)
			}
		}
	}
	uses("DisabledException")
	described, err := c.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String("alias/data")})
	if err != nil || described.KeyMetadata.Enabled || described.KeyMetadata.KeyState != types.KeyStateDisabled {
		t.Errorf("described as %+v, %v", described, err)
	}
	for _, alias := range []string{"alias/data", "alias/sign"} {
		if _, err := c.EnableKey(t.Context(), &awskms.EnableKeyInput{KeyId: &alias}); err != nil {
			t.Fatal(err)
		}
	}
	uses("")
	if _, err := c.DisableKey(t.Context(), &awskms.DisableKeyInput{KeyId: aws.String("alias/none")}); code(err) != "NotFoundException" {
		t.Errorf("unknown key: %v", err)
	}
}

func TestKeysOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	open := func() *store.Store {
		st, err := store.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	st := open()
	first := client(t, st)
	sealed, err := first.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: aws.String("alias/data"), Plaintext: []byte("kept")})
	if err != nil {
		t.Fatal(err)
	}
	before, err := first.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String("alias/sign")})
	if err != nil || before.KeyMetadata.KeySpec != types.KeySpecEccNistP256 || before.KeyMetadata.KeyUsage != types.KeyUsageTypeSignVerify {
		t.Fatalf("describe: %+v, %v", before, err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = open()
	defer st.Close()
	second := client(t, st)
	opened, err := second.Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	if err != nil || string(opened.Plaintext) != "kept" {
		t.Errorf("after reopening: %v", err)
	}
	if _, err := second.GetPublicKey(t.Context(), &awskms.GetPublicKeyInput{KeyId: before.KeyMetadata.Arn}); err != nil {
		t.Errorf("ARN of before: %v", err)
	}
	for name, wrong := range map[string]kms.Alias{"other spec": {"alias/data", kms.ECCP256}, "unknown spec": {"alias/x", "RSA_2048"},
		"no alias": {"data", kms.Symmetric}} {
		if _, err := kms.New(st, []kms.Alias{wrong}); err == nil {
			t.Errorf("%s: was accepted", name)
		}
	}
}
