package gateway

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/regua/regua/infra/local/wire"
)

// event is the document of a Lambda proxy integration of a REST API, member by member as AWS sends it. aws-lambda-go's own type cannot
// stand for it: that one writes "" where AWS writes null.
type event struct {
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  map[string]any      `json:"requestContext"`
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

// nulls are the members of the caller's identity that are null without an authorizer and IAM authorization.
var nulls = []string{"accessKey", "accountId", "caller", "cognitoAuthenticationProvider", "cognitoAuthenticationType", "cognitoIdentityId",
	"cognitoIdentityPoolId", "principalOrgId", "user", "userAgent", "userArn"}

const apiID = "local"

// newEvent describes a request that took the route, as function code sees it behind API Gateway.
func newEvent(req *http.Request, route Route, parameters map[string]string, body []byte, stage, id string, now time.Time) event {
	source := req.RemoteAddr
	if host, _, err := net.SplitHostPort(source); err == nil {
		source = host
	}
	path := req.URL.EscapedPath()
	prefix, _, _ := strings.Cut(req.Host, ".")
	identity := map[string]any{"sourceIp": source}
	for _, name := range nulls {
		identity[name] = nil
	}
	if agent := req.UserAgent(); agent != "" {
		identity["userAgent"] = agent
	}
	e := event{
		Resource: route.Path, Path: path, HTTPMethod: req.Method, PathParameters: parameters,
		Headers: map[string]string{}, MultiValueHeaders: map[string][]string{},
		RequestContext: map[string]any{ // its members are in the order of their names
			"accountId": wire.Account, "apiId": apiID, "deploymentId": apiID, "domainName": req.Host, "domainPrefix": prefix,
			"extendedRequestId": id, "httpMethod": req.Method, "identity": identity, "path": "/" + stage + path, "protocol": req.Proto,
			"requestId": id, "requestTime": now.Format("02/Jan/2006:15:04:05 -0700"), "requestTimeEpoch": now.UnixMilli(),
			"resourceId": apiID, "resourcePath": route.Path, "stage": stage,
		},
	}
	e.setHeaders(req, source, id)
	e.setQuery(req.URL.RawQuery)
	if len(body) > 0 {
		text := strings.ToValidUTF8(string(body), "\uFFFD")
		e.Body = &text
	}
	return e
}

// setHeaders passes the headers on, without those of the connection and with those that API Gateway adds.
func (e *event) setHeaders(req *http.Request, source, id string) {
	for name, values := range req.Header {
		if name == "Connection" || name == "Content-Length" {
			continue
		}
		e.MultiValueHeaders[name] = values
	}
	forwarded := source
	if before := strings.Join(req.Header.Values("X-Forwarded-For"), ", "); before != "" {
		forwarded = before + ", " + source
	}
	scheme, port := "http", "80"
	if req.TLS != nil {
		scheme, port = "https", "443"
	}
	if _, own, err := net.SplitHostPort(req.Host); err == nil {
		port = own
	}
	for name, value := range map[string]string{
		"Host": req.Host, "X-Forwarded-For": forwarded, "X-Forwarded-Proto": scheme, "X-Forwarded-Port": port,
		"X-Amzn-Trace-Id": "Root=1-00000000-" + strings.ReplaceAll(id, "-", "")[8:],
	} {
		e.MultiValueHeaders[name] = []string{value}
	}
	for name, values := range e.MultiValueHeaders {
		e.Headers[name] = values[len(values)-1]
	}
}

// setQuery decodes the query as API Gateway does: plus is a space, a semicolon ends a pair, the last value of a name wins in the single
// form, and a part that is no valid encoding is passed on as it came.
func (e *event) setQuery(raw string) {
	for _, pair := range strings.FieldsFunc(raw, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescape(name), unescape(value)
		if e.QueryStringParameters == nil {
			e.QueryStringParameters, e.MultiValueQueryStringParameters = map[string]string{}, map[string][]string{}
		}
		e.QueryStringParameters[name] = value
		e.MultiValueQueryStringParameters[name] = append(e.MultiValueQueryStringParameters[name], value)
	}
}

func unescape(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}
