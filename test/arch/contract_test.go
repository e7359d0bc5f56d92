package arch_test

import (
	"bytes"
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/contract"
)

// same reports what stands on one side only. Both sides must hold something, each thing once.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if len(got) == 0 || len(slices.Compact(slices.Clone(got))) != len(got) || len(slices.Compact(slices.Clone(want))) != len(want) {
		t.Errorf("%s: a side is empty or names something twice: %v, %v", what, got, want)
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s: %s is there and contract does not have it", what, g)
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s: contract has %s and it is not there", what, w)
		}
	}
}

func functionNames() []string {
	var names []string
	for _, f := range contract.Functions() {
		names = append(names, f.Name)
	}
	return names
}

func queueNames() []string {
	var names []string
	for _, q := range contract.Queues() {
		names = append(names, q.Name)
	}
	return names
}

func TestEveryFunctionHasItsFolder(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		folders = append(folders, e.Name())
	}
	same(t, "functions/", folders, functionNames())
}

// A main is one call: app.Run of the one constructor that no other function runs.
func TestEveryMainIsWiringOnly(t *testing.T) {
	runs := map[string]string{}
	for _, s := range sources(t) {
		if !matches("functions/...", s.folder()) {
			continue
		}
		var called []string
		ast.Inspect(s.tree, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := selector.X.(*ast.Ident); ok {
					called = append(called, x.Name+"."+selector.Sel.Name)
				}
			}
			return true
		})
		if len(called) != 2 || called[0] != "app.Run" || !strings.HasPrefix(called[1], "app.") || len(s.tree.Decls) != 2 {
			t.Errorf("%s does more than to run its constructor", s.path)
			continue
		}
		if other := runs[called[1]]; other != "" {
			t.Errorf("%s and %s run the same %s", s.path, other, called[1])
		}
		runs[called[1]] = s.path
		want := "app." + strings.ReplaceAll(filepath.Base(s.folder()), "-", "")
		if !strings.EqualFold(called[1], want) {
			t.Errorf("%s runs %s, which is another function's", s.path, called[1])
		}
	}
	if len(runs) != len(contract.Functions()) {
		t.Errorf("%d mains were read", len(runs))
	}
}

// Whatever names a function names one that exists, and every function is started by something.
func TestEveryFunctionIsStarted(t *testing.T) {
	var starts []string
	for _, r := range contract.Routes() {
		starts = append(starts, r.Function)
	}
	for _, q := range contract.Queues() {
		if q.Consumer != "" {
			starts = append(starts, q.Consumer)
		}
	}
	for _, s := range contract.Schedules() {
		starts = append(starts, s.Function)
	}
	for _, m := range contract.Machines() {
		starts = append(starts, m.Functions...)
	}
	slices.Sort(starts)
	same(t, "what starts functions", slices.Compact(starts), functionNames())
}

// A function that several queues feed, or a queue and a route, could not tell its inputs apart.
func TestEveryFunctionHasOneKindOfInput(t *testing.T) {
	kinds := map[string][]string{}
	note := func(function, kind string) {
		if !slices.Contains(kinds[function], kind) {
			kinds[function] = append(kinds[function], kind)
		}
	}
	for _, r := range contract.Routes() {
		note(r.Function, "routes")
	}
	for _, q := range contract.Queues() {
		note(q.Consumer, "queue "+q.Name)
	}
	for _, s := range contract.Schedules() {
		note(s.Function, "schedule "+s.Name)
	}
	for _, m := range contract.Machines() {
		for _, f := range m.Functions {
			note(f, "tasks")
		}
	}
	delete(kinds, "")
	for function, of := range kinds {
		if len(of) != 1 {
			t.Errorf("%s is started by %v", function, of)
		}
	}
}

func TestQueuesAreFedAndTimed(t *testing.T) {
	subscribed := map[string]bool{}
	for _, s := range contract.Subscriptions() {
		subscribed[s.Queue] = true
		if !slices.Contains(queueNames(), s.Queue) {
			t.Errorf("the subscription of %s has no queue", s.Queue)
		}
		for _, event := range s.EventTypes {
			if !slices.ContainsFunc(events.Types(), func(e events.Type) bool { return e.Name == event }) {
				t.Errorf("%s waits for %s, which no event is", s.Queue, event)
			}
		}
	}
	for _, q := range contract.Queues() {
		if q.Consumer == "" {
			if !subscribed[q.Name] {
				t.Errorf("queue %s has neither consumer nor subscription", q.Name)
			}
			continue
		}
		i := slices.IndexFunc(contract.Functions(), func(f contract.Function) bool { return f.Name == q.Consumer })
		if i < 0 {
			t.Errorf("queue %s is consumed by %s, which does not exist", q.Name, q.Consumer)
			continue
		}
		if timeout := contract.Functions()[i].Timeout; q.Visibility < 6*timeout {
			t.Errorf("queue %s hides a message for %s, less than six times %s", q.Name, q.Visibility, timeout)
		}
	}
}

// Every event of the domain has its type on the wire, a schema and a sample, and nothing else has.
func TestEveryEventHasTypeSchemaAndSample(t *testing.T) {
	var wire, versioned []string
	for _, e := range events.Types() {
		wire = append(wire, e.Name)
		versioned = append(versioned, e.Name+".v"+string(rune('0'+e.Version))+".json")
	}
	same(t, "types of events/", wire, domainEvents(t))
	for _, folder := range []string{"schemas", "samples"} {
		entries, err := os.ReadDir(filepath.Join(root, "events", folder))
		if err != nil {
			t.Error(err)
			continue
		}
		var files []string
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), "envelope.") {
				files = append(files, e.Name())
			}
		}
		same(t, "events/"+folder, files, slices.Clone(versioned))
	}
}

// domainEvents reads the names that the Type methods of collection return.
func domainEvents(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, s := range sources(t) {
		if s.folder() != "shared/collection" || s.isTest() || !bytes.Contains(s.text, []byte("Type() string { return")) {
			continue
		}
		for _, d := range s.tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name != "Type" || f.Recv == nil || len(f.Body.List) != 1 {
				continue
			}
			if r, ok := f.Body.List[0].(*ast.ReturnStmt); ok && len(r.Results) == 1 {
				if text, ok := r.Results[0].(*ast.BasicLit); ok {
					names = append(names, strings.Trim(text.Value, `"`))
				}
			}
		}
	}
	return names
}

// entries are all that may stand at the top level.
var entries = []string{
	"functions", "infra", "statemachines", "events", "shared", "test", "web", "docs", "go.mod", "go.sum", "cdk.json", "README.md", "LICENSE",
	"CHANGELOG.md", "Makefile", "package.json", "package-lock.json", ".golangci.yml", ".gitignore", ".ci",
	// Not part of the tree: git's own folder, and what builds leave, which .gitignore names.
	".git", ".build", ".cache", "cdk.out", "node_modules",
}

func TestTheTopLevelHoldsNothingElse(t *testing.T) {
	there, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range there {
		if !slices.Contains(entries, e.Name()) {
			t.Errorf("%s stands at the top level", e.Name())
		}
	}
}

// A new event is told to creditors' systems, or is one of how participants are reminded or of how staff come to a decision: what was
// decided is told by events of its own.
func TestCreditorsMayBeToldOfEveryEventOfTheirs(t *testing.T) {
	var theirs []string
	for _, e := range events.Types() {
		if noun, _, _ := strings.Cut(e.Name, "."); !slices.Contains([]string{"ruler", "contact", "decision"}, noun) {
			theirs = append(theirs, e.Name)
		}
	}
	same(t, "events that creditors may be told of", theirs, contract.WebhookEvents())
}
