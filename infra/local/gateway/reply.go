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
)

// reply is what a proxy function may answer; any other member is a malformed answer.
type reply struct {
	StatusCode        json.RawMessage          `json:"statusCode"`
	Headers           map[string]headerValue   `json:"headers"`
	MultiValueHeaders map[string][]headerValue `json:"multiValueHeaders"`
	Body              *string                  `json:"body"`
	IsBase64Encoded   bool                     `json:"isBase64Encoded"` // the API has no binary media types, so the text goes out as it is

	status int
	body   []byte
}

// headerValue is a string; API Gateway takes true and false too.
type headerValue string

// UnmarshalJSON reads a string or a boolean.
func (v *headerValue) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err == nil {
		*v = headerValue(text)
		return nil
	}
	var yes bool
	if err := json.Unmarshal(b, &yes); err != nil {
		return errors.New("header value is neither text nor boolean")
	}
	*v = headerValue(strconv.FormatBool(yes))
	return nil
}

// parseReply reads a function's answer; an error means 502. A missing status is 200.
func parseReply(answer []byte) (*reply, error) {
	if len(answer) == 0 || answer[0] != '{' {
		return nil, errors.New("answer is not a JSON object")
	}
	r := &reply{status: http.StatusOK}
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("decode answer: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("answer goes on after its object")
	}
	if status := string(bytes.Trim(r.StatusCode, `"`)); status != "" && status != "null" {
		var err error
		if r.status, err = strconv.Atoi(status); err != nil || r.status < 200 || r.status > 599 {
			return nil, fmt.Errorf("status code %s is not one of HTTP", status)
		}
	}
	if r.Body != nil {
		r.body = []byte(*r.Body)
	}
	return r, nil
}

// remapped are the headers that API Gateway keeps for itself: a function's value goes out under a prefix.
var remapped = map[string]bool{"Connection": true, "Content-Length": true, "Date": true, "Server": true, "Www-Authenticate": true,
	"Authorization": true, "Host": true, "User-Agent": true}

func (r *reply) write(w http.ResponseWriter, req *http.Request) {
	header := w.Header()
	set := func(name string, values ...headerValue) {
		name = http.CanonicalHeaderKey(name)
		if name == "Transfer-Encoding" {
			return
		}
		if remapped[name] {
			name = "X-Amzn-Remapped-" + name
		}
		header.Del(name)
		for _, value := range values {
			header.Add(name, string(value))
		}
	}
	header.Set("Content-Type", "application/json")
	single := map[string]headerValue{}
	for name, value := range r.Headers {
		single[http.CanonicalHeaderKey(name)] = value
		set(name, value)
	}
	for name, values := range r.MultiValueHeaders { // merged with the single form, whose value counts once
		if value, both := single[http.CanonicalHeaderKey(name)]; both && !slices.Contains(values, value) {
			values = append(slices.Clone(values), value)
		}
		set(name, values...)
	}
	if r.status >= 200 && r.status != http.StatusNoContent && r.status != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(r.status)
	if req.Method != http.MethodHead && len(r.body) > 0 {
		_, _ = w.Write(r.body) // a client that went away cannot be told
	}
}
