package boleto

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/money"
)

// anySlip draws a slip and the due date that it carries, which may be none.
func anySlip(t *rapid.T) (Slip, calendar.Date) {
	start, err := calendar.New(2000, 7, 3)
	if err != nil {
		t.Fatal(err)
	}
	due := start.AddDays(rapid.IntRange(0, 20_000).Draw(t, "due"))
	if rapid.IntRange(0, 9).Draw(t, "dated") == 0 {
		due = calendar.Date{}
	}
	s, err := New(
		rapid.StringMatching(`[0-79][0-9]{2}`).Draw(t, "bank"), due,
		money.Centavos(rapid.Int64Range(0, 9_999_999_999).Draw(t, "amount")), rapid.StringMatching(`[0-9]{25}`).Draw(t, "free"),
	)
	if err != nil {
		t.Fatal(err)
	}
	return s, due
}

func TestCodesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, due := anySlip(t)
		for name, read := range map[string]func() (Slip, error){
			"barcode": func() (Slip, error) { return ParseBarcode(s.Barcode()) },
			"line":    func() (Slip, error) { return ParseLine(s.Line()) },
			"printed": func() (Slip, error) { return ParseLine(s.String()) },
		} {
			if got, err := read(); err != nil || got != s {
				t.Fatalf("%s: got %+v, %v", name, got, err)
			}
		}
		// Within the window whatever the day of reading, the date comes back, across the restart of the factor as well.
		today := due
		if !due.IsZero() {
			today = due.AddDays(rapid.IntRange(-5500, 3000).Draw(t, "read"))
		}
		if got, ok := s.Due(today); ok == due.IsZero() || got != due {
			t.Fatalf("due %s read on %s: got %s", due, today, got)
		}
		if err := Check(s.String(), s.Barcode(), s.Amount(), due, today); err != nil {
			t.Fatal(err)
		}
	})
}

func TestOneWrongDigitIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, _ := anySlip(t)
		text := []byte(s.Line())
		// A field's own digit and the digits that it guards; the amount and the factor are guarded by the general digit, which maps two
		// rests to the same digit and so may miss one change in eleven.
		at := rapid.IntRange(0, 31).Draw(t, "at")
		text[at] = '0' + (text[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if got, err := ParseLine(string(text)); err == nil {
			t.Fatalf("got %s for %s", got, s)
		}
	})
}

func TestDueDatesNeverHaveTwoAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		factor := rapid.IntRange(firstFactor, lastFactor).Draw(t, "factor")
		start, err := base()
		if err != nil {
			t.Fatal(err)
		}
		today := start.AddDays(rapid.IntRange(1000, 40_000).Draw(t, "today"))
		var candidates []calendar.Date
		for k := range 6 {
			if d := start.AddDays(factor + k*cycle); today.DaysUntil(d) >= -windowBefore && today.DaysUntil(d) <= windowAfter {
				candidates = append(candidates, d)
			}
		}
		got, ok := dueOf(factor, today)
		if len(candidates) > 1 || ok != (len(candidates) == 1) || ok && got != candidates[0] {
			t.Fatalf("got %s, %t, want %v", got, ok, candidates)
		}
	})
}

const (
	line    = "00190000090123456700400000001172716560000123456"
	barcode = "00197165600001234560000001234567000000000117"
)

func TestCheckRefuses(t *testing.T) {
	due, today := date(t, "2026-12-10"), date(t, "2026-11-22")
	if err := Check(line, barcode, 123456, due, today); err != nil {
		t.Fatal(err)
	}
	undated, err := New("001", calendar.Date{}, 123456, "0000001234567000000000117")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		line, barcode string
		amount        money.Centavos
		due, today    calendar.Date
		want          error
	}{
		"another amount":        {line, barcode, 123457, due, today, ErrCharge},
		"another due date":      {line, barcode, 123456, due.AddDays(1), today, ErrCharge},
		"due date not asked":    {line, barcode, 123456, calendar.Date{}, today, ErrCharge},
		"due date out of sight": {line, barcode, 123456, calendar.Date{}, date(t, "2020-01-01").AddDays(-4000), ErrCharge},
		"read too early":        {line, barcode, 123456, due, date(t, "2005-01-01"), ErrCharge},
		"no due date":           {undated.Line(), undated.Barcode(), 123456, due, today, ErrCharge},
		"line of another slip":  {undated.Line(), barcode, 123456, due, today, ErrCharge},
		"barcode as line":       {barcode, barcode, 123456, due, today, ErrForm},
		"line as barcode":       {line, line, 123456, due, today, ErrForm},
		"nothing":               {"", "", 123456, due, today, ErrForm},
		"wrong field digit":     {strings.Replace(line, "0019000009", "0019000008", 1), barcode, 123456, due, today, ErrDigit},
		"wrong general digit":   {line, strings.Replace(barcode, "00197", "00196", 1), 123456, due, today, ErrDigit},
	} {
		if err := Check(c.line, c.barcode, c.amount, c.due, c.today); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if err := Check(undated.String(), undated.Barcode(), 123456, calendar.Date{}, today); err != nil {
		t.Errorf("undated slip for an undated charge: %v", err)
	}
}

func TestParsersRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		parse func(string) (Slip, error)
		text  string
		want  error
	}{
		"utility line":          {ParseLine, "84670000001-7 43590024020-9 02405000243-5 84221010811-9", ErrUtility},
		"utility line, short":   {ParseLine, "8" + line[1:], ErrUtility},
		"utility barcode":       {ParseBarcode, "84670000001435900240200240500024384221010811", ErrUtility},
		"empty":                 {ParseLine, " . - ", ErrForm},
		"short":                 {ParseLine, line[:46], ErrForm},
		"long":                  {ParseLine, line + "0", ErrForm},
		"spaced out":            {ParseLine, strings.Repeat(" ", 40) + line, ErrForm},
		"letter":                {ParseLine, "O" + line[1:], ErrForm},
		"fullwidth digit":       {ParseLine, "０" + line[1:], ErrForm},
		"slash":                 {ParseLine, line[:46] + "/", ErrForm},
		"barcode with dots":     {ParseBarcode, "00197.165600001234560000001234567000000000117", ErrForm},
		"barcode short":         {ParseBarcode, barcode[1:], ErrForm},
		"another currency":      {ParseBarcode, "0018" + barcode[4:], ErrForm},
		"factor below thousand": {ParseBarcode, "001970999" + barcode[9:], ErrForm},
	} {
		got, err := c.parse(c.text)
		if !errors.Is(err, c.want) || !got.IsZero() {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "1234567") {
			t.Errorf("%s: the error holds the text", name)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	due, free := date(t, "2026-12-10"), strings.Repeat("1", 25)
	for name, make := range map[string]func() (Slip, error){
		"bank of utilities": func() (Slip, error) { return New("800", due, 1, free) },
		"bank short":        func() (Slip, error) { return New("01", due, 1, free) },
		"bank letters":      func() (Slip, error) { return New("0a1", due, 1, free) },
		"free short":        func() (Slip, error) { return New("001", due, 1, free[1:]) },
		"free letters":      func() (Slip, error) { return New("001", due, 1, free[1:]+"x") },
		"amount negative":   func() (Slip, error) { return New("001", due, -1, free) },
		"amount long":       func() (Slip, error) { return New("001", due, 10_000_000_000, free) },
		"due too early":     func() (Slip, error) { return New("001", date(t, "2000-07-02"), 1, free) },
	} {
		if s, err := make(); !errors.Is(err, ErrForm) || !s.IsZero() {
			t.Errorf("%s: got %+v, %v", name, s, err)
		}
	}
}

func TestZeroSlip(t *testing.T) {
	var s Slip
	_, dated := s.Due(date(t, "2026-11-22"))
	if s.String()+s.Line()+s.Barcode()+s.Bank()+s.Free()+s.SVG() != "" || s.Amount() != 0 || s.Factor() != 0 || dated {
		t.Fatalf("got %q", s.String())
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add(line)
	f.Add("00190.00009 01234.567004 00000.001172 7 16560000123456")
	f.Add("846700000017435900240209024050002435842210108119")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseLine(text)
		if err != nil {
			return
		}
		if again, err := ParseBarcode(s.Barcode()); err != nil || again != s || len(s.Line()) != lineDigits || s.Amount() < 0 {
			t.Fatalf("got %+v, %v", again, err)
		}
	})
}

func FuzzParseBarcode(f *testing.F) {
	f.Add(barcode)
	f.Add("00192100000000100000000001234567000000000117")
	f.Add(strings.Repeat("0", 44))
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseBarcode(text)
		if err != nil {
			return
		}
		if again, err := ParseLine(s.String()); err != nil || again != s || s.Barcode() != text {
			t.Fatalf("got %+v, %v", again, err)
		}
	})
}
