// Command ops is the operator's command line: it acts on a deployment with the operator's own rights, by the code that the functions run.
//
//	go run ./infra/ops help
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/regua/regua/shared/app"
)

// Exit codes.
const (
	exitFailed   = 1 // the command could not do its work, or a chain is broken
	exitRejected = 2 // an import rejected rows
	exitUsage    = 64
)

// tool is a command line under way.
type tool struct {
	in       io.Reader
	out, err io.Writer
	connect  func(ctx context.Context, t target) (app.Parts, error)
}

// command is one thing that the operator may ask for.
type command struct {
	name, usage, help string
	run               func(t *tool, ctx context.Context, c command, args []string) error
}

func commands() []command {
	return append([]command{
		{
			"import", "import [-creditor FILE.json]… FILE.csv",
			"Takes in a portfolio of overdue debts, and creditor files before it. FILE.csv may be - for standard input.\n" +
				"Rows that break a rule are listed with their line and the rule, and the rest is taken in; exit code 2 says\n" +
				"that there were some. The same file may be sent again.",
			(*tool).importFile,
		},
		{
			"case show", "case show -creditor ID (-case ID | -document NUMBER) [-reveal]",
			"Prints a case and its timeline from its events. -document - reads the number from standard input, which keeps\n" +
				"it out of the shell's history.\n" +
				"Personal data is opened with -reveal only, which calls KMS and so leaves a trace in the account's audit log.",
			(*tool).showCase,
		},
		{
			"verify-chain", "verify-chain -creditor ID (-case ID | -all)",
			"Checks that no event of a case was altered, dropped, added or moved, and names the first that was. -all reads the whole table.\n" +
				"Exit code 1 says that a chain is broken.",
			(*tool).verifyChains,
		},
		{
			"contract export", "contract export -creditor ID -case ID -number NUMBER FOLDER",
			"Takes a signed contract's papers out: contract.pdf, evidence.json and public-key.pem. They hold personal data; files that\n" +
				"are there already are left alone. It calls KMS and so leaves a trace in the account's audit log.",
			(*tool).exportContract,
		},
		{
			"verify-contract", "verify-contract -pdf FILE -evidence FILE -key FILE",
			"Checks, offline and with these three files alone, that the evidence was signed by the key and is of this document, and says\n" +
				"who signed what, when and from where. Exit code 1 says that it is not proven.",
			(*tool).verifyContract,
		},
		{
			"doctor", "doctor [-creditor ID]…",
			"Looks whether a deployment is as this release wants it, and says what to do about each finding.\n" +
				"It changes nothing and prints no secret. Exit code 1 says that something is wrong.",
			(*tool).examine,
		},
		{
			"account put", "account put -creditor ID [-at PROVIDER:ACCOUNT] < FILE.json",
			"Makes the secret of a creditor's account at its payment provider, or replaces it. Provider and account are those of the\n" +
				"creditor's stored file. Standard input is {\"signingSecrets\": [\"…\"], \"apiToken\": \"…\"}, with two signing secrets\n" +
				"while one is being replaced, or {\"pix\": {…}} of an API Pix, as docs/payments.md lists it. A data key for the account's\n" +
				"notices is made with it. No secret is printed.",
			(*tool).putAccount,
		},
		{
			"account webhook", "account webhook -creditor ID [-at PROVIDER:ACCOUNT] -address https://DOMAIN",
			"Registers, at the provider of a creditor's account, the address to which it delivers its notices: that of the mutual-TLS domain\n" +
				"given and of the account. Only the API Pix can be asked for it (provider pix). Doing it again replaces the address. The\n" +
				"provider may first call it without a certificate, to see that it is refused.",
			(*tool).registerWebhook,
		},
		{
			"creditor secret put", "creditor secret put -creditor ID < FILE.json",
			"Puts what a creditor's own system and this deployment sign to each other with. Standard input is\n" +
				"{\"webhookSecrets\": [\"whsec_…\"], \"callbackSecrets\": [\"whsec_…\"]}: the first sign the webhooks that go out, the second\n" +
				"the answers that come in. Each has two, the newer first, while one is being replaced. No secret is printed.",
			(*tool).putSigning,
		},
	}, slices.Concat(moneyCommands(), aftercareCommands(), reviewCommands(), orphanCommands(), disputeCommands(), refundCommands(),
		holdCommands(), rulerCommands(), contactCommands())...)
}

// moneyCommands are those about the books.
func moneyCommands() []command {
	return []command{
		{
			"verify-ledger", "verify-ledger -creditor ID (-case ID | -all)",
			"Holds the books of cases to their invariants: entries balance and are what the events posted, balances and components agree,\n" +
				"receipts are the cash, what left again and the excess. Then it prints the creditor's accounts, added up from the events.\n" +
				"-all reads the whole table. Exit code 1 says that books are broken.",
			(*tool).verifyLedger,
		},
		{
			"reconcile", "reconcile -creditor ID -day DATE [-stored]",
			"Compares what the creditor's providers say of a day with what is booked: books what is missing as a notice would, names every\n" +
				"difference to the centavo and stores the report. -stored shows the last report, such as that of the morning, and compares nothing.\n" +
				"Exit code 1 says that the day differed or was not compared.",
			(*tool).reconcile,
		},
		{
			"webhooks replay", "webhooks replay -creditor ID (-case ID | -from TIME [-to TIME])",
			"Sends stored events to the creditor's own system again, under their ids: those of a case, or of a time span, for which it reads\n" +
				"the whole table. Only events that the creditor's file asks for are sent.",
			(*tool).replayWebhooks,
		},
		{
			"webhooks test", "webhooks test -creditor ID",
			"Posts one signed trial event, of the type webhook.test, from this machine to the creditor's own system, and says whether it was\n" +
				"taken. It reads the creditor's secret.",
			(*tool).testWebhook,
		},
	}
}

// exitError ends the command with a code of its own.
type exitError struct {
	code int
	text string
}

// Error implements error.
func (e *exitError) Error() string { return e.text }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	t := &tool{in: os.Stdin, out: os.Stdout, err: os.Stderr, connect: connect}
	code := t.main(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// main runs a command line and returns its exit code.
func (t *tool) main(ctx context.Context, args []string) int {
	err := t.dispatch(ctx, args)
	if exit, ok := errors.AsType[*exitError](err); ok {
		fmt.Fprintln(t.err, "ops: "+exit.text)
		return exit.code
	}
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(t.err, "ops: "+err.Error())
		return exitFailed
	}
	return 0
}

func (t *tool) dispatch(ctx context.Context, args []string) error {
	line := strings.Join(args, " ")
	for _, c := range commands() {
		if line == c.name || strings.HasPrefix(line, c.name+" ") {
			return c.run(t, ctx, c, args[len(strings.Fields(c.name)):])
		}
	}
	if len(args) > 0 && t.group(args[0]) {
		if len(args) == 2 && slices.Contains([]string{"-help", "-h", "--help"}, args[1]) {
			return nil
		}
		return &exitError{exitUsage, "say which"}
	}
	if len(args) > 0 && (args[0] == "help" || args[0] == "-help" || args[0] == "-h" || args[0] == "--help") {
		t.list(t.out)
		return nil
	}
	t.list(t.err)
	return &exitError{exitUsage, "no such command"}
}

// group lists the commands that begin with a word, and reports whether there are any.
func (t *tool) group(word string) (found bool) {
	for _, c := range commands() {
		if strings.HasPrefix(c.name, word+" ") {
			found = true
			fmt.Fprintf(t.err, "  ops %s\n", c.usage)
		}
	}
	return found
}

func (t *tool) list(to io.Writer) {
	fmt.Fprintf(to, "Commands (COMMAND -help tells more):\n\n")
	for _, c := range commands() {
		fmt.Fprintf(to, "  ops %s\n", c.usage)
	}
}

// target says which deployment to act on.
type target struct{ endpoint, stage, account string }

// again is the flags that say so, to be typed again.
func (t target) again() string {
	line := ""
	for _, f := range [][2]string{{"endpoint", t.endpoint}, {"stage", t.stage}, {"account", t.account}} {
		if f[1] != "" {
			line += " -" + f[0] + " " + f[1]
		}
	}
	return line
}

// flags makes a command's flags, with those that every command has.
func (t *tool) flags(c command) (*flag.FlagSet, *target) {
	to := &target{}
	f := flag.NewFlagSet(c.name, flag.ContinueOnError)
	f.SetOutput(t.err)
	f.Usage = func() {
		fmt.Fprintf(t.err, "ops %s\n\n%s\n\n", c.usage, c.help)
		f.PrintDefaults()
	}
	f.StringVar(&to.endpoint, "endpoint", "", "`address` of the AWS protocols, as http://127.0.0.1:4566; empty is AWS itself")
	f.StringVar(&to.stage, "stage", "", "`name` of the deployment (REGUA_STAGE; local with -endpoint)")
	f.StringVar(&to.account, "account", "", "the 12 `digits` of the AWS account (REGUA_ACCOUNT; the local cloud's with -endpoint)")
	return f, to
}

// parse reads a command's flags and demands the given number of further arguments.
func parse(f *flag.FlagSet, c command, args []string, more int) error {
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	if err != nil {
		return &exitError{exitUsage, err.Error()}
	}
	if f.NArg() != more {
		return &exitError{exitUsage, "usage: ops " + c.usage}
	}
	return nil
}
