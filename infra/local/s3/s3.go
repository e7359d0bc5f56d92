// Package s3 is the object storage of the local cloud: PutObject, GetObject and ListObjectsV2 with path-style addresses, on buckets that
// are there from the start.
package s3

import (
	"cmp"
	"context"
	"crypto/md5" //nolint:gosec // the checksum that S3 defines
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/tidwall/btree"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

const (
	bucketPrefix = "s3/"
	// maxObject is the largest object, in bytes: the local cloud reads it whole. S3 takes 5 GB in one call.
	maxObject = 8 << 20
	maxKey    = 1024 // bytes, S3's limit
)

// object is one object as the store holds it.
type object struct {
	Type     string
	ETag     string // with its quotes
	Modified time.Time
	Checksum checksum
	Data     []byte
}

// Engine answers S3 calls.
type Engine struct {
	clk     *clock.Clock
	st      *store.Store
	mu      sync.Mutex
	buckets map[string]*btree.Map[string, *object]
}

// New gives an engine with these buckets and what the store holds of them.
func New(clk *clock.Clock, st *store.Store, buckets []string) (*Engine, error) {
	e := &Engine{clk: clk, st: st, buckets: map[string]*btree.Map[string, *object]{}}
	for _, name := range buckets {
		objects := new(btree.Map[string, *object])
		err := store.Load(st, bucketPrefix+name, func(key string, o *object) error {
			objects.Set(key, o)
			return nil
		})
		if err != nil {
			return nil, err
		}
		e.buckets[name] = objects
	}
	return e, nil
}

// Serve answers an S3 call. A header of S3's that the engine does not know is refused, as its meaning would be lost.
func (e *Engine) Serve(_ context.Context, call wire.Call) (any, error) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(call.Request.URL.Path, "/"), "/")
	e.mu.Lock()
	defer e.mu.Unlock()
	objects := e.buckets[bucket]
	if objects == nil {
		return nil, &wire.Error{Code: "NoSuchBucket", Message: "The specified bucket does not exist", Status: http.StatusNotFound}
	}
	switch call.Operation {
	case "PutObject":
		return e.put(bucket, key, call)
	case "GetObject":
		return get(objects, key, call.Request)
	case "ListObjectsV2":
		return list(objects, bucket, call.Request)
	}
	return nil, wire.Unknown(call)
}

// known holds a request to the headers that are of S3's own or change what it means, and to the parameters.
func known(req *http.Request, headers, parameters string) error {
	for name := range req.Header {
		lower := strings.ToLower(name)
		if (strings.HasPrefix(lower, "x-amz-") || strings.HasPrefix(lower, "if-") || lower == "range" || lower == "content-md5") &&
			!strings.Contains(" x-amz-content-sha256 x-amz-date x-amz-security-token x-amz-user-agent "+headers+" ", " "+lower+" ") {
			return notImplemented("header", name)
		}
	}
	for name := range req.URL.Query() {
		if !strings.Contains(" x-id "+parameters+" ", " "+name+" ") {
			return notImplemented("parameter", name)
		}
	}
	return nil
}

func notImplemented(kind, name string) error {
	return &wire.Error{Code: "NotImplemented", Status: http.StatusNotImplemented,
		Message: "A header you provided implies functionality that is not implemented: " + kind + " " + name}
}

// writable says whether a request may put an object under a key: S3's condition is that there is none.
func writable(req *http.Request, key string, there bool) error {
	condition := req.Header.Get("If-None-Match")
	switch {
	case len(key) > maxKey:
		return wire.Errorf("KeyTooLongError", "Your key is too long")
	case !utf8.ValidString(key) || strings.ContainsFunc(key, func(r rune) bool { return r < 0x20 || r == 0xFFFE || r == 0xFFFF }):
		return notImplemented("key", strconv.Quote(key)) // S3 takes it, and cannot list it in XML
	case condition != "" && condition != "*":
		return notImplemented("header", "If-None-Match: "+condition)
	case there && condition == "*":
		return &wire.Error{Code: "PreconditionFailed", Status: http.StatusPreconditionFailed,
			Message: "At least one of the pre-conditions you specified did not hold"}
	}
	return known(req, "if-none-match x-amz-trailer x-amz-decoded-content-length x-amz-sdk-checksum-algorithm "+
		"x-amz-checksum-crc32 x-amz-checksum-crc64nvme", "")
}

func (e *Engine) put(bucket, key string, call wire.Call) (any, error) {
	req := call.Request
	_, there := e.buckets[bucket].Get(key)
	if err := writable(req, key, there); err != nil {
		return nil, err
	}
	data, sum, err := payload(req.Header, call.Body)
	if err != nil {
		return nil, err
	}
	if len(data) > maxObject {
		return nil, wire.Errorf("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size of %d bytes", maxObject)
	}
	tag := md5.Sum(data) //nolint:gosec // the checksum that S3 defines
	o := &object{Type: cmp.Or(req.Header.Get("Content-Type"), "binary/octet-stream"), ETag: `"` + hex.EncodeToString(tag[:]) + `"`,
		Modified: e.clk.Now(), Checksum: sum, Data: data}
	if err := e.st.Write(store.Op{Bucket: bucketPrefix + bucket, Key: key, Value: o}); err != nil {
		return nil, fmt.Errorf("store object of bucket %s: %w", bucket, err)
	}
	e.buckets[bucket].Set(key, o)
	header := http.Header{"Etag": {o.ETag}}
	sum.tell(header)
	return &wire.Reply{Status: http.StatusOK, Header: header}, nil
}

func get(objects *btree.Map[string, *object], key string, req *http.Request) (any, error) {
	if err := known(req, "x-amz-checksum-mode", ""); err != nil {
		return nil, err
	}
	o, there := objects.Get(key)
	if !there {
		return nil, &wire.Error{Code: "NoSuchKey", Message: "The specified key does not exist.", Status: http.StatusNotFound}
	}
	header := http.Header{"Etag": {o.ETag}, "Content-Type": {o.Type}, "Last-Modified": {o.Modified.Format(http.TimeFormat)}}
	if req.Header.Get("X-Amz-Checksum-Mode") == "ENABLED" {
		o.Checksum.tell(header)
	}
	return &wire.Reply{Status: http.StatusOK, Header: header, Body: o.Data}, nil
}

// listing is the answer to ListObjectsV2.
type listing struct {
	XMLName               xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ ListBucketResult"`
	Name, Prefix          string
	MaxKeys, KeyCount     int
	IsTruncated           bool
	NextContinuationToken string `xml:",omitempty"`
	Contents              []entry
}

type entry struct {
	Key, LastModified, ETag string
	Size                    int
	StorageClass            string
}

// list answers a page of a bucket's keys in the order of their bytes. The token for the next page is the last key of this one, encoded.
func list(objects *btree.Map[string, *object], bucket string, req *http.Request) (any, error) {
	if err := known(req, "", "list-type prefix max-keys continuation-token start-after"); err != nil {
		return nil, err
	}
	query := req.URL.Query()
	page, after := listing{Name: bucket, Prefix: query.Get("prefix"), MaxKeys: 1000}, query.Get("start-after")
	if text := query.Get("max-keys"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return nil, wire.Errorf("InvalidArgument", "Provided max-keys not an integer or within integer range")
		}
		page.MaxKeys = min(n, page.MaxKeys)
	}
	if query.Has("continuation-token") {
		token, err := hex.DecodeString(query.Get("continuation-token"))
		if err != nil || len(token) == 0 {
			return nil, wire.Errorf("InvalidArgument", "The continuation token provided is incorrect")
		}
		after = string(token)
	}
	objects.Ascend(max(page.Prefix, after), func(key string, o *object) bool {
		switch {
		case key <= after && after != "":
			return true
		case !strings.HasPrefix(key, page.Prefix):
			return false
		case page.KeyCount == page.MaxKeys:
			page.IsTruncated = page.MaxKeys > 0
			return false
		}
		page.Contents = append(page.Contents, entry{key, o.Modified.Format("2006-01-02T15:04:05.000Z"), o.ETag, len(o.Data), "STANDARD"})
		page.KeyCount++
		return true
	})
	if page.IsTruncated {
		page.NextContinuationToken = hex.EncodeToString([]byte(page.Contents[page.KeyCount-1].Key))
	}
	body, err := xml.Marshal(page)
	return &wire.Reply{Status: http.StatusOK, Header: http.Header{"Content-Type": {"application/xml"}}, Body: body}, err
}
