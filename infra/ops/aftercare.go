package main

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/regua/regua/shared/agreement"
	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/dynamo"
	"github.com/regua/regua/shared/form"
)

// aftercareCommands are those about what participants paid for and did not get back.
func aftercareCommands() []command {
	return []command{
		{
			"aftercare list", "aftercare list -creditor ID",
			"Lists what the creditor's system refused to bring back, or did not answer in time, after the participant had paid: when that was,\n" +
				"case, agreement, what was asked, the outcome and the creditor's own code. It reads the whole table.",
			(*tool).listAftercare,
		},
		{
			"aftercare show", "aftercare show -creditor ID -case ID -agreement ID",
			"Tells what was asked for an agreement, what came of it, who did what, and what can be done.",
			(*tool).showAftercare,
		},
		{
			"aftercare repeat", "aftercare repeat -creditor ID -case ID -agreement ID -by NAME -reason TEXT",
			"Has the creditor's system asked anew for what it refused or did not answer, with all the days that the deal gives it. Name and\n" +
				"reason stand in the case's events: no personal data of the participant.",
			(*tool).repeatAftercare,
		},
		{
			"aftercare close", "aftercare close -creditor ID -case ID -agreement ID -as confirmed|closed -by NAME -reason TEXT",
			"Settles what the creditor's system refused or did not answer: confirmed when the service or plan is back after all, closed when\n" +
				"it was settled otherwise. Name and reason stand in the case's events: no personal data of the participant.",
			(*tool).closeAftercare,
		},
	}
}

var staffForm = form.New(`^[a-z][a-z0-9._-]{1,39}$`)

// maxReason is the longest reason, in bytes, that an operator gives.
const maxReason = 500

// failed is an agreement whose aftercare failed.
type failed struct {
	caseID collection.CaseID
	collection.Agreement
}

func (t *tool) listAftercare(ctx context.Context, c command, args []string) error {
	parts, creditor, err := t.ofCreditor(ctx, c, args)
	if err != nil {
		return err
	}
	found, err := failedAftercare(ctx, parts, creditor.ID)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, f := range found {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", f.Care.AnsweredAt.UTC().Format(time.RFC3339), f.caseID, f.ID, f.Aftercare, f.Care.Outcome,
			orNone(f.Care.Reason))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	fmt.Fprintf(t.out, "%d paid agreements wait for a service or plan that was not brought back\n", len(found))
	return nil
}

// failedAftercare finds the agreements of a creditor whose aftercare failed, the oldest failure first, by reading the whole table.
func failedAftercare(ctx context.Context, parts app.Parts, creditor collection.CreditorID) ([]failed, error) {
	prefix, store := string(creditor)+"#CASE#", parts.Store()
	// The outcome stands inside the document: what the filter lets through is read as cases are.
	filter := fmt.Sprintf("begins_with(%s, :p) AND begins_with(%s, :a) AND (contains(doc, :r) OR contains(doc, :u))",
		contract.KeyPartition, contract.KeySort)
	seen := map[string]bool{}
	var found []failed
	err := scan(ctx, parts, filter, map[string]string{
		":p": prefix, ":a": "S#AGREEMENT#", ":r": string(collection.AftercareRefused), ":u": string(collection.AftercareUnanswered),
	}, func(partition string) error {
		if seen[partition] {
			return nil
		}
		seen[partition] = true
		id, err := collection.ParseID[collection.CaseNoun](strings.TrimPrefix(partition, prefix))
		if err != nil {
			return err
		}
		d, err := store.Load(ctx, creditor, id)
		if err != nil {
			return fmt.Errorf("load case: %w", err)
		}
		for _, a := range d.Agreements {
			if a.AftercareFailed() {
				found = append(found, failed{id, a})
			}
		}
		return nil
	})
	slices.SortFunc(found, func(a, b failed) int { return a.Care.AnsweredAt.Compare(b.Care.AnsweredAt) })
	return found, err
}

// careOf are the flags that name one agreement, and what is decided about it.
type careOf struct{ caseText, agreementText, by, reason, as string }

func (o *careOf) name(f *flag.FlagSet) {
	f.StringVar(&o.caseText, "case", "", "`ID` of the case")
	f.StringVar(&o.agreementText, "agreement", "", "`ID` of the agreement")
}

func (o *careOf) decide(f *flag.FlagSet) {
	o.name(f)
	f.StringVar(&o.by, "by", "", "`NAME` of who decides: small letters, digits, points, hyphens and underscores")
	f.StringVar(&o.reason, "reason", "", "`TEXT` that says why")
}

func (o *careOf) ids(c command) (id collection.CaseID, deal collection.AgreementID, err error) {
	id, err = collection.ParseID[collection.CaseNoun](o.caseText)
	if err == nil {
		deal, err = collection.ParseID[collection.AgreementNoun](o.agreementText)
	}
	if err != nil {
		err = &exitError{exitUsage, "usage: ops " + c.usage}
	}
	return id, deal, err
}

func (t *tool) showAftercare(ctx context.Context, c command, args []string) error {
	var of careOf
	parts, creditor, err := t.ofCreditor(ctx, c, args, of.name)
	if err != nil {
		return err
	}
	id, deal, err := of.ids(c)
	if err != nil {
		return err
	}
	d, err := parts.Store().Load(ctx, creditor.ID, id)
	if err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	a, ok := d.Agreement(deal)
	if !ok || a.AftercareAt.IsZero() {
		return fmt.Errorf("%w: nothing was asked for agreement %s", collection.ErrNotFound, deal)
	}
	fmt.Fprintf(t.out, "agreement %s, contract %s, %s, %s paid of %s\n", a.ID, a.ContractNumber, a.Status, a.Paid(), a.Total)
	fmt.Fprintf(t.out, "%s asked for at %s, %d times since, answer due by %s\n", a.Aftercare, a.AftercareAt.UTC().Format(time.RFC3339),
		a.Care.Attempts, a.Care.Until.UTC().Format(time.RFC3339))
	err = parts.Store().Events(ctx, creditor.ID, id, func(e dynamo.StoredEvent) error {
		r, err := e.Decode()
		if err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
		if said, ok := aftercareStory(r.Event, deal); ok {
			fmt.Fprintf(t.out, "  %s  %s  %s%s\n", r.At.UTC().Format(time.RFC3339), r.By.Actor(), said, because(r.Reason))
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case a.AftercareFailed():
		fmt.Fprintln(t.out, "for people: ops aftercare repeat, or ops aftercare close")
	case a.Care.Outcome == "":
		fmt.Fprintln(t.out, "open: the creditor's system is asked again by itself")
	default:
		fmt.Fprintf(t.out, "%s: nothing is left to do\n", a.Care.Outcome)
	}
	return nil
}

// aftercareStory tells an event of an agreement's aftercare; false for all others.
func aftercareStory(event collection.Event, deal collection.AgreementID) (string, bool) {
	asked := func(of collection.AgreementID, attempt, repeat int) (string, bool) {
		return fmt.Sprintf("asked: attempt %d, repeat %d", attempt, repeat), of == deal
	}
	switch e := event.(type) {
	case collection.ServiceRestoreRequested:
		return asked(e.Agreement, e.Attempt, e.Repeat)
	case collection.PlanReactivationRequested:
		return asked(e.Agreement, e.Attempt, e.Repeat)
	case collection.AftercareAnswered:
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Outcome, e.Reason, e.Benefit.Kind)), e.Agreement == deal
	}
	return "", false
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprintf(": %q", reason)
}

func (t *tool) repeatAftercare(ctx context.Context, c command, args []string) error {
	return t.settleAftercare(ctx, c, args, func(f *flag.FlagSet, of *careOf) { of.decide(f) },
		func(desk *agreement.Desk, meta collection.Meta, id collection.CaseID, deal collection.AgreementID, _ string) error {
			return desk.RepeatAftercare(ctx, meta, id, deal)
		}, "the creditor's system is asked anew")
}

func (t *tool) closeAftercare(ctx context.Context, c command, args []string) error {
	return t.settleAftercare(ctx, c, args, func(f *flag.FlagSet, of *careOf) {
		of.decide(f)
		f.StringVar(&of.as, "as", "", "`OUTCOME`: confirmed or closed")
	}, func(desk *agreement.Desk, meta collection.Meta, id collection.CaseID, deal collection.AgreementID, as string) error {
		return desk.CloseAftercare(ctx, meta, id, deal, collection.AftercareOutcome(as))
	}, "settled")
}

// settleAftercare reads who decides about which agreement and why, and does it.
func (t *tool) settleAftercare(
	ctx context.Context, c command, args []string, flags func(*flag.FlagSet, *careOf),
	do func(*agreement.Desk, collection.Meta, collection.CaseID, collection.AgreementID, string) error, done string,
) error {
	var of careOf
	parts, creditor, err := t.ofCreditor(ctx, c, args, func(f *flag.FlagSet) { flags(f, &of) })
	if err != nil {
		return err
	}
	id, deal, err := of.ids(c)
	if err != nil {
		return err
	}
	if !staffForm.MatchString(of.by) || strings.TrimSpace(of.reason) == "" || len(of.reason) > maxReason {
		return &exitError{exitUsage, "say who decides (-by) and why (-reason, at most 500 bytes): ops " + c.usage}
	}
	store := parts.Store()
	desk := &agreement.Desk{Cases: parts.Cases(store), Creditors: store}
	meta := collection.Meta{
		At: parts.Now(), By: collection.Principal{Kind: collection.KindStaff, ID: of.by, Creditor: creditor.ID}, Reason: of.reason,
		CorrelationID: "ops",
	}
	if err := do(desk, meta, id, deal, of.as); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "agreement %s: %s\n", deal, done)
	return nil
}
