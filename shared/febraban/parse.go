package febraban

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// MaxFile is the longest file that is read: 100,000 details and room.
const MaxFile = 16 << 20

// Parse reads a file and holds it to its trailer: number of lines and sum of the amounts. Lines end in CR LF or LF; an empty end is no
// line. A file that breaks the layout anywhere is refused whole, as ErrFile: money is not read out of half a file.
func Parse(text []byte) (File, error) {
	if len(text) > MaxFile {
		return File{}, broken(0, "more than %d bytes", MaxFile)
	}
	lines := bytes.Split(bytes.TrimRight(text, "\r\n\x1a"), []byte("\n"))
	if len(lines) < 2 {
		return File{}, broken(1, "a file has a header and a trailer")
	}
	var f File
	var sum money.Centavos
	for i, raw := range lines {
		r := &reader{number: i + 1, text: string(bytes.TrimSuffix(raw, []byte("\r")))}
		switch {
		case !r.wellFormed():
		case i == 0:
			f.Header = r.header()
		case i == len(lines)-1:
			r.trailer(len(lines), sum)
		default:
			amount := r.detail(&f)
			if sum += amount; sum < 0 {
				r.fail("the amounts overflow")
			}
		}
		if r.err != nil {
			return File{}, r.err
		}
	}
	return f, nil
}

// reader reads the fields of one line by their columns, counted from 1 as the layout does. Its first failure stays.
type reader struct {
	number int
	text   string
	err    error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = broken(r.number, format, args...)
	}
}

// wellFormed wants 150 columns of printable characters of ISO 8859-1, of which a byte is one.
func (r *reader) wellFormed() bool {
	if len(r.text) != width {
		r.fail("it has %d columns, not %d", len(r.text), width)
		return false
	}
	for i := range len(r.text) {
		if c := r.text[i]; c < ' ' || c == 0x7f || (c >= 0x80 && c < 0xa0) {
			r.fail("column %d holds a control character", i+1)
			return false
		}
	}
	return true
}

func (r *reader) field(from, to int) string { return strings.TrimRight(r.text[from-1:to], " ") }

func (r *reader) digits(from, to int) int64 {
	text := r.text[from-1 : to]
	if !allDigits(text) {
		r.fail("columns %d to %d hold more than digits", from, to)
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		r.fail("columns %d to %d are too large", from, to)
	}
	return n
}

func (r *reader) date(from int) calendar.Date {
	text := r.text[from-1 : from+7]
	d, err := calendar.ParseDate(text[:4] + "-" + text[4:6] + "-" + text[6:])
	if err != nil {
		r.fail("columns %d to %d hold no date", from, from+7)
	}
	return d
}

func (r *reader) header() Header {
	h := Header{
		Direction: Direction(r.digits(2, 2)), Agreement: r.field(3, 22), Company: r.field(23, 42), Bank: r.text[42:45],
		BankName: r.field(46, 65), Date: r.date(66), Number: int(r.digits(74, 79)), Version: int(r.digits(80, 81)),
	}
	switch {
	case r.text[0] != 'A':
		r.fail("it is no header")
	case h.Direction != Remessa && h.Direction != Retorno:
		r.fail("it goes in no direction")
	case r.field(82, 98) != Service:
		r.fail("it is not of automatic debit")
	case h.Agreement == "" || h.Number < 1 || !allDigits(h.Bank):
		r.fail("a header needs an agreement, a bank and a number")
	}
	return h
}

func (r *reader) trailer(lines int, sum money.Centavos) {
	switch {
	case r.text[0] != 'Z':
		r.fail("the file ends without a trailer")
	case r.digits(2, 7) != int64(lines):
		r.fail("the trailer counts other lines than the %d there are", lines)
	case r.digits(8, 24) != int64(sum):
		r.fail("the trailer's sum is not that of the amounts")
	}
}

// detail reads a line between header and trailer and returns its amount.
func (r *reader) detail(f *File) money.Centavos {
	switch kind := r.text[0]; kind {
	case 'E', 'F':
		d := Debit{
			Customer: r.field(2, 26), Branch: r.text[26:30], Account: r.field(31, 44), Due: r.date(45), Amount: money.Centavos(r.digits(53, 67)),
			Reference: r.field(70, 129), Movement: Movement(r.text[149]),
		}
		r.digits(68, 69)
		if d.Customer == "" {
			r.fail("it names no customer")
		}
		switch {
		case kind == 'E' && f.Direction == Remessa:
			f.Debits = append(f.Debits, d)
		case kind == 'F' && f.Direction == Retorno:
			f.Results = append(f.Results, Result{Debit: d, Code: r.text[67:69]})
		default:
			r.fail("a detail %c does not go in this direction", kind)
		}
		return d.Amount
	case 'B':
		movement := r.text[149]
		if movement != '1' && movement != '2' {
			r.fail("a movement is 1 or 2")
		}
		f.OptIns = append(f.OptIns, OptIn{
			Customer: r.field(2, 26), Branch: r.text[26:30], Account: r.field(31, 44), Date: r.date(45), Included: movement == '2',
		})
	case 'C', 'D', 'H', 'I', 'J', 'K', 'L', 'T', 'X':
		f.Others = append(f.Others, r.text)
	default:
		r.fail("there is no detail %q", kind)
	}
	return 0
}
