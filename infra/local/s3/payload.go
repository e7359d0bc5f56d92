package s3

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"net/http/httputil"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/regua/regua/infra/local/wire"
)

// checksum is what a client had the object checked by: the name of the header and its value, or nothing.
type checksum struct{ Name, Value string }

// tell names the checksum in an answer.
func (c checksum) tell(header http.Header) {
	if c.Name != "" {
		header.Set(c.Name, c.Value)
		header.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
}

// sums are the checksums that aws-sdk-go-v2 sends: CRC-32 by default, CRC-64/NVME when asked to. The values are in base64, big-endian.
var sums = map[string]func([]byte) []byte{
	"x-amz-checksum-crc32": func(data []byte) []byte { return binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(data)) },
	"x-amz-checksum-crc64nvme": func(data []byte) []byte {
		return binary.BigEndian.AppendUint64(nil, crc64.Checksum(data, crc64.MakeTable(0x9a6c9329ac4bc9b5))) // reflected, as Go wants it
	},
}

// payload gives the object of an upload, out of its chunks if it came in such, when every checksum that came with it is right.
func payload(header http.Header, body []byte) (data []byte, found checksum, err error) {
	data, trailer, sha := body, textproto.MIMEHeader{}, header.Get("X-Amz-Content-Sha256")
	if strings.HasPrefix(sha, "STREAMING-") {
		if data, trailer, err = unchunk(header, body); err != nil {
			return nil, found, err
		}
	} else if _, err := hex.DecodeString(sha); err == nil && sha != "" {
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != sha {
			return nil, found, wire.Errorf("XAmzContentSHA256Mismatch",
				"The provided 'x-amz-content-sha256' header does not match what was computed.")
		}
	}
	for name, sum := range sums {
		value := cmp.Or(header.Get(name), trailer.Get(name))
		if value == "" {
			continue
		}
		if value != base64.StdEncoding.EncodeToString(sum(data)) {
			return nil, found, wire.Errorf("BadDigest", "The %s you specified did not match the calculated checksum.", name)
		}
		found = checksum{name, value}
	}
	return data, found, nil
}

// unchunk reads the aws-chunked encoding, which is HTTP's own but for signatures of the chunks, which are not checked, and holds the
// object and its trailer to what the header announces.
func unchunk(header http.Header, body []byte) (data []byte, trailer textproto.MIMEHeader, err error) {
	in := bufio.NewReader(bytes.NewReader(body))
	if data, err = io.ReadAll(httputil.NewChunkedReader(in)); err == nil {
		trailer, err = textproto.NewReader(in).ReadMIMEHeader()
	}
	trailer.Del("X-Amz-Trailer-Signature")
	announced := header.Get("X-Amz-Trailer")
	switch {
	case err != nil, len(trailer) > 0 != strings.HasSuffix(header.Get("X-Amz-Content-Sha256"), "-TRAILER"),
		header.Get("X-Amz-Decoded-Content-Length") != strconv.Itoa(len(data)):
		return nil, nil, wire.Errorf("IncompleteBody", "The request body terminated unexpectedly")
	case announced == "" && len(trailer) == 0:
		return data, trailer, nil
	case len(trailer) != 1 || trailer.Get(announced) == "":
		return nil, nil, wire.Errorf("MalformedTrailerError", "The request contained trailing data that was not well-formed")
	case sums[strings.ToLower(announced)] == nil:
		return nil, nil, notImplemented("trailer", announced)
	}
	return data, trailer, nil
}
