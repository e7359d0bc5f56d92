package portfolio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/vault"
)

const (
	// chunkRows is how many lines are held at once to bring a participant's debts together.
	chunkRows = 2000
	// debtsPerCommit keeps a commit with its lookups far below the 100 actions of a transaction.
	debtsPerCommit = 25
	// maxContracts keeps a commit that changes the masks of all of a participant's contracts, and debtsPerCommit debts, below 100 actions.
	maxContracts = 60
)

// CaseFinder finds the case of a participant.
type CaseFinder interface {
	FindCase(ctx context.Context, creditor collection.CreditorID, documentHash string) (collection.CaseID, error)
}

// CaseKeeper loads and commits cases.
type CaseKeeper interface {
	Load(ctx context.Context, creditor collection.CreditorID, id collection.CaseID) (*collection.Dossier, error)
	Commit(ctx context.Context, d *collection.Dossier, with ...collection.Companion) error
}

// Creditors finds creditors.
type Creditors interface {
	Creditor(ctx context.Context, id collection.CreditorID) (collection.Creditor, error)
}

// Index makes the keyed hashes by which people and contracts are found.
type Index interface {
	Document(creditor collection.CreditorID, document string) string
	Contract(creditor collection.CreditorID, contract string) string
	Person(document string) string
}

// Importer takes files in.
type Importer struct {
	Finder    CaseFinder
	Cases     CaseKeeper
	Creditors Creditors
	Index     Index
	Vault     *vault.Vault
	Chance    io.Reader
	Now       func() time.Time
	// Progress, when set, is told the number of lines taken in so far.
	Progress func(lines int)
}

// Rejection is a line that was not taken in, and why. Reason never holds a value of the line.
type Rejection struct {
	Line   int
	Reason string
}

// Report says what a file brought.
type Report struct {
	Lines, Opened, Placed, Revised, Unchanged int
	Rejected                                  []Rejection
}

// Import takes in a whole file. A bad header, a line of more than 64 KiB or a fault of ours ends it with an error, and what was taken in
// before stays; a bad line is rejected and the rest goes on. Taking the same file in again changes nothing.
func (im *Importer) Import(ctx context.Context, file io.Reader) (Report, error) {
	r, err := open(ctx, file)
	if err != nil {
		return Report{}, err
	}
	var report Report
	for done := false; !done; {
		var rows []row
		if rows, done, err = r.chunk(&report); err != nil {
			return report, err
		}
		if err := im.takeIn(ctx, rows, &report); err != nil {
			return report, err
		}
		if im.Progress != nil {
			im.Progress(report.Lines)
		}
	}
	slices.SortFunc(report.Rejected, func(a, b Rejection) int { return a.Line - b.Line })
	return report, nil
}

func (r *Report) reject(line int, reason string) {
	r.Rejected = append(r.Rejected, Rejection{line, reason})
}

// takeIn brings the rows of each participant together, in the order of their first line.
func (im *Importer) takeIn(ctx context.Context, rows []row, report *Report) error {
	type who struct {
		creditor collection.CreditorID
		document string
	}
	groups := map[who][]row{}
	var order []who
	for _, r := range rows {
		key := who{r.creditor, r.person.Document}
		if _, seen := groups[key]; !seen {
			order = append(order, key)
		}
		groups[key] = append(groups[key], r)
	}
	for _, key := range order {
		agreeOnDeath(groups[key])
		agreeOnWhatsApp(groups[key])
		for part := range slices.Chunk(groups[key], debtsPerCommit) {
			if err := im.takeInOne(ctx, part, report); err != nil {
				return fmt.Errorf("line %d: %w", part[0].line, err)
			}
		}
	}
	return nil
}

// takeInOne commits the rows of one participant; lines that the domain refuses are rejected.
func (im *Importer) takeInOne(ctx context.Context, rows []row, report *Report) error {
	if _, err := im.Creditors.Creditor(ctx, rows[0].creditor); err != nil {
		if !errors.Is(err, collection.ErrNotFound) {
			return fmt.Errorf("load creditor: %w", err)
		}
		for _, r := range rows {
			report.reject(r.line, "creditor_id: no such creditor")
		}
		return nil
	}
	var outcome Report
	err := collection.Redo(func() (err error) {
		outcome, err = im.upsert(ctx, rows)
		return err
	})
	if errors.Is(err, collection.ErrConflict) {
		return im.takeInByContract(ctx, rows, report)
	}
	if err != nil {
		return err
	}
	report.add(outcome)
	return nil
}

// takeInByContract takes in what it can when rows of several contracts do not go together: one contract may be another participant's.
func (im *Importer) takeInByContract(ctx context.Context, rows []row, report *Report) error {
	same := func(a, b row) int { return strings.Compare(a.details.Contract, b.details.Contract) }
	slices.SortStableFunc(rows, same)
	if same(rows[0], rows[len(rows)-1]) == 0 {
		for _, r := range rows {
			report.reject(r.line, "contract_number: belongs to another participant, or the case kept changing")
		}
		return nil
	}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && same(rows[0], rows[n]) == 0 {
			n++
		}
		if err := im.takeInOne(ctx, rows[:n], report); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (r *Report) add(other Report) {
	r.Opened += other.Opened
	r.Placed += other.Placed
	r.Revised += other.Revised
	r.Unchanged += other.Unchanged
	r.Rejected = append(r.Rejected, other.Rejected...)
}
