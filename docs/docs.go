// Package docs holds the API document and the page that shows it, for the function that serves them.
package docs

import (
	"crypto/sha256"
	_ "embed" // the files below
	"encoding/base64"
)

//go:generate go run ./generate

// OpenAPI is the API document, OpenAPI 3.1 in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Page is OpenAPI as a page for people, made of it by go generate. It holds no script and refers to nothing outside itself.
//
//go:embed openapi.html
var Page []byte

//go:embed generate/page.css
var style []byte

// StyleSource names the page's only style sheet, which stands inside it, as a content security policy does.
func StyleSource() string {
	sum := sha256.Sum256(style)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
