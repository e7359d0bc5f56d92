package main

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/decision"
	"github.com/regua/regua/shared/proposal"
)

// decisionFlags ends the usage of every decision.
const decisionFlags = " -operator NAME -reason TEXT"

// whoDecides ends the help of every decision.
const whoDecides = "\nThe decision is an event of the case, whose actor is the operator and whose reason is the one given; a reason\n" +
	"holds no personal data. Above the creditor's policy.decisions.secondAboveCentavos it is proposed only, and another operator\n" +
	"says -confirm or -refuse instead of an outcome."

// operatorForm is a login name: lower case, so that nobody is two operators by capitals, and never an e-mail address.
var operatorForm = regexp.MustCompile(`^[a-z][a-z0-9._-]{1,39}$`)

// deciding is what the flags of a decision say.
type deciding struct {
	operator, reason string
	confirm, refuse  bool
}

func (x *deciding) addTo(f *flag.FlagSet) {
	f.StringVar(&x.operator, "operator", "", "`NAME` of who decides: 2 to 40 lower-case letters, digits, dots, hyphens and underscores")
	f.StringVar(&x.reason, "reason", "", "`TEXT` that says why, without personal data")
}

func (x *deciding) addAnswers(f *flag.FlagSet) {
	f.BoolVar(&x.confirm, "confirm", false, "carry out what another operator proposed")
	f.BoolVar(&x.refuse, "refuse", false, "drop what another operator proposed")
}

// check demands a named operator and a reason that may be kept.
func (x *deciding) check() error {
	if !operatorForm.MatchString(x.operator) {
		return &exitError{exitUsage, "-operator: who decides, as 2 to 40 lower-case letters, digits, dots, hyphens and underscores"}
	}
	if x.reason == "" {
		return &exitError{exitUsage, "-reason: say why"}
	}
	if err := decision.CheckReason(x.reason); err != nil {
		return &exitError{exitUsage, "-reason: " + err.Error()}
	}
	return nil
}

// choice is what the flags say of a matter: one of the outcomes that are set, or an answer; exactly one of them.
func (x *deciding) choice(outcomes map[collection.Choice]bool) (collection.Choice, error) {
	var said []collection.Choice
	for choice, set := range outcomes {
		if set {
			said = append(said, choice)
		}
	}
	if x.confirm {
		said = append(said, collection.ChoiceConfirm)
	}
	if x.refuse {
		said = append(said, collection.ChoiceRefuse)
	}
	if len(said) != 1 {
		return "", &exitError{exitUsage, "say one outcome, or -confirm or -refuse what another operator proposed"}
	}
	return said[0], nil
}

// by is the operator as a principal.
func (x *deciding) by(k desk) collection.Principal {
	return collection.Principal{Kind: collection.KindStaff, ID: x.operator, Creditor: k.creditor.ID}
}

func (x *deciding) meta(k desk) collection.Meta {
	return collection.Meta{At: k.now, By: x.by(k), Reason: x.reason}
}

// caseFlag names a case.
type caseFlag struct {
	text string
	id   collection.CaseID
}

func (x *caseFlag) addTo(f *flag.FlagSet) { f.StringVar(&x.text, "case", "", "`ID` of the case") }

func (x *caseFlag) check() (err error) {
	if x.id, err = collection.ParseID[collection.CaseNoun](x.text); err != nil {
		return &exitError{exitUsage, "-case: not an id"}
	}
	return nil
}

func (x *caseFlag) caseID() collection.CaseID { return x.id }

// caseNamed are the flags that name a case, or something of it.
type caseNamed interface {
	addTo(f *flag.FlagSet)
	check() error
	caseID() collection.CaseID
}

// openCase opens the case that a command is to show; reveal says that personal data is to be shown too.
func (t *tool) openCase(
	ctx context.Context, c command, args []string, at caseNamed,
) (k desk, d *collection.Dossier, reveal bool, err error) {
	if k, err = t.open(ctx, c, args, at.check, at.addTo, revealFlag(&reveal)); err != nil {
		return k, nil, false, err
	}
	if d, err = k.store.Load(ctx, k.creditor.ID, at.caseID()); err != nil {
		return k, nil, false, fmt.Errorf("load case: %w", err)
	}
	return k, d, reveal, nil
}

// all makes the checks in turn until one refuses.
func all(checks ...func() error) func() error {
	return func() error {
		for _, check := range checks {
			if err := check(); err != nil {
				return err
			}
		}
		return nil
	}
}

// none checks nothing.
func none() error { return nil }

// next is what to type next about the same creditor.
func (k desk) next(format string, args ...any) string {
	line := "go run ./infra/ops " + fmt.Sprintf(format, args...)
	return strings.Replace(line, " -creditor", k.to.again()+" -creditor "+string(k.creditor.ID), 1)
}

func (k desk) agreements() *agreement.Desk {
	return &agreement.Desk{Cases: k.parts.Cases(k.store), Creditors: k.store}
}

func (k desk) proposals() *proposal.Desk {
	return &proposal.Desk{Cases: k.parts.Cases(k.store), Creditors: k.store}
}

// said prints how far a decision has come, and what to do next.
func (t *tool) said(k desk, came collection.Decision, done, confirm string) {
	switch came {
	case collection.DecisionTaken:
		fmt.Fprintln(t.out, "done: "+done)
	case collection.DecisionProposed:
		fmt.Fprintf(t.out, "proposed: this is about more than %s, so another operator has to confirm or refuse it\n  next: %s\n",
			k.creditor.Policy.Decisions.SecondAbove, confirm)
	case collection.DecisionRefused:
		fmt.Fprintln(t.out, "refused: what was proposed is dropped, and nothing was carried out")
	}
}

// age says how long ago something was: in days and hours, or in hours and minutes.
func age(since, now time.Time) string {
	d := max(0, now.Sub(since))
	if days := int(d / (24 * time.Hour)); days > 0 {
		return fmt.Sprintf("%dd %dh", days, int(d.Hours())%24)
	}
	return fmt.Sprintf("%dh %dm", int(d.Hours()), int(d.Minutes())%60)
}

// printProposed tells of a decision that waits for a second operator.
func (t *tool) printProposed(k desk, p collection.ProposedDecision, reason, confirm string) {
	fmt.Fprintf(t.out, "  proposed: %s %s by %s, %s ago: %q\n  next, by another operator: %s\n", strings.ReplaceAll(string(p.Kind), "_", "-"),
		p.Outcome, p.By, age(p.At, k.now), reason, confirm)
}
