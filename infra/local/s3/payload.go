package s3

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"hash/crc64"
	"net/http"
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
func payload(header http.Header, body []byte) ([]byte, checksum, error) {
	data, trailer, err := body, map[string]string(nil), error(nil)
	sha := header.Get("X-Amz-Content-Sha256")
	if strings.HasPrefix(sha, "STREAMING-") {
		if data, trailer, err = streamed(header, body); err != nil {
			return nil, checksum{}, err
		}
	} else if _, err := hex.DecodeString(sha); err == nil && sha != "" {
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != sha {
			return nil, checksum{}, wire.Errorf("XAmzContentSHA256Mismatch",
				"The provided 'x-amz-content-sha256' header does not match what was computed.")
		}
	}
	found := checksum{}
	for name, sum := range sums {
		value := header.Get(name)
		if value == "" {
			value = trailer[name]
		}
		if value == "" {
			continue
		}
		if value != base64.StdEncoding.EncodeToString(sum(data)) {
			return nil, checksum{}, wire.Errorf("BadDigest", "The %s you specified did not match the calculated checksum.", name)
		}
		found = checksum{name, value}
	}
	return data, found, nil
}

// streamed gives the object of an upload in chunks, and what follows the last one. It holds both to what the header announces.
func streamed(header http.Header, body []byte) ([]byte, map[string]string, error) {
	data, trailer, ok := unchunk(body)
	if !ok || len(trailer) > 0 != strings.HasSuffix(header.Get("X-Amz-Content-Sha256"), "-TRAILER") {
		return nil, nil, wire.Errorf("IncompleteBody", "The request body terminated unexpectedly")
	}
	if length, err := strconv.Atoi(header.Get("X-Amz-Decoded-Content-Length")); err != nil || length != len(data) {
		return nil, nil, wire.Errorf("IncompleteBody",
			"You did not provide the number of bytes specified by the Content-Length HTTP header")
	}
	for name := range trailer {
		if sums[name] == nil {
			return nil, nil, notImplemented("trailer", name)
		}
	}
	announced := strings.ToLower(header.Get("X-Amz-Trailer"))
	if announced != "" && trailer[announced] == "" || announced == "" && len(trailer) > 0 || len(trailer) > 1 {
		return nil, nil, wire.Errorf("MalformedTrailerError", "The request contained trailing data that was not well-formed")
	}
	return data, trailer, nil
}

// unchunk reads the aws-chunked encoding: size in hexadecimal, perhaps a signature, which is not checked, CRLF, so many bytes, CRLF; a
// chunk of size 0; trailing header lines; an empty line.
func unchunk(body []byte) (data []byte, trailer map[string]string, ok bool) {
	for {
		line, rest, found := bytes.Cut(body, []byte("\r\n"))
		text, _, _ := strings.Cut(string(line), ";")
		size, err := strconv.ParseUint(text, 16, 31)
		if !found || err != nil {
			return nil, nil, false
		}
		body = rest
		if size == 0 {
			break
		}
		if uint64(len(body)) < size+2 || string(body[size:size+2]) != "\r\n" {
			return nil, nil, false
		}
		data, body = append(data, body[:size]...), body[size+2:]
	}
	lines, ended := strings.CutSuffix(string(body), "\r\n")
	trailer = map[string]string{}
	for line := range strings.SplitSeq(lines, "\r\n") {
		name, value, found := strings.Cut(line, ":")
		if line != "" && !found {
			return nil, nil, false
		}
		if name != "" && name != "x-amz-trailer-signature" {
			trailer[strings.ToLower(name)] = strings.TrimSpace(value)
		}
	}
	return data, trailer, ended
}
