package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/cloud"
	"github.com/regua/regua/infra/local/demo"
	"github.com/regua/regua/infra/local/parties"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/shared/app/importer"
	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/portfolio"
)

// demoBucket remembers the day for which the sample portfolio was made, so that a restart finds the same debts.
const (
	demoBucket = "demo"
	demoDay    = "day"
)

// world is whose debts are collected: creditors, portfolios, and who to log in as.
type world struct {
	creditors    [][]byte
	files        []string
	sample       []byte
	participants []demo.Participant
}

// openWorld reads the creditors beside the portfolios, or makes the sample.
func openWorld(o options, portal string, state *store.Store, clk *clock.Clock) (world, error) {
	if len(o.portfolios) == 0 {
		return sampleWorld(o, portal, state, clk)
	}
	w := world{files: o.portfolios}
	var seen []string
	for _, file := range o.portfolios {
		found, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.json"))
		if err != nil || len(found) == 0 {
			return w, fmt.Errorf("portfolio %s: no creditor files (*.json) stand beside it", file)
		}
		for _, name := range found {
			if slices.Contains(seen, name) {
				continue
			}
			seen = append(seen, name)
			doc, err := os.ReadFile(name) // #nosec G304 -- the operator names the directory
			if err != nil {
				return w, fmt.Errorf("read creditor file: %w", err)
			}
			w.creditors = append(w.creditors, doc)
		}
	}
	return w, nil
}

func sampleWorld(o options, portal string, state *store.Store, clk *clock.Clock) (world, error) {
	creditors, err := demo.CreditorFiles()
	if err == nil {
		creditors, err = demo.Listening(creditors, portal+parties.SystemsPath)
	}
	if err != nil {
		return world{}, err
	}
	day := offer.Today(clk.Now())
	known := false
	err = state.Each(demoBucket, func(_ string, value []byte) (err error) {
		known = true
		day, err = calendar.ParseDate(string(value))
		return err
	})
	if err != nil {
		return world{}, fmt.Errorf("read the sample's day: %w", err)
	}
	if !known {
		if err := state.Write(store.Op{Bucket: demoBucket, Key: demoDay, Value: []byte(day.String())}); err != nil {
			return world{}, fmt.Errorf("keep the sample's day: %w", err)
		}
	}
	csv, participants, err := demo.Portfolio(o.seed, day, o.debts)
	if err != nil {
		return world{}, fmt.Errorf("make sample portfolio: %w", err)
	}
	return world{creditors: creditors, sample: csv, participants: participants}, nil
}

// importInto takes the portfolios in. What is there already is left as it is.
func (w world) importInto(ctx context.Context, c *cloud.Cloud, out io.Writer) error {
	im, err := importer.New(ctx, c.Parts)
	if err != nil {
		return err
	}
	im.Progress = func(lines int) { fmt.Fprintf(out, "  %d debts read\n", lines) }
	if w.sample != nil {
		fmt.Fprintln(out, "Importing the sample portfolio")
		return report(ctx, im, "sample", bytes.NewReader(w.sample), out)
	}
	for _, name := range w.files {
		file, err := os.Open(name) // #nosec G304 -- the operator names the file
		if err != nil {
			return fmt.Errorf("open portfolio: %w", err)
		}
		fmt.Fprintln(out, "Importing", name)
		err = report(ctx, im, name, file, out)
		_ = file.Close() // read only
		if err != nil {
			return err
		}
	}
	return nil
}

func report(ctx context.Context, im *portfolio.Importer, name string, file io.Reader, out io.Writer) error {
	r, err := im.Import(ctx, file)
	if err != nil {
		return fmt.Errorf("import %s: %w", name, err)
	}
	fmt.Fprintf(out, "  %d lines: %d cases opened, %d debts placed, %d revised, %d unchanged, %d rejected\n",
		r.Lines, r.Opened, r.Placed, r.Revised, r.Unchanged, len(r.Rejected))
	for _, rejected := range r.Rejected {
		fmt.Fprintf(out, "  line %d: %s\n", rejected.Line, rejected.Reason)
	}
	return nil
}

func welcome(out io.Writer, portal string, o options, participants []demo.Participant, now time.Time, took time.Duration) {
	fmt.Fprintf(out, "\nRegua is ready (%.1f s). Clock: %s\n\n", took.Seconds(), now.Format(time.RFC3339))
	if o.web == "" {
		fmt.Fprintln(out, "  portal      not built: start with make run, or -web web/dist")
	} else {
		fmt.Fprintf(out, "  portal      %s/\n", portal)
	}
	fmt.Fprintf(out, "  local page  %s/_local/   (inbox, sandbox bank, time machine, state machines)\n", portal)
	fmt.Fprintf(out, "  API         %s/docs\n", portal)
	if o.aws != "" {
		fmt.Fprintf(out, "  AWS         http://%s\n", o.aws)
	}
	if len(participants) > 0 {
		fmt.Fprintln(out, "\nLog in as:")
		for _, p := range participants {
			fmt.Fprintf(out, "  %s/?c=%-13s CPF %s   contract %s   %s\n", portal, p.Creditor, p.Document, p.Contract, p.Name)
		}
		fmt.Fprintln(out, "The code arrives in the inbox of the local page.")
	}
}
