package febraban_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/febraban"
	"github.com/regua/regua/shared/money"
)

type vectors struct {
	Remessa, Retorno []string
	Totals           struct{ Records, Sum int64 }
	Codes            map[string]string `json:"return_codes"`
}

func read(t testing.TB) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/debito-150.json")
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func joined(lines []string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n") }

func day(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPublishedFiles(t *testing.T) {
	v := read(t)
	for name, lines := range map[string][]string{"remessa": v.Remessa, "retorno": v.Retorno} {
		f, err := febraban.Parse(joined(lines))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if again, err := f.Encode(); err != nil || !bytes.Equal(again, joined(lines)) {
			t.Errorf("%s is written as\n%s\n%v", name, again, err)
		}
	}
	f, _ := febraban.Parse(joined(v.Remessa))
	want := febraban.Debit{
		Customer: "ACORDO0001P01", Branch: "1234", Account: "00012345678901", Due: day(t, "2026-12-10"), Amount: 27817, Reference: "PI-0001",
		Movement: febraban.MovementDebit,
	}
	if len(f.Debits) != 2 || f.Debits[0] != want || f.Number != 1 || f.Agreement != "CONV0001" || f.Bank != "001" {
		t.Errorf("the remessa is %+v", f)
	}
	f, _ = febraban.Parse(joined(v.Retorno))
	if len(f.Results) != 2 || f.Results[0].Outcome() != febraban.OutcomePaid || f.Results[1].Outcome() != febraban.OutcomeRetry ||
		f.Results[1].Reference != "PI-0002" || f.Results[0].Amount+f.Results[1].Amount != money.Centavos(v.Totals.Sum) {
		t.Errorf("the retorno is %+v", f)
	}
}

// TestEveryCodeHasAMeaning holds the outcomes to the mapping of the rules.
func TestEveryCodeHasAMeaning(t *testing.T) {
	want := map[febraban.Outcome]string{
		febraban.OutcomePaid: "00 31", febraban.OutcomeRetry: "01 04 05", febraban.OutcomeMandate: "02 10 14 15 19 20 30",
		febraban.OutcomeFault: "12 13 18", febraban.OutcomeCancelled: "99", febraban.OutcomeUnknown: "96 97 98",
	}
	for code := range read(t).Codes {
		if got := (febraban.Result{Code: code}).Outcome(); !strings.Contains(want[got], code) {
			t.Errorf("%s is %s", code, got)
		}
	}
	for _, code := range []string{"", "77", "0"} {
		if got := (febraban.Result{Code: code}).Outcome(); got != febraban.OutcomeUnknown {
			t.Errorf("%q is %s", code, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	v := read(t)
	good := v.Retorno
	edit := func(line, column int, text string) []byte {
		lines := append([]string(nil), good...)
		lines[line] = lines[line][:column-1] + text + lines[line][column-1+len(text):]
		return joined(lines)
	}
	for name, text := range map[string][]byte{
		"nothing":                  nil,
		"a header alone":           joined(good[:1]),
		"no trailer":               joined(good[:3]),
		"a line too long":          bytes.Replace(joined(good), []byte("PI-0001"), []byte("PI-00011"), 1),
		"a byte order mark":        append([]byte("\xef\xbb\xbf"), joined(good)...),
		"another count":            edit(3, 7, "5"),
		"another sum":              edit(3, 24, "8"),
		"an amount of letters":     edit(1, 53, "x"),
		"a negative amount":        edit(1, 53, "-"),
		"no such day":              edit(1, 49, "1332"),
		"an unknown detail":        edit(1, 1, "Q"),
		"a debit in a retorno":     edit(1, 1, "E"),
		"no customer":              edit(1, 2, strings.Repeat(" ", 25)),
		"another service":          edit(0, 82, "PAGAMENTO"),
		"a header in the middle":   edit(1, 1, "A"),
		"a number of nothing":      edit(0, 74, "000000"),
		"a direction of its own":   edit(0, 2, "3"),
		"a control character":      edit(1, 70, "\x00"),
		"a code of letters":        edit(1, 68, "0x"),
		"more than a file can be":  bytes.Repeat([]byte("A"), febraban.MaxFile+1),
		"a result in a remessa":    edit(0, 2, "1"),
		"an amount past its field": edit(1, 53, "999999999999999"),
	} {
		if f, err := febraban.Parse(text); !errors.Is(err, febraban.ErrFile) {
			t.Errorf("%s: got %+v, %v", name, f, err)
		}
	}
	for name, text := range map[string][]byte{
		"lines by LF alone": []byte(strings.Join(good, "\n")), "an end of file of DOS": append(joined(good), 0x1a),
		"empty lines after": append(joined(good), "\r\n\r\n"...),
	} {
		if _, err := febraban.Parse(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	f, err := febraban.Parse(joined(read(t).Remessa))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(f *febraban.File, d *febraban.Debit){
		"a long customer":      func(_ *febraban.File, d *febraban.Debit) { d.Customer = strings.Repeat("C", 26) },
		"no customer":          func(_ *febraban.File, d *febraban.Debit) { d.Customer = "" },
		"an accent":            func(f *febraban.File, _ *febraban.Debit) { f.Company = "CRÉDITO" },
		"a line break":         func(_ *febraban.File, d *febraban.Debit) { d.Reference = "a\nb" },
		"a negative amount":    func(_ *febraban.File, d *febraban.Debit) { d.Amount = -1 },
		"an enormous amount":   func(_ *febraban.File, d *febraban.Debit) { d.Amount = 1e15 },
		"no day":               func(_ *febraban.File, d *febraban.Debit) { d.Due = calendar.Date{} },
		"a branch of letters":  func(_ *febraban.File, d *febraban.Debit) { d.Branch = "12A4" },
		"no number":            func(f *febraban.File, _ *febraban.Debit) { f.Number = 0 },
		"a number of 7 digits": func(f *febraban.File, _ *febraban.Debit) { f.Number = 1e6 },
		"a bank of 2 digits":   func(f *febraban.File, _ *febraban.Debit) { f.Bank = "01" },
	} {
		changed := f
		changed.Debits = append([]febraban.Debit(nil), f.Debits...)
		change(&changed, &changed.Debits[0])
		if _, err := changed.Encode(); !errors.Is(err, febraban.ErrFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	text := func(longest int) *rapid.Generator[string] {
		return rapid.StringMatching(`[A-Z0-9]{1,` + strconv.Itoa(longest) + `}`)
	}
	first := day(t, "2020-01-01")
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.Map(rapid.IntRange(0, 4000), first.AddDays)
		detail := rapid.Custom(func(t *rapid.T) febraban.Debit {
			return febraban.Debit{
				Customer: text(25).Draw(t, "customer"), Branch: rapid.StringMatching(`[0-9]{4}`).Draw(t, "branch"),
				Account: text(14).Draw(t, "account"), Due: days.Draw(t, "due"),
				Amount:    money.Centavos(rapid.Int64Range(0, 999_999_999_999_999).Draw(t, "amount")),
				Reference: text(60).Draw(t, "reference"), Movement: rapid.SampledFrom([]febraban.Movement{'0', '1'}).Draw(t, "movement"),
			}
		})
		f := febraban.File{Header: febraban.Header{
			Direction: febraban.Retorno, Agreement: text(20).Draw(t, "agreement"), Company: text(20).Draw(t, "company"), Bank: "001",
			BankName: text(20).Draw(t, "bank"), Date: days.Draw(t, "date"), Number: rapid.IntRange(1, 999999).Draw(t, "number"), Version: 4,
		}}
		for _, d := range rapid.SliceOfN(detail, 0, 20).Draw(t, "details") {
			f.Results = append(f.Results, febraban.Result{Debit: d, Code: rapid.StringMatching(`[0-9]{2}`).Draw(t, "code")})
		}
		written, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := febraban.Parse(written); err != nil || !reflect.DeepEqual(got, f) {
			t.Fatalf("%+v is read as %+v, %v", f, got, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	v := read(f)
	f.Add(joined(v.Remessa))
	f.Add(joined(v.Retorno))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := febraban.Parse(text)
		if err != nil {
			return
		}
		var sum money.Centavos
		for _, r := range file.Results {
			sum += r.Amount
		}
		if sum < 0 {
			t.Errorf("a file of %d centavos was read", sum)
		}
	})
}
