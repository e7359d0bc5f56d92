package stepfunctions

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// choice is one rule of a Choice state. test answers with a failure when a path of the rule leads nowhere.
type choice struct {
	next string
	test func(d data) (bool, *failure)
}

func (s *state) parseChoice(o object) error {
	var rules []json.RawMessage
	if err := o.decode("Choices", &rules); err != nil {
		return err
	}
	if len(rules) == 0 {
		return fmt.Errorf("field Choices: it is empty")
	}
	for i, raw := range rules {
		rule, err := parseObject(raw)
		if err != nil {
			return fmt.Errorf("field Choices[%d]: %w", i, err)
		}
		c := choice{}
		if err := rule.decode("Next", &c.next); err != nil {
			return fmt.Errorf("field Choices[%d]: %w", i, err)
		}
		delete(rule, "Next")
		if c.test, err = parseRule(rule); err != nil {
			return fmt.Errorf("field Choices[%d]: %w", i, err)
		}
		s.choices = append(s.choices, c)
	}
	return o.optional("Default", &s.fallback)
}

func parseRule(o object) (func(data) (bool, *failure), error) {
	delete(o, "Comment")
	for _, op := range []string{"And", "Or", "Not"} {
		if !o.has(op) {
			continue
		}
		if err := o.only(op); err != nil {
			return nil, err
		}
		if op == "Not" {
			return parseNot(o[op])
		}
		return parseJunction(op, o)
	}
	return parseComparison(o)
}

func parseNot(raw json.RawMessage) (func(data) (bool, *failure), error) {
	inner, err := parseObject(raw)
	if err != nil {
		return nil, fmt.Errorf("field Not: %w", err)
	}
	test, err := parseRule(inner)
	if err != nil {
		return nil, fmt.Errorf("field Not: %w", err)
	}
	return func(d data) (bool, *failure) {
		yes, f := test(d)
		return !yes, f
	}, nil
}

func parseJunction(op string, o object) (func(data) (bool, *failure), error) {
	var raws []json.RawMessage
	if err := o.decode(op, &raws); err != nil {
		return nil, err
	}
	if len(raws) == 0 {
		return nil, fmt.Errorf("field %s: it is empty", op)
	}
	var tests []func(data) (bool, *failure)
	for _, raw := range raws {
		inner, err := parseObject(raw)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", op, err)
		}
		test, err := parseRule(inner)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", op, err)
		}
		tests = append(tests, test)
	}
	decisive := op == "Or" // the answer of one rule that settles the whole
	return func(d data) (bool, *failure) {
		for _, test := range tests {
			if yes, f := test(d); f != nil || yes == decisive {
				return yes, f
			}
		}
		return !decisive, nil
	}, nil
}

// parseComparison reads a rule of Variable and one operator.
func parseComparison(o object) (func(data) (bool, *failure), error) {
	variable, err := o.path("Variable")
	if err != nil {
		return nil, err
	}
	if variable == nil {
		return nil, fmt.Errorf("field Variable is missing")
	}
	delete(o, "Variable")
	if len(o) != 1 {
		return nil, fmt.Errorf("it needs exactly one operator beside Variable, it has %d", len(o))
	}
	for op, raw := range o {
		if strings.HasPrefix(op, "Is") {
			return parseKindTest(op, raw, variable)
		}
		return parseOperator(op, o, variable)
	}
	return nil, nil
}

func parseKindTest(op string, raw json.RawMessage, variable *path) (func(data) (bool, *failure), error) {
	if !slices.Contains([]string{"IsPresent", "IsNull", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"}, op) {
		return nil, fmt.Errorf("operator %s is not supported", op)
	}
	var want bool
	if err := json.Unmarshal(raw, &want); err != nil {
		return nil, fmt.Errorf("operator %s: it takes true or false", op)
	}
	return func(d data) (bool, *failure) {
		v, f := variable.eval(d)
		if op == "IsPresent" {
			return (f == nil) == want, nil
		}
		if f != nil {
			return false, badVariable(variable)
		}
		return isKind(op, v) == want, nil
	}, nil
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
func parseOperator(op string, o object, variable *path) (func(data) (bool, *failure), error) {
	base, byPath := strings.CutSuffix(op, "Path")
	compare := comparator(base)
	if compare == nil || (byPath && base == "StringMatches") {
		return nil, fmt.Errorf("operator %s is not supported", op)
	}
	var operand expression
	if byPath {
		p, err := o.path(op)
		if err != nil {
			return nil, err
		}
		operand = p
	} else {
		v, err := decode(o[op])
		if err != nil {
			return nil, fmt.Errorf("operator %s: %w", op, err)
		}
		if _, ok := compare(v, v); !ok {
			return nil, fmt.Errorf("operator %s does not take the value %s", op, o[op])
		}
		operand = constant{v}
	}
	return func(d data) (bool, *failure) {
		left, f := variable.eval(d)
		if f != nil {
			return false, badVariable(variable)
		}
		right, f := operand.eval(d)
		if f != nil {
			return false, runtimeFailure("Invalid path of %s: The choice state's condition path references an invalid value.", op)
		}
		yes, _ := compare(left, right)
		return yes, nil
	}, nil
}

// comparator gives the comparison of an operator; its second answer is false when a value is not of the operator's type.
func comparator(op string) func(a, b any) (yes, ok bool) {
	if op == "StringMatches" {
		return func(a, b any) (bool, bool) {
			x, okA := a.(string)
			y, okB := b.(string)
			return okA && okB && wildcard(y, x), okA && okB
		}
	}
	if op == "BooleanEquals" {
		return func(a, b any) (bool, bool) {
			x, okA := a.(bool)
			y, okB := b.(bool)
			return okA && okB && x == y, okA && okB
		}
	}
	for prefix, order := range map[string]func(a, b any) (int, bool){"String": orderText, "Numeric": orderNumber, "Timestamp": orderTime} {
		if relation, ok := strings.CutPrefix(op, prefix); ok {
			return relate(relation, order)
		}
	}
	return nil
}

func relate(relation string, order func(a, b any) (int, bool)) func(a, b any) (yes, ok bool) {
	var accept func(int) bool
	switch relation {
	case "Equals":
		accept = func(n int) bool { return n == 0 }
	case "LessThan":
		accept = func(n int) bool { return n < 0 }
	case "LessThanEquals":
		accept = func(n int) bool { return n <= 0 }
	case "GreaterThan":
		accept = func(n int) bool { return n > 0 }
	case "GreaterThanEquals":
		accept = func(n int) bool { return n >= 0 }
	default:
		return nil
	}
	return func(a, b any) (bool, bool) {
		n, ok := order(a, b)
		return ok && accept(n), ok
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
		return threeWay(i < j, i > j), true
	}
	f, errF := x.Float64()
	g, errG := y.Float64()
	return threeWay(f < g, f > g), errF == nil && errG == nil
}

func threeWay(less, greater bool) int {
	switch {
	case less:
		return -1
	case greater:
		return 1
	}
	return 0
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
	var parts []string
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch {
		case pattern[i] == '\\' && i+1 < len(pattern):
			i++
			b.WriteByte(pattern[i])
		case pattern[i] == '*':
			parts = append(parts, b.String())
			b.Reset()
		default:
			b.WriteByte(pattern[i])
		}
	}
	if len(parts) == 0 {
		return text == b.String()
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1:] {
		if _, text, ok = strings.Cut(text, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(text, b.String())
}
