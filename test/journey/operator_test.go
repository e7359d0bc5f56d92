package journey

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/regua/regua/infra/local/demo"
)

// operator types commands of the operator's command line, as built, against a world.
type operator struct {
	w        *world
	endpoint string
}

// toolFolder is where the command line is built; TestMain removes it.
var toolFolder = filepath.Join(os.TempDir(), fmt.Sprintf("regua-journeys-%d", os.Getpid()))

// tools is where the operator's command line stands, once it was built.
var tools struct {
	once sync.Once
	path string
	out  []byte
	err  error
}

func (w *world) operator() *operator {
	w.t.Helper()
	server := httptest.NewServer(w.cloud.Door())
	w.t.Cleanup(server.Close)
	tools.once.Do(func() {
		if tools.err = os.MkdirAll(toolFolder, 0o700); tools.err != nil {
			return
		}
		tools.path = filepath.Join(toolFolder, "ops")
		tools.out, tools.err = exec.Command("go", "build", "-o", tools.path, "github.com/regua/regua/infra/ops").CombinedOutput()
	})
	if tools.err != nil {
		w.t.Fatalf("build the operator's command line: %v\n%s", tools.err, tools.out)
	}
	return &operator{w, server.URL}
}

// types runs a command, of one word or two, and returns what it printed. Its exit code must be 0, or as a refusal the given one.
func (o *operator) types(code int, command string, args ...string) string {
	o.w.t.Helper()
	line := append(append(strings.Fields(command), "-endpoint", o.endpoint, "-creditor", "vida-plena"), args...)
	run := exec.Command(tools.path, line...)
	var out bytes.Buffer
	run.Stdout, run.Stderr = &out, &out
	err := run.Run()
	if got := run.ProcessState.ExitCode(); got != code {
		o.w.t.Fatalf("ops %s ends with %d, want %d: %v\n%s", strings.Join(line, " "), got, code, err, out.String())
	}
	o.w.settle()
	return out.String()
}

// imports takes a portfolio in; code 2 says that rows were rejected.
func (o *operator) imports(code int, csv string) {
	o.w.t.Helper()
	run := exec.Command(tools.path, "import", "-endpoint", o.endpoint, "-")
	run.Stdin = strings.NewReader(csv)
	if out, err := run.CombinedOutput(); run.ProcessState.ExitCode() != code {
		o.w.t.Fatalf("import: %v\n%s", err, out)
	}
	o.w.settle()
}

// as are the flags of who decides.
func as(name string) []string { return []string{"-operator", name, "-reason", "conferido por " + name} }

// does is types for a command that somebody decides by.
func (o *operator) does(code int, name, command string, args ...string) string {
	o.w.t.Helper()
	return o.types(code, command, append(args, as(name)...)...)
}

// tells fails unless a text holds all parts.
func (o *operator) tells(text string, parts ...string) {
	o.w.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			o.w.t.Errorf("%q is not told in:\n%s", part, text)
		}
	}
}

var commandForm = regexp.MustCompile(`next[^:]*: go run ./infra/ops (.*)`)

// follows types what a command said to type next, with other words in place of its own, and returns what that printed.
func (o *operator) follows(printed string, change ...string) string {
	o.w.t.Helper()
	next := commandForm.FindStringSubmatch(printed)
	if next == nil {
		o.w.t.Fatalf("nothing to type next in:\n%s", printed)
	}
	line := strings.NewReplacer(change...).Replace(strings.ReplaceAll(next[1], `"`, ""))
	line = strings.ReplaceAll(line, "-reason TEXT", "-reason conferido")
	out, err := exec.Command(tools.path, strings.Fields(line)...).CombinedOutput()
	if err != nil {
		o.w.t.Fatalf("ops %s: %v\n%s", line, err, out)
	}
	o.w.settle()
	return string(out)
}

// caseOf is the case of the one participant of a creditor.
func (w *world) caseOf(creditor string) string {
	w.t.Helper()
	for _, c := range w.cases(w.table()) {
		if string(c.creditor) == creditor {
			return c.id.String()
		}
	}
	w.t.Fatalf("no case of %s", creditor)
	return ""
}

// ruled gives vida-plena's policy further members.
func ruled(members string) func(files [][]byte) [][]byte {
	return func(files [][]byte) [][]byte {
		for i, file := range files {
			if bytes.Contains(file, []byte(`"id": "vida-plena"`)) {
				files[i] = bytes.Replace(file, []byte(`"refunds": {"excess": "refund"}`), []byte(members), 1)
			}
		}
		return files
	}
}

// chosen accepts the offer in so many payments and returns its proposal.
type chosen struct{ ProposalID, ContractNumber, Status, NextAction string }

func (w *world) choose(token string, payments int, key string) chosen {
	w.t.Helper()
	offers := into[offerList](w.t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/offers", nil)))
	for _, o := range offers.Offers {
		if o.Instalments == payments {
			return into[chosen](w.t, w.want(http.StatusCreated, w.me(token, "POST", "/v1/me/proposals",
				map[string]string{"offerId": o.OfferID}, "Idempotency-Key", key)))
		}
	}
	w.t.Fatalf("no offer in %d payments", payments)
	return chosen{}
}

func (w *world) proposal(token, id string) chosen {
	w.t.Helper()
	return into[chosen](w.t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/proposals/"+id, nil)))
}

// sign signs a contract and returns the agreement.
func (w *world) signContract(token, number string) string {
	w.t.Helper()
	c := into[struct{ SHA256 string }](w.t, w.want(http.StatusOK, w.me(token, "GET", "/v1/me/contracts/"+number, nil)))
	r := w.want(http.StatusOK, w.me(token, "POST", "/v1/me/contracts/"+number+"/signature",
		map[string]any{"sha256": c.SHA256, "accepted": true}))
	return into[struct{ AgreementID string }](w.t, r).AgreementID
}

// alone begins a world with one participant of vida-plena and an operator.
func alone(t *testing.T, policy string) (*world, demo.Participant, *operator) {
	t.Helper()
	p := someone("vida-plena", 1)
	s := setup{portfolio: csvOf(t, p)}
	if policy != "" {
		s.creditors = ruled(policy)
	}
	w := begin(t, s)
	return w, p.Participant, w.operator()
}

// actors are the actors and reasons of a case's events of a type, as "actor: reason".
func (o *operator) actors(id, event string) (out []string) {
	o.w.t.Helper()
	for line := range strings.Lines(o.types(0, "case show", "-case", id)) {
		if f := strings.Fields(line); len(f) > 3 && f[2] == event {
			reason := line[strings.LastIndex(line, "(")+1 : strings.LastIndex(line, ")")]
			out = append(out, fmt.Sprintf("%s: %s", f[3], reason))
		}
	}
	return out
}
