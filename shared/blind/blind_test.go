package blind_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/blind"
	"github.com/regua/regua/shared/collection"
)

// secret is a deployment's secret whose keys are one repeated byte each.
func secret(index, person, pepper, offer, mask byte) []byte {
	key := func(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }
	return fmt.Appendf(nil, `{"index":%q,"person":%q,"pepper":%q,"offer":%q,"mask":%q}`,
		key(index), key(person), key(pepper), key(offer), key(mask))
}

func keys(t testing.TB, secret []byte) blind.Keys {
	t.Helper()
	k, err := blind.ParseKeys(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSecretsThatAreNone(t *testing.T) {
	good := string(secret(1, 2, 3, 4, 5))
	short := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 31))
	for name, text := range map[string]string{
		"empty":            "",
		"no object":        "[]",
		"no members":       "{}",
		"one missing":      strings.Replace(good, `"mask"`, `"person"`, 1),
		"one twice":        strings.Replace(good, "{", `{"mask":"AQEB",`, 1),
		"one in capitals":  strings.Replace(good, `"mask"`, `"MASK"`, 1),
		"a number":         strings.Replace(good, good[9:55], "1", 1),
		"one too many":     strings.Replace(good, "{", `{"more":"x",`, 1),
		"trailing data":    good + "{}",
		"a short key":      strings.Replace(good, good[10:54], short, 1),
		"no base64":        strings.Replace(good, "AQEB", "!!!!", 1),
		"URL-safe base64":  string(bytes.ReplaceAll(secret(255, 2, 3, 4, 5), []byte("/"), []byte("_"))),
		"two equal keys":   string(secret(1, 2, 3, 4, 1)),
		"a null":           strings.Replace(good, good[9:55], "null", 1),
		"white space last": good + " x",
	} {
		_, err := blind.ParseKeys([]byte(text))
		if !errors.Is(err, blind.ErrKeys) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "AQEB") {
			t.Errorf("%s: the error quotes a key", name)
		}
	}
	for text, member := range map[string]string{
		strings.Replace(good, "{", `{"mask":"AQEB",`, 1): "mask", strings.Replace(good, good[9:55], "null", 1): "index",
	} {
		if _, err := blind.ParseKeys([]byte(text)); err == nil || !strings.Contains(err.Error(), member) {
			t.Errorf("%v, want %s named", err, member)
		}
	}
	keys(t, secret(1, 2, 3, 4, 5))
}

func FuzzParseKeys(f *testing.F) {
	f.Add(secret(1, 2, 3, 4, 5))
	f.Add([]byte(`{"index":"AQ=="}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := blind.ParseKeys(text)
		if err != nil && !errors.Is(err, blind.ErrKeys) {
			t.Error(err)
		}
		if err == nil && k.Person("1") == k.Document("vivamais", "1") {
			t.Error("two kinds of hash are equal")
		}
	})
}

func TestNormalisation(t *testing.T) {
	k := keys(t, secret(1, 2, 3, 4, 5))
	for name, pair := range map[string][2]string{
		"punctuation": {k.Document("c1", "529.982.247-25"), k.Document("c1", "52998224725")},
		"letters":     {k.Document("c1", "12.abc.345/01de-35"), k.Document("c1", "12ABC34501DE35")},
		"contract":    {k.Contract("c1", "  ab-1 "), k.Contract("c1", "AB-1")},
		"e-mail":      {k.Email("c1", " Maria@Example.org "), k.Email("c1", "maria@example.org")},
		"phone":       {k.Phone("c1", "+55 (11) 99999-0000"), k.Phone("c1", "5511999990000")},
		"person":      {k.Person("529.982.247-25"), k.Person("52998224725")},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s matters", name)
		}
	}
	if k.Contract("c1", "AB1") == k.Contract("c1", "AB-1") {
		t.Error("contracts that differ are equal")
	}
}

// TestHashesAreApart: another value, creditor, kind or key gives another hash, and where one part ends and the next begins matters.
func TestHashesAreApart(t *testing.T) {
	k, other := keys(t, secret(1, 2, 3, 4, 5)), keys(t, secret(6, 7, 8, 9, 10))
	seen := map[string]string{}
	add := func(name, hash string) {
		if len(hash) != 64 || strings.ToLower(hash) != hash {
			t.Errorf("%s is %q", name, hash)
		}
		if before, ok := seen[hash]; ok {
			t.Errorf("%s equals %s", name, before)
		}
		seen[hash] = name
	}
	for prefix, k := range map[string]blind.Keys{"": k, "other ": other} {
		for _, creditor := range []collection.CreditorID{"c1", "c11"} {
			for _, value := range []string{"1", "11", "12"} {
				name := fmt.Sprintf("%s%s of %s", prefix, value, creditor)
				add("document "+name, k.Document(creditor, value))
				add("contract "+name, k.Contract(creditor, value))
				add("e-mail "+name, k.Email(creditor, value))
				add("phone "+name, k.Phone(creditor, value))
				add("guard "+name, k.GuardKey(creditor, value, "1"))
			}
		}
		add(prefix+"person 1", k.Person("1"))
		add(prefix+"person 11", k.Person("11"))
	}
	if k.GuardKey("c1", "12", "3") == k.GuardKey("c1", "1", "23") {
		t.Error("a guard's two parts run together")
	}
}

func TestMACs(t *testing.T) {
	k, other := keys(t, secret(1, 2, 3, 4, 5)), keys(t, secret(6, 7, 8, 9, 10))
	rapid.Check(t, func(t *rapid.T) {
		purposes := []string{blind.PurposeCode, blind.PurposeOffer, blind.PurposeMask, "further"}
		purpose := rapid.SampledFrom(purposes).Draw(t, "purpose")
		data := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 3).Draw(t, "data")
		mac := k.MAC(purpose, data...)
		if len(mac) != 32 || !bytes.Equal(mac, k.MAC(purpose, data...)) {
			t.Fatal("a MAC is not repeatable")
		}
		if bytes.Equal(mac, other.MAC(purpose, data...)) {
			t.Fatal("two deployments agree")
		}
		for _, p := range purposes {
			if p != purpose && bytes.Equal(mac, k.MAC(p, data...)) {
				t.Fatalf("%s and %s agree", p, purpose)
			}
		}
		joined := k.MAC(purpose, bytes.Join(data, nil))
		if bytes.Equal(mac, k.MAC(purpose, append(data, nil)...)) || (len(data) > 1 && bytes.Equal(mac, joined)) {
			t.Fatal("where the parts end does not matter")
		}
	})
}
