package stepfunctions

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
)

// builtin is an intrinsic function with the kinds of its arguments, see gather.
type builtin struct {
	kinds string
	call  func(arguments) (any, error)
}

var builtins = map[string]builtin{
	"States.Format":         {"s+", formatText},
	"States.MathAdd":        {"nn", func(a arguments) (any, error) { return number(a.numbers[0] + a.numbers[1]), nil }},
	"States.Array":          {"+", func(a arguments) (any, error) { return a.rest, nil }},
	"States.ArrayLength":    {"a", func(a arguments) (any, error) { return number(len(a.arrays[0])), nil }},
	"States.ArrayContains":  {"a*", func(a arguments) (any, error) { return contains(a.arrays[0], a.rest[0]), nil }},
	"States.ArrayUnique":    {"a", arrayUnique},
	"States.ArrayGetItem":   {"an", arrayGetItem},
	"States.ArrayPartition": {"an", arrayPartition},
	"States.ArrayRange":     {"nnn", arrayRange},
	"States.StringSplit":    {"ss", stringSplit},
	"States.StringToJson":   {"s", stringToJSON},
	"States.JsonToString":   {"*", func(a arguments) (any, error) { return encode(a.rest[0]), nil }},
	"States.JsonMerge":      {"oo*", jsonMerge},
	"States.Base64Encode": {"s", func(a arguments) (any, error) {
		return base64.StdEncoding.EncodeToString([]byte(a.texts[0])), nil
	}},
	"States.Base64Decode": {"s", func(a arguments) (any, error) {
		text, err := base64.StdEncoding.DecodeString(a.texts[0])
		return string(text), err
	}},
}

// arguments are those of one call, of each kind in their order.
type arguments struct {
	arrays  [][]any
	objects []map[string]any
	texts   []string
	numbers []int
	rest    []any
}

// gather sorts the arguments by their kinds: a for an array, o for an object, s for a text, n for a number, * for anything, and + for any
// number of anything.
func gather(kinds string, args []any) (arguments, error) {
	a := arguments{rest: []any{}}
	for i, v := range args {
		ok := true
		switch kinds[min(i, len(kinds)-1)] {
		case 'a':
			ok = keep(&a.arrays, v)
		case 'o':
			ok = keep(&a.objects, v)
		case 's':
			ok = keep(&a.texts, v)
		case 'n':
			n, _ := v.(json.Number)
			f, err := n.Float64()
			ok = err == nil && math.Abs(f) <= math.MaxInt32
			a.numbers = append(a.numbers, int(math.Round(f)))
		default:
			a.rest = append(a.rest, v)
		}
		if !ok {
			return a, fmt.Errorf("argument %d is not of the kind that the function takes", i+1)
		}
	}
	return a, nil
}

func keep[T any](kept *[]T, v any) bool {
	t, ok := v.(T)
	*kept = append(*kept, t)
	return ok
}

// contains compares by what the values say as JSON; encode writes the members of objects in one order.
func contains(array []any, v any) bool {
	text := encode(v)
	return slices.ContainsFunc(array, func(item any) bool { return encode(item) == text })
}

func arrayUnique(a arguments) (any, error) {
	unique := []any{}
	for _, item := range a.arrays[0] {
		if !contains(unique, item) {
			unique = append(unique, item)
		}
	}
	return unique, nil
}

func arrayGetItem(a arguments) (any, error) {
	array, i := a.arrays[0], a.numbers[0]
	if i < 0 || i >= len(array) {
		return nil, fmt.Errorf("the array has no element %d", i)
	}
	return array[i], nil
}

func arrayPartition(a arguments) (any, error) {
	if a.numbers[0] <= 0 {
		return nil, fmt.Errorf("a part must have at least one element")
	}
	parts := []any{}
	for part := range slices.Chunk(a.arrays[0], a.numbers[0]) {
		parts = append(parts, part)
	}
	return parts, nil
}

// maxRange is the service's bound of the elements of a range.
const maxRange = 1000

func arrayRange(a arguments) (any, error) {
	first, last, step := a.numbers[0], a.numbers[1], a.numbers[2]
	if step == 0 || (last-first)/step >= maxRange {
		return nil, fmt.Errorf("a range has a step other than 0 and at most %d elements", maxRange)
	}
	values := []any{}
	for n := first; (step > 0 && n <= last) || (step < 0 && n >= last); n += step {
		values = append(values, number(n))
	}
	return values, nil
}

// stringSplit parts a text at each of the given characters; empty parts are left out.
func stringSplit(a arguments) (any, error) {
	parts := []any{}
	for part := range strings.FieldsFuncSeq(a.texts[0], func(r rune) bool { return strings.ContainsRune(a.texts[1], r) }) {
		parts = append(parts, part)
	}
	return parts, nil
}

func stringToJSON(a arguments) (any, error) {
	if strings.TrimSpace(a.texts[0]) == "" {
		return nil, nil
	}
	v, err := decode(a.texts[0])
	if err != nil {
		return nil, fmt.Errorf("the text is not JSON")
	}
	return v, nil
}

func jsonMerge(a arguments) (any, error) {
	if a.rest[0] != false {
		return nil, fmt.Errorf("the third argument must be false: objects are not merged in depth")
	}
	merged := maps.Clone(a.objects[0])
	maps.Copy(merged, a.objects[1])
	return merged, nil
}

// place is where States.Format puts an argument, or a brace that a backslash makes a plain one.
var place = regexp.MustCompile(`\\[{}]|\{\}`)

func formatText(a arguments) (any, error) {
	used := 0
	text := place.ReplaceAllStringFunc(a.texts[0], func(found string) string {
		if found != "{}" {
			return found[1:]
		}
		if used++; used > len(a.rest) {
			return ""
		}
		text, ok := a.rest[used-1].(string)
		if !ok {
			text = encode(a.rest[used-1])
		}
		return text
	})
	if used != len(a.rest) {
		return nil, fmt.Errorf("%d places {} for %d arguments", used, len(a.rest))
	}
	return text, nil
}
