package dynamodb

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
	"pgregory.net/rapid"
)

func genNumber(t *rapid.T, label string) string {
	digits := rapid.StringMatching(`[+-]?([0-9]{1,19}(\.[0-9]{0,18})?|\.[0-9]{1,19})([eE][+-]?[0-9]{1,2})?`).Draw(t, label)
	if near := rapid.SampledFrom([]string{"", "0", "-0", "1", "-1", "10", "9.99", "100"}).Draw(t, label+" near"); near != "" {
		return near
	}
	return digits
}

func rat(t *rapid.T, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

func TestNumbersKeepTheirValueAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var exact [2]*big.Rat
		var values [2]value
		for i := range values {
			text := genNumber(t, "number")
			n, err := parseNumber(text)
			if err != nil {
				t.Fatalf("parse %q: %v", text, err)
			}
			exact[i], values[i] = rat(t, text), value{kind: kindN, s: n}
			plain := values[i].text()
			if rat(t, plain).Cmp(exact[i]) != 0 {
				t.Fatalf("%q became %q", text, plain)
			}
			if again, err := parseNumber(plain); err != nil || again != n {
				t.Fatalf("%q is not canonical: %q, %q, %v", plain, n, again, err)
			}
			if whole, fraction, ok := strings.Cut(plain, "."); ok && (strings.HasSuffix(fraction, "0") || whole == "") {
				t.Fatalf("%q has zeros that say nothing", plain)
			}
		}
		order, ok := compare(values[0], values[1])
		if !ok || order != exact[0].Cmp(exact[1]) {
			t.Fatalf("%s and %s compare as %d", values[0].text(), values[1].text(), order)
		}
		checkOrder(t, values[0], values[1], order)
	})
}

func TestStringsKeepTheirOrder(t *testing.T) {
	text := rapid.OneOf(rapid.StringMatching(`[\x00\x01a\xff]{0,4}`), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "a"), text.Draw(t, "b")
		checkOrder(t, value{kind: kindS, s: a}, value{kind: kindB, s: b}, strings.Compare(a, b))
		key, prefix := string(appendKey(nil, value{kind: kindS, s: a})), string(appendKeyPrefix(nil, b))
		if strings.HasPrefix(key, prefix) != strings.HasPrefix(a, b) {
			t.Fatalf("the key of %q begins with the prefix of %q or should", a, b)
		}
	})
}

// checkOrder holds the ordered keys to the order of their values, and to being no prefix of each other.
func checkOrder(t *rapid.T, a, b value, order int) {
	ka, kb := string(appendKey(nil, a)), string(appendKey(nil, b))
	if got := cmp.Compare(ka, kb); got != order {
		t.Fatalf("keys of %q and %q compare as %d, want %d", a.s, b.s, got, order)
	}
	if order != 0 && (strings.HasPrefix(ka, kb) || strings.HasPrefix(kb, ka)) {
		t.Fatalf("the key of %q or %q begins with the other's", a.s, b.s)
	}
	if inside := (keyRange{from: ka, to: after(ka)}).contains(ka + kb); !inside {
		t.Fatalf("what follows the key of %q is not in its range", a.s)
	}
}

func TestSumsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := genNumber(t, "a"), genNumber(t, "b")
		x, errX := parseNumber(a)
		y, errY := parseNumber(b)
		if errX != nil || errY != nil {
			t.Fatal(errX, errY)
		}
		subtract := rapid.Bool().Draw(t, "subtract")
		want := new(big.Rat).Add(rat(t, a), rat(t, b))
		if subtract {
			want = new(big.Rat).Sub(rat(t, a), rat(t, b))
		}
		ordered, err := add(x, y, subtract)
		if err != nil {
			var d apd.Decimal
			if _, _, convErr := d.SetString(want.FloatString(130)); convErr != nil {
				t.Fatal(convErr)
			}
			if d.Reduce(&d); d.NumDigits() <= maxDigits {
				t.Fatalf("%s, %s: %v, but the result %s fits", a, b, err, &d)
			}
			return
		}
		if got := string(appendNumber(nil, ordered)); rat(t, got).Cmp(want) != 0 {
			t.Fatalf("%s, %s (subtract %v) gave %s", a, b, subtract, got)
		}
	})
}

// FuzzExpressions holds the parsers to answering every text, and what they accept to being evaluated, without a panic.
func FuzzExpressions(f *testing.F) {
	for _, seed := range []string{
		"a = :v", "(a.b[3] <> :v OR NOT #n IN (:v, :w)) AND size(a) BETWEEN :w AND :w", "attribute_type(a, :t) AND contains(a, b)",
		"SET a = if_not_exists(b, :w) + :w, l[0] = list_append(l, :l) REMOVE m.x, l[2] ADD n :w DELETE s :s", "a, b.c[1], #n",
		"pk = :v AND begins_with(sk, :v)",
		"((a = :v))", "SET a = ", "#", ":", "a[99999999999999999999]", "a[", "NOT", "\x00", "a <>= b", "size(size(a)) > :w",
	} {
		f.Add(seed)
	}
	var raw, values attributes
	for encoded, into := range map[string]*attributes{
		`{"a":{"N":"1"},"b":{"S":"x"},"l":{"L":[{"N":"1"},{"N":"2"}]},"s":{"SS":["x"]},"m":{"M":{"x":{"N":"1"}}}}`: &raw,
		`{":v":{"S":"x"},":w":{"N":"2"},":t":{"S":"L"},":l":{"L":[{"N":"1"}]},":s":{"SS":["x"]}}`:                  &values,
	} {
		if err := json.Unmarshal([]byte(encoded), into); err != nil {
			f.Fatal(err)
		}
	}
	it, err := raw.decode(0)
	if err != nil {
		f.Fatal(err)
	}
	key := schema{{"pk", kindS}, {"sk", kindN}}
	f.Fuzz(func(t *testing.T, text string) {
		x := &expressions{ExpressionAttributeNames: map[string]string{"#n": "n"}, ExpressionAttributeValues: values}
		before := string(appendItem(nil, it))
		if n := parse(x, "ConditionExpression", &text, (*parser).condition); n != nil {
			n.holds(it)
			n.holds(nil)
			if conditions := (keyConditions{}); conditions.collect(n) == nil {
				_, _ = key.keyRange(conditions) // it may refuse, not panic
			}
		}
		x.err = nil
		if u := parse(x, "UpdateExpression", &text, (*parser).update); u != nil {
			if updated, err := u.apply(it); err == nil {
				project(u.paths(), updated)
			}
		}
		x.err = nil
		if paths := parse(x, "ProjectionExpression", &text, (*parser).projection); paths != nil {
			project(paths, it)
		}
		if string(appendItem(nil, it)) != before {
			t.Fatalf("%q changed the item it was applied to", text)
		}
	})
}
