package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/deed"
	"github.com/regua/regua/shared/proposal"
)

// The files of an exported contract.
const (
	filePDF      = "contract.pdf"
	fileEvidence = "evidence.json"
	fileKey      = "public-key.pem"
)

func (t *tool) exportContract(ctx context.Context, c command, args []string) error {
	f, to := t.flags(c)
	var w which
	w.addTo(f)
	number := f.String("number", "", "`NUMBER` of the contract")
	if err := parse(f, c, args, 1); err != nil {
		return err
	}
	creditor, err := collection.ParseCreditorID(w.creditor)
	if err != nil || w.id == "" || *number == "" {
		return &exitError{exitUsage, "usage: ops " + c.usage}
	}
	parts, err := t.connect(ctx, *to)
	if err != nil {
		return err
	}
	store := parts.Store()
	id, err := t.find(ctx, parts, store, creditor, w)
	if err != nil {
		return err
	}
	d, err := store.Load(ctx, creditor, id)
	if err != nil {
		return fmt.Errorf("load case: %w", err)
	}
	desk := &proposal.Desk{Archive: store, Vault: parts.Vault()}
	papers, err := desk.Papers(ctx, store, d, *number)
	if errors.Is(err, collection.ErrNotFound) {
		return fmt.Errorf("case %s has no signed contract %q", id, *number)
	}
	if err != nil {
		return err
	}
	public, err := parts.Signer().PublicKey(ctx)
	if err != nil {
		return err
	}
	return t.writePapers(f.Arg(0), papers, public)
}

// writePapers writes the three files into a folder that holds none of them. They hold personal data: the owner alone may read them.
func (t *tool) writePapers(folder string, papers proposal.Papers, public []byte) error {
	evidence, err := json.MarshalIndent(papers.Evidence, "", "  ")
	if err != nil {
		return fmt.Errorf("encode evidence: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	for _, file := range []struct {
		name    string
		content []byte
	}{{filePDF, papers.PDF}, {fileEvidence, append(evidence, '\n')}, {fileKey, key}} {
		path := filepath.Join(folder, file.name)
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("write paper: %w", err)
		}
		_, err = out.Write(file.content)
		if closed := out.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("write paper: %w", err)
		}
		fmt.Fprintln(t.out, path)
	}
	return nil
}

// maxPaper is many times the longest contract of 50 debts in 72 instalments.
const maxPaper = 4 << 20

func (t *tool) verifyContract(_ context.Context, c command, args []string) error {
	f, _ := t.flags(c)
	names := map[string]*string{}
	for _, name := range []string{"pdf", "evidence", "key"} {
		names[name] = f.String(name, "", "the `FILE`")
	}
	if err := parse(f, c, args, 0); err != nil {
		return err
	}
	files := map[string][]byte{}
	for name, path := range names {
		if *path == "" {
			return &exitError{exitUsage, "usage: ops " + c.usage}
		}
		info, err := os.Stat(*path)
		if err == nil && info.Size() > maxPaper {
			return fmt.Errorf("%s has more than %d bytes", *path, maxPaper)
		}
		if files[name], err = os.ReadFile(*path); err != nil {
			return fmt.Errorf("read paper: %w", err)
		}
	}
	record, err := deed.Verify(files["pdf"], files["evidence"], files["key"])
	if err != nil {
		return fmt.Errorf("NOT proven: %w", err)
	}
	fmt.Fprintf(t.out, "Proven: contract %s, template %s, was signed on %s.\n", record.ContractNumber, record.Template,
		record.SignedAt.Format(time.RFC3339))
	fmt.Fprintf(t.out, "By %s, %s, after a one-time code by %s at %s (challenge %s), from %s, %q.\n", record.Name, record.Document,
		record.LoginChannel, record.LoginAt.Format(time.RFC3339), record.LoginID, record.IP, record.UserAgent)
	fmt.Fprintf(t.out, "Text %s\nDocument %s\nTerms %s\nOffer %s, policy %s of %s\nEvent before it %s\n", record.TextSHA256, record.PDFSHA256,
		record.TermsSHA256, record.OfferSHA256, record.PolicyVersion, record.QuotedAt.Format(time.RFC3339), record.PreviousHash)
	return nil
}
