package messaging_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// doc is a JSON object, or an XML element by the names of its children.
type doc = map[string]any

// answer is what was answered: an object, or an error by its short name.
type answer struct {
	code    string // "" when the call succeeded; with the status before it in S3
	older   string // the code of the query protocol that SQS had, if it is told
	message string
	body    doc
}

// protocols names each service in the credential scope, and the prefix of its operations where the protocol is awsJson.
var protocols = map[string]struct{ scope, prefix, contentType string }{
	"SQS":     {"sqs", "AmazonSQS.", "application/x-amz-json-1.0"},
	"KMS":     {"kms", "TrentService.", "application/x-amz-json-1.1"},
	"Secrets": {"secretsmanager", "secretsmanager.", "application/x-amz-json-1.1"},
	"SNS":     {"sns", "", "application/x-www-form-urlencoded"},
	"S3":      {"s3", "", ""},
}

// call makes one call. In S3 the operation is the method, and the input has path, header and body.
func (g *session) call(service, operation string, in doc) (answer, error) {
	protocol, known := protocols[service]
	if !known {
		return answer{}, fmt.Errorf("no service %q", service)
	}
	method, path, header, body := http.MethodPost, "/", doc{}, ""
	switch {
	case service == "S3":
		method, body = operation, fmt.Sprint(in["body"])
		path, _ = in["path"].(string)
		header, _ = in["header"].(doc)
		if in["body"] == nil {
			body = ""
		}
	case protocol.prefix == "":
		form := url.Values{"Action": {operation}, "Version": {"2010-03-31"}}
		flatten(form, "", in)
		body = form.Encode()
	default:
		text, err := json.Marshal(in)
		if err != nil {
			return answer{}, err
		}
		body = string(text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, g.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("make request: %w", err)
	}
	for name, value := range header {
		req.Header.Set(name, fmt.Sprint(value))
	}
	req.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=regua/20260101/us-east-1/"+protocol.scope+"/aws4_request, SignedHeaders=host, Signature=0")
	if protocol.contentType != "" {
		req.Header.Set("Content-Type", protocol.contentType)
	}
	if protocol.prefix != "" {
		req.Header.Set("X-Amz-Target", protocol.prefix+operation)
	}
	res, err := g.do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", service, operation, err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, fmt.Errorf("read answer of %s %s: %w", service, operation, err)
	}
	a, err := read(service, res, raw)
	if err != nil {
		err = fmt.Errorf("%s %s answered %d %q: %w", service, operation, res.StatusCode, raw, err)
	}
	return a, err
}

// flatten writes an object as awsQuery does: lists by member.N, message attributes and other attributes by entry.N.
func flatten(form url.Values, prefix string, value any) {
	switch v := value.(type) {
	case doc:
		list := strings.HasSuffix(prefix, "MessageAttributes.") || strings.HasSuffix(prefix, "Attributes.")
		key := map[bool]string{true: "Name", false: "key"}[strings.HasSuffix(prefix, "MessageAttributes.")]
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for i, name := range names {
			if !list {
				flatten(form, prefix+name+".", v[name])
				continue
			}
			entry := fmt.Sprintf("%sentry.%d.", prefix, i+1)
			form.Set(entry+key, name)
			flatten(form, entry+map[string]string{"Name": "Value.", "key": "value."}[key], v[name])
		}
	case []any:
		for i, item := range v {
			flatten(form, fmt.Sprintf("%smember.%d.", prefix, i+1), item)
		}
	default:
		form.Set(strings.TrimSuffix(prefix, "."), fmt.Sprint(v))
	}
}

// read takes an answer apart.
func read(service string, res *http.Response, raw []byte) (answer, error) {
	body := doc{}
	isXML := strings.Contains(res.Header.Get("Content-Type"), "xml")
	switch {
	case service == "S3" && (res.StatusCode == http.StatusOK && !isXML || len(raw) == 0):
		body["text"] = string(raw)
	case service == "S3" || service == "SNS":
		e := element{}
		if err := xml.Unmarshal(raw, &e); err != nil {
			return answer{}, err
		}
		body, _ = e.value().(doc)
		for name, child := range body { // PublishResponse has a PublishResult, ErrorResponse an Error
			if inner, ok := child.(doc); ok && service == "SNS" && (strings.HasSuffix(name, "Result") || name == "Error") {
				body = inner
				break
			}
		}
	case len(raw) > 0:
		if err := json.Unmarshal(raw, &body); err != nil {
			return answer{}, err
		}
	}
	a := answer{body: body}
	if service == "S3" {
		headers := doc{}
		for name := range res.Header {
			headers[strings.ToLower(name)] = res.Header.Get(name)
		}
		body["header"] = headers
	}
	if res.StatusCode/100 == 2 {
		return a, nil
	}
	a.older, _, _ = strings.Cut(res.Header.Get("X-Amzn-Query-Error"), ";")
	for _, name := range []string{"__type", "Code"} {
		if kind, ok := body[name].(string); ok {
			a.code = kind[strings.LastIndexByte(kind, '#')+1:]
		}
	}
	for _, name := range []string{"message", "Message"} {
		if text, ok := body[name].(string); ok {
			a.message = text
		}
	}
	if service == "S3" || a.code == "" {
		a.code = strings.TrimSpace(strconv.Itoa(res.StatusCode) + " " + a.code)
	}
	return a, nil
}

// element is any XML element.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// value is the text of an element without children, and otherwise an object, or a list when the children are members.
func (e element) value() any {
	if len(e.Children) == 0 {
		return e.Text
	}
	object, list := doc{}, []any{}
	for _, child := range e.Children {
		switch child.XMLName.Local {
		case "member":
			list = append(list, child.value())
		case "Contents":
			some, _ := object["Contents"].([]any)
			object["Contents"] = append(some, child.value())
		default:
			object[child.XMLName.Local] = child.value()
		}
	}
	if len(list) > 0 {
		return list
	}
	return object
}
