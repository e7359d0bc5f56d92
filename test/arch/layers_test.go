package arch_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// layer is a ring of the product. Imports point inward: a package may import packages of the layers named in may, and modules of third
// parties named in modules, nothing else but the standard library.
type layer struct {
	why     string
	may     []string
	modules []string
}

var (
	inner    = []string{"value", "format", "domain", "table"}
	useCases = append([]string{"sealing", "use case"}, inner...)
	anything = []string{
		"value", "format", "domain", "table", "events", "sealing", "use case", "adapter", "edge", "composition", "engine", "host", "judge",
		"document",
	}
)

var layers = map[string]layer{
	"value": {
		why: "money and dates are plain values: whoever audits a formula reads the standard library and nothing else",
		may: []string{"value"},
	},
	"format": {
		why: "a written form (tax id, phone, Pix code, mask, signature, contract) is a pure function of its text",
		may: []string{"value", "format"}, modules: []string{
			"github.com/go-pdf/fpdf", "github.com/nyaruka/phonenumbers", "github.com/skip2/go-qrcode", "golang.org/x/image",
		},
	},
	"domain": {
		why: "the domain knows no storage, no wire form and no use case",
		may: []string{"value"}, modules: []string{"github.com/oklog/ulid/v2"},
	},
	"drawn": {
		why: "random histories for property tests; no product code may import it",
		may: []string{"value", "domain"}, modules: []string{"pgregory.net/rapid"},
	},
	"table": {why: "the tables and definitions that everything agrees on stand alone, so that anything may read them"},
	"events": {
		why: "an auditor's program reads and verifies events with the standard library alone; only adapters, edges, infra and tests import them",
	},
	"sealing": {
		why: "personal data, keyed hashes and what a provider must do, as use cases need them; the cloud behind them is a port",
		may: inner,
	},
	"use case": {why: "a use case declares the ports that it needs and knows no adapter", may: useCases},
	"fault": {
		why: "what a cloud service's error means is one question for all adapters", modules: []string{"github.com/aws/smithy-go"},
	},
	"adapter": {
		why: "an adapter turns one technology into ports; two adapters meet only in app",
		may: append([]string{"events", "fault"}, useCases...), modules: []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"},
	},
	"edge": {
		why: "an edge turns requests into calls of use cases; what stands behind their ports is app's business",
		may: append([]string{"events", "document"}, useCases...), modules: []string{"github.com/aws/aws-lambda-go"},
	},
	"composition": {
		why:     "app alone knows which adapter stands behind which port",
		may:     append([]string{"composition", "adapter", "edge"}, useCases...),
		modules: []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/aws-lambda-go"},
	},
	"function": {why: "a main is wiring only", may: []string{"composition"}},
	"engine": {
		why:     "an engine of the local cloud imitates one service and knows the product only by its tables",
		may:     []string{"engine", "table", "format", "value"},
		modules: []string{"github.com/aws/aws-lambda-go", "github.com/tidwall/btree", "go.etcd.io/bbolt"},
	},
	"judge": {
		why: "contact law is judged a second time by nothing that the first evaluator is made of: neither rule code nor rule data",
	},
	"host":   {why: "what runs or operates the product may see all of it", may: anything, modules: []string{"github.com/aws/aws-sdk-go-v2"}},
	"bundle": {why: "compiling the functions takes the go command alone"},
	"stack": {
		why: "what is deployed is what the tables say; no code of the product is looked at", may: []string{"table"},
		modules: []string{"github.com/aws/aws-cdk-go", "github.com/aws/constructs-go", "github.com/aws/jsii-runtime-go"},
	},
	"stack host": {
		why: "the CDK app puts programs and stack together", may: []string{"bundle", "stack"},
		modules: []string{"github.com/aws/aws-cdk-go", "github.com/aws/jsii-runtime-go", "github.com/cdklabs/cdk-nag-go"},
	},
	"document": {why: "the API document is embedded as it stands", may: []string{}},
	"tool":     {why: "a generator runs by hand", may: []string{"table", "document"}, modules: []string{"go.yaml.in/yaml/v3"}},
	"test": {
		why:     "a story may look at everything",
		may:     append([]string{"drawn", "test"}, anything...),
		modules: []string{"github.com/aws", "go.yaml.in/yaml/v3", "pgregory.net/rapid"},
	},
}

// places says which layer each package belongs to. The first pattern that fits wins; a package that fits none fails the test.
var places = []struct{ pattern, layer string }{
	{"shared/money", "value"},
	{"shared/calendar", "value"},
	{"shared/form", "value"},

	{"shared/boleto", "format"},
	{"shared/brcode", "format"},
	{"shared/contactmask", "format"},
	{"shared/deed", "format"},
	{"shared/deed/pdf", "format"},
	{"shared/email", "format"},
	{"shared/febraban", "format"},
	{"shared/phone", "format"},
	{"shared/qr", "format"},
	{"shared/strictjson", "format"},
	{"shared/taxid", "format"},
	{"shared/websign", "format"},

	{"shared/collection", "domain"},
	{"shared/collection/history", "drawn"},

	{"shared/contract", "table"},
	{"statemachines", "table"},
	{"events", "events"},
	{"docs", "document"},
	{"docs/generate", "tool"},

	{"shared/blind", "sealing"},
	{"shared/vault", "sealing"},
	{"shared/provider", "sealing"},
	{"shared/stencil", "format"},

	{"shared/agreement", "use case"},
	{"shared/callout", "use case"},
	{"shared/compliance", "use case"},
	{"shared/compliance/pack202611", "use case"},
	{"shared/creditor", "use case"},
	{"shared/debit", "use case"},
	{"shared/decision", "use case"},
	{"shared/idempotency", "use case"},
	{"shared/message", "use case"},
	{"shared/offer", "use case"},
	{"shared/otp", "use case"},
	{"shared/outbox", "use case"},
	{"shared/payment", "use case"},
	{"shared/portfolio", "use case"},
	{"shared/proposal", "use case"},
	{"shared/reminder", "use case"},
	{"shared/session", "use case"},

	{"shared/dynamo", "adapter"},
	{"shared/channel/*", "adapter"},
	{"shared/cloudfault", "fault"},
	{"shared/kms", "adapter"},
	{"shared/notify", "adapter"},
	{"shared/provider/*", "adapter"},
	{"shared/s3", "adapter"},
	{"shared/secrets", "adapter"},
	{"shared/workflow", "adapter"},

	{"shared/httpapi", "edge"},
	{"shared/task", "edge"},

	{"shared/app/...", "composition"},
	{"functions/*", "function"},

	{"infra", "stack host"},
	{"infra/bundle", "bundle"},
	{"infra/nag", "stack host"},
	{"infra/stack", "stack"},
	{"infra/local", "host"},
	{"infra/local/cloud", "host"},
	{"infra/local/parties", "host"},
	{"infra/local/site", "host"},
	{"infra/local/*", "engine"},
	{"infra/contactjudge", "judge"},
	{"infra/ops", "host"},
	{"test/...", "test"},
}

func layerOf(path string) string {
	for _, p := range places {
		if matches(p.pattern, path) {
			return p.layer
		}
	}
	return ""
}

// breaches lists the imports of a package that its layer forbids.
func breaches(p pkg) []string {
	name := layerOf(p.Path)
	if name == "" {
		return []string{p.Path + " stands in no layer: add it to places"}
	}
	l := layers[name]
	var out []string
	for _, i := range p.Imports {
		if own, ok := strings.CutPrefix(i, module); ok {
			if in := layerOf(own); !slices.Contains(l.may, in) {
				out = append(out, fmt.Sprintf("%s (%s) imports %s (%s): %s", p.Path, name, own, in, l.why))
			}
			continue
		}
		if isThirdParty(i) && !slices.ContainsFunc(l.modules, func(m string) bool { return within(m, i) }) {
			out = append(out, fmt.Sprintf("%s (%s) imports %s: %s", p.Path, name, i, l.why))
		}
	}
	return out
}

// isThirdParty tells a module by the dot in its host.
func isThirdParty(path string) bool {
	host, _, _ := strings.Cut(path, "/")
	return strings.Contains(host, ".")
}

func within(module, path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

func TestImportsPointInward(t *testing.T) {
	for _, p := range packages(t) {
		for _, breach := range breaches(p) {
			t.Error(breach)
		}
	}
}

// A rule that matches nothing is a mistake or a leftover.
func TestEveryLayerRuleMatches(t *testing.T) {
	used := map[string]bool{}
	for _, place := range places {
		if _, ok := layers[place.layer]; !ok {
			t.Errorf("%s stands in the layer %q, which does not exist", place.pattern, place.layer)
		}
		used[place.layer] = true
		if !slices.ContainsFunc(packages(t), func(p pkg) bool { return matches(place.pattern, p.Path) }) {
			t.Errorf("no package is %s", place.pattern)
		}
	}
	for name, l := range layers {
		if !used[name] {
			t.Errorf("no package stands in the layer %q", name)
		}
		for _, may := range l.may {
			if _, ok := layers[may]; !ok {
				t.Errorf("layer %q may import %q, which does not exist", name, may)
			}
		}
		for _, m := range l.modules {
			needs := func(p pkg) bool {
				return layerOf(p.Path) == name && slices.ContainsFunc(p.Imports, func(i string) bool { return within(m, i) })
			}
			if name != "test" && !slices.ContainsFunc(packages(t), needs) {
				t.Errorf("layer %q may import %s, and nothing in it does", name, m)
			}
		}
	}
}

// Modules that only some layers may reach, by any number of steps.
var reach = []struct {
	module, why string
	layers      []string
}{
	{
		"github.com/aws", "only app, the adapters, the edges, functions, infra and tests know the cloud",
		[]string{"fault", "adapter", "edge", "composition", "function", "engine", "host", "test", "stack", "stack host"},
	},
	{"github.com/aws/aws-cdk-go", "whoever reaches the CDK compiles for a minute", []string{"stack", "stack host"}},
	{"github.com/aws/jsii-runtime-go", "it comes with the CDK", []string{"stack", "stack host"}},
}

func TestOnlySomeReachTheCloud(t *testing.T) {
	for _, rule := range reach {
		for _, p := range packages(t) {
			if slices.Contains(rule.layers, layerOf(p.Path)) {
				continue
			}
			if i := slices.IndexFunc(p.Deps, func(d string) bool { return within(rule.module, d) }); i >= 0 {
				t.Errorf("%s reaches %s: %s", p.Path, p.Deps[i], rule.why)
			}
		}
	}
}

// The rules themselves refuse what they should.
func TestLayerRulesBite(t *testing.T) {
	for name, p := range map[string]pkg{
		"a package nobody placed":      {Path: "shared/common"},
		"an adapter in a use case":     {Path: "shared/offer", Imports: []string{module + "shared/dynamo"}},
		"the cloud in a use case":      {Path: "shared/offer", Imports: []string{"github.com/aws/aws-sdk-go-v2/aws"}},
		"an adapter in an adapter":     {Path: "shared/kms", Imports: []string{module + "shared/dynamo"}},
		"events in a use case":         {Path: "shared/otp", Imports: []string{module + "events"}},
		"a use case in the domain":     {Path: "shared/collection", Imports: []string{module + "shared/offer"}},
		"anything at all in the table": {Path: "shared/contract", Imports: []string{module + "shared/money"}},
		"a shortcut in a function":     {Path: "functions/otp-send", Imports: []string{module + "shared/otp"}},
		"drawn histories in product":   {Path: "shared/app", Imports: []string{module + "shared/collection/history"}},
		"a stranger in an engine":      {Path: "infra/local/clock", Imports: []string{"github.com/stranger/thing"}},
	} {
		if len(breaches(p)) != 1 {
			t.Errorf("%s: found %v", name, breaches(p))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(layers)) {
		if layers[name].why == "" {
			t.Errorf("layer %q gives no reason", name)
		}
	}
}
