package costs

import (
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/shared/contract"
)

var update = flag.Bool("update", false, "write the cost tables of docs/deploy.md anew")

// Estimates: what no test can count, and docs/deploy.md says so.
const (
	billedMillis    = 100 // of an invocation, cold starts spread over all
	platformLogs    = 700 // bytes that Lambda writes for an invocation
	accessLog       = 500 // bytes that API Gateway writes for a request
	minutesOfMonth  = 30 * 24 * 60
	pollsAMinute    = 5 * 3 // Lambda reads a queue by five long polls of 20 s
	callsOfAMessage = 3     // it is sent, received and deleted
	cases           = 1000
)

// bill is what is used, by price.
type bill map[string]*big.Rat

func (b bill) add(p price, n *big.Rat) {
	if b[p.what] == nil {
		b[p.what] = new(big.Rat)
	}
	b[p.what].Add(b[p.what], n)
}

func whole(n int) *big.Rat { return new(big.Rat).SetInt64(int64(n)) }

func gigabytes(bytes int) *big.Rat { return big.NewRat(int64(bytes), 1e9) }

func (b bill) invocations(t *testing.T, function string, n int) {
	t.Helper()
	i := slices.IndexFunc(contract.Functions(), func(f contract.Function) bool { return f.Name == function })
	if i < 0 {
		t.Fatalf("no function %s", function)
	}
	b.add(lambdaRequests, whole(n))
	b.add(lambdaSeconds, big.NewRat(int64(contract.Functions()[i].MemoryMB)*billedMillis*int64(n), 1024*1000))
	b.add(logGigabytes, gigabytes(platformLogs*n))
	for _, q := range contract.Queues() {
		if q.Consumer == function {
			b.add(queueRequests, whole(callsOfAMessage*n))
		}
	}
}

// table adds what accesses of the table cost.
func (b bill) table(t *testing.T, accesses map[string]int) {
	t.Helper()
	model := dataModel(t)
	for row, n := range accesses {
		each, ok := model[row]
		if !ok {
			t.Fatalf("docs/data-model.md has no row %q", row)
		}
		b.add(tableReads, new(big.Rat).Mul(each.read, whole(n)))
		b.add(tableWrites, new(big.Rat).Mul(each.write, whole(n)))
	}
}

// storageStep is to how many bytes a case's storage is rounded: what is kept differs by some with the order in which functions run.
const storageStep = 5000

// ofCases is the bill of a thousand cases with one story.
func ofCases(t *testing.T, u used) bill {
	t.Helper()
	b := bill{}
	b.table(t, u.accesses)
	for function, n := range u.invocations {
		b.invocations(t, function, n)
	}
	b.add(apiRequests, whole(u.requests))
	b.add(topicRequests, whole(u.published))
	b.add(mails, whole(u.calls["ses"]))
	b.add(keyRequests, whole(u.calls["kms"]+u.calls["secretsmanager"])) // a secret is opened by its key
	b.add(secretRequests, whole(u.calls["secretsmanager"]))
	b.add(logGigabytes, gigabytes(u.logBytes+accessLog*u.requests))
	kept := (u.kept + storageStep/2) / storageStep * storageStep
	b.add(tableStorage, gigabytes(kept))
	b.add(tableRecovery, gigabytes(kept))
	b.add(transitionPrice, whole(u.transitions(t)))
	for _, n := range b {
		n.Mul(n, whole(cases))
	}
	return b
}

// transitions are those of the case's executions: each step of the ruler and of a deadline enters as many states as in its golden history,
// and a payment as many as in the history of a paid one. One more is counted for the start of each.
func (u used) transitions(t *testing.T) int {
	t.Helper()
	states, steps := transitions(t, contract.MachineRuler, "generation")
	walk := u.invocations["ruler-step"] * states / steps
	states, steps = transitions(t, contract.MachineDeadlines, "kept")
	walk += u.invocations["deadline-step"] * states / steps
	paid, _ := transitions(t, contract.MachinePayment, "paid")
	payments := u.invocations["payment-wait"]
	return walk + u.invocations["ruler-start"] + u.invocations["deadline-start"] + payments*(paid+1)
}

// idle is the bill of a month in which nothing happens: the sweep runs, the queues are read.
func idle(t *testing.T) bill {
	t.Helper()
	b := bill{}
	w := begin(t)
	for _, s := range contract.Schedules() {
		w.mu.Lock()
		w.used, w.idle = nothing(), true
		w.mu.Unlock()
		if _, err := w.cloud.Functions.Invoke(t.Context(), contract.Prefix("local")+s.Function, []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		once := bill{}
		once.table(t, w.used.accesses)
		once.invocations(t, s.Function, w.used.invocations[s.Function])
		once.add(logGigabytes, gigabytes(w.used.logBytes))
		for what, n := range once {
			if b[what] == nil {
				b[what] = new(big.Rat)
			}
			n.Mul(n, whole(minutesOfMonth)).Quo(n, whole(int(s.Every.Minutes())))
			b[what].Add(b[what], n)
		}
	}
	for _, q := range contract.Queues() {
		if q.Consumer != "" {
			b.add(queueRequests, whole(pollsAMinute*minutesOfMonth))
		}
	}
	template, err := os.ReadFile(filepath.Join("..", "..", "infra", "stack", "testdata", "core.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	count := func(kind string) *big.Rat { return whole(strings.Count(string(template), `"Type": "AWS::`+kind+`"`)) }
	b.add(alarmMonths, count("CloudWatch::Alarm"))
	b.add(keyMonths, count("KMS::Key"))
	b.add(secretMonths, whole(2)) // the keys, and one account at a provider
	return b
}

// tables writes the part of docs/deploy.md that is computed.
func tables(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("| price | USD | AWS's pricing page | found in |\n|---|---|---|---|\n")
	for _, p := range prices() {
		per := ""
		if p.per > 1 {
			per = " per " + thousands(whole(int(p.per)))
		}
		fmt.Fprintf(&out, "| %s | %s%s | %s | %s |\n", p.what, p.usd, per, p.page, p.seen)
	}
	out.WriteString("\n| used, and USD | a month, idle | 1,000 cases that stay silent | 1,000 cases that pay |\n|---|---|---|---|\n")
	bills := []bill{idle(t), ofCases(t, silent(t)), ofCases(t, paying(t))}
	sums := []*big.Rat{new(big.Rat), new(big.Rat), new(big.Rat)}
	for _, p := range prices() {
		if p == metricMonths {
			continue
		}
		fmt.Fprintf(&out, "| %s |", p.what)
		for i, b := range bills {
			n := b[p.what]
			if n == nil || n.Sign() == 0 {
				out.WriteString(" |")
				continue
			}
			sums[i].Add(sums[i], p.of(n))
			fmt.Fprintf(&out, " %s: %s |", thousands(n), p.of(n).FloatString(2))
		}
		out.WriteString("\n")
	}
	fmt.Fprintf(&out, "| **sum** | **%s** | **%s** | **%s** |\n", sums[0].FloatString(2), sums[1].FloatString(2), sums[2].FloatString(2))
	metrics := whole(metricsOfARoute*(len(contract.Routes())+2) + metricsOfTasks)
	fmt.Fprintf(&out, "\nCustom metrics come on top, by the hours in which a route is called: at most %s of them, USD %s a month.\n",
		thousands(metrics), metricMonths.of(metrics).FloatString(2))
	return out.String()
}

// Custom metrics: four of each route, of what is no route, and of all; and the counters of tasks.
const (
	metricsOfARoute = 4
	metricsOfTasks  = 2
)

// thousands writes a number of units, with three decimals when it is not whole.
func thousands(n *big.Rat) string {
	text, rest := n.FloatString(0), ""
	if !n.IsInt() {
		text, rest, _ = strings.Cut(n.FloatString(3), ".")
		rest = "." + rest
	}
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text + rest
}

const (
	opening = "<!-- computed by test/costs; go test ./test/costs -update writes it -->\n"
	closing = "<!-- end of what is computed -->\n"
)

func TestTheCostTablesAreAsComputed(t *testing.T) {
	name := filepath.Join("..", "..", "docs", "deploy.md")
	doc, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(doc), opening)
	written, after, also := strings.Cut(rest, closing)
	if !ok || !also {
		t.Fatal("docs/deploy.md has no place for the cost tables")
	}
	computed := tables(t)
	if written == computed {
		return
	}
	if !*update {
		t.Fatalf("the cost tables of docs/deploy.md are not as computed; go test ./test/costs -update writes:\n%s", computed)
	}
	if err := os.WriteFile(name, []byte(before+opening+computed+closing+after), 0o600); err != nil {
		t.Fatal(err)
	}
}
