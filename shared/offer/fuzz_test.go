package offer

import (
	"errors"
	"os"
	"testing"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/creditor"
	"github.com/regua/regua/shared/money"
)

// FuzzPolicy works deals out under every file that is let in: each adds up, or is refused by a rule.
func FuzzPolicy(f *testing.F) {
	for _, file := range []string{"health-plan.json", "lender.json", "pay-tv.json"} {
		doc, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc, 3, int64(100000), 45)
	}
	f.Fuzz(func(t *testing.T, doc []byte, payments int, principal int64, late int) {
		c, err := creditor.Parse(doc)
		if err != nil || principal < 1 || principal > 1_000_000_000 || late < 0 || late > 10000 {
			return
		}
		owed := deal(payments, debt(t, 1, money.Centavos(principal), late), debt(t, 2, 12345, 0))
		if terms, err := Terms(c, owed); err == nil {
			checkTerms(t, terms)
		} else if !errors.Is(err, ErrNotOffered) {
			t.Fatal(err)
		}
		offers, err := Best(c, owed)
		if err != nil && !errors.Is(err, ErrNotOffered) {
			t.Fatal(err)
		}
		for _, o := range offers {
			checkTerms(t, o.Terms)
		}
	})
}

// FuzzSealed opens bodies under the right key: what is read comes out as it went in, and all else is collection.ErrNotFound.
func FuzzSealed(f *testing.F) {
	f.Add("credora|01JD9Z3V4QW8X6M2N7P5R1T0KC|3|1763910000|1763996400|1234|01JD9Z3V4QW8X6M2N7P5R1T0KC|2026-12-10|acordo|0123|2026|06")
	f.Add("credora|01JD9Z3V4QW8X6M2N7P5R1T0KC|1|0|0|-1|01JD9Z3V4QW8X6M2N7P5R1T0KC,01JD9Z3V4QW8X6M2N7P5R1T0KD||||")
	f.Add("|||||||||")
	f.Fuzz(func(t *testing.T, body string) {
		id := encode([]byte(body)) + "." + encode(testMAC(purposeOffer, []byte(body)))
		s, err := Open(id, testMAC)
		if err != nil {
			if !errors.Is(err, collection.ErrNotFound) {
				t.Fatal(err)
			}
			return
		}
		again, err := Open(s.Seal(testMAC), testMAC)
		if err != nil || again.Deal(nil, "").Payments != s.Payments || again.Total != s.Total || again.FirstDue != s.FirstDue ||
			len(again.Debts) != len(s.Debts) || again.PolicyVersion != s.PolicyVersion || !again.ExpiresAt.Equal(s.ExpiresAt) {
			t.Fatalf("%+v came back as %+v, %v", s, again, err)
		}
	})
}
