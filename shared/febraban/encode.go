package febraban

import (
	"fmt"
	"strings"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

const (
	width    = 150
	newLine  = "\r\n"
	currency = "03" // the real, in the position of the return code
)

// Encode writes a file with its trailer; each line ends in CR LF. A value that does not fit its field is ErrFile.
func (f File) Encode() ([]byte, error) {
	w := &writer{}
	h := f.Header
	w.line("A").digits(1, int64(h.Direction)).text(20, h.Agreement).text(20, h.Company).number(3, h.Bank).text(20, h.BankName).date(h.Date).
		digits(6, int64(h.Number)).digits(2, int64(h.Version)).text(17, Service).end()
	if h.Agreement == "" || h.Number < 1 {
		w.fail("a header needs an agreement and a number")
	}
	var sum money.Centavos
	for _, d := range f.Debits {
		w.detail("E", d, currency)
		sum += d.Amount
	}
	for _, r := range f.Results {
		w.detail("F", r.Debit, r.Code)
		sum += r.Amount
	}
	for _, o := range f.OptIns {
		movement := "1"
		if o.Included {
			movement = "2"
		}
		w.line("B").text(25, o.Customer).number(4, o.Branch).text(14, o.Account).date(o.Date).text(97, "").text(1, movement).end()
	}
	for _, other := range f.Others {
		w.line("").text(width, other).end()
	}
	w.line("Z").digits(6, int64(w.lines)).digits(17, int64(sum)).end()
	if w.err != nil {
		return nil, w.err
	}
	return []byte(w.out.String()), nil
}

// writer fills fields in their order. Its first failure stays.
type writer struct {
	out     strings.Builder
	current strings.Builder
	lines   int
	err     error
}

func (w *writer) line(kind string) *writer {
	w.lines++
	w.current.Reset()
	w.current.WriteString(kind)
	return w
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = broken(w.lines, format, args...)
	}
}

// text fills a field from the left. Banks read one byte as one column: the field takes printable ASCII alone.
func (w *writer) text(size int, value string) *writer {
	for _, r := range value {
		if r < ' ' || r > '~' {
			w.fail("%d columns hold a character that is not ASCII", size)
			return w
		}
	}
	if len(value) > size {
		w.fail("a value has %d characters, its field %d", len(value), size)
		return w
	}
	w.current.WriteString(value + strings.Repeat(" ", size-len(value)))
	return w
}

// number fills a field with digits that are a name, all of them.
func (w *writer) number(size int, value string) *writer {
	if len(value) != size || !allDigits(value) {
		w.fail("a field of %d digits has %d characters", size, len(value))
	}
	return w.text(size, value)
}

func (w *writer) digits(size int, value int64) *writer {
	text := fmt.Sprintf("%0*d", size, value)
	if value < 0 || len(text) > size {
		w.fail("%d does not fit %d digits", value, size)
	}
	return w.text(size, text)
}

func (w *writer) date(d calendar.Date) *writer {
	if d.IsZero() {
		w.fail("a date is missing")
		return w
	}
	return w.text(8, strings.ReplaceAll(d.String(), "-", ""))
}

func (w *writer) detail(kind string, d Debit, code string) {
	if d.Customer == "" {
		w.fail("a detail needs a customer")
	}
	w.line(kind).text(25, d.Customer).number(4, d.Branch).text(14, d.Account).date(d.Due).digits(15, int64(d.Amount)).number(2, code).
		text(60, d.Reference).text(20, "").text(1, string(rune(d.Movement))).end()
}

func (w *writer) end() {
	text := w.current.String()
	if len(text) > width {
		w.fail("it has %d columns", len(text))
		return
	}
	w.out.WriteString(text + strings.Repeat(" ", width-len(text)) + newLine)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
