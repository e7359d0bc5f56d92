package stepfunctions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// choice is one rule of a Choice state.
type choice struct {
	next string
	test test
}

// test says whether a rule holds; it fails when a path of the rule leads nowhere.
type test func(d data) (bool, *failure)

func (s *state) parseChoice(raw json.RawMessage, _ bool) error {
	var rule map[string]json.RawMessage
	if err := json.Unmarshal(raw, &rule); err != nil {
		return err
	}
	c, f := choice{}, &fields{raw: rule}
	f.must("Next", &c.next)
	delete(rule, "Next")
	if f.err != nil {
		return f.err
	}
	var err error
	c.test, err = parseRule(rule)
	s.choices = append(s.choices, c)
	return err
}

func parseRule(rule map[string]json.RawMessage) (test, error) {
	delete(rule, "Comment")
	f := &fields{raw: rule}
	for _, op := range []string{"And", "Or", "Not"} {
		if !f.has(op) {
			continue
		}
		f.only(op)
		var inner []map[string]json.RawMessage
		if op == "Not" {
			inner = make([]map[string]json.RawMessage, 1)
			f.must(op, &inner[0])
		} else {
			f.must(op, &inner)
		}
		if len(inner) == 0 {
			f.fail("field %s: it is empty", op)
		}
		var tests []test
		for _, r := range inner {
			t, err := parseRule(r)
			f.check(op, err)
			tests = append(tests, t)
		}
		return join(op, tests), f.err
	}
	return parseComparison(f)
}

// join makes one test of And, Or or Not over others.
func join(op string, tests []test) test {
	if op == "Not" {
		return func(d data) (bool, *failure) {
			yes, f := tests[0](d)
			return !yes, f
		}
	}
	decisive := op == "Or" // the answer of one rule that settles the whole
	return func(d data) (bool, *failure) {
		for _, t := range tests {
			if yes, f := t(d); f != nil || yes == decisive {
				return yes, f
			}
		}
		return !decisive, nil
	}
}

// parseComparison reads a rule of Variable and one operator.
func parseComparison(f *fields) (test, error) {
	variable := f.path("Variable")
	if variable == nil {
		f.fail("field Variable is missing")
	}
	delete(f.raw, "Variable")
	if len(f.raw) != 1 {
		f.fail("it needs exactly one operator beside Variable, it has %d", len(f.raw))
	}
	if f.err != nil {
		return nil, f.err
	}
	op := f.names()[0]
	if strings.HasPrefix(op, "Is") {
		return parseKindTest(op, f, variable)
	}
	return parseOperator(op, f, variable)
}

func parseKindTest(op string, f *fields, variable *path) (test, error) {
	if !slices.Contains([]string{"IsPresent", "IsNull", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"}, op) {
		f.fail("operator %s is not supported", op)
	}
	var want bool
	f.must(op, &want)
	return func(d data) (bool, *failure) {
		v, failed := variable.eval(d)
		if op == "IsPresent" {
			return (failed == nil) == want, nil
		}
		if failed != nil {
			return false, badVariable(variable)
		}
		return isKind(op, v) == want, nil
	}, f.err
}

func badVariable(p *path) *failure {
	return runtimeFailure("Invalid path '%s': The choice state's condition path references an invalid value.", p.text)
}

func isKind(op string, v any) bool {
	switch v := v.(type) {
	case nil:
		return op == "IsNull"
	case json.Number:
		return op == "IsNumeric"
	case bool:
		return op == "IsBoolean"
	case string:
		_, instant := parseTimestamp(v)
		return op == "IsString" || (op == "IsTimestamp" && instant)
	}
	return false
}

// parseOperator reads a comparison with a constant or, when the operator ends in Path, with a value found by path.
func parseOperator(op string, f *fields, variable *path) (test, error) {
	base, byPath := strings.CutSuffix(op, "Path")
	compare := comparator(base)
	if compare == nil || (byPath && base == "StringMatches") {
		return nil, fmt.Errorf("operator %s is not supported", op)
	}
	var operand expression
	if byPath {
		operand = f.path(op)
	} else {
		v, err := decode(f.raw[op])
		f.check(op, err)
		if _, ok := compare(v, v); !ok {
			f.fail("operator %s does not take the value %s", op, f.raw[op])
		}
		operand = constant{v}
	}
	return func(d data) (bool, *failure) {
		left, failed := variable.eval(d)
		if failed != nil {
			return false, badVariable(variable)
		}
		right, failed := operand.eval(d)
		if failed != nil {
			return false, runtimeFailure("Invalid path of %s: The choice state's condition path references an invalid value.", op)
		}
		yes, _ := compare(left, right)
		return yes, nil
	}, f.err
}

// comparator gives the comparison of an operator; its second answer is false when a value is not of the operator's type.
func comparator(op string) func(a, b any) (yes, ok bool) {
	switch op {
	case "StringMatches":
		return both(func(text, pattern string) bool { return wildcard(pattern, text) })
	case "BooleanEquals":
		return both(func(a, b bool) bool { return a == b })
	}
	for prefix, order := range map[string]func(a, b any) (int, bool){"String": orderText, "Numeric": orderNumber, "Timestamp": orderTime} {
		if relation, ok := strings.CutPrefix(op, prefix); ok {
			return relate(relation, order)
		}
	}
	return nil
}

// both compares two values of one type.
func both[T any](compare func(a, b T) bool) func(a, b any) (yes, ok bool) {
	return func(a, b any) (bool, bool) {
		x, okA := a.(T)
		y, okB := b.(T)
		return okA && okB && compare(x, y), okA && okB
	}
}

func relate(relation string, order func(a, b any) (int, bool)) func(a, b any) (yes, ok bool) {
	accepted := map[string][]int{
		"Equals": {0}, "LessThan": {-1}, "LessThanEquals": {-1, 0}, "GreaterThan": {1}, "GreaterThanEquals": {0, 1}}[relation]
	if accepted == nil {
		return nil
	}
	return func(a, b any) (bool, bool) {
		n, ok := order(a, b)
		return ok && slices.Contains(accepted, n), ok
	}
}

func orderText(a, b any) (int, bool) {
	x, okA := a.(string)
	y, okB := b.(string)
	return strings.Compare(x, y), okA && okB
}

// orderNumber compares whole numbers exactly and others as binary floating point, as the service does.
func orderNumber(a, b any) (int, bool) {
	x, okA := a.(json.Number)
	y, okB := b.(json.Number)
	if !okA || !okB {
		return 0, false
	}
	i, errI := strconv.ParseInt(x.String(), 10, 64)
	j, errJ := strconv.ParseInt(y.String(), 10, 64)
	if errI == nil && errJ == nil {
		return cmp.Compare(i, j), true
	}
	f, errF := x.Float64()
	g, errG := y.Float64()
	return cmp.Compare(f, g), errF == nil && errG == nil
}

func orderTime(a, b any) (int, bool) {
	x, okA := a.(string)
	y, okB := b.(string)
	s, okS := parseTimestamp(x)
	t, okT := parseTimestamp(y)
	return s.Compare(t), okA && okB && okS && okT
}

// wildcard matches text against a pattern in which * stands for any characters; a backslash takes the next one literally.
func wildcard(pattern, text string) bool {
	var expression strings.Builder
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '*' {
			expression.WriteString(".*")
			continue
		}
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		expression.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
	}
	return regexp.MustCompile("(?s)^" + expression.String() + "$").MatchString(text)
}
