package stepfunctions

import (
	"cmp"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// choice is one rule of a Choice state.
type choice struct {
	next string
	test test
}

// test says whether a rule holds; the data fails when a path of the rule leads nowhere.
type test func(d *data) bool

func (s *state) parseChoice(v any, _ bool) error {
	f := readFields(v, "")
	c := choice{next: s.target(f, "Next")}
	delete(f.object, "Next")
	c.test = f.rule()
	s.choices = append(s.choices, c)
	return f.err
}

// rule reads And, Or or Not over other rules, or a Variable with one operator.
func (f *fields) rule() test {
	delete(f.object, "Comment")
	for _, op := range []string{"And", "Or", "Not"} {
		if !f.has(op) {
			continue
		}
		f.only(op)
		rules, _ := f.object[op].([]any)
		if op == "Not" {
			rules = []any{f.object[op]}
		}
		if len(rules) == 0 {
			f.fail("field %s: it is empty", op)
		}
		var tests []test
		for _, v := range rules {
			inner := readFields(v, "")
			tests = append(tests, inner.rule())
			f.check(op, inner.err)
		}
		return join(op, tests)
	}
	return f.comparison()
}

// join makes one test of And, Or or Not over others; Not has one.
func join(op string, tests []test) test {
	return func(d *data) bool {
		for _, t := range tests {
			if yes := t(d); d.failed != nil || yes != (op == "And") {
				return yes != (op == "Not")
			}
		}
		return op != "Or"
	}
}

// comparison reads a rule of Variable and one operator, which compares with a constant or, when its name ends in Path, with a value found
// by path.
func (f *fields) comparison() test {
	variable := f.path("Variable")
	if variable == nil {
		f.fail("field Variable is missing")
	}
	delete(f.object, "Variable")
	if len(f.object) != 1 {
		f.fail("it needs exactly one operator beside Variable, it has %d", len(f.object))
	}
	if f.err != nil {
		return nil
	}
	op := f.names()[0]
	base, byPath := strings.CutSuffix(op, "Path")
	compare, operand := comparators()[base], expression(constant{f.object[op]})
	if compare == nil || (byPath && (base == "StringMatches" || strings.HasPrefix(base, "Is"))) {
		f.fail("operator %s is not supported", op)
	} else if byPath {
		operand = f.path(op)
	} else if _, ok := compare(f.object[op], f.object[op]); !ok {
		f.fail("operator %s does not take the value %v", op, f.object[op])
	}
	return func(d *data) bool {
		probe := *d
		left := variable.eval(&probe)
		if op == "IsPresent" {
			left = probe.failed == nil
		} else {
			d.failed = probe.failed
		}
		yes, _ := compare(left, operand.eval(d))
		return yes
	}
}

// comparators are the comparisons by operator; the second answer of each is false when the operand is not of the operator's type.
func comparators() map[string]func(a, b any) (yes, ok bool) {
	all := map[string]func(a, b any) (yes, ok bool){
		"StringMatches": both(of[string], wildcard),
		"BooleanEquals": both(of[bool], func(a, b bool) bool { return a == b }),
		"IsBoolean":     kind(of[bool]),
		"IsNull":        kind(func(v any) (any, bool) { return nil, v == nil }),
		"IsNumeric":     kind(of[json.Number]),
		"IsPresent":     kind(func(v any) (any, bool) { return nil, v == true }),
		"IsString":      kind(of[string]),
		"IsTimestamp":   kind(instant),
	}
	for relation, holds := range map[string]func(order int) bool{
		"Equals":            func(n int) bool { return n == 0 },
		"LessThan":          func(n int) bool { return n < 0 },
		"LessThanEquals":    func(n int) bool { return n <= 0 },
		"GreaterThan":       func(n int) bool { return n > 0 },
		"GreaterThanEquals": func(n int) bool { return n >= 0 },
	} {
		all["String"+relation] = both(of[string], func(a, b string) bool { return holds(strings.Compare(a, b)) })
		all["Numeric"+relation] = both(of[json.Number], func(a, b json.Number) bool { return holds(orderNumbers(a, b)) })
		all["Timestamp"+relation] = both(instant, func(a, b time.Time) bool { return holds(a.Compare(b)) })
	}
	return all
}

func of[T any](v any) (T, bool) {
	t, ok := v.(T)
	return t, ok
}

// kind tells whether a value is of one type.
func kind[T any](read func(any) (T, bool)) func(a, b any) (yes, ok bool) {
	return func(a, b any) (bool, bool) {
		_, is := read(a)
		want, ok := b.(bool)
		return is == want, ok
	}
}

// both compares two values of one type.
func both[T any](read func(any) (T, bool), compare func(a, b T) bool) func(a, b any) (yes, ok bool) {
	return func(a, b any) (bool, bool) {
		x, okA := read(a)
		y, okB := read(b)
		return okA && okB && compare(x, y), okB
	}
}

// orderNumbers compares whole numbers exactly and others as binary floating point, as the service does.
func orderNumbers(a, b json.Number) int {
	i, errI := strconv.ParseInt(a.String(), 10, 64)
	j, errJ := strconv.ParseInt(b.String(), 10, 64)
	if errI == nil && errJ == nil {
		return cmp.Compare(i, j)
	}
	x, _ := a.Float64() // beyond the range it is infinite
	y, _ := b.Float64()
	return cmp.Compare(x, y)
}

// patternRune is one character of a pattern, or a backslash and the character that it takes literally.
var patternRune = regexp.MustCompile(`(?s)\\?.`)

// wildcard matches text against a pattern in which * stands for any characters.
func wildcard(text, pattern string) bool {
	expression := patternRune.ReplaceAllStringFunc(pattern, func(found string) string {
		if found == "*" {
			return ".*"
		}
		if len(found) > 1 {
			found = strings.TrimPrefix(found, `\`)
		}
		return regexp.QuoteMeta(found)
	})
	return regexp.MustCompile("(?s)^" + expression + "$").MatchString(text)
}
