package otp

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/regua/regua/shared/collection"
)

const (
	// digits makes a guess one in a hundred million.
	digits = 8
	codes  = 100_000_000
	// fair is the largest multiple of codes that four bytes hold: numbers from there on would favour small codes.
	fair = (1 << 32) / codes * codes
)

// drawCode draws a code of eight digits, each as likely as any other.
func drawCode(chance io.Reader) (string, error) {
	var b [4]byte
	for {
		if _, err := io.ReadFull(chance, b[:]); err != nil {
			return "", fmt.Errorf("draw code: %w", err)
		}
		if n := binary.BigEndian.Uint32(b[:]); n < fair {
			return fmt.Sprintf("%0*d", digits, n%codes), nil
		}
	}
}

// WellFormed reports whether a text has the form of a code: eight ASCII digits.
func WellFormed(code string) bool {
	return len(code) == digits && strings.Trim(code, "0123456789") == ""
}

// macOf binds a code to its challenge and case, so that it counts nowhere else. All parts but the code have a fixed length.
func macOf(mac MAC, id collection.ChallengeID, caseID collection.CaseID, code string) []byte {
	return mac(purposeCode, []byte(id.String()), []byte(caseID.String()), []byte(code))
}
