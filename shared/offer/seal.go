package offer

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/money"
)

// MaxIDLength bounds an offer id: 50 debts of 26 letters with their frame, in base64, stay well below.
const MaxIDLength = 4096

// MAC authenticates data for a purpose under a key of the deployment.
type MAC func(purpose string, data ...[]byte) []byte

// purposeOffer is the purpose for which the deployment holds a key of its own; see blind.PurposeOffer.
const purposeOffer = "offer"

// Sealed is what an offer id carries.
type Sealed struct {
	Creditor      collection.CreditorID
	Case          collection.CaseID
	Debts         []collection.DebtID
	Payments      int
	FirstDue      calendar.Date // as the participant chose it; zero: as the policy says
	Product       string
	QuotedAt      time.Time // whole seconds
	ExpiresAt     time.Time // whole seconds
	PolicyVersion string
	Total         money.Centavos
	Print         string // of the terms that were shown; see Fingerprint
}

// Fingerprint names what of a deal's terms the participant saw: its amounts, its dates, its cost. Terms that are worked out again and are
// the same have the same one.
func Fingerprint(t collection.Terms) string {
	t.Debts, t.QuotedAt, t.PolicyVersion = nil, time.Time{}, "" // these are sealed as they are
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", t))
	return hex.EncodeToString(sum[:8])
}

// Seal makes the offer id: its content in the clear, bound by a MAC.
func (s Sealed) Seal(mac MAC) string {
	ids := make([]string, len(s.Debts))
	for i, id := range s.Debts {
		ids[i] = id.String()
	}
	first := ""
	if !s.FirstDue.IsZero() {
		first = s.FirstDue.String()
	}
	body := strings.Join([]string{
		string(s.Creditor), s.Case.String(), strconv.Itoa(s.Payments), strconv.FormatInt(s.QuotedAt.Unix(), 10),
		strconv.FormatInt(s.ExpiresAt.Unix(), 10), strconv.FormatInt(int64(s.Total), 10), strings.Join(ids, ","), first, s.Product,
		s.Print, s.PolicyVersion,
	}, "|")
	return encode([]byte(body)) + "." + encode(mac(purposeOffer, []byte(body)))
}

// Open reads an offer id. One that is malformed, altered or made under another key is collection.ErrNotFound.
func Open(id string, mac MAC) (Sealed, error) {
	refused := fmt.Errorf("%w: offer", collection.ErrNotFound)
	left, right, ok := strings.Cut(id, ".")
	if !ok || len(id) > MaxIDLength {
		return Sealed{}, refused
	}
	// Compared as text: the decoder skips line breaks, and one offer would have many ids.
	body, err := base64.RawURLEncoding.DecodeString(left)
	if err != nil || encode(body) != left || !hmac.Equal([]byte(right), []byte(encode(mac(purposeOffer, body)))) {
		return Sealed{}, refused
	}
	s, err := parse(string(body))
	if err != nil { // the MAC was right: a fault of ours, or a form of an older release
		return Sealed{}, fmt.Errorf("%w: %w", refused, err)
	}
	return s, nil
}

func parse(body string) (Sealed, error) {
	const all = 11
	parts := strings.SplitN(body, "|", all) // the last, the policy's version, is free text
	if len(parts) != all {
		return Sealed{}, fmt.Errorf("offer id has %d parts", len(parts))
	}
	var s Sealed
	var err error
	if s.Creditor, err = collection.ParseCreditorID(parts[0]); err != nil {
		return Sealed{}, err
	}
	if s.Case, err = collection.ParseID[collection.CaseNoun](parts[1]); err != nil {
		return Sealed{}, err
	}
	var numbers [4]int64
	for i := range numbers {
		if numbers[i], err = strconv.ParseInt(parts[2+i], 10, 64); err != nil {
			return Sealed{}, fmt.Errorf("number %d of offer id: %w", i, err)
		}
	}
	s.Payments, s.Total = int(numbers[0]), money.Centavos(numbers[3])
	s.QuotedAt, s.ExpiresAt = time.Unix(numbers[1], 0).UTC(), time.Unix(numbers[2], 0).UTC()
	for text := range strings.SplitSeq(parts[6], ",") {
		id, err := collection.ParseID[collection.DebtNoun](text)
		if err != nil {
			return Sealed{}, err
		}
		s.Debts = append(s.Debts, id)
	}
	if parts[7] != "" {
		if s.FirstDue, err = calendar.ParseDate(parts[7]); err != nil {
			return Sealed{}, fmt.Errorf("first due date of offer id: %w", err)
		}
	}
	s.Product, s.Print, s.PolicyVersion = parts[8], parts[9], parts[10]
	return s, nil
}

// Deal is the deal that was sealed, to be worked out again over the debts as they stand.
func (s Sealed) Deal(debts []collection.Debt, standing collection.Standing) Deal {
	return Deal{
		Debts: debts, Standing: standing, Payments: s.Payments, FirstDue: s.FirstDue, Product: s.Product, QuotedAt: s.QuotedAt,
	}
}

// Hash names an offer id without telling it.
func Hash(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
