package portfolio

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/regua/regua/shared/collection"
)

func TestBadCellsNameTheirColumnAndNeverTheirValue(t *testing.T) {
	long := strings.Repeat("x", 300)
	for column, values := range map[string][]string{
		"creditor_id":          {"", "Vida Plena", "vida_plena", "nobody"},
		"contract_number":      {"", long, "VP\t1", "VP 1", "Nº 77", "-1", "ﬁ-1"},
		"participant_document": {"", "52998224724", "11111111111", "5299822472", "abc"},
		"participant_name":     {"", "M", long, "Maria\x00Silva", "Maria\u0085Silva", "Maria \xff\xfe", "Maria\u2028Silva", "Maria\u200bSilva"},
		"birth_date":           {"", "29/02/1980", "1981-02-29", "1980-2-9"},
		"email":                {"maria", "maria@", "a@b@c", "Maria <maria@correio.example>"},
		"phone":                {"123", "+1 212 555 0100", "+551132345678"},
		"participant_status":   {"", "ACTIVE", "gone"},
		"product":              {"", long},
		"debt_id":              {"", long},
		"description":          {"", long, "two\nlines", "R$ \u202e00,1\u202c"},
		"due_date":             {"", "2026-13-01", "tomorrow"},
		"principal_centavos":   {"", "0", "-1", "716.50", "1e3", "1000000001", "99999999999999999999"},
		"state":                {"", "sp", "XX"},
		"city":                 {"", long},
		"score":                {"-1", "1001", "high"},
		"segment":              {long},
		"whatsapp_opt_in":      {"yes", "TRUE"},
		"service_reference":    {long},
		"address":              {long},
		"postal_code":          {"0131010", "01310-1000", "1", "0-1310100", "abcdefgh"},
		"monthly_rate":         {"2%", "-0.01", "um"},
		"already_taxed_days":   {"366", "x"},
		"bank":                 {"0001"},
		"branch":               {"1234567"},
		"account":              {long},
		"deceased":             {"sim", "TRUE"},
	} {
		for _, value := range values {
			w := inMemory(t)
			report := w.take(t, file(good, good.with(cells{"debt_id": "D2"}).with(cells{column: value})))
			if len(report.Rejected) != 1 {
				t.Errorf("%s %.40q: %+v", column, value, report)
				continue
			}
			r := report.Rejected[0]
			if !strings.HasPrefix(r.Reason, column+": ") || r.Line != 3 {
				t.Errorf("%s %.40q: line %d is rejected for %q", column, value, r.Line, r.Reason)
			}
			if len(value) > 4 && strings.Contains(r.Reason, value) && value != "ACTIVE" {
				t.Errorf("%s: the reason %q tells the value", column, r.Reason)
			}
		}
	}
}

func TestGoodCells(t *testing.T) {
	for column, values := range map[string][]string{
		"contract_number":      {"vp-1", " VP-1 ", strings.Repeat("9", 40), "2024/00.1_x"},
		"participant_document": {"529.982.247-25", "11222333000181"},
		"participant_name":     {"Zé", strings.Repeat("ã", 120), `Maria "Mia" da Silva, filha`},
		"email":                {"", "Maria@Correio.Example"},
		"phone":                {"", "(11) 98765-4321", "11987654321"},
		"principal_centavos":   {"1", "1000000000"},
		"score":                {"0", "1000"},
		"whatsapp_opt_in":      {"true", "false", ""},
		"postal_code":          {"01310100", "01310-100", ""},
		"monthly_rate":         {"0.0199", "0", ""},
		"already_taxed_days":   {"365"},
		"deceased":             {"false", ""},
	} {
		for _, value := range values {
			report := inMemory(t).take(t, file(good.with(cells{column: value})))
			if report.Placed != 1 {
				t.Errorf("%s %q: %+v", column, value, report)
			}
		}
	}
}

func TestHeader(t *testing.T) {
	text := file(good)
	header, rest, _ := strings.Cut(text, "\n")
	for name, test := range map[string]struct{ text, says string }{
		"unknown column":    {header + ",income\n" + rest, `unknown column "income"`},
		"capitals":          {strings.Replace(text, "creditor_id", "Creditor_ID", 1), `unknown column "Creditor_ID"`},
		"missing column":    {strings.Replace(text, ",email", ",address", 1), `column "email" is missing`},
		"column twice":      {strings.Replace(text, ",email", ",city", 1), `column "city" stands twice`},
		"empty file":        {"", "empty"},
		"only a mark":       {byteOrderMark, "empty"},
		"semicolons":        {strings.ReplaceAll(text, ",", ";"), "unknown column"},
		"an endless line":   {`"` + strings.Repeat("a,", 1<<20), "left open"},
		"a mark further on": {strings.Replace(text, ",email", ","+byteOrderMark+"email", 1), "unknown column"},
	} {
		report, err := inMemory(t).Import(t.Context(), strings.NewReader(test.text))
		if !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), test.says) || report.Lines != 0 {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
	for name, text := range map[string]string{
		"byte order mark":            byteOrderMark + text,
		"byte order mark and quotes": byteOrderMark + strings.Replace(text, "creditor_id", `"creditor_id"`, 1),
		"spaces":                     strings.Replace(text, ",email", ", email ", 1),
		"CRLF":                       strings.ReplaceAll(text, "\n", "\r\n"),
		"no line feed at the end":    strings.TrimSuffix(text, "\n"),
		"empty lines":                strings.ReplaceAll(text, "\n", "\n\n"),
	} {
		if report := inMemory(t).take(t, text); report.Placed != 1 {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

func TestBrokenLinesAreRejectedAndTheRestGoesOn(t *testing.T) {
	second := strings.Split(file(good.with(cells{"debt_id": "D2"})), "\n")[1]
	for name, broken := range map[string]string{
		"too few cells":          "vida-plena,VP-1",
		"too many cells":         second + ",more",
		"a quotation mark amid":  strings.Replace(second, "Maria da", `Maria "da"`, 1),
		"after the closing mark": strings.Replace(second, "Maria da Silva", `"Maria" da`, 1),
	} {
		report := inMemory(t).take(t, file(good)+broken+"\n"+strings.Replace(second, "D2", "D3", 1)+"\n")
		if report.Placed != 2 || len(report.Rejected) != 1 || report.Rejected[0].Line != 3 || report.Lines != 3 {
			t.Errorf("%s: %+v", name, report)
		}
	}
	w := inMemory(t)
	report, err := w.Import(t.Context(), strings.NewReader(file(good)+`"`+strings.Repeat("x\n", 1<<16)))
	if !errors.Is(err, collection.ErrInvalid) || !strings.Contains(err.Error(), "left open") {
		t.Errorf("a quotation mark that is never closed: %+v, %v", report, err)
	}
	report = w.take(t, file(good)+`"short and open`)
	if len(report.Rejected) != 1 || report.Placed+report.Unchanged != 1 {
		t.Errorf("a quotation mark open at the end: %+v", report)
	}
}

// Participants, debts and contracts are found again across the pieces in which a long file is taken in.
func TestALongFileIsOneFile(t *testing.T) {
	var lines []cells
	for i := range chunkRows + 3 {
		document := strings.Split(documents, "\n")[i%4]
		debt := "D" + strings.Repeat("I", i/50%50) + string(rune('a'+i%50%26))
		lines = append(lines, good.with(cells{"participant_document": document, "contract_number": "C" + document, "debt_id": debt}))
	}
	unique := map[string]bool{}
	for _, l := range lines {
		unique[l["participant_document"]+l["debt_id"]] = true
	}
	var told []int
	w := inMemory(t)
	w.Progress = func(n int) { told = append(told, n) }
	report := w.take(t, file(lines...))
	if report.Placed != len(unique) || report.Opened != 4 || len(report.Rejected) != len(lines)-len(unique) {
		t.Errorf("placed %d of %d, rejected %d", report.Placed, len(unique), len(report.Rejected))
	}
	if len(told) == 0 || told[len(told)-1] != len(lines) || !slices.IsSorted(told) {
		t.Errorf("progress %v", told)
	}
}

const documents = "52998224725\n11144477735\n11222333000181\n11444777000161"

func FuzzImport(f *testing.F) {
	header, body, _ := strings.Cut(file(good, good.with(cells{"debt_id": "D2"})), "\n")
	f.Add(body)
	f.Add(strings.Replace(body, "Maria", `"Ma"ria"`, 1))
	f.Add(strings.Replace(body, maria, joana, 1))
	f.Add(strings.ReplaceAll(body, "71650", "9223372036854775807"))
	f.Add("\"\n,,,\n\xff\xfe\n")
	f.Fuzz(func(t *testing.T, body string) {
		w := inMemory(t)
		first, err := w.Import(t.Context(), strings.NewReader(header+"\n"+body))
		if err != nil {
			if !errors.Is(err, collection.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		if first.Placed+first.Revised+first.Unchanged+len(first.Rejected) != first.Lines {
			t.Fatalf("lines are lost: %+v", first)
		}
		w.commits = 0
		again, err := w.Import(t.Context(), strings.NewReader(header+"\n"+body))
		if err != nil || w.commits != 0 || again.Unchanged != first.Placed {
			t.Fatalf("first %+v, again %+v with %d commits, %v", first, again, w.commits, err)
		}
	})
}
