package reminder

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/compliance"
	"github.com/regua/regua/shared/message"
)

// plan asks the law about an occasion that is due, stores what it says and, when it allows, queues the contact.
func (r *run) plan(ctx context.Context, o occasion) error {
	if !message.IsReminder(o.rung.Template) {
		return r.pass([]skip{{o.key, SkipTemplate}})
	}
	if !slices.ContainsFunc(o.rung.Channels, r.Carried) {
		return r.pass([]skip{{o.key, SkipCarrier}})
	}
	days, _, err := r.Caps.Cap(ctx, r.dossier.Case.PersonKey)
	if err != nil {
		return fmt.Errorf("load contact cap: %w", err)
	}
	plan, err := r.choose(o, days)
	if err != nil {
		return err
	}
	if plan.Verdict.Outcome != compliance.Allow {
		withheld := collection.ContactWithheld{
			Purpose: plan.Purpose, Channel: plan.Channel, Generation: plan.Generation, Rung: plan.Rung, Verdict: plan.Verdict, Passed: plan.Passed,
		}
		if err := r.record(o.why(), withheld); err != nil {
			return err
		}
		return r.commit(ctx)
	}
	if plan.Contact, err = collection.Mint[collection.ContactNoun](r.now, r.Chance); err != nil {
		return err
	}
	if err := r.record(o.why(), plan); err != nil {
		return err
	}
	if err := r.commit(ctx); err != nil {
		return err
	}
	r.planned = plan.Contact
	contact, _ := r.dossier.Contact(plan.Contact)
	return r.queue(ctx, *contact)
}

// why names the rung and its day, so that a record that comes late says so by itself.
func (o occasion) why() string { return fmt.Sprintf("rung %s, due on %s", o.key, o.day) }

// choose takes the first channel of a rung that the law does not refuse. One that has to wait is not given up for the next: the law defers
// for the hour and for the person's cap, which are alike for all. When each is refused, the verdict is that of the preferred one
// of those by which messages leave at all, of which there is one.
func (r *run) choose(o occasion, days []calendar.Date) (collection.ContactPlan, error) {
	var passed []collection.ChannelPassed
	var preferred collection.ContactPlan
	for _, channel := range o.rung.Channels {
		if !r.Carried(channel) {
			passed = append(passed, collection.ChannelPassed{Channel: channel, Reason: SkipCarrier})
			continue
		}
		plan := collection.ContactPlan{
			Purpose: o.rung.Purpose(), Channel: channel, Template: o.rung.Template, Generation: r.generation(), Rung: o.key,
		}
		verdict, err := ask(r.creditor, r.dossier, plan, days, r.now, false)
		if err != nil {
			return plan, err
		}
		plan.Verdict, plan.Passed = verdict, passed
		if verdict.Outcome == compliance.Allow || verdict.Outcome == compliance.Defer {
			return plan, nil
		}
		if preferred.Channel == "" {
			preferred = plan
		}
		passed = append(passed, collection.ChannelPassed{Channel: channel, Reason: strings.Join(verdict.Rules, ", ")})
	}
	preferred.Passed = passed
	return preferred, nil
}
