package deed

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/regua/regua/shared/strictjson"
)

// EvidenceVersion is the version of the record's form. A change of form is a new version.
const EvidenceVersion = 2

// Evidence is what is known of a signature: which text and which document, offered how, signed by whom, when and from where. Its JSON
// form is hashed, signed by the deployment's key and kept for as long as the agreement; it is never changed.
type Evidence struct {
	Version        int       `json:"version"`
	ContractNumber string    `json:"contractNumber"`
	Template       string    `json:"template"`
	TextSHA256     string    `json:"textSha256"`
	PDFSHA256      string    `json:"pdfSha256"`
	TermsSHA256    string    `json:"termsSha256"` // of the canonical form of the deal's terms
	OfferSHA256    string    `json:"offerSha256"`
	PolicyVersion  string    `json:"policyVersion"`
	QuotedAt       time.Time `json:"quotedAt"`
	Document       string    `json:"document"`
	Name           string    `json:"name"`
	Accepted       bool      `json:"accepted"`
	SignedAt       time.Time `json:"signedAt"`
	IP             string    `json:"ip"`
	UserAgent      string    `json:"userAgent"`
	Locale         string    `json:"locale"`
	LoginID        string    `json:"loginId"`
	LoginChannel   string    `json:"loginChannel"`
	LoginAt        time.Time `json:"loginAt"`
	PreviousHash   string    `json:"previousHash"` // of the case's last event before the signature
}

// Sealed is evidence as it is handed out: the record's exact bytes, the name of the key that signed them, and the signature (ECDSA over
// P-256 with SHA-256, ASN.1 form).
type Sealed struct {
	Record    string `json:"record"`
	Key       string `json:"key"`
	Signature []byte `json:"signature"`
}

// The refusals of Verify.
var (
	ErrEvidence  = errors.New("this is not evidence of a signature")
	ErrSignature = errors.New("the evidence was not signed by this key, or was changed since")
	ErrDocument  = errors.New("the evidence is of another document")
)

// maxEvidence is many times the longest record.
const maxEvidence = 64 << 10

// Verify checks, with nothing else, that a PDF is the one that evidence is about and that the evidence was signed by the public key, which
// is PEM or DER as KMS gives it. It returns what the record says.
func Verify(pdf, sealed, publicKey []byte) (Evidence, error) {
	if len(sealed) > maxEvidence {
		return Evidence{}, fmt.Errorf("%w: more than %d bytes", ErrEvidence, maxEvidence)
	}
	s, err := strictjson.Decode[Sealed](sealed)
	if err != nil {
		return Evidence{}, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	key, err := parseKey(publicKey)
	if err != nil {
		return Evidence{}, err
	}
	digest := sha256.Sum256([]byte(s.Record))
	if !ecdsa.VerifyASN1(key, digest[:], s.Signature) {
		return Evidence{}, ErrSignature
	}
	record, err := strictjson.Decode[Evidence]([]byte(s.Record))
	if err != nil {
		return Evidence{}, fmt.Errorf("%w: %w", ErrEvidence, err)
	}
	if record.Version != EvidenceVersion {
		return Evidence{}, fmt.Errorf("%w: its form is version %d", ErrEvidence, record.Version)
	}
	if Hash(pdf) != record.PDFSHA256 {
		return record, ErrDocument
	}
	return record, nil
}

func parseKey(text []byte) (*ecdsa.PublicKey, error) {
	der := text
	if block, _ := pem.Decode(text); block != nil {
		der = block.Bytes
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, fmt.Errorf("read public key: %w", err)
	}
	key, ok := parsed.(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("read public key: it is no key of an elliptic curve")
	}
	return key, nil
}

// Encode writes a record in the form that is hashed and signed.
func (e Evidence) Encode() ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode signature evidence: %w", err)
	}
	return text, nil
}

// Hash is the hex SHA-256 by which texts, documents and records are named.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
