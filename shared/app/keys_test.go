package app

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/regua/regua/shared/blind"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/offer"
)

// TestOfferIDsHaveTheirOwnKey holds the purpose that offers name to the key that is kept for it: an offer id must die with the offer key
// and with no other.
func TestOfferIDsHaveTheirOwnKey(t *testing.T) {
	keys := func(changed string) blind.Keys {
		secret := map[string]string{}
		for i, name := range []string{"index", "person", "pepper", "offer", "mask"} {
			key := bytes.Repeat([]byte{byte(i)}, 32)
			if name == changed {
				key[0] = 0xff
			}
			secret[name] = base64.StdEncoding.EncodeToString(key)
		}
		text, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		k, err := blind.ParseKeys(text)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	debt, err := collection.Mint[collection.DebtNoun](time.Unix(1, 0), bytes.NewReader(make([]byte, 16)))
	if err != nil {
		t.Fatal(err)
	}
	caseID, err := collection.Mint[collection.CaseNoun](time.Unix(1, 0), bytes.NewReader(make([]byte, 16)))
	if err != nil {
		t.Fatal(err)
	}
	sealed := offer.Sealed{Creditor: "vida-plena", Case: caseID, Debts: []collection.DebtID{debt}, Payments: 1, PolicyVersion: "1"}
	id := sealed.Seal(keys("").MAC)
	for _, name := range []string{"index", "person", "pepper", "offer", "mask"} {
		if _, err := offer.Open(id, keys(name).MAC); (err != nil) != (name == "offer") {
			t.Errorf("with another %s key: %v", name, err)
		}
	}
}
