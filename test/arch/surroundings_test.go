package arch_test

import (
	"fmt"
	"go/ast"
	"slices"
	"testing"
)

// use is a thing that code takes from its surroundings instead of its arguments, and where that is right. A name of "*" is the whole
// package.
type use struct {
	path    string
	names   []string
	tests   bool // whether the rule holds in tests as well
	why     string
	allowed []string
}

var uses = []use{
	{
		path: "time", names: []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"},
		why: "time is an argument",
		allowed: []string{
			"shared/app/...",       // gives the real clock to everything else
			"infra/local/clock",    // is the clock of the local cloud
			"infra/local/function", // measures how long a function really ran, as the service bills it
			"infra/local",          // says how long its own start took
			"infra/ops",            // a main
		},
	},
	{
		path: "time", names: []string{"Sleep", "Tick"}, tests: true,
		why: "a test that sleeps is slow when it passes and wrong when it fails",
	},
	{
		path: "crypto/rand", names: []string{"*"},
		why: "chance is an argument",
		allowed: []string{
			"shared/app/...",
			"infra/local/kms",     // makes keys, as the service does
			"infra/local/mailbox", // seals what it keeps
			"infra/local/cloud",   // makes the keys of a new local deployment
			"infra/ops",           // a main
			"test/pixbank",        // makes certificates for tests
		},
	},
	{
		path: "math/rand/v2", names: []string{"*"},
		why: "chance is an argument, and chance that can be guessed guards nothing",
		allowed: []string{
			"infra/local/demo", // seeded: the same portfolio for the same seed
			"infra/local/bank", // seeded: the order in which a shuffled payment is reported
		},
	},
	{
		path: "math/rand", names: []string{"*"},
		why:     "chance is an argument, and chance that can be guessed guards nothing",
		allowed: []string{"shared/collection/history"}, // seeded: ids in drawn histories
	},
	{
		path: "os", names: []string{"Getenv", "LookupEnv", "Environ", "ExpandEnv", "Setenv"},
		why: "configuration is read in one place",
		allowed: []string{
			"shared/app/...",
			"infra/ops",       // names the deployment to act on
			"infra",           // a main, which the CDK's command line tells where to write
			"test/localstack", // names the oracle
			"test/oracles",    // says whether every oracle must be there
		},
	},
	{
		path: "os", names: []string{"Exit"},
		why: "a library that ends the process leaves its caller no say",
		allowed: []string{
			"shared/app/...", // ends a function that cannot start
			"infra/local",    // a main
			"infra/ops",      // a main
			"infra",          // a main
			"infra/nag",      // a main
		},
	},
	{
		path: "log", names: []string{"*"},
		why:     "logs are JSON lines of log/slog, and only a main may give up",
		allowed: []string{"docs/generate"},
	},
	{
		path: "fmt", names: []string{"Print", "Printf", "Println"},
		why: "what is written goes to a writer that the caller gave",
	},
	{
		path: "log/slog", names: []string{"Debug", "Info", "Warn", "Error", "Log", "SetDefault", "Default"},
		why:     "the log is an argument: the default one has no correlation id",
		allowed: []string{"infra/local/dynamodb"}, // its clean-up runs by the clock, with nobody to answer to
	},
	{
		path: "context", names: []string{"TODO"}, tests: true,
		why: "whoever calls has a context",
	},
	{
		path: "github.com/aws/aws-sdk-go-v2/service/dynamodb", names: []string{"ScanInput", "NewScanPaginator"},
		why:     "a route that scans costs what the whole table costs",
		allowed: []string{"infra/ops"}, // reads the whole table when it is asked about every case
	},
}

// found is a place where a file takes something from its surroundings.
type found struct {
	line int
	name string
}

func (u use) in(s source) []found {
	var out []found
	ast.Inspect(s.tree, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := selector.X.(*ast.Ident); ok && s.names[x.Name] == u.path &&
			(u.names[0] == "*" || slices.Contains(u.names, selector.Sel.Name)) {
			out = append(out, found{s.line(n), x.Name + "." + selector.Sel.Name})
		}
		return true
	})
	return out
}

func TestSurroundingsAreArguments(t *testing.T) {
	for _, u := range uses {
		needed := map[string]bool{}
		for _, s := range sources(t) {
			if s.isTest() && !u.tests {
				continue
			}
			for _, f := range u.in(s) {
				i := slices.IndexFunc(u.allowed, func(pattern string) bool { return matches(pattern, s.folder()) })
				if i < 0 {
					t.Errorf("%s:%d uses %s: %s", s.path, f.line, f.name, u.why)
					continue
				}
				needed[u.allowed[i]] = true
			}
		}
		for _, pattern := range u.allowed {
			if !needed[pattern] {
				t.Errorf("%s may use %s %v and does not: take the exception out", pattern, u.path, u.names)
			}
		}
	}
}

// panics are the places where a panic says that the program itself is wrong, by file and with the reason.
var panics = map[string]string{
	"shared/stencil/stencil.go":      "a text of the program itself that does not parse ends its start, and every test",
	"shared/httpapi/api.go":          "a handler for a route that contract does not have is a mistake in wiring, seen at the first start",
	"infra/local/dynamodb/number.go": "a stored number that is not canonical means that the store is damaged",
	"infra/local/dynamodb/parser.go": "the parser descends by panic and recovers at its one entrance",
	"infra/local/function/host.go":   "a function without a handler is a mistake in wiring",
	"infra/local/gateway/gateway.go": "a malformed route is a mistake in the contract table",
	"infra/local/messaging/sns.go":   "a struct of strings always encodes",
}

func panicsIn(s source) []found {
	var out []found
	ast.Inspect(s.tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if name, ok := call.Fun.(*ast.Ident); ok && name.Name == "panic" {
			out = append(out, found{s.line(n), "panic"})
		}
		return true
	})
	return out
}

func TestPanicsAreFaultsOfTheProgram(t *testing.T) {
	needed := map[string]bool{}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		for _, f := range panicsIn(s) {
			if needed[s.path] = true; panics[s.path] == "" {
				t.Errorf("%s:%d panics: return an error, or name the reason here", s.path, f.line)
			}
		}
	}
	for file := range panics {
		if !needed[file] {
			t.Errorf("%s may panic and does not: take the exception out", file)
		}
	}
}

func TestSurroundingRulesBite(t *testing.T) {
	text := "package p\n\nimport (\n\t\"time\"\n\tchance \"crypto/rand\"\n)\n\nvar _, _ = time.Now, chance.Reader\n\nfunc f() { panic(1) }\n"
	s, err := parse("p.go", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(uses[0].in(s), uses[2].in(s), panicsIn(s))
	if want := "[{8 time.Now}] [{8 chance.Reader}] [{10 panic}]"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}
