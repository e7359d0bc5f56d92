package stepfunctions

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// builtin is an intrinsic function with the number of its arguments.
type builtin struct {
	least, most int
	call        func(*arguments) any
}

const unbounded = math.MaxInt

var builtins = map[string]builtin{
	"States.Format":         {1, unbounded, formatText},
	"States.MathAdd":        {2, 2, func(a *arguments) any { return number(a.whole(0) + a.whole(1)) }},
	"States.Array":          {0, unbounded, func(a *arguments) any { return a.values }},
	"States.ArrayLength":    {1, 1, func(a *arguments) any { return number(len(argument[[]any](a, 0))) }},
	"States.ArrayContains":  {2, 2, func(a *arguments) any { return contains(argument[[]any](a, 0), a.values[1]) }},
	"States.ArrayUnique":    {1, 1, arrayUnique},
	"States.ArrayGetItem":   {2, 2, arrayGetItem},
	"States.ArrayPartition": {2, 2, arrayPartition},
	"States.ArrayRange":     {3, 3, arrayRange},
	"States.StringSplit":    {2, 2, stringSplit},
	"States.StringToJson":   {1, 1, stringToJSON},
	"States.JsonToString":   {1, 1, func(a *arguments) any { return encode(a.values[0]) }},
	"States.JsonMerge":      {3, 3, jsonMerge},
	"States.Base64Encode":   {1, 1, func(a *arguments) any { return base64.StdEncoding.EncodeToString([]byte(argument[string](a, 0))) }},
	"States.Base64Decode":   {1, 1, base64Decode},
}

// intrinsic is a call of an intrinsic function.
type intrinsic struct {
	builtin
	name string
	args arrayTemplate
}

func (i *intrinsic) eval(d *data) any {
	a := &arguments{i.name, i.args.each(d), d}
	if d.failed != nil {
		return nil
	}
	return i.call(a)
}

// arguments are those of one call, whose failure is the data's.
type arguments struct {
	name   string
	values []any
	data   *data
}

func (a *arguments) fail(format string, args ...any) any {
	return a.data.fail(errIntrinsic, a.name+": "+format, args...)
}

// argument gives one that has to be of a type.
func argument[T any](a *arguments, i int) T {
	v, ok := a.values[i].(T)
	if !ok {
		a.fail("argument %d is not of the kind that the function takes", i+1)
	}
	return v
}

// whole gives an argument that has to be a number, rounded.
func (a *arguments) whole(i int) int {
	f, err := argument[json.Number](a, i).Float64()
	if err != nil || math.Abs(f) > math.MaxInt32 {
		a.fail("argument %d is out of range", i+1)
		return 0
	}
	return int(math.Round(f))
}

// contains compares by what the values say as JSON; encode writes the members of objects in one order.
func contains(array []any, v any) bool {
	text := encode(v)
	return slices.ContainsFunc(array, func(item any) bool { return encode(item) == text })
}

func arrayUnique(a *arguments) any {
	unique := []any{}
	for _, item := range argument[[]any](a, 0) {
		if !contains(unique, item) {
			unique = append(unique, item)
		}
	}
	return unique
}

func arrayGetItem(a *arguments) any {
	array, i := argument[[]any](a, 0), a.whole(1)
	if i < 0 || i >= len(array) {
		return a.fail("the array has no element %d", i)
	}
	return array[i]
}

func arrayPartition(a *arguments) any {
	array, size := argument[[]any](a, 0), a.whole(1)
	if size <= 0 {
		return a.fail("a part must have at least one element")
	}
	parts := []any{}
	for part := range slices.Chunk(array, size) {
		parts = append(parts, part)
	}
	return parts
}

// maxRange is the service's bound of the elements of a range.
const maxRange = 1000

func arrayRange(a *arguments) any {
	first, last, step := a.whole(0), a.whole(1), a.whole(2)
	if step == 0 || (last-first)/step >= maxRange {
		return a.fail("a range has a step other than 0 and at most %d elements", maxRange)
	}
	values := []any{}
	for n := first; (step > 0 && n <= last) || (step < 0 && n >= last); n += step {
		values = append(values, number(n))
	}
	return values
}

// stringSplit parts a text at each of the given characters; empty parts are left out.
func stringSplit(a *arguments) any {
	text, marks := argument[string](a, 0), argument[string](a, 1)
	parts := []any{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(marks, r) }) {
		parts = append(parts, part)
	}
	return parts
}

func stringToJSON(a *arguments) any {
	text := argument[string](a, 0)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	v, err := decode(text)
	if err != nil {
		return a.fail("the text is not JSON")
	}
	return v
}

func jsonMerge(a *arguments) any {
	if argument[bool](a, 2) {
		return a.fail("the third argument must be false: objects are not merged in depth")
	}
	merged := map[string]any{}
	maps.Copy(merged, argument[map[string]any](a, 0))
	maps.Copy(merged, argument[map[string]any](a, 1))
	return merged
}

func base64Decode(a *arguments) any {
	text, err := base64.StdEncoding.DecodeString(argument[string](a, 0))
	if err != nil {
		return a.fail("%s", err)
	}
	return string(text)
}

// place is where States.Format puts an argument, or a brace that a backslash makes a plain one.
var place = regexp.MustCompile(`\\[{}]|\{\}`)

func formatText(a *arguments) any {
	rest := a.values[1:]
	text := place.ReplaceAllStringFunc(argument[string](a, 0), func(found string) string {
		if found != "{}" {
			return found[1:]
		}
		if len(rest) == 0 {
			a.fail("more places {} than arguments")
			return ""
		}
		text, ok := rest[0].(string)
		if !ok {
			text = encode(rest[0])
		}
		rest = rest[1:]
		return text
	})
	if len(rest) > 0 {
		return a.fail("more arguments than places {}")
	}
	return text
}
