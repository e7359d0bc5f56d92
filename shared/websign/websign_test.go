package websign

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var now = time.Unix(1_795_430_400, 0)

func secretOf(letter string) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(letter, 24)))
}

// delivery is a signed request that a test may spoil.
type delivery struct {
	secrets []string
	header  map[string]string
	body    []byte
	now     time.Time
}

func (d delivery) verify() error {
	return Verify(d.secrets, func(name string) string { return d.header[name] }, d.body, d.now)
}

func signed(t testing.TB, at time.Time) delivery {
	t.Helper()
	body := []byte(`{"pix":[]}`)
	signature, err := Sign(secretOf("a"), "msg_1", at, body)
	if err != nil {
		t.Fatal(err)
	}
	return delivery{
		secrets: []string{secretOf("a")},
		header: map[string]string{
			HeaderID: "msg_1", HeaderTimestamp: strconv.FormatInt(at.Unix(), 10), HeaderSignature: signature,
		},
		body: body,
		now:  now,
	}
}

func TestPublishedVector(t *testing.T) {
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Secret, ID, Body, Expect string
		Timestamp                int64
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) == 0 {
		t.Fatalf("%d vectors, %v", len(cases), err)
	}
	for _, c := range cases {
		at := time.Unix(c.Timestamp, 0)
		got, err := Sign(c.Secret, c.ID, at, []byte(c.Body))
		if err != nil || got != c.Expect {
			t.Errorf("Sign = %q, %v; want %q", got, err, c.Expect)
		}
		d := delivery{[]string{c.Secret}, map[string]string{
			HeaderID: c.ID, HeaderTimestamp: strconv.FormatInt(c.Timestamp, 10), HeaderSignature: c.Expect,
		}, []byte(c.Body), at}
		if err := d.verify(); err != nil {
			t.Errorf("Verify: %v", err)
		}
	}
}

func TestVerifyAccepts(t *testing.T) {
	for name, change := range map[string]func(*delivery){
		"as sent":                       func(*delivery) {},
		"rotated, new secret first":     func(d *delivery) { d.secrets = []string{secretOf("b"), secretOf("a")} },
		"rotated, old secret first":     func(d *delivery) { d.secrets = []string{secretOf("a"), secretOf("b")} },
		"signed twice, ours last":       func(d *delivery) { d.header[HeaderSignature] = "v1,AAAA " + d.header[HeaderSignature] },
		"signed twice, ours first":      func(d *delivery) { d.header[HeaderSignature] += " v1,AAAA" },
		"another version beside":        func(d *delivery) { d.header[HeaderSignature] = "v1a,AAAA " + d.header[HeaderSignature] },
		"five minutes old":              func(d *delivery) { d.now = d.now.Add(Tolerance) },
		"five minutes ahead":            func(d *delivery) { d.now = d.now.Add(-Tolerance) },
		"five minutes old and a moment": func(d *delivery) { d.now = d.now.Add(Tolerance + 999*time.Millisecond) },
	} {
		d := signed(t, now)
		change(&d)
		if err := d.verify(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	set := func(name, value string) func(*delivery) { return func(d *delivery) { d.header[name] = value } }
	for name, c := range map[string]struct {
		spoil func(*delivery)
		want  error
	}{
		"no id":                  {set(HeaderID, ""), ErrMissing},
		"id with a point":        {set(HeaderID, "msg.1"), ErrMissing},
		"id with a blank":        {set(HeaderID, "msg 1"), ErrMissing},
		"long id":                {set(HeaderID, strings.Repeat("m", maxHeader+1)), ErrMissing},
		"no timestamp":           {set(HeaderTimestamp, ""), ErrMissing},
		"timestamp in words":     {set(HeaderTimestamp, "today"), ErrMissing},
		"timestamp with a plus":  {set(HeaderTimestamp, "+1795430400"), ErrMissing},
		"timestamp with a zero":  {set(HeaderTimestamp, "01795430400"), ErrMissing},
		"timestamp in fractions": {set(HeaderTimestamp, "1795430400.0"), ErrMissing},
		"timestamp past 64 bits": {set(HeaderTimestamp, "99999999999999999999"), ErrMissing},
		"no signature":           {set(HeaderSignature, ""), ErrMissing},
		"long signature":         {set(HeaderSignature, strings.Repeat("v", maxHeader+1)), ErrMissing},
		"many signatures":        {set(HeaderSignature, strings.Repeat("v1,A ", maxSignatures+1)), ErrMissing},
		"too old":                {func(d *delivery) { d.now = d.now.Add(Tolerance + time.Second) }, ErrStale},
		"too far ahead":          {func(d *delivery) { d.now = d.now.Add(-Tolerance - time.Second) }, ErrStale},
		"milliseconds":           {set(HeaderTimestamp, "1795430400000"), ErrStale},
		"earliest timestamp":     {set(HeaderTimestamp, "-9223372036854775808"), ErrStale},
		"latest timestamp":       {set(HeaderTimestamp, "9223372036854775807"), ErrStale},
		"other id":               {set(HeaderID, "msg_2"), ErrForged},
		"other second":           {set(HeaderTimestamp, "1795430401"), ErrForged},
		"other body":             {func(d *delivery) { d.body = []byte(`{"pix":[{}]}`) }, ErrForged},
		"other secret":           {func(d *delivery) { d.secrets = []string{secretOf("b")} }, ErrForged},
		"not base64":             {set(HeaderSignature, "v1,***"), ErrForged},
		"other version alone":    {func(d *delivery) { d.header[HeaderSignature] = "v2," + d.header[HeaderSignature][3:] }, ErrForged},
		"version alone":          {set(HeaderSignature, "v1,"), ErrForged},
		"cut signature":          {func(d *delivery) { d.header[HeaderSignature] = d.header[HeaderSignature][:20] }, ErrForged},
		"no secrets":             {func(d *delivery) { d.secrets = nil }, ErrSecret},
		"secret without prefix":  {func(d *delivery) { d.secrets = []string{"c2VjcmV0c2VjcmV0c2VjcmV0"} }, ErrSecret},
		"empty secret":           {func(d *delivery) { d.secrets = []string{"whsec_"} }, ErrSecret},
		"one secret malformed":   {func(d *delivery) { d.secrets = append(d.secrets, "whsec_?") }, ErrSecret},
	} {
		d := signed(t, now)
		c.spoil(&d)
		if err := d.verify(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	for _, c := range []struct {
		secret, id string
		want       error
	}{
		{"", "msg_1", ErrSecret}, {"whsec_c2hvcnQ=", "msg_1", ErrSecret}, {"whsec_%%", "msg_1", ErrSecret},
		{secretOf("a"), "", ErrMissing}, {secretOf("a"), "a.b", ErrMissing}, {secretOf("a"), "á", ErrMissing},
	} {
		if got, err := Sign(c.secret, c.id, now, nil); !errors.Is(err, c.want) || got != "" {
			t.Errorf("Sign(%q, %q) = %q, %v; want %v", c.secret, c.id, got, err, c.want)
		}
	}
}

func TestOneFlippedBitIsForged(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(r, "body")
		signature, err := Sign(secretOf("a"), "msg_1", now, body)
		if err != nil {
			r.Fatal(err)
		}
		d := signed(t, now)
		d.body, d.header[HeaderSignature] = body, signature
		if err := d.verify(); err != nil {
			r.Fatalf("as signed: %v", err)
		}
		body[rapid.IntRange(0, len(body)-1).Draw(r, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(r, "bit")
		if err := d.verify(); !errors.Is(err, ErrForged) {
			r.Fatalf("flipped: %v", err)
		}
	})
}

func FuzzVerifyHeaders(f *testing.F) {
	f.Add("msg_1", "1795430400", "v1,AAAA")
	f.Add("", "-1", " v1, v1a,")
	f.Fuzz(func(t *testing.T, id, timestamp, signature string) {
		d := signed(t, now)
		genuine := d.header[HeaderSignature]
		d.header = map[string]string{HeaderID: id, HeaderTimestamp: timestamp, HeaderSignature: signature}
		if err := d.verify(); err == nil && !strings.Contains(signature, genuine) {
			t.Fatalf("%q, %q, %q passes", id, timestamp, signature)
		}
	})
}
