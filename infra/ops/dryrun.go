package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/regua/regua/shared/app"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/message"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/reminder"
)

const (
	// dryDays and maxDryDays are the length of a dry run when none is asked for, and the longest.
	dryDays    = 30
	maxDryDays = 400
)

// rulerCommands are those about reminders.
func rulerCommands() []command {
	return []command{
		{
			"ruler-dry-run", "ruler-dry-run [-creditor ID] [-from DATE] [-days N] [-summary] [-svg FILE]",
			"Lets the reminder rulers of the live portfolio run ahead in memory, by the code that runs them in their time, and prints who would\n" +
				"get what and when, what would be held back and why, and the totals by channel and cost, with a chart. It takes for granted that\n" +
				"nobody pays or answers. Without -creditor it is about all creditors. It reads the whole table and never writes.",
			(*tool).dryRun,
		},
		{
			"contacts unknown", "contacts unknown -creditor ID",
			"Lists the contacts of which nobody knows whether they left: the sender died between claiming one and hearing of it.\n" +
				"None is sent again by itself. It reads the whole table.",
			(*tool).listUnknown,
		},
	}
}

func (t *tool) dryRun(ctx context.Context, c command, args []string) error {
	f, to := t.flags(c)
	id := f.String("creditor", "", "`ID` of the creditor; all when left out")
	from := f.String("from", "", "first `DATE` to tell of; today when left out")
	days := f.Int("days", dryDays, "how many `days` to tell of, up to 400")
	summary := f.Bool("summary", false, "totals alone")
	svg := f.String("svg", "", "`FILE` to draw the chart into")
	if err := parse(f, c, args, 0); err != nil {
		return err
	}
	if *days < 1 || *days > maxDryDays {
		return &exitError{exitUsage, "usage: ops " + c.usage}
	}
	parts, err := t.connect(ctx, *to)
	if err != nil {
		return err
	}
	first, err := firstDay(*from, parts.Now())
	if err != nil {
		return &exitError{exitUsage, "-from: " + err.Error()}
	}
	creditors, err := creditorsOf(ctx, parts, *id)
	if err != nil {
		return err
	}
	told, err := foresee(ctx, parts, creditors, first.AddDate(0, 0, *days))
	if err != nil {
		return err
	}
	p := preview{from: first, days: *days, prices: map[collection.CreditorID]collection.Prices{}}
	for _, x := range creditors {
		p.prices[x.ID] = x.Ruler.Prices
	}
	for _, o := range told {
		if !o.At.Before(first) {
			p.told = append(p.told, o)
		}
	}
	if *svg != "" {
		if err := os.WriteFile(*svg, p.svg(), 0o600); err != nil {
			return fmt.Errorf("draw chart: %w", err)
		}
	}
	return p.print(t, !*summary)
}

// firstDay is the beginning of a day in Brasília, and of none the instant given.
func firstDay(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	at, err := time.ParseInLocation(time.DateOnly, text, time.FixedZone("", -3*60*60))
	if err != nil {
		return at, errors.New("must be a date as 2026-11-23")
	}
	if at.Before(now) && offer.Today(at) != offer.Today(now) {
		return at, errors.New("must not be past")
	}
	return at, nil
}

// creditorsOf is the creditor of an id, or all, found by reading the whole table.
func creditorsOf(ctx context.Context, parts app.Parts, id string) (all []collection.Creditor, err error) {
	store := parts.Store()
	names := []string{id}
	if id == "" {
		names = nil
		const end = "#CREDITOR"
		filter := fmt.Sprintf("contains(%s, :e) AND %s = :s", contract.KeyPartition, contract.KeySort)
		err := scan(ctx, parts, filter, map[string]string{":e": end, ":s": "CREDITOR"}, func(partition string) error {
			names = append(names, strings.TrimSuffix(partition, end))
			return nil
		})
		if err != nil {
			return nil, err
		}
		slices.Sort(names)
	}
	for _, name := range names {
		creditor, err := collection.ParseCreditorID(name)
		if err != nil {
			return nil, &exitError{exitUsage, "-creditor: not an id"}
		}
		x, err := store.Creditor(ctx, creditor)
		if err != nil {
			return nil, fmt.Errorf("find creditor %s: %w", creditor, err)
		}
		all = append(all, x)
	}
	return all, nil
}

// foresee runs the rulers of all cases from now until an instant: what comes later hangs on what comes before it.
func foresee(ctx context.Context, parts app.Parts, creditors []collection.Creditor, until time.Time) ([]reminder.Outlook, error) {
	store := parts.Store()
	var loaded []*collection.Dossier
	for _, creditor := range creditors {
		ids, err := cases(ctx, parts, creditor.ID)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			d, err := store.Load(ctx, creditor.ID, id)
			if errors.Is(err, collection.ErrNotFound) { // only events are left of it
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("case %s: %w", id, err)
			}
			loaded = append(loaded, d)
		}
	}
	f := &reminder.Forecast{Creditors: store, Contacts: store, Caps: store, Carried: message.Reminds, Chance: parts.Chance}
	return f.Run(ctx, loaded, parts.Now(), until)
}

// preview is a dry run in the form in which it is shown.
type preview struct {
	from   time.Time
	days   int
	told   []reminder.Outlook
	prices map[collection.CreditorID]collection.Prices
}

func (p preview) print(t *tool, each bool) error {
	if each {
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		for _, o := range p.told {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", o.At.UTC().Format(time.RFC3339), o.Creditor, o.Case, orNone(o.Rung), o.Outcome,
				o.Channel, o.Template, o.Reason)
		}
		if err := table.Flush(); err != nil {
			return fmt.Errorf("print: %w", err)
		}
		fmt.Fprintln(t.out)
	}
	p.chart(t.out)
	p.totals(t)
	return nil
}

// totals prints messages and their cost by channel, and how often a rung is held back for which reason.
func (p preview) totals(t *tool) {
	sent, held := map[collection.Channel]int{}, map[string]int{}
	cost, unpriced := map[collection.Channel]*big.Rat{}, 0
	for _, o := range p.told {
		if o.Outcome != reminder.OutcomeSend {
			held[string(o.Outcome)+": "+o.Reason]++
			continue
		}
		sent[o.Channel]++
		price, known := p.prices[o.Creditor].Each[o.Channel]
		if !known {
			unpriced++
			continue
		}
		if cost[o.Channel] == nil {
			cost[o.Channel] = new(big.Rat)
		}
		cost[o.Channel].Add(cost[o.Channel], price.Rat())
	}
	fmt.Fprintln(t.out)
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, channel := range slices.Sorted(maps.Keys(sent)) {
		fmt.Fprintf(table, "%s\t%d messages\t%s\t\n", channel, sent[channel], reais(cost[channel]))
	}
	_ = table.Flush()
	for _, creditor := range slices.SortedFunc(maps.Keys(p.prices), cmp.Compare[collection.CreditorID]) {
		if on := p.prices[creditor].On; !on.IsZero() {
			fmt.Fprintf(t.out, "prices of %s as of %s\n", creditor, on)
		}
	}
	if unpriced > 0 {
		fmt.Fprintf(t.out, "%d messages have no price in their creditor's file\n", unpriced)
	}
	for _, reason := range slices.Sorted(maps.Keys(held)) {
		fmt.Fprintf(t.out, "%6d  %s\n", held[reason], reason)
	}
}

// reais rounds a sum to the centavo, half up.
func reais(sum *big.Rat) string {
	if sum == nil {
		return ""
	}
	centavos := new(big.Rat).Mul(sum, big.NewRat(100, 1))
	centavos.Add(centavos, big.NewRat(1, 2))
	return money.Centavos(new(big.Int).Quo(centavos.Num(), centavos.Denom()).Int64()).String()
}
