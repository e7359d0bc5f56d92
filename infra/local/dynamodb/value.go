package dynamodb

import (
	"slices"
	"sort"
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
	kind    kind
	s       string // S; N in its ordered form (number.go); B as raw bytes; BOOL and NULL as JSON has them
	members item   // of M; of L and of sets, which are sorted, without names
}

// item is the attributes of one item, or the members of a map, in order of their names. Like value, it is never changed once made.
type item []field

type field struct {
	name string
	value
}

// search gives where a name is, or where it belongs when it is not there.
func (it item) search(name string) (int, bool) {
	return sort.Find(len(it), func(i int) int { return strings.Compare(name, it[i].name) })
}

func (it item) get(name string) (v value, ok bool) {
	i, ok := it.search(name)
	if ok {
		v = it[i].value
	}
	return v, ok
}

// text is a string as it is, and a number as decimal.
func (v value) text() string {
	if v.kind == kindN {
		return string(appendNumber(nil, v.s))
	}
	return v.s
}

func (it item) equal(other item) bool {
	return slices.EqualFunc(it, other, func(a, b field) bool { return a.name == b.name && equal(a.value, b.value) })
}

func equal(a, b value) bool { return a.kind == b.kind && a.s == b.s && a.members.equal(b.members) }

// compare orders two values of one ordered type; ok is false for any others.
func compare(a, b value) (order int, ok bool) {
	return strings.Compare(a.s, b.s), a.kind == b.kind && slices.Contains(ordered, a.kind)
}

// size is the stored size in bytes, by the rules of the developer guide's "Item sizes and formats".
func (v value) size() int {
	switch v.kind {
	case kindS, kindB:
		return len(v.s)
	case kindN:
		return numberSize(v.s)
	case kindSS, kindBS, kindNS:
		return v.members.size()
	case kindL, kindM:
		return 3 + len(v.members) + v.members.size()
	}
	return 1
}

func (it item) size() int {
	n := 0
	for i := range it {
		n += len(it[i].name) + it[i].value.size()
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
	}
	return len(v.members), slices.Contains(sized, v.kind)
}

func invalid(format string, args ...any) *wire.Error {
	return wire.Errorf("ValidationException", format, args...)
}

const parameter = "One or more parameter values were invalid: "

func invalidParameter(format string, args ...any) *wire.Error {
	return invalid(parameter+format, args...)
}

// refuse gives an error when something is wrong.
func refuse(wrong bool, format string, args ...any) error {
	if wrong {
		return invalid(format, args...)
	}
	return nil
}

const atLeastOne = "have length greater than or equal to 1"

// unmet refuses a member that fails a constraint of the service's model.
func unmet(given, member, constraint string) *wire.Error {
	return invalid("1 validation error detected: Value%s at '%s' failed to satisfy constraint: Member must %s", given, member, constraint)
}

// checkEnum refuses a member that is there and none of the values that it may have.
func checkEnum(got, member string, allowed ...string) error {
	if got == "" || slices.Contains(allowed, got) {
		return nil
	}
	return unmet(" '"+got+"'", member, "satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
}
