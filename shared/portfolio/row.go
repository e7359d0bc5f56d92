// Package portfolio takes in a creditor's overdue debts from a CSV file: strictly, in a stream, and as often as the creditor sends it.
//
// The file is UTF-8 with a header row; commas separate the cells and quotation marks enclose those that hold commas (RFC 4180). One row
// is one debt. The columns may stand in any order; required and optional name them, and any other is an error. Everything in a file is
// checked: a row that breaks a rule is rejected with the column and the rule, never with its value, and the others are taken in.
//
// A participant (document) at a creditor is one case, opened by the first row of theirs. A debt is known by debt_id within the case: a
// new one is placed, one that differs is revised while it is open, one that is the same is left alone. So the same file can be sent again
// at any time, after a crash too, and what is missing in it stays as it was: taking a debt back is another operation. Every change is an
// event of the case, with its ledger posting, and makes the contracts of the participant findable for a login.
//
// All rows of one participant say the same of them, and a contract belongs to one participant.
//
// A row with deceased = true ends the reminders of the participant's case. Neither it nor any later row of theirs is taken in, until one
// with deceased = false says that the report was a mistake; a row that does not say leaves it as it stands.
package portfolio

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/email"
	"github.com/regua/regua/shared/money"
	"github.com/regua/regua/shared/phone"
	"github.com/regua/regua/shared/taxid"
)

// required are the columns that every file has.
var required = []string{
	"creditor_id", "contract_number", "participant_document", "participant_name", "birth_date", "email", "phone", "participant_status",
	"product", "debt_id", "description", "due_date", "principal_centavos", "state", "city",
}

// optional are the columns that a file may have. Those that this release does not use are checked and otherwise left alone.
var optional = []string{
	"score", "segment", "whatsapp_opt_in", "service_reference", "address", "postal_code", "monthly_rate", "already_taxed_days",
	"bank", "branch", "account", "deceased",
}

// row is one valid line: one debt of one participant.
type row struct {
	line     int
	creditor collection.CreditorID
	standing collection.Standing
	uf       string
	person   collection.Participant
	debt     collection.PlacedDebt // without id
	details  collection.DebtDetails
	deceased string // "true", "false", or empty when the line does not say
	whatsApp string // whether they agreed to WhatsApp, in the same way
	score    *int   // nil when the line does not say
	segment  string
}

// fields reads the cells of a line by column name and keeps the first complaint.
type fields struct {
	column map[string]int
	cells  []string
	err    error
}

func (f *fields) raw(name string) string {
	i, ok := f.column[name]
	if !ok {
		return ""
	}
	return strings.TrimSpace(f.cells[i])
}

func (f *fields) fail(name, rule string) {
	if f.err == nil {
		f.err = fmt.Errorf("%s: %s", name, rule)
	}
}

// hidden are characters that no name or description needs and that could make one read as something else in a contract or a message:
// controls, line and paragraph separators, and the invisible ones that join, hide or turn round what stands beside them.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

// text reads a cell of least to most characters, none of them hidden.
func (f *fields) text(name string, least, most int) string {
	text := f.raw(name)
	if n := utf8.RuneCountInString(text); n < least || n > most {
		f.fail(name, fmt.Sprintf("must have %d to %d characters", least, most))
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, hidden) {
		f.fail(name, "must be plain UTF-8 text")
	}
	return text
}

func (f *fields) date(name string) calendar.Date {
	d, err := calendar.ParseDate(f.raw(name))
	if err != nil {
		f.fail(name, "must be a date as 2026-11-23")
	}
	return d
}

func (f *fields) oneOf(name string, allowed ...string) string {
	text := f.raw(name)
	if !slices.Contains(allowed, text) {
		f.fail(name, "must be one of "+strings.Join(allowed, ", "))
	}
	return text
}

// parsed reads an optional cell through a strict parser.
func (f *fields) parsed(name, rule string, parse func(string) (string, error)) string {
	text := f.raw(name)
	if text == "" {
		return ""
	}
	out, err := parse(text)
	if err != nil {
		f.fail(name, rule)
	}
	return out
}

// contract reads the number that the participant types to log in.
func (f *fields) contract() string {
	text := f.raw("contract_number")
	if !collection.ValidContract(text) {
		f.fail("contract_number", "must be 1 to 40 letters, digits, points, slashes, hyphens and underscores")
	}
	return text
}

// number reads an optional cell of digits up to most; an empty one is 0.
func (f *fields) number(name string, most int) int {
	text := f.raw(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		f.fail(name, fmt.Sprintf("must be a whole number from 0 to %d", most))
	}
	return n
}

const (
	// maxPrincipal is ten million reais: a larger consumer debt is a slip of the decimal point.
	maxPrincipal = 1_000_000_000
	maxScore     = 1000
)

// postalForm is a CEP, with or without its hyphen.
var postalForm = regexp.MustCompile(`^[0-9]{5}-?[0-9]{3}$`)

// ufs are the 27 states and the federal district.
var ufs = strings.Fields("AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO")

// parse checks a line; the error names the column and the rule and never the value, which may be personal data.
func (f *fields) parse(line int) (row, error) {
	r := row{line: line}
	creditor, err := collection.ParseCreditorID(f.raw("creditor_id"))
	if err != nil {
		f.fail("creditor_id", "must be 2 to 31 lower-case letters, digits and hyphens")
	}
	document, err := taxid.Parse(f.raw("participant_document"))
	if err != nil {
		f.fail("participant_document", "must be a valid CPF or CNPJ")
	}
	r.creditor = creditor
	r.standing = collection.Standing(f.oneOf("participant_status", string(collection.StandingActive), string(collection.StandingFormer)))
	r.uf = f.oneOf("state", ufs...)
	r.person = collection.Participant{
		Document: document.String(), Name: f.text("participant_name", 2, 120), BirthDate: f.date("birth_date").String(),
		City:    f.text("city", 1, 80),
		Address: f.text("address", 0, 200), CEP: f.postal(),
		Email: f.parsed("email", "must be an e-mail address", email.Parse),
		Phone: f.parsed("phone", "must be a Brazilian mobile number", phone.ParseMobile),
	}
	r.details = collection.DebtDetails{
		Contract:  strings.ToUpper(f.contract()),
		Reference: f.text("debt_id", 1, 60), Description: f.text("description", 1, 200),
		ServiceReference: f.text("service_reference", 0, 60),
	}
	r.debt = collection.PlacedDebt{Product: f.text("product", 1, 60), DueDate: f.date("due_date")}
	principal, err := strconv.ParseInt(f.raw("principal_centavos"), 10, 64)
	if err != nil || principal <= 0 || principal > maxPrincipal {
		f.fail("principal_centavos", fmt.Sprintf("must be a whole number from 1 to %d", maxPrincipal))
	}
	r.debt.Principal = money.Centavos(principal)
	r.debt.TaxedDays = f.number("already_taxed_days", 365) // the tax on credit stops at a year
	r.debt.MonthlyRate = f.parsed("monthly_rate", "must be a fraction up to 1, as 0.0199", monthlyRate)
	if f.raw("score") != "" {
		score := f.number("score", maxScore)
		r.score = &score
	}
	r.segment = f.text("segment", 0, 60)
	if r.deceased = f.raw("deceased"); r.deceased != "" {
		f.oneOf("deceased", "true", "false")
	}
	if r.whatsApp = f.raw("whatsapp_opt_in"); r.whatsApp != "" {
		f.oneOf("whatsapp_opt_in", "true", "false")
	}
	f.checkUnused()
	return r, f.err
}

// monthlyRate reads the rate that a contract names for arrears.
func monthlyRate(s string) (string, error) {
	rate, err := money.ParseRate(s)
	if err != nil {
		return "", err
	}
	if rate.Rat().Cmp(big.NewRat(1, 1)) > 0 {
		return "", money.ErrRange
	}
	return rate.String(), nil
}

// postal reads a CEP without its hyphen.
func (f *fields) postal() string {
	code := f.raw("postal_code")
	if code != "" && !postalForm.MatchString(code) {
		f.fail("postal_code", "must be eight digits")
	}
	return strings.ReplaceAll(code, "-", "")
}

// checkUnused checks the optional columns of a bank account, so that a file that is right today stays right. They are not kept: an account
// is debited under a mandate alone, for which the participant names it.
func (f *fields) checkUnused() {
	f.text("bank", 0, 3)
	f.text("branch", 0, 6)
	f.text("account", 0, 20)
}
