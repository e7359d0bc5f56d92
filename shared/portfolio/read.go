package portfolio

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/regua/regua/shared/collection"
)

// maxLine bounds the bytes of one line: the longest legal one has about 1,000 characters. A quotation mark that is never closed would
// otherwise draw the rest of the file into one line.
const maxLine = 64 << 10

// errLine says that the file holds no lines any more that could be told apart.
var errLine = fmt.Errorf("%w: a line has more than %d bytes (is a quotation mark left open?)", collection.ErrInvalid, maxLine)

// bounded lets at most left bytes through until it is set again.
type bounded struct {
	ctx  context.Context
	from io.Reader
	left int
}

// Read implements io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if b.left <= 0 {
		return 0, errLine
	}
	n, err := b.from.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// reading is a file under way. What it keeps of the lines gone by are hashes, 32 bytes a line, so that a file of millions fits.
type reading struct {
	input   *bounded
	csv     *csv.Reader
	columns map[string]int
	debts   map[digest]struct{} // by participant and debt_id
	people  map[digest]digest   // facts by participant
}

type digest [16]byte

func digestOf(parts ...string) digest {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00"))) // cells hold no control characters
	return digest(sum[:len(digest{})])
}

// open reads the header. A byte order mark before it is skipped.
func open(ctx context.Context, file io.Reader) (*reading, error) {
	input := &bounded{ctx: ctx, from: file, left: maxLine}
	buffered := bufio.NewReader(input)
	if mark, err := buffered.Peek(len(byteOrderMark)); err == nil && string(mark) == byteOrderMark {
		if _, err := buffered.Discard(len(byteOrderMark)); err != nil {
			return nil, fmt.Errorf("read header: %w", err)
		}
	}
	r := &reading{input: input, csv: csv.NewReader(buffered), debts: map[digest]struct{}{}, people: map[digest]digest{}}
	r.csv.ReuseRecord = true
	header, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: the file is empty", collection.ErrInvalid)
	}
	if err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	r.columns, err = columnsOf(header)
	return r, err
}

const byteOrderMark = "\ufeff"

func columnsOf(header []string) (map[string]int, error) {
	columns := map[string]int{}
	for i, name := range header {
		name = strings.TrimSpace(name)
		if !slices.Contains(required, name) && !slices.Contains(optional, name) {
			return nil, fmt.Errorf("%w: unknown column %.40q", collection.ErrInvalid, name)
		}
		if _, twice := columns[name]; twice {
			return nil, fmt.Errorf("%w: column %q stands twice", collection.ErrInvalid, name)
		}
		columns[name] = i
	}
	for _, name := range required {
		if _, ok := columns[name]; !ok {
			return nil, fmt.Errorf("%w: column %q is missing", collection.ErrInvalid, name)
		}
	}
	return columns, nil
}

// chunk reads up to chunkRows good rows and rejects the bad ones on its way.
func (r *reading) chunk(report *Report) (rows []row, done bool, err error) {
	for len(rows) < chunkRows {
		r.input.left = maxLine
		cells, err := r.csv.Read()
		if errors.Is(err, io.EOF) {
			return rows, true, nil
		}
		report.Lines++
		if bad, ok := errors.AsType[*csv.ParseError](err); ok && !errors.Is(err, errLine) {
			report.reject(bad.StartLine, bad.Err.Error())
			continue
		}
		if err != nil {
			return nil, false, fmt.Errorf("read line: %w", err)
		}
		line, _ := r.csv.FieldPos(0)
		f := fields{column: r.columns, cells: cells}
		one, err := f.parse(line)
		if err == nil {
			err = r.place(one)
		}
		if err != nil {
			report.reject(line, err.Error())
			continue
		}
		rows = append(rows, one)
	}
	return rows, false, nil
}

// place holds a good row against those before it: a debt stands once, and a participant is the same in every line.
func (r *reading) place(one row) error {
	p := one.person
	who := digestOf(string(one.creditor), p.Document)
	facts := digestOf(p.Name, p.Email, p.Phone, p.BirthDate, p.Address, p.City, string(one.standing), one.uf)
	if first, seen := r.people[who]; seen && first != facts {
		return errors.New("participant_document: an earlier line says something else of this participant (name, contact, address or status)")
	}
	debt := digestOf(string(one.creditor), p.Document, one.details.Reference)
	if _, seen := r.debts[debt]; seen {
		return errors.New("debt_id: stands twice in the file")
	}
	r.people[who], r.debts[debt] = facts, struct{}{}
	return nil
}
