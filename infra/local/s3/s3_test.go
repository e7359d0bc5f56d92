package s3_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/s3"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// client reaches an engine by HTTP, over a socket.
type client struct {
	t   testing.TB
	url string
}

func serve(t testing.TB, st *store.Store) client {
	t.Helper()
	clk := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	t.Cleanup(clk.Close)
	engine, err := s3.New(clk, st, []string{"evidence"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(wire.NewRouter(map[string]wire.Engine{"s3": engine}))
	t.Cleanup(server.Close)
	return client{t, server.URL}
}

// call answers the status, the headers and the body of a call; its headers come as pairs.
func (c client) call(method, path, body string, header ...string) (int, http.Header, string) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260301/sa-east-1/s3/aws4_request, SignedHeaders=host, Signature=00")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(answer)
}

// code gives the error code of a call, "" after success.
func (c client) code(method, path, body string, header ...string) string {
	c.t.Helper()
	status, _, answer := c.call(method, path, body, header...)
	var document struct{ Code string }
	if status == http.StatusOK {
		return ""
	}
	if err := xml.Unmarshal([]byte(answer), &document); err != nil {
		c.t.Fatalf("%d %s: %v", status, answer, err)
	}
	return fmt.Sprintf("%d %s", status, document.Code)
}

func crc(data string) string {
	return base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(data))))
}

// streamed gives body and headers as aws-sdk-go-v2 sends them for a body that it cannot rewind, over TLS.
func streamed(data, sum string) (body string, header []string) {
	return fmt.Sprintf("%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n", len(data), data, sum),
		[]string{"Content-Encoding", "aws-chunked", "X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "X-Amz-Trailer",
			"x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length", strconv.Itoa(len(data)), "X-Amz-Sdk-Checksum-Algorithm", "CRC32"}
}

func TestObjectsOutliveTheProcess(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := serve(t, st)
	data := "linha\n\x00 e mais\n"
	body, header := streamed(data, crc(data))
	status, put, answer := c.call(http.MethodPut, "/evidence/contratos/1%20a.bin?x-id=PutObject", body, header...)
	if status != 200 || put.Get("Etag") == "" || put.Get("X-Amz-Checksum-Crc32") != crc(data) {
		t.Fatalf("%d %v %s", status, put, answer)
	}
	if got := c.code(http.MethodPut, "/evidence/empty", "", "Content-Type", "text/plain"); got != "" {
		t.Fatal(got)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if st, err = store.Open(dir); err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	c = serve(t, st)
	status, got, answer := c.call(http.MethodGet, "/evidence/contratos/1%20a.bin", "", "X-Amz-Checksum-Mode", "ENABLED")
	if status != 200 || answer != data || got.Get("Etag") != put.Get("Etag") || got.Get("X-Amz-Checksum-Crc32") != crc(data) ||
		got.Get("Last-Modified") != "Mon, 02 Mar 2026 12:00:00 GMT" || got.Get("Content-Type") != "binary/octet-stream" {
		t.Errorf("%d %v %q", status, got, answer)
	}
	status, got, answer = c.call(http.MethodGet, "/evidence/empty", "")
	if status != 200 || answer != "" || got.Get("Content-Type") != "text/plain" || got.Get("X-Amz-Checksum-Crc32") != "" {
		t.Errorf("%d %v %q", status, got, answer)
	}
}

func TestBadCallsAreRefused(t *testing.T) {
	c := serve(t, store.Memory())
	body, header := streamed("data", crc("date"))
	other := sha256.Sum256([]byte("other"))
	with := func(name, value string) []string {
		changed := slices.Clone(header)
		for i := 0; i < len(changed); i += 2 {
			if changed[i] == name {
				changed[i+1] = value
			}
		}
		return changed
	}
	right, _ := streamed("data", crc("data"))
	for _, test := range []struct {
		name, method, path, body string
		header                   []string
		want                     string
	}{
		{"right", "PUT", "/evidence/a", right, header, ""},
		{"wrong trailer", "PUT", "/evidence/a", body, header, "400 BadDigest"},
		{"wrong checksum", "PUT", "/evidence/a", "data", []string{"X-Amz-Checksum-Crc32", crc("date")}, "400 BadDigest"},
		{"wrong hash", "PUT", "/evidence/a", "data", []string{"X-Amz-Content-Sha256", hex.EncodeToString(other[:])},
			"400 XAmzContentSHA256Mismatch"},
		{"cut short", "PUT", "/evidence/a", right[:10], header, "400 IncompleteBody"},
		{"empty trailer", "PUT", "/evidence/a", "4\r\ndata\r\n0\r\nx-amz-checksum-crc32:\r\n\r\n", header, "400 MalformedTrailerError"},
		{"without its end", "PUT", "/evidence/a", strings.TrimSuffix(right, "\r\n\r\n"), header, "400 IncompleteBody"},
		{"length", "PUT", "/evidence/a", right, with("X-Amz-Decoded-Content-Length", "5"), "400 IncompleteBody"},
		{"other trailer", "PUT", "/evidence/a", right, with("X-Amz-Trailer", "x-amz-checksum-sha1"), "400 MalformedTrailerError"},
		{"no trailer announced", "PUT", "/evidence/a", right, with("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
			"400 IncompleteBody"},
		{"other checksum", "PUT", "/evidence/a", "x", []string{"X-Amz-Checksum-Sha1", "x"}, "501 NotImplemented"},
		{"tags", "PUT", "/evidence/a", "x", []string{"X-Amz-Tagging", "a=b"}, "501 NotImplemented"},
		{"etag", "PUT", "/evidence/a", "x", []string{"If-None-Match", `"x"`}, "501 NotImplemented"},
		{"there already", "PUT", "/evidence/a", "x", []string{"If-None-Match", "*"}, "412 PreconditionFailed"},
		{"too large", "PUT", "/evidence/b", strings.Repeat("x", 8<<20+1), nil, "400 EntityTooLarge"},
		{"key too long", "PUT", "/evidence/" + strings.Repeat("k", 1025), "x", nil, "400 KeyTooLongError"},
		{"key not in XML", "PUT", "/evidence/%01", "x", nil, "501 NotImplemented"},
		{"no such bucket", "GET", "/none/a", "", nil, "404 NoSuchBucket"},
		{"no such key", "GET", "/evidence/none", "", nil, "404 NoSuchKey"},
		{"range", "GET", "/evidence/a", "", []string{"Range", "bytes=0-1"}, "501 NotImplemented"},
		{"version", "GET", "/evidence/a?versionId=1", "", nil, "501 NotImplemented"},
		{"delimiter", "GET", "/evidence?list-type=2&delimiter=/", "", nil, "501 NotImplemented"},
		{"keys", "GET", "/evidence?list-type=2&max-keys=-1", "", nil, "400 InvalidArgument"},
		{"token", "GET", "/evidence?list-type=2&continuation-token=x", "", nil, "400 InvalidArgument"},
		{"deletion", "DELETE", "/evidence/a", "", nil, "501 UnknownOperationException"},
	} {
		if got := c.code(test.method, test.path, test.body, test.header...); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if _, _, answer := c.call(http.MethodGet, "/evidence/a", ""); answer != "data" {
		t.Errorf("a refused upload left %q", answer)
	}
}

func TestOneOfManyFirstWritersWins(t *testing.T) {
	c := serve(t, store.Memory())
	var wins atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if c.code(http.MethodPut, "/evidence/once", strconv.Itoa(i), "If-None-Match", "*") == "" {
				wins.Add(1)
			}
		})
	}
	wg.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d writers won", wins.Load())
	}
}

// Pages of any size list each key under the prefix once, in the order of bytes.
func TestPagesListEverything(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := serve(t, store.Memory())
		keys := rapid.SliceOfNDistinct(rapid.StringMatching(`[ab/é&]{1,4}[ab]`), 0, 12, rapid.ID).Draw(rt, "keys")
		prefix := rapid.SampledFrom([]string{"", "a", "b/", "é", "ab"}).Draw(rt, "prefix")
		after := rapid.SampledFrom([]string{"", "a", "bb", "zz"}).Draw(rt, "after")
		var want, got []string
		for _, key := range keys {
			if code := c.code(http.MethodPut, "/evidence/"+url.PathEscape(key), key); code != "" {
				rt.Fatal(code)
			}
			if strings.HasPrefix(key, prefix) && key > after {
				want = append(want, key)
			}
		}
		slices.Sort(want)
		query := url.Values{"list-type": {"2"}, "prefix": {prefix}, "start-after": {after},
			"max-keys": {strconv.Itoa(rapid.IntRange(1, 5).Draw(rt, "page"))}}
		for more := true; more; {
			_, _, answer := c.call(http.MethodGet, "/evidence?"+query.Encode(), "")
			var page struct {
				IsTruncated           bool
				NextContinuationToken string
				Contents              []struct {
					Key  string
					Size int
				}
			}
			if err := xml.NewDecoder(bytes.NewReader([]byte(answer))).Decode(&page); err != nil {
				rt.Fatal(err)
			}
			for _, o := range page.Contents {
				if got = append(got, o.Key); o.Size != len(o.Key) {
					rt.Errorf("%q has %d bytes", o.Key, o.Size)
				}
			}
			more = page.IsTruncated
			query.Set("continuation-token", page.NextContinuationToken)
		}
		if !slices.Equal(got, want) {
			rt.Errorf("listed %q, want %q", got, want)
		}
	})
}

func FuzzChunks(f *testing.F) {
	good, header := streamed("data", crc("data"))
	f.Add([]byte(good))
	f.Add([]byte("2;chunk-signature=ab\r\nda\r\n2\r\nta\r\n0\r\nx-amz-checksum-crc32:" + crc("data") +
		"\r\nx-amz-trailer-signature:x\r\n\r\n"))
	f.Add([]byte("ffffffff\r\n"))
	f.Add([]byte("4\r\ndata\r\n0\r\nX-AmZ-CheCksum-CrC32:\r\n\r\n"))
	clk := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	f.Cleanup(clk.Close)
	engine, err := s3.New(clk, store.Memory(), []string{"evidence"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		req := httptest.NewRequest(http.MethodPut, "/evidence/a", nil)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		answer, err := engine.Serve(t.Context(), wire.Call{Operation: "PutObject", Body: body, Request: req})
		if reply, ok := answer.(*wire.Reply); err == nil && (!ok || reply.Header.Get("X-Amz-Checksum-Crc32") == "") {
			t.Errorf("accepted without a checksum: %q", body)
		}
	})
}
