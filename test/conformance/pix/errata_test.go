package pix_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// document is the API's own document, as it was published.
const document = "../../../shared/provider/pix/testdata/openapi-2.9.0.yaml"

// errata are the places where the document cannot be meant as it stands, because its own examples break it. Each must be found as often as
// it says, so that none outlives a better document.
var errata = []struct {
	why      string
	times    int
	old, new string
}{
	{
		"a CPF is written as a literal of JavaScript's: no text matches that", 12,
		`pattern: "/^\\d{11}$/"`, `pattern: "^\\d{11}$"`,
	},
	{
		"a code of a municipality is written in the same way", 2,
		`pattern: "/^\\d{7}$/"`, `pattern: "^\\d{7}$"`,
	},
	{
		"a mandate is asked for without the name that the provider gives it, and with politicaRetentativa, which is no \"retentativa\"", 1,
		`required: ["idRec", "calendario","vinculo","retentativa"]`, `required: ["calendario","vinculo"]`,
	},
	{
		"a list of Pix holds Pix, not charges", 1,
		`required: ["parametros", "cobs"]
      properties:
        parametros:
          $ref: "#/components/schemas/ParametrosConsultaPix"`, `required: ["parametros", "pix"]
      properties:
        parametros:
          $ref: "#/components/schemas/ParametrosConsultaPix"`,
	},
	{
		"a location is written without its scheme, as in every example", 3,
		"maxLength: 77\n          format: uri\n", "maxLength: 77\n",
	},
	{
		"the same further in", 1,
		"maxLength: 77\n              format: uri\n", "maxLength: 77\n",
	},
	{
		"the address is the receiver's, not the charge's", 1,
		`      required: ["logradouro", "cidade", "uf", "cep"]
      properties:
        recebedor:`, `      properties:
        recebedor:`,
	},
	{
		"the provider is the payer's, not the mandate's", 1,
		`      title: "Dados do Pagador"
      required: ["ispbParticipante"]`, `      title: "Dados do Pagador"`,
	},
	{
		"what the payer's provider reads at a location is no call of this API, and cannot be told from /cobv/{txid}", 1,
		`  "/cobv/{pixUrlAccessToken}":`, `  "/payload/cobv/{pixUrlAccessToken}":`,
	},
	{
		"the same for mandates", 1,
		`  "/rec/{recUrlAccessToken}":`, `  "/payload/rec/{recUrlAccessToken}":`,
	},
	{
		"the same for immediate charges, which would take any path of one part", 1,
		`  "/{pixUrlAccessToken}":`, `  "/payload/{pixUrlAccessToken}":`,
	},
}

// corrected writes the document with its errata put right, and returns its path.
func corrected(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	out := string(text)
	for _, e := range errata {
		if n := strings.Count(out, e.old); n != e.times {
			t.Errorf("%s: found %d times, not %d", e.why, n, e.times)
		}
		out = strings.ReplaceAll(out, e.old, e.new)
	}
	path := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestErrataAreThere(t *testing.T) { corrected(t) }
