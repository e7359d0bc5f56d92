package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/regua/regua/infra/local/wire"
)

// reply is what a proxy function may answer; any other member is a malformed answer.
type reply struct {
	StatusCode        json.RawMessage  `json:"statusCode"`
	Headers           map[string]any   `json:"headers"` // of texts and, as API Gateway takes them too, booleans
	MultiValueHeaders map[string][]any `json:"multiValueHeaders"`
	Body              string           `json:"body"`
	IsBase64Encoded   bool             `json:"isBase64Encoded"` // decoded for a binary media type; else the text goes out as it is

	status int
	header http.Header
}

// parseReply reads a function's answer; an error means 502. A missing status is 200.
func parseReply(answer []byte) (*reply, error) {
	if len(answer) == 0 || answer[0] != '{' {
		return nil, errors.New("answer is not a JSON object")
	}
	r := &reply{status: http.StatusOK, header: http.Header{}}
	if err := wire.Decode(answer, r); err != nil {
		return nil, fmt.Errorf("decode answer: %w", err)
	}
	if status := string(bytes.Trim(r.StatusCode, `"`)); status != "" && status != "null" {
		var err error
		if r.status, err = strconv.Atoi(status); err != nil || r.status < 200 || r.status > 599 {
			return nil, fmt.Errorf("status code %s is not one of HTTP", status)
		}
	}
	return r, r.merge()
}

// merge brings both forms of the headers together: a value of the single form that the other one has too counts once.
func (r *reply) merge() (err error) {
	add := func(name string, value any) {
		switch value.(type) {
		case string, bool:
			r.header.Add(name, fmt.Sprint(value))
		default:
			err = fmt.Errorf("header %s is neither text nor boolean", name)
		}
	}
	for name, values := range r.MultiValueHeaders {
		for _, value := range values {
			add(name, value)
		}
	}
	for name, value := range r.Headers {
		if !slices.Contains(r.header.Values(name), fmt.Sprint(value)) {
			add(name, value)
		}
	}
	return err
}

// remapped are the headers that API Gateway keeps for itself: a function's value goes out under a prefix.
var remapped = map[string]bool{"Connection": true, "Content-Length": true, "Date": true, "Server": true, "Www-Authenticate": true,
	"Authorization": true, "Host": true, "User-Agent": true}

func (r *reply) write(w http.ResponseWriter, req *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	for name, values := range r.header {
		switch {
		case remapped[name]:
			header["X-Amzn-Remapped-"+name] = values
		case name != "Transfer-Encoding":
			header[name] = values
		}
	}
	if r.status != http.StatusNoContent && r.status != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	w.WriteHeader(r.status)
	if req.Method != http.MethodHead && r.Body != "" {
		_, _ = io.WriteString(w, r.Body) // a client that went away cannot be told
	}
}
