package contactjudge

import (
	_ "embed" // the tables of the law
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The tables, in the words of docs/contact-law.md: rule, what it decides, when. They are changed by hand when that document changes, and a
// test holds them to it.
var (
	//go:embed law/base.txt
	baseTable string
	//go:embed law/brazil.txt
	brazilTable string
	//go:embed law/unitedstates.txt
	unitedStatesTable string
	//go:embed law/holidays.txt
	holidayTable string
)

// span is a part of a day, half-open, in minutes after midnight; from not before to holds nothing.
type span struct{ from, to int }

// rule is one row of the tables. Empty lists ask nothing.
type rule struct {
	id, outcome, notice        string
	kind                       string
	channels, purposes, states []string
	role, regulator            string
	all, none, any             []string
	from, to                   string // dates; both included
	noValidation               bool   // concerns a contact only while validationSent is empty

	week        [7]span // from Sunday
	holidays    bool    // days of rest have no hours
	count, days int     // of a cap
	counts      []string
	spoken      bool // only these count
	work        bool
	notWork     bool
	notOther    bool
	consentDays int // within so many days callConsent lifts it; 0: it does not
	date        string
	first, last int // days ago; last -1 has no end
	unknown     bool
	years       int
	business    int // days of the validation period
	after       int
	hours       int // since the person wrote
}

var (
	collecting = []string{"reminder", "offer", "instalment", "statutory_notice"}
	answering  = []string{"receipt", "otp", "reply"}
	kinds      = []string{"facts", "hours", "stated hours", "cap", "age", "limitation", "validation period", "inbound", "calendar"}

	weekWords    = regexp.MustCompile(`^(Mon-Fri|Sat|Sun|holidays) (none|(\d\d):(\d\d)-(\d\d):(\d\d))(?:, |$)`)
	capWords     = regexp.MustCompile(`^(\d+) in (\d+) days$`)
	ageWords     = regexp.MustCompile(`^(\w+) (\d+)(?: to (\d+) days ago| days ago or more)$`)
	liftedWords  = regexp.MustCompile(`^lifted by callConsent of the last (\d+) days$`)
	periodWords  = regexp.MustCompile(`^(\d+) business days and (\d+) days after validationSent$`)
	measureWords = regexp.MustCompile(`^(\d+) (years|hours)$`)
)

// readRules reads a table. A word that it does not know is an error: a rule half understood would be a rule left out.
func readRules(table string) ([]rule, error) {
	var out []rule
	for line := range strings.Lines(table) {
		parts := strings.Split(strings.TrimSpace(line), " | ")
		if len(parts) != 3 {
			return nil, fmt.Errorf("rule %q: want three columns", line)
		}
		r := rule{id: parts[0], last: -1}
		r.outcome, r.notice, _ = strings.Cut(parts[1], " ")
		for i, clause := range strings.Split(parts[2], "; ") {
			if i == 0 && slices.Contains(kinds, clause) {
				r.kind = clause
			} else if !r.list(clause) && !r.figures(clause) {
				return nil, fmt.Errorf("rule %s: %q is not understood", r.id, clause)
			}
		}
		if r.kind == "" || !slices.Contains(severity, r.outcome) {
			return nil, fmt.Errorf("rule %q: no kind or no outcome", line)
		}
		out = append(out, r)
	}
	return out, nil
}

// list reads a clause that says whom or what a rule concerns.
func (r *rule) list(clause string) bool {
	switch clause {
	case "purposes that collect":
		r.purposes = collecting
		return true
	case "purposes reply":
		r.purposes = answering
		return true
	case "all purposes":
		return true
	}
	for _, x := range []struct {
		word string
		into *[]string
	}{
		{"channels ", &r.channels}, {"purposes ", &r.purposes}, {"states ", &r.states}, {"all of ", &r.all}, {"none of ", &r.none},
		{"any of ", &r.any}, {"counts ", &r.counts},
	} {
		if rest, ok := strings.CutPrefix(clause, x.word); ok {
			*x.into = strings.Split(rest, ", ")
			return true
		}
	}
	for _, x := range []struct {
		word string
		into *string
	}{{"role ", &r.role}, {"regulator ", &r.regulator}, {"from ", &r.from}, {"to ", &r.to}} {
		if rest, ok := strings.CutPrefix(clause, x.word); ok {
			*x.into = rest
			return true
		}
	}
	for _, x := range []struct {
		words string
		into  *bool
	}{
		{"validationSent empty", &r.noValidation}, {"also when it is not known", &r.unknown}, {"not other_debt", &r.notOther},
		{"only spoken", &r.spoken}, {"only work", &r.work}, {"not work", &r.notWork},
	} {
		if clause == x.words {
			*x.into = true
			return true
		}
	}
	return false
}

// figures reads a clause with numbers.
func (r *rule) figures(clause string) bool {
	if m := capWords.FindStringSubmatch(clause); m != nil {
		r.count, r.days = number(m[1]), number(m[2])
		return true
	}
	if m := liftedWords.FindStringSubmatch(clause); m != nil {
		r.consentDays = number(m[1])
		return true
	}
	if m := periodWords.FindStringSubmatch(clause); m != nil {
		r.business, r.after = number(m[1]), number(m[2])
		return true
	}
	if m := measureWords.FindStringSubmatch(clause); m != nil {
		if m[2] == "years" {
			r.years = number(m[1])
		} else {
			r.hours = number(m[1])
		}
		return true
	}
	if m := ageWords.FindStringSubmatch(clause); m != nil {
		r.date, r.first = m[1], number(m[2])
		if m[3] != "" {
			r.last = number(m[3])
		}
		return true
	}
	return r.readWeek(clause)
}

func (r *rule) readWeek(clause string) bool {
	for clause != "" {
		m := weekWords.FindStringSubmatch(clause)
		if m == nil {
			return false
		}
		clause = clause[len(m[0]):]
		var s span
		if m[2] != "none" {
			s = span{number(m[3])*60 + number(m[4]), number(m[5])*60 + number(m[6])}
		}
		switch m[1] {
		case "Mon-Fri":
			r.week[1], r.week[2], r.week[3], r.week[4], r.week[5] = s, s, s, s, s
		case "Sat":
			r.week[6] = s
		case "Sun":
			r.week[0] = s
		default:
			r.holidays = true
		}
	}
	return true
}

// number is that of a text of digits.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0 // not reached: the expressions let digits through alone
	}
	return n
}
