package proposal

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/deed"
)

// signingKey is the deployment's key, in memory.
type signingKey struct{ *ecdsa.PrivateKey }

func newSigningKey(t *testing.T) signingKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signingKey{key}
}

func (k signingKey) Sign(_ context.Context, digest []byte) ([]byte, string, error) {
	signature, err := ecdsa.SignASN1(rand.Reader, k.PrivateKey, digest)
	return signature, "key-1", err
}

// TestASignatureIsProvenByItsPapers takes what is stored of a signed contract out and checks it as a stranger would: by the document, the
// evidence and the public key.
func TestASignatureIsProvenByItsPapers(t *testing.T) {
	k, m := newDesk(t, 2)
	p, _, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 3), request("r", "k", "b"))
	if err != nil {
		t.Fatal(err)
	}
	pdf, err := k.Document(t.Context(), load(t, m), p.ContractNumber)
	if err != nil || deed.Hash(pdf) != p.PDFHash {
		t.Fatalf("the document of %+v: %v", p, err)
	}
	where := Circumstances{IP: "192.0.2.1", UserAgent: "browser", LoginID: "challenge", LoginChannel: "email", LoginAt: at}
	a, err := k.Sign(t.Context(), participant(m, at), load(t, m), p.ContractNumber, p.TextHash, where)
	if err != nil {
		t.Fatal(err)
	}
	kept := m.evidence[a.ID]
	plain, err := plainVault{}.OpenText(t.Context(), load(t, m).Case, evidenceAttribute(a.ID), kept.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := json.Marshal(deed.Sealed{Record: string(plain), Key: kept.Key, Signature: kept.Signature})
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&m.key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	record, err := deed.Verify(pdf, sealed, public)
	terms, _ := hashTerms(p.Terms)
	switch {
	case err != nil:
		t.Fatal(err)
	case record.TextSHA256 != p.TextHash, record.ContractNumber != p.ContractNumber, record.IP != "192.0.2.1", !record.SignedAt.Equal(at),
		record.Document != "52998224725", record.LoginID != "challenge", record.TermsSHA256 != terms, record.Template != "confissao-1":
		t.Errorf("the record says %+v", record)
	}
	if _, err := deed.Verify(append(pdf, ' '), sealed, public); !errors.Is(err, deed.ErrDocument) {
		t.Errorf("another document: %v", err)
	}
}

func TestADocumentThatWasChangedIsNotShown(t *testing.T) {
	k, m := newDesk(t, 1)
	p, _, err := k.Accept(t.Context(), participant(m, at), load(t, m), offerID(t, m, 1), request("r", "k", "b"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Document(t.Context(), load(t, m), "RG-NONE"); !errors.Is(err, collection.ErrNotFound) {
		t.Errorf("a contract that is not there: %v", err)
	}
	m.pdfs[p.ContractNumber] = []byte("another")
	if _, err := k.Document(t.Context(), load(t, m), p.ContractNumber); err == nil || errors.Is(err, collection.ErrNotFound) {
		t.Errorf("a changed document: %v", err)
	}
}
