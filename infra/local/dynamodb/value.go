package dynamodb

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/regua/regua/infra/local/wire"
)

// kind is the data type of an attribute value, named as on the wire.
type kind string

const (
	kindS    kind = "S"
	kindN    kind = "N"
	kindB    kind = "B"
	kindBOOL kind = "BOOL"
	kindNULL kind = "NULL"
	kindSS   kind = "SS"
	kindNS   kind = "NS"
	kindBS   kind = "BS"
	kindL    kind = "L"
	kindM    kind = "M"
)

// maxDepth is how many levels an attribute has at most, a value without members being one (service quota; counted as DynamoDB Local does).
const maxDepth = 32

// value is one attribute value. It is never changed once made, so items, records and answers may share it.
type value struct {
	kind   kind
	flag   bool             // BOOL
	s      string           // S; N in canonical text; B as raw bytes
	set    []string         // SS, NS (canonical), BS (raw), sorted
	list   []value          // L
	fields map[string]value // M
}

// item is the attributes of one item, by name. Like value, it is never changed once made.
type item map[string]value

// attr is the wire form of a value: exactly one member is set.
type attr struct {
	S    *string
	N    *string
	B    []byte
	BOOL *bool
	NULL *bool
	SS   []string
	NS   []string
	BS   [][]byte
	L    []attr
	M    map[string]attr
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("ValidationException", format, args...)
}

const atLeastOne = "have length greater than or equal to 1"

// unmet refuses a member that fails a constraint of the service's model.
func unmet(given, member, constraint string) *wire.Error {
	return invalid("1 validation error detected: Value%s at '%s' failed to satisfy constraint: Member must %s", given, member, constraint)
}

func invalidParameter(format string, args ...any) *wire.Error {
	return invalid("One or more parameter values were invalid: "+format, args...)
}

// count tells how many of several things hold.
func count(things ...bool) int {
	n := 0
	for _, holds := range things {
		if holds {
			n++
		}
	}
	return n
}

// decode checks the wire form and gives the value; depth is the number of lists and maps around it.
func (a *attr) decode(depth int) (value, error) {
	members := count(a.S != nil, a.N != nil, a.B != nil, a.BOOL != nil, a.NULL != nil, a.SS != nil, a.NS != nil, a.BS != nil,
		a.L != nil, a.M != nil)
	switch {
	case members == 0:
		return value{}, invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case members > 1:
		return value{}, invalid("Supplied AttributeValue has more than one datatypes set, " +
			"must contain exactly one of the supported datatypes")
	case a.S != nil:
		return value{kind: kindS, s: *a.S}, nil
	case a.N != nil:
		n, err := parseNumber(*a.N)
		return value{kind: kindN, s: n.String()}, err
	case a.B != nil:
		return value{kind: kindB, s: string(a.B)}, nil
	case a.BOOL != nil:
		return value{kind: kindBOOL, flag: *a.BOOL}, nil
	case a.NULL != nil && !*a.NULL:
		return value{}, invalidParameter("Null attribute value types must have the value of true")
	case a.NULL != nil:
		return value{kind: kindNULL}, nil
	case a.L != nil || a.M != nil:
		return a.decodeDocument(depth + 1)
	}
	return a.decodeSet()
}

func (a *attr) decodeDocument(depth int) (value, error) {
	if depth >= maxDepth {
		return value{}, invalid("Nesting Levels have exceeded supported limits")
	}
	if a.M != nil {
		fields, err := decodeFields(a.M, depth)
		return value{kind: kindM, fields: fields}, err
	}
	list := make([]value, len(a.L))
	for i := range a.L {
		var err error
		if list[i], err = a.L[i].decode(depth); err != nil {
			return value{}, err
		}
	}
	return value{kind: kindL, list: list}, nil
}

func decodeFields(attrs map[string]attr, depth int) (map[string]value, error) {
	fields := make(map[string]value, len(attrs))
	for name, a := range attrs {
		v, err := a.decode(depth)
		if err != nil {
			return nil, err
		}
		fields[name] = v
	}
	return fields, nil
}

func decodeItem(attrs map[string]attr) (item, error) { return decodeFields(attrs, 0) }

func (a *attr) decodeSet() (value, error) {
	var v value
	var empty, twice error // what is wrong with a set is said in the words of its type
	switch {
	case a.SS != nil:
		v = value{kind: kindSS, set: slices.Clone(a.SS)}
		empty = invalidParameter("An string set  may not be empty")
		twice = invalidParameter("Input collection [%s] contains duplicates.", strings.Join(a.SS, ", "))
	case a.NS != nil:
		v.kind = kindNS
		for _, text := range a.NS {
			n, err := parseNumber(text)
			if err != nil {
				return value{}, err
			}
			v.set = append(v.set, n.String())
		}
		empty = invalidParameter("An number set  may not be empty")
		twice = invalid("Input collection contains duplicates")
	default:
		v.kind = kindBS
		for _, b := range a.BS {
			v.set = append(v.set, string(b))
		}
		empty = invalidParameter("Binary sets should not be empty")
		twice = invalidParameter("Input collection of type BS contains duplicates.")
	}
	slices.Sort(v.set)
	switch n := len(v.set); {
	case n == 0:
		return value{}, empty
	case len(slices.Compact(slices.Clone(v.set))) != n:
		return value{}, twice
	}
	return v, nil
}

func equal(a, b value) bool {
	return a.kind == b.kind && a.s == b.s && a.flag == b.flag && slices.Equal(a.set, b.set) &&
		slices.EqualFunc(a.list, b.list, equal) && maps.EqualFunc(a.fields, b.fields, equal)
}

// compare orders two values of one ordered type (S, N, B); ok is false for any others.
func compare(a, b value) (order int, ok bool) {
	if a.kind != b.kind {
		return 0, false
	}
	switch a.kind {
	case kindS, kindB:
		return strings.Compare(a.s, b.s), true
	case kindN:
		return strings.Compare(string(appendKey(nil, a)), string(appendKey(nil, b))), true
	}
	return 0, false
}

// size is the stored size in bytes, by the rules of the developer guide's "Item sizes and formats".
func (v value) size() int {
	switch v.kind {
	case kindS, kindB:
		return len(v.s)
	case kindN:
		return numberSize(v.s)
	case kindSS, kindBS, kindNS:
		n := 0
		for _, member := range v.set {
			n += value{kind: v.kind[:1], s: member}.size()
		}
		return n
	case kindL:
		n := 3
		for _, element := range v.list {
			n += 1 + element.size()
		}
		return n
	case kindM:
		return 3 + len(v.fields) + itemSize(v.fields)
	}
	return 1
}

func itemSize(it item) int {
	n := 0
	for name, v := range it {
		n += len(name) + v.size()
	}
	return n
}

// length is what the size() function of expressions gives, in UTF-16 code units as in the service; ok is false for types that have none.
func (v value) length() (n int, ok bool) {
	switch v.kind {
	case kindS:
		return len(utf16.Encode([]rune(v.s))), true
	case kindB:
		return len(v.s), true
	case kindSS, kindNS, kindBS:
		return len(v.set), true
	case kindL:
		return len(v.list), true
	case kindM:
		return len(v.fields), true
	}
	return 0, false
}
