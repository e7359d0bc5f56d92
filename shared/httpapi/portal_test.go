package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	awsevents "github.com/aws/aws-lambda-go/events"

	"github.com/regua/regua/docs"
	"github.com/regua/regua/shared/collection"
)

func (e *edge) get(t *testing.T, path, id string) awsevents.APIGatewayProxyResponse {
	t.Helper()
	response, err := e.api.Serve(t.Context(), awsevents.APIGatewayProxyRequest{
		Resource: path, HTTPMethod: "GET", PathParameters: map[string]string{"id": id},
	})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func TestPublicCreditor(t *testing.T) {
	const path = "/v1/public/creditors/{id}"
	e, _ := newLogin(nil)
	response := e.get(t, path, "vida-plena")
	want := `{"id":"vida-plena","name":"Vida Plena Saúde","document":"11.222.333/0001-81",` +
		`"brand":{"primaryColor":"#0B5D4E","accentColor":"#F2A516","logoText":"Vida Plena"},` +
		`"contacts":{"phone":"0800 000 0101","email":"a@vidaplena.example","site":"https://vidaplena.example"},` +
		`"paymentMethods":["pix","boleto"],"nextAction":"log_in"}`
	if response.StatusCode != 200 || response.Body != want || http.Header(response.MultiValueHeaders).Get("Cache-Control") != publicMinute {
		t.Errorf("%d %s", response.StatusCode, response.Body)
	}
	for id, status := range map[string]int{"tv-norte": 404, "": 400, "Vida": 400, "../x": 400} {
		if got := e.get(t, path, id); got.StatusCode != status {
			t.Errorf("%q: %d", id, got.StatusCode)
		}
	}
	e, _ = newLogin(collection.ErrUnavailable)
	if got := e.get(t, path, "vida-plena"); got.StatusCode != 503 || http.Header(got.MultiValueHeaders).Get("Cache-Control") != "no-store" {
		t.Errorf("table out of order: %d", got.StatusCode)
	}
}

func TestDocument(t *testing.T) {
	e, _ := newLogin(nil)
	response := e.get(t, "/openapi.yaml", "")
	header := http.Header(response.MultiValueHeaders)
	if response.StatusCode != 200 || response.Body != string(docs.OpenAPI) || header.Get("Content-Type") != "application/yaml" {
		t.Errorf("%d, %d bytes of %s", response.StatusCode, len(response.Body), header.Get("Content-Type"))
	}
}

// The page's policy lets its own style sheet through, and nothing else.
func TestPagePolicy(t *testing.T) {
	e, _ := newLogin(nil)
	response := e.get(t, "/docs", "")
	header := http.Header(response.MultiValueHeaders)
	if response.StatusCode != 200 || header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %v", response.StatusCode, header)
	}
	_, rest, _ := strings.Cut(response.Body, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := header.Get("Content-Security-Policy")
	own := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if !strings.Contains(policy, own) || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
}
